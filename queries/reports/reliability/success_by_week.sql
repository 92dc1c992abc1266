-- title: Success by week
-- question: Does dbt succeed more or less often than it did, week by week?
-- section: reliability
-- chart: line of success_rate, project_success_rate by week
-- unit: share of runs with a known outcome
-- grain: one week (its Monday) with a run
-- key: week
-- looks_back: 7: change_in_success_rate, change_in_project_success_rate, basis_differs
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late, those of the end among them.
-- caveat: A rate is successes / (successes + failures): known_runs. Unknown, incomplete and invalid runs are not in it. projects are those with a run in it.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: success_rate counts every run once, project_success_rate every project once. A few huge projects dominate the first.
-- caveat: The changes are against the week before, in shares (0.01: one point). They are null while the week is not final, and where the week before has no such rate.
-- caveat: The same projects run in both weeks, so a change is known better than the two intervals suggest.
-- caveat: basis_differs marks a week whose basis shares differ by more than 10 points from those of the week before: the two rates do not measure the same thing. Versions move from one basis to another slowly: look at the shares over months, too.
-- caveat: The first and the last week may be cut by the window of days: compare neither. Of hours in which no event was received nothing is in a row.
-- column: runs [count]: Invocations of the week, invalid ones included
-- column: projects [count]: Distinct projects with a success or a failure

WITH
runs AS (
    SELECT
        week,
        COALESCE(project_key, invocation_id) AS cluster_key,
        project_key, outcome, outcome_basis,
        CASE WHEN outcome IN ('success', 'failure') THEN 1 ELSE 0 END AS is_known
    FROM invocations
),
clusters AS (
    SELECT
        week,
        MAX(project_key) AS project_key,
        COUNT(*) AS runs,
        COUNT(*) FILTER (WHERE outcome = 'unknown') AS unknowns,
        COUNT(*) FILTER (WHERE outcome = 'incomplete') AS incompletes,
        COUNT(*) FILTER (WHERE outcome = 'invalid') AS invalids,
        COUNT(*) FILTER (WHERE is_known = 1 AND outcome_basis = 'reported') AS by_report,
        COUNT(*) FILTER (WHERE is_known = 1 AND outcome_basis = 'nodes') AS by_nodes,
        COUNT(*) FILTER (WHERE is_known = 1 AND outcome_basis = 'events') AS by_events,
        CAST(COUNT(*) FILTER (WHERE outcome = 'success') AS DOUBLE) AS s,
        CAST(SUM(is_known) AS DOUBLE) AS n
    FROM runs
    GROUP BY week, cluster_key
),
weeks AS (
    SELECT
        week,
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
        SUM(s) AS s, SUM(n) AS n, SUM(s * s) AS ss, SUM(s * n) AS sn, SUM(n * n) AS nn
    FROM clusters
    GROUP BY week
),
rates AS (
    SELECT
        *,
        RATE(s, n) AS success_rate,
        project_rates / NULLIF(projects, 0) AS project_success_rate,
        by_report / NULLIF(n, 0) AS reported, by_nodes / NULLIF(n, 0) AS nodes, by_events / NULLIF(n, 0) AS events
    FROM weeks
),
maturity AS (
    SELECT MAX(final_until) AS final_until
    FROM days
),
final_weeks AS (
    SELECT w.week AS week, WEEK_IS_FINAL(w.week, m.final_until) AS is_final
    FROM weeks AS w
    CROSS JOIN maturity AS m
),
-- A week is compared as soon as it is final: then the week before is, too.
week_later AS (
    SELECT
        CAST(week + INTERVAL '7 days' AS DATE) AS week, success_rate, project_success_rate, reported, nodes, events
    FROM rates
)
SELECT
    r.week AS week,
    f.is_final AS is_final,
    r.runs AS runs,
    r.projects AS projects,
    CAST(r.n AS BIGINT) AS known_runs,
    r.success_rate AS success_rate,
    RATE_LOW(r.s, r.n, r.ss, r.sn, r.nn, r.k) AS success_rate_low,
    RATE_HIGH(r.s, r.n, r.ss, r.sn, r.nn, r.k) AS success_rate_high,
    r.project_success_rate AS project_success_rate,
    CASE WHEN f.is_final THEN r.success_rate - b.success_rate END AS change_in_success_rate,
    CASE WHEN f.is_final THEN r.project_success_rate - b.project_success_rate END AS change_in_project_success_rate,
    r.unknowns AS unknowns,
    r.incompletes AS incompletes,
    r.invalids AS invalids,
    r.reported AS share_basis_reported,
    r.nodes AS share_basis_nodes,
    r.events AS share_basis_events,
    -- 10 points, and a billionth for the rounding of a difference of two shares.
    CASE
        WHEN f.is_final
            THEN GREATEST(ABS(r.reported - b.reported), ABS(r.nodes - b.nodes), ABS(r.events - b.events))
                > CAST(100000001 AS DOUBLE) / 1000000000
    END AS basis_differs
FROM rates AS r
INNER JOIN final_weeks AS f ON r.week = f.week
LEFT JOIN week_later AS b ON r.week = b.week
ORDER BY r.week
