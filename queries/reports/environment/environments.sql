-- title: Environments
-- question: Where is dbt run (by hand, in CI, in dbt Cloud, by an orchestrator), and how often does it succeed there?
-- section: environment
-- chart: bar of share_of_runs by environment
-- unit: share of runs
-- grain: one class of environment: manual, ci, cloud, orchestrator or other; null: unknown
-- key: environment
-- regardless: invocations.adapter, invocations.command, invocations.dbt_minor, invocations.os
-- caveat: The class is of DBT_INVOCATION_ENV, which whoever runs dbt sets or leaves. manual is what is left when nobody set it: a scheduler that does not say so is in it, too. other is a value that is not in the table of known ones.
-- caveat: Only who sends events is here. Opting out is easier to do everywhere at once in CI and on a scheduler than on people's machines, so the shares are not those of all use of dbt.
-- caveat: share_of_runs is of all runs, invalid ones included; known_share is the share of all runs of which the class is known, the same in every row.
-- caveat: active_projects have a run other than invalid. A project of two classes counts in both, so that share_of_projects (of all active ones) adds up to more than 1.
-- caveat: A rate is successes / (successes + failures): known_runs, of projects projects. Unknown, incomplete and invalid runs are not in it.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: success_rate counts every run once, project_success_rate every project once. A few huge projects dominate the first. A person tries things that fail, a scheduler runs what worked: a lower rate by hand is no fault.
-- caveat: Compare two rates only where their basis shares are alike.
-- column: runs [count]: Invocations, invalid ones included
-- column: projects [count]: Distinct projects with a success or a failure

WITH
clusters AS (
    SELECT
        environment,
        cluster_key,
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
    GROUP BY environment, cluster_key
),
total AS (
    SELECT
        CAST(SUM(runs) AS BIGINT) AS all_runs,
        CAST(COALESCE(SUM(CASE WHEN environment IS NOT NULL THEN runs END), 0) AS BIGINT) AS all_known,
        COUNT(DISTINCT CASE WHEN runs > invalids THEN project_key END) AS all_projects
    FROM clusters
),
cells AS (
    SELECT
        environment,
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(SUM(unknowns) AS BIGINT) AS unknowns,
        CAST(SUM(incompletes) AS BIGINT) AS incompletes,
        CAST(SUM(invalids) AS BIGINT) AS invalids,
        CAST(SUM(by_report) AS DOUBLE) AS by_report,
        CAST(SUM(by_nodes) AS DOUBLE) AS by_nodes,
        CAST(SUM(by_events) AS DOUBLE) AS by_events,
        COUNT(*) FILTER (WHERE runs > invalids AND project_key IS NOT NULL) AS active_projects,
        COUNT(*) FILTER (WHERE n > 0 AND project_key IS NOT NULL) AS projects,
        EXACT_SUM(CASE WHEN n > 0 AND project_key IS NOT NULL THEN s / n END) AS project_rates,
        COUNT(*) FILTER (WHERE n > 0) AS k,
        SUM(s) AS s, SUM(n) AS n, SUM(s * s) AS ss, SUM(s * n) AS sn, SUM(n * n) AS nn
    FROM clusters
    GROUP BY environment
)
SELECT
    c.environment AS environment,
    c.runs AS runs,
    CAST(c.runs AS DOUBLE) / t.all_runs AS share_of_runs,
    c.active_projects AS active_projects,
    CAST(c.active_projects AS DOUBLE) / NULLIF(t.all_projects, 0) AS share_of_projects,
    CAST(c.n AS BIGINT) AS known_runs,
    c.projects AS projects,
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
ORDER BY c.environment IS NULL, c.runs DESC, c.environment
