-- title: Duration by version
-- question: How long do runs take with each version of dbt?
-- section: duration
-- chart: dot of p50_seconds, p90_seconds, p99_seconds by dbt_minor on a log scale
-- unit: seconds
-- grain: one minor version of dbt, pre-releases included; null: unknown
-- key: dbt_minor
-- regardless: invocations.adapter, invocations.command, invocations.environment, invocations.nodes
-- caveat: From the earliest start to the latest end by the user's clock. Quantiles are exact and interpolated linearly.
-- caveat: The intervals (95 %) are Woodruff's: the share of runs up to the quantile is a rate, whose interval treats the project as the unit; the durations there are the ends. They may lie far from the quantile where projects are few.
-- caveat: Runs without a start or an end, and those negative or over 7 days, have no duration: share_without_duration.
-- caveat: dbt 1.5 moved the start before the reading of the project, and dbt 2 starts with the process: compare across them with care.
-- caveat: The versions are not used by the same projects, nor for the same commands. A difference between two of them need not be the version's.
-- caveat: Runs of every outcome are in it. A failed one may end early.
-- caveat: projects are those with a run of known duration. share_of_runs of the unknown cell is the share of runs of which it is not known.

WITH
cells AS (
    SELECT *, SUM(runs) OVER () AS all_runs
    FROM duration_quantiles
    WHERE dimension = 'version'
)
SELECT
    value AS dbt_minor,
    runs,
    CAST(runs AS DOUBLE) / all_runs AS share_of_runs,
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
FROM cells
ORDER BY value_major NULLS LAST, value_minor NULLS LAST, value NULLS LAST
