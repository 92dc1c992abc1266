//! `invocation_events`

use super::table::{table, word};
use crate::event::{Invocation, Word};

table! {
    /// One start, end or invalid event of a command run
    InvocationEvents = "invocation_events" of Invocation<'r>, |event| {
        progress: Text = Some(event.progress.as_str()), "start, end or invalid";
        result_type: Text = word(event.result_type), "What dbt said of the result; not success, see outcome of invocations";
        command: Text = word(event.command), "Command, canonical name";
        dbt_version: Text = event.version.map(|v| v.text), "Version of dbt without a leading =";
        dbt_minor: Text = event.version.map(|v| v.minor_text), "1.9, 1.10, 2.0";
        version_major: Integer = event.version.map(|v| i32::from(v.major)), "First number of the version";
        version_minor: Integer = event.version.map(|v| i32::from(v.minor)), "Second number of the version";
        version_patch: Integer = event.version.map(|v| i32::from(v.patch)), "Third number of the version";
        is_prerelease: Flag = event.version.map(|v| v.is_prerelease), "Whether the version is a pre-release or development build";
        engine: Text = Some(event.engine.as_str()), "core-1 (Python), core-2 or fusion, by distribution";
        project_id: Text = event.project_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of the project name";
        is_template_project: Flag = event.is_template_project, "Whether the project has the name of a public template";
        user_id: Text = event.user_id.as_ref().map(|id| id.as_str()), "Pseudonym of the machine user's persistent id";
        adapter: Text = word(event.adapter), "Adapter, dbt before 1.5";
        adapter_unique_id: Text = event.adapter_unique_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of account, host or database; dbt before 1.5";
        os: Text = word(event.platform.map(|p| p.os)), "linux, macos, windows or other; dbt 1 only";
        os_version: Text = event.platform.and_then(|p| p.os_version), "Version of macOS, Windows or the Linux kernel; dbt 1 only";
        arch: Text = word(event.platform.and_then(|p| p.arch)), "Processor architecture; dbt 1 only";
        libc: Text = event.platform.and_then(|p| p.libc).map(|l| l.text), "C library and version, Linux only; dbt 1 only";
        python_minor: Text = event.python.and_then(|p| p.minor), "3.11; dbt 1 only";
        python_implementation: Text = word(event.python.and_then(|p| p.implementation)), "CPython, PyPy, …; dbt 1 only";
        environment: Text = word(event.environment), "Class of DBT_INVOCATION_ENV; dbt 1 only";
        country: Text = event.country.as_ref().map(|c| c.as_str()), "ISO 3166 country, from the collector";
    }
}
