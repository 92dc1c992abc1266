-- title: Success by command
-- question: How often does each command succeed?
-- section: reliability
-- chart: dot of success_rate by command
-- unit: share of runs with a known outcome
-- grain: one command; null: unknown
-- key: command
-- headline: 2
-- regardless: invocations.adapter, invocations.dbt_minor, invocations.environment, invocations.os
-- caveat: A rate is successes / (successes + failures): known_runs. Unknown, incomplete and invalid runs are not in it.
-- caveat: The interval (95 %) treats the project as the unit: Wilson's, for as many independent runs as the projects differ like; with fewer than 10 projects, for as many as there are projects.
-- caveat: success_rate counts every run once, project_success_rate every project once. A few huge projects dominate the first.
-- caveat: Incomplete is not a crash rate: dbt 1 sends at exit, dbt 2 every half second, and the two are never compared.
-- caveat: Compare two rates only where their basis shares are alike.

SELECT
    value AS command,
    runs,
    share_of_runs,
    projects,
    known_runs,
    success_rate,
    success_rate_low,
    success_rate_high,
    project_success_rate,
    unknowns,
    incompletes,
    invalids,
    share_basis_reported,
    share_basis_nodes,
    share_basis_events
FROM success_rates
WHERE dimension = 'command'
ORDER BY value IS NULL, runs DESC, value
