//! The files of `queries/`, built into the program. A new query is a new file and one line here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use polars::prelude::SchemaRef;
use polars::sql::extract_table_identifiers;

use super::breaks::{self, Breaks};
use super::catalog::mart_schemas;
use super::lake::is_table;
use super::macros::{called, definition};
use super::vocabulary::{self, Described, Vocabulary};
use super::{Header, QueryError};

/// What a query of the library is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// One row a thing, kept in the lake by day.
    Mart,
    /// An intermediate result that several reports share.
    View,
    /// An answer.
    Report,
    /// What a check measures, compared with its bounds elsewhere.
    Check,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Mart, Self::View, Self::Report, Self::Check];
}

/// One query.
#[derive(Clone, Debug)]
pub struct Query {
    /// Its name, that of its file.
    pub name: &'static str,
    /// What it is for.
    pub kind: Kind,
    /// The statement with its header.
    pub sql: &'static str,
    /// The header.
    pub header: Header,
}

impl Query {
    /// Reads the header.
    pub fn read(kind: Kind, name: &'static str, sql: &'static str) -> Result<Self, QueryError> {
        Ok(Self { name, kind, sql, header: Header::parse(name, sql)? })
    }

    /// All that its result rests on besides the tables: the statement, and the macros that it calls.
    pub fn definition(&self) -> String {
        definition(self.sql)
    }

    /// The macros that it calls, by name, each as `queries/macros.sql` has it.
    pub fn macros(&self) -> BTreeMap<&'static str, &'static str> {
        called(self.sql)
    }
}

/// Lists files of `queries/`.
macro_rules! queries {
    ($($kind:ident $folder:literal [$($name:literal),+ $(,)?])+) => {
        const FILES: &[(Kind, &str, &str)] = &[
            $($((Kind::$kind, $name, include_str!(concat!("../../queries/", $folder, "/", $name, ".sql"))),)+)+
        ];
    };
}

// Marts in the order in which they are built: each may read those before it.
queries! {
    Mart "marts" [
        "invocations", "node_runs", "project_days", "event_days", "node_days", "feature_days", "warning_days",
        "package_days", "distributions",
    ]
    View "views" [
        "duration_quantiles", "feature_weeks", "invocation_buckets", "main_values", "node_figures",
        "node_success_rates", "node_time_quantiles", "platform_shares", "project_runs", "run_figures", "success_rates",
        "warning_reach", "weekly_rates", "whole_weeks",
    ]
    Report "reports/changes" ["changes_of_week", "totals_of_week"]
    Report "reports/reliability" [
        "success_by_version", "success_by_adapter", "success_by_command", "failure_stage", "incomplete_runs",
        "release_regressions", "success_by_version_adapter_command", "success_by_week", "upgrade_effect",
    ]
    Report "reports/nodes" [
        "node_success_by_materialization", "node_success_by_incremental_strategy", "node_success_by_resource_type",
    ]
    Report "reports/duration" [
        "duration_by_command", "duration_by_node_count", "duration_histogram_by_command",
        "duration_histogram_by_node_count", "duration_by_adapter", "duration_by_environment", "duration_by_version",
        "duration_by_week", "full_reparse_reasons", "load_time_by_project_size", "node_time_by_adapter",
        "node_time_by_materialization", "overhead_by_command", "partial_parse",
    ]
    Report "reports/size" [
        "node_count_histogram", "nodes_per_run", "project_growth", "project_size", "skip_and_reuse",
        "tests_per_model",
    ]
    Report "reports/adoption" [
        "version_adoption_by_week", "engine_by_week", "engine_migration", "prereleases", "unsupported_versions",
        "upgrade_paths", "version_uptake",
    ]
    Report "reports/platform" [
        "platform_os", "platform_arch", "platform_python", "platform_adapter_versions", "platform_by_week",
        "platform_libc", "support_drop",
    ]
    Report "reports/features" [
        "behavior_change_reach", "deprecation_decay", "deprecation_reach", "feature_first_use", "feature_reach",
        "feature_reach_by_size", "feature_reach_by_week", "package_lag", "packages", "static_analysis",
    ]
    Report "reports/activity" [
        "activity_by_day", "active_projects", "command_mix", "concentration", "countries", "load_by_hour",
        "project_flow_by_week", "retention_by_cohort", "run_frequency", "template_projects", "time_to_first_success",
        "users_per_project",
    ]
    Report "reports/environment" ["environment_by_week", "environments", "vanished_projects"]
    Report "reports/health" [
        "accounting", "health_by_day", "rejects_by_reason", "unrecognized", "known_dimensions", "orphans_by_version",
    ]
    Check "checks" ["duplicates", "freshness", "holes", "nulls", "rejects", "schema_versions", "volume"]
}

