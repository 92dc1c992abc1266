-- title: Node counts
-- question: How many nodes does an invocation run?
-- section: size
-- chart: histogram of invocations by nodes_from to nodes_to
-- unit: invocations
-- grain: one bucket of node counts, powers of two; the invocations without a node are the row 0 to 0
-- key: nodes_from
-- headline: 4
-- regardless: invocations.command, invocations.duration_seconds
-- caveat: Shares are of the invocations with at least one node. Those with none are counted apart and have no share.
-- caveat: Nodes are node runs, skipped ones included. dbt 2 reports tests as nodes, dbt 1 does not.
-- caveat: Buckets without an invocation are not listed.
-- column: invocations [count]: Invocations with so many node runs
-- column: share [share]: Share of the invocations with at least one node run; null in the row of those with none

WITH
buckets AS (
    SELECT
        nodes_from,
        nodes_to,
        SUM(runs) AS invocations,
        COUNT(DISTINCT project_key) AS projects
    FROM invocation_buckets
    GROUP BY nodes_from, nodes_to
),
totals AS (
    SELECT SUM(CASE WHEN nodes_from > 0 THEN invocations END) AS with_nodes
    FROM buckets
)
SELECT
    b.nodes_from AS nodes_from,
    b.nodes_to AS nodes_to,
    b.invocations AS invocations,
    CASE WHEN b.nodes_from > 0 THEN CAST(b.invocations AS DOUBLE) / t.with_nodes END AS share,
    b.projects AS projects
FROM buckets AS b
CROSS JOIN totals AS t
ORDER BY b.nodes_from
