-- title: Moves from dbt 1 to dbt 2
-- question: Of the projects that came to dbt 2 from dbt 1, how many stayed?
-- section: adoption
-- chart: bar of projects by status for each first_engine
-- unit: projects
-- grain: one engine with which projects first ran dbt 2 (core-2 or fusion), and what they run now
-- key: first_engine, status
-- regardless: invocations.outcome
-- caveat: The projects are those that ran dbt 1 (core-1) and later dbt 2 for the first time, on final days of the window. What they ran before the window is not known.
-- caveat: status is the first that applies. tried: dbt 2 on one day only. migrated: only dbt 2 in the last 7 active days. returned: only dbt 1 in these. both: both engines in these.
-- caveat: A project's last 7 active days are the newest 7 on which it was active with a known engine, however far apart. One with fewer active days than 7 has dbt 1 among them, and is no migrated one.
-- caveat: Who began with dbt 2 on the newest day of all is tried until there is a second day, and migrated after 7 active days at the earliest: compare windows, not the newest days.
-- caveat: Active: with an invocation other than invalid. Invalid ones are in no column. A project that is renamed or gets another account is another project, which did not move.
-- caveat: share_of_first_engine is of the projects that came to dbt 2 with this engine. core_1_projects are all that ran dbt 1 on a final day, whether they moved or not.
-- column: first_engine: Engine with which the projects first ran dbt 2: core-2 or fusion
-- column: status: What the projects run now: tried, migrated, returned or both
-- column: projects [count]: Projects that ran dbt 1 and later, for the first time, dbt 2
-- column: share_of_first_engine [share]: Share of the projects that came to dbt 2 with this engine
-- column: share_of_core_1_projects [share]: projects / core_1_projects
-- column: core_1_projects [count]: Projects that ran dbt 1 on a final day, whether they moved or not
-- column: runs [count]: Invocations of these projects on final days, invalid ones left out
-- column: share_of_runs_dbt_2 [share]: Share of runs that are of dbt 2

WITH
runs AS (
    SELECT
        i.day AS day,
        i.project_key AS project_key,
        i.engine AS engine,
        i.first_event_at AS first_event_at
    FROM invocations AS i
    INNER JOIN days AS d ON i.day = d.day
    WHERE d.is_final AND i.outcome <> 'invalid' AND i.project_key IS NOT NULL AND i.engine IS NOT NULL
),
active_days AS (
    SELECT
        project_key,
        day,
        COUNT(*) AS runs,
        COUNT(*) FILTER (WHERE engine = 'core-1') AS runs_1,
        COUNT(*) FILTER (WHERE engine <> 'core-1') AS runs_2,
        MIN(CASE WHEN engine = 'core-1' THEN first_event_at END) AS first_1,
        MIN(CASE WHEN engine = 'core-2' THEN first_event_at END) AS first_core_2,
        MIN(CASE WHEN engine = 'fusion' THEN first_event_at END) AS first_fusion
    FROM runs
    GROUP BY project_key, day
),
placed AS (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY project_key ORDER BY day DESC) AS place
    FROM active_days
),
projects_of AS (
    SELECT
        1 AS one,
        project_key,
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(SUM(runs_2) AS BIGINT) AS runs_2,
        COUNT(*) FILTER (WHERE runs_2 > 0) AS days_2,
        COUNT(*) FILTER (WHERE place <= 7 AND runs_1 > 0) AS last_days_1,
        COUNT(*) FILTER (WHERE place <= 7 AND runs_2 > 0) AS last_days_2,
        MIN(first_1) AS first_1,
        MIN(first_core_2) AS first_core_2,
        MIN(first_fusion) AS first_fusion
    FROM placed
    GROUP BY project_key
),
-- Where one of the two is null, the other is the first.
compared AS (
    SELECT *, COALESCE(first_core_2 <= first_fusion, first_core_2 IS NOT NULL) AS is_core_2_first
    FROM projects_of
    WHERE first_1 IS NOT NULL AND days_2 > 0
),
moved AS (
    SELECT
        one,
        CASE WHEN is_core_2_first THEN 'core-2' ELSE 'fusion' END AS first_engine,
        CASE
            WHEN days_2 = 1 THEN 'tried'
            WHEN last_days_1 = 0 THEN 'migrated'
            WHEN last_days_2 = 0 THEN 'returned'
            ELSE 'both'
        END AS status,
        runs,
        runs_2
    FROM compared
    WHERE first_1 < CASE WHEN is_core_2_first THEN first_core_2 ELSE first_fusion END
),
cells AS (
    SELECT
        one,
        first_engine,
        status,
        COUNT(*) AS projects,
        CAST(SUM(runs) AS BIGINT) AS runs,
        CAST(SUM(runs_2) AS BIGINT) AS runs_2
    FROM moved
    GROUP BY one, first_engine, status
),
engines AS (
    SELECT first_engine, CAST(SUM(projects) AS BIGINT) AS projects
    FROM cells
    GROUP BY first_engine
),
before AS (
    SELECT one, COUNT(*) FILTER (WHERE first_1 IS NOT NULL) AS core_1_projects
    FROM projects_of
    GROUP BY one
)
SELECT
    c.first_engine AS first_engine,
    c.status AS status,
    c.projects AS projects,
    CAST(c.projects AS DOUBLE) / e.projects AS share_of_first_engine,
    CAST(c.projects AS DOUBLE) / b.core_1_projects AS share_of_core_1_projects,
    b.core_1_projects AS core_1_projects,
    c.runs AS runs,
    CAST(c.runs_2 AS DOUBLE) / c.runs AS share_of_runs_dbt_2
FROM cells AS c
INNER JOIN engines AS e ON c.first_engine = e.first_engine
INNER JOIN before AS b ON c.one = b.one
ORDER BY c.first_engine, c.projects DESC, c.status
