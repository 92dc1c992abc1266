-- title: Activity by day
-- question: How much is dbt used, day by day, and how does it end?
-- section: activity
-- chart: line of runs, success, failure by day
-- unit: runs
-- grain: one day with an event, or without a dump where there should be some (dumps.every)
-- key: day
-- looks_back: 7: runs_growth_rate, active_projects_growth_rate
-- caveat: A day that is not final can still change: events may arrive late.
-- caveat: missing_hours are those of the day in which no event was received. Of a day of which nothing came at all nothing is known, not that there was nothing.
-- caveat: Active projects and users: with an invocation other than invalid. Runs without a known project or user are in no count of these.
-- caveat: The growth rates are against the same weekday of the week before (0.1: a tenth more). They are null while the day is not final, where a week before there was nothing, and where hours of either day are missing.
-- caveat: success_rate is success / (success + failure); the others are shown beside it.
-- column: runs [count]: Invocations, invalid ones included; null on a day of which nothing came
-- column: active_users [count]: Distinct known users with an invocation other than invalid
-- column: success [count]: Invocations with outcome success
-- column: failure [count]: Invocations with outcome failure
-- column: unknown [count]: Invocations with outcome unknown
-- column: incomplete [count]: Invocations with outcome incomplete
-- column: invalid [count]: Invocations with outcome invalid
-- column: runs_growth_rate [ratio]: By how much of itself runs changed against the same weekday of the week before
-- column: active_projects_growth_rate [ratio]: By how much of itself active_projects changed against the same weekday of the week before

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
-- What is not there is nothing on a day of which events came, and unknown on another.
calendar AS (
    SELECT
        day,
        is_final,
        missing_hours,
        CASE WHEN events IS NOT NULL THEN 0 END AS absent,
        is_final AND COALESCE(missing_hours, 0) = 0 AS is_whole
    FROM days
),
-- A day is compared as soon as it is final: then that of the week before is, too.
week_later AS (
    SELECT CAST(r.day + INTERVAL '7 days' AS DATE) AS day, r.runs, r.active_projects
    FROM runs AS r
    JOIN calendar AS c ON r.day = c.day
    WHERE c.is_whole
)
SELECT
    d.day AS day,
    d.is_final AS is_final,
    d.missing_hours AS missing_hours,
    COALESCE(r.runs, d.absent) AS runs,
    COALESCE(r.active_projects, d.absent) AS active_projects,
    COALESCE(r.active_users, d.absent) AS active_users,
    COALESCE(r.success, d.absent) AS success,
    COALESCE(r.failure, d.absent) AS failure,
    COALESCE(r.unknown, d.absent) AS unknown,
    COALESCE(r.incomplete, d.absent) AS incomplete,
    COALESCE(r.invalid, d.absent) AS invalid,
    CAST(r.success AS DOUBLE) / NULLIF(r.success + r.failure, 0) AS success_rate,
    COALESCE(r.nodes, d.absent) AS nodes,
    CASE
        WHEN d.is_whole THEN CAST(COALESCE(r.runs, d.absent) AS DOUBLE) / NULLIF(b.runs, 0) - 1
    END AS runs_growth_rate,
    CASE
        WHEN d.is_whole THEN CAST(COALESCE(r.active_projects, d.absent) AS DOUBLE) / NULLIF(b.active_projects, 0) - 1
    END AS active_projects_growth_rate
FROM calendar AS d
LEFT JOIN runs AS r ON d.day = r.day
LEFT JOIN week_later AS b ON d.day = b.day
ORDER BY d.day
