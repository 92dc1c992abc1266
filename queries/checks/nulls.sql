-- title: Share of runs of which something is not known
-- question: Does dbt still say what it said?
-- grain: one day that is over and has a run
-- column: day: The day
-- column: subject: The column of invocations that is asked for
-- column: value: Runs in which it is null, as a share of all
-- column: part [count]: Runs in which it is null
-- column: whole [count]: Runs

WITH
known AS (
    SELECT
        day,
        COUNT(*) AS runs,
        COUNT(project_key) AS project_key,
        COUNT(user_id) AS user_id,
        COUNT(dbt_minor) AS dbt_minor,
        COUNT(command) AS command,
        COUNT(adapter) AS adapter,
        COUNT(environment) AS environment,
        COUNT(os) AS os,
        COUNT(arch) AS arch,
        COUNT(python_minor) AS python_minor,
        COUNT(country) AS country,
        COUNT(duration_seconds) AS duration_seconds
    FROM invocations
    GROUP BY day
),
asked_for AS (
    SELECT
        k.day AS day,
        a.column_name AS subject,
        CAST(k.runs AS DOUBLE) AS runs,
        CAST(
            CASE a.column_name
                WHEN 'project_key' THEN k.project_key
                WHEN 'user_id' THEN k.user_id
                WHEN 'dbt_minor' THEN k.dbt_minor
                WHEN 'command' THEN k.command
                WHEN 'adapter' THEN k.adapter
                WHEN 'environment' THEN k.environment
                WHEN 'os' THEN k.os
                WHEN 'arch' THEN k.arch
                WHEN 'python_minor' THEN k.python_minor
                WHEN 'country' THEN k.country
                WHEN 'duration_seconds' THEN k.duration_seconds
            END AS DOUBLE
        ) AS known
    FROM asked AS a
    JOIN known AS k ON a.day = k.day
    WHERE a.is_over
)
SELECT
    day,
    subject,
    (runs - known) / runs AS value,
    runs - known AS part,
    runs AS whole
FROM asked_for
ORDER BY day
