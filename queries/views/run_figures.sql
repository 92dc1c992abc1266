-- title: What figures of runs are sums of
-- question: How many runs of each kind are there of one project with the same values of all dimensions?
-- grain: one project (null: runs without a known one) with one value of every dimension; null: unknown
-- key: project_key, day, engine, dbt_version, dbt_minor, is_prerelease, command, adapter, os, arch, libc, python_minor, environment, country, is_template_project, full_reparse_reason, parse, models_from, nodes_from, seconds_from
-- column: project_key: The unit "a project"; null: unknown
-- column: has_project: Whether it is known
-- column: day: UTC day of the invocation's earliest event
-- column: week: Monday of that day's week
-- column: month: Month of that day, 2026-10
-- column: engine: core-1 (Python), core-2 or fusion
-- column: dbt_version: Release of dbt; null: unknown, or a pre-release
-- column: dbt_minor: First two numbers of the version of dbt
-- column: is_prerelease: Whether the version is a pre-release or development build
-- column: command: Command
-- column: adapter: Adapter
-- column: os: Operating system
-- column: arch: Processor architecture
-- column: libc: C library and version
-- column: python_minor: First two numbers of Python's version
-- column: environment: manual, cloud, ci, orchestrator or other
-- column: country: ISO 3166 country
-- column: is_template_project: Whether the project has the name of a public template
-- column: full_reparse_reason: Why it was parsed from the start
-- column: parse: Whether as many files were parsed as the project has (full) or fewer (partial)
-- column: models_from: Where the bucket of its project's models begins: 0 (none), 1, 2, 4, 8, …
-- column: nodes_from: Where the bucket of its node count begins: 0 (none), 1, 2, 4, 8, …
-- column: seconds_from: Where the bucket of its duration begins: 0 (below a second), 1, 2, 4, …
-- column: runs [count]: Invocations
-- column: active_runs [count]: Invocations that are not invalid
-- column: known_runs [count]: Invocations with outcome success or failure
-- column: successes [count]: Invocations with outcome success
-- column: failures [count]: Invocations with outcome failure
-- column: unknowns [count]: Invocations with outcome unknown
-- column: incompletes [count]: Invocations with outcome incomplete
-- column: invalids [count]: Invocations with outcome invalid
-- column: by_report [count]: Of known_runs those whose outcome dbt reported
-- column: by_nodes [count]: Of known_runs those whose outcome was derived from nodes
-- column: timed_runs [count]: Invocations with a known duration
-- column: active_timed_runs [count]: Of active_runs those with a known duration
-- column: node_timed_runs [count]: Of timed_runs those with a known time of nodes
-- column: load_timed_runs [count]: Of timed_runs those with a known time to load
-- column: overhead_runs [count]: Of timed_runs those with both
-- column: loads [count]: Invocations with a known time to load
-- column: runs_with_nodes [count]: Invocations with a node
-- column: full_reparses [count]: Of active_runs those that parsed the project from the start, for a known reason or not
-- column: full_reparses_known [count]: Of active_runs those that did so for a known reason
-- column: parses_known [count]: Of active_runs those of which is known whether partial parsing was on
-- column: parses_partial [count]: Of active_runs those with partial parsing on
-- column: parses_full [count]: Of parses_partial those that parsed the project from the start for a known reason

