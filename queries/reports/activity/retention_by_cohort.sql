-- title: Retention by cohort
-- question: How many of the projects that come in a week are still active in the weeks after it?
-- section: activity
-- chart: heatmap of retention_rate by weeks_after, cohort
-- unit: share of the cohort's projects
-- grain: one cohort (Monday of the week in which its projects were first seen) and number of weeks after it, 0 to 12
-- key: cohort, weeks_after
-- regardless: project_days.invalids
-- rests_on: retention_rate, retention_rate_low, retention_rate_high: active_projects
-- caveat: A cohort is the projects whose first invocation other than invalid in the window of days was in its week.
-- caveat: What was before the window is unknown, so there is no cohort of its first 4 weeks; in later ones are still projects that were away since before it.
-- caveat: active_projects had an invocation other than invalid in that week. Who was not active in a week may be in a later one: retention_rate can rise.
-- caveat: Weeks that are not final, or not whole within the window, are not listed. is_censored marks the last row of a cohort of which there are later weeks yet to come.
-- caveat: Where nothing came of a day of the week, active_projects and what is made of it are null: unknown.
-- caveat: The interval (95 %) is Wilson's; a project is the unit of it, and with 10 or more its quantile is Student's. It tells of chance among projects, not of what the window or opting out does.
-- caveat: Compare cohorts at the same weeks_after. A project of which a change of name or of account makes another one is gone, and is in a later cohort again.
-- column: cohort: Monday of the week in which the cohort's projects were first seen
-- column: projects [count]: Projects of the cohort
-- column: active_projects [count]: Those of projects with an invocation other than invalid in the week; null where nothing came of a day of it
-- column: retention_rate [share]: active_projects / projects
-- column: is_censored: Whether it is the last row of a cohort of which there are later weeks yet to come

WITH
calendar AS (
    SELECT
        MONDAY_OF(day) AS week,
        day,
        events,
        is_final
    FROM days
),
weeks AS (
    SELECT week, COUNT(events) AS received_days
    FROM calendar
    GROUP BY week
),
-- The window's fifth week, and its newest day that is final.
bounds AS (
    SELECT
        CAST(MIN(week) + INTERVAL '28 days' AS DATE) AS first_cohort,
        MAX(CASE WHEN is_final THEN day END) AS final_day
    FROM calendar
),
active AS (
    SELECT DISTINCT week, project_key
    FROM project_days
    WHERE runs > invalids
),
members AS (
    SELECT project_key, MIN(week) AS cohort
    FROM active
    GROUP BY project_key
),
cohorts AS (
    SELECT cohort, COUNT(*) AS projects
    FROM members
    GROUP BY cohort
),
kept AS (
    SELECT m.cohort AS cohort, a.week AS week, COUNT(*) AS active_projects
    FROM members AS m
    INNER JOIN active AS a ON m.project_key = a.project_key
    GROUP BY m.cohort, a.week
),
later AS (
    SELECT 0 AS n UNION ALL SELECT 1 AS n UNION ALL SELECT 2 AS n UNION ALL SELECT 3 AS n UNION ALL SELECT 4 AS n
    UNION ALL SELECT 5 AS n UNION ALL SELECT 6 AS n UNION ALL SELECT 7 AS n UNION ALL SELECT 8 AS n
    UNION ALL SELECT 9 AS n UNION ALL SELECT 10 AS n UNION ALL SELECT 11 AS n UNION ALL SELECT 12 AS n
),
-- Times as days since 1970: whole numbers, which both engines add up alike.
cells AS (
    SELECT
        c.cohort AS cohort,
        c.projects AS projects,
        w.n AS weeks_after,
        CAST(EXTRACT(EPOCH FROM CAST(c.cohort AS TIMESTAMP)) / 86400 + 7 * w.n AS BIGINT) AS week_number,
        CAST(EXTRACT(EPOCH FROM CAST(b.final_day AS TIMESTAMP)) / 86400 AS BIGINT) AS final_number
    FROM cohorts AS c
    CROSS JOIN bounds AS b
    CROSS JOIN later AS w
    WHERE c.cohort >= b.first_cohort
),
numbered_weeks AS (
    SELECT CAST(EXTRACT(EPOCH FROM CAST(week AS TIMESTAMP)) / 86400 AS BIGINT) AS week_number, received_days
    FROM weeks
),
numbered AS (
    SELECT
        cohort,
        CAST(EXTRACT(EPOCH FROM CAST(week AS TIMESTAMP)) / 86400 AS BIGINT) AS week_number,
        active_projects
    FROM kept
),
listed AS (
    SELECT
        c.cohort AS cohort,
        c.weeks_after AS weeks_after,
        c.projects AS projects,
        CASE WHEN w.received_days = 7 THEN COALESCE(k.active_projects, 0) END AS s,
        CASE WHEN w.received_days = 7 THEN c.projects END AS n,
        c.weeks_after < 12 AND c.week_number + 13 > c.final_number AS is_censored
    FROM cells AS c
    LEFT JOIN numbered_weeks AS w ON c.week_number = w.week_number
    LEFT JOIN numbered AS k ON c.cohort = k.cohort AND c.week_number = k.week_number
    WHERE c.week_number + 6 <= c.final_number
)
SELECT
    cohort,
    weeks_after,
    projects,
    CAST(s AS BIGINT) AS active_projects,
    RATE(s, n) AS retention_rate,
    -- A project is a cluster of one, active or not, so that all sums of its squares are those of itself.
    RATE_LOW(s, n, s, s, n, n) AS retention_rate_low,
    RATE_HIGH(s, n, s, s, n, n) AS retention_rate_high,
    is_censored
FROM listed
ORDER BY cohort, weeks_after
