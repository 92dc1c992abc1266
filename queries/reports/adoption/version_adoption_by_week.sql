-- title: Version adoption by week
-- question: Which versions of dbt do projects use, week by week?
-- section: adoption
-- chart: line
-- unit: share of the week's active projects
-- grain: one week (its Monday) and minor version of dbt; null: unknown
-- key: week, dbt_minor
-- regardless: invocations.outcome
-- caveat: Active: with an invocation other than invalid. Invalid ones are in no column.
-- caveat: A project that used two versions in a week counts in both, so that shares may add up to more than 1.
-- caveat: Runs without a known project are in runs, and in no count of projects.
-- caveat: The first and the last week may be cut by the window of days.

WITH
active AS (
    SELECT week, dbt_minor, version_major, version_minor, project_key
    FROM invocations
    WHERE outcome <> 'invalid'
),
cells AS (
    SELECT
        week,
        dbt_minor,
        version_major,
        version_minor,
        COUNT(DISTINCT project_key) AS projects,
        COUNT(*) AS runs
    FROM active
    GROUP BY week, dbt_minor, version_major, version_minor
),
weeks AS (
    SELECT week, COUNT(DISTINCT project_key) AS all_projects, COUNT(*) AS all_runs
    FROM active
    GROUP BY week
)
SELECT
    c.week AS week,
    c.dbt_minor AS dbt_minor,
    c.projects AS projects,
    CAST(c.projects AS DOUBLE) / NULLIF(w.all_projects, 0) AS share_of_projects,
    c.runs AS runs,
    CAST(c.runs AS DOUBLE) / w.all_runs AS share_of_runs
FROM cells AS c
INNER JOIN weeks AS w ON c.week = w.week
ORDER BY c.week, c.version_major NULLS LAST, c.version_minor NULLS LAST, c.dbt_minor NULLS LAST