/// The tables that statements name, by their text.
type Named = HashMap<&'static str, Arc<[String]>>;

/// All queries of the program.
#[derive(Clone, Debug)]
pub struct Library {
    queries: Vec<Query>,
    breaks: Breaks,
    vocabulary: Vocabulary,
    /// The columns of every mart, told when they are first asked for.
    mart_schemas: Arc<OnceLock<BTreeMap<&'static str, SchemaRef>>>,
    /// What the statements name that have been asked for it.
    named: Arc<Mutex<Named>>,
}

impl Library {
    /// Reads every header, the vocabulary of columns, and the definition breaks.
    pub fn load() -> Result<Self, QueryError> {
        let queries =
            FILES.iter().map(|&(kind, name, sql)| Query::read(kind, name, sql)).collect::<Result<_, QueryError>>()?;
        let library = Self {
            queries,
            breaks: Breaks::default(),
            vocabulary: Vocabulary::parse(vocabulary::TEXT)?,
            mart_schemas: Arc::default(),
            named: Arc::default(),
        };
        library.with_breaks(breaks::TEXT)
    }

    /// The same queries, with the breaks of another file's text.
    ///
    /// # Errors
    /// When the text is not in order.
    pub fn with_breaks(mut self, text: &str) -> Result<Self, QueryError> {
        self.breaks = Breaks::parse(text, &self.of_kind(Kind::Mart).collect::<Vec<_>>())?;
        Ok(self)
    }

    /// The columns of a mart, told by its SQL over tables without rows.
    ///
    /// # Errors
    /// When the SQL of a mart is not in order.
    pub fn mart_schema(&self, mart: &Query) -> Result<SchemaRef, QueryError> {
        let schemas = match self.mart_schemas.get() {
            Some(schemas) => schemas,
            None => {
                let told = mart_schemas(self)?;
                self.mart_schemas.get_or_init(|| told)
            }
        };
        let known = || schemas.keys().map(|name| (*name).to_owned()).collect();
        schemas
            .get(mart.name)
            .cloned()
            .ok_or_else(|| QueryError::NoTable { table: mart.name.to_owned(), known: known() })
    }

    /// The definition breaks.
    pub fn breaks(&self) -> &Breaks {
        &self.breaks
    }

    /// What names of columns mean that reports share.
    pub(super) fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// A query with what its columns mean.
    pub fn described<'l>(&'l self, query: &'l Query) -> Described<'l> {
        Described { query, library: self }
    }

    /// Whether a query is somebody's own, none of the program's.
    pub(super) fn is_own(&self, query: &Query) -> bool {
        !FILES.iter().any(|&(kind, name, _)| kind == query.kind && name == query.name)
    }

    /// Adds reports at the end.
    pub(super) fn extend(&mut self, own: Vec<Query>) {
        self.queries.extend(own);
    }

