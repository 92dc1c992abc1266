//! One node (model, seed, snapshot, test, …) was executed, or skipped and reported.

use super::ids::{CatalogId, ContentsId, NodeId, NodeRunId};
use super::project::RunAdapterInfo;
use super::vocabulary::vocabulary;

vocabulary! {
    /// What a node is.
    ResourceType {
        "model", "seed", "snapshot", "test", "unit_test", "analysis", "operation", "source", "exposure",
        "metric", "semantic_model", "saved_query", "function", "macro", "group",
    } else "other"
}

impl ResourceType {
    /// dbt 1 does not say: seeds and snapshots are told by their materialization, the rest are models.
    pub fn of_materialization(materialization: Option<Materialization>) -> Self {
        match materialization.map(|m| m.0) {
            Some("seed") => Self("seed"),
            Some("snapshot") => Self("snapshot"),
            _ => Self("model"),
        }
    }
}

vocabulary! {
    /// How a node is built. A custom one's name is user text: it becomes `custom`.
    Materialization {
        "view", "table", "incremental", "ephemeral", "seed", "snapshot" | "archive", "test", "unit",
        "materialized_view" | "materializedview", "dynamic_table", "streaming_table", "clone", "function", "analysis",
    } else "custom"
}

vocabulary! {
    /// How an incremental model takes in new rows.
    IncrementalStrategy {
        "append", "merge", "delete+insert", "insert_overwrite", "microbatch", "replace_where", "default",
    } else "custom"
}

vocabulary! {
    /// The language of a node's code.
    Language { "sql", "python" }
}

vocabulary! {
    /// Who may refer to a model.
    Access { "private", "protected", "public" }
}

vocabulary! {
    /// The format of the table that a model makes.
    TableFormat { "default", "iceberg", "delta", "hive", "hudi", "parquet" } else "other"
}

vocabulary! {
    /// The kind of catalog that a model is written to.
    CatalogType {
        "built_in", "iceberg_rest", "glue", "unity", "hive_metastore", "biglake_metastore", "info_schema", "horizon", "polaris",
    } else "other"
}

vocabulary! {
    /// Why dbt 2 did not execute a node.
    SkipReason {
        "upstream_failed", "upstream_reused", "reused_no_changes", "reused_still_fresh",
        "reused_cloned_from_cache", "reused_cloned_from_cache_still_fresh",
        "statically_checked_data_test", "no-op", "cost_avoidance",
    } else "other"
}

vocabulary! {
    /// What became of a node.
    NodeOutcome { "success", "failure", "skipped" }
}

impl NodeOutcome {
    const SUCCESS: Self = Self("success");
    const FAILURE: Self = Self("failure");
    const SKIPPED: Self = Self("skipped");
}

vocabulary! {
    /// dbt's word for what became of a node, kept only where it is one of its own words.
    StatusWord {
        "success", "pass", "warn", "reused", "error", "fail", "runtime error", "partial success",
        "skipped", "no-op",
    }
}

impl StatusWord {
    fn outcome(self) -> NodeOutcome {
        match self.0 {
            "success" | "pass" | "warn" | "reused" => NodeOutcome::SUCCESS,
            "skipped" | "no-op" => NodeOutcome::SKIPPED,
            _ => NodeOutcome::FAILURE,
        }
    }
}

/// `run_status` as it may be sent: a word from 0.19 on, before that text of the database, or (tests up to
/// 0.8.2) the number of failing rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SentStatus<'a> {
    /// Text.
    Text(&'a str),
    /// A number of failing rows.
    Rows(f64),
    /// Nothing.
    Absent,
}

/// What is kept of a status.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunStatus<'a> {
    /// The raw word as it was spelled, where it is a word of dbt's; text of a database is not kept.
    pub word: Option<&'a str>,
    /// What it means; `None` where nothing was said.
    pub outcome: Option<NodeOutcome>,
}

impl<'a> RunStatus<'a> {
    /// What a status means, given whether the same event states an error (`run_error`).
    pub fn new(sent: SentStatus<'a>, states_error: bool) -> Self {
        let verdict = |failed| if failed { NodeOutcome::FAILURE } else { NodeOutcome::SUCCESS };
        match sent {
            SentStatus::Text(text) => {
                // Some Python builds print the member of the enumeration: RUNSTATUS.SUCCESS.
                let word = text.trim_ascii();
                let word = word.rsplit_once('.').map_or(word, |(_, last)| last.trim_ascii_start());
                if let Some(status) = StatusWord::parse(word) {
                    return Self { word: Some(word), outcome: Some(status.outcome()) };
                }
                if word.is_empty() {
                    return Self { word: None, outcome: states_error.then_some(NodeOutcome::FAILURE) };
                }
                // Before 0.19: `CREATE VIEW`, `SELECT 12`, … from the database; a test's number as text.
                let rows = word.parse::<f64>().is_ok_and(|rows| rows != 0.0) && word.len() < 20;
                Self { word: None, outcome: Some(verdict(states_error || rows)) }
            }
            SentStatus::Rows(rows) => Self { word: None, outcome: Some(verdict(states_error || rows != 0.0)) },
            SentStatus::Absent => Self { word: None, outcome: states_error.then_some(NodeOutcome::FAILURE) },
        }
    }
}