WITH
runs AS (
    SELECT
        project_key,
        CASE WHEN project_key IS NOT NULL THEN 'true' ELSE 'false' END AS has_project,
        CAST(day AS VARCHAR) AS day,
        CAST(week AS VARCHAR) AS week,
        month,
        engine,
        CASE WHEN NOT is_prerelease AND version_patch IS NOT NULL THEN dbt_version END AS dbt_version,
        dbt_minor,
        CASE WHEN is_prerelease THEN 'true' ELSE 'false' END AS is_prerelease,
        command, adapter, os, arch, libc, python_minor, environment,
        country,
        CASE WHEN is_template_project THEN 'true' WHEN NOT is_template_project THEN 'false' END AS is_template_project,
        full_reparse_reason,
        CASE WHEN parsed_paths >= paths THEN 'full' WHEN parsed_paths < paths THEN 'partial' END AS parse,
        CAST(CASE WHEN models >= 1 THEN POWER_OF_TWO(models) WHEN models = 0 THEN 0 END AS VARCHAR) AS models_from,
        CAST(CASE WHEN nodes >= 1 THEN POWER_OF_TWO(nodes) ELSE 0 END AS VARCHAR) AS nodes_from,
        CAST(
            CASE
                WHEN duration_seconds >= 1 THEN POWER_OF_TWO(FLOOR(duration_seconds))
                WHEN duration_seconds IS NOT NULL THEN 0
            END AS VARCHAR
        ) AS seconds_from,
        outcome,
        outcome_basis,
        nodes > 0 AS has_nodes,
        duration_seconds IS NOT NULL AS is_timed,
        duration_seconds IS NOT NULL AND node_seconds IS NOT NULL AS is_node_timed,
        COALESCE(load_seconds BETWEEN 0 AND 604800, FALSE) AS is_load_known,
        outcome <> 'invalid' AND COALESCE(
            full_reparse_reason IS NOT NULL OR is_partial_parse_enabled AND paths > 0 AND parsed_paths >= paths, FALSE
        ) AS is_full_reparse,
        CASE WHEN outcome <> 'invalid' THEN is_partial_parse_enabled END AS is_partial_parse
    FROM invocations
)
SELECT
    project_key, has_project, day, week, month, engine, dbt_version, dbt_minor, is_prerelease, command, adapter, os, arch,
    libc, python_minor, environment, country, is_template_project, full_reparse_reason, parse,
    models_from, nodes_from, seconds_from,
    COUNT(*) AS runs,
    COUNT(*) FILTER (WHERE outcome <> 'invalid') AS active_runs,
    COUNT(*) FILTER (WHERE outcome IN ('success', 'failure')) AS known_runs,
    COUNT(*) FILTER (WHERE outcome = 'success') AS successes,
    COUNT(*) FILTER (WHERE outcome = 'failure') AS failures,
    COUNT(*) FILTER (WHERE outcome = 'unknown') AS unknowns,
    COUNT(*) FILTER (WHERE outcome = 'incomplete') AS incompletes,
    COUNT(*) FILTER (WHERE outcome = 'invalid') AS invalids,
    COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'reported') AS by_report,
    COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'nodes') AS by_nodes,
    COUNT(*) FILTER (WHERE is_timed) AS timed_runs,
    COUNT(*) FILTER (WHERE is_timed AND outcome <> 'invalid') AS active_timed_runs,
    COUNT(*) FILTER (WHERE is_node_timed) AS node_timed_runs,
    COUNT(*) FILTER (WHERE is_timed AND is_load_known) AS load_timed_runs,
    COUNT(*) FILTER (WHERE is_node_timed AND is_load_known) AS overhead_runs,
    COUNT(*) FILTER (WHERE is_load_known) AS loads,
    COUNT(*) FILTER (WHERE has_nodes) AS runs_with_nodes,
    COUNT(*) FILTER (WHERE is_full_reparse) AS full_reparses,
    COUNT(*) FILTER (WHERE is_full_reparse AND full_reparse_reason IS NOT NULL) AS full_reparses_known,
    COUNT(*) FILTER (WHERE is_partial_parse IS NOT NULL) AS parses_known,
    COUNT(*) FILTER (WHERE is_partial_parse) AS parses_partial,
    COUNT(*) FILTER (WHERE is_partial_parse AND full_reparse_reason IS NOT NULL) AS parses_full
FROM runs
GROUP BY
    project_key, has_project, day, week, month, engine, dbt_version, dbt_minor, is_prerelease, command, adapter, os, arch,
    libc, python_minor, environment, country, is_template_project, full_reparse_reason, parse,
    models_from, nodes_from, seconds_from
ORDER BY
    project_key NULLS LAST, day, engine NULLS LAST, dbt_version NULLS LAST, dbt_minor NULLS LAST, is_prerelease,
    command NULLS LAST, adapter NULLS LAST, os NULLS LAST, arch NULLS LAST, libc NULLS LAST, python_minor NULLS LAST,
    environment NULLS LAST, country NULLS LAST, is_template_project NULLS LAST,
    full_reparse_reason NULLS LAST, parse NULLS LAST, models_from NULLS LAST, nodes_from, seconds_from NULLS LAST
