//! `project_id_events`

use super::column::{Derived, Flag, Pseudonym};
use super::table::table;
use crate::event::ProjectIdEvent;
use crate::event::ids::ProjectId;

table! {
    /// One statement of which project a command works on (dbt 1.5 and later 1.x)
    ProjectIdEvents = "project_id_events" of ProjectIdEvent, |event| {
        /// The project: dbt's MD5 of its name
        #[from(dbt1 = "project_id.project_id", dbt2 = none)]
        project_id: Pseudonym<ProjectId> = Some(event.project_id);
        /// Whether the project has the name of a public template
        #[from(dbt1 = "project_id.project_id", dbt2 = none)]
        is_template_project: Derived<Flag> = Some(event.is_template_project);
    }
}
