-- title: Countries
-- question: In which countries does dbt run?
-- section: activity
-- chart: bar of runs by country
-- unit: runs
-- grain: one country (ISO 3166, two letters); null: unknown
-- key: country
-- regardless: invocations.outcome
-- caveat: Invalid runs are in no column. Runs without a known project are in runs, and in no count of projects.
-- caveat: The country is where the collector saw the request come from: of a run in dbt Cloud, in CI or on a server that of the data centre, of a person behind a proxy that of the proxy. It is not where people are.
-- caveat: A country is known only of events of dbt 1 that Snowplow's enrichment has looked up. Events of dbt 2 have none here, so shares are of those who have not moved to it.
-- caveat: share_of_known is the share of the runs whose country is known; these are share_known of all, the same in every row.
-- caveat: A project that runs in several countries counts in each, so that projects add up to more than there are. share_of_projects is of all active projects.
-- column: runs [count]: Invocations, invalid ones left out
-- column: share_of_known [share]: Share of the runs whose country is known; null in the unknown row
-- column: share_known [share]: Share of all runs whose country is known; the same in every row

WITH
runs AS (
    SELECT country, project_key
    FROM invocations
    WHERE outcome <> 'invalid'
),
cells AS (
    SELECT country, COUNT(*) AS runs, COUNT(DISTINCT project_key) AS projects
    FROM runs
    GROUP BY country
),
totals AS (
    SELECT COUNT(*) AS runs, COUNT(country) AS known_runs, COUNT(DISTINCT project_key) AS projects
    FROM runs
)
SELECT
    c.country AS country,
    c.runs AS runs,
    CASE WHEN c.country IS NOT NULL THEN CAST(c.runs AS DOUBLE) / t.known_runs END AS share_of_known,
    c.projects AS projects,
    CAST(c.projects AS DOUBLE) / NULLIF(t.projects, 0) AS share_of_projects,
    CAST(t.known_runs AS DOUBLE) / t.runs AS share_known
FROM cells AS c
CROSS JOIN totals AS t
ORDER BY c.country IS NULL, c.runs DESC, c.country
