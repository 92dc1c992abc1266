-- title: Reasons for full parses
-- question: Why is the whole project parsed although partial parsing is on?
-- section: duration
-- chart: dot of share_of_full_reparses by full_reparse_reason for each engine
-- unit: share of full parses whose reason is known
-- grain: one engine (null: unknown) and reason; reason null: all files were parsed with partial parsing on, and no reason was reported
-- key: engine, full_reparse_reason
-- regardless: invocations.outcome
-- caveat: dbt 1 since 0.20.1 alone reports reasons. dbt 2 reports neither these nor how many files it parsed. Invalid runs are in no column.
-- caveat: 02_file_not_found: there was no earlier parse to go on from, as in a project's first run and in every fresh checkout, which CI often is.
-- caveat: share_of_full_reparses is of the engine's full parses whose reason is known; share_known is the share of these among all of its full parses.
-- caveat: A run with a reason may have failed at the parse. One without a reason is counted only where it told the number of its files.
-- caveat: The intervals (95 %) treat the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: Every full parse counts once, so that projects that run often dominate.
-- column: full_reparse_reason: Why the whole project was parsed; null: no reason was reported
-- column: runs [count]: Invocations that parsed the whole project for the reason
-- column: known_reparses [count]: Full parses of the engine whose reason is known: the denominator of share_of_full_reparses
-- column: share_of_full_reparses [share]: Those for this reason / known_reparses; null where there is no reason
-- column: share_known [share]: Share of the engine's full parses whose reason is known; the same in all of its rows

WITH
clusters AS (
    SELECT
        COALESCE(engine, '') AS engine_or_empty,
        COALESCE(project_key, invocation_id) AS cluster_key,
        full_reparse_reason,
        MAX(engine) AS engine,
        MAX(project_key) AS project_key,
        COUNT(*) AS s
    FROM invocations
    WHERE outcome <> 'invalid'
        AND (
            full_reparse_reason IS NOT NULL
            OR (is_partial_parse_enabled AND paths > 0 AND parsed_paths >= paths)
        )
    GROUP BY COALESCE(engine, ''), COALESCE(project_key, invocation_id), full_reparse_reason
),
-- What each cluster has of known reasons.
known AS (
    SELECT engine_or_empty, cluster_key, SUM(s) AS n
    FROM clusters
    WHERE full_reparse_reason IS NOT NULL
    GROUP BY engine_or_empty, cluster_key
),
engines AS (
    SELECT engine_or_empty, COUNT(*) AS k, SUM(n) AS n, SUM(n * n) AS nn
    FROM known
    GROUP BY engine_or_empty
),
totals AS (
    SELECT engine_or_empty, SUM(s) AS all_reparses
    FROM clusters
    GROUP BY engine_or_empty
),
-- A cluster without the reason adds nothing to these sums.
cells AS (
    SELECT
        c.engine_or_empty AS engine_or_empty,
        c.full_reparse_reason AS full_reparse_reason,
        MAX(c.engine) AS engine,
        COUNT(c.project_key) AS projects,
        SUM(c.s) AS runs,
        SUM(CASE WHEN c.full_reparse_reason IS NOT NULL THEN c.s END) AS s,
        SUM(c.s * c.s) AS ss,
        SUM(c.s * w.n) AS sn
    FROM clusters AS c
    LEFT JOIN known AS w ON c.engine_or_empty = w.engine_or_empty AND c.cluster_key = w.cluster_key
    GROUP BY c.engine_or_empty, c.full_reparse_reason
),
sums AS (
    SELECT
        c.engine AS engine,
        c.full_reparse_reason AS full_reparse_reason,
        c.runs AS runs,
        c.projects AS projects,
        c.s AS s,
        c.ss AS ss,
        c.sn AS sn,
        t.all_reparses AS all_reparses,
        COALESCE(e.n, 0) AS known_reparses,
        -- The row without a reason has no share.
        CASE WHEN c.full_reparse_reason IS NOT NULL THEN e.n END AS n,
        CASE WHEN c.full_reparse_reason IS NOT NULL THEN e.nn END AS nn,
        CASE WHEN c.full_reparse_reason IS NOT NULL THEN e.k END AS k
    FROM cells AS c
    INNER JOIN totals AS t ON c.engine_or_empty = t.engine_or_empty
    LEFT JOIN engines AS e ON c.engine_or_empty = e.engine_or_empty
)
SELECT
    engine,
    full_reparse_reason,
    CAST(runs AS BIGINT) AS runs,
    projects,
    CAST(known_reparses AS BIGINT) AS known_reparses,
    RATE(s, n) AS share_of_full_reparses,
    RATE_LOW(s, n, ss, sn, nn, k) AS share_of_full_reparses_low,
    RATE_HIGH(s, n, ss, sn, nn, k) AS share_of_full_reparses_high,
    INTERVAL_METHOD(k) AS interval_method,
    RATE(known_reparses, all_reparses) AS share_known
FROM sums
ORDER BY engine NULLS LAST, full_reparse_reason NULLS LAST
