-- title: Reach of warnings
-- question: How many projects does dbt warn, of what, and how many could it have warned?
-- grain: one warning of one kind; null: its name is not a known one, and all of a kind are one row
-- key: kind, name
-- column: kind: deprecation, behavior_change or deprecated_version
-- column: name: Name of the deprecation, or flag of the behaviour; null: not a known one
-- column: projects [count]: Distinct projects that were warned
-- column: versions [count]: Minor versions of dbt 1 on which any run was warned
-- column: active_projects [count]: Distinct projects active on one of versions
-- column: warned_active_projects [count]: Those of active_projects that were warned
-- column: share_of_projects [share]: warned_active_projects / active_projects
-- column: share_of_projects_low [share]: Lower end of the 95 % interval of share_of_projects
-- column: share_of_projects_high [share]: Upper end of the 95 % interval of share_of_projects
-- column: interval_method: How the interval was made: clustered, or wilson (fewer than 10 projects)
-- column: runs [count]: Invocations that warned
-- column: runs_unknown_version [count]: Those of runs of unknown engine or version, which make no version one that can warn

WITH
warnings AS (
    SELECT
        kind,
        -- Joins do not match nulls: the unknown name is the empty text here. No name is.
        COALESCE(name, '') AS name_or_empty,
        project_key,
        CASE WHEN engine = 'core-1' THEN dbt_minor END AS dbt_minor,
        runs
    FROM warning_days
),
versions AS (
    SELECT kind, name_or_empty, dbt_minor
    FROM warnings
    WHERE dbt_minor IS NOT NULL
    GROUP BY kind, name_or_empty, dbt_minor
),
active AS (
    SELECT project_key, dbt_minor
    FROM feature_days
    WHERE engine = 'core-1' AND project_key IS NOT NULL
    GROUP BY project_key, dbt_minor
),
-- Two versions of a project are one project.
could_warn AS (
    SELECT v.kind AS kind, v.name_or_empty AS name_or_empty, a.project_key AS project_key
    FROM versions AS v
    INNER JOIN active AS a ON v.dbt_minor = a.dbt_minor
    GROUP BY v.kind, v.name_or_empty, a.project_key
),
warned AS (
    SELECT kind, name_or_empty, project_key, 1 AS is_warned
    FROM warnings
    WHERE dbt_minor IS NOT NULL AND project_key IS NOT NULL
    GROUP BY kind, name_or_empty, project_key
),
reach AS (
    SELECT
        c.kind AS kind,
        c.name_or_empty AS name_or_empty,
        COUNT(*) AS active_projects,
        COUNT(w.is_warned) AS warned_active_projects
    FROM could_warn AS c
    LEFT JOIN warned AS w
        ON c.kind = w.kind AND c.name_or_empty = w.name_or_empty AND c.project_key = w.project_key
    GROUP BY c.kind, c.name_or_empty
),
cells AS (
    SELECT
        kind,
        name_or_empty,
        COUNT(DISTINCT project_key) AS projects,
        COUNT(DISTINCT dbt_minor) AS versions,
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(SUM(CASE WHEN dbt_minor IS NULL THEN runs ELSE 0 END) AS BIGINT) AS runs_unknown_version
    FROM warnings
    GROUP BY kind, name_or_empty
),
-- Every project is one unit: it was warned or not.
rates AS (
    SELECT
        c.kind AS kind,
        c.name_or_empty AS name_or_empty,
        c.projects AS projects,
        c.versions AS versions,
        c.runs AS runs,
        c.runs_unknown_version AS runs_unknown_version,
        COALESCE(r.active_projects, 0) AS k,
        COALESCE(r.warned_active_projects, 0) AS s
    FROM cells AS c
    LEFT JOIN reach AS r ON c.kind = r.kind AND c.name_or_empty = r.name_or_empty
)
SELECT
    kind AS kind,
    NULLIF(name_or_empty, '') AS name,
    projects AS projects,
    versions AS versions,
    k AS active_projects,
    s AS warned_active_projects,
    RATE(s, k) AS share_of_projects,
    RATE_LOW(s, k, s, s, k, k) AS share_of_projects_low,
    RATE_HIGH(s, k, s, s, k, k) AS share_of_projects_high,
    INTERVAL_METHOD(k) AS interval_method,
    runs AS runs,
    runs_unknown_version AS runs_unknown_version
FROM rates
ORDER BY kind, name_or_empty = '', projects DESC, name_or_empty
