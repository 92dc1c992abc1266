-- title: Project days
-- question: What did each project run on each day, with what, and how did it go?
-- grain: one project (project_key) on one day; runs without a known project are not here
-- key: day, project_key
-- column: day: UTC day of the invocations
--   from: invocations.day
-- column: project_key: The unit "a project": project_id and adapter_unique_id
--   from: invocations.project_key
-- column: week: Monday of that day's week
--   from: invocations.week
-- column: month: Month of that day, 2026-10
--   from: invocations.month
-- column: project_id: Pseudonym of dbt's MD5 of the project name
--   from: invocations.project_id
-- column: adapter_unique_id: Pseudonym of dbt's MD5 of account, host or database
--   from: invocations.adapter_unique_id
-- column: is_template_project: Whether the project has the name of a public template
--   from: invocations.is_template_project
-- column: adapter: Adapter
--   from: invocations.adapter
-- column: engine: Engine of the newest version of dbt used that day
--   from: invocations.engine
-- column: dbt_version: Newest version of dbt used that day, by its numbers; a release is newer than its pre-releases
--   from: invocations.dbt_version
-- column: dbt_minor: First two numbers of that version
--   from: invocations.dbt_minor
-- column: version_major: First number of that version
--   from: invocations.version_major
-- column: version_minor: Second number of that version
--   from: invocations.version_minor
-- column: version_patch: Third number of that version
--   from: invocations.version_patch
-- column: runs [count]: Invocations
--   from: invocations
-- column: successes [count]: Invocations with outcome success
--   from: invocations.outcome (definitions, Outcome)
-- column: failures [count]: Invocations with outcome failure
--   from: invocations.outcome (definitions, Outcome)
-- column: unknowns [count]: Invocations with outcome unknown
--   from: invocations.outcome (definitions, Outcome)
-- column: incompletes [count]: Invocations with outcome incomplete
--   from: invocations.outcome (definitions, Outcome)
-- column: invalids [count]: Invocations with outcome invalid; a project with no other is not active that day
--   from: invocations.outcome (definitions, Outcome)
-- column: runs_manual [count]: Invocations with environment manual
--   from: invocations.environment
-- column: runs_ci [count]: Invocations with environment ci
--   from: invocations.environment
-- column: runs_cloud [count]: Invocations with environment cloud
--   from: invocations.environment
-- column: runs_orchestrator [count]: Invocations with environment orchestrator
--   from: invocations.environment
-- column: runs_other [count]: Invocations with environment other
--   from: invocations.environment
-- column: runs_environment_unknown [count]: Invocations without a known environment
--   from: invocations.environment
-- column: runs_run [count]: Invocations of run
--   from: invocations.command
-- column: runs_build [count]: Invocations of build
--   from: invocations.command
-- column: runs_test [count]: Invocations of test
--   from: invocations.command
-- column: runs_other_command [count]: Invocations of any other command, or of an unknown one
--   from: invocations.command
-- column: users [count]: Distinct known users; null if none is known
--   from: invocations.user_id
-- column: nodes [count]: Node runs, skipped ones included
--   from: the sum of invocations.nodes
-- column: nodes_failed [count]: Node runs that failed
--   from: the sum of invocations.nodes_failed
-- column: nodes_skipped [count]: Node runs that were skipped
--   from: the sum of invocations.nodes_skipped
-- column: node_seconds [seconds]: Execution time of nodes; null if none is known
--   from: the sum of invocations.node_seconds
-- column: duration_seconds [seconds]: Known durations of invocations; null if none is known
--   from: the sum of invocations.duration_seconds
-- column: models [count]: Models of the project, the most that day
--   from: the most of invocations.models

