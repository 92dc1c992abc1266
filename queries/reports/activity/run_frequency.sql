-- title: Run frequency
-- question: On how many days of four weeks is a project active?
-- section: activity
-- chart: histogram of projects by days_from to days_to
-- unit: projects
-- grain: a number of active days, from days_from to days_to
-- key: days_from
-- regardless: project_days.invalids
-- caveat: Of the newest 28 days that are final: the newest final day of the window and the 27 days before it. received_days says of how many of these events came; with fewer than 28 the numbers of active days are too low.
-- caveat: Active: with an invocation other than invalid. Invalid ones are in no column, nor are runs without a known project.
-- caveat: A project that was new, or stopped, within the 28 days is in it with the days that it had.
-- caveat: share_of_projects is of all projects that were active on one of the 28 days, share_of_runs of their runs.
-- caveat: A day is a UTC day: a job that runs every night before and after midnight may be active on two for one.
-- column: days_from [count]: Least number of active days of the row
-- column: days_to [count]: Greatest number of active days of the row
-- column: share_of_projects [share]: Share of the projects that were active on one of the 28 days

WITH
-- The 28 days, joined on a number: of a cross join that is read twice Polars makes rows that are not there.
bounds AS (
    SELECT
        1 AS one,
        CAST(MAX(CASE WHEN is_final THEN day END) - INTERVAL '27 days' AS DATE) AS from_day,
        MAX(CASE WHEN is_final THEN day END) AS to_day
    FROM days
),
calendar AS (
    SELECT 1 AS one, day, events
    FROM days
),
received AS (
    SELECT COUNT(d.events) AS received_days
    FROM calendar AS d
    INNER JOIN bounds AS b ON d.one = b.one
    WHERE d.day >= b.from_day AND d.day <= b.to_day
),
active AS (
    SELECT 1 AS one, day, project_key, runs - invalids AS runs
    FROM project_days
    WHERE runs > invalids
),
projects AS (
    SELECT p.project_key AS project_key, COUNT(*) AS active_days, CAST(SUM(p.runs) AS BIGINT) AS runs
    FROM active AS p
    INNER JOIN bounds AS b ON p.one = b.one
    WHERE p.day >= b.from_day AND p.day <= b.to_day
    GROUP BY p.project_key
),
counted AS (
    SELECT
        CASE
            WHEN active_days = 1 THEN 1
            WHEN active_days <= 3 THEN 2
            WHEN active_days <= 7 THEN 4
            WHEN active_days <= 14 THEN 8
            WHEN active_days <= 21 THEN 15
            ELSE 22
        END AS days_from,
        runs
    FROM projects
),
cells AS (
    SELECT days_from, COUNT(*) AS projects, CAST(SUM(runs) AS BIGINT) AS runs
    FROM counted
    GROUP BY days_from
),
totals AS (
    SELECT COUNT(*) AS projects, CAST(SUM(runs) AS BIGINT) AS runs
    FROM counted
),
-- All of them, so that an empty one is seen to be empty.
buckets AS (
    SELECT 1 AS days_from, 1 AS days_to
    UNION ALL SELECT 2 AS days_from, 3 AS days_to
    UNION ALL SELECT 4 AS days_from, 7 AS days_to
    UNION ALL SELECT 8 AS days_from, 14 AS days_to
    UNION ALL SELECT 15 AS days_from, 21 AS days_to
    UNION ALL SELECT 22 AS days_from, 28 AS days_to
)
SELECT
    CAST(b.days_from AS BIGINT) AS days_from,
    CAST(b.days_to AS BIGINT) AS days_to,
    COALESCE(c.projects, 0) AS projects,
    CAST(COALESCE(c.projects, 0) AS DOUBLE) / NULLIF(t.projects, 0) AS share_of_projects,
    COALESCE(c.runs, 0) AS runs,
    CAST(COALESCE(c.runs, 0) AS DOUBLE) / NULLIF(t.runs, 0) AS share_of_runs,
    r.received_days AS received_days
FROM buckets AS b
CROSS JOIN totals AS t
CROSS JOIN received AS r
LEFT JOIN cells AS c ON b.days_from = c.days_from
ORDER BY b.days_from
