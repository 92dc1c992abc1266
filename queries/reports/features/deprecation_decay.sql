-- title: Decay of deprecations
-- question: How fast do projects stop using what dbt warns them of?
-- section: features
-- chart: line of share_still_warned by weeks_after for each name
-- unit: share of the projects at risk
-- grain: one deprecation or flag of a behaviour (null: its name is not a known one, and all of them are one) and week since it was first seen
-- key: kind, name, weeks_after
-- caveat: cohort_projects were warned in the first 4 weeks, from first_week on, in which anybody was. They are followed from the week after these on: weeks_after 4 is the fifth week.
-- caveat: projects are those at risk: of the cohort those that are active in the week, with an invocation of dbt 1 other than invalid. warned_projects are those of them that were warned in it.
-- caveat: share_still_warned is warned_projects / projects. share_of_cohort_warned also falls where projects stop running dbt or move to dbt 2, which does not warn: projects_gone_to_dbt_2 are active on dbt 2 alone.
-- caveat: The curve is cut by the end of the window: it has only weeks whose Sunday is final, so that a deprecation that was first seen late has a short one, or none.
-- caveat: What was first seen in the window may be older: where first_week is the window's first one, the cohort holds projects that have been warned for years and did nothing. Such curves are flatter.
-- caveat: A week without a warning is no fix: a project may have run only commands that do not come across it, or a version that does not warn. The share may rise again.
-- caveat: The sharp part of a fall, in the weeks before weeks_after 4, is not here: a project that was warned in one week of the 4 and then never again is in the cohort all the same.
-- caveat: The interval (95 %) is Wilson's, every project counting once. The weeks of one curve are the same projects. Runs without a known project only tell when it was first seen.
-- column: kind: deprecation or behavior_change
-- column: first_week: Monday of the first week in which anybody was warned
-- column: cohort_projects [count]: Distinct projects that were warned in the 4 weeks from first_week on
-- column: projects [count]: Those of the cohort at risk: with an invocation of dbt 1 other than invalid in the week
-- column: warned_projects [count]: Those of projects that were warned in the week
-- column: share_still_warned [share]: warned_projects / projects
-- column: projects_gone_to_dbt_2 [count]: Those of the cohort that are active on dbt 2 alone in the week
-- column: share_of_cohort_warned [share]: warned_projects / cohort_projects

WITH
warnings AS (
    SELECT
        kind,
        -- Joins do not match nulls: the unknown name is the empty text here. No name is.
        COALESCE(name, '') AS name_or_empty,
        project_key,
        week
    FROM warning_days
    WHERE kind IN ('deprecation', 'behavior_change')
),
firsts AS (
    SELECT
        kind,
        name_or_empty,
        MIN(week) AS first_week,
        CAST(MIN(week) + INTERVAL '21 days' AS DATE) AS last_week_of_cohort
    FROM warnings
    GROUP BY kind, name_or_empty
),
warned AS (
    SELECT kind, name_or_empty, project_key, week, 1 AS is_warned
    FROM warnings
    WHERE project_key IS NOT NULL
    GROUP BY kind, name_or_empty, project_key, week
),
cohort AS (
    SELECT w.kind AS kind, w.name_or_empty AS name_or_empty, w.project_key AS project_key
    FROM warned AS w
    INNER JOIN firsts AS f ON w.kind = f.kind AND w.name_or_empty = f.name_or_empty
    WHERE w.week <= f.last_week_of_cohort
    GROUP BY w.kind, w.name_or_empty, w.project_key
),
sizes AS (
    SELECT kind, name_or_empty, COUNT(*) AS cohort_projects
    FROM cohort
    GROUP BY kind, name_or_empty
),
-- Those of dbt 1 can be warned.
active AS (
    SELECT
        project_key,
        week,
        MAX(CASE WHEN engine = 'core-1' THEN 1 ELSE 0 END) AS on_dbt_1,
        MAX(CASE WHEN engine IN ('core-2', 'fusion') THEN 1 ELSE 0 END) AS on_dbt_2
    FROM feature_days
    WHERE project_key IS NOT NULL
    GROUP BY project_key, week
),
counts AS (
    SELECT
        c.kind AS kind,
        c.name_or_empty AS name_or_empty,
        a.week AS week,
        COUNT(*) FILTER (WHERE a.on_dbt_1 = 1) AS projects,
        COUNT(*) FILTER (WHERE a.on_dbt_1 = 1 AND w.is_warned = 1) AS warned_projects,
        COUNT(*) FILTER (WHERE a.on_dbt_1 = 0 AND a.on_dbt_2 = 1) AS projects_gone_to_dbt_2
    FROM cohort AS c
    INNER JOIN active AS a ON c.project_key = a.project_key
    LEFT JOIN warned AS w
        ON c.kind = w.kind AND c.name_or_empty = w.name_or_empty AND c.project_key = w.project_key
        AND a.week = w.week
    GROUP BY c.kind, c.name_or_empty, a.week
),
weeks AS (
    SELECT week
    FROM feature_days
    GROUP BY week
),
maturity AS (
    SELECT MAX(final_until) AS final_until
    FROM days
),
-- Every week that is over, also one in which nobody of the cohort was active.
curves AS (
    SELECT
        s.kind AS kind,
        s.name_or_empty AS name_or_empty,
        f.first_week AS first_week,
        w.week AS week,
        s.cohort_projects AS cohort_projects
    FROM sizes AS s
    INNER JOIN firsts AS f ON s.kind = f.kind AND s.name_or_empty = f.name_or_empty
    CROSS JOIN weeks AS w
    CROSS JOIN maturity AS m
    WHERE w.week > f.last_week_of_cohort AND CAST(w.week + INTERVAL '6 days' AS DATE) <= m.final_until
),
cells AS (
    SELECT
        r.kind AS kind,
        r.name_or_empty AS name_or_empty,
        CAST(ROUND((
            EXTRACT(EPOCH FROM CAST(r.week AS TIMESTAMP)) - EXTRACT(EPOCH FROM CAST(r.first_week AS TIMESTAMP))
        ) / 604800) AS BIGINT) AS weeks_after,
        r.first_week AS first_week,
        r.cohort_projects AS cohort_projects,
        COALESCE(c.projects, 0) AS k,
        COALESCE(c.warned_projects, 0) AS s,
        COALESCE(c.projects_gone_to_dbt_2, 0) AS projects_gone_to_dbt_2
    FROM curves AS r
    LEFT JOIN counts AS c ON r.kind = c.kind AND r.name_or_empty = c.name_or_empty AND r.week = c.week
)
-- Every project is one unit: it was warned in the week or not.
SELECT
    kind AS kind,
    NULLIF(name_or_empty, '') AS name,
    weeks_after AS weeks_after,
    first_week AS first_week,
    cohort_projects AS cohort_projects,
    k AS projects,
    s AS warned_projects,
    RATE(s, k) AS share_still_warned,
    RATE_LOW(s, k, s, s, k, k) AS share_still_warned_low,
    RATE_HIGH(s, k, s, s, k, k) AS share_still_warned_high,
    INTERVAL_METHOD(k) AS interval_method,
    projects_gone_to_dbt_2 AS projects_gone_to_dbt_2,
    CAST(s AS DOUBLE) / cohort_projects AS share_of_cohort_warned
FROM cells
ORDER BY kind, name_or_empty = '', name_or_empty, weeks_after
