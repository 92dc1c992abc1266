-- title: Quantiles of node time
-- question: How long do nodes take, by adapter and materialization?
-- grain: one value of one dimension; its unknown cell has value null. Without tests and unit tests
-- key: dimension, value
-- column: dimension: adapter or materialization
-- column: value: Value of the dimension; null: unknown
-- column: nodes [count]: Node runs
-- column: share_of_nodes [share]: Share of all node runs
-- column: timed_nodes [count]: Node runs with a known execution time
-- column: projects [count]: Distinct projects with a node run of known execution time
-- column: p50_seconds [seconds]: Half of timed_nodes take at most this long; a sketch, at most 2 % of itself wrong
-- column: p90_seconds [seconds]: 90 % of timed_nodes take at most this long; a sketch, at most 2 % of itself wrong
-- column: p95_seconds [seconds]: 95 % of timed_nodes take at most this long; a sketch, at most 2 % of itself wrong
-- column: p99_seconds [seconds]: 99 % of timed_nodes take at most this long; a sketch, at most 2 % of itself wrong

WITH
-- Joins do not match nulls: the unknown value is the empty text here. No value is.
buckets AS (
    SELECT dimension, COALESCE(value, '') AS cell, bucket, SUM(observations) AS observations
    FROM distributions
    WHERE measure = 'node' AND dimension IN ('adapter', 'materialization')
    GROUP BY dimension, COALESCE(value, ''), bucket
),
cumulated AS (
    SELECT
        dimension,
        cell,
        bucket,
        SUM(observations) OVER (PARTITION BY dimension, cell ORDER BY bucket) AS up_to,
        SUM(observations) OVER (PARTITION BY dimension, cell) AS total
    FROM buckets
),
-- In whole numbers: 0.95 times a number may be a little more than it should be.
quantiles AS (
    SELECT
        dimension,
        cell,
        MIN(CASE WHEN 100 * up_to >= 50 * total THEN BUCKET_VALUE(bucket) END) AS p50,
        MIN(CASE WHEN 100 * up_to >= 90 * total THEN BUCKET_VALUE(bucket) END) AS p90,
        MIN(CASE WHEN 100 * up_to >= 95 * total THEN BUCKET_VALUE(bucket) END) AS p95,
        MIN(CASE WHEN 100 * up_to >= 99 * total THEN BUCKET_VALUE(bucket) END) AS p99
    FROM cumulated
    GROUP BY dimension, cell
),
-- Counted before it is taken apart.
counted AS (
    SELECT adapter, materialization, project_key, SUM(nodes) AS nodes, SUM(timed_nodes) AS timed_nodes
    FROM node_days
    -- Comparisons across dbt 1 and 2 exclude tests (definitions, Nodes).
    WHERE resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test')
    GROUP BY adapter, materialization, project_key
),
runs AS (
    SELECT 'adapter' AS dimension, adapter AS value, project_key, nodes, timed_nodes FROM counted
    UNION ALL
    SELECT 'materialization' AS dimension, materialization AS value, project_key, nodes, timed_nodes FROM counted
),
cells AS (
    SELECT
        dimension,
        COALESCE(value, '') AS cell,
        MAX(value) AS value,
        SUM(nodes) AS nodes,
        SUM(timed_nodes) AS timed_nodes,
        COUNT(DISTINCT CASE WHEN timed_nodes > 0 THEN project_key END) AS projects
    FROM runs
    GROUP BY dimension, COALESCE(value, '')
),
shares AS (
    SELECT *, SUM(nodes) OVER (PARTITION BY dimension) AS all_nodes
    FROM cells
)
SELECT
    c.dimension AS dimension,
    c.value AS value,
    CAST(c.nodes AS BIGINT) AS nodes,
    CAST(c.nodes AS DOUBLE) / c.all_nodes AS share_of_nodes,
    CAST(c.timed_nodes AS BIGINT) AS timed_nodes,
    c.projects AS projects,
    q.p50 AS p50_seconds,
    q.p90 AS p90_seconds,
    q.p95 AS p95_seconds,
    q.p99 AS p99_seconds
FROM shares AS c
LEFT JOIN quantiles AS q ON c.dimension = q.dimension AND c.cell = q.cell
ORDER BY c.dimension, c.value NULLS LAST