WITH
runs AS (
    SELECT
        *,
        -- Versions compare by number: 1.10 is newer than 1.9, 1.9.0 than 1.9.0b2. A part has at most 4 digits.
        ((CAST(version_major AS BIGINT) * 10000 + version_minor) * 10000 + version_patch) * 2
            + CASE WHEN is_prerelease THEN 0 ELSE 1 END AS version_rank
    FROM invocations
    WHERE project_key IS NOT NULL
),
totals AS (
    SELECT
        day,
        project_key,
        MAX(version_rank) AS newest_rank,
        MAX(week) AS week,
        MAX(month) AS month,
        MAX(project_id) AS project_id,
        MAX(adapter_unique_id) AS adapter_unique_id,
        MAX(is_template_project) AS is_template_project,
        MAX(adapter) AS adapter,
        COUNT(*) AS runs,
        COUNT(*) FILTER (WHERE outcome = 'success') AS successes,
        COUNT(*) FILTER (WHERE outcome = 'failure') AS failures,
        COUNT(*) FILTER (WHERE outcome = 'unknown') AS unknowns,
        COUNT(*) FILTER (WHERE outcome = 'incomplete') AS incompletes,
        COUNT(*) FILTER (WHERE outcome = 'invalid') AS invalids,
        COUNT(*) FILTER (WHERE environment = 'manual') AS runs_manual,
        COUNT(*) FILTER (WHERE environment = 'ci') AS runs_ci,
        COUNT(*) FILTER (WHERE environment = 'cloud') AS runs_cloud,
        COUNT(*) FILTER (WHERE environment = 'orchestrator') AS runs_orchestrator,
        COUNT(*) FILTER (WHERE environment = 'other') AS runs_other,
        COUNT(*) FILTER (WHERE environment IS NULL) AS runs_environment_unknown,
        COUNT(*) FILTER (WHERE command = 'run') AS runs_run,
        COUNT(*) FILTER (WHERE command = 'build') AS runs_build,
        COUNT(*) FILTER (WHERE command = 'test') AS runs_test,
        COUNT(*) FILTER (WHERE command IS NULL OR command NOT IN ('run', 'build', 'test')) AS runs_other_command,
        NULLIF(COUNT(DISTINCT user_id), 0) AS users,
        CAST(SUM(nodes) AS BIGINT) AS nodes,
        CAST(SUM(nodes_failed) AS BIGINT) AS nodes_failed,
        CAST(SUM(nodes_skipped) AS BIGINT) AS nodes_skipped,
        -- Sums of whole microseconds: those of floats depend on the order of rows.
        CAST(SUM(CAST(ROUND(node_seconds * 1000000) AS BIGINT)) AS DOUBLE) / 1000000 AS node_seconds,
        CAST(SUM(CAST(ROUND(duration_seconds * 1000000) AS BIGINT)) AS DOUBLE) / 1000000 AS duration_seconds,
        MAX(models) AS models
    FROM runs
    GROUP BY day, project_key
),
newest AS (
    SELECT
        r.day AS day,
        r.project_key AS project_key,
        MAX(r.engine) AS engine,
        MAX(r.dbt_version) AS dbt_version,
        MAX(r.dbt_minor) AS dbt_minor,
        MAX(r.version_major) AS version_major,
        MAX(r.version_minor) AS version_minor,
        MAX(r.version_patch) AS version_patch
    FROM runs AS r
    INNER JOIN totals AS t
        ON r.day = t.day AND r.project_key = t.project_key AND r.version_rank = t.newest_rank
    GROUP BY r.day, r.project_key
)
SELECT
    t.day AS day,
    t.project_key AS project_key,
    t.week AS week,
    t.month AS month,
    t.project_id AS project_id,
    t.adapter_unique_id AS adapter_unique_id,
    t.is_template_project AS is_template_project,
    t.adapter AS adapter,
    n.engine AS engine,
    n.dbt_version AS dbt_version,
    n.dbt_minor AS dbt_minor,
    n.version_major AS version_major,
    n.version_minor AS version_minor,
    n.version_patch AS version_patch,
    t.runs AS runs,
    t.successes AS successes,
    t.failures AS failures,
    t.unknowns AS unknowns,
    t.incompletes AS incompletes,
    t.invalids AS invalids,
    t.runs_manual AS runs_manual,
    t.runs_ci AS runs_ci,
    t.runs_cloud AS runs_cloud,
    t.runs_orchestrator AS runs_orchestrator,
    t.runs_other AS runs_other,
    t.runs_environment_unknown AS runs_environment_unknown,
    t.runs_run AS runs_run,
    t.runs_build AS runs_build,
    t.runs_test AS runs_test,
    t.runs_other_command AS runs_other_command,
    t.users AS users,
    t.nodes AS nodes,
    t.nodes_failed AS nodes_failed,
    t.nodes_skipped AS nodes_skipped,
    t.node_seconds AS node_seconds,
    t.duration_seconds AS duration_seconds,
    t.models AS models
FROM totals AS t
LEFT JOIN newest AS n ON t.day = n.day AND t.project_key = n.project_key
ORDER BY t.day, t.project_key
