-- title: Node success by resource type
-- question: How do models, seeds, snapshots and tests fare with each engine, and how long do they take on average?
-- section: nodes
-- chart: dot of success_rate by resource_type for each engine
-- unit: share of node runs with a known outcome
-- grain: one engine and type of node; null: unknown
-- key: engine, resource_type
-- regardless: node_days.adapter, node_days.incremental_strategy, node_days.materialization
-- caveat: dbt 1 does not report tests as nodes, dbt 2 does: compare engines by the rows of other types, never by a sum over all. A failed test is dbt at work, not dbt in trouble.
-- caveat: What dbt 1 runs, and dbt 2 before August 2025, is told by its materialization: what is neither seed nor snapshot is a model there. Tests of these early builds may be among the models.
-- caveat: A rate is successes / (successes + failures): known_nodes. Skipped node runs, and those of unknown outcome, are not in it. projects are those with a node run in it.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent node runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: Node runs without a known project are one cluster a day, and no project.
-- caveat: success_rate counts every node run once, project_success_rate every project once. A few huge projects dominate the first.
-- caveat: dbt 1 does not report the nodes that it skips because a parent failed. A node that dbt 2 reused is a success that did not run.
-- caveat: From 1.10 every batch of a microbatch model is a node run, beside one of the whole model, whose time contains theirs: such models count for more.
-- caveat: mean_seconds is execution_seconds / timed_nodes: of dbt's execution_time, which a skipped node does not have. A few long nodes dominate a mean.
-- caveat: share_of_node_runs is of the engine's node runs, tests included; known_share is their share of which the type is known, the same in each row of an engine.

SELECT
    beside AS engine,
    value AS resource_type,
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
WHERE dimension = 'resource_type'
ORDER BY beside NULLS LAST, node_runs DESC, value NULLS LAST
