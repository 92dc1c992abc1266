-- title: Share of records that were refused
-- question: Can what dbt sends be read?
-- grain: one day on which the first event of a dump was received; one row without a day for all dumps of which no event could be read
-- column: day: The day on which the first event of a dump was received; null for the dumps without any
-- column: subject: Null: of a day there is one share
-- column: value: Refused records, as a share of all
-- column: part [count]: Refused records
-- column: whole [count]: Records of these dumps

WITH
dumps AS (
    SELECT CAST(first_received_hour AS DATE) AS day, records, rejects
    FROM sources
    -- Of other dumps without an event nothing was refused: they are another application's.
    WHERE first_received_hour IS NOT NULL OR rejects > 0
),
by_day AS (
    SELECT day, CAST(SUM(records) AS DOUBLE) AS records, CAST(SUM(rejects) AS DOUBLE) AS rejects
    FROM dumps
    GROUP BY day
)
SELECT
    d.day AS day,
    CAST(NULL AS VARCHAR) AS subject,
    d.rejects / d.records AS value,
    d.rejects AS part,
    d.records AS whole
FROM by_day AS d
LEFT JOIN asked AS a ON d.day = a.day
WHERE a.day IS NOT NULL OR d.day IS NULL
ORDER BY d.day NULLS LAST
