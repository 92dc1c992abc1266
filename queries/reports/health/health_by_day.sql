-- title: Health of the data by day
-- question: Did usage change, or did the data change?
-- section: health
-- chart: line of events, duplicates, rejects by day
-- unit: events
-- grain: one day with an event, or without a dump where there should be some (dumps.every)
-- key: day
-- regardless: invocations.outcome
-- caveat: A day that is not final can still change: events may arrive late.
-- caveat: missing_hours are those of the day in which no event was received. Of a day of which nothing came at all nothing is known, not that there was nothing.
-- caveat: duplicates are surplus copies of the day's events. latency is the time from happening to being received.
-- caveat: rejects are those of the dumps whose first event was received on the day: a record that cannot be read has no day of its own.
-- caveat: share_without_start and share_without_end are of the day's runs: that event was lost, or never sent.
-- caveat: share_known_… are of the day's runs: the dimension is known; dbt 2 says neither os nor python.
-- column: latency_p50_seconds [seconds]: 50 % of the events were received at most so long after they happened
-- column: latency_p90_seconds [seconds]: 90 % of the events were received at most so long after they happened
-- column: latency_p99_seconds [seconds]: 99 % of the events were received at most so long after they happened
-- column: rejects [count]: Records refused in the dumps whose first event was received on the day
-- column: share_rejected [share]: Share of the records of these dumps that were refused
-- column: unrecognized [count]: Kinds of event, fields and products that are not known, first seen on the day
-- column: runs [count]: Invocations, invalid ones included; null on a day of which nothing came

WITH
runs AS (
    SELECT
        day,
        COUNT(*) AS runs,
        COUNT(*) FILTER (WHERE started_at IS NULL AND outcome <> 'invalid') AS without_start,
        COUNT(*) FILTER (WHERE outcome = 'incomplete') AS without_end,
        COUNT(project_key) AS with_project,
        COUNT(adapter) AS with_adapter,
        COUNT(command) AS with_command,
        COUNT(environment) AS with_environment,
        COUNT(os) AS with_os,
        COUNT(python_minor) AS with_python,
        COUNT(country) AS with_country
    FROM invocations
    GROUP BY day
),
received AS (
    SELECT CAST(first_received_hour AS DATE) AS day, records, rejects
    FROM sources
    WHERE first_received_hour IS NOT NULL
),
refused AS (
    SELECT day, CAST(SUM(records) AS BIGINT) AS records, CAST(SUM(rejects) AS BIGINT) AS rejects
    FROM received
    GROUP BY day
),
first_seen AS (
    SELECT CAST(first_seen AS DATE) AS day, kind, schema_key, field
    FROM unrecognized
),
news AS (
    SELECT day, COUNT(*) AS unrecognized
    FROM (SELECT DISTINCT day, kind, schema_key, field FROM first_seen) AS f
    GROUP BY day
),
-- What is not there is nothing on a day of which events came, and unknown on another.
calendar AS (
    SELECT day, is_final, missing_hours, events, CASE WHEN events IS NOT NULL THEN 0 END AS absent
    FROM days
)
SELECT
    d.day AS day,
    d.is_final AS is_final,
    d.missing_hours AS missing_hours,
    COALESCE(e.events, d.absent) AS events,
    d.events - COALESCE(e.events, 0) AS duplicates,
    CAST(d.events - COALESCE(e.events, 0) AS DOUBLE) / NULLIF(d.events, 0) AS share_duplicates,
    e.latency_p50_seconds AS latency_p50_seconds,
    e.latency_p90_seconds AS latency_p90_seconds,
    e.latency_p99_seconds AS latency_p99_seconds,
    COALESCE(x.rejects, d.absent) AS rejects,
    CAST(x.rejects AS DOUBLE) / NULLIF(x.records, 0) AS share_rejected,
    COALESCE(n.unrecognized, d.absent) AS unrecognized,
    COALESCE(r.runs, d.absent) AS runs,
    CAST(r.without_start AS DOUBLE) / r.runs AS share_without_start,
    CAST(r.without_end AS DOUBLE) / r.runs AS share_without_end,
    CAST(r.with_project AS DOUBLE) / r.runs AS share_known_project,
    CAST(r.with_adapter AS DOUBLE) / r.runs AS share_known_adapter,
    CAST(r.with_command AS DOUBLE) / r.runs AS share_known_command,
    CAST(r.with_environment AS DOUBLE) / r.runs AS share_known_environment,
    CAST(r.with_os AS DOUBLE) / r.runs AS share_known_os,
    CAST(r.with_python AS DOUBLE) / r.runs AS share_known_python,
    CAST(r.with_country AS DOUBLE) / r.runs AS share_known_country
FROM calendar AS d
LEFT JOIN event_days AS e ON d.day = e.day
LEFT JOIN runs AS r ON d.day = r.day
LEFT JOIN refused AS x ON d.day = x.day
LEFT JOIN news AS n ON d.day = n.day
ORDER BY d.day
