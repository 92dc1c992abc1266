-- title: Rates by week
-- question: What came of the runs of each whole, final week, as parts of a whole, and how did each project's newest two differ?
-- grain: one week, one measure and one value of one dimension
-- key: measure, dimension, value, week
-- column: measure: success (runs that succeed, of those of known outcome), slow (runs that take longer than half of the runs of the weeks before the newest, of those of known duration) or slowest (the same, longer than 95 %)
-- column: dimension: all, adapter, command, environment, nodes, os or version
-- column: value: Value of the dimension (of nodes: the least number of its bucket, 0, 1, 2, 4, …); null: unknown, and of dimension all
-- column: week: Monday of the week; all of its days are final, and in the window
-- column: weeks_ago: 0 for the newest such week, 1 for the one before
-- column: s [count]: Runs of the measure
-- column: n [count]: Those that it is a part of
-- column: k [count]: Of the newest week, as all columns below: clusters with a run of which s is a part, in this week or the one before
-- column: k1 [count]: Those of them that have one in this week
-- column: s2 [count]: Runs of the measure in the week before
-- column: n2 [count]: Those that it is a part of
-- column: ss1: Sum of the squares of the clusters' s
-- column: sn1: Sum of the products of their s and n
-- column: nn1: Sum of the squares of their n
-- column: ss2: The same as ss1, of the week before
-- column: sn2: The same as sn1, of the week before
-- column: nn2: The same as nn1, of the week before
-- column: s1s2: Sum of the products of their s in both weeks
-- column: s1n2: Sum of the products of their s in this week and n in the one before
-- column: n1s2: Sum of the products of their n in this week and s in the one before
-- column: n1n2: Sum of the products of their n in both weeks

