-- title: Engines by week
-- question: How much is dbt 1 used, and how much dbt 2, week by week?
-- section: adoption
-- chart: line of share_of_projects by week for each engine
-- unit: share of the week's active projects whose engine is known
-- grain: one week (its Monday) and engine (core-1 is dbt 1, core-2 and fusion are dbt 2); null: unknown
-- key: week, engine
-- regardless: invocations.outcome
-- rests_on: projects_of_this_only: projects_of_this_only
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late.
-- caveat: Active: with an invocation other than invalid. Invalid ones are in no column.
-- caveat: A project that used two engines in a week counts in both, so that shares may add up to more than 1. projects_of_this_only ran no other known engine in the week.
-- caveat: Shares are of the projects, and of the runs, whose engine is known; known_projects and known_runs count these. The engine is unknown where all events that name it were lost.
-- caveat: Runs without a known project are in runs, and in no count of projects.
-- caveat: A killed run of dbt 1 may leave nothing at all, one of dbt 2 leaves a start, so that shares of runs favour dbt 2 a little. dbt 2 also obeys fewer ways to opt out.
-- caveat: The first and the last week may be cut by the window of days: compare neither.
-- column: projects_of_this_only [count]: Those of projects that ran no other known engine in the week
-- column: share_of_projects [share]: projects / known_projects; null in the unknown row
-- column: runs [count]: Invocations of the week, invalid ones left out
-- column: share_of_runs [share]: runs / known_runs; null in the unknown row
-- column: known_projects [count]: Distinct projects of the week with a run whose engine is known
-- column: known_runs [count]: Runs of the week whose engine is known

WITH
active AS (
    SELECT week, engine, project_key, COUNT(*) AS runs
    FROM invocations
    WHERE outcome <> 'invalid'
    GROUP BY week, engine, project_key
),
engines_of AS (
    SELECT week, project_key, COUNT(DISTINCT engine) AS engines
    FROM active
    WHERE project_key IS NOT NULL
    GROUP BY week, project_key
),
cells AS (
    SELECT
        a.week AS week,
        a.engine AS engine,
        COUNT(a.project_key) AS projects,
        COUNT(*) FILTER (WHERE e.engines = 1) AS projects_of_this_only,
        CAST(SUM(a.runs) AS BIGINT) AS runs
    FROM active AS a
    LEFT JOIN engines_of AS e ON a.week = e.week AND a.project_key = e.project_key
    GROUP BY a.week, a.engine
),
weeks AS (
    SELECT
        week,
        COUNT(DISTINCT CASE WHEN engine IS NOT NULL THEN project_key END) AS known_projects,
        CAST(SUM(CASE WHEN engine IS NOT NULL THEN runs ELSE 0 END) AS BIGINT) AS known_runs
    FROM active
    GROUP BY week
),
maturity AS (
    SELECT MAX(final_until) AS final_until
    FROM days
),
-- Read once only: of a cross join that is read twice Polars makes rows that are not there.
final_weeks AS (
    SELECT
        w.week AS week,
        w.known_projects AS known_projects,
        w.known_runs AS known_runs,
        WEEK_IS_FINAL(w.week, m.final_until) AS is_final
    FROM weeks AS w
    CROSS JOIN maturity AS m
)
SELECT
    c.week AS week,
    f.is_final AS is_final,
    c.engine AS engine,
    c.projects AS projects,
    CASE WHEN c.engine IS NOT NULL THEN c.projects_of_this_only END AS projects_of_this_only,
    CASE
        WHEN c.engine IS NOT NULL THEN CAST(c.projects AS DOUBLE) / NULLIF(f.known_projects, 0)
    END AS share_of_projects,
    c.runs AS runs,
    CASE WHEN c.engine IS NOT NULL THEN CAST(c.runs AS DOUBLE) / NULLIF(f.known_runs, 0) END AS share_of_runs,
    f.known_projects AS known_projects,
    f.known_runs AS known_runs
FROM cells AS c
INNER JOIN final_weeks AS f ON c.week = f.week
ORDER BY c.week, c.engine IS NULL, c.engine
