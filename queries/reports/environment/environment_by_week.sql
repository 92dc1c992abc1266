-- title: Environments by week
-- question: In which environments do projects run dbt, week by week?
-- section: environment
-- chart: line of share_of_projects by week for each environment
-- unit: share of the week's active projects
-- grain: one week (its Monday) and class of environment; null: unknown
-- key: week, environment
-- regardless: invocations.outcome
-- looks_back: 7: change_in_share
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late.
-- caveat: change_in_share is that of share_of_projects against the week before, 0 where the class was in no project. It is null while the week is not final, and where the week before has no known project.
-- caveat: The class is of DBT_INVOCATION_ENV, which whoever runs dbt sets or leaves. manual is what is left when nobody set it. A scheduler that begins to say so moves from one class to another without any change of use.
-- caveat: Active: with an invocation other than invalid. Invalid ones are in no column.
-- caveat: A project that ran in two classes in a week counts in both, so that shares may add up to more than 1.
-- caveat: Runs without a known project are in runs, and in no count of projects. known_share is the share of the week's runs of which the class is known, the same in each of its rows.
-- caveat: Opting out is easier to do everywhere at once in CI and on a scheduler: who does is missing from these classes.
-- caveat: The first and the last week may be cut by the window of days: compare neither.
-- column: share_of_projects [share]: Share of the week's active projects
-- column: runs [count]: Invocations of the week, invalid ones left out
-- column: share_of_runs [share]: Share of the week's runs
-- column: known_share [share]: Share of the week's runs whose class is known; the same in each of its rows

WITH
active AS (
    SELECT week, environment, project_key
    FROM invocations
    WHERE outcome <> 'invalid'
),
cells AS (
    SELECT week, environment, COUNT(DISTINCT project_key) AS projects, COUNT(*) AS runs
    FROM active
    GROUP BY week, environment
),
weeks AS (
    SELECT
        week,
        COUNT(DISTINCT project_key) AS all_projects,
        COUNT(environment) AS known_runs,
        COUNT(*) AS all_runs
    FROM active
    GROUP BY week
),
maturity AS (
    SELECT MAX(final_until) AS final_until
    FROM days
),
-- Read once only: of a cross join that is read twice Polars makes rows that are not there.
final_weeks AS (
    SELECT w.week AS week, WEEK_IS_FINAL(w.week, m.final_until) AS is_final
    FROM weeks AS w
    CROSS JOIN maturity AS m
),
shares AS (
    SELECT
        c.week AS week,
        c.environment AS environment,
        -- Joins do not match nulls: the unknown class is the empty text here.
        COALESCE(c.environment, '') AS environment_or_empty,
        c.projects AS projects,
        CAST(c.projects AS DOUBLE) / NULLIF(w.all_projects, 0) AS share_of_projects,
        c.runs AS runs,
        CAST(c.runs AS DOUBLE) / w.all_runs AS share_of_runs,
        CAST(w.known_runs AS DOUBLE) / w.all_runs AS known_share
    FROM cells AS c
    INNER JOIN weeks AS w ON c.week = w.week
),
-- A week is compared as soon as it is final: then the week before is, too.
week_later AS (
    SELECT CAST(week + INTERVAL '7 days' AS DATE) AS week, environment_or_empty, share_of_projects
    FROM shares
),
weeks_later AS (
    SELECT CAST(week + INTERVAL '7 days' AS DATE) AS week, all_projects
    FROM weeks
)
SELECT
    s.week AS week,
    f.is_final AS is_final,
    s.environment AS environment,
    s.projects AS projects,
    s.share_of_projects AS share_of_projects,
    CASE
        WHEN f.is_final AND w.all_projects > 0 THEN s.share_of_projects - COALESCE(b.share_of_projects, 0)
    END AS change_in_share,
    s.runs AS runs,
    s.share_of_runs AS share_of_runs,
    s.known_share AS known_share
FROM shares AS s
INNER JOIN final_weeks AS f ON s.week = f.week
LEFT JOIN week_later AS b ON s.week = b.week AND s.environment_or_empty = b.environment_or_empty
LEFT JOIN weeks_later AS w ON s.week = w.week
ORDER BY s.week, s.environment NULLS LAST
