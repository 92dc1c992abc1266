-- title: Quantiles of duration
-- question: How long do runs take, by command, version, adapter, environment and number of nodes?
-- grain: one value of one dimension; its unknown cell has value null
-- key: dimension, value
-- column: dimension: all, adapter, command, environment, nodes or version
-- column: value: Value of the dimension (of version: the minor version; of nodes: the least number of its bucket, 0, 1, 2, 4, …); null: unknown, and of dimension all
-- column: value_major: First number of the version, or the bucket's least number, to sort by; null in other dimensions
-- column: value_minor: Second number of the version, to sort by; null in other dimensions
-- column: runs [count]: Invocations
-- column: timed_runs [count]: Invocations with a known duration
-- column: projects [count]: Distinct projects with a run of known duration
-- column: p50_seconds [seconds]: Median duration
-- column: p50_low [seconds]: Lower end of the 95 % interval of p50_seconds
-- column: p50_high [seconds]: Upper end of the 95 % interval of p50_seconds
-- column: p75_seconds [seconds]: 75 % of runs take at most this long
-- column: p90_seconds [seconds]: 90 % of runs take at most this long
-- column: p90_low [seconds]: Lower end of the 95 % interval of p90_seconds
-- column: p90_high [seconds]: Upper end of the 95 % interval of p90_seconds
-- column: p95_seconds [seconds]: 95 % of runs take at most this long
-- column: p95_low [seconds]: Lower end of the 95 % interval of p95_seconds
-- column: p95_high [seconds]: Upper end of the 95 % interval of p95_seconds
-- column: p99_seconds [seconds]: 99 % of runs take at most this long
-- column: p99_low [seconds]: Lower end of the 95 % interval of p99_seconds
-- column: p99_high [seconds]: Upper end of the 95 % interval of p99_seconds

