-- title: Vanished projects
-- question: How many projects that ran dbt regularly were not seen any more from one week to the next, and is it more than usual?
-- section: environment
-- chart: line of share_vanished, usual_share_vanished by week
-- unit: share of regular projects
-- grain: one week (its Monday) of which the four weeks before and the three after are whole, with a regular project
-- key: week
-- looks_back: all
-- rests_on: share_vanished, share_vanished_low, share_vanished_high, excess_projects: vanished_projects
-- caveat: Regular: active in at least 3 of the 4 weeks before. Vanished: of these the ones active in the week just before, and in neither this week nor the three after. So a project vanishes once, in its first week away.
-- caveat: Vanishing is not opting out: projects end, are renamed, move to another account or are merged, and a new name or account is a new project. Opt-outs leave no trace of their own; many that vanish together bound how many there can have been.
-- caveat: excess_projects is how many vanished beyond the usual share, 0 where fewer did: what a single cause in that week, an opt-out of an organization among them, can at most explain. It is no count of opt-outs.
-- caveat: usual_share_vanished is the median of share_vanished over the weeks before that are here, of the last twelve; null with fewer than three.
-- caveat: A project that comes back after four weeks or more has vanished all the same. Holidays of a month look like an end: compare with the same weeks of other years.
-- caveat: Only weeks whose three weeks after are final are here, so the newest is about four weeks old. Weeks of which dumps are missing look like absence.
-- caveat: A change of what makes a project (a name, an account) makes many vanish at once. Runs without a known project are not here. Active: with an invocation other than invalid.
-- caveat: projects are the regular ones. The interval (95 %) is Wilson's, each project counting once.
-- column: projects [count]: Regular projects: those active in at least 3 of the 4 weeks before
-- column: vanished_projects [count]: Those of projects that were active in the week just before, and in neither this one nor the three after
-- column: share_vanished [share]: vanished_projects / projects
-- column: usual_share_vanished [share]: Median of share_vanished over up to twelve weeks before; null with fewer than three
-- column: excess_projects [count]: How many vanished beyond the usual share; 0 where fewer did

WITH
active AS (
    SELECT project_key, week
    FROM project_days
    WHERE runs > invalids
    GROUP BY project_key, week
),
-- The weeks after each active one, of which it is one of the four before.
before AS (
    SELECT project_key, CAST(week + INTERVAL '7 days' AS DATE) AS week, 1 AS is_last FROM active
    UNION ALL SELECT project_key, CAST(week + INTERVAL '14 days' AS DATE) AS week, 0 AS is_last FROM active
    UNION ALL SELECT project_key, CAST(week + INTERVAL '21 days' AS DATE) AS week, 0 AS is_last FROM active
    UNION ALL SELECT project_key, CAST(week + INTERVAL '28 days' AS DATE) AS week, 0 AS is_last FROM active
),
counted AS (
    SELECT project_key, week, COUNT(*) AS active_weeks, MAX(is_last) AS is_last
    FROM before
    GROUP BY project_key, week
),
-- The weeks of which an active one is the same or one of the three after.
seen AS (
    SELECT project_key, week FROM active
    UNION ALL SELECT project_key, CAST(week - INTERVAL '7 days' AS DATE) AS week FROM active
    UNION ALL SELECT project_key, CAST(week - INTERVAL '14 days' AS DATE) AS week FROM active
    UNION ALL SELECT project_key, CAST(week - INTERVAL '21 days' AS DATE) AS week FROM active
),
stays AS (
    SELECT project_key, week, 1 AS is_seen
    FROM seen
    GROUP BY project_key, week
),
weeks AS (
    SELECT
        c.week AS week,
        1 AS one,
        COUNT(*) AS regulars,
        COUNT(*) FILTER (WHERE c.is_last = 1 AND s.is_seen IS NULL) AS vanished
    FROM counted AS c
    LEFT JOIN stays AS s ON c.project_key = s.project_key AND c.week = s.week
    WHERE c.active_weeks >= 3
    GROUP BY c.week
),
ends AS (
    SELECT 1 AS one, MIN(day) AS first_day, MAX(final_until) AS final_until
    FROM days
),
whole AS (
    SELECT
        w.week AS week, w.one AS one, w.regulars AS regulars, w.vanished AS vanished,
        CAST(w.vanished AS DOUBLE) / w.regulars AS share_vanished
    FROM weeks AS w
    INNER JOIN ends AS e ON w.one = e.one
    WHERE CAST(w.week - INTERVAL '28 days' AS DATE) >= e.first_day
        AND CAST(w.week + INTERVAL '27 days' AS DATE) <= e.final_until
),
usual AS (
    SELECT w.week AS week, COUNT(*) AS weeks_before, QUANTILE_CONT(b.share_vanished, 0.5) AS share_vanished
    FROM whole AS w
    INNER JOIN whole AS b ON w.one = b.one
    WHERE b.week < w.week AND b.week >= CAST(w.week - INTERVAL '84 days' AS DATE)
    GROUP BY w.week
),
compared AS (
    SELECT
        w.week AS week,
        w.regulars AS regulars,
        w.vanished AS vanished,
        CASE WHEN u.weeks_before >= 3 THEN u.share_vanished END AS usual_share
    FROM whole AS w
    LEFT JOIN usual AS u ON w.week = u.week
)
-- A share of projects: each is a cluster of one.
SELECT
    week AS week,
    TRUE AS is_final,
    regulars AS projects,
    vanished AS vanished_projects,
    RATE(vanished, regulars) AS share_vanished,
    RATE_LOW(vanished, regulars, vanished, vanished, regulars, regulars) AS share_vanished_low,
    RATE_HIGH(vanished, regulars, vanished, vanished, regulars, regulars) AS share_vanished_high,
    usual_share AS usual_share_vanished,
    CASE
        WHEN usual_share IS NOT NULL THEN GREATEST(vanished - usual_share * regulars, CAST(0 AS DOUBLE))
    END AS excess_projects
FROM compared
ORDER BY week
