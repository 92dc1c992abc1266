-- title: Success by version, adapter and command
-- question: How often does each command succeed with each version of dbt on each adapter?
-- section: reliability
-- chart: table
-- unit: share of runs with a known outcome
-- grain: one minor version of dbt, adapter and command that were run together; null: unknown
-- key: dbt_minor, adapter, command
-- regardless: invocations.environment, invocations.os
-- caveat: A rate is successes / (successes + failures): known_runs. Unknown, incomplete and invalid runs are not in it. projects are those with a run in it.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: success_rate counts every run once, project_success_rate every project once. A few huge projects dominate the first.
-- caveat: Compare two cells only where their basis shares are alike. Before 1.11.3 failures of commands without nodes, test among them, cannot be seen.
-- caveat: Among many cells some are far off by chance alone: an extreme one is a question, not a finding.
-- caveat: known_share is the share of all runs of which version, adapter and command are known; it is the same in every row. A run that never reached its project has no known adapter, so failures are more often in the rows of unknown adapter.
-- column: runs [count]: Invocations, invalid ones included
-- column: projects [count]: Distinct projects with a success or a failure

WITH
clusters AS (
    SELECT
        dbt_minor,
        adapter,
        command,
        MAX(version_major) AS version_major,
        MAX(version_minor) AS version_minor,
        MAX(project_key) AS project_key,
        SUM(runs) AS runs,
        SUM(unknowns) AS unknowns,
        SUM(incompletes) AS incompletes,
        SUM(invalids) AS invalids,
        SUM(by_report) AS by_report,
        SUM(by_nodes) AS by_nodes,
        SUM(by_events) AS by_events,
        CAST(SUM(successes) AS DOUBLE) AS s,
        CAST(SUM(known_runs) AS DOUBLE) AS n
    FROM project_runs
    GROUP BY dbt_minor, adapter, command, cluster_key
),
total AS (
    SELECT
        CAST(SUM(runs) AS BIGINT) AS all_runs,
        CAST(COALESCE(SUM(
            CASE WHEN dbt_minor IS NOT NULL AND adapter IS NOT NULL AND command IS NOT NULL THEN runs END
        ), 0) AS BIGINT) AS all_known
    FROM project_runs
),
cells AS (
    SELECT
        dbt_minor,
        adapter,
        command,
        MAX(version_major) AS version_major,
        MAX(version_minor) AS version_minor,
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(SUM(unknowns) AS BIGINT) AS unknowns,
        CAST(SUM(incompletes) AS BIGINT) AS incompletes,
        CAST(SUM(invalids) AS BIGINT) AS invalids,
        CAST(SUM(by_report) AS DOUBLE) AS by_report,
        CAST(SUM(by_nodes) AS DOUBLE) AS by_nodes,
        CAST(SUM(by_events) AS DOUBLE) AS by_events,
        COUNT(*) FILTER (WHERE n > 0 AND project_key IS NOT NULL) AS projects,
        EXACT_SUM(CASE WHEN n > 0 AND project_key IS NOT NULL THEN s / n END) AS project_rates,
        COUNT(*) FILTER (WHERE n > 0) AS k,
        SUM(s) AS s,
        SUM(n) AS n,
        SUM(s * s) AS ss,
        SUM(s * n) AS sn,
        SUM(n * n) AS nn
    FROM clusters
    GROUP BY dbt_minor, adapter, command
)
SELECT
    c.dbt_minor AS dbt_minor,
    c.adapter AS adapter,
    c.command AS command,
    c.runs AS runs,
    CAST(c.runs AS DOUBLE) / t.all_runs AS share_of_runs,
    c.projects AS projects,
    CAST(c.n AS BIGINT) AS known_runs,
    RATE(c.s, c.n) AS success_rate,
    RATE_LOW(c.s, c.n, c.ss, c.sn, c.nn, c.k) AS success_rate_low,
    RATE_HIGH(c.s, c.n, c.ss, c.sn, c.nn, c.k) AS success_rate_high,
    c.project_rates / NULLIF(c.projects, 0) AS project_success_rate,
    c.unknowns AS unknowns,
    c.incompletes AS incompletes,
    c.invalids AS invalids,
    c.by_report / NULLIF(c.n, 0) AS share_basis_reported,
    c.by_nodes / NULLIF(c.n, 0) AS share_basis_nodes,
    c.by_events / NULLIF(c.n, 0) AS share_basis_events,
    CAST(t.all_known AS DOUBLE) / t.all_runs AS known_share
FROM cells AS c
CROSS JOIN total AS t
ORDER BY
    c.version_major NULLS LAST, c.version_minor NULLS LAST, c.dbt_minor NULLS LAST,
    c.adapter NULLS LAST, c.command NULLS LAST
