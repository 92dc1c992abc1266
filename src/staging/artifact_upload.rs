//! `artifact_upload_events`

use super::table::{table, word};
use crate::event::ArtifactUpload;

table! {
    /// One upload of artifacts (dbt 1.10 and later 1.x)
    ArtifactUploadEvents = "artifact_upload_events" of ArtifactUpload, |event| {
        command: Text = word(event.command), "After which command, canonical name";
    }
}
