-- title: Version adoption by week
-- question: Which versions of dbt do projects use, week by week?
-- section: adoption
-- chart: line of share_of_projects by week for each dbt_minor
-- unit: share of the week's active projects
-- grain: one week (its Monday) and minor version of dbt; null: unknown
-- key: week, dbt_minor
-- regardless: invocations.outcome
-- looks_back: 7: change_in_share
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late.
-- caveat: change_in_share is that of share_of_projects against the week before, 0 where the version was in no project. It is null while the week is not final, and where the week before has no known project.
-- caveat: Active: with an invocation other than invalid. Invalid ones are in no column.
-- caveat: A project that used two versions in a week counts in both, so that shares may add up to more than 1.
-- caveat: Runs without a known project are in runs, and in no count of projects.
-- caveat: The first and the last week may be cut by the window of days: compare neither.
-- column: share_of_projects [share]: Share of the week's active projects
-- column: runs [count]: Invocations of the week, invalid ones left out
-- column: share_of_runs [share]: Share of the week's runs

WITH
active AS (
    SELECT week, dbt_minor, version_major, version_minor, project_key
    FROM invocations
    WHERE outcome <> 'invalid'
),
cells AS (
    SELECT
        week,
        dbt_minor,
        version_major,
        version_minor,
        COUNT(DISTINCT project_key) AS projects,
        COUNT(*) AS runs
    FROM active
    GROUP BY week, dbt_minor, version_major, version_minor
),
weeks AS (
    SELECT week, COUNT(DISTINCT project_key) AS all_projects, COUNT(*) AS all_runs
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
        c.dbt_minor AS dbt_minor,
        -- Joins do not match nulls: the unknown version is the empty text here. No version is.
        COALESCE(c.dbt_minor, '') AS minor_or_empty,
        c.version_major AS version_major,
        c.version_minor AS version_minor,
        c.projects AS projects,
        CAST(c.projects AS DOUBLE) / NULLIF(w.all_projects, 0) AS share_of_projects,
        c.runs AS runs,
        CAST(c.runs AS DOUBLE) / w.all_runs AS share_of_runs
    FROM cells AS c
    INNER JOIN weeks AS w ON c.week = w.week
),
-- A week is compared as soon as it is final: then the week before is, too.
week_later AS (
    SELECT CAST(week + INTERVAL '7 days' AS DATE) AS week, minor_or_empty, share_of_projects
    FROM shares
),
weeks_later AS (
    SELECT CAST(week + INTERVAL '7 days' AS DATE) AS week, all_projects
    FROM weeks
)
SELECT
    s.week AS week,
    f.is_final AS is_final,
    s.dbt_minor AS dbt_minor,
    s.projects AS projects,
    s.share_of_projects AS share_of_projects,
    CASE
        WHEN f.is_final AND w.all_projects > 0 THEN s.share_of_projects - COALESCE(b.share_of_projects, 0)
    END AS change_in_share,
    s.runs AS runs,
    s.share_of_runs AS share_of_runs
FROM shares AS s
INNER JOIN final_weeks AS f ON s.week = f.week
LEFT JOIN week_later AS b ON s.week = b.week AND s.minor_or_empty = b.minor_or_empty
LEFT JOIN weeks_later AS w ON s.week = w.week
ORDER BY s.week, s.version_major NULLS LAST, s.version_minor NULLS LAST, s.dbt_minor NULLS LAST
