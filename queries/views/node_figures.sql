-- title: What figures of node runs are sums of
-- question: How many node runs of each kind are there of one project with the same values of all dimensions?
-- grain: one project (null: node runs without a known one) with one value of every dimension; null: unknown
-- key: project_key, day, engine, dbt_minor, adapter, adapter_version, resource_type, materialization, incremental_strategy, language, skip_reason
-- column: project_key: The unit "a project"; null: unknown
-- column: has_project: Whether it is known
-- column: day: UTC day of the invocations
-- column: week: Monday of that day's week
-- column: engine: core-1 (Python), core-2 or fusion
-- column: dbt_minor: First two numbers of the version of dbt
-- column: adapter: Adapter that ran the nodes
-- column: adapter_version: Version of that adapter
-- column: resource_type: model, seed, snapshot, test, …
-- column: is_test: Whether that is test or unit_test
-- column: materialization: Materialization
-- column: incremental_strategy: Incremental strategy
-- column: language: sql or python
-- column: skip_reason: Why they were not executed, or were reused
-- column: nodes [count]: Node runs
-- column: successes [count]: Node runs with node_outcome success
-- column: failures [count]: Node runs with node_outcome failure
-- column: skipped [count]: Node runs with node_outcome skipped
-- column: known_nodes [count]: successes and failures
-- column: unknowns [count]: Node runs of none of these outcomes
-- column: timed_nodes [count]: Node runs with a known execution time

SELECT
    project_key,
    CASE WHEN project_key IS NOT NULL THEN 'true' ELSE 'false' END AS has_project,
    CAST(day AS VARCHAR) AS day,
    CAST(week AS VARCHAR) AS week,
    engine, dbt_minor, adapter, adapter_version, resource_type,
    CASE WHEN resource_type IN ('test', 'unit_test') THEN 'true' ELSE 'false' END AS is_test,
    materialization, incremental_strategy, language, skip_reason,
    CAST(nodes AS BIGINT) AS nodes,
    CAST(successes AS BIGINT) AS successes,
    CAST(failures AS BIGINT) AS failures,
    CAST(skipped AS BIGINT) AS skipped,
    CAST(successes + failures AS BIGINT) AS known_nodes,
    CAST(nodes AS BIGINT) - CAST(successes + failures + skipped AS BIGINT) AS unknowns,
    CAST(timed_nodes AS BIGINT) AS timed_nodes
FROM node_days
ORDER BY
    project_key NULLS LAST, day, engine NULLS LAST, dbt_minor NULLS LAST, adapter NULLS LAST, adapter_version NULLS LAST,
    resource_type NULLS LAST, materialization NULLS LAST, incremental_strategy NULLS LAST, language NULLS LAST,
    skip_reason NULLS LAST