/// Seconds of the two phases of a node's run, from dbt 1's `timing`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NodeTiming {
    /// Compiling its code.
    pub compile_seconds: Option<f64>,
    /// Executing it.
    pub execute_seconds: Option<f64>,
}

/// `run_model` of dbt 1, `RunModel` of dbt 2.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunModel<'a> {
    /// The node.
    pub node_id: Option<NodeId>,
    /// Its code.
    pub contents_id: Option<ContentsId>,
    /// This run of it (dbt 2), which the adapter's own event refers to.
    pub node_run_id: Option<NodeRunId>,
    /// Running number among the nodes started, from 1 (dbt 1).
    pub run_index: Option<i32>,
    /// How many nodes dbt set out to run, tests included (dbt 1).
    pub run_total: Option<i32>,
    /// dbt's `execution_time`; a skipped node has none.
    pub execution_seconds: Option<f64>,
    /// Compile and execute apart (dbt 1).
    pub timing: NodeTiming,
    /// Word and meaning.
    pub status: RunStatus<'a>,
    /// dbt's flag. In dbt 2 it is set on reused nodes too, so it does not mean `skipped`.
    pub run_skipped: Option<bool>,
    /// Why it was not executed (dbt 2).
    pub skip_reason: Option<SkipReason>,
    /// What the node is.
    pub resource_type: ResourceType,
    /// How it is built.
    pub materialization: Option<Materialization>,
    /// How new rows are taken in.
    pub incremental_strategy: Option<IncrementalStrategy>,
    /// SQL or Python.
    pub language: Option<Language>,
    /// Whether it belongs to a group (1.5 and later).
    pub has_group: Option<bool>,
    /// Whether its contract is enforced (1.5 and later).
    pub contract_enforced: Option<bool>,
    /// Who may refer to it (1.5 and later).
    pub access: Option<Access>,
    /// Whether it is versioned (1.5 and later).
    pub versioned: Option<bool>,
    /// The format of its table.
    pub table_format: Option<TableFormat>,
    /// The kind of its catalog.
    pub catalog_type: Option<CatalogType>,
    /// The catalog (dbt 2).
    pub catalog_id: Option<CatalogId>,
    /// The adapter that ran it (dbt 1.9 and later; dbt 2 in an event of its own).
    pub adapter: RunAdapterInfo<'a>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Word;

    fn read(sent: SentStatus<'_>, states_error: bool) -> (Option<&str>, Option<&'static str>) {
        let status = RunStatus::new(sent, states_error);
        (status.word, status.outcome.map(Word::as_str))
    }

    #[test]
    fn statuses_of_every_era() {
        use SentStatus::{Absent, Rows, Text};
        assert_eq!(read(Text("SUCCESS"), false), (Some("SUCCESS"), Some("success")));
        assert_eq!(read(Text("RUNSTATUS.ERROR"), true), (Some("ERROR"), Some("failure")));
        assert_eq!(read(Text(" RunStatus. Error "), false), (Some("Error"), Some("failure")));
        assert_eq!(read(Text("PARTIAL SUCCESS"), false), (Some("PARTIAL SUCCESS"), Some("failure")));
        assert_eq!(read(Text("skipped"), false), (Some("skipped"), Some("skipped")));
        assert_eq!(read(Text("NO-OP"), false), (Some("NO-OP"), Some("skipped")));
        assert_eq!(read(Text("reused"), false), (Some("reused"), Some("success")));
        assert_eq!(read(Text("CREATE VIEW"), false), (None, Some("success")));
        assert_eq!(read(Text("INSERT 0 5"), false), (None, Some("success")));
        assert_eq!(read(Text("CREATE VIEW"), true), (None, Some("failure")));
        assert_eq!(read(Text("0"), false), (None, Some("success")));
        assert_eq!(read(Text("12"), false), (None, Some("failure")));
        assert_eq!(read(Rows(0.0), false), (None, Some("success")));
        assert_eq!(read(Rows(3.0), false), (None, Some("failure")));
        assert_eq!(read(Text(""), false), (None, None));
        assert_eq!(read(Absent, false), (None, None));
    }

    #[test]
    fn a_custom_materialization_keeps_no_name() {
        assert_eq!(Materialization::parse("acme_secret_view").map(Word::as_str), Some("custom"));
        assert_eq!(ResourceType::of_materialization(Materialization::parse("seed")).as_str(), "seed");
        assert_eq!(ResourceType::of_materialization(None).as_str(), "model");
    }
}
