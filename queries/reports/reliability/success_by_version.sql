-- title: Success by version
-- question: How often does each version of dbt succeed, and on what does that knowledge rest?
-- section: reliability
-- chart: dot of success_rate by dbt_minor
-- unit: share of runs with a known outcome
-- grain: one minor version of dbt; null: unknown
-- key: dbt_minor
-- headline: 1
-- regardless: invocations.adapter, invocations.command, invocations.environment, invocations.os
-- caveat: A rate is successes / (successes + failures): known_runs. Unknown, incomplete and invalid runs are not in it.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: success_rate counts every run once, project_success_rate every project once. A few huge projects dominate the first.
-- caveat: Incomplete is not a crash rate: dbt 1 sends at exit, dbt 2 every half second, and the two are never compared.
-- caveat: basis_differs marks a version whose basis shares differ by more than 10 points from the version before it in the table: the two rates do not measure the same thing.

WITH
-- The version before: the unknown cell, last, is not one that another could be compared with. A number that no
-- version has puts it there: Polars passes over NULLS LAST in a window without a word.
versions AS (
    SELECT
        *,
        LAG(share_basis_reported) OVER (ORDER BY COALESCE(value_major, 99999), COALESCE(value_minor, 99999)) AS reported_before,
        LAG(share_basis_nodes) OVER (ORDER BY COALESCE(value_major, 99999), COALESCE(value_minor, 99999)) AS nodes_before,
        LAG(share_basis_events) OVER (ORDER BY COALESCE(value_major, 99999), COALESCE(value_minor, 99999)) AS events_before
    FROM success_rates
    WHERE dimension = 'version'
),
changes AS (
    SELECT
        *,
        CASE
            WHEN value IS NOT NULL THEN GREATEST(
                ABS(share_basis_reported - reported_before),
                ABS(share_basis_nodes - nodes_before),
                ABS(share_basis_events - events_before)
            )
        END AS basis_change
    FROM versions
)
SELECT
    value AS dbt_minor,
    runs,
    share_of_runs,
    projects,
    known_runs,
    success_rate,
    success_rate_low,
    success_rate_high,
    project_success_rate,
    unknowns,
    incompletes,
    invalids,
    share_basis_reported,
    share_basis_nodes,
    share_basis_events,
    -- 10 points, and a billionth for the rounding of a difference of two shares.
    basis_change > CAST(100000001 AS DOUBLE) / 1000000000 AS basis_differs
FROM changes
ORDER BY value_major NULLS LAST, value_minor NULLS LAST, value NULLS LAST
