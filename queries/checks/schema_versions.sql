-- title: Events of schemas that are not known
-- question: Has dbt begun to send something new?
-- grain: one schema that is not known, and the day of a dump's last event of it
-- column: day: The day of the last event of the schema in a dump; null where none has a time
-- column: subject: dbt's name for the schema, with its model where that is not 1
-- column: value: Events of it, copies included
-- column: part [count]: The same
-- column: whole: Null: it is no share

WITH
seen AS (
    SELECT CAST(last_seen AS DATE) AS day, schema_key, events
    FROM unrecognized
    WHERE kind = 'schema'
),
schemas AS (
    SELECT day, schema_key, CAST(SUM(events) AS DOUBLE) AS events
    FROM seen
    GROUP BY day, schema_key
)
SELECT
    s.day AS day,
    s.schema_key AS subject,
    s.events AS value,
    s.events AS part,
    CAST(NULL AS DOUBLE) AS whole
FROM schemas AS s
LEFT JOIN asked AS a ON s.day = a.day
WHERE a.day IS NOT NULL OR s.day IS NULL
ORDER BY s.day NULLS LAST, s.schema_key NULLS LAST
