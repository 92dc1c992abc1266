-- title: Python versions by week
-- question: Which versions of Python do projects run dbt on, week by week?
-- section: platform
-- chart: line of share_of_projects by week for each python_minor
-- unit: share of the week's active projects whose Python version is known
-- grain: one week (its Monday) and minor version of Python; null: unknown
-- key: week, python_minor
-- regardless: invocations.outcome
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late.
-- caveat: Active: with an invocation other than invalid. Invalid ones are in no column.
-- caveat: dbt 2 does not report its platform, so that its runs are in the unknown row, and shares are of those who have not moved to it. known_share is the share of the week's active projects with a known version.
-- caveat: A project that ran on two versions in a week counts in both, so that shares may add up to more than 1. One with known and unknown runs counts in the unknown row, too.
-- caveat: Runs without a known project are in runs, and in no count of projects.
-- caveat: The first and the last week may be cut by the window of days: compare neither.
-- column: share_of_projects [share]: projects / known_projects; null in the unknown row
-- column: runs [count]: Invocations of the week, invalid ones left out
-- column: share_of_runs [share]: Share of the week's runs whose version is known; null in the unknown row
-- column: known_projects [count]: Distinct active projects of the week with a run whose version is known
-- column: known_share [share]: Share of the week's active projects whose version is known; the same in each of its rows

WITH
cells AS (
    SELECT week, python_minor, COUNT(DISTINCT project_key) AS projects, COUNT(*) AS runs
    FROM invocations
    WHERE outcome <> 'invalid'
    GROUP BY week, python_minor
),
weeks AS (
    SELECT
        week,
        COUNT(DISTINCT project_key) AS active_projects,
        COUNT(DISTINCT CASE WHEN python_minor IS NOT NULL THEN project_key END) AS known_projects,
        COUNT(python_minor) AS known_runs
    FROM invocations
    WHERE outcome <> 'invalid'
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
        w.active_projects AS active_projects,
        w.known_projects AS known_projects,
        w.known_runs AS known_runs,
        WEEK_IS_FINAL(w.week, m.final_until) AS is_final
    FROM weeks AS w
    CROSS JOIN maturity AS m
)
SELECT
    c.week AS week,
    f.is_final AS is_final,
    c.python_minor AS python_minor,
    c.projects AS projects,
    CASE
        WHEN c.python_minor IS NOT NULL THEN CAST(c.projects AS DOUBLE) / NULLIF(f.known_projects, 0)
    END AS share_of_projects,
    c.runs AS runs,
    CASE WHEN c.python_minor IS NOT NULL THEN CAST(c.runs AS DOUBLE) / NULLIF(f.known_runs, 0) END AS share_of_runs,
    f.known_projects AS known_projects,
    CAST(f.known_projects AS DOUBLE) / NULLIF(f.active_projects, 0) AS known_share
FROM cells AS c
INNER JOIN final_weeks AS f ON c.week = f.week
-- 3.9 before 3.11.
ORDER BY
    c.week,
    c.python_minor IS NULL,
    CAST(SPLIT_PART(c.python_minor, '.', 1) AS BIGINT),
    CAST(SPLIT_PART(c.python_minor, '.', 2) AS BIGINT)
