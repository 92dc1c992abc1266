//! Events as rows: one table for each kind of event, one file for each table.
//!
//! [`Staging`] takes decoded events and gives Arrow batches, one for each table. Both generations of dbt land in the
//! same tables with the same columns.

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
mod spec;
mod static_analysis_invocation;
mod table;
mod unrecognized;

use std::fmt;
use std::sync::LazyLock;

use arrow_array::cast::AsArray as _;
use arrow_array::types::TimestampMicrosecondType;
use arrow_array::{PrimitiveArray, RecordBatch};
use arrow_schema::SchemaRef;

pub use rejects::Reject;
pub use spec::{ColumnSpec, TableSpec, Treatment, Unit};
pub use table::Place;
pub use unrecognized::UnrecognizedCounts;

use crate::decode::Unrecognized;
use crate::event::{Day, Event, Payload, Timestamp};
use rejects::RejectColumns;
use table::{Columns as _, EnvelopeColumns, EventColumns, Rows, Table};

/// One staging table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(usize);

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

/// A table beside those of events: its files are of no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SideTable {
    /// What was refused.
    Rejects,
    /// What was read but is not known.
    Unrecognized,
}

impl SideTable {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Rejects, Self::Unrecognized];

    /// The table of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// Its name, also its folder's.
    pub fn name(self) -> &'static str {
        self.spec().name
    }

    /// Its columns.
    pub fn columns(self) -> &'static [ColumnSpec] {
        &self.spec().columns
    }

    /// Its Arrow schema.
    pub fn schema(self) -> &'static SchemaRef {
        &self.spec().schema
    }

    /// What the data dictionary says of it.
    fn spec(self) -> &'static TableSpec {
        static REJECTS: LazyLock<TableSpec> = LazyLock::new(rejects::spec);
        static UNRECOGNIZED: LazyLock<TableSpec> = LazyLock::new(unrecognized::spec);
        match self {
            Self::Rejects => &REJECTS,
            Self::Unrecognized => &UNRECOGNIZED,
        }
    }
}

/// Whether there is a table of this name.
pub fn is_table(name: &str) -> bool {
    TableId::of_name(name).is_some() || SideTable::of_name(name).is_some()
}

/// Every table of staging: those of events in the order of the list below, then those beside them.
pub fn dictionary() -> impl Iterator<Item = &'static TableSpec> {
    TABLES.iter().chain(SideTable::ALL.into_iter().map(SideTable::spec))
}

/// Lists the tables: `field: module::Type <- payload that it takes => the row in it`.
macro_rules! tables {
    ($($module:ident::$table:ident <- $payload:pat => $row:expr;)+) => {
        static TABLES: LazyLock<Vec<TableSpec>> = LazyLock::new(|| vec![
            $(TableSpec::new::<EventColumns<$module::$table>>(
                $module::$table::NAME,
                $module::$table::DOC,
                EnvelopeColumns::specs().len(),
            ),)+
        ]);

        /// A builder for each table.
        #[derive(Debug, Default)]
        struct Builders {
            $($module: Rows<EventColumns<$module::$table>>,)+
        }

        impl Builders {
            fn append(&mut self, place: &Place<'_>, event: &Event<'_>) {
                match &event.payload {
                    $($payload => self.$module.append((place, &event.envelope, $row)),)+
                }
            }

            /// The batches of the tables that have rows; the builders start anew.
            fn finish(&mut self, mut take: impl FnMut(TableId, RecordBatch)) {
                let mut id = 0;
                $(
                    if let Some(batch) = self.$module.finish(&TABLES[id].schema) {
                        take(TableId(id), batch);
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

/// Events on their way into batches, by table.
#[derive(Debug, Default)]
pub struct Staging {
    events: Builders,
    rejects: Rows<RejectColumns>,
    unrecognized: UnrecognizedCounts,
}

impl Staging {
    /// Adds an event to the table of its kind.
    pub fn append(&mut self, place: &Place<'_>, event: &Event<'_>) {
        self.events.append(place, event);
    }

    /// Adds a refused record.
    pub fn reject(&mut self, reject: &Reject<'_>) {
        self.rejects.append(reject);
    }

    /// Counts an event that says something unknown.
    pub fn unrecognized(
        &mut self,
        place: &Place<'_>,
        kind: Unrecognized,
        schema: &str,
        field: Option<&str>,
        seen: Option<Timestamp>,
    ) {
        self.unrecognized.add(place, kind, schema, field, seen);
    }

    /// The batches so far. Rows keep the order in which they were added.
    pub fn finish(&mut self) -> Staged {
        let mut staged = Staged {
            events: Vec::new(),
            rejects: self.rejects.finish(SideTable::Rejects.schema()),
            unrecognized: std::mem::take(&mut self.unrecognized),
        };
        self.events.finish(|table, batch| staged.events.push((table, batch)));
        staged
    }
}

/// Finished batches.
#[derive(Debug)]
pub struct Staged {
    /// One batch for each table that has rows.
    pub events: Vec<(TableId, RecordBatch)>,
    /// Refused records, if there are any.
    pub rejects: Option<RecordBatch>,
    /// What was not recognized.
    pub unrecognized: UnrecognizedCounts,
}

/// The day of each row of a table of events: that of its derived time.
///
/// # Panics
/// When the rows are of no such table.
pub fn days(rows: &RecordBatch) -> impl Iterator<Item = Day> {
    let derived = rows.column_by_name("derived_tstamp").and_then(|column| column.as_primitive_opt());
    let derived: &PrimitiveArray<TimestampMicrosecondType> =
        derived.unwrap_or_else(|| panic!("no table of events: {:?}", rows.schema()));
    derived.values().iter().map(|micros| Timestamp::day_of_micros(*micros))
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
