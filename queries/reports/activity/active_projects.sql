-- title: Active projects
-- question: How many projects use dbt within a day, a week and four weeks, and how many of the latter on any one day?
-- section: activity
-- chart: line of projects, projects_7_days, projects_28_days by day
-- unit: projects
-- grain: one day with an event, or without a dump where there should be some (dumps.every)
-- key: day
-- regardless: project_days.invalids
-- looks_back: 6: projects_7_days
-- looks_back: 27: projects_28_days, stickiness
-- caveat: A day that is not final can still change: events may arrive late. The trailing days of a final day are final, too.
-- caveat: Active: with an invocation other than invalid. Invalid ones are in no column, nor are runs without a known project.
-- caveat: projects are those of the day itself, projects_7_days and projects_28_days those of the 7 and 28 days that end with it, each counted once.
-- caveat: Trailing figures are null where these days begin before the window of days, or where nothing came of one of them. On such a day of its own projects is null, too: unknown, not none.
-- caveat: Where hours of a day are missing (missing_hours) its projects are too few, and so may the trailing figures of the next 27 days be.
-- caveat: stickiness is projects / projects_28_days: 1 if all were active on that day, 1/28 at the least for projects that are active once. It falls at weekends; compare the same weekdays.
-- column: runs [count]: Invocations of known projects, invalid ones left out; null on a day of which nothing came
-- column: projects [count]: Distinct projects active on the day; null on a day of which nothing came
-- column: stickiness [share]: projects / projects_28_days: how many of those active in four weeks are so on any one day

WITH
active AS (
    SELECT
        CAST(EXTRACT(EPOCH FROM CAST(day AS TIMESTAMP)) / 86400 AS BIGINT) AS day_number,
        project_key,
        runs - invalids AS runs
    FROM project_days
    WHERE runs > invalids
),
calendar AS (
    SELECT
        day,
        is_final,
        missing_hours,
        CAST(EXTRACT(EPOCH FROM CAST(day AS TIMESTAMP)) / 86400 AS BIGINT) AS day_number,
        CASE WHEN events IS NOT NULL THEN 1 ELSE 0 END AS received
    FROM days
),
followed AS (
    SELECT
        day_number,
        runs,
        COALESCE(
            LEAD(day_number) OVER (PARTITION BY project_key ORDER BY day_number), day_number + 28
        ) AS next_day_number
    FROM active
),
-- A project is one of the trailing n days from a day on which it is active until the n-th day after, or until it is active
-- again, which begins the same anew. So it is counted once, and a day costs three rows whatever n is: neither engine has to
-- make a row of each trailing day. days_… count the trailing days of which something came.
steps AS (
    SELECT
        day_number, runs, 1 AS projects, 1 AS projects_7_days, 1 AS projects_28_days, 0 AS days_7, 0 AS days_28
    FROM followed
    UNION ALL
    SELECT
        LEAST(next_day_number, day_number + 7) AS day_number, 0 AS runs, 0 AS projects,
        -1 AS projects_7_days, 0 AS projects_28_days, 0 AS days_7, 0 AS days_28
    FROM followed
    UNION ALL
    SELECT
        LEAST(next_day_number, day_number + 28) AS day_number, 0 AS runs, 0 AS projects,
        0 AS projects_7_days, -1 AS projects_28_days, 0 AS days_7, 0 AS days_28
    FROM followed
    UNION ALL
    SELECT
        day_number, 0 AS runs, 0 AS projects, 0 AS projects_7_days, 0 AS projects_28_days,
        received AS days_7, received AS days_28
    FROM calendar
    UNION ALL
    SELECT
        day_number + 7 AS day_number, 0 AS runs, 0 AS projects, 0 AS projects_7_days, 0 AS projects_28_days,
        -received AS days_7, 0 AS days_28
    FROM calendar
    UNION ALL
    SELECT
        day_number + 28 AS day_number, 0 AS runs, 0 AS projects, 0 AS projects_7_days, 0 AS projects_28_days,
        0 AS days_7, -received AS days_28
    FROM calendar
),
changes AS (
    SELECT
        day_number,
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(SUM(projects) AS BIGINT) AS projects,
        CAST(SUM(projects_7_days) AS BIGINT) AS projects_7_days,
        CAST(SUM(projects_28_days) AS BIGINT) AS projects_28_days,
        CAST(SUM(days_7) AS BIGINT) AS days_7,
        CAST(SUM(days_28) AS BIGINT) AS days_28
    FROM steps
    GROUP BY day_number
),
counted AS (
    SELECT
        day_number,
        runs,
        projects,
        SUM(projects_7_days) OVER (ORDER BY day_number) AS projects_7_days,
        SUM(projects_28_days) OVER (ORDER BY day_number) AS projects_28_days,
        SUM(days_7) OVER (ORDER BY day_number) AS days_7,
        SUM(days_28) OVER (ORDER BY day_number) AS days_28
    FROM changes
)
SELECT
    d.day AS day,
    d.is_final AS is_final,
    d.missing_hours AS missing_hours,
    CASE WHEN d.received = 1 THEN c.runs END AS runs,
    CASE WHEN d.received = 1 THEN c.projects END AS projects,
    CAST(CASE WHEN c.days_7 = 7 THEN c.projects_7_days END AS BIGINT) AS projects_7_days,
    CAST(CASE WHEN c.days_28 = 28 THEN c.projects_28_days END AS BIGINT) AS projects_28_days,
    CASE WHEN c.days_28 = 28 THEN CAST(c.projects AS DOUBLE) / NULLIF(c.projects_28_days, 0) END AS stickiness
FROM calendar AS d
INNER JOIN counted AS c ON d.day_number = c.day_number
ORDER BY d.day
