-- title: Skipped and reused nodes
-- question: How many node runs are skipped or reused, and why?
-- section: size
-- chart: dot of share_of_nodes by skip_reason for each engine, is_test
-- unit: share of the node runs of an engine
-- grain: one engine (null: unknown), tests or other nodes, and reason; reason null: skipped, and no reason was reported
-- key: engine, is_test, skip_reason
-- caveat: skipped are node runs that ended skipped. reused are successes that were not executed: those with a reason, statically_checked_data_test among them.
-- caveat: share_of_nodes is skipped and reused together / all_nodes, the node runs of the engine, of tests or of other nodes. Invalid runs have none.
-- caveat: dbt 1 does not report a node that it skips because a parent failed, reports no tests as nodes, and gives no reasons: never compare the engines.
-- caveat: Whether dbt 2 reports all nodes that it skips because a parent failed is not known, so that upstream_failed may be too low.
-- caveat: Builds of dbt 2 before August 2025 do not say which nodes are tests: these are among the other nodes.
-- caveat: projects are those with a node run that was skipped or reused for the reason. What never was has no row.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent node runs as the projects differ like; with fewer than 10 projects, for as many as there are projects. Runs without a known project are a unit by day.
-- column: is_test: Whether the nodes are tests or unit tests
-- column: skip_reason: Why the nodes were not executed, or were reused; null: skipped, and no reason was reported
-- column: all_nodes [count]: Node runs of the engine, of tests or of other nodes
-- column: reused [count]: Node runs that succeeded without being executed
-- column: projects [count]: Distinct projects with a node run that was skipped or reused for the reason
-- column: share_of_nodes [share]: (skipped + reused) / all_nodes

WITH
kinds AS (
    SELECT
        COALESCE(engine, '') AS engine_or_empty,
        COALESCE(resource_type IN ('test', 'unit_test'), FALSE) AS is_test,
        COALESCE(project_key, CAST(day AS VARCHAR)) AS cluster_key,
        engine,
        project_key,
        skip_reason,
        nodes,
        skipped,
        CASE WHEN skip_reason IS NOT NULL THEN successes ELSE 0 END AS reused
    FROM node_days
),
-- Doubles of whole numbers, whose squares are none of 64 bits.
clusters AS (
    SELECT engine_or_empty, is_test, cluster_key, CAST(SUM(nodes) AS DOUBLE) AS n
    FROM kinds
    GROUP BY engine_or_empty, is_test, cluster_key
),
totals AS (
    SELECT engine_or_empty, is_test, COUNT(*) AS k, SUM(n) AS n, SUM(n * n) AS nn
    FROM clusters
    GROUP BY engine_or_empty, is_test
),
reasons AS (
    SELECT
        engine_or_empty,
        is_test,
        cluster_key,
        skip_reason,
        MAX(engine) AS engine,
        MAX(project_key) AS project_key,
        SUM(skipped) AS skipped,
        SUM(reused) AS reused,
        CAST(SUM(skipped) + SUM(reused) AS DOUBLE) AS s
    FROM kinds
    WHERE skipped + reused > 0
    GROUP BY engine_or_empty, is_test, cluster_key, skip_reason
),
-- A cluster without the reason adds nothing to these sums.
cells AS (
    SELECT
        r.engine_or_empty AS engine_or_empty,
        r.is_test AS is_test,
        r.skip_reason AS skip_reason,
        MAX(r.engine) AS engine,
        COUNT(r.project_key) AS projects,
        SUM(r.skipped) AS skipped,
        SUM(r.reused) AS reused,
        SUM(r.s) AS s,
        SUM(r.s * r.s) AS ss,
        SUM(r.s * c.n) AS sn
    FROM reasons AS r
    INNER JOIN clusters AS c
        ON r.engine_or_empty = c.engine_or_empty AND r.is_test = c.is_test AND r.cluster_key = c.cluster_key
    GROUP BY r.engine_or_empty, r.is_test, r.skip_reason
),
sums AS (
    SELECT c.*, t.k AS k, t.n AS n, t.nn AS nn
    FROM cells AS c
    INNER JOIN totals AS t ON c.engine_or_empty = t.engine_or_empty AND c.is_test = t.is_test
)
SELECT
    engine,
    is_test,
    skip_reason,
    CAST(n AS BIGINT) AS all_nodes,
    CAST(skipped AS BIGINT) AS skipped,
    CAST(reused AS BIGINT) AS reused,
    projects,
    RATE(s, n) AS share_of_nodes,
    RATE_LOW(s, n, ss, sn, nn, k) AS share_of_nodes_low,
    RATE_HIGH(s, n, ss, sn, nn, k) AS share_of_nodes_high,
    INTERVAL_METHOD(k) AS interval_method
FROM sums
ORDER BY engine NULLS LAST, is_test, skip_reason NULLS LAST
