-- title: Duration by node count
-- question: How does the duration of a run grow with the number of its nodes?
-- section: duration
-- chart: line
-- unit: seconds
-- grain: one bucket of node counts, powers of two; 0 apart
-- caveat: From the earliest start to the latest end by the user's clock. Quantiles are exact and interpolated linearly.
-- caveat: Nodes are node runs, skipped ones included. dbt 2 reports tests as nodes, dbt 1 does not.
-- caveat: Runs without a start or an end, and those negative or over 7 days, have no duration: share_without_duration.
-- caveat: projects are those with a run of known duration. Buckets without a run are not listed.

SELECT
    nodes_from,
    nodes_to,
    COUNT(*) AS runs,
    COUNT(duration_seconds) AS timed_runs,
    COUNT(DISTINCT CASE WHEN duration_seconds IS NOT NULL THEN project_key END) AS projects,
    CAST(COUNT(*) - COUNT(duration_seconds) AS DOUBLE) / COUNT(*) AS share_without_duration,
    QUANTILE_CONT(duration_seconds, 0.5) AS p50_seconds,
    QUANTILE_CONT(duration_seconds, 0.9) AS p90_seconds,
    QUANTILE_CONT(duration_seconds, 0.95) AS p95_seconds,
    QUANTILE_CONT(duration_seconds, 0.99) AS p99_seconds
FROM invocation_buckets
GROUP BY nodes_from, nodes_to
ORDER BY nodes_from
