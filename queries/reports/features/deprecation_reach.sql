-- title: Reach of deprecations
-- question: How many projects still use what dbt has deprecated?
-- section: features
-- chart: bar
-- unit: share of the projects active on versions that can warn
-- grain: one deprecation; null: its name is not a known one, and all of them are one row
-- key: deprecation
-- caveat: projects are those that were warned in the window. Of active_projects, those of the share, are warned_active.
-- caveat: active_projects have an invocation other than invalid on a minor version of dbt 1 on which anybody at all was warned of this. A version that could warn and never did in the window is not among them.
-- caveat: active_projects are of other versions from row to row, so that the shares of two rows are of different projects.
-- caveat: A project that is not warned need not be free of it: dbt warns of what a command comes across, and some deprecations are found only by commands that load or run the project.
-- caveat: A longer window finds more projects that were warned. Compare only windows of one length.
-- caveat: dbt 2 sends no such warnings. Its projects are in no row, unless they also ran dbt 1.
-- caveat: A run counts once however often it warns. runs_unknown_version are those of runs whose engine or version is unknown: they make no version one that can warn. Invalid runs with a warning are in runs and projects.
-- caveat: The interval (95 %) is Wilson's, every project counting once. Runs without a known project are in runs, and in no count of projects.

WITH
warnings AS (
    SELECT
        -- Joins do not match nulls: the unknown name is the empty text here. No name is.
        COALESCE(name, '') AS name_or_empty,
        project_key,
        CASE WHEN engine = 'core-1' THEN dbt_minor END AS dbt_minor,
        runs
    FROM warning_days
    WHERE kind = 'deprecation'
),
versions AS (
    SELECT name_or_empty, dbt_minor
    FROM warnings
    WHERE dbt_minor IS NOT NULL
    GROUP BY name_or_empty, dbt_minor
),
active AS (
    SELECT project_key, dbt_minor
    FROM feature_days
    WHERE engine = 'core-1' AND project_key IS NOT NULL
    GROUP BY project_key, dbt_minor
),
-- Two versions of a project are one project.
could_warn AS (
    SELECT v.name_or_empty AS name_or_empty, a.project_key AS project_key
    FROM versions AS v
    INNER JOIN active AS a ON v.dbt_minor = a.dbt_minor
    GROUP BY v.name_or_empty, a.project_key
),
warned AS (
    SELECT name_or_empty, project_key, 1 AS is_warned
    FROM warnings
    WHERE dbt_minor IS NOT NULL AND project_key IS NOT NULL
    GROUP BY name_or_empty, project_key
),
reach AS (
    SELECT
        c.name_or_empty AS name_or_empty,
        COUNT(*) AS active_projects,
        COUNT(w.is_warned) AS warned_active
    FROM could_warn AS c
    LEFT JOIN warned AS w ON c.name_or_empty = w.name_or_empty AND c.project_key = w.project_key
    GROUP BY c.name_or_empty
),
cells AS (
    SELECT
        name_or_empty,
        COUNT(DISTINCT project_key) AS projects,
        COUNT(DISTINCT dbt_minor) AS versions,
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(SUM(CASE WHEN dbt_minor IS NULL THEN runs ELSE 0 END) AS BIGINT) AS runs_unknown_version
    FROM warnings
    GROUP BY name_or_empty
),
-- Every project is one unit: it was warned or not.
rates AS (
    SELECT
        c.name_or_empty AS name_or_empty,
        c.projects AS projects,
        c.versions AS versions,
        c.runs AS runs,
        c.runs_unknown_version AS runs_unknown_version,
        COALESCE(r.active_projects, 0) AS k,
        COALESCE(r.warned_active, 0) AS s
    FROM cells AS c
    LEFT JOIN reach AS r ON c.name_or_empty = r.name_or_empty
)
SELECT
    NULLIF(name_or_empty, '') AS deprecation,
    projects AS projects,
    versions AS versions,
    k AS active_projects,
    s AS warned_active,
    RATE(s, k) AS share_of_projects,
    RATE_LOW(s, k, s, s, k, k) AS share_of_projects_low,
    RATE_HIGH(s, k, s, s, k, k) AS share_of_projects_high,
    INTERVAL_METHOD(k) AS interval_method,
    runs AS runs,
    runs_unknown_version AS runs_unknown_version
FROM rates
ORDER BY name_or_empty = '', projects DESC, name_or_empty
