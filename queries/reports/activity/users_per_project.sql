-- title: Users per project
-- question: How many users has a project?
-- section: activity
-- chart: histogram of projects by users_from to users_to
-- unit: projects
-- grain: a number of users, from users_from to users_to (null: and more); users_from null: none of the project's users is known
-- key: users_from
-- regardless: invocations.outcome
-- caveat: Distinct users of all runs of the project in the window of days, invalid ones left out. Runs without a known project are in no column.
-- caveat: A user is the id that dbt keeps on a machine, no person: one person with two machines is two, a server is one for all who use it, and a CI fleet may have a new one with every run. So a project with many may have few people.
-- caveat: Runs whose user is not known, of a project with others, are in runs and add no user. share_of_projects is of the projects with a known user, share_known their share of all.
-- caveat: A longer window has more users a project. Compare windows of one length.
-- column: users_from [count]: Least number of known users of the row; null: no user of the project is known
-- column: users_to [count]: Greatest number of known users of the row; null: and more
-- column: projects [count]: Projects with so many known users
-- column: share_of_projects [share]: Share of the projects with a known user; null where none is known
-- column: runs [count]: Invocations of these projects, invalid ones left out
-- column: share_known [share]: Share of the projects that have a known user; the same in every row

WITH
projects AS (
    SELECT project_key, COUNT(DISTINCT user_id) AS users, COUNT(*) AS runs
    FROM invocations
    WHERE outcome <> 'invalid' AND project_key IS NOT NULL
    GROUP BY project_key
),
counted AS (
    SELECT
        -- 0 is the unknown here: joins do not match nulls.
        CASE
            WHEN users <= 2 THEN users
            WHEN users <= 5 THEN 3
            WHEN users <= 10 THEN 6
            ELSE 11
        END AS users_from,
        runs
    FROM projects
),
cells AS (
    SELECT CAST(users_from AS BIGINT) AS users_from, COUNT(*) AS projects, CAST(SUM(runs) AS BIGINT) AS runs
    FROM counted
    GROUP BY CAST(users_from AS BIGINT)
),
totals AS (
    SELECT
        CAST(COALESCE(SUM(projects), 0) AS BIGINT) AS projects,
        CAST(COALESCE(SUM(CASE WHEN users_from > 0 THEN projects END), 0) AS BIGINT) AS known_projects
    FROM cells
),
-- All of them, so that an empty one is seen to be empty.
buckets AS (
    SELECT CAST(0 AS BIGINT) AS users_from, CAST(0 AS BIGINT) AS users_to
    UNION ALL SELECT CAST(1 AS BIGINT) AS users_from, CAST(1 AS BIGINT) AS users_to
    UNION ALL SELECT CAST(2 AS BIGINT) AS users_from, CAST(2 AS BIGINT) AS users_to
    UNION ALL SELECT CAST(3 AS BIGINT) AS users_from, CAST(5 AS BIGINT) AS users_to
    UNION ALL SELECT CAST(6 AS BIGINT) AS users_from, CAST(10 AS BIGINT) AS users_to
    UNION ALL SELECT CAST(11 AS BIGINT) AS users_from, CAST(NULL AS BIGINT) AS users_to
)
SELECT
    NULLIF(b.users_from, 0) AS users_from,
    NULLIF(b.users_to, 0) AS users_to,
    COALESCE(c.projects, 0) AS projects,
    CASE
        WHEN b.users_from > 0 THEN CAST(COALESCE(c.projects, 0) AS DOUBLE) / NULLIF(t.known_projects, 0)
    END AS share_of_projects,
    COALESCE(c.runs, 0) AS runs,
    CAST(t.known_projects AS DOUBLE) / NULLIF(t.projects, 0) AS share_known
FROM buckets AS b
CROSS JOIN totals AS t
LEFT JOIN cells AS c ON b.users_from = c.users_from
ORDER BY b.users_from = 0, b.users_from
