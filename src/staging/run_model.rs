//! `run_model_events`

use super::table::{table, word};
use crate::event::{RunModel, Word};

table! {
    /// One node executed, or skipped and reported
    RunModelEvents = "run_model_events" of RunModel<'r>, |event| {
        node_id: Text = event.node_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of the node's unique id";
        contents_id: Text = event.contents_id.as_ref().map(|id| id.as_str()), "Pseudonym of dbt's MD5 of the node's raw code";
        node_run_id: Text = event.node_run_id.as_ref().map(|id| id.as_str()), "Pseudonym of this run of the node; dbt 2 only";
        run_index: Integer = event.run_index, "Running number among the nodes started, from 1; dbt 1 only";
        run_total: Integer = event.run_total, "Nodes that dbt set out to run, tests included; dbt 1 only";
        execution_seconds: Double = event.execution_seconds, "dbt's execution_time, seconds";
        compile_seconds: Double = event.timing.compile_seconds, "Seconds of compiling; dbt 1 only";
        execute_seconds: Double = event.timing.execute_seconds, "Seconds of executing; dbt 1 only";
        run_status: Text = event.status.word, "dbt's word, where it is one of its own";
        node_outcome: Text = word(event.status.outcome), "success, failure or skipped";
        run_skipped: Flag = event.run_skipped, "dbt's flag; in dbt 2 also set on reused nodes";
        skip_reason: Text = word(event.skip_reason), "Why it was not executed; dbt 2 only";
        resource_type: Text = Some(event.resource_type.as_str()), "model, seed, snapshot, test, …; dbt 1 reports no tests";
        materialization: Text = word(event.materialization), "Materialization; custom ones are named custom";
        incremental_strategy: Text = word(event.incremental_strategy), "Incremental strategy; custom ones are named custom";
        language: Text = word(event.language), "sql or python";
        has_group: Flag = event.has_group, "Whether it belongs to a group";
        contract_enforced: Flag = event.contract_enforced, "Whether its contract is enforced";
        access: Text = word(event.access), "private, protected or public";
        versioned: Flag = event.versioned, "Whether it is a versioned model";
        table_format: Text = word(event.table_format), "Table format";
        catalog_type: Text = word(event.catalog_type), "Kind of catalog";
        catalog_id: Text = event.catalog_id.as_ref().map(|id| id.as_str()), "Pseudonym of the catalog's name; dbt 2 only";
        adapter: Text = word(event.adapter.adapter), "Adapter that ran it; dbt 1.9 and later";
        adapter_version: Text = event.adapter.adapter_version.map(|v| v.text), "Version of that adapter";
        base_adapter_version: Text = event.adapter.base_adapter_version.map(|v| v.text), "Version of the base of all adapters";
    }
}
