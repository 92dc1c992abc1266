-- title: Runs without a start or an end
-- question: Of which versions and engines do starts and ends of runs fail to arrive?
-- section: health
-- chart: dot of share_without_end by dbt_minor for each engine
-- unit: share of runs
-- grain: one minor version of dbt and engine; null: unknown
-- key: dbt_minor, engine
-- regardless: invocations.outcome
-- rests_on: runs_without_start, share_without_start, share_without_start_low, share_without_start_high: projects_affected
-- rests_on: runs_without_end, share_without_end, share_without_end_low, share_without_end_high, runs_without_both: projects_affected
-- unpublished: it is about the data, and its parts are those of other tables
-- caveat: Runs of final days other than invalid: an invalid one of dbt before 1.5 has neither start nor end by design. On a day that is not final an end may still arrive.
-- caveat: Not a crash rate, and not to be compared between dbt 1 and dbt 2: what can be lost is not the same.
-- caveat: dbt 1 since 0.16 sends 30 events at once, the rest at exit, nothing twice. A short run arrives whole or not at all. A long one loses its end if it is killed, and its start if the first 30 fail to arrive; up to 1.8 it then sends no more.
-- caveat: dbt 2 sends every half second and tries again. A killed run leaves a start; its start is lost only if both of the two that it sends are.
-- caveat: Version and engine are on starts and ends only, so that a run that lost all of these is in the unknown row. Runs of which nothing arrived are nowhere.
-- caveat: Before 1.9 events with letters beyond ASCII were never sent: where DBT_INVOCATION_ENV has one, a run has neither start nor end, and is in the unknown row.
-- caveat: The intervals (95 %) treat the project as the unit, a run without a known project as one of its own: Wilson's, for as many independent runs as the projects differ like; with fewer than 10, for as many as there are.
-- column: runs [count]: Invocations of final days, invalid ones left out
-- column: runs_without_start [count]: Those of runs of which no start was received
-- column: runs_without_end [count]: Those of runs of which no end was received
-- column: runs_without_both [count]: Those of runs of which neither was received
-- column: projects_affected [count]: Distinct projects with a run that lacks its start or end

WITH
runs AS (
    SELECT
        i.dbt_minor AS dbt_minor,
        i.engine AS engine,
        i.version_major AS version_major,
        i.version_minor AS version_minor,
        i.project_key AS project_key,
        COALESCE(i.project_key, i.invocation_id) AS cluster_key,
        CASE WHEN i.started_at IS NULL THEN 1 ELSE 0 END AS lacks_start,
        CASE WHEN i.outcome = 'incomplete' THEN 1 ELSE 0 END AS lacks_end
    FROM invocations AS i
    INNER JOIN days AS d ON i.day = d.day
    WHERE d.is_final AND i.outcome <> 'invalid'
),
clusters AS (
    SELECT
        dbt_minor,
        engine,
        version_major,
        version_minor,
        MAX(project_key) AS project_key,
        COUNT(*) AS n,
        SUM(lacks_start) AS a,
        SUM(lacks_end) AS b,
        SUM(lacks_start * lacks_end) AS ab
    FROM runs
    GROUP BY dbt_minor, engine, version_major, version_minor, cluster_key
),
cells AS (
    SELECT
        dbt_minor,
        engine,
        version_major,
        version_minor,
        COUNT(project_key) AS projects,
        COUNT(*) AS k,
        CAST(SUM(n) AS BIGINT) AS n,
        CAST(SUM(n * n) AS BIGINT) AS nn,
        CAST(SUM(a) AS BIGINT) AS a,
        CAST(SUM(a * a) AS BIGINT) AS aa,
        CAST(SUM(a * n) AS BIGINT) AS an,
        CAST(SUM(b) AS BIGINT) AS b,
        CAST(SUM(b * b) AS BIGINT) AS bb,
        CAST(SUM(b * n) AS BIGINT) AS bn,
        CAST(SUM(ab) AS BIGINT) AS ab,
        COUNT(CASE WHEN a + b > 0 THEN project_key END) AS projects_affected
    FROM clusters
    GROUP BY dbt_minor, engine, version_major, version_minor
)
SELECT
    dbt_minor,
    engine,
    n AS runs,
    projects,
    a AS runs_without_start,
    RATE(a, n) AS share_without_start,
    RATE_LOW(a, n, aa, an, nn, k) AS share_without_start_low,
    RATE_HIGH(a, n, aa, an, nn, k) AS share_without_start_high,
    b AS runs_without_end,
    RATE(b, n) AS share_without_end,
    RATE_LOW(b, n, bb, bn, nn, k) AS share_without_end_low,
    RATE_HIGH(b, n, bb, bn, nn, k) AS share_without_end_high,
    ab AS runs_without_both,
    projects_affected
FROM cells
ORDER BY
    version_major NULLS LAST, version_minor NULLS LAST, dbt_minor NULLS LAST, engine NULLS LAST
