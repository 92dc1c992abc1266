-- title: Rates by week
-- question: What did each project do in each whole, final week, as parts of a whole?
-- grain: one project in one week, one measure and one value of one dimension
-- key: measure, dimension, value, week, cluster_key
-- column: measure: success (runs that succeed, of those of known outcome), slow (runs that take longer than half of the runs of the weeks before the newest, of those of known duration) or slowest (the same, longer than 95 %)
-- column: dimension: all, adapter, command, environment, nodes, os or version
-- column: value: Value of the dimension (of nodes: the least number of its bucket, 0, 1, 2, 4, …); null: unknown, and of dimension all
-- column: week: Monday of the week; all of its days are final, and in the window
-- column: weeks_ago: 0 for the newest such week, 1 for the one before
-- column: cluster_key: The project, or the run where its project is unknown
-- column: s: Runs of the measure (count)
-- column: n: Those that it is a part of (count)

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
unpivoted AS (
    SELECT
        'all' AS dimension, CAST(NULL AS VARCHAR) AS value,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'adapter' AS dimension, adapter AS value,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'command' AS dimension, command AS value,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'environment' AS dimension, environment AS value,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'nodes' AS dimension, nodes_from AS value,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'os' AS dimension, os AS value,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
    UNION ALL
    SELECT
        'version' AS dimension, dbt_minor AS value,
        week, weeks_ago, cluster_key, success, duration_seconds
    FROM runs
),
-- Joins do not match nulls: the unknown value is the empty text here. No value is.
thresholds AS (
    SELECT
        dimension,
        COALESCE(value, '') AS cell,
        QUANTILE_CONT(CASE WHEN weeks_ago > 0 THEN duration_seconds END, 0.5) AS p50,
        QUANTILE_CONT(CASE WHEN weeks_ago > 0 THEN duration_seconds END, 0.95) AS p95
    FROM unpivoted
    GROUP BY dimension, COALESCE(value, '')
),
counted AS (
    SELECT
        u.dimension AS dimension,
        u.value AS value,
        u.week AS week,
        u.weeks_ago AS weeks_ago,
        u.cluster_key AS cluster_key,
        COUNT(*) FILTER (WHERE u.success = 1) AS successes,
        COUNT(u.success) AS known_runs,
        COUNT(*) FILTER (WHERE u.duration_seconds > t.p50) AS slow,
        COUNT(*) FILTER (WHERE u.duration_seconds > t.p95) AS slowest,
        COUNT(u.duration_seconds) AS timed_runs
    FROM unpivoted AS u
    INNER JOIN thresholds AS t ON u.dimension = t.dimension AND COALESCE(u.value, '') = t.cell
    GROUP BY u.dimension, u.value, u.week, u.weeks_ago, u.cluster_key
),
rates AS (
    SELECT 'success' AS measure, dimension, value, week, weeks_ago, cluster_key, successes AS s, known_runs AS n
    FROM counted
    WHERE known_runs > 0
    UNION ALL
    SELECT 'slow' AS measure, dimension, value, week, weeks_ago, cluster_key, slow AS s, timed_runs AS n
    FROM counted
    WHERE timed_runs > 0
    UNION ALL
    SELECT 'slowest' AS measure, dimension, value, week, weeks_ago, cluster_key, slowest AS s, timed_runs AS n
    FROM counted
    WHERE timed_runs > 0
)
SELECT measure, dimension, value, week, weeks_ago, cluster_key, s, n
FROM rates
ORDER BY measure, dimension, value NULLS LAST, week, cluster_key
