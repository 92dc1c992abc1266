-- title: Size of projects
-- question: How many resources of each kind does a project have?
-- section: size
-- chart: dot of p10, p50, p90 by resource on a log scale
-- unit: resources
-- grain: one kind of resource
-- key: resource
-- regardless: invocations.outcome
-- rests_on: share_without, share_without_low, share_without_high: projects_without
-- rests_on: p10, p90: projects / 10
-- rests_on: p25, p75: projects / 4
-- rests_on: p50: projects / 2
-- caveat: Over the active projects of the window: those with an invocation other than invalid. Each counts once, with what its newest such run with a known count tells.
-- caveat: projects are those with a known count, projects with none of the resource included; share_known is their share of all active projects.
-- caveat: Resources are counted when the project has loaded, since 0.19.1, unit tests since 1.8. Runs without a known project are in no column.
-- caveat: The counts are of all that is enabled in the project and its packages, whatever a run selects. Macros are also those of dbt itself and of the adapter.
-- caveat: share_without is the share of projects with none; its interval (95 %) treats the project as the unit: Wilson's.
-- caveat: Quantiles are exact and interpolated linearly, over the projects with a known count; they have no interval.
-- caveat: A project is a name and an account: one that runs against two accounts is two projects. Public templates and tutorials are projects, too.
-- column: resource: Kind of resource
-- column: projects [count]: Distinct active projects with a known count, those with none included
-- column: projects_without [count]: Those of projects that have none
-- column: share_without [share]: projects_without / projects
-- column: p10 [count]: 10 % of projects have at most so many
-- column: p25 [count]: 25 % of projects have at most so many
-- column: p50 [count]: Half of the projects have at most so many
-- column: p75 [count]: 75 % of projects have at most so many
-- column: p90 [count]: 90 % of projects have at most so many

WITH
runs AS (
    SELECT
        project_key, first_event_at, models, data_tests, unit_tests, sources, macros, seeds, snapshots, exposures
    FROM invocations
    WHERE outcome <> 'invalid' AND project_key IS NOT NULL
),
newest AS (
    SELECT
        project_key,
        MAX(CASE WHEN models IS NOT NULL THEN first_event_at END) AS models_at,
        MAX(CASE WHEN data_tests IS NOT NULL THEN first_event_at END) AS data_tests_at,
        MAX(CASE WHEN unit_tests IS NOT NULL THEN first_event_at END) AS unit_tests_at,
        MAX(CASE WHEN sources IS NOT NULL THEN first_event_at END) AS sources_at,
        MAX(CASE WHEN macros IS NOT NULL THEN first_event_at END) AS macros_at,
        MAX(CASE WHEN seeds IS NOT NULL THEN first_event_at END) AS seeds_at,
        MAX(CASE WHEN snapshots IS NOT NULL THEN first_event_at END) AS snapshots_at,
        MAX(CASE WHEN exposures IS NOT NULL THEN first_event_at END) AS exposures_at
    FROM runs
    GROUP BY project_key
),
-- Of two runs that began at the same time the greater count is taken, so that the order of rows does not matter.
projects AS (
    SELECT
        r.project_key AS project_key,
        MAX(CASE WHEN r.first_event_at = n.models_at THEN r.models END) AS models,
        MAX(CASE WHEN r.first_event_at = n.data_tests_at THEN r.data_tests END) AS data_tests,
        MAX(CASE WHEN r.first_event_at = n.unit_tests_at THEN r.unit_tests END) AS unit_tests,
        MAX(CASE WHEN r.first_event_at = n.sources_at THEN r.sources END) AS sources,
        MAX(CASE WHEN r.first_event_at = n.macros_at THEN r.macros END) AS macros,
        MAX(CASE WHEN r.first_event_at = n.seeds_at THEN r.seeds END) AS seeds,
        MAX(CASE WHEN r.first_event_at = n.snapshots_at THEN r.snapshots END) AS snapshots,
        MAX(CASE WHEN r.first_event_at = n.exposures_at THEN r.exposures END) AS exposures
    FROM runs AS r
    INNER JOIN newest AS n ON r.project_key = n.project_key
    GROUP BY r.project_key
),
unpivoted AS (
    SELECT 1 AS place, 'models' AS resource, models AS amount FROM projects
    UNION ALL SELECT 2 AS place, 'data_tests' AS resource, data_tests AS amount FROM projects
    UNION ALL SELECT 3 AS place, 'unit_tests' AS resource, unit_tests AS amount FROM projects
    UNION ALL SELECT 4 AS place, 'sources' AS resource, sources AS amount FROM projects
    UNION ALL SELECT 5 AS place, 'macros' AS resource, macros AS amount FROM projects
    UNION ALL SELECT 6 AS place, 'seeds' AS resource, seeds AS amount FROM projects
    UNION ALL SELECT 7 AS place, 'snapshots' AS resource, snapshots AS amount FROM projects
    UNION ALL SELECT 8 AS place, 'exposures' AS resource, exposures AS amount FROM projects
),
cells AS (
    SELECT
        place,
        resource,
        COUNT(*) AS active_projects,
        COUNT(amount) AS n,
        COUNT(*) FILTER (WHERE amount = 0) AS s,
        QUANTILE_CONT(amount, 0.1) AS p10,
        QUANTILE_CONT(amount, 0.25) AS p25,
        QUANTILE_CONT(amount, 0.5) AS p50,
        QUANTILE_CONT(amount, 0.75) AS p75,
        QUANTILE_CONT(amount, 0.9) AS p90
    FROM unpivoted
    GROUP BY place, resource
)
-- Each project is a cluster of one, so that all sums of squares and products are counts.
SELECT
    resource,
    n AS projects,
    RATE(n, active_projects) AS share_known,
    s AS projects_without,
    RATE(s, n) AS share_without,
    RATE_LOW(s, n, s, s, n, n) AS share_without_low,
    RATE_HIGH(s, n, s, s, n, n) AS share_without_high,
    p10,
    p25,
    p50,
    p75,
    p90
FROM cells
ORDER BY place
