-- title: Regressions by release
-- question: Which releases of dbt succeed less often than the release before them?
-- section: reliability
-- chart: dot of success_rate by dbt_version
-- unit: share of runs with a known outcome
-- grain: one release of dbt (no pre-release) with a run of known outcome
-- key: dbt_version
-- caveat: The release before is the one of the next lower patch number of the same minor version, or, for the first of a minor version, the last one of the minor version before; among those that have a row.
-- caveat: p is how likely chance alone makes a difference so large in either direction, if both rates were alike: of Student's t, with the projects of each release as the unit.
-- caveat: standard_error and p are null where either release is worth fewer than 10 projects of one size (Kish): there a few huge ones decide.
-- caveat: Projects that ran both releases are in both rates, which are taken as independent: for them p is too large rather than too small.
-- caveat: is_significant holds the share of false alarms among all rows that it marks to 5 % (Benjamini and Hochberg). is_worse: significant, and at least 2 points worse. It is never set where basis_differs, and null where nothing was tested.
-- caveat: basis_differs marks releases whose basis shares differ by more than 10 points: the two rates do not measure the same thing.
-- caveat: A release has other users than the one before: its first users differ from its late ones, and those who upgrade from those who stay. A flag is where to look, not what went wrong. See upgrade_effect for the same projects before and after.
-- caveat: A rate is successes / (successes + failures), every run counting once; project_success_rate counts every project once. Unknown, incomplete and invalid runs are in no rate. Its interval (95 %) treats the project as the unit.
-- caveat: projects is the lesser of release_projects and before_projects: a row rests on both. Builds whose versions have the same three numbers are one release.
-- column: version_before: The release before, whose rate it is compared with
-- column: projects [count]: The lesser of release_projects and before_projects
-- column: release_projects [count]: Distinct projects with a success or a failure on the release
-- column: before_projects [count]: Distinct projects with a success or a failure on the release before
-- column: known_runs_before [count]: Invocations of the release before with outcome success or failure
-- column: success_rate_before [share]: success_rate of the release before
-- column: difference [share]: success_rate less success_rate_before
-- column: standard_error [share]: Standard error of difference; null where either release is worth fewer than 10 projects of one size
-- column: p [share]: How likely chance alone makes a difference so large in either direction, if both rates were alike
-- column: is_significant: Whether the difference is more than chance, with at most 5 % false alarms among all rows marked; null: not tested
-- column: is_worse: Whether it is significant and the rate at least 2 points lower; never where basis_differs

