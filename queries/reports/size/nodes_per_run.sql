-- title: Nodes per run
-- question: How many nodes does a run of each command execute or skip?
-- section: size
-- chart: dot of p50_nodes, p90_nodes, p99_nodes by command on a log scale
-- unit: nodes
-- grain: one command; null: unknown
-- key: command
-- caveat: Nodes are node runs, skipped ones included. dbt 2 reports tests as nodes, dbt 1 does not; dbt 1 does not report the nodes that it skips because a parent failed, either.
-- caveat: The quantiles are over the runs with at least one node: runs. Those with none are counted apart: runs_without_nodes, invalid ones included.
-- caveat: Runs of every outcome are in it. A run that failed or ended early has fewer nodes than it set out to run.
-- caveat: From 1.10 on a microbatch model is a node for each batch, and one more.
-- caveat: Quantiles are exact and interpolated linearly. Every run counts once, so that projects that run often dominate. They have no interval.
-- caveat: projects are those with a run with at least one node. The row of the unknown command shows how many runs this breakdown does not know.
-- column: runs [count]: Invocations with at least one node run
-- column: projects [count]: Distinct projects with a run with at least one node
-- column: runs_without_nodes [count]: Invocations without a node run, invalid ones included
-- column: share_without_nodes [share]: runs_without_nodes / (runs + runs_without_nodes)

WITH
cells AS (
    SELECT
        command,
        COUNT(*) FILTER (WHERE nodes > 0) AS runs,
        COUNT(*) FILTER (WHERE nodes = 0) AS runs_without_nodes,
        COUNT(DISTINCT CASE WHEN nodes > 0 THEN project_key END) AS projects,
        QUANTILE_CONT(CASE WHEN nodes > 0 THEN nodes END, 0.5) AS p50_nodes,
        QUANTILE_CONT(CASE WHEN nodes > 0 THEN nodes END, 0.75) AS p75_nodes,
        QUANTILE_CONT(CASE WHEN nodes > 0 THEN nodes END, 0.9) AS p90_nodes,
        QUANTILE_CONT(CASE WHEN nodes > 0 THEN nodes END, 0.99) AS p99_nodes
    FROM invocations
    GROUP BY command
),
totals AS (
    SELECT *, SUM(runs) OVER () AS all_runs
    FROM cells
)
SELECT
    command,
    runs,
    CAST(runs AS DOUBLE) / NULLIF(all_runs, 0) AS share_of_runs,
    projects,
    runs_without_nodes,
    CAST(runs_without_nodes AS DOUBLE) / (runs + runs_without_nodes) AS share_without_nodes,
    p50_nodes,
    p75_nodes,
    p90_nodes,
    p99_nodes
FROM totals
ORDER BY command IS NULL, runs DESC, command
