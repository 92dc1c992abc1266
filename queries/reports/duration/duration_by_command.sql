-- title: Duration by command
-- question: How long does each command take?
-- section: duration
-- chart: dot of p50_seconds, p90_seconds, p99_seconds by command on a log scale
-- unit: seconds
-- grain: one command; null: unknown
-- key: command
-- headline: 3
-- regardless: invocations.adapter, invocations.dbt_minor, invocations.environment, invocations.nodes
-- caveat: From the earliest start to the latest end by the user's clock. Quantiles are exact and interpolated linearly.
-- caveat: The intervals (95 %) are Woodruff's: the share of runs up to the quantile is a rate, whose interval treats the project as the unit; the durations there are the ends. They may lie far from the quantile where projects are few.
-- caveat: Runs without a start or an end, and those negative or over 7 days, have no duration: share_without_duration.
-- caveat: dbt 1.5 moved the start before the reading of the project; compare across 1.4 and 1.5 with care.
-- caveat: Runs of every outcome are in it. A failed one may end early.
-- caveat: projects are those with a run of known duration.

SELECT
    value AS command,
    runs,
    timed_runs,
    projects,
    CAST(runs - timed_runs AS DOUBLE) / runs AS share_without_duration,
    p50_seconds,
    p50_low,
    p50_high,
    p90_seconds,
    p90_low,
    p90_high,
    p95_seconds,
    p95_low,
    p95_high,
    p99_seconds,
    p99_low,
    p99_high
FROM duration_quantiles
WHERE dimension = 'command'
ORDER BY value IS NULL, runs DESC, value
