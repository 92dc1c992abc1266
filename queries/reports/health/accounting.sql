-- title: Accounting of what was read
-- question: What became of every record that was read?
-- section: health
-- chart: table
-- unit: records
-- grain: one format of dumps (null: not recognized), and the total as the last row, (all)
-- headline: 5
-- caveat: A record is one event, or one frame that cannot be read: records = events + rejects + foreign_records + filtered_records.
-- caveat: foreign_records are another application's, filtered_records are kinds of event of which nothing may be kept; neither is an error.
-- caveat: forgotten_records are, of the filtered ones, those of users and projects that were forgotten on request. No other figure includes them.
-- caveat: Duplicates are copies of one event beyond the first, on all days that are built and kept. Copies may come in two formats, so only the total has their number.
-- column: format: Format of the dumps; (all): the total
-- column: files [count]: Dumps
-- column: bytes [bytes]: Size of the dumps as they are, compressed
-- column: records [count]: Events, and frames that cannot be read
-- column: events [count]: Events that were read, copies included
-- column: foreign_records [count]: Records of other applications
-- column: filtered_records [count]: Records of kinds of which nothing may be kept, and of who was forgotten
-- column: forgotten_records [count]: Those of filtered_records of users and projects that were forgotten on request

WITH
formats AS (
    SELECT
        format,
        COUNT(*) AS files,
        CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes,
        CAST(COALESCE(SUM(records), 0) AS BIGINT) AS records,
        CAST(COALESCE(SUM(events), 0) AS BIGINT) AS events,
        CAST(COALESCE(SUM(rejects), 0) AS BIGINT) AS rejects,
        CAST(COALESCE(SUM(foreign_records), 0) AS BIGINT) AS foreign_records,
        CAST(COALESCE(SUM(filtered_records), 0) AS BIGINT) AS filtered_records,
        CAST(COALESCE(SUM(forgotten_records), 0) AS BIGINT) AS forgotten_records
    FROM sources
    GROUP BY format
),
-- Counted by day when marts are built: nothing is remembered of every event there ever was.
copies AS (
    SELECT
        CAST(SUM(d.events) AS BIGINT) AS of_events,
        CAST(SUM(d.events - COALESCE(e.events, 0)) AS BIGINT) AS duplicates
    FROM days AS d
    LEFT JOIN event_days AS e ON d.day = e.day
),
total AS (
    SELECT
        CAST(COALESCE(SUM(files), 0) AS BIGINT) AS files,
        CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes,
        CAST(COALESCE(SUM(records), 0) AS BIGINT) AS records,
        CAST(COALESCE(SUM(events), 0) AS BIGINT) AS events,
        CAST(COALESCE(SUM(rejects), 0) AS BIGINT) AS rejects,
        CAST(COALESCE(SUM(foreign_records), 0) AS BIGINT) AS foreign_records,
        CAST(COALESCE(SUM(filtered_records), 0) AS BIGINT) AS filtered_records,
        CAST(COALESCE(SUM(forgotten_records), 0) AS BIGINT) AS forgotten_records
    FROM formats
),
lines AS (
    SELECT
        0 AS is_total, format, files, bytes, records, events, rejects, foreign_records, filtered_records,
        forgotten_records, CAST(NULL AS BIGINT) AS of_events, CAST(NULL AS BIGINT) AS duplicates
    FROM formats
    UNION ALL
    SELECT
        1 AS is_total, '(all)' AS format, t.files, t.bytes, t.records, t.events, t.rejects, t.foreign_records,
        t.filtered_records, t.forgotten_records, c.of_events, c.duplicates
    FROM total AS t
    CROSS JOIN copies AS c
)
SELECT
    format,
    files,
    bytes,
    records,
    events,
    rejects,
    foreign_records,
    filtered_records,
    forgotten_records,
    CAST(rejects AS DOUBLE) / NULLIF(events + rejects + foreign_records + filtered_records, 0) AS share_rejected,
    duplicates,
    CAST(duplicates AS DOUBLE) / NULLIF(of_events, 0) AS share_duplicates
FROM lines
ORDER BY is_total, format NULLS LAST
