-- title: Share of events that are surplus copies
-- question: Was something delivered twice?
-- grain: one day with an event
-- column: day: The day on which the events happened
-- column: subject: Null: of a day there is one share
-- column: value: Surplus copies, as a share of all events, copies included
-- column: part [count]: Surplus copies
-- column: whole [count]: Events, copies included

SELECT
    d.day AS day,
    CAST(NULL AS VARCHAR) AS subject,
    CAST(d.events - COALESCE(e.events, 0) AS DOUBLE) / d.events AS value,
    CAST(d.events - COALESCE(e.events, 0) AS DOUBLE) AS part,
    CAST(d.events AS DOUBLE) AS whole
FROM asked AS a
JOIN days AS d ON a.day = d.day
LEFT JOIN event_days AS e ON a.day = e.day
WHERE d.events > 0
ORDER BY d.day