WITH
runs AS (
    SELECT
        w.week AS week,
        w.weeks_ago AS weeks_ago,
        COALESCE(i.project_key, i.invocation_id) AS cluster_key,
        i.adapter AS adapter,
        i.command AS command,
        i.environment AS environment,
        i.os AS os,
        i.dbt_minor AS dbt_minor,
        -- The bucket begins at 2^k where 2^(k+1) < 2n + 1 < 2^(k+2) (definitions, Nodes).
        CASE
            WHEN i.nodes >= 1
                THEN CAST(POWER_OF_TWO(i.nodes) AS VARCHAR)
            ELSE '0'
        END AS nodes_from,
        CASE WHEN i.outcome = 'success' THEN 1 WHEN i.outcome = 'failure' THEN 0 END AS success,
        i.duration_seconds AS duration_seconds
    FROM invocations AS i
    INNER JOIN whole_weeks AS w ON i.week = w.week
    WHERE i.outcome <> 'invalid' AND w.weeks_ago <= 13
),
-- Joins do not match nulls: the unknown value is the empty text here. No value is.
by_dimension AS (
    SELECT
        'all' AS dimension, '' AS cell,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'adapter' AS dimension, COALESCE(adapter, '') AS cell,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'command' AS dimension, COALESCE(command, '') AS cell,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'environment' AS dimension, COALESCE(environment, '') AS cell,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'nodes' AS dimension, nodes_from AS cell,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'os' AS dimension, COALESCE(os, '') AS cell,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'version' AS dimension, COALESCE(dbt_minor, '') AS cell,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
),
thresholds AS (
    SELECT
        dimension,
        cell,
        QUANTILE_CONT(CASE WHEN weeks_ago > 0 THEN duration_seconds END, 0.5) AS p50,
        QUANTILE_CONT(CASE WHEN weeks_ago > 0 THEN duration_seconds END, 0.95) AS p95
    FROM by_dimension
    GROUP BY dimension, cell
),
flagged AS (
    SELECT
        u.dimension AS dimension,
        u.cell AS cell,
        u.week AS week,
        u.weeks_ago AS weeks_ago,
        u.cluster_key AS cluster_key,
        CASE WHEN u.success = 1 THEN 1 ELSE 0 END AS success,
        CASE WHEN u.success IS NOT NULL THEN 1 ELSE 0 END AS is_known,
        CASE WHEN u.duration_seconds > t.p50 THEN 1 ELSE 0 END AS slow,
        CASE WHEN u.duration_seconds > t.p95 THEN 1 ELSE 0 END AS slowest,
        CASE WHEN u.duration_seconds IS NOT NULL THEN 1 ELSE 0 END AS is_timed
    FROM by_dimension AS u
    INNER JOIN thresholds AS t ON u.dimension = t.dimension AND u.cell = t.cell
),
counted AS (
    SELECT
        dimension, cell, week, weeks_ago, cluster_key,
        CAST(SUM(success) AS BIGINT) AS successes, CAST(SUM(is_known) AS BIGINT) AS known_runs,
        CAST(SUM(slow) AS BIGINT) AS slow, CAST(SUM(slowest) AS BIGINT) AS slowest,
        CAST(SUM(is_timed) AS BIGINT) AS timed_runs
    FROM flagged
    GROUP BY dimension, cell, week, weeks_ago, cluster_key
),
weeks AS (
    SELECT
        dimension, cell, week, weeks_ago,
        SUM(successes) AS successes, SUM(known_runs) AS known_runs,
        SUM(slow) AS slow, SUM(slowest) AS slowest, SUM(timed_runs) AS timed_runs
    FROM counted
    GROUP BY dimension, cell, week, weeks_ago
),
rates AS (
    SELECT 'success' AS measure, dimension, cell, week, weeks_ago, successes AS s, known_runs AS n
    FROM weeks
    WHERE known_runs > 0
    UNION ALL
    SELECT 'slow' AS measure, dimension, cell, week, weeks_ago, slow AS s, timed_runs AS n
    FROM weeks
    WHERE timed_runs > 0
    UNION ALL
    SELECT 'slowest' AS measure, dimension, cell, week, weeks_ago, slowest AS s, timed_runs AS n
    FROM weeks
    WHERE timed_runs > 0
),
-- Of each project both weeks beside each other.
pairs AS (
    SELECT
        dimension, cell, cluster_key,
        SUM(CASE WHEN weeks_ago = 0 THEN successes ELSE 0 END) AS successes1,
        SUM(CASE WHEN weeks_ago = 0 THEN known_runs ELSE 0 END) AS known1,
        SUM(CASE WHEN weeks_ago = 0 THEN slow ELSE 0 END) AS slow1,
        SUM(CASE WHEN weeks_ago = 0 THEN slowest ELSE 0 END) AS slowest1,
        SUM(CASE WHEN weeks_ago = 0 THEN timed_runs ELSE 0 END) AS timed1,
        SUM(CASE WHEN weeks_ago = 1 THEN successes ELSE 0 END) AS successes2,
        SUM(CASE WHEN weeks_ago = 1 THEN known_runs ELSE 0 END) AS known2,
        SUM(CASE WHEN weeks_ago = 1 THEN slow ELSE 0 END) AS slow2,
        SUM(CASE WHEN weeks_ago = 1 THEN slowest ELSE 0 END) AS slowest2,
        SUM(CASE WHEN weeks_ago = 1 THEN timed_runs ELSE 0 END) AS timed2
    FROM counted
    WHERE weeks_ago <= 1
    GROUP BY dimension, cell, cluster_key
),
measured AS (
    SELECT 'success' AS measure, dimension, cell,
        successes1 AS s1, known1 AS n1, successes2 AS s2, known2 AS n2
    FROM pairs
    WHERE known1 + known2 > 0
    UNION ALL
    SELECT 'slow' AS measure, dimension, cell,
        slow1 AS s1, timed1 AS n1, slow2 AS s2, timed2 AS n2
    FROM pairs
    WHERE timed1 + timed2 > 0
    UNION ALL
    SELECT 'slowest' AS measure, dimension, cell,
        slowest1 AS s1, timed1 AS n1, slowest2 AS s2, timed2 AS n2
    FROM pairs
    WHERE timed1 + timed2 > 0
),
sums AS (
    SELECT
        measure, dimension, cell,
        COUNT(*) AS k,
        COUNT(*) FILTER (WHERE n1 > 0) AS k1,
        SUM(s2) AS s2, SUM(n2) AS n2,
        SUM(s1 * s1) AS ss1, SUM(s1 * n1) AS sn1, SUM(n1 * n1) AS nn1,
        SUM(s2 * s2) AS ss2, SUM(s2 * n2) AS sn2, SUM(n2 * n2) AS nn2,
        SUM(s1 * s2) AS s1s2, SUM(s1 * n2) AS s1n2, SUM(n1 * s2) AS n1s2, SUM(n1 * n2) AS n1n2
    FROM measured
    GROUP BY measure, dimension, cell
)
SELECT
    r.measure AS measure,
    r.dimension AS dimension,
    NULLIF(r.cell, '') AS value,
    r.week AS week,
    r.weeks_ago AS weeks_ago,
    r.s AS s,
    r.n AS n,
    CASE WHEN r.weeks_ago = 0 THEN p.k END AS k,
    CASE WHEN r.weeks_ago = 0 THEN p.k1 END AS k1,
    CASE WHEN r.weeks_ago = 0 THEN p.s2 END AS s2,
    CASE WHEN r.weeks_ago = 0 THEN p.n2 END AS n2,
    CASE WHEN r.weeks_ago = 0 THEN p.ss1 END AS ss1,
    CASE WHEN r.weeks_ago = 0 THEN p.sn1 END AS sn1,
    CASE WHEN r.weeks_ago = 0 THEN p.nn1 END AS nn1,
    CASE WHEN r.weeks_ago = 0 THEN p.ss2 END AS ss2,
    CASE WHEN r.weeks_ago = 0 THEN p.sn2 END AS sn2,
    CASE WHEN r.weeks_ago = 0 THEN p.nn2 END AS nn2,
    CASE WHEN r.weeks_ago = 0 THEN p.s1s2 END AS s1s2,
    CASE WHEN r.weeks_ago = 0 THEN p.s1n2 END AS s1n2,
    CASE WHEN r.weeks_ago = 0 THEN p.n1s2 END AS n1s2,
    CASE WHEN r.weeks_ago = 0 THEN p.n1n2 END AS n1n2
FROM rates AS r
LEFT JOIN sums AS p ON r.measure = p.measure AND r.dimension = p.dimension AND r.cell = p.cell
ORDER BY r.measure, r.dimension, r.cell = '', r.cell, r.week
