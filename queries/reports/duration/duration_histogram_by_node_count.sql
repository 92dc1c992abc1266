-- title: Distribution of duration by node count
-- question: How are the durations of runs with as many nodes distributed?
-- section: duration
-- chart: heatmap of share_of_node_count by seconds_from, nodes_from
-- unit: share of the runs with as many nodes, of known duration
-- grain: one bucket of node counts (0 apart) and one of durations, powers of two; below a second one bucket
-- key: nodes_from, seconds_from
-- regardless: invocations.command
-- caveat: From the earliest start to the latest end by the user's clock. Runs without a known duration are not in it.
-- caveat: Nodes are node runs, skipped ones included. dbt 2 reports tests as nodes, dbt 1 does not.
-- caveat: A bucket begins at seconds_from and ends before seconds_to. Buckets without a run are not listed.
-- column: runs [count]: Invocations with such a duration
-- column: share_of_node_count [share]: Share of the runs with a known duration and as many nodes

WITH
buckets AS (
    SELECT
        nodes_from,
        nodes_to,
        seconds_from,
        seconds_to,
        SUM(runs) AS runs,
        COUNT(DISTINCT project_key) AS projects
    FROM invocation_buckets
    WHERE seconds_from IS NOT NULL
    GROUP BY nodes_from, nodes_to, seconds_from, seconds_to
),
totals AS (
    SELECT nodes_from, SUM(runs) AS all_runs
    FROM buckets
    GROUP BY nodes_from
)
SELECT
    b.nodes_from AS nodes_from,
    b.nodes_to AS nodes_to,
    b.seconds_from AS seconds_from,
    b.seconds_to AS seconds_to,
    b.runs AS runs,
    CAST(b.runs AS DOUBLE) / t.all_runs AS share_of_node_count,
    b.projects AS projects
FROM buckets AS b
INNER JOIN totals AS t ON b.nodes_from = t.nodes_from
ORDER BY b.nodes_from, b.seconds_from
