-- title: Node success by materialization
-- question: How do nodes of each materialization fare on each adapter, and how long do they take on average?
-- section: nodes
-- chart: dot of success_rate by materialization for each adapter
-- unit: share of node runs with a known outcome
-- grain: one materialization and adapter; null: unknown
-- key: materialization, adapter
-- regardless: node_days.engine, node_days.incremental_strategy
-- caveat: Tests and unit tests are left out: dbt 1 does not report them as nodes, dbt 2 does.
-- caveat: A rate is successes / (successes + failures): known_nodes. Skipped node runs, and those of unknown outcome, are not in it. projects are those with a node run in it.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent node runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: Node runs without a known project are one cluster a day, and no project.
-- caveat: success_rate counts every node run once, project_success_rate every project once. A few huge projects dominate the first.
-- caveat: dbt 1 does not report the nodes that it skips because a parent failed. A node that dbt 2 reused is a success that did not run.
-- caveat: From 1.10 every batch of a microbatch model is a node run, beside one of the whole model, whose time contains theirs: such models count for more.
-- caveat: mean_seconds is execution_seconds / timed_nodes: of dbt's execution_time, which a skipped node does not have. A few long nodes dominate a mean.
-- caveat: known_share is the share of all node runs of which materialization and adapter are known; it is the same in every row.

SELECT
    value AS materialization,
    beside AS adapter,
    node_runs,
    share_of_node_runs,
    projects,
    successes,
    failures,
    skipped,
    unknowns,
    known_nodes,
    success_rate,
    success_rate_low,
    success_rate_high,
    project_success_rate,
    timed_nodes,
    mean_seconds,
    known_share
FROM node_success_rates
WHERE dimension = 'materialization'
ORDER BY node_runs DESC, value NULLS LAST, beside NULLS LAST
