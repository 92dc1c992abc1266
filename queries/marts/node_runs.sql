-- title: Node runs
-- question: Which nodes were executed or skipped, how, and how did it go?
-- grain: one node (model, seed, snapshot, test, …) executed or skipped in one invocation
-- key: event_id
-- column: event_id: Id of the event that reports the node run
--   from: run_model_events.event_id
-- column: invocation_id: Pseudonym of dbt's id of the invocation
--   from: run_model_events.invocation_id
-- column: day: UTC day of the invocation
--   from: invocations.day
-- column: week: Monday of that day's week
--   from: invocations.week
-- column: month: Month of that day, 2026-10
--   from: invocations.month
-- column: engine: core-1 (Python), core-2 or fusion
--   from: invocations.engine
-- column: dbt_version: Version of dbt, without a leading =
--   from: invocations.dbt_version
-- column: dbt_minor: First two numbers of the version
--   from: invocations.dbt_minor
-- column: command: Command, canonical name
--   from: invocations.command
-- column: environment: manual, cloud, ci, orchestrator or other
--   from: invocations.environment
-- column: project_id: Pseudonym of dbt's MD5 of the project name
--   from: invocations.project_id
-- column: project_key: The unit "a project": project_id and adapter_unique_id
--   from: invocations.project_key
-- column: adapter: Adapter that ran the node; where the node does not say, that of the invocation
--   from: run_model_events.adapter, else run_adapter_info_events.adapter, else invocations.adapter
-- column: adapter_version: Version of that adapter
--   from: run_model_events.adapter_version, else run_adapter_info_events.adapter_version
-- column: base_adapter_version: Version of the base of all adapters
--   from: run_model_events.base_adapter_version, else run_adapter_info_events.base_adapter_version
-- column: node_id: Pseudonym of dbt's MD5 of the node's unique id
--   from: run_model_events.node_id
-- column: contents_id: Pseudonym of dbt's MD5 of the node's raw code
--   from: run_model_events.contents_id
-- column: resource_type: model, seed, snapshot, test, …; dbt 1 reports no tests
--   from: run_model_events.resource_type
-- column: materialization: Materialization; custom ones are named custom
--   from: run_model_events.materialization
-- column: incremental_strategy: Incremental strategy; custom ones are named custom
--   from: run_model_events.incremental_strategy
-- column: language: sql or python
--   from: run_model_events.language
-- column: run_index: Running number among the nodes started, from 1; dbt 1 only
--   from: run_model_events.run_index
-- column: run_status: dbt's word for the result
--   from: run_model_events.run_status (definitions, Nodes)
-- column: node_outcome: success, failure or skipped
--   from: run_model_events.node_outcome (definitions, Nodes)
-- column: skip_reason: Why it was not executed; dbt 2 only
--   from: run_model_events.skip_reason
-- column: execution_seconds [seconds]: dbt's execution_time; null for a skipped node
--   from: run_model_events.execution_seconds (definitions, Nodes)
-- column: compile_seconds [seconds]: Time to compile; dbt 1 only
--   from: run_model_events.compile_seconds
-- column: execute_seconds [seconds]: Time to execute; dbt 1 only
--   from: run_model_events.execute_seconds
-- column: has_group: Whether it belongs to a group
--   from: run_model_events.has_group
-- column: contract_enforced: Whether its contract is enforced
--   from: run_model_events.contract_enforced
-- column: access: private, protected or public
--   from: run_model_events.access
-- column: versioned: Whether it is a versioned model
--   from: run_model_events.versioned
-- column: table_format: Table format
--   from: run_model_events.table_format
-- column: catalog_type: Kind of catalog
--   from: run_model_events.catalog_type

WITH
-- dbt 2 sends the adapter of a node run as an event of its own.
run_adapters AS (
    SELECT
        node_run_id,
        MAX(adapter) AS adapter,
        MAX(adapter_version) AS adapter_version,
        MAX(base_adapter_version) AS base_adapter_version
    FROM run_adapter_info_events
    WHERE node_run_id IS NOT NULL
    GROUP BY node_run_id
)
SELECT
    r.event_id AS event_id,
    r.invocation_id AS invocation_id,
    i.day AS day,
    i.week AS week,
    i.month AS month,
    i.engine AS engine,
    i.dbt_version AS dbt_version,
    i.dbt_minor AS dbt_minor,
    i.command AS command,
    i.environment AS environment,
    i.project_id AS project_id,
    i.project_key AS project_key,
    COALESCE(r.adapter, a.adapter, i.adapter) AS adapter,
    COALESCE(r.adapter_version, a.adapter_version) AS adapter_version,
    COALESCE(r.base_adapter_version, a.base_adapter_version) AS base_adapter_version,
    r.node_id AS node_id,
    r.contents_id AS contents_id,
    r.resource_type AS resource_type,
    r.materialization AS materialization,
    r.incremental_strategy AS incremental_strategy,
    r.language AS language,
    r.run_index AS run_index,
    r.run_status AS run_status,
    r.node_outcome AS node_outcome,
    r.skip_reason AS skip_reason,
    -- A skipped node has no execution time (definitions, Nodes).
    CASE WHEN r.node_outcome = 'skipped' THEN NULL ELSE r.execution_seconds END AS execution_seconds,
    r.compile_seconds AS compile_seconds,
    r.execute_seconds AS execute_seconds,
    r.has_group AS has_group,
    r.contract_enforced AS contract_enforced,
    r.access AS access,
    r.versioned AS versioned,
    r.table_format AS table_format,
    r.catalog_type AS catalog_type
FROM run_model_events AS r
-- Only invocations of the day: a node run belongs to the day of its invocation, not to its own.
INNER JOIN invocations AS i ON r.invocation_id = i.invocation_id
LEFT JOIN run_adapters AS a ON r.node_run_id = a.node_run_id
ORDER BY r.invocation_id, r.event_id
