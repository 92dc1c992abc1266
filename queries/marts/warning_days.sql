-- title: Warnings by day
-- question: Which deprecations and legacy behaviours did dbt warn each project of, on each day?
-- grain: one warning in one project on one day, with one version of dbt
-- key: day, project_key, engine, dbt_minor, kind, name
-- column: day: UTC day of the invocations
--   from: invocations.day
-- column: week: Monday of that day's week
--   from: invocations.week
-- column: project_key: The unit "a project"; null: unknown
--   from: invocations.project_key
-- column: engine: core-1 (Python), core-2 or fusion
--   from: invocations.engine
-- column: dbt_minor: First two numbers of the version of dbt
--   from: invocations.dbt_minor
-- column: version_major: First number of that version
--   from: invocations.version_major
-- column: version_minor: Second number of that version
--   from: invocations.version_minor
-- column: kind: deprecation, behavior_change, or deprecated_version: dbt itself is so old that it says so
--   from: deprecation_warn_events, behavior_change_warn_events, deprecated_version_invocation_events
-- column: name: Name of the deprecation, or flag of the behaviour; null: not a known one
--   from: deprecation_warn_events.deprecation, behavior_change_warn_events.flag
-- column: runs [count]: Invocations in which dbt warned of it
--   from: invocations

WITH
warnings AS (
    SELECT invocation_id, 'deprecation' AS kind, deprecation AS name FROM deprecation_warn_events
    UNION ALL SELECT invocation_id, 'behavior_change' AS kind, flag AS name FROM behavior_change_warn_events
    UNION ALL
    SELECT invocation_id, 'deprecated_version' AS kind, CAST(NULL AS VARCHAR) AS name
    FROM deprecated_version_invocation_events
),
-- A run may warn of one thing many times.
runs AS (
    SELECT invocation_id, kind, name
    FROM warnings
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id, kind, name
)
SELECT
    i.day AS day,
    MAX(i.week) AS week,
    i.project_key AS project_key,
    i.engine AS engine,
    i.dbt_minor AS dbt_minor,
    MAX(i.version_major) AS version_major,
    MAX(i.version_minor) AS version_minor,
    r.kind AS kind,
    r.name AS name,
    COUNT(*) AS runs
FROM runs AS r
INNER JOIN invocations AS i ON r.invocation_id = i.invocation_id
GROUP BY i.day, i.project_key, i.engine, i.dbt_minor, r.kind, r.name
ORDER BY
    i.day, i.project_key NULLS LAST, i.engine NULLS LAST, i.dbt_minor NULLS LAST, r.kind, r.name NULLS LAST
