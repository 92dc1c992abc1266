-- title: Template projects
-- question: How much of the usage is of public templates, and how many users go on from one to a project of their own?
-- section: activity
-- chart: table
-- unit: runs
-- grain: projects that are a public template (is_template_project) and those that are none; null: the project is unknown
-- key: is_template_project
-- regardless: invocations.outcome
-- unpublished: the runs of unknown projects, of which it is one row, are the rest of every total
-- caveat: Invalid runs are in no column. A project is a template if it has the name of one (jaffle_shop, my_new_project, …): who keeps that name for a project of their own counts as a template.
-- caveat: A template's name is the same everywhere: all projects of a template without a known account are one. share_of_projects is of the known ones.
-- caveat: new_users: those whose first run of a known project was of a template, and whose first run at all came after the first 28 days of the window of days. What was before the window is unknown.
-- caveat: observed_users are those of new_users that were observed for 28 final days, the first one included; the others may still convert, and are in no rate. All four are told of templates only.
-- caveat: converted_users ran a project that is no template on one of these 28 days, after their first run of the template. conversion_rate is converted_users / observed_users.
-- caveat: The interval (95 %) of conversion_rate is Wilson's with the user as the unit; with 10 or more users its quantile is Student's.
-- caveat: A user is the id that dbt keeps on a machine. One who goes on from a laptop to a server, or to dbt Cloud, does not convert here; a CI fleet may have a new user with every run. So the rate is too low rather than too high.
-- column: runs [count]: Invocations, invalid ones left out
-- column: share_of_projects [share]: Share of the known projects; null in the unknown row
-- column: users [count]: Distinct known users
-- column: new_users [count]: Users whose first run of a known project was of a template, after the first 28 days of the window
-- column: observed_users [count]: Those of new_users that were observed for 28 final days
-- column: converted_users [count]: Those of observed_users that ran a project that is no template within these 28 days, after the template
-- column: conversion_rate [share]: converted_users / observed_users

WITH
runs AS (
    SELECT day, first_event_at, project_key, user_id, is_template_project
    FROM invocations
    WHERE outcome <> 'invalid'
),
cells AS (
    SELECT
        is_template_project,
        COUNT(*) AS runs,
        COUNT(DISTINCT project_key) AS projects,
        COUNT(DISTINCT user_id) AS users
    FROM runs
    GROUP BY is_template_project
),
totals AS (
    SELECT
        COUNT(*) AS runs,
        COUNT(DISTINCT CASE WHEN is_template_project IS NOT NULL THEN project_key END) AS projects
    FROM runs
),
-- The day from which on a user counts as new, and the newest final day.
bounds AS (
    SELECT
        CAST(MIN(day) + INTERVAL '28 days' AS DATE) AS new_from,
        MAX(CASE WHEN is_final THEN day END) AS final_day
    FROM days
),
template_users AS (
    SELECT user_id, MIN(day) AS template_day, MIN(first_event_at) AS template_at
    FROM runs
    WHERE is_template_project AND user_id IS NOT NULL
    GROUP BY user_id
),
users AS (
    SELECT
        r.user_id AS user_id,
        MIN(r.day) AS first_day,
        MAX(t.template_day) AS template_day,
        MAX(t.template_at) AS template_at,
        MIN(CASE WHEN NOT r.is_template_project THEN r.day END) AS other_day,
        MIN(CASE WHEN NOT r.is_template_project THEN r.first_event_at END) AS other_at
    FROM runs AS r
    INNER JOIN template_users AS t ON r.user_id = t.user_id
    GROUP BY r.user_id
),
conversions AS (
    SELECT
        COALESCE(CAST(u.template_day + INTERVAL '27 days' AS DATE) <= b.final_day, FALSE) AS is_observed,
        u.other_day < CAST(u.template_day + INTERVAL '28 days' AS DATE) AS is_converted
    FROM users AS u
    CROSS JOIN bounds AS b
    WHERE u.first_day >= b.new_from
        AND (u.other_at IS NULL OR u.template_at < u.other_at)
),
converted AS (
    SELECT
        -- The row that it is told in.
        TRUE AS is_template_project,
        COUNT(*) AS new_users,
        COUNT(*) FILTER (WHERE is_observed) AS n,
        COUNT(*) FILTER (WHERE is_observed AND is_converted) AS s
    FROM conversions
)
SELECT
    c.is_template_project AS is_template_project,
    c.runs AS runs,
    CAST(c.runs AS DOUBLE) / t.runs AS share_of_runs,
    c.projects AS projects,
    CASE
        WHEN c.is_template_project IS NOT NULL THEN CAST(c.projects AS DOUBLE) / NULLIF(t.projects, 0)
    END AS share_of_projects,
    c.users AS users,
    v.new_users AS new_users,
    v.n AS observed_users,
    v.s AS converted_users,
    RATE(v.s, v.n) AS conversion_rate,
    -- A user is a cluster of one, so that all sums of its squares are those of itself.
    RATE_LOW(v.s, v.n, v.s, v.s, v.n, v.n) AS conversion_rate_low,
    RATE_HIGH(v.s, v.n, v.s, v.s, v.n, v.n) AS conversion_rate_high
FROM cells AS c
CROSS JOIN totals AS t
LEFT JOIN converted AS v ON c.is_template_project = v.is_template_project
ORDER BY c.is_template_project IS NULL, c.is_template_project
