-- title: Project flow by week
-- question: How many projects come, stay, come back and go, week by week?
-- section: activity
-- chart: line of new_projects, retained_projects, resurrected_projects, churned_projects by week
-- unit: projects
-- grain: one week (its Monday) with an event, or without a dump where there should be some (dumps.every)
-- key: week
-- regardless: project_days.invalids
-- looks_back: 7: retained_projects, churned_projects
-- looks_back: all: new_projects, resurrected_projects
-- rests_on: new_projects, retained_projects, resurrected_projects: new_projects
-- rests_on: new_projects, retained_projects, resurrected_projects: retained_projects
-- rests_on: new_projects, retained_projects, resurrected_projects: resurrected_projects
-- rests_on: churned_projects: churned_projects
-- caveat: A week is final when its Sunday is. One that is not can still change: events may arrive late.
-- caveat: Active (projects): with an invocation other than invalid. Runs without a known project are in no column.
-- caveat: retained: active in the week before, too. churned: active in the week before and not in this one. new: seen for the first time in the window of days. resurrected: seen before in the window, but not in the week before.
-- caveat: What was before the window is unknown. new and resurrected are null in its first 4 weeks, in which the one cannot be told from the other; later a project that was away since before the window counts as new.
-- caveat: received_days: days of the week of which events came. Where a day of the week before is missing, retained, resurrected and churned are null; where one of this week is, or while it is not final, churned is.
-- caveat: A project of which a change of name or of account makes another one churns, and is new. So does one whose events stop because it opts out.
-- column: runs [count]: Invocations of known projects, invalid ones left out
-- column: projects [count]: Distinct projects active in the week
-- column: new_projects [count]: Those of projects that are seen for the first time in the window; null in its first 4 weeks
-- column: retained_projects [count]: Those of projects that were active in the week before, too
-- column: resurrected_projects [count]: Those of projects seen before in the window, but not in the week before; null in its first 4 weeks
-- column: churned_projects [count]: Projects active in the week before and not in this one; null while the week is not final

WITH
calendar AS (
    SELECT
        MONDAY_OF(day) AS week,
        events,
        final_until
    FROM days
),
received AS (
    SELECT week, COUNT(events) AS received_days, MAX(final_until) AS final_until
    FROM calendar
    GROUP BY week
),
weeks AS (
    SELECT
        week,
        received_days,
        WEEK_IS_FINAL(week, final_until) AS is_final
    FROM received
),
first_week AS (
    SELECT CAST(MIN(week) + INTERVAL '28 days' AS DATE) AS told_from
    FROM calendar
),
whole_before AS (
    SELECT CAST(week + INTERVAL '7 days' AS DATE) AS week
    FROM weeks
    WHERE received_days = 7
),
active AS (
    SELECT week, project_key, CAST(SUM(runs - invalids) AS BIGINT) AS runs
    FROM project_days
    WHERE runs > invalids
    GROUP BY week, project_key
),
first_seen AS (
    SELECT project_key, MIN(week) AS week
    FROM active
    GROUP BY project_key
),
-- The same a week later: active in the week before.
week_later AS (
    SELECT CAST(week + INTERVAL '7 days' AS DATE) AS week, project_key
    FROM active
),
arrived AS (
    SELECT
        a.week AS week,
        COUNT(*) AS projects,
        CAST(SUM(a.runs) AS BIGINT) AS runs,
        COUNT(*) FILTER (WHERE a.week = f.week) AS new_projects,
        COUNT(b.project_key) AS retained_projects,
        COUNT(*) FILTER (WHERE a.week > f.week AND b.project_key IS NULL) AS resurrected_projects
    FROM active AS a
    INNER JOIN first_seen AS f ON a.project_key = f.project_key
    LEFT JOIN week_later AS b ON a.week = b.week AND a.project_key = b.project_key
    GROUP BY a.week
),
gone AS (
    SELECT b.week AS week, COUNT(*) AS churned_projects
    FROM week_later AS b
    LEFT JOIN active AS a ON b.week = a.week AND b.project_key = a.project_key
    WHERE a.project_key IS NULL
    GROUP BY b.week
),
told AS (
    SELECT
        w.week AS week,
        w.is_final AS is_final,
        w.received_days AS received_days,
        -- What is not there is nothing in a week of which events came, and unknown in another.
        CASE WHEN w.received_days > 0 THEN 0 END AS absent,
        CASE WHEN w.received_days > 0 AND w.week >= m.told_from THEN 0 END AS absent_since_told,
        CASE WHEN w.received_days > 0 AND b.week IS NOT NULL THEN 0 END AS absent_after_whole,
        CASE WHEN w.received_days = 7 AND b.week IS NOT NULL AND w.is_final THEN 0 END AS absent_in_whole
    FROM weeks AS w
    CROSS JOIN first_week AS m
    LEFT JOIN whole_before AS b ON w.week = b.week
)
SELECT
    t.week AS week,
    t.is_final AS is_final,
    t.received_days AS received_days,
    COALESCE(a.runs, t.absent) AS runs,
    COALESCE(a.projects, t.absent) AS projects,
    COALESCE(a.new_projects, 0) + t.absent_since_told AS new_projects,
    COALESCE(a.retained_projects, 0) + t.absent_after_whole AS retained_projects,
    COALESCE(a.resurrected_projects, 0) + t.absent_since_told + t.absent_after_whole AS resurrected_projects,
    COALESCE(g.churned_projects, 0) + t.absent_in_whole AS churned_projects
FROM told AS t
LEFT JOIN arrived AS a ON t.week = a.week
LEFT JOIN gone AS g ON t.week = g.week
ORDER BY t.week
