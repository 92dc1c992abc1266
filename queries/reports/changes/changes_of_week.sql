-- title: Changes of the week
-- question: What changed against the week before, how sure is that, and is it more than what changes every week?
-- section: changes
-- chart: table
-- unit: share
-- grain: one measure and value of one dimension in the newest whole, final week, against the week before
-- key: measure, dimension, value
-- unpublished: it tells of the week before, too, and nothing counts the projects of that
-- caveat: Weeks of which every day is final and had events; the newest of these against the one before. Which it is: week.
-- caveat: success: share of runs that succeed. slow, slowest: share of runs that take longer than half, or 95 %, of the runs of up to 13 weeks before did; half and 5 % if nothing changed. used: share of active projects that ran it.
-- caveat: The interval (95 %) of the difference treats the project as the unit, and knows that most projects are in both weeks; that of used does not, and is wider than it had to be.
-- caveat: usual_change_in_share is the typical change from a week to the next over the weeks before (root mean square); with fewer than 4 such changes it is null, and nothing is flagged.
-- caveat: is_flagged: at least 2 points, and larger than usual and than chance, with at most 5 % false ones among all flags (Benjamini and Hochberg over all rows with at least 10 projects).
-- caveat: Rows overlap: a command that fails more shows in several dimensions. A flag says where to look, and is no cause.
-- column: measure: success, slow or slowest (shares of runs), or used (share of active projects)
-- column: dimension: all, adapter, command, environment, nodes, os or version; of used neither all nor nodes
-- column: value: Value of the dimension; null: unknown, and of dimension all
-- column: week: Monday of the newest whole, final week, which is compared with the one before
-- column: projects [count]: Distinct units of the newest week: projects, and runs without a known project; of used, projects that ran it
-- column: observations [count]: What share_now is a share of: runs, or, of used, active projects
-- column: share_before [share]: The share in the week before
-- column: share_now [share]: The share in the newest week
-- column: change_in_share [share]: share_now less share_before
-- column: usual_change_in_share [share]: Root mean square of the changes from week to week before the newest; null with fewer than 4
-- column: p_value [share]: How likely a change as large in either direction is by what is usual, or by chance, whichever explains more
-- column: is_flagged: Whether the change is at least 2 points and more than usual and chance, with at most 5 % false ones among all flags

