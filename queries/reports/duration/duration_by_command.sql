-- title: Duration by command
-- question: How long does each command take?
-- section: duration
-- chart: bar
-- unit: seconds
-- grain: one command; null: unknown
-- headline: 3
-- caveat: From the earliest start to the latest end by the user's clock. Quantiles are exact and interpolated linearly.
-- caveat: Runs without a start or an end, and those negative or over 7 days, have no duration: share_without_duration.
-- caveat: dbt 1.5 moved the start before the reading of the project; compare across 1.4 and 1.5 with care.
-- caveat: projects are those with a run of known duration.

SELECT
    command,
    COUNT(*) AS runs,
    COUNT(duration_seconds) AS timed_runs,
    COUNT(DISTINCT CASE WHEN duration_quality = 'ok' THEN project_key END) AS projects,
    CAST(COUNT(*) - COUNT(duration_seconds) AS DOUBLE) / COUNT(*) AS share_without_duration,
    QUANTILE_CONT(duration_seconds, 0.5) AS p50_seconds,
    QUANTILE_CONT(duration_seconds, 0.9) AS p90_seconds,
    QUANTILE_CONT(duration_seconds, 0.95) AS p95_seconds,
    QUANTILE_CONT(duration_seconds, 0.99) AS p99_seconds
FROM invocations
GROUP BY command
ORDER BY command IS NULL, runs DESC, command