WITH
runs AS (
    SELECT
        COALESCE(project_key, invocation_id) AS cluster_key,
        project_key, dbt_version, version_major, version_minor, version_patch, outcome, outcome_basis
    FROM invocations
    WHERE NOT is_prerelease AND version_patch IS NOT NULL
),
clusters AS (
    SELECT
        version_major, version_minor, version_patch,
        MIN(dbt_version) AS dbt_version,
        MAX(project_key) AS project_key,
        COUNT(*) FILTER (WHERE outcome = 'unknown') AS unknowns,
        COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'reported') AS by_report,
        COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'nodes') AS by_nodes,
        COUNT(*) FILTER (WHERE outcome IN ('success', 'failure') AND outcome_basis = 'events') AS by_events,
        CAST(COUNT(*) FILTER (WHERE outcome = 'success') AS DOUBLE) AS s,
        CAST(COUNT(*) FILTER (WHERE outcome IN ('success', 'failure')) AS DOUBLE) AS n
    FROM runs
    GROUP BY version_major, version_minor, version_patch, cluster_key
),
sums AS (
    SELECT
        version_major, version_minor, version_patch,
        MIN(dbt_version) AS dbt_version,
        CAST(SUM(unknowns) AS BIGINT) AS unknowns,
        CAST(SUM(by_report) AS DOUBLE) AS by_report,
        CAST(SUM(by_nodes) AS DOUBLE) AS by_nodes,
        CAST(SUM(by_events) AS DOUBLE) AS by_events,
        COUNT(*) FILTER (WHERE n > 0 AND project_key IS NOT NULL) AS projects,
        EXACT_SUM(CASE WHEN n > 0 AND project_key IS NOT NULL THEN s / n END) AS project_rates,
        COUNT(*) FILTER (WHERE n > 0) AS k,
        SUM(s) AS s, SUM(n) AS n, SUM(s * s) AS ss, SUM(s * n) AS sn, SUM(n * n) AS nn
    FROM clusters
    GROUP BY version_major, version_minor, version_patch
),
rates AS (
    SELECT
        *,
        (CAST(version_major AS BIGINT) * 10000 + version_minor) * 10000 + version_patch AS place,
        by_report / n AS reported, by_nodes / n AS nodes, by_events / n AS events,
        RATE(s, n) AS rate,
        EFFECTIVE_CLUSTERS(n, nn) AS effective,
        -- Of fewer the variance is not known well enough.
        CASE WHEN EFFECTIVE_CLUSTERS(n, nn) >= 10 THEN RATE_VARIANCE(s, n, ss, sn, nn, k) END AS variance
    FROM sums
    WHERE n > 0
),
neighbours AS (
    SELECT
        *,
        LAG(dbt_version) OVER (ORDER BY place) AS version_before,
        LAG(projects) OVER (ORDER BY place) AS projects_before,
        LAG(n) OVER (ORDER BY place) AS n_before,
        LAG(rate) OVER (ORDER BY place) AS rate_before,
        LAG(variance) OVER (ORDER BY place) AS variance_before,
        LAG(effective) OVER (ORDER BY place) AS effective_before,
        LAG(reported) OVER (ORDER BY place) AS reported_before,
        LAG(nodes) OVER (ORDER BY place) AS nodes_before,
        LAG(events) OVER (ORDER BY place) AS events_before
    FROM rates
),
differences AS (
    SELECT
        *,
        rate - rate_before AS difference,
        SQRT(variance + variance_before) AS error,
        -- Degrees of freedom of a difference of two means (Welch and Satterthwaite).
        POWER(variance + variance_before, 2) / NULLIF(
            variance * variance / (effective - 1) + variance_before * variance_before / (effective_before - 1), 0
        ) AS degrees,
        -- 10 points, and a billionth for the rounding of a difference of two shares.
        GREATEST(ABS(reported - reported_before), ABS(nodes - nodes_before), ABS(events - events_before))
            > CAST(100000001 AS DOUBLE) / 1000000000 AS basis_differs
    FROM neighbours
),
tests AS (
    SELECT
        *,
        CASE
            WHEN error > 0 THEN TWO_SIDED_P(NORMAL_OF_T(difference / error, degrees))
            WHEN error = 0 AND difference = 0 THEN CAST(1 AS DOUBLE)
        END AS p
    FROM differences
),
ranked AS (
    SELECT 1 AS one, p, ROW_NUMBER() OVER (ORDER BY p, place) AS place
    FROM tests
    WHERE p IS NOT NULL
),
counted AS (
    SELECT COUNT(*) AS m, 1 AS one
    FROM tests
    WHERE p IS NOT NULL
),
-- Benjamini and Hochberg: the largest p that is not above its place's part of 5 %, and all that are smaller.
threshold AS (
    SELECT 1 AS one, MAX(CASE WHEN r.p <= CAST(r.place AS DOUBLE) / c.m * 0.05e0 THEN r.p END) AS largest
    FROM ranked AS r
    INNER JOIN counted AS c ON r.one = c.one
)
SELECT
    t.dbt_version AS dbt_version,
    t.version_before AS version_before,
    LEAST(t.projects, COALESCE(t.projects_before, t.projects)) AS projects,
    t.projects AS release_projects,
    t.projects_before AS before_projects,
    CAST(t.n AS BIGINT) AS known_runs,
    CAST(t.n_before AS BIGINT) AS known_runs_before,
    t.unknowns AS unknowns,
    t.rate AS success_rate,
    RATE_LOW(t.s, t.n, t.ss, t.sn, t.nn, t.k) AS success_rate_low,
    RATE_HIGH(t.s, t.n, t.ss, t.sn, t.nn, t.k) AS success_rate_high,
    t.project_rates / NULLIF(t.projects, 0) AS project_success_rate,
    t.rate_before AS success_rate_before,
    t.difference AS difference,
    t.error AS standard_error,
    t.p AS p,
    CASE WHEN t.p IS NOT NULL THEN COALESCE(t.p <= h.largest, FALSE) END AS is_significant,
    CASE
        WHEN t.basis_differs THEN FALSE
        -- 2 points, less a billionth for the rounding of a difference.
        WHEN t.p IS NOT NULL
            THEN COALESCE(t.p <= h.largest, FALSE) AND t.difference <= CAST(-19999999 AS DOUBLE) / 1000000000
    END AS is_worse,
    t.basis_differs AS basis_differs
FROM tests AS t
CROSS JOIN threshold AS h
ORDER BY t.place
