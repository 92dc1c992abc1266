//! Events as rows: one table for each kind of event, one file for each table.
//!
//! [`Staging`] takes decoded events and gives Arrow batches, one for each table and day. Both
//! generations of dbt land in the same tables with the same columns.

mod adapter_info;
mod artifact_upload;
mod behavior_change_warn;
mod cloud_invocation;
mod column;
mod deprecated_version_invocation;
mod deprecation_warn;
mod experimental_parser;
mod hint_view;
mod invocation;
mod invocation_env;
mod load_all_timing;
mod login;
mod manage_state;
mod onboarding;
mod package_install;
mod partial_parser;
mod plugin_get_nodes;
mod project_id;
mod rejects;
mod resource_counts;
#[cfg(test)]
mod round_trip;
mod rpc_request;
mod run_adapter_info;
mod run_model;
mod runnable;
mod static_analysis_invocation;
mod table;

use std::fmt;
use std::sync::{Arc, LazyLock};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

pub use rejects::Reject;
pub use table::{ColumnSpec, Place};

use crate::event::{Day, Event, Payload};
use table::Table;

/// One staging table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(usize);

/// What the data dictionary says of a table, and its schema.
struct TableInfo {
    name: &'static str,
    doc: &'static str,
    columns: Vec<ColumnSpec>,
    schema: SchemaRef,
}

impl TableId {
    /// Every table with events, in the order of the list below.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..TABLES.len()).map(Self)
    }

    /// The table of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::all().find(|table| table.name() == name)
    }

    /// Its name, also its folder's.
    pub fn name(self) -> &'static str {
        TABLES[self.0].name
    }

    /// What one row is.
    pub fn doc(self) -> &'static str {
        TABLES[self.0].doc
    }

    /// Its columns.
    pub fn columns(self) -> &'static [ColumnSpec] {
        &TABLES[self.0].columns
    }

    /// Its Arrow schema.
    pub fn schema(self) -> &'static SchemaRef {
        &TABLES[self.0].schema
    }
}

impl fmt::Debug for TableId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of the table of refused records.
pub const REJECTS: &str = "rejects";

/// The columns of the table of refused records.
pub fn rejects_columns() -> Vec<ColumnSpec> {
    rejects::Rejects::columns()
}

/// Lists the tables: `field: module::Type <- payload that it takes => the row in it`.
macro_rules! tables {
    ($($module:ident::$table:ident <- $payload:pat => $row:expr;)+) => {
        static TABLES: LazyLock<Vec<TableInfo>> = LazyLock::new(|| vec![
            $({
                let columns = table::columns::<$module::$table>();
                let schema = table::schema(&columns);
                TableInfo { name: $module::$table::NAME, doc: $module::$table::DOC.trim_ascii(), columns, schema }
            },)+
        ]);

        /// A builder for each table.
        #[derive(Debug, Default)]
        struct Builders {
            $($module: $module::$table,)+
        }

        impl Builders {
            fn append(&mut self, place: &Place<'_>, event: &Event<'_>) {
                match &event.payload {
                    $($payload => self.$module.append(place, &event.envelope, $row),)+
                }
            }

            /// The batches of the tables that have rows; the builders start anew.
            fn finish(&mut self, mut take: impl FnMut(TableId, RecordBatch)) {
                let mut id = 0;
                $(
                    if self.$module.rows() > 0 {
                        take(TableId(id), table::batch(&TABLES[id].schema, self.$module.finish()));
                    }
                    id += 1;
                )+
                debug_assert_eq!(id, TABLES.len());
            }
        }
    };
}

