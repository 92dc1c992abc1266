-- title: Node time by materialization
-- question: How long do nodes take by materialization?
-- section: duration
-- chart: bar
-- unit: seconds
-- grain: one materialization; custom ones together; null: unknown
-- key: materialization
-- caveat: Of execution_time, as dbt reports it, of node runs from 0 to 7 days long: timed_nodes. A node that was skipped or reused has none.
-- caveat: The quantiles are a sketch: the place is exact, the value at most 2 % of itself wrong. A quantile is the shortest time that at least so many of the nodes do not exceed; nothing is interpolated.
-- caveat: Every node run counts once, so that projects with many nodes that run often dominate. The quantiles have no interval.
-- caveat: A view is defined and not computed, an incremental model computes what is new: their times are of different work.
-- caveat: Tests and unit tests are left out: dbt 1 does not report them as nodes, dbt 2 does. Builds of dbt 2 before August 2025 do not say which nodes are tests: these are in it.
-- caveat: From 1.10 on a microbatch model is a node run for each batch, and one more whose time contains theirs.
-- caveat: projects are those with a timed node. share_of_nodes of the unknown cell is the share of node runs of which it is not known.

WITH
buckets AS (
    SELECT COALESCE(value, '') AS cell, bucket, SUM(observations) AS observations
    FROM distributions
    WHERE measure = 'node' AND dimension = 'materialization'
    GROUP BY COALESCE(value, ''), bucket
),
cumulated AS (
    SELECT
        cell,
        bucket,
        SUM(observations) OVER (PARTITION BY cell ORDER BY bucket) AS up_to,
        SUM(observations) OVER (PARTITION BY cell) AS total
    FROM buckets
),
-- In whole numbers: 0.95 times a number may be a little more than it should be.
quantiles AS (
    SELECT
        cell,
        MIN(CASE WHEN 100 * up_to >= 50 * total THEN BUCKET_VALUE(bucket) END) AS p50,
        MIN(CASE WHEN 100 * up_to >= 90 * total THEN BUCKET_VALUE(bucket) END) AS p90,
        MIN(CASE WHEN 100 * up_to >= 95 * total THEN BUCKET_VALUE(bucket) END) AS p95,
        MIN(CASE WHEN 100 * up_to >= 99 * total THEN BUCKET_VALUE(bucket) END) AS p99
    FROM cumulated
    GROUP BY cell
),
-- Joins do not match nulls: the unknown materialization is the empty text here. None is.
cells AS (
    SELECT
        COALESCE(materialization, '') AS cell,
        MAX(materialization) AS materialization,
        SUM(nodes) AS nodes,
        SUM(timed_nodes) AS timed_nodes,
        COUNT(DISTINCT CASE WHEN timed_nodes > 0 THEN project_key END) AS projects
    FROM node_days
    -- Comparisons across dbt 1 and 2 exclude tests (definitions, Nodes).
    WHERE resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test')
    GROUP BY COALESCE(materialization, '')
),
shares AS (
    SELECT *, SUM(nodes) OVER () AS all_nodes
    FROM cells
)
SELECT
    c.materialization AS materialization,
    CAST(c.nodes AS BIGINT) AS nodes,
    CAST(c.nodes AS DOUBLE) / c.all_nodes AS share_of_nodes,
    CAST(c.timed_nodes AS BIGINT) AS timed_nodes,
    c.projects AS projects,
    q.p50 AS p50_seconds,
    q.p90 AS p90_seconds,
    q.p95 AS p95_seconds,
    q.p99 AS p99_seconds
FROM shares AS c
LEFT JOIN quantiles AS q ON c.cell = q.cell
ORDER BY c.materialization IS NULL, timed_nodes DESC, c.materialization
