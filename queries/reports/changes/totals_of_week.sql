-- title: Totals of the week
-- question: Did usage change, or did the data change? How much was there in the newest whole week, and in the one before?
-- section: changes
-- chart: table
-- unit: that of the measure
-- grain: one measure of the newest whole, final week, against the week before
-- key: measure
-- regardless: invocations.outcome
-- unpublished: it tells of the week before, too, and nothing counts the projects of that
-- caveat: Weeks of which every day is final and had events; the newest of these against the one before: week, week_before.
-- caveat: usage: runs other than invalid, and the projects and users that had one. data: events received (copies included), surplus copies, records refused in dumps whose first event was received in the week, and kinds, fields and products that this version does not know and that were first seen in the week.
-- caveat: These are counts of all that was received, not samples of it: what they do not know is who opted out, and what never arrived.
-- caveat: usual_growth_rate is the typical growth from a week to the next over up to 13 weeks before (root mean square); with fewer than 4 such changes it is null.
-- caveat: is_unusual: outside of where 19 of 20 changes lie, if they are like those of the weeks before (Student's t).
-- column: measure: What is counted: runs, active_projects, active_users, events, duplicates, rejects or unrecognized
-- column: about: usage, or data: what was received
-- column: week: Monday of the newest whole, final week
-- column: week_before: Monday of the whole, final week before it
-- column: amount_before [count]: How many there were in the week before
-- column: amount_now [count]: How many there are in the newest week
-- column: growth_rate [ratio]: By what part there are more than in the week before (0.1: a tenth); null: there was nothing
-- column: usual_growth_rate [ratio]: Typical size of that over the weeks before (root mean square); null: fewer than 4 are known
-- column: is_unusual: Whether it is outside of where 19 of 20 changes lie; null: not known what is usual

WITH
weeks AS (
    SELECT week, weeks_ago
    FROM whole_weeks
    WHERE weeks_ago <= 13
),
runs AS (
    SELECT
        w.weeks_ago AS weeks_ago,
        COUNT(*) AS runs,
        COUNT(DISTINCT i.project_key) AS active_projects,
        COUNT(DISTINCT i.user_id) AS active_users
    FROM invocations AS i
    INNER JOIN weeks AS w ON i.week = w.week
    WHERE i.outcome <> 'invalid'
    GROUP BY w.weeks_ago
),
calendar AS (
    SELECT d.events AS received, d.events - COALESCE(e.events, 0) AS duplicates, MONDAY_OF(d.day) AS week
    FROM days AS d
    LEFT JOIN event_days AS e ON d.day = e.day
),
events AS (
    SELECT
        w.weeks_ago AS weeks_ago,
        CAST(SUM(c.received) AS BIGINT) AS events,
        CAST(SUM(c.duplicates) AS BIGINT) AS duplicates
    FROM calendar AS c
    INNER JOIN weeks AS w ON c.week = w.week
    GROUP BY w.weeks_ago
),
dumps AS (
    SELECT MONDAY_OF(CAST(first_received_hour AS DATE)) AS week, rejects
    FROM sources
    WHERE first_received_hour IS NOT NULL
),
refused AS (
    SELECT w.weeks_ago AS weeks_ago, CAST(SUM(d.rejects) AS BIGINT) AS rejects
    FROM dumps AS d
    INNER JOIN weeks AS w ON d.week = w.week
    GROUP BY w.weeks_ago
),
first_seen AS (
    SELECT kind, schema_key, field, MONDAY_OF(CAST(MIN(first_seen) AS DATE)) AS week
    FROM unrecognized
    WHERE first_seen IS NOT NULL
    GROUP BY kind, schema_key, field
),
news AS (
    SELECT w.weeks_ago AS weeks_ago, COUNT(*) AS unrecognized
    FROM first_seen AS f
    INNER JOIN weeks AS w ON f.week = w.week
    GROUP BY w.weeks_ago
),
totals AS (
    SELECT
        w.weeks_ago AS weeks_ago,
        r.runs AS runs,
        r.active_projects AS active_projects,
        r.active_users AS active_users,
        e.events AS events,
        e.duplicates AS duplicates,
        COALESCE(x.rejects, 0) AS rejects,
        COALESCE(n.unrecognized, 0) AS unrecognized
    FROM weeks AS w
    LEFT JOIN runs AS r ON w.weeks_ago = r.weeks_ago
    LEFT JOIN events AS e ON w.weeks_ago = e.weeks_ago
    LEFT JOIN refused AS x ON w.weeks_ago = x.weeks_ago
    LEFT JOIN news AS n ON w.weeks_ago = n.weeks_ago
),
measured AS (
    SELECT 1 AS place, 'usage' AS about, 'runs' AS measure, weeks_ago, runs AS amount FROM totals
    UNION ALL
    SELECT 2 AS place, 'usage' AS about, 'active_projects' AS measure, weeks_ago, active_projects AS amount FROM totals
    UNION ALL
    SELECT 3 AS place, 'usage' AS about, 'active_users' AS measure, weeks_ago, active_users AS amount FROM totals
    UNION ALL
    SELECT 4 AS place, 'data' AS about, 'events' AS measure, weeks_ago, events AS amount FROM totals
    UNION ALL
    SELECT 5 AS place, 'data' AS about, 'duplicates' AS measure, weeks_ago, duplicates AS amount FROM totals
    UNION ALL
    SELECT 6 AS place, 'data' AS about, 'rejects' AS measure, weeks_ago, rejects AS amount FROM totals
    UNION ALL
    SELECT 7 AS place, 'data' AS about, 'unrecognized' AS measure, weeks_ago, unrecognized AS amount FROM totals
),
grown AS (
    SELECT
        a.place AS place,
        a.about AS about,
        a.measure AS measure,
        a.weeks_ago AS weeks_ago,
        b.amount AS amount_before,
        a.amount AS amount_now,
        CAST(a.amount AS DOUBLE) / NULLIF(b.amount, 0) - 1 AS growth
    FROM measured AS a
    INNER JOIN measured AS b ON a.measure = b.measure AND a.weeks_ago + 1 = b.weeks_ago
),
usual AS (
    SELECT
        measure,
        -- Whole units of 10^-12: the sum of floats would depend on the order of rows.
        CASE WHEN COUNT(growth) >= 4 THEN SQRT(EXACT_SUM(growth * growth) / COUNT(growth)) END AS usual_growth,
        CAST(COUNT(growth) AS DOUBLE) AS changes
    FROM grown
    WHERE weeks_ago > 0
    GROUP BY measure
),
named AS (
    SELECT
        MAX(CASE WHEN weeks_ago = 0 THEN week END) AS week,
        MAX(CASE WHEN weeks_ago = 1 THEN week END) AS week_before
    FROM weeks
)
SELECT
    g.measure AS measure,
    g.about AS about,
    n.week AS week,
    n.week_before AS week_before,
    g.amount_before AS amount_before,
    g.amount_now AS amount_now,
    g.growth AS growth_rate,
    u.usual_growth AS usual_growth_rate,
    CASE WHEN u.usual_growth IS NOT NULL THEN ABS(g.growth) > T_QUANTILE(u.changes) * u.usual_growth END AS is_unusual
FROM grown AS g
LEFT JOIN usual AS u ON g.measure = u.measure
CROSS JOIN named AS n
WHERE g.weeks_ago = 0
ORDER BY g.place
