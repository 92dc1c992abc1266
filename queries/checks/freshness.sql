-- title: Age of the newest event
-- question: Does anything still come?
-- grain: one row
-- column: day: The day on which the newest event was received
-- column: subject: Null: there is one age
-- column: value: Hours since the end of the hour in which it was received
-- column: part: Null: it is no share
-- column: whole: Null: it is no share

WITH
instants AS (
    SELECT
        MAX(newest_hour) AS newest,
        (EXTRACT(EPOCH FROM MAX(now)) - EXTRACT(EPOCH FROM MAX(newest_hour))) / 3600.0 - 1 AS hours
    FROM asked
)
SELECT
    CAST(newest AS DATE) AS day,
    CAST(NULL AS VARCHAR) AS subject,
    CASE WHEN hours > 0 THEN hours ELSE 0.0 END AS value,
    CAST(NULL AS DOUBLE) AS part,
    CAST(NULL AS DOUBLE) AS whole
FROM instants
WHERE newest IS NOT NULL
ORDER BY newest
