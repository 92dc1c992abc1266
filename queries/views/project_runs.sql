-- title: Runs of each project
-- question: What did each project run, with what, where, and how often did it succeed?
-- grain: one project (or one run without a known project) with one version, adapter, command, environment and operating system
-- key: cluster_key, engine, dbt_minor, adapter, command, environment, os
-- column: cluster_key: The unit of intervals: the project, or the run where its project is unknown
-- column: project_key: The unit "a project"; null: unknown
-- column: engine: core-1 (Python), core-2 or fusion
-- column: dbt_minor: First two numbers of the version of dbt
-- column: version_major: First number of that version
-- column: version_minor: Second number of that version
-- column: adapter: Adapter
-- column: command: Command
-- column: environment: manual, cloud, ci, orchestrator or other
-- column: os: Operating system
-- column: runs [count]: Invocations
-- column: successes [count]: Invocations with outcome success
-- column: failures [count]: Invocations with outcome failure
-- column: known_runs [count]: Invocations with outcome success or failure
-- column: unknowns [count]: Invocations with outcome unknown
-- column: incompletes [count]: Invocations with outcome incomplete
-- column: invalids [count]: Invocations with outcome invalid
-- column: by_report [count]: Of known_runs those whose outcome dbt reported
-- column: by_nodes [count]: Of known_runs those whose outcome was derived from nodes
-- column: by_events [count]: Of known_runs those whose outcome was derived from other events

WITH
runs AS (
    SELECT
        COALESCE(project_key, invocation_id) AS cluster_key,
        project_key, engine, dbt_minor, version_major, version_minor, adapter, command, environment, os,
        outcome, outcome_basis
    FROM invocations
)
SELECT
    cluster_key,
    project_key,
    engine,
    dbt_minor,
    version_major,
    version_minor,
    adapter,
    command,
    environment,
    os,
    COUNT(*) AS runs,
    COUNT(*) FILTER (WHERE outcome = 'success') AS successes,
    COUNT(*) FILTER (WHERE outcome = 'failure') AS failures,
    COUNT(*) FILTER (WHERE outcome IN ('success', 'failure')) AS known_runs,
    COUNT(*) FILTER (WHERE outcome = 'unknown') AS unknowns,
    COUNT(*) FILTER (WHERE outcome = 'incomplete') AS incompletes,
    COUNT(*) FILTER (WHERE outcome = 'invalid') AS invalids,
    COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'reported') AS by_report,
    COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'nodes') AS by_nodes,
    COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'events') AS by_events
FROM runs
GROUP BY
    cluster_key, project_key, engine, dbt_minor, version_major, version_minor, adapter, command, environment, os
ORDER BY
    cluster_key, engine NULLS LAST, dbt_minor NULLS LAST, adapter NULLS LAST, command NULLS LAST,
    environment NULLS LAST, os NULLS LAST
