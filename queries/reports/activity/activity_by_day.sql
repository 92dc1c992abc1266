-- title: Activity by day
-- question: How much is dbt used, day by day, and how does it end?
-- section: activity
-- chart: line
-- unit: runs
-- grain: one day with an event; a day that is not here had no dump
-- key: day
-- caveat: A day that is not final can still change: events may arrive late.
-- caveat: Active projects and users: with an invocation other than invalid. Runs without a known project or user are in no count of these.
-- caveat: The growth rates are against the same weekday of the week before (0.1: a tenth more). They are null while the day is not final, and where a week before there was nothing, or no dump.
-- caveat: success_rate is success / (success + failure); the others are shown beside it.

WITH
runs AS (
    SELECT
        day,
        COUNT(*) AS runs,
        COUNT(DISTINCT CASE WHEN outcome <> 'invalid' THEN project_key END) AS active_projects,
        COUNT(DISTINCT CASE WHEN outcome <> 'invalid' THEN user_id END) AS active_users,
        COUNT(*) FILTER (WHERE outcome = 'success') AS success,
        COUNT(*) FILTER (WHERE outcome = 'failure') AS failure,
        COUNT(*) FILTER (WHERE outcome = 'unknown') AS unknown,
        COUNT(*) FILTER (WHERE outcome = 'incomplete') AS incomplete,
        COUNT(*) FILTER (WHERE outcome = 'invalid') AS invalid,
        CAST(SUM(nodes) AS BIGINT) AS nodes
    FROM invocations
    GROUP BY day
),
-- A day is compared as soon as it is final: then that of the week before is, too.
week_later AS (
    SELECT CAST(day + INTERVAL '7 days' AS DATE) AS day, runs, active_projects
    FROM runs
)
SELECT
    d.day AS day,
    d.is_final AS is_final,
    COALESCE(r.runs, 0) AS runs,
    COALESCE(r.active_projects, 0) AS active_projects,
    COALESCE(r.active_users, 0) AS active_users,
    COALESCE(r.success, 0) AS success,
    COALESCE(r.failure, 0) AS failure,
    COALESCE(r.unknown, 0) AS unknown,
    COALESCE(r.incomplete, 0) AS incomplete,
    COALESCE(r.invalid, 0) AS invalid,
    CAST(r.success AS DOUBLE) / NULLIF(r.success + r.failure, 0) AS success_rate,
    COALESCE(r.nodes, 0) AS nodes,
    CASE WHEN d.is_final THEN CAST(COALESCE(r.runs, 0) AS DOUBLE) / NULLIF(b.runs, 0) - 1 END AS runs_growth_rate,
    CASE
        WHEN d.is_final THEN CAST(COALESCE(r.active_projects, 0) AS DOUBLE) / NULLIF(b.active_projects, 0) - 1
    END AS active_projects_growth_rate
FROM days AS d
LEFT JOIN runs AS r ON d.day = r.day
LEFT JOIN week_later AS b ON d.day = b.day
ORDER BY d.day
