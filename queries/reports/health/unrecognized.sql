-- title: What is not recognized
-- question: Which events, fields and products does dbt send that this version does not know?
-- section: health
-- chart: table
-- unit: events
-- grain: one schema (a kind of event, or a model of one), one field of a known schema, or one other product
-- headline: 6
-- caveat: A new release of dbt shows up here. Events of an unknown schema are refused (`rejects_by_reason`) and can be won back once it is known; unknown fields are not kept; other products' events are foreign.
-- caveat: Events are counted as they were sent, copies included. The sample is the first event of its dump: digest, byte, number in its record.
-- column: sample_source: Dump of the sample, the first such event: the digest of its content
-- column: sample_offset [bytes]: Where the sample's record starts in the decompressed dump
-- column: sample_item: Which event of its record the sample is, from 0

WITH
sightings AS (
    SELECT
        kind,
        schema_key,
        field,
        COALESCE(field, '') AS field_or_none,
        CASE WHEN first_seen IS NULL THEN 1 ELSE 0 END AS is_undated,
        first_seen,
        source,
        source_offset,
        source_item
    FROM unrecognized
),
places AS (
    SELECT
        kind,
        schema_key,
        field,
        field_or_none,
        source,
        source_offset,
        source_item,
        ROW_NUMBER() OVER (
            PARTITION BY kind, schema_key, field_or_none
            ORDER BY is_undated, first_seen, source, source_offset, source_item
        ) AS place
    FROM sightings
),
counts AS (
    SELECT
        kind,
        schema_key,
        COALESCE(field, '') AS field_or_none,
        CAST(SUM(events) AS BIGINT) AS events,
        COUNT(*) AS dumps,
        MIN(first_seen) AS first_seen,
        MAX(last_seen) AS last_seen
    FROM unrecognized
    GROUP BY kind, schema_key, COALESCE(field, '')
)
SELECT
    c.kind AS kind,
    c.schema_key AS schema_key,
    p.field AS field,
    c.events AS events,
    c.dumps AS dumps,
    c.first_seen AS first_seen,
    c.last_seen AS last_seen,
    p.source AS sample_source,
    p.source_offset AS sample_offset,
    p.source_item AS sample_item
FROM counts AS c
INNER JOIN places AS p
    ON p.kind = c.kind AND p.schema_key = c.schema_key AND p.field_or_none = c.field_or_none
WHERE p.place = 1
ORDER BY c.kind, c.events DESC, c.schema_key, c.field_or_none
