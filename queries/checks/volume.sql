-- title: Volume of a day against the same weekday before
-- question: Are there about as many events as there usually are?
-- grain: one day that is over, with at least three of the same weekday before it
-- column: day: The day
-- column: subject: Null: of a day there is one volume
-- column: value: Events of the day, as a share of the usual ones
-- column: part [count]: Events of the day, each once
-- column: whole [count]: The usual ones: the median of the same weekday, over the weeks before that are looked back upon

WITH
past AS (
    SELECT
        events,
        CAST(FLOOR(EXTRACT(EPOCH FROM CAST(day AS TIMESTAMP)) / 86400) AS BIGINT) AS number
    FROM event_days
),
looked_at AS (
    SELECT
        day,
        weeks,
        CAST(FLOOR(EXTRACT(EPOCH FROM CAST(day AS TIMESTAMP)) / 86400) AS BIGINT) AS number
    FROM asked
    WHERE is_over
),
weekdays AS (
    SELECT a.day AS day, CAST(p.events AS DOUBLE) AS events
    FROM looked_at AS a
    CROSS JOIN past AS p
    WHERE p.number < a.number AND p.number >= a.number - 7 * a.weeks AND (a.number - p.number) % 7 = 0
),
usual AS (
    SELECT day, QUANTILE_CONT(events, 0.5) AS events, COUNT(*) AS days
    FROM weekdays
    GROUP BY day
)
SELECT
    u.day AS day,
    CAST(NULL AS VARCHAR) AS subject,
    CAST(COALESCE(e.events, 0) AS DOUBLE) / u.events AS value,
    CAST(COALESCE(e.events, 0) AS DOUBLE) AS part,
    u.events AS whole
FROM usual AS u
-- A day of which nothing came is the one that matters most.
LEFT JOIN event_days AS e ON u.day = e.day
WHERE u.days >= 3
ORDER BY u.day
