-- title: Node success by materialization
-- question: How do nodes of each materialization fare on each adapter, and how long do they take?
-- section: nodes
-- chart: table
-- unit: share of node runs with a known outcome
-- grain: one materialization and adapter; null: unknown
-- caveat: Tests and unit tests are left out: dbt 1 does not report them as nodes, dbt 2 does.
-- caveat: A rate is successes / (successes + failures). Skipped node runs, and those of unknown outcome, are not in it.
-- caveat: dbt 1 does not report the nodes that it skips because a parent failed.
-- caveat: Quantiles are exact and interpolated linearly; of execution_time, which a skipped node does not have.

WITH
-- Comparisons across dbt 1 and 2 exclude tests (definitions, Nodes).
runs AS (
    SELECT materialization, adapter, project_key, node_outcome, execution_seconds
    FROM node_runs
    WHERE resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test')
),
cells AS (
    SELECT
        materialization,
        adapter,
        COUNT(*) AS node_runs,
        COUNT(*) FILTER (WHERE node_outcome = 'success') AS successes,
        COUNT(*) FILTER (WHERE node_outcome = 'failure') AS failures,
        COUNT(*) FILTER (WHERE node_outcome = 'skipped') AS skipped,
        COUNT(*) FILTER (WHERE node_outcome IS NULL) AS unknowns,
        COUNT(DISTINCT project_key) AS projects,
        QUANTILE_CONT(execution_seconds, 0.5) AS p50_seconds,
        QUANTILE_CONT(execution_seconds, 0.9) AS p90_seconds,
        QUANTILE_CONT(execution_seconds, 0.95) AS p95_seconds
    FROM runs
    GROUP BY materialization, adapter
)
SELECT
    materialization,
    adapter,
    node_runs,
    projects,
    successes,
    failures,
    skipped,
    unknowns,
    CAST(successes AS DOUBLE) / NULLIF(successes + failures, 0) AS success_rate,
    p50_seconds,
    p90_seconds,
    p95_seconds
FROM cells
ORDER BY node_runs DESC, materialization NULLS LAST, adapter NULLS LAST
