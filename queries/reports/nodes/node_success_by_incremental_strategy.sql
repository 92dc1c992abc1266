-- title: Success of incremental models
-- question: How do incremental models of each strategy fare on each adapter, and how long do they take on average?
-- section: nodes
-- chart: table
-- unit: share of node runs with a known outcome
-- grain: one incremental strategy (null: not reported, or left to the adapter) and adapter (null: unknown)
-- key: incremental_strategy, adapter
-- caveat: Only nodes of materialization incremental. The strategy is what the model says: null is one before 1.9, which reported none, or a model that says none and gets its adapter's default.
-- caveat: A rate is successes / (successes + failures): known_nodes. Skipped node runs, and those of unknown outcome, are not in it. projects are those with a node run in it.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent node runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: Node runs without a known project are one cluster a day, and no project.
-- caveat: success_rate counts every node run once, project_success_rate every project once. A few huge projects dominate the first.
-- caveat: dbt 1 does not report the nodes that it skips because a parent failed. A node that dbt 2 reused is a success that did not run.
-- caveat: Own strategies are custom. A strategy is chosen for large or difficult tables: that one fails more often than another need not be its fault.
-- caveat: From 1.10 every batch of a microbatch model is a node run, beside one of the whole model, whose time contains theirs: such models count for more.
-- caveat: mean_seconds is execution_seconds / timed_nodes: of dbt's execution_time, which a skipped node does not have. A few long nodes dominate a mean.
-- caveat: known_share is the share of all node runs of incremental models of which strategy and adapter are known; it is the same in every row.

WITH
runs AS (
    SELECT
        incremental_strategy, adapter, project_key,
        COALESCE(project_key, CAST(day AS VARCHAR)) AS cluster_key,
        nodes, successes, failures, skipped, timed_nodes,
        -- In whole microseconds: the sum of floats would depend on the order of rows.
        CAST(ROUND(execution_seconds * 1000000) AS BIGINT) AS microseconds
    FROM node_days
    WHERE materialization = 'incremental'
),
clusters AS (
    SELECT
        incremental_strategy, adapter, cluster_key,
        MAX(project_key) AS project_key,
        SUM(nodes) AS nodes, SUM(skipped) AS skipped, SUM(timed_nodes) AS timed_nodes,
        SUM(microseconds) AS microseconds,
        CAST(SUM(successes) AS DOUBLE) AS s,
        CAST(SUM(successes) + SUM(failures) AS DOUBLE) AS n
    FROM runs
    GROUP BY incremental_strategy, adapter, cluster_key
),
total AS (
    SELECT
        CAST(SUM(nodes) AS BIGINT) AS all_nodes,
        CAST(COALESCE(SUM(
            CASE WHEN incremental_strategy IS NOT NULL AND adapter IS NOT NULL THEN nodes END
        ), 0) AS BIGINT) AS all_known
    FROM runs
),
cells AS (
    SELECT
        incremental_strategy, adapter,
        CAST(SUM(nodes) AS BIGINT) AS nodes,
        CAST(SUM(skipped) AS BIGINT) AS skipped,
        CAST(SUM(timed_nodes) AS BIGINT) AS timed_nodes,
        CAST(SUM(microseconds) AS DOUBLE) / 1000000 AS seconds,
        COUNT(*) FILTER (WHERE n > 0 AND project_key IS NOT NULL) AS projects,
        -- In whole units of 10^-12: the sum of floats would depend on the order of rows.
        CAST(SUM(CAST(ROUND(
            CASE WHEN n > 0 AND project_key IS NOT NULL THEN s / n END * 1000000000000
        ) AS BIGINT)) AS DOUBLE) / 1000000000000 AS project_rates,
        COUNT(*) FILTER (WHERE n > 0) AS k,
        SUM(s) AS s, SUM(n) AS n, SUM(s * s) AS ss, SUM(s * n) AS sn, SUM(n * n) AS nn
    FROM clusters
    GROUP BY incremental_strategy, adapter
)
SELECT
    c.incremental_strategy AS incremental_strategy,
    c.adapter AS adapter,
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
CROSS JOIN total AS t
ORDER BY c.nodes DESC, c.incremental_strategy NULLS LAST, c.adapter NULLS LAST