WITH
-- Which projects used what. A project is one, however often it did.
users AS (
    SELECT DISTINCT w.weeks_ago AS weeks_ago, i.project_key AS project_key, i.adapter AS adapter, i.command AS command,
        i.environment AS environment, i.os AS os, i.dbt_minor AS dbt_minor
    FROM invocations AS i
    INNER JOIN whole_weeks AS w ON i.week = w.week
    WHERE i.outcome <> 'invalid' AND i.project_key IS NOT NULL AND w.weeks_ago <= 13
),
active AS (
    SELECT weeks_ago, COUNT(DISTINCT project_key) AS projects
    FROM users
    GROUP BY weeks_ago
),
uses AS (
    SELECT 'adapter' AS dimension, adapter AS value, weeks_ago, project_key FROM users
    UNION ALL SELECT 'command' AS dimension, command AS value, weeks_ago, project_key FROM users
    UNION ALL SELECT 'environment' AS dimension, environment AS value, weeks_ago, project_key FROM users
    UNION ALL SELECT 'os' AS dimension, os AS value, weeks_ago, project_key FROM users
    UNION ALL SELECT 'version' AS dimension, dbt_minor AS value, weeks_ago, project_key FROM users
),
shares AS (
    SELECT
        u.dimension AS dimension,
        COALESCE(u.value, '') AS cell,
        u.weeks_ago AS weeks_ago,
        COUNT(DISTINCT u.project_key) AS s,
        MAX(a.projects) AS n
    FROM uses AS u
    INNER JOIN active AS a ON u.weeks_ago = a.weeks_ago
    GROUP BY u.dimension, COALESCE(u.value, ''), u.weeks_ago
),
-- All series, week by week.
series AS (
    SELECT measure, dimension, COALESCE(value, '') AS cell, weeks_ago, RATE(s, n) AS rate
    FROM weekly_rates
    UNION ALL
    SELECT 'used' AS measure, dimension, cell, weeks_ago, RATE(s, n) AS rate
    FROM shares
),
changes AS (
    SELECT a.measure AS measure, a.dimension AS dimension, a.cell AS cell, a.rate - b.rate AS change
    FROM series AS a
    INNER JOIN series AS b
        ON a.measure = b.measure AND a.dimension = b.dimension AND a.cell = b.cell AND a.weeks_ago + 1 = b.weeks_ago
    WHERE a.weeks_ago > 0
),
usual AS (
    SELECT
        measure,
        dimension,
        cell,
        -- Whole units of 10^-12: the sum of floats would depend on the order of rows.
        CASE
            WHEN COUNT(*) >= 4 THEN SQRT(
                EXACT_SUM(change * change) / COUNT(*)
            )
        END AS usual_change,
        CAST(COUNT(*) AS DOUBLE) AS usual_degrees
    FROM changes
    GROUP BY measure, dimension, cell
),
compared AS (
    SELECT
        measure,
        dimension,
        COALESCE(value, '') AS cell,
        CAST(k1 AS BIGINT) AS projects,
        CAST(n AS BIGINT) AS observations,
        RATE(s, n) AS share_now,
        RATE(s2, n2) AS share_before,
        RATE_DIFFERENCE_ERROR(s, n, ss1, sn1, nn1, s2, n2, ss2, sn2, nn2, s1s2, s1n2, n1s2, n1n2, k) AS error,
        GREATEST(EFFECTIVE_CLUSTERS(n + n2, nn1 + 2 * n1n2 + nn2) - 1, CAST(1 AS DOUBLE)) AS degrees
    FROM weekly_rates
    WHERE weeks_ago = 0 AND n2 > 0
    UNION ALL
    SELECT
        'used' AS measure,
        a.dimension AS dimension,
        a.cell AS cell,
        a.s AS projects,
        a.n AS observations,
        RATE(a.s, a.n) AS share_now,
        RATE(b.s, b.n) AS share_before,
        SQRT(RATE(a.s, a.n) * (1 - RATE(a.s, a.n)) / a.n + RATE(b.s, b.n) * (1 - RATE(b.s, b.n)) / b.n) AS error,
        CAST(GREATEST(a.n + b.n - 2, 1) AS DOUBLE) AS degrees
    FROM shares AS a
    INNER JOIN shares AS b ON a.dimension = b.dimension AND a.cell = b.cell
    WHERE a.weeks_ago = 0 AND b.weeks_ago = 1
),
weighed AS (
    SELECT
        c.measure AS measure,
        c.dimension AS dimension,
        c.cell AS cell,
        c.projects AS projects,
        c.observations AS observations,
        c.share_now AS share_now,
        c.share_before AS share_before,
        c.share_now - c.share_before AS change,
        c.error AS error,
        c.degrees AS degrees,
        u.usual_change AS usual_change,
        -- Against chance and against what is usual, whichever is more, and as well as it is known.
        CASE
            WHEN c.projects >= 10 AND u.usual_change IS NOT NULL AND GREATEST(c.error, u.usual_change) > 0
                THEN (c.share_now - c.share_before) / GREATEST(c.error, u.usual_change)
        END AS t,
        CASE WHEN u.usual_change > c.error THEN u.usual_degrees ELSE c.degrees END AS known_by
    FROM compared AS c
    LEFT JOIN usual AS u ON c.measure = u.measure AND c.dimension = u.dimension AND c.cell = u.cell
),
judged AS (
    SELECT *, CASE WHEN t IS NOT NULL THEN TWO_SIDED_P(NORMAL_OF_T(t, known_by)) END AS p
    FROM weighed
),
ranked AS (
    SELECT
        measure,
        dimension,
        cell,
        p,
        ROW_NUMBER() OVER (ORDER BY p, measure, dimension, cell) AS place,
        COUNT(*) OVER () AS comparisons
    FROM judged
    WHERE p IS NOT NULL
),
bar AS (
    SELECT MAX(CASE WHEN p <= place * CAST(5 AS DOUBLE) / 100 / comparisons THEN p END) AS largest_p
    FROM ranked
),
newest AS (
    SELECT MAX(week) AS week
    FROM whole_weeks
    WHERE weeks_ago = 0
)
SELECT
    j.measure AS measure,
    j.dimension AS dimension,
    NULLIF(j.cell, '') AS value,
    w.week AS week,
    j.projects AS projects,
    j.observations AS observations,
    j.share_before AS share_before,
    j.share_now AS share_now,
    j.change AS change_in_share,
    j.change - T_QUANTILE(j.degrees) * j.error AS change_in_share_low,
    j.change + T_QUANTILE(j.degrees) * j.error AS change_in_share_high,
    j.usual_change AS usual_change_in_share,
    j.p AS p_value,
    COALESCE(j.p <= b.largest_p AND ABS(j.change) >= 0.02e0, FALSE) AS is_flagged
FROM judged AS j
CROSS JOIN bar AS b
CROSS JOIN newest AS w
ORDER BY COALESCE(j.p <= b.largest_p AND ABS(j.change) >= 0.02e0, FALSE) DESC, j.measure, j.dimension, j.cell
