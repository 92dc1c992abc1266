//! `run_model_events`

use super::column::{CheckedForm, ClosedList, Derived, Flag, Number, Pseudonym, Seconds, SmallCount};
use super::table::table;
use crate::event::ids::{CatalogId, ContentsId, NodeId, NodeRunId};
use crate::event::{
    Access, Adapter, CatalogType, IncrementalStrategy, Language, Materialization, NodeOutcome, ResourceType, RunModel,
    SkipReason, TableFormat,
};

table! {
    /// One node executed, or skipped and reported
    RunModelEvents = "run_model_events" of RunModel<'r>, |event| {
        /// The node: dbt's MD5 of its unique id
        #[from(dbt1 = "run_model.model_id", dbt2 = "RunModel.model_id")]
        node_id: Pseudonym<NodeId> = event.node_id;
        /// Its code: dbt's MD5 of it as written
        #[from(dbt1 = "run_model.hashed_contents", dbt2 = "RunModel.hashed_contents")]
        contents_id: Pseudonym<ContentsId> = event.contents_id;
        /// This run of the node
        #[from(dbt1 = none, dbt2 = "RunModel.run_model_id")]
        node_run_id: Pseudonym<NodeRunId> = event.node_run_id;
        /// Running number among the nodes started, from 1; dbt 2 always sends 0, which is no number
        #[from(dbt1 = "run_model.index", dbt2 = none)]
        run_index: Number = event.run_index;
        /// Nodes that dbt set out to run, tests included; dbt 2 always sends 0, which is no count
        #[from(dbt1 = "run_model.total", dbt2 = none)]
        run_total: SmallCount = event.run_total;
        /// Execution time, as dbt measures it
        #[from(dbt1 = "run_model.execution_time", dbt2 = "RunModel.execution_time")]
        execution_seconds: Seconds = event.execution_seconds;
        /// Time to compile, from start to completion
        #[from(dbt1 = "run_model.timing", dbt2 = none)]
        compile_seconds: Derived<Seconds> = event.timing.compile_seconds;
        /// Time to execute, from start to completion
        #[from(dbt1 = "run_model.timing", dbt2 = none)]
        execute_seconds: Derived<Seconds> = event.timing.execute_seconds;
        /// dbt's word for the result in dbt's spelling; what a database answered (up to 0.18) is dropped
        #[from(dbt1 = "run_model.run_status", dbt2 = "RunModel.run_status")]
        run_status: CheckedForm = event.status.word;
        /// What became of the node
        #[from(dbt1 = "run_model.run_status, run_model.run_error", dbt2 = "RunModel.run_status")]
        node_outcome: Derived<ClosedList<NodeOutcome>> = event.status.outcome;
        /// dbt's flag; in dbt 2 also set on reused nodes
        #[from(dbt1 = "run_model.run_skipped", dbt2 = "RunModel.run_skipped")]
        run_skipped: Flag = event.run_skipped;
        /// Why it was not executed
        #[from(dbt1 = none, dbt2 = "RunModel.run_skipped_reason")]
        skip_reason: ClosedList<SkipReason> = event.skip_reason;
        /// What the node is; dbt 1 does not say, and reports no tests: told by the materialization
        #[from(dbt1 = "run_model.model_materialization", dbt2 = "RunModel.resource_type")]
        resource_type: ClosedList<ResourceType> = Some(event.resource_type);
        /// How it is built; a custom materialization is named custom
        #[from(dbt1 = "run_model.model_materialization", dbt2 = "RunModel.model_materialization")]
        materialization: ClosedList<Materialization> = event.materialization;
        /// How an incremental model takes in new rows; a custom strategy is named custom
        #[from(dbt1 = "run_model.model_incremental_strategy", dbt2 = "RunModel.model_incremental_strategy")]
        incremental_strategy: ClosedList<IncrementalStrategy> = event.incremental_strategy;
        /// The language of its code
        #[from(dbt1 = "run_model.language", dbt2 = "RunModel.language")]
        language: ClosedList<Language> = event.language;
        /// Whether it belongs to a group
        #[from(dbt1 = "run_model.has_group", dbt2 = "RunModel.has_group")]
        has_group: Flag = event.has_group;
        /// Whether its contract is enforced
        #[from(dbt1 = "run_model.contract_enforced", dbt2 = "RunModel.contract_enforced")]
        contract_enforced: Flag = event.contract_enforced;
        /// Who may refer to it
        #[from(dbt1 = "run_model.access", dbt2 = "RunModel.access")]
        access: ClosedList<Access> = event.access;
        /// Whether it is a versioned model
        #[from(dbt1 = "run_model.versioned", dbt2 = "RunModel.versioned")]
        versioned: Flag = event.versioned;
        /// The format of its table
        #[from(dbt1 = "run_model.adapter_info.model_adapter_details.table_format", dbt2 = "RunModel.table_format")]
        table_format: ClosedList<TableFormat> = event.table_format;
        /// The kind of catalog that it is written to
        #[from(dbt1 = "run_model.catalog_type", dbt2 = "RunModel.catalog_type")]
        catalog_type: ClosedList<CatalogType> = event.catalog_type;
        /// The catalog: its name
        #[from(dbt1 = none, dbt2 = "RunModel.catalog_name")]
        catalog_id: Pseudonym<CatalogId> = event.catalog_id;
        /// The adapter that ran it (1.9 and later); in dbt 2 an event of its own says it
        #[from(dbt1 = "run_model.adapter_info.adapter_name", dbt2 = none)]
        adapter: ClosedList<Adapter> = event.adapter.adapter;
        /// Version of that adapter
        #[from(dbt1 = "run_model.adapter_info.adapter_version", dbt2 = none)]
        adapter_version: CheckedForm = event.adapter.adapter_version.map(|v| v.text);
        /// Version of the base of all adapters
        #[from(dbt1 = "run_model.adapter_info.base_adapter_version", dbt2 = none)]
        base_adapter_version: CheckedForm = event.adapter.base_adapter_version.map(|v| v.text);
    }
}
