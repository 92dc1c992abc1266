-- title: Duration by environment
-- question: How long do runs take by hand, in CI, in dbt's cloud and under orchestrators?
-- section: duration
-- chart: dot of p50_seconds, p90_seconds, p99_seconds by environment on a log scale
-- unit: seconds
-- grain: one class of environment (manual, cloud, ci, orchestrator, other); null: unknown
-- key: environment
-- regardless: invocations.adapter, invocations.command, invocations.dbt_minor, invocations.nodes
-- caveat: From the earliest start to the latest end by the user's clock. Quantiles are exact and interpolated linearly.
-- caveat: The intervals (95 %) are Woodruff's: the share of runs up to the quantile is a rate, whose interval treats the project as the unit; the durations there are the ends. They may lie far from the quantile where projects are few.
-- caveat: Runs without a start or an end, and those negative or over 7 days, have no duration: share_without_duration.
-- caveat: The class follows from DBT_INVOCATION_ENV. manual is also where it is not set: schedulers of one's own are among these.
-- caveat: The environments are not used for the same commands, nor by the same projects. A difference between two of them need not be the environment's.
-- caveat: Runs of every outcome are in it. A failed one may end early.
-- caveat: projects are those with a run of known duration. share_of_runs of the unknown cell is the share of runs of which it is not known.

WITH
cells AS (
    SELECT *, SUM(runs) OVER () AS all_runs
    FROM duration_quantiles
    WHERE dimension = 'environment'
)
SELECT
    value AS environment,
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
ORDER BY value IS NULL, runs DESC, value
