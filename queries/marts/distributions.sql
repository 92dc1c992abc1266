-- title: Distributions by day
-- question: How were durations and sizes distributed on each day, by what?
-- grain: one bucket of one measure on one day, for one value of one dimension
-- key: day, measure, dimension, value, bucket
-- column: day: UTC day of the invocations
--   from: invocations.day
-- column: week: Monday of that day's week
--   from: invocations.week
-- column: measure: duration (of runs, seconds), load (time to load a project, seconds), node (execution time of nodes, seconds) or nodes (node runs of runs with at least one)
--   from: invocations, node_runs
-- column: dimension: all, adapter, command, environment, materialization, models (of the project, power of two) or version (minor)
--   from: invocations, node_runs
-- column: value: Value of the dimension; of models the bucket's least number; null: unknown, and of dimension all
--   from: invocations.adapter, invocations.command, invocations.environment, node_runs.adapter, node_runs.materialization, invocations.models, invocations.dbt_minor
-- column: bucket: Bucket: a value is above 1.04^(bucket - 1) and at most 1.04^bucket; -352: at most a millionth
--   from: invocations.duration_seconds, invocations.load_seconds, node_runs.execution_seconds, invocations.nodes
-- column: observations [count]: Runs, or nodes, whose value is in the bucket
--   from: invocations, node_runs

WITH
-- Counted by all dimensions before it is taken apart by each.
runs AS (
    SELECT
        day,
        week,
        command,
        adapter,
        environment,
        dbt_minor,
        CASE WHEN models >= 1 THEN POWER_OF_TWO(models) END
            AS models_from,
        CASE WHEN duration_seconds IS NOT NULL THEN BUCKET_OF(duration_seconds) END AS duration,
        CASE WHEN load_seconds BETWEEN 0 AND 604800 THEN BUCKET_OF(load_seconds) END AS load,
        CASE WHEN nodes > 0 THEN BUCKET_OF(nodes) END AS nodes
    FROM invocations
),
durations AS (
    SELECT day, week, command, adapter, environment, dbt_minor, duration AS bucket, COUNT(*) AS observations
    FROM runs
    WHERE duration IS NOT NULL
    GROUP BY day, week, command, adapter, environment, dbt_minor, duration
),
loads AS (
    SELECT day, week, dbt_minor, models_from, load AS bucket, COUNT(*) AS observations
    FROM runs
    WHERE load IS NOT NULL
    GROUP BY day, week, dbt_minor, models_from, load
),
sizes AS (
    SELECT day, week, command, adapter, nodes AS bucket, COUNT(*) AS observations
    FROM runs
    WHERE nodes IS NOT NULL
    GROUP BY day, week, command, adapter, nodes
),
node_buckets AS (
    SELECT day, week, adapter, materialization, BUCKET_OF(execution_seconds) AS bucket
    FROM node_runs
    -- Comparisons across dbt 1 and 2 exclude tests (definitions, Nodes).
    WHERE execution_seconds BETWEEN 0 AND 604800
        AND (resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test'))
),
node_times AS (
    SELECT day, week, adapter, materialization, bucket, COUNT(*) AS observations
    FROM node_buckets
    GROUP BY day, week, adapter, materialization, bucket
),
taken_apart AS (
    SELECT day, week, 'duration' AS measure, 'all' AS dimension, CAST(NULL AS VARCHAR) AS value, bucket, observations
    FROM durations
    UNION ALL
    SELECT day, week, 'duration' AS measure, 'command' AS dimension, command AS value, bucket, observations
    FROM durations
    UNION ALL
    SELECT day, week, 'duration' AS measure, 'adapter' AS dimension, adapter AS value, bucket, observations
    FROM durations
    UNION ALL
    SELECT day, week, 'duration' AS measure, 'environment' AS dimension, environment AS value, bucket, observations
    FROM durations
    UNION ALL
    SELECT day, week, 'duration' AS measure, 'version' AS dimension, dbt_minor AS value, bucket, observations
    FROM durations
    UNION ALL
    SELECT day, week, 'load' AS measure, 'all' AS dimension, CAST(NULL AS VARCHAR) AS value, bucket, observations
    FROM loads
    UNION ALL
    SELECT day, week, 'load' AS measure, 'version' AS dimension, dbt_minor AS value, bucket, observations
    FROM loads
    UNION ALL
    SELECT
        day, week, 'load' AS measure, 'models' AS dimension, CAST(models_from AS VARCHAR) AS value, bucket,
        observations
    FROM loads
    UNION ALL
    SELECT day, week, 'nodes' AS measure, 'all' AS dimension, CAST(NULL AS VARCHAR) AS value, bucket, observations
    FROM sizes
    UNION ALL
    SELECT day, week, 'nodes' AS measure, 'command' AS dimension, command AS value, bucket, observations
    FROM sizes
    UNION ALL
    SELECT day, week, 'nodes' AS measure, 'adapter' AS dimension, adapter AS value, bucket, observations
    FROM sizes
    UNION ALL
    SELECT day, week, 'node' AS measure, 'all' AS dimension, CAST(NULL AS VARCHAR) AS value, bucket, observations
    FROM node_times
    UNION ALL
    SELECT day, week, 'node' AS measure, 'adapter' AS dimension, adapter AS value, bucket, observations
    FROM node_times
    UNION ALL
    SELECT day, week, 'node' AS measure, 'materialization' AS dimension, materialization AS value, bucket, observations
    FROM node_times
)
SELECT
    day,
    MAX(week) AS week,
    measure,
    dimension,
    value,
    bucket,
    CAST(SUM(observations) AS BIGINT) AS observations
FROM taken_apart
GROUP BY day, measure, dimension, value, bucket
ORDER BY day, measure, dimension, value NULLS LAST, bucket