    /// The queries of a kind, in the order of the list.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Query> {
        self.queries.iter().filter(move |query| query.kind == kind)
    }

    /// The tables and views that a query reads, those that its views read included; sorted. Without what it only calls
    /// a table, its CTEs.
    pub fn tables_of(&self, query: &Query) -> Result<BTreeSet<String>, QueryError> {
        let mut tables = BTreeSet::new();
        let mut waiting = vec![query];
        while let Some(query) = waiting.pop() {
            for table in self.named(query)?.iter() {
                if let Some(view) = self.get(Kind::View, table).filter(|_| !tables.contains(table)) {
                    waiting.push(view);
                } else if self.get(Kind::Mart, table).is_none() && !is_table(table) {
                    continue;
                }
                tables.insert(table.clone());
            }
        }
        Ok(tables)
    }

    /// What a query calls a table. It is parsed once: every report is asked what the marts name that it reads.
    pub(super) fn named(&self, query: &Query) -> Result<Arc<[String]>, QueryError> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = named.get(query.sql) {
            return Ok(Arc::clone(known));
        }
        let tables: Arc<[String]> = extract_table_identifiers(query.sql, false, true)
            .map_err(|reason| QueryError::Engine { query: query.name.to_owned(), reason })?
            .into();
        named.insert(query.sql, Arc::clone(&tables));
        Ok(tables)
    }

    /// The query of a kind and name.
    pub fn get(&self, kind: Kind, name: &str) -> Option<&Query> {
        self.of_kind(kind).find(|query| query.name == name)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::staging::Unit;

    #[test]
    fn every_file_is_in_the_list_and_its_section_is_its_folder() {
        let library = Library::load().expect("every header is in order");
        let mut listed = BTreeSet::new();
        for query in &library.queries {
            assert!(listed.insert(query.name.to_owned()), "{} is listed twice", query.name);
        }
        let mut found = BTreeSet::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("queries")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("folder") {
                let path = entry.expect("entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "sql") && !path.ends_with("macros.sql")
                {
                    let name = path.file_stem().expect("name").to_string_lossy().into_owned();
                    if let Some(report) = library.get(Kind::Report, &name) {
                        let folder = path.parent().and_then(Path::file_name).expect("folder").to_string_lossy();
                        assert_eq!(report.header.get("section"), Some(&*folder), "{name}");
                    }
                    found.insert(name);
                }
            }
        }
        assert_eq!(found, listed);
    }
    #[test]
    fn a_query_reads_tables_and_views_and_no_ctes() {
        let library = Library::load().expect("every header is in order");
        let tables = |name| {
            let report = library.get(Kind::Report, name).expect("a report");
            library.tables_of(report).expect("tables").into_iter().collect::<Vec<_>>()
        };
        assert_eq!(tables("accounting"), ["days", "event_days", "sources"]);
        assert_eq!(tables("success_by_version"), ["invocations", "project_runs", "success_rates"]);
        assert_eq!(tables("health_by_day"), ["days", "event_days", "invocations", "sources", "unrecognized"]);
        let mart = library.get(Kind::Mart, "node_runs").expect("a mart");
        let tables = library.tables_of(mart).expect("tables");
        assert!(tables.iter().map(String::as_str).eq(["invocations", "run_adapter_info_events", "run_model_events"]));
    }

    #[test]
    fn marts_say_what_each_column_is_made_from_and_that_is_there() {
        let library = Library::load().expect("every header is in order");
        let mut known: BTreeSet<String> = BTreeSet::new();
        for table in crate::staging::dictionary() {
            known.insert(table.name.to_owned());
            known.extend(table.columns.iter().map(|column| format!("{}.{}", table.name, column.name)));
        }
        let definitions = include_str!("../../docs/definitions.md");
        for mart in library.of_kind(Kind::Mart) {
            known.insert(mart.name.to_owned());
            known.extend(mart.header.columns().iter().map(|column| format!("{}.{}", mart.name, column.name)));
            for column in mart.header.columns() {
                let at = format!("{}.{}", mart.name, column.name);
                let from = column.from.as_deref().unwrap_or_else(|| panic!("{at} has no from"));
                let (tables, rule) = from.split_once(" (definitions, ").unwrap_or((from, ""));
                for word in tables.split([',', ' ']).filter(|word| word.contains('_') || word.contains('.')) {
                    let own = format!("{}.{word}", mart.name);
                    let shared = format!("invocation_events.{word}");
                    let there = [word, &own, &shared].into_iter().any(|name| known.contains(name));
                    assert!(there, "{at}: there is no {word}");
                }
                let heading = format!("\n## {}\n", rule.trim_end_matches(')'));
                assert!(rule.is_empty() || definitions.contains(&heading), "{at}: there is no section {rule}");
                assert!(!column.name.ends_with("_seconds") || column.unit == Some(Unit::Seconds), "{at}");
            }
        }
    }
}
