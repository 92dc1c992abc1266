-- title: Hours in which nothing was received
-- question: Are dumps missing?
-- grain: one day, where the configuration says how often dumps should come
-- column: day: The day
-- column: subject: Null: of a day there is one number
-- column: value: Hours without an event that are not known to be missing
-- column: part [count]: The same
-- column: whole [count]: Hours of the day

SELECT
    d.day AS day,
    CAST(NULL AS VARCHAR) AS subject,
    CAST(d.missing_hours - d.known_missing_hours AS DOUBLE) AS value,
    CAST(d.missing_hours - d.known_missing_hours AS DOUBLE) AS part,
    24.0 AS whole
FROM asked AS a
JOIN days AS d ON a.day = d.day
WHERE d.missing_hours IS NOT NULL
ORDER BY d.day
