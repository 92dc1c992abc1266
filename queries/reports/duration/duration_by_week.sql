-- title: Duration by week
-- question: How long do runs take, week by week?
-- section: duration
-- chart: line of p50_seconds, p90_seconds, p99_seconds by week on a log scale
-- unit: seconds
-- grain: one week (its Monday) with a run of known duration
-- key: week
-- looks_back: 7: p50_growth_rate
-- caveat: The quantiles are a sketch: the place is exact, the value at most 2 % of itself wrong. duration_by_version and its like are exact.
-- caveat: A quantile is the shortest duration that at least so many of the runs do not exceed; nothing is interpolated.
-- caveat: p50_growth_rate is that of the median against the week before (0.1: a tenth longer). Both are a sketch, so that less than 4 % may be no change at all.
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late. Its growth is null, as it is where the week before has no run of known duration.
-- caveat: From the earliest start to the latest end by the user's clock, of all commands together. Runs without a known duration are not in it.
-- caveat: The mix of commands, projects and versions changes from week to week. A change of the median need not be one of any of them.
-- caveat: projects are those with a run of known duration; of runs without a known project none is counted.
-- caveat: The first and the last week may be cut by the window of days: compare neither.
-- column: projects [count]: Distinct projects with a run of known duration
-- column: p50_growth_rate [ratio]: By how much of itself p50_seconds changed against the week before; null while the week is not final

WITH
buckets AS (
    SELECT week, bucket, SUM(observations) AS observations
    FROM distributions
    WHERE measure = 'duration' AND dimension = 'all'
    GROUP BY week, bucket
),
cumulated AS (
    SELECT
        week,
        bucket,
        SUM(observations) OVER (PARTITION BY week ORDER BY bucket) AS up_to,
        SUM(observations) OVER (PARTITION BY week) AS total
    FROM buckets
),
-- In whole numbers: 0.95 times a number may be a little more than it should be.
quantiles AS (
    SELECT
        week,
        MAX(total) AS timed_runs,
        MIN(CASE WHEN 100 * up_to >= 50 * total THEN BUCKET_VALUE(bucket) END) AS p50,
        MIN(CASE WHEN 100 * up_to >= 90 * total THEN BUCKET_VALUE(bucket) END) AS p90,
        MIN(CASE WHEN 100 * up_to >= 95 * total THEN BUCKET_VALUE(bucket) END) AS p95,
        MIN(CASE WHEN 100 * up_to >= 99 * total THEN BUCKET_VALUE(bucket) END) AS p99
    FROM cumulated
    GROUP BY week
),
timed_projects AS (
    SELECT week, COUNT(DISTINCT project_key) AS projects
    FROM project_days
    WHERE duration_seconds IS NOT NULL
    GROUP BY week
),
maturity AS (
    SELECT MAX(final_until) AS final_until
    FROM days
),
-- Read once only: of a cross join that is read twice Polars makes rows that are not there.
weeks AS (
    SELECT
        q.week AS week,
        WEEK_IS_FINAL(q.week, m.final_until) AS is_final,
        q.timed_runs AS timed_runs,
        q.p50 AS p50,
        q.p90 AS p90,
        q.p95 AS p95,
        q.p99 AS p99
    FROM quantiles AS q
    CROSS JOIN maturity AS m
),
-- A week is compared as soon as it is final: then the week before is, too.
week_later AS (
    SELECT CAST(week + INTERVAL '7 days' AS DATE) AS week, p50
    FROM quantiles
)
SELECT
    w.week AS week,
    w.is_final AS is_final,
    CAST(w.timed_runs AS BIGINT) AS timed_runs,
    COALESCE(t.projects, 0) AS projects,
    w.p50 AS p50_seconds,
    w.p90 AS p90_seconds,
    w.p95 AS p95_seconds,
    w.p99 AS p99_seconds,
    CASE WHEN w.is_final THEN w.p50 / NULLIF(b.p50, 0) - 1 END AS p50_growth_rate
FROM weeks AS w
LEFT JOIN timed_projects AS t ON w.week = t.week
LEFT JOIN week_later AS b ON w.week = b.week
ORDER BY w.week
