-- title: Duration by node count
-- question: How does the duration of a run grow with the number of its nodes?
-- section: duration
-- chart: line of p50_seconds, p90_seconds, p99_seconds by nodes_from on a log scale
-- unit: seconds
-- grain: one bucket of node counts, powers of two; 0 apart
-- key: nodes_from
-- regardless: invocations.adapter, invocations.command, invocations.dbt_minor, invocations.environment
-- caveat: From the earliest start to the latest end by the user's clock. Quantiles are exact and interpolated linearly.
-- caveat: The intervals (95 %) are Woodruff's: the share of runs up to the quantile is a rate, whose interval treats the project as the unit; the durations there are the ends. They may lie far from the quantile where projects are few.
-- caveat: Nodes are node runs, skipped ones included. dbt 2 reports tests as nodes, dbt 1 does not.
-- caveat: Runs without a start or an end, and those negative or over 7 days, have no duration: share_without_duration.
-- caveat: Runs of every outcome are in it. A failed one may end early.
-- caveat: projects are those with a run of known duration. Buckets without a run are not listed.

WITH
-- The view tells a bucket by its least number.
buckets AS (
    SELECT *, CAST(value_major AS BIGINT) AS nodes_from
    FROM duration_quantiles
    WHERE dimension = 'nodes'
)
SELECT
    nodes_from,
    CASE WHEN nodes_from >= 1 THEN 2 * nodes_from - 1 ELSE 0 END AS nodes_to,
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
FROM buckets
ORDER BY nodes_from