WITH
-- The interval (definitions, Statistics) is Woodruff's: the share of runs that take at most as long as the quantile is a
-- rate, whose interval treats the project as the unit; the runs at its ends are those of the quantile.
runs AS (
    SELECT
        COALESCE(project_key, invocation_id) AS cluster_key,
        project_key,
        command,
        dbt_minor,
        version_major,
        version_minor,
        adapter,
        environment,
        -- The bucket begins at 2^k where 2^(k+1) < 2n + 1 < 2^(k+2) (definitions, Nodes).
        CASE
            WHEN nodes >= 1 THEN CAST(POWER_OF_TWO(nodes) AS INTEGER)
            ELSE 0
        END AS nodes_from,
        duration_seconds,
        CASE WHEN duration_seconds IS NOT NULL THEN BUCKET_OF(duration_seconds) END AS bucket
    FROM invocations
),
-- Joins do not match nulls: the unknown value is the empty text in cell. No value is.
by_dimension AS (
    SELECT
        'all' AS dimension, '' AS cell, CAST(NULL AS VARCHAR) AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds, bucket
    FROM runs
    UNION ALL
    SELECT
        'command' AS dimension, COALESCE(command, '') AS cell, command AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds, bucket
    FROM runs
    UNION ALL
    SELECT
        'version' AS dimension, COALESCE(dbt_minor, '') AS cell, dbt_minor AS value,
        version_major AS value_major, version_minor AS value_minor,
        cluster_key, project_key, duration_seconds, bucket
    FROM runs
    UNION ALL
    SELECT
        'adapter' AS dimension, COALESCE(adapter, '') AS cell, adapter AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds, bucket
    FROM runs
    UNION ALL
    SELECT
        'environment' AS dimension, COALESCE(environment, '') AS cell, environment AS value,
        CAST(NULL AS INTEGER) AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds, bucket
    FROM runs
    UNION ALL
    SELECT
        'nodes' AS dimension, CAST(nodes_from AS VARCHAR) AS cell, CAST(nodes_from AS VARCHAR) AS value,
        nodes_from AS value_major, CAST(NULL AS INTEGER) AS value_minor,
        cluster_key, project_key, duration_seconds, bucket
    FROM runs
),
cells AS (
    SELECT
        dimension,
        cell,
        MAX(value) AS value,
        MAX(value_major) AS value_major,
        MAX(value_minor) AS value_minor,
        COUNT(*) AS runs,
        COUNT(duration_seconds) AS timed_runs,
        QUANTILE_CONT(duration_seconds, 0.5) AS p50,
        QUANTILE_CONT(duration_seconds, 0.75) AS p75,
        QUANTILE_CONT(duration_seconds, 0.9) AS p90,
        QUANTILE_CONT(duration_seconds, 0.95) AS p95,
        QUANTILE_CONT(duration_seconds, 0.99) AS p99
    FROM by_dimension
    GROUP BY dimension, cell
),
clusters AS (
    SELECT
        u.dimension AS dimension,
        u.cell AS cell,
        u.cluster_key AS cluster_key,
        MAX(u.project_key) AS project_key,
        COUNT(*) AS n,
        COUNT(*) FILTER (WHERE u.duration_seconds <= c.p50) AS s50,
        COUNT(*) FILTER (WHERE u.duration_seconds <= c.p90) AS s90,
        COUNT(*) FILTER (WHERE u.duration_seconds <= c.p95) AS s95,
        COUNT(*) FILTER (WHERE u.duration_seconds <= c.p99) AS s99
    FROM by_dimension AS u
    INNER JOIN cells AS c ON u.dimension = c.dimension AND u.cell = c.cell
    WHERE u.duration_seconds IS NOT NULL
    GROUP BY u.dimension, u.cell, u.cluster_key
),
sums AS (
    SELECT
        dimension,
        cell,
        COUNT(*) AS k,
        COUNT(project_key) AS projects,
        SUM(n) AS n,
        SUM(n * n) AS nn,
        SUM(s50) AS s50, SUM(s50 * s50) AS ss50, SUM(s50 * n) AS sn50,
        SUM(s90) AS s90, SUM(s90 * s90) AS ss90, SUM(s90 * n) AS sn90,
        SUM(s95) AS s95, SUM(s95 * s95) AS ss95, SUM(s95 * n) AS sn95,
        SUM(s99) AS s99, SUM(s99 * s99) AS ss99, SUM(s99 * n) AS sn99
    FROM clusters
    GROUP BY dimension, cell
),
places AS (
    SELECT
        dimension,
        cell,
        projects,
        PLACE_LOW(SHARE_LOW(s50, n, ss50, sn50, nn, k), n) AS low50,
        PLACE_HIGH(SHARE_HIGH(s50, n, ss50, sn50, nn, k), n) AS high50,
        PLACE_LOW(SHARE_LOW(s90, n, ss90, sn90, nn, k), n) AS low90,
        PLACE_HIGH(SHARE_HIGH(s90, n, ss90, sn90, nn, k), n) AS high90,
        PLACE_LOW(SHARE_LOW(s95, n, ss95, sn95, nn, k), n) AS low95,
        PLACE_HIGH(SHARE_HIGH(s95, n, ss95, sn95, nn, k), n) AS high95,
        PLACE_LOW(SHARE_LOW(s99, n, ss99, sn99, nn, k), n) AS low99,
        PLACE_HIGH(SHARE_HIGH(s99, n, ss99, sn99, nn, k), n) AS high99
    FROM sums
),
-- The run at a place is in the bucket up to which there are as many: only runs of such buckets are put in order.
buckets AS (
    SELECT dimension, cell, bucket, COUNT(*) AS runs
    FROM by_dimension
    WHERE bucket IS NOT NULL
    GROUP BY dimension, cell, bucket
),
cumulated AS (
    SELECT
        dimension, cell, bucket, runs,
        SUM(runs) OVER (PARTITION BY dimension, cell ORDER BY bucket) AS up_to
    FROM buckets
),
of_ends AS (
    SELECT c.dimension AS dimension, c.cell AS cell, c.bucket AS bucket, c.up_to - c.runs AS before
    FROM cumulated AS c
    INNER JOIN places AS p ON c.dimension = p.dimension AND c.cell = p.cell
    WHERE (p.low50 > c.up_to - c.runs AND p.low50 <= c.up_to)
        OR (p.high50 > c.up_to - c.runs AND p.high50 <= c.up_to)
        OR (p.low90 > c.up_to - c.runs AND p.low90 <= c.up_to)
        OR (p.high90 > c.up_to - c.runs AND p.high90 <= c.up_to)
        OR (p.low95 > c.up_to - c.runs AND p.low95 <= c.up_to)
        OR (p.high95 > c.up_to - c.runs AND p.high95 <= c.up_to)
        OR (p.low99 > c.up_to - c.runs AND p.low99 <= c.up_to)
        OR (p.high99 > c.up_to - c.runs AND p.high99 <= c.up_to)
),
near AS (
    SELECT
        u.dimension AS dimension, u.cell AS cell, u.bucket AS bucket, u.duration_seconds AS duration_seconds,
        MAX(b.before) AS before,
        COUNT(*) AS runs
    FROM by_dimension AS u
    INNER JOIN of_ends AS b ON u.dimension = b.dimension AND u.cell = b.cell AND u.bucket = b.bucket
    GROUP BY u.dimension, u.cell, u.bucket, u.duration_seconds
),
timed AS (
    SELECT
        dimension, cell, duration_seconds,
        before + SUM(runs) OVER (PARTITION BY dimension, cell, bucket ORDER BY duration_seconds) AS up_to
    FROM near
),
ends AS (
    SELECT
        t.dimension AS dimension,
        t.cell AS cell,
        MAX(p.projects) AS projects,
        MIN(CASE WHEN t.up_to >= p.low50 THEN t.duration_seconds END) AS p50_low,
        MIN(CASE WHEN t.up_to >= p.high50 THEN t.duration_seconds END) AS p50_high,
        MIN(CASE WHEN t.up_to >= p.low90 THEN t.duration_seconds END) AS p90_low,
        MIN(CASE WHEN t.up_to >= p.high90 THEN t.duration_seconds END) AS p90_high,
        MIN(CASE WHEN t.up_to >= p.low95 THEN t.duration_seconds END) AS p95_low,
        MIN(CASE WHEN t.up_to >= p.high95 THEN t.duration_seconds END) AS p95_high,
        MIN(CASE WHEN t.up_to >= p.low99 THEN t.duration_seconds END) AS p99_low,
        MIN(CASE WHEN t.up_to >= p.high99 THEN t.duration_seconds END) AS p99_high
    FROM timed AS t
    INNER JOIN places AS p ON t.dimension = p.dimension AND t.cell = p.cell
    GROUP BY t.dimension, t.cell
)
SELECT
    c.dimension AS dimension,
    c.value AS value,
    c.value_major AS value_major,
    c.value_minor AS value_minor,
    c.runs AS runs,
    c.timed_runs AS timed_runs,
    COALESCE(e.projects, 0) AS projects,
    c.p50 AS p50_seconds,
    e.p50_low AS p50_low,
    e.p50_high AS p50_high,
    c.p75 AS p75_seconds,
    c.p90 AS p90_seconds,
    e.p90_low AS p90_low,
    e.p90_high AS p90_high,
    c.p95 AS p95_seconds,
    e.p95_low AS p95_low,
    e.p95_high AS p95_high,
    c.p99 AS p99_seconds,
    e.p99_low AS p99_low,
    e.p99_high AS p99_high
FROM cells AS c
LEFT JOIN ends AS e ON c.dimension = e.dimension AND c.cell = e.cell
ORDER BY c.dimension, c.value_major NULLS LAST, c.value_minor NULLS LAST, c.value NULLS LAST
