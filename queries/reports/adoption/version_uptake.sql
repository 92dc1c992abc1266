-- title: Uptake of versions
-- question: How long does it take until a new minor version of dbt is what a quarter, half and three quarters of projects use?
-- section: adoption
-- chart: dot of days_to_25_percent, days_to_50_percent, days_to_75_percent by dbt_minor
-- unit: days from the first day on which the version was seen
-- grain: one minor version of dbt that was seen as a release on a final day
-- key: dbt_minor
-- regardless: invocations.outcome
-- rests_on: share_arrived: projects_arrived
-- caveat: A project's version on a day is the newest one that it ran in the 7 days up to it, by its numbers. It has come to a minor version when that is the newest one, or a later one.
-- caveat: Shares are of the projects active in these 7 days (with an invocation other than invalid) whose version is known. known_share says how many of the active ones that is, on last_day.
-- caveat: Days are counted from the first day on which anybody ran a release of the version. When it was published is not in the data. Null: not reached by last_day, the newest final day, or is_left_censored.
-- caveat: is_left_censored: seen in the first 7 days of the window, or not before a later minor version. It was published earlier than first_day, so that no days can be counted.
-- caveat: A pre-release of a version is older than the version, and newer than the one before it. One of a patch counts as the minor version itself. Versions seen as pre-releases only have no row.
-- caveat: projects ran a release of this very version in the window; those that went past it count in projects_arrived, too, which are of the 7 days up to last_day. Runs without a known project are in no column.
-- caveat: A share can fall again: the days are those until it was reached for the first time. Only final days are read, and no share is made of fewer than 7 days.
-- column: first_day: First day on which anybody ran a release of the version
-- column: is_left_censored: Whether it may have been published before first_day, so that no days can be counted
-- column: projects [count]: Distinct projects that ran a release of this very version in the window
-- column: projects_arrived [count]: Projects active in the 7 days up to last_day whose newest version is this or a later one
-- column: known_projects [count]: Projects active in the 7 days up to last_day whose version is known
-- column: share_arrived [share]: projects_arrived / known_projects
-- column: known_share [share]: Share of the projects active in the 7 days up to last_day whose version is known

