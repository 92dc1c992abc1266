//! `project_id_events`

use super::table::table;
use crate::event::ProjectIdEvent;

table! {
    /// One statement of which project a command works on (dbt 1.5 and later)
    ProjectIdEvents = "project_id_events" of ProjectIdEvent, |event| {
        project_id: Text = Some(event.project_id.as_str()), "Pseudonym of dbt's MD5 of the project name";
        is_template_project: Flag = Some(event.is_template_project), "Whether the project has the name of a public template";
    }
}
