-- title: Node success rates
-- question: How do nodes fare, by what they are and beside what they run on?
-- grain: one value of one dimension, beside one adapter or engine; null: unknown
-- key: dimension, value, beside
-- column: dimension: materialization or incremental_strategy (of incremental models), both beside the adapter and the first without tests, or resource_type beside the engine
-- column: value: Value of the dimension; null: unknown
-- column: beside: Adapter, or engine; null: unknown
-- column: node_runs [count]: Node runs
-- column: share_of_node_runs [share]: Share of all node runs of the dimension; of resource_type, of those of the engine
-- column: projects [count]: Distinct projects with a node run of known outcome
-- column: successes [count]: Node runs with node_outcome success
-- column: failures [count]: Node runs with node_outcome failure
-- column: skipped [count]: Node runs with node_outcome skipped
-- column: unknowns [count]: Node runs without a known outcome
-- column: known_nodes [count]: The rate's denominator: successes and failures
-- column: success_rate [share]: successes / known_nodes, every node run counting once
-- column: success_rate_low [share]: Lower end of the 95 % interval of success_rate
-- column: success_rate_high [share]: Upper end of the 95 % interval of success_rate
-- column: project_success_rate [share]: Mean of the projects' own rates, every project counting once
-- column: timed_nodes [count]: Node runs with a known execution time
-- column: mean_seconds [seconds]: Mean execution time of timed_nodes
-- column: known_share [share]: Share of node runs whose value (and adapter) is known; the same in every row that share_of_node_runs adds up over

WITH
runs AS (
    SELECT
        materialization, incremental_strategy, resource_type, adapter, engine,
        project_key,
        COALESCE(project_key, CAST(day AS VARCHAR)) AS cluster_key,
        SUM(nodes) AS nodes, SUM(successes) AS successes, SUM(failures) AS failures, SUM(skipped) AS skipped,
        SUM(timed_nodes) AS timed_nodes,
        -- In whole microseconds: the sum of floats would depend on the order of rows.
        SUM(CAST(ROUND(execution_seconds * 1000000) AS BIGINT)) AS microseconds
    FROM node_days
    GROUP BY materialization, incremental_strategy, resource_type, adapter, engine, project_key, cluster_key
),
-- Counted before it is taken apart. whole is what shares are of; joins do not match nulls: no engine is the empty text.
unpivoted AS (
    SELECT
        'materialization' AS dimension, materialization AS value, adapter AS beside, '' AS whole,
        CASE WHEN materialization IS NOT NULL AND adapter IS NOT NULL THEN nodes ELSE 0 END AS known,
        project_key, cluster_key, nodes, successes, failures, skipped, timed_nodes, microseconds
    FROM runs
    -- Comparisons across dbt 1 and 2 exclude tests (definitions, Nodes).
    WHERE resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test')
    UNION ALL
    SELECT
        'incremental_strategy' AS dimension, incremental_strategy AS value, adapter AS beside, '' AS whole,
        CASE WHEN incremental_strategy IS NOT NULL AND adapter IS NOT NULL THEN nodes ELSE 0 END AS known,
        project_key, cluster_key, nodes, successes, failures, skipped, timed_nodes, microseconds
    FROM runs
    WHERE materialization = 'incremental'
    UNION ALL
    SELECT
        'resource_type' AS dimension, resource_type AS value, engine AS beside, COALESCE(engine, '') AS whole,
        CASE WHEN resource_type IS NOT NULL THEN nodes ELSE 0 END AS known,
        project_key, cluster_key, nodes, successes, failures, skipped, timed_nodes, microseconds
    FROM runs
),
clusters AS (
    SELECT
        dimension, value, beside, whole, cluster_key,
        MAX(project_key) AS project_key,
        SUM(nodes) AS nodes, SUM(known) AS known, SUM(skipped) AS skipped, SUM(timed_nodes) AS timed_nodes,
        SUM(microseconds) AS microseconds,
        CAST(SUM(successes) AS DOUBLE) AS s,
        CAST(SUM(successes) + SUM(failures) AS DOUBLE) AS n
    FROM unpivoted
    GROUP BY dimension, value, beside, whole, cluster_key
),
cells AS (
    SELECT
        dimension, value, beside, whole,
        CAST(SUM(nodes) AS BIGINT) AS nodes,
        CAST(SUM(known) AS BIGINT) AS known,
        CAST(SUM(skipped) AS BIGINT) AS skipped,
        CAST(SUM(timed_nodes) AS BIGINT) AS timed_nodes,
        CAST(SUM(microseconds) AS DOUBLE) / 1000000 AS seconds,
        COUNT(*) FILTER (WHERE n > 0 AND project_key IS NOT NULL) AS projects,
        EXACT_SUM(CASE WHEN n > 0 AND project_key IS NOT NULL THEN s / n END) AS project_rates,
        COUNT(*) FILTER (WHERE n > 0) AS k,
        SUM(s) AS s, SUM(n) AS n, SUM(s * s) AS ss, SUM(s * n) AS sn, SUM(n * n) AS nn
    FROM clusters
    GROUP BY dimension, value, beside, whole
),
totals AS (
    SELECT dimension, whole, CAST(SUM(nodes) AS BIGINT) AS all_nodes, CAST(SUM(known) AS BIGINT) AS all_known
    FROM cells
    GROUP BY dimension, whole
)
SELECT
    c.dimension AS dimension,
    c.value AS value,
    c.beside AS beside,
    c.nodes AS node_runs,
    CAST(c.nodes AS DOUBLE) / t.all_nodes AS share_of_node_runs,
    c.projects AS projects,
    CAST(c.s AS BIGINT) AS successes,
    CAST(c.n - c.s AS BIGINT) AS failures,
    c.skipped AS skipped,
    c.nodes - CAST(c.n AS BIGINT) - c.skipped AS unknowns,
    CAST(c.n AS BIGINT) AS known_nodes,
    RATE(c.s, c.n) AS success_rate,
    RATE_LOW(c.s, c.n, c.ss, c.sn, c.nn, c.k) AS success_rate_low,
    RATE_HIGH(c.s, c.n, c.ss, c.sn, c.nn, c.k) AS success_rate_high,
    c.project_rates / NULLIF(c.projects, 0) AS project_success_rate,
    c.timed_nodes AS timed_nodes,
    c.seconds / NULLIF(c.timed_nodes, 0) AS mean_seconds,
    CAST(t.all_known AS DOUBLE) / t.all_nodes AS known_share
FROM cells AS c
INNER JOIN totals AS t ON c.dimension = t.dimension AND c.whole = t.whole
ORDER BY c.dimension, c.value NULLS LAST, c.beside NULLS LAST
