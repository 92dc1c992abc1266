-- title: Time to first success
-- question: How soon does a new project have its first run that succeeds?
-- section: activity
-- chart: dot of share_first_day, share_within_7_days, share_within_28_days, share_never by is_template_project
-- unit: share of new projects
-- grain: projects that are a public template (is_template_project) and those that are none; null: unknown
-- key: is_template_project
-- caveat: new_projects: their first invocation other than invalid in the window of days was after its first 28 days. What was before the window is unknown: some of them were only away.
-- caveat: projects are those of new_projects that were observed for 28 final days, the first one included; censored_projects are observed for less, and are in no share.
-- caveat: A day is the first day's number 1: within 7 days is on days 1 to 7, within 28 on days 1 to 28. Each share includes the ones before it. Times are UTC days: what is a minute after midnight is on the next.
-- caveat: later: first success after day 28. never: none on a final day of the window. share_within_28_days, share_later and share_never add up to 1.
-- caveat: A success is an invocation with outcome success. Before dbt 1.11.3 that of test, source freshness and others is unknown, so never_unknown_projects of the never ones have no run at all of known outcome.
-- caveat: A share has an interval (95 %), Wilson's with the project as the unit. Success on days of which nothing came cannot be seen.
-- caveat: A template's name is the same everywhere: all projects of a template without a known account are one.
-- column: new_projects [count]: Projects whose first invocation other than invalid came after the first 28 days of the window
-- column: censored_projects [count]: Those of new_projects that were observed for fewer than 28 final days, and are in no share
-- column: projects [count]: Those of new_projects that were observed for 28 final days, the denominator of all shares
-- column: share_first_day [share]: Share of projects with a success on their first day
-- column: share_later [share]: Share of projects whose first success came after day 28
-- column: share_never [share]: Share of projects without a success on a final day of the window
-- column: never_unknown_projects [count]: Projects without a success that have no run of known outcome at all

WITH
-- The day from which on a project counts as new, and the newest final day.
bounds AS (
    SELECT
        CAST(MIN(day) + INTERVAL '28 days' AS DATE) AS new_from,
        MAX(CASE WHEN is_final THEN day END) AS final_day
    FROM days
),
active AS (
    SELECT
        p.project_key AS project_key,
        p.is_template_project AS is_template_project,
        p.day AS day,
        CASE WHEN p.day <= b.final_day AND p.successes > 0 THEN p.day END AS success_day,
        CASE WHEN p.day <= b.final_day THEN p.successes + p.failures END AS known_runs,
        b.new_from AS new_from,
        b.final_day AS final_day
    FROM project_days AS p
    CROSS JOIN bounds AS b
    WHERE p.runs > p.invalids
),
projects AS (
    SELECT
        project_key,
        MAX(is_template_project) AS is_template_project,
        MIN(day) AS first_day,
        MIN(success_day) AS success_day,
        SUM(known_runs) AS known_runs,
        MAX(new_from) AS new_from,
        MAX(final_day) AS final_day
    FROM active
    GROUP BY project_key
),
fates AS (
    SELECT
        is_template_project,
        COALESCE(CAST(first_day + INTERVAL '27 days' AS DATE) <= final_day, FALSE) AS is_observed,
        success_day = first_day AS is_first_day,
        success_day < CAST(first_day + INTERVAL '7 days' AS DATE) AS is_within_7,
        success_day < CAST(first_day + INTERVAL '28 days' AS DATE) AS is_within_28,
        success_day IS NULL AS is_never,
        known_runs = 0 AS is_unknown
    FROM projects
    WHERE first_day >= new_from
),
cells AS (
    SELECT
        is_template_project,
        COUNT(*) AS new_projects,
        COUNT(*) FILTER (WHERE is_observed) AS n,
        COUNT(*) FILTER (WHERE is_observed AND is_first_day) AS s1,
        COUNT(*) FILTER (WHERE is_observed AND is_within_7) AS s7,
        COUNT(*) FILTER (WHERE is_observed AND is_within_28) AS s28,
        COUNT(*) FILTER (WHERE is_observed AND is_never) AS never,
        COUNT(*) FILTER (WHERE is_observed AND is_never AND is_unknown) AS never_unknown
    FROM fates
    GROUP BY is_template_project
)
SELECT
    is_template_project,
    new_projects,
    new_projects - n AS censored_projects,
    n AS projects,
    -- A project is a cluster of one, so that all sums of its squares are those of itself.
    RATE(s1, n) AS share_first_day,
    RATE_LOW(s1, n, s1, s1, n, n) AS share_first_day_low,
    RATE_HIGH(s1, n, s1, s1, n, n) AS share_first_day_high,
    RATE(s7, n) AS share_within_7_days,
    RATE_LOW(s7, n, s7, s7, n, n) AS share_within_7_days_low,
    RATE_HIGH(s7, n, s7, s7, n, n) AS share_within_7_days_high,
    RATE(s28, n) AS share_within_28_days,
    RATE_LOW(s28, n, s28, s28, n, n) AS share_within_28_days_low,
    RATE_HIGH(s28, n, s28, s28, n, n) AS share_within_28_days_high,
    RATE(n - s28 - never, n) AS share_later,
    RATE(never, n) AS share_never,
    RATE_LOW(never, n, never, never, n, n) AS share_never_low,
    RATE_HIGH(never, n, never, never, n, n) AS share_never_high,
    never_unknown AS never_unknown_projects
FROM cells
ORDER BY is_template_project IS NULL, is_template_project