tables! {
    invocation::InvocationEvents <- Payload::Invocation(row) => row;
    invocation_env::InvocationEnvEvents <- Payload::InvocationEnv(row) => row;
    project_id::ProjectIdEvents <- Payload::ProjectId(row) => row;
    adapter_info::AdapterInfoEvents <- Payload::AdapterInfo(row) => row;
    load_all_timing::LoadAllTimingEvents <- Payload::LoadAllTiming(row) => row;
    resource_counts::ResourceCountsEvents <- Payload::ResourceCounts(row) => row;
    run_model::RunModelEvents <- Payload::RunModel(row) => row;
    run_adapter_info::RunAdapterInfoEvents <- Payload::RunAdapterInfo(row) => row;
    runnable::RunnableEvents <- Payload::Runnable(row) => row;
    package_install::PackageInstallEvents <- Payload::PackageInstall(row) => row;
    partial_parser::PartialParserEvents <- Payload::PartialParser(row) => row;
    experimental_parser::ExperimentalParserEvents <- Payload::ExperimentalParser(row) => row;
    deprecation_warn::DeprecationWarnEvents <- Payload::DeprecationWarn(row) => row;
    behavior_change_warn::BehaviorChangeWarnEvents <- Payload::BehaviorChangeWarn(row) => row;
    deprecated_version_invocation::DeprecatedVersionInvocationEvents <- Payload::DeprecatedVersionInvocation => &();
    rpc_request::RpcRequestEvents <- Payload::RpcRequest(row) => row;
    plugin_get_nodes::PluginGetNodesEvents <- Payload::PluginGetNodes(row) => row;
    artifact_upload::ArtifactUploadEvents <- Payload::ArtifactUpload(row) => row;
    hint_view::HintViewEvents <- Payload::HintView(row) => row;
    manage_state::ManageStateEvents <- Payload::ManageState(row) => row;
    onboarding::OnboardingEvents <- Payload::Onboarding(row) => row;
    login::LoginEvents <- Payload::Login(row) => row;
    static_analysis_invocation::StaticAnalysisInvocationEvents <- Payload::StaticAnalysisInvocation(row) => row;
    cloud_invocation::CloudInvocationEvents <- Payload::CloudInvocation => &();
}

/// Events on their way into batches, by table and day.
#[derive(Debug, Default)]
pub struct Staging {
    days: Vec<(Day, Builders)>,
    /// Where in `days` the last event went: events come in runs of one day.
    last: usize,
    rejects: rejects::Rejects,
}

impl Staging {
    /// Adds an event to the table of its kind, on the day of its derived time.
    pub fn append(&mut self, place: &Place<'_>, event: &Event<'_>) {
        let day = event.envelope.times.derived.day();
        if self.days.get(self.last).is_none_or(|(of, _)| *of != day) {
            self.last = self.days.iter().position(|(of, _)| *of == day).unwrap_or_else(|| {
                self.days.push((day, Builders::default()));
                self.days.len() - 1
            });
        }
        self.days[self.last].1.append(place, event);
    }

    /// Adds a refused record.
    pub fn reject(&mut self, reject: &Reject<'_>) {
        self.rejects.append(reject);
    }

    /// The batches so far. Rows keep the order in which they were added.
    pub fn finish(&mut self) -> Staged {
        let mut staged = Staged { events: Vec::new(), rejects: self.rejects.finish() };
        for (day, mut builders) in self.days.drain(..) {
            builders.finish(|table, batch| staged.events.push((table, day, batch)));
        }
        staged
    }
}

/// Finished batches.
#[derive(Debug)]
pub struct Staged {
    /// One batch for each table and day that has rows.
    pub events: Vec<(TableId, Day, RecordBatch)>,
    /// Refused records, if there are any.
    pub rejects: Option<RecordBatch>,
}

/// The schema of the table of refused records.
pub fn rejects_schema() -> SchemaRef {
    Arc::clone(rejects::Rejects::schema())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_have_names_of_their_own_and_columns_too() {
        let mut names: Vec<_> = TableId::all().map(TableId::name).collect();
        names.sort_unstable();
        let tables = names.len();
        names.dedup();
        assert_eq!(names.len(), tables);
        for table in TableId::all() {
            assert_eq!(TableId::of_name(table.name()), Some(table));
            assert!(!table.doc().is_empty(), "{table:?}");
            let mut columns: Vec<_> = table.columns().iter().map(|column| column.name).collect();
            columns.sort_unstable();
            let count = columns.len();
            columns.dedup();
            assert_eq!(columns.len(), count, "{table:?}");
        }
    }
}
