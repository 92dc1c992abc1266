//! `invocation_events`

use super::column::{CheckedForm, Class, ClosedList, Derived, Flag, Number, Pseudonym};
use super::table::table;
use crate::event::ids::{AdapterUniqueId, ProjectId, UserId};
use crate::event::{
    Adapter, Arch, Command, Engine, Environment, Invocation, Os, Progress, PythonImplementation, ResultType,
};

table! {
    /// One start, end or invalid event of a command run
    InvocationEvents = "invocation_events" of Invocation<'r>, |event| {
        /// Where in its life the command is; invalid: its configuration could not be read
        #[from(dbt1 = "invocation.progress", dbt2 = "Invocation.progress")]
        progress: ClosedList<Progress> = Some(event.progress);
        /// What dbt said of the result; not success, see outcome of invocations
        #[from(dbt1 = "invocation.result_type", dbt2 = "Invocation.result_type")]
        result_type: ClosedList<ResultType> = event.result_type;
        /// The command under its canonical name
        #[from(dbt1 = "invocation.command", dbt2 = "Invocation.command")]
        command: ClosedList<Command> = event.command;
        /// Version of dbt without a leading =
        #[from(dbt1 = "invocation.version", dbt2 = "Invocation.version")]
        dbt_version: CheckedForm = event.version.map(|v| v.text);
        /// First two numbers of the version: 1.9, 1.10, 2.0
        #[from(dbt1 = "invocation.version", dbt2 = "Invocation.version")]
        dbt_minor: CheckedForm = event.version.map(|v| v.minor_text);
        /// First number of the version
        #[from(dbt1 = "invocation.version", dbt2 = "Invocation.version")]
        version_major: Derived<Number> = event.version.map(|v| i32::from(v.major));
        /// Second number of the version
        #[from(dbt1 = "invocation.version", dbt2 = "Invocation.version")]
        version_minor: Derived<Number> = event.version.map(|v| i32::from(v.minor));
        /// Third number of the version
        #[from(dbt1 = "invocation.version", dbt2 = "Invocation.version")]
        version_patch: Derived<Number> = event.version.map(|v| i32::from(v.patch));
        /// Whether the version is a pre-release or development build
        #[from(dbt1 = "invocation.version", dbt2 = "Invocation.version")]
        is_prerelease: Derived<Flag> = event.version.map(|v| v.is_prerelease);
        /// Implementation: core-1 is the one in Python (every dbt 1), core-2 and fusion are the open and the full build
        /// of the one in Rust
        #[from(dbt1 = none, dbt2 = "Invocation.distribution")]
        engine: Class<Engine> = Some(event.engine);
        /// The project: dbt's MD5 of its name; from 1.5 to dbt 2 an event of its own says it
        #[from(dbt1 = "invocation.project_id", dbt2 = "Invocation.project_id")]
        project_id: Pseudonym<ProjectId> = event.project_id;
        /// Whether the project has the name of a public template
        #[from(dbt1 = "invocation.project_id", dbt2 = "Invocation.project_id")]
        is_template_project: Derived<Flag> = event.is_template_project;
        /// The machine user's persistent id; a new one for each run in most CI
        #[from(dbt1 = "invocation.user_id, else col:user_id", dbt2 = "Invocation.user_id")]
        user_id: Pseudonym<UserId> = event.user_id;
        /// The adapter; from 1.5 on an event of its own says it
        #[from(dbt1 = "invocation.adapter_type", dbt2 = none)]
        adapter: ClosedList<Adapter> = event.adapter;
        /// What it connects to: dbt's MD5 of account, host or database; from 1.5 on an event of its own says it
        #[from(dbt1 = "invocation.adapter_unique_id", dbt2 = none)]
        adapter_unique_id: Pseudonym<AdapterUniqueId> = event.adapter_unique_id;
        /// Operating system
        #[from(dbt1 = "platform.platform", dbt2 = none)]
        os: Class<Os> = event.platform.map(|p| p.os);
        /// Version of macOS, Windows or the Linux kernel, its first two numbers
        #[from(dbt1 = "platform.platform", dbt2 = none)]
        os_version: CheckedForm = event.platform.and_then(|p| p.os_version);
        /// Processor architecture
        #[from(dbt1 = "platform.platform", dbt2 = none)]
        arch: Class<Arch> = event.platform.and_then(|p| p.arch);
        /// C library and its version, glibc or musl, on Linux
        #[from(dbt1 = "platform.platform", dbt2 = none)]
        libc: CheckedForm = event.platform.and_then(|p| p.libc).map(|l| l.text);
        /// First two numbers of Python's version: 3.11
        #[from(dbt1 = "platform.python", dbt2 = none)]
        python_minor: CheckedForm = event.python.and_then(|p| p.minor);
        /// Implementation of Python
        #[from(dbt1 = "platform.python_version", dbt2 = none)]
        python_implementation: ClosedList<PythonImplementation> = event.python.and_then(|p| p.implementation);
        /// Who or what started dbt: the class of DBT_INVOCATION_ENV; in dbt 2 an event of its own says it
        #[from(dbt1 = "invocation_env.environment", dbt2 = none)]
        environment: Class<Environment> = event.environment;
        /// Country (ISO 3166), from the collector's lookup
        #[from(dbt1 = "col:geo_country", dbt2 = none)]
        country: CheckedForm = event.country.as_ref().map(|c| c.as_str());
    }
}
