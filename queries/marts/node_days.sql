-- title: Node runs by day
-- question: How many nodes of each kind ran in each project on each day, and how did it go?
-- grain: one project on one day, with one version of dbt, adapter, kind of node and reason to be skipped
-- key: day, project_key, engine, dbt_minor, adapter, adapter_version, resource_type, materialization, incremental_strategy, language, skip_reason
-- column: day: UTC day of the invocations
--   from: node_runs.day
-- column: week: Monday of that day's week
--   from: node_runs.week
-- column: project_key: The unit "a project"; null: unknown
--   from: node_runs.project_key
-- column: engine: core-1 (Python), core-2 or fusion
--   from: node_runs.engine
-- column: dbt_minor: First two numbers of the version of dbt
--   from: node_runs.dbt_minor
-- column: version_major: First number of that version
--   from: node_runs.dbt_minor
-- column: version_minor: Second number of that version
--   from: node_runs.dbt_minor
-- column: adapter: Adapter that ran the nodes
--   from: node_runs.adapter
-- column: adapter_version: Version of that adapter
--   from: node_runs.adapter_version
-- column: resource_type: model, seed, snapshot, test, …; dbt 1 reports no tests
--   from: node_runs.resource_type
-- column: materialization: Materialization; custom ones are named custom
--   from: node_runs.materialization
-- column: incremental_strategy: Incremental strategy; custom ones are named custom
--   from: node_runs.incremental_strategy
-- column: language: sql or python
--   from: node_runs.language
-- column: skip_reason: Why they were not executed, or were reused; dbt 2 only
--   from: node_runs.skip_reason
-- column: nodes [count]: Node runs
--   from: node_runs
-- column: successes [count]: Node runs with node_outcome success
--   from: node_runs.node_outcome (definitions, Nodes)
-- column: failures [count]: Node runs with node_outcome failure
--   from: node_runs.node_outcome (definitions, Nodes)
-- column: skipped [count]: Node runs with node_outcome skipped
--   from: node_runs.node_outcome (definitions, Nodes)
-- column: timed_nodes [count]: Node runs with a known execution time
--   from: node_runs.execution_seconds
-- column: execution_seconds [seconds]: Their execution time, to the microsecond; null if none is known
--   from: the sum of node_runs.execution_seconds

WITH
runs AS (
    SELECT
        day,
        week,
        project_key,
        engine,
        dbt_minor,
        adapter,
        adapter_version,
        resource_type,
        materialization,
        incremental_strategy,
        language,
        skip_reason,
        node_outcome,
        -- What is negative or over 7 days is no duration.
        CASE WHEN execution_seconds BETWEEN 0 AND 604800 THEN execution_seconds END AS seconds
    FROM node_runs
)
SELECT
    day,
    MAX(week) AS week,
    project_key,
    engine,
    dbt_minor,
    -- What the text is made of: node runs do not have them, and are too many to be joined with what has.
    CAST(SPLIT_PART(dbt_minor, '.', 1) AS INTEGER) AS version_major,
    CAST(SPLIT_PART(dbt_minor, '.', 2) AS INTEGER) AS version_minor,
    adapter,
    adapter_version,
    resource_type,
    materialization,
    incremental_strategy,
    language,
    skip_reason,
    COUNT(*) AS nodes,
    COUNT(*) FILTER (WHERE node_outcome = 'success') AS successes,
    COUNT(*) FILTER (WHERE node_outcome = 'failure') AS failures,
    COUNT(*) FILTER (WHERE node_outcome = 'skipped') AS skipped,
    COUNT(seconds) AS timed_nodes,
    -- A sum of whole microseconds: that of floats depends on the order of rows.
    CAST(SUM(CAST(ROUND(seconds * 1000000) AS BIGINT)) AS DOUBLE) / 1000000 AS execution_seconds
FROM runs
GROUP BY
    day, project_key, engine, dbt_minor, adapter, adapter_version, resource_type, materialization,
    incremental_strategy, language, skip_reason
ORDER BY
    day, project_key NULLS LAST, engine NULLS LAST, dbt_minor NULLS LAST, adapter NULLS LAST,
    adapter_version NULLS LAST, resource_type NULLS LAST, materialization NULLS LAST,
    incremental_strategy NULLS LAST, language NULLS LAST, skip_reason NULLS LAST