WITH
-- Versions compare by number, and a release is newer than its pre-releases.
runs AS (
    SELECT
        i.day AS day,
        i.project_key AS project_key,
        i.dbt_minor AS dbt_minor,
        i.is_prerelease AS is_prerelease,
        (CAST(i.version_major AS BIGINT) * 10000 + i.version_minor) * 2
            + CASE WHEN i.is_prerelease AND i.version_patch = 0 THEN 0 ELSE 1 END AS version_rank
    FROM invocations AS i
    INNER JOIN days AS d ON i.day = d.day
    WHERE d.is_final AND i.outcome <> 'invalid' AND i.project_key IS NOT NULL
),
project_days_of AS (
    SELECT day, project_key, MAX(version_rank) AS version_rank
    FROM runs
    GROUP BY day, project_key
),
-- A day on which a project was active is one of the trailing 7 of each of these days.
shifted AS (
    SELECT day, project_key, version_rank FROM project_days_of
    UNION ALL SELECT CAST(day + INTERVAL '1 day' AS DATE), project_key, version_rank FROM project_days_of
    UNION ALL SELECT CAST(day + INTERVAL '2 days' AS DATE), project_key, version_rank FROM project_days_of
    UNION ALL SELECT CAST(day + INTERVAL '3 days' AS DATE), project_key, version_rank FROM project_days_of
    UNION ALL SELECT CAST(day + INTERVAL '4 days' AS DATE), project_key, version_rank FROM project_days_of
    UNION ALL SELECT CAST(day + INTERVAL '5 days' AS DATE), project_key, version_rank FROM project_days_of
    UNION ALL SELECT CAST(day + INTERVAL '6 days' AS DATE), project_key, version_rank FROM project_days_of
),
newest AS (
    SELECT day, project_key, MAX(version_rank) AS version_rank
    FROM shifted
    GROUP BY day, project_key
),
span AS (
    SELECT
        1 AS one,
        CAST(MIN(day) + INTERVAL '6 days' AS DATE) AS first_full,
        MAX(CASE WHEN is_final THEN day END) AS last_day
    FROM days
),
whole_days AS (
    SELECT d.day AS day
    FROM (SELECT 1 AS one, day, is_final FROM days) AS d
    INNER JOIN span AS s ON d.one = s.one
    WHERE d.is_final AND d.day >= s.first_full
),
counts AS (
    SELECT n.day AS day, n.version_rank AS version_rank, COUNT(*) AS projects
    FROM newest AS n
    INNER JOIN whole_days AS w ON n.day = w.day
    GROUP BY n.day, n.version_rank
),
totals AS (
    SELECT
        day,
        CAST(SUM(projects) AS BIGINT) AS active_projects,
        CAST(SUM(CASE WHEN version_rank IS NOT NULL THEN projects ELSE 0 END) AS BIGINT) AS known_projects
    FROM counts
    GROUP BY day
),
versions AS (
    SELECT
        1 AS one, dbt_minor, version_rank, MIN(day) AS first_day, COUNT(DISTINCT project_key) AS projects
    FROM runs
    WHERE NOT is_prerelease AND dbt_minor IS NOT NULL
    GROUP BY dbt_minor, version_rank
),
-- What is not before a later version was published before that one was.
followed AS (
    SELECT v.dbt_minor AS dbt_minor, MIN(l.first_day) AS later_day
    FROM versions AS v
    INNER JOIN versions AS l ON v.one = l.one
    WHERE l.version_rank > v.version_rank
    GROUP BY v.dbt_minor
),
arrived AS (
    SELECT v.dbt_minor AS dbt_minor, c.day AS day, CAST(SUM(c.projects) AS BIGINT) AS projects
    FROM versions AS v
    INNER JOIN (SELECT 1 AS one, day, version_rank, projects FROM counts) AS c ON v.one = c.one
    WHERE c.version_rank >= v.version_rank AND c.day >= v.first_day
    GROUP BY v.dbt_minor, c.day
),
reached AS (
    SELECT
        a.dbt_minor AS dbt_minor,
        MIN(CASE WHEN a.projects * 4 >= t.known_projects THEN a.day END) AS day_25,
        MIN(CASE WHEN a.projects * 2 >= t.known_projects THEN a.day END) AS day_50,
        MIN(CASE WHEN a.projects * 4 >= t.known_projects * 3 THEN a.day END) AS day_75
    FROM arrived AS a
    INNER JOIN totals AS t ON a.day = t.day
    GROUP BY a.dbt_minor
),
dated AS (
    SELECT
        v.dbt_minor AS dbt_minor,
        v.version_rank AS version_rank,
        v.first_day AS first_day,
        v.first_day <= s.first_full OR COALESCE(f.later_day <= v.first_day, FALSE) AS is_left_censored,
        v.projects AS projects,
        EXTRACT(EPOCH FROM CAST(v.first_day AS TIMESTAMP)) / 86400 AS first_number,
        EXTRACT(EPOCH FROM CAST(r.day_25 AS TIMESTAMP)) / 86400 AS number_25,
        EXTRACT(EPOCH FROM CAST(r.day_50 AS TIMESTAMP)) / 86400 AS number_50,
        EXTRACT(EPOCH FROM CAST(r.day_75 AS TIMESTAMP)) / 86400 AS number_75,
        s.last_day AS last_day
    FROM versions AS v
    INNER JOIN span AS s ON v.one = s.one
    LEFT JOIN followed AS f ON v.dbt_minor = f.dbt_minor
    LEFT JOIN reached AS r ON v.dbt_minor = r.dbt_minor
)
SELECT
    d.dbt_minor AS dbt_minor,
    d.first_day AS first_day,
    d.is_left_censored AS is_left_censored,
    d.projects AS projects,
    CASE WHEN NOT d.is_left_censored THEN CAST(d.number_25 - d.first_number AS BIGINT) END AS days_to_25_percent,
    CASE WHEN NOT d.is_left_censored THEN CAST(d.number_50 - d.first_number AS BIGINT) END AS days_to_50_percent,
    CASE WHEN NOT d.is_left_censored THEN CAST(d.number_75 - d.first_number AS BIGINT) END AS days_to_75_percent,
    d.last_day AS last_day,
    CASE WHEN t.known_projects > 0 THEN COALESCE(a.projects, 0) END AS projects_arrived,
    t.known_projects AS known_projects,
    CASE
        WHEN t.known_projects > 0 THEN CAST(COALESCE(a.projects, 0) AS DOUBLE) / t.known_projects
    END AS share_arrived,
    CAST(t.known_projects AS DOUBLE) / NULLIF(t.active_projects, 0) AS known_share
FROM dated AS d
LEFT JOIN totals AS t ON d.last_day = t.day
LEFT JOIN arrived AS a ON d.last_day = a.day AND d.dbt_minor = a.dbt_minor
ORDER BY d.version_rank
