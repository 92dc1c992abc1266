-- title: Node time by materialization
-- question: How long do nodes take by materialization?
-- section: duration
-- chart: dot of p50_seconds, p90_seconds, p99_seconds by materialization on a log scale
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
-- column: materialization: Materialization; custom ones are named custom

SELECT
    value AS materialization,
    nodes,
    share_of_nodes,
    timed_nodes,
    projects,
    p50_seconds,
    p90_seconds,
    p95_seconds,
    p99_seconds
FROM node_time_quantiles
WHERE dimension = 'materialization'
ORDER BY value IS NULL, timed_nodes DESC, value
