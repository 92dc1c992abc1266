-- title: Platforms
-- question: On which platforms does dbt run?
-- grain: one value of one dimension; its unknown cell has value null
-- key: dimension, value
-- column: dimension: os, arch or python
-- column: value: Value of the dimension; null: unknown
-- column: runs [count]: Invocations, invalid ones included
-- column: projects [count]: Distinct active projects: those with an invocation other than invalid
-- column: share_of_known [share]: Share of the invocations whose value is known; null in the unknown cell
-- column: known_share [share]: Share of all invocations whose value is known; the same for every cell of a dimension

WITH
-- Counted before it is taken apart.
platforms AS (
    SELECT os, arch, python_minor, project_key, outcome <> 'invalid' AS is_valid, COUNT(*) AS runs
    FROM invocations
    GROUP BY os, arch, python_minor, project_key, outcome <> 'invalid'
),
unpivoted AS (
    SELECT 'os' AS dimension, os AS value, project_key, is_valid, runs FROM platforms
    UNION ALL SELECT 'arch' AS dimension, arch AS value, project_key, is_valid, runs FROM platforms
    UNION ALL SELECT 'python' AS dimension, python_minor AS value, project_key, is_valid, runs FROM platforms
),
cells AS (
    SELECT
        dimension,
        value,
        SUM(runs) AS runs,
        COUNT(DISTINCT CASE WHEN is_valid THEN project_key END) AS projects
    FROM unpivoted
    GROUP BY dimension, value
),
totals AS (
    SELECT
        dimension,
        CAST(SUM(runs) AS BIGINT) AS all_runs,
        CAST(COALESCE(SUM(CASE WHEN value IS NOT NULL THEN runs END), 0) AS BIGINT) AS known_runs
    FROM cells
    GROUP BY dimension
)
SELECT
    c.dimension AS dimension,
    c.value AS value,
    c.runs AS runs,
    c.projects AS projects,
    CASE WHEN c.value IS NOT NULL THEN CAST(c.runs AS DOUBLE) / t.known_runs END AS share_of_known,
    CAST(t.known_runs AS DOUBLE) / t.all_runs AS known_share
FROM cells AS c
INNER JOIN totals AS t ON c.dimension = t.dimension
ORDER BY c.dimension, c.value NULLS LAST
