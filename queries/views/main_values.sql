-- title: Main values
-- question: With which version, adapter, environment, operating system, Python and engine does each project mostly run dbt, and how often does it succeed?
-- grain: one project and dimension
-- key: dimension, project_key
-- column: dimension: version, adapter, environment, os, python or engine
-- column: project_key: The unit "a project"
-- column: value: The known value of the dimension with the most runs of the project, of several the first by the alphabet; null: none is known
-- column: known_runs [count]: Invocations of the project with outcome success or failure, whatever their value
-- column: success_rate [share]: Share of successes in these

WITH
-- Invalid invocations make no project active (definitions, Statistics).
runs AS (
    SELECT project_key, dbt_minor, adapter, environment, os, python_minor, engine, outcome
    FROM invocations
    WHERE outcome <> 'invalid' AND project_key IS NOT NULL
),
projects AS (
    SELECT
        project_key,
        COUNT(*) FILTER (WHERE outcome = 'success') AS successes,
        COUNT(*) FILTER (WHERE outcome IN ('success', 'failure')) AS known_runs
    FROM runs
    GROUP BY project_key
),
unpivoted AS (
    SELECT 'version' AS dimension, project_key, dbt_minor AS value FROM runs
    UNION ALL
    SELECT 'adapter' AS dimension, project_key, adapter AS value FROM runs
    UNION ALL
    SELECT 'environment' AS dimension, project_key, environment AS value FROM runs
    UNION ALL
    SELECT 'os' AS dimension, project_key, os AS value FROM runs
    UNION ALL
    SELECT 'python' AS dimension, project_key, python_minor AS value FROM runs
    UNION ALL
    SELECT 'engine' AS dimension, project_key, engine AS value FROM runs
),
counted AS (
    SELECT dimension, project_key, value, COUNT(*) AS runs
    FROM unpivoted
    GROUP BY dimension, project_key, value
),
-- One number to sort by: a window cannot go up and down at once. A known value goes first, then the one with most runs.
placed AS (
    SELECT
        dimension, project_key, value,
        ROW_NUMBER() OVER (
            PARTITION BY dimension, project_key
            ORDER BY CASE WHEN value IS NULL THEN 1 ELSE 0 - CAST(runs AS BIGINT) END, COALESCE(value, '')
        ) AS place
    FROM counted
)
SELECT
    m.dimension AS dimension,
    m.project_key AS project_key,
    m.value AS value,
    p.known_runs AS known_runs,
    RATE(p.successes, p.known_runs) AS success_rate
FROM placed AS m
INNER JOIN projects AS p ON m.project_key = p.project_key
WHERE m.place = 1
ORDER BY m.dimension, m.project_key
