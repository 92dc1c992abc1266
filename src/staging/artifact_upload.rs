//! `artifact_upload_events`

use super::column::ClosedList;
use super::table::table;
use crate::event::{ArtifactUpload, Command};

table! {
    /// One upload of artifacts (dbt 1.10 and later 1.x)
    ArtifactUploadEvents = "artifact_upload_events" of ArtifactUpload, |event| {
        /// The command after which they were uploaded
        #[from(dbt1 = "artifact_upload.command", dbt2 = none)]
        command: ClosedList<Command> = event.command;
    }
}
