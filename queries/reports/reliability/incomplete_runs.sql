-- title: Incomplete runs
-- question: How many runs never tell how they ended, and what could have been seen of those that were killed?
-- section: reliability
-- chart: dot of share_incomplete by command for each engine
-- unit: share of runs
-- grain: one engine and command; null: unknown
-- key: engine, command
-- rests_on: incompletes, share_incomplete, share_incomplete_low, share_incomplete_high, incompletes_with_nodes, share_with_nodes: incomplete_projects
-- unpublished: few runs are incomplete, and by command they are the parts of those in other tables
-- caveat: Incomplete: no end was received. The run was killed, or it could not send any more, or the events were lost. It is not a crash rate.
-- caveat: The engines are not comparable. dbt 1 sends batches of 30 events and the rest at exit: a killed run with fewer than 30 events leaves nothing and is in no row. dbt 2 sends every half second, so a killed run leaves its start.
-- caveat: seen_if_killed says what a killed run must have reached to be here. dbt 1 before 0.16 sent every event at once; its few runs are with those of dbt 1.
-- caveat: Of dbt 1, the more nodes a run has the sooner it is seen. An incomplete run with node runs got as far as running some; without, all of its node runs may have been in the batch that was lost.
-- caveat: engine is null where no start was received either: such a run lost events, it was not killed. What was run is often unknown of an incomplete run, so the rows of unknown command have a high share.
-- caveat: Only runs of final days count: of others the end may still be on its way. runs holds invalid ones; projects are those with a run, incomplete_projects those with an incomplete one.
-- caveat: engine_share_incomplete is that of all commands of the engine, the same in each of its rows.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- column: seen_if_killed: What a killed run must have reached to be here: 30 events (dbt 1) or half a second (dbt 2)
-- column: runs [count]: Invocations of final days, invalid ones included
-- column: projects [count]: Distinct known projects with a run
-- column: incompletes [count]: Those of runs of which no end was received
-- column: incomplete_projects [count]: Distinct known projects with an incomplete run
-- column: share_incomplete [share]: incompletes / runs
-- column: incompletes_with_nodes [count]: Those of incompletes with a node run
-- column: share_with_nodes [share]: incompletes_with_nodes / incompletes
-- column: engine_share_incomplete [share]: Share of the engine's runs that are incomplete; the same in each of its rows

WITH
runs AS (
    SELECT
        COALESCE(i.project_key, i.invocation_id) AS cluster_key,
        i.project_key AS project_key,
        i.engine AS engine,
        -- Joins do not match nulls. No engine is the empty text.
        COALESCE(i.engine, '') AS engine_or_empty,
        i.command AS command,
        CASE WHEN i.outcome = 'incomplete' THEN 1 ELSE 0 END AS is_incomplete,
        CASE WHEN i.outcome = 'incomplete' AND i.nodes > 0 THEN 1 ELSE 0 END AS is_incomplete_with_nodes
    FROM invocations AS i
    INNER JOIN days AS d ON i.day = d.day
    WHERE d.is_final
),
clusters AS (
    SELECT
        engine, engine_or_empty, command, cluster_key,
        MAX(project_key) AS project_key,
        SUM(is_incomplete_with_nodes) AS with_nodes,
        CAST(SUM(is_incomplete) AS DOUBLE) AS s,
        CAST(COUNT(*) AS DOUBLE) AS n
    FROM runs
    GROUP BY engine, engine_or_empty, command, cluster_key
),
cells AS (
    SELECT
        engine, engine_or_empty, command,
        COUNT(project_key) AS projects,
        COUNT(*) FILTER (WHERE s > 0 AND project_key IS NOT NULL) AS incomplete_projects,
        CAST(SUM(with_nodes) AS BIGINT) AS with_nodes,
        COUNT(*) AS k,
        SUM(s) AS s, SUM(n) AS n, SUM(s * s) AS ss, SUM(s * n) AS sn, SUM(n * n) AS nn
    FROM clusters
    GROUP BY engine, engine_or_empty, command
),
engines AS (
    SELECT engine_or_empty, SUM(is_incomplete) AS incompletes, COUNT(*) AS runs
    FROM runs
    GROUP BY engine_or_empty
)
SELECT
    c.engine AS engine,
    c.command AS command,
    CASE
        WHEN c.engine = 'core-1' THEN '30 events'
        WHEN c.engine IS NOT NULL THEN 'half a second'
    END AS seen_if_killed,
    CAST(c.n AS BIGINT) AS runs,
    c.projects AS projects,
    CAST(c.s AS BIGINT) AS incompletes,
    c.incomplete_projects AS incomplete_projects,
    RATE(c.s, c.n) AS share_incomplete,
    RATE_LOW(c.s, c.n, c.ss, c.sn, c.nn, c.k) AS share_incomplete_low,
    RATE_HIGH(c.s, c.n, c.ss, c.sn, c.nn, c.k) AS share_incomplete_high,
    c.with_nodes AS incompletes_with_nodes,
    CAST(c.with_nodes AS DOUBLE) / NULLIF(c.s, 0) AS share_with_nodes,
    CAST(e.incompletes AS DOUBLE) / e.runs AS engine_share_incomplete
FROM cells AS c
INNER JOIN engines AS e ON c.engine_or_empty = e.engine_or_empty
ORDER BY c.engine NULLS LAST, c.n DESC, c.command NULLS LAST
