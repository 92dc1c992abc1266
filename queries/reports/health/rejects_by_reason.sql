-- title: Rejects by reason
-- question: Which records were refused, and why?
-- section: health
-- chart: bar of rejects by reason for each stage
-- unit: records
-- grain: one stage, reason, form, schema key and failure family of rejected records; null: not known at that stage
-- key: stage, reason, source_form, schema_key, failure_family
-- caveat: Bytes of a reject stay in its dump: `usage-report rejects` reads them from there.
-- caveat: A failure family is the part of a Snowplow pipeline that had failed an event; what could be recovered of those is no reject.
-- caveat: Shares are of all rejects, not of all records.
-- column: share_of_rejects [share]: Share of all rejects

WITH
reasons AS (
    SELECT
        stage,
        reason,
        source_form,
        schema_key,
        failure_family,
        COUNT(*) AS rejects,
        COUNT(DISTINCT source) AS dumps
    FROM rejects
    GROUP BY stage, reason, source_form, schema_key, failure_family
),
totals AS (
    SELECT SUM(rejects) AS all_rejects
    FROM reasons
)
SELECT
    r.stage AS stage,
    r.reason AS reason,
    r.source_form AS source_form,
    r.schema_key AS schema_key,
    r.failure_family AS failure_family,
    r.rejects AS rejects,
    CAST(r.rejects AS DOUBLE) / t.all_rejects AS share_of_rejects,
    r.dumps AS dumps
FROM reasons AS r
CROSS JOIN totals AS t
ORDER BY
    r.rejects DESC, r.stage NULLS LAST, r.reason NULLS LAST, r.source_form NULLS LAST, r.schema_key NULLS LAST,
    r.failure_family NULLS LAST
