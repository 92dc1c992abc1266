-- title: Failures by stage
-- question: How far do the runs get that fail?
-- section: reliability
-- chart: dot of share_of_failures by stage for each engine
-- unit: share of the engine's failures
-- grain: one engine (null: unknown) and stage: before_load, at_load, at_node, at_test or after_load; a stage without a failure has no row
-- key: engine, stage
-- unpublished: its failures by engine are the rest of those of other tables
-- caveat: The first that applies: at_node (a node other than a test failed), at_test (only tests failed), before_load (neither the time to load the project nor its resources were reported), at_load (the time, no resources), at_test or after_load.
-- caveat: Where the project loaded and no node failed only the command tells: test and build are at_test, others after_load. dbt 1 reports no tests as nodes, so all its at_test rests on that; a build may have failed otherwise.
-- caveat: dbt 2 does not report the time to load, nor does dbt 1 before 0.19: their failures at_load are in before_load, and dbt 2 has no row at_load. Compare the sum of both across engines.
-- caveat: before_load holds what never loads a project, too: deps, debug, clean and others; and runs that lost these events. Before 0.19.1 no resources were reported, so that all failures without a failed node are before_load or at_load.
-- caveat: From 1.5 to 1.11.2 a run that loads, and in which no node fails, ends with ok: its failed tests and later failures cannot be seen. There at_test and after_load are too few.
-- caveat: A failed run that could not send its last events is incomplete, not a failure: it is in no row. So is one of unknown outcome.
-- caveat: share_of_failures is of the engine's failures. Its interval (95 %) treats the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: A run before its project is known has none, and counts as a cluster of its own: projects understates before_load.
-- column: stage: How far the run got: before_load, at_load, at_node, at_test or after_load
-- column: failures [count]: Invocations with outcome failure that got as far
-- column: engine_failures [count]: Invocations of the engine with outcome failure
-- column: share_of_failures [share]: failures / engine_failures
-- column: share_basis_reported [share]: Share of failures that dbt reported

WITH
failed AS (
    SELECT
        COALESCE(project_key, invocation_id) AS cluster_key,
        project_key,
        engine,
        -- Joins do not match nulls. No engine is the empty text.
        COALESCE(engine, '') AS engine_or_empty,
        CASE
            WHEN nodes_failed > COALESCE(tests_failed, 0) THEN 'at_node'
            WHEN tests_failed > 0 THEN 'at_test'
            WHEN NOT is_loaded AND NOT is_parsed THEN 'before_load'
            WHEN NOT is_loaded THEN 'at_load'
            WHEN command IN ('test', 'build') THEN 'at_test'
            ELSE 'after_load'
        END AS stage,
        outcome_basis
    FROM invocations
    WHERE outcome = 'failure'
),
stage_clusters AS (
    SELECT
        engine, engine_or_empty, stage, cluster_key,
        MAX(project_key) AS project_key,
        COUNT(*) FILTER (WHERE outcome_basis = 'reported') AS by_report,
        CAST(COUNT(*) AS DOUBLE) AS s
    FROM failed
    GROUP BY engine, engine_or_empty, stage, cluster_key
),
-- A project without a failure at a stage counts there with none of its failures.
clusters AS (
    SELECT engine_or_empty, cluster_key, CAST(COUNT(*) AS DOUBLE) AS n
    FROM failed
    GROUP BY engine_or_empty, cluster_key
),
engines AS (
    SELECT engine_or_empty, COUNT(*) AS k, SUM(n) AS n, SUM(n * n) AS nn
    FROM clusters
    GROUP BY engine_or_empty
),
cells AS (
    SELECT
        s.engine AS engine,
        s.engine_or_empty AS engine_or_empty,
        s.stage AS stage,
        COUNT(s.project_key) AS projects,
        CAST(SUM(s.by_report) AS DOUBLE) AS by_report,
        SUM(s.s) AS s,
        SUM(s.s * s.s) AS ss,
        SUM(s.s * c.n) AS sn
    FROM stage_clusters AS s
    INNER JOIN clusters AS c ON s.engine_or_empty = c.engine_or_empty AND s.cluster_key = c.cluster_key
    GROUP BY s.engine, s.engine_or_empty, s.stage
),
ordered AS (
    SELECT
        *,
        CASE stage
            WHEN 'before_load' THEN 1 WHEN 'at_load' THEN 2 WHEN 'at_node' THEN 3 WHEN 'at_test' THEN 4 ELSE 5
        END AS place
    FROM cells
)
SELECT
    c.engine AS engine,
    c.stage AS stage,
    CAST(c.s AS BIGINT) AS failures,
    CAST(e.n AS BIGINT) AS engine_failures,
    c.projects AS projects,
    RATE(c.s, e.n) AS share_of_failures,
    RATE_LOW(c.s, e.n, c.ss, c.sn, e.nn, e.k) AS share_of_failures_low,
    RATE_HIGH(c.s, e.n, c.ss, c.sn, e.nn, e.k) AS share_of_failures_high,
    c.by_report / NULLIF(c.s, 0) AS share_basis_reported
FROM ordered AS c
INNER JOIN engines AS e ON c.engine_or_empty = e.engine_or_empty
ORDER BY c.engine NULLS LAST, c.place
