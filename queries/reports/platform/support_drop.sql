-- title: Who loses if support is dropped
-- question: If support for a version of Python, of the operating system, of the C library, of dbt or of an adapter ended, how many projects would be lost?
-- section: platform
-- chart: table
-- unit: projects
-- grain: one version of one kind of thing, in one environment; value null: projects of which no value is known; environment null: unknown
-- key: kind, value, environment
-- regardless: invocations.outcome
-- rests_on: projects_lost, share_lost, projects_with_newer: projects_lost
-- rests_on: projects_lost, share_lost, projects_with_newer: projects_with_newer
-- rests_on: share_lost_with_older: projects_lost_with_older
-- caveat: Over the newest 28 final days. Active projects: with an invocation other than invalid. A project that runs once a month or less may be missing.
-- caveat: projects used it in these days. Of these, projects_lost used nothing newer of its series, and projects_with_newer did. projects_lost_with_older are lost if support for all older ones ends, too.
-- caveat: A series is Python, dbt, one adapter, one operating system or one C library: macos 14 is newer than macos 13, and neither newer nor older than linux. Without a version nothing is newer or older: null.
-- caveat: environment all takes every run of a project together. Another environment is looked at by itself: a project that is newer on people's machines than in its jobs is lost in the latter.
-- caveat: Adapter versions are known by project and day only, so that they have environment all alone; and since dbt 1.9 only. Projects without a node run have none.
-- caveat: dbt 2 reports no Python, no operating system and no C library. A project that moved to it has no newer one: it is unknown, or, if it still runs dbt 1, lost.
-- caveat: Shares are of known_projects: those with a known value of this kind in this environment; known_share is their share of its active projects. A project of two versions counts in both as used, but is lost with one of a series only.
-- caveat: Versions compare by number, pre-releases count as their minor version. Windows and macOS are as Python told them, macOS by its first number; the C library is glibc's or musl's (see platform_libc).
-- column: kind: What it is a version of: a version of Python, of dbt, of an adapter, an operating system or a C library
-- column: value: The version; null: projects of which no value is known
-- column: environment: Environment that is looked at by itself; all: every run of a project together; null: unknown
-- column: projects [count]: Distinct projects that used the version in the newest 28 final days
-- column: projects_lost [count]: Those of projects that used nothing newer of the same series
-- column: share_lost [share]: projects_lost / known_projects
-- column: projects_with_newer [count]: Those of projects that used something newer of the same series, too
-- column: projects_lost_with_older [count]: Distinct projects that are lost if support for all older versions of the series ends, too
-- column: share_lost_with_older [share]: projects_lost_with_older / known_projects
-- column: known_projects [count]: Distinct active projects with a known value of this kind in this environment
-- column: known_share [share]: Share of the active projects of the environment with a known value of this kind

WITH
span AS (
    SELECT 1 AS one, CAST(MAX(day) - INTERVAL '27 days' AS DATE) AS first_day
    FROM days
    WHERE is_final
),
final_days AS (
    SELECT d.day AS day
    FROM (SELECT 1 AS one, day FROM days WHERE is_final) AS d
    INNER JOIN span AS s ON d.one = s.one
    WHERE d.day >= s.first_day
),
active AS (
    SELECT DISTINCT
        i.project_key AS project_key,
        COALESCE(i.environment, '') AS environment,
        i.python_minor AS python_minor,
        i.dbt_minor AS dbt_minor,
        i.os AS os,
        CASE WHEN i.os = 'macos' THEN SPLIT_PART(i.os_version, '.', 1) WHEN i.os = 'windows' THEN i.os_version END
            AS os_version,
        i.libc AS libc
    FROM invocations AS i
    INNER JOIN final_days AS d ON i.day = d.day
    WHERE i.outcome <> 'invalid' AND i.project_key IS NOT NULL
),
adapter_parts AS (
    SELECT DISTINCT
        n.project_key AS project_key,
        n.adapter AS adapter,
        SPLIT_PART(n.adapter_version, '.', 1) AS a,
        SPLIT_PART(n.adapter_version, '.', 2) AS b
    FROM node_days AS n
    INNER JOIN final_days AS d ON n.day = d.day
),
-- The numbers that the parts begin with: a pre-release may follow one at once, as in 1.9b1.
adapters AS (
    SELECT
        project_key,
        adapter,
        COALESCE(
            TRY_CAST(SUBSTR(a, 1, 4) AS BIGINT), TRY_CAST(SUBSTR(a, 1, 3) AS BIGINT),
            TRY_CAST(SUBSTR(a, 1, 2) AS BIGINT), TRY_CAST(SUBSTR(a, 1, 1) AS BIGINT)
        ) || '.' || COALESCE(
            TRY_CAST(SUBSTR(b, 1, 4) AS BIGINT), TRY_CAST(SUBSTR(b, 1, 3) AS BIGINT),
            TRY_CAST(SUBSTR(b, 1, 2) AS BIGINT), TRY_CAST(SUBSTR(b, 1, 1) AS BIGINT)
        ) AS version
    FROM adapter_parts
),
-- A series is what versions are compared in.
versions AS (
    SELECT
        environment, project_key, 'python' AS kind, '' AS series, python_minor AS value, python_minor AS version
    FROM active
    UNION ALL
    SELECT environment, project_key, 'dbt' AS kind, '' AS series, dbt_minor AS value, dbt_minor AS version FROM active
    UNION ALL
    SELECT
        environment, project_key, 'os' AS kind, COALESCE(os, '') AS series,
        CASE WHEN os_version IS NULL THEN os ELSE os || ' ' || os_version END AS value, os_version AS version
    FROM active
    UNION ALL
    SELECT
        environment, project_key, 'libc' AS kind, COALESCE(SUBSTR(libc, 1, 4), '') AS series, libc AS value,
        CASE WHEN libc LIKE 'glibc%' THEN SUBSTR(libc, 6) ELSE SUBSTR(libc, 5) END AS version
    FROM active
    UNION ALL
    SELECT
        'all' AS environment, p.project_key, 'adapter' AS kind, COALESCE(a.adapter, '') AS series,
        a.adapter || ' ' || a.version AS value, a.version AS version
    FROM (SELECT DISTINCT project_key FROM active) AS p
    LEFT JOIN adapters AS a ON p.project_key = a.project_key
),
-- Three numbers at most, of which only a C library has the third.
ranked AS (
    SELECT
        environment, project_key, kind, series, value,
        CAST(NULLIF(SPLIT_PART(version, '.', 1), '') AS BIGINT) * 100000000
            + COALESCE(CAST(NULLIF(SPLIT_PART(version, '.', 2), '') AS BIGINT), 0) * 10000
            + COALESCE(CAST(NULLIF(SPLIT_PART(version, '.', 3), '') AS BIGINT), 0) AS version_rank
    FROM versions
),
uses AS (
    SELECT environment, project_key, kind, series, version_rank, MAX(value) AS value
    FROM (
        SELECT * FROM ranked
        UNION ALL
        SELECT 'all' AS environment, project_key, kind, series, value, version_rank FROM ranked WHERE kind <> 'adapter'
    ) AS r
    GROUP BY environment, project_key, kind, series, version_rank
),
newest AS (
    SELECT
        *, MAX(version_rank) OVER (PARTITION BY environment, kind, series, project_key) AS newest_rank
    FROM uses
    WHERE value IS NOT NULL
),
cells AS (
    SELECT
        environment, kind, series, version_rank, MAX(value) AS value,
        COUNT(*) AS projects,
        COUNT(*) FILTER (WHERE version_rank = newest_rank) AS lost
    FROM newest
    GROUP BY environment, kind, series, version_rank
),
cumulated AS (
    SELECT
        environment, kind, series, version_rank, value, projects,
        CASE WHEN version_rank IS NOT NULL THEN lost END AS lost,
        CASE
            WHEN version_rank IS NOT NULL
                THEN SUM(lost) OVER (PARTITION BY environment, kind, series ORDER BY COALESCE(version_rank, -1))
        END AS lost_with_older
    FROM cells
),
totals AS (
    SELECT
        environment, kind,
        COUNT(DISTINCT project_key) AS active_projects,
        COUNT(DISTINCT CASE WHEN value IS NOT NULL THEN project_key END) AS known_projects
    FROM uses
    GROUP BY environment, kind
),
lines AS (
    SELECT environment, kind, series, version_rank, value, projects, lost, lost_with_older FROM cumulated
    UNION ALL
    SELECT
        environment, kind, '' AS series, CAST(NULL AS BIGINT) AS version_rank, CAST(NULL AS VARCHAR) AS value,
        active_projects - known_projects AS projects,
        CAST(NULL AS BIGINT) AS lost, CAST(NULL AS BIGINT) AS lost_with_older
    FROM totals
    WHERE active_projects > known_projects
)
SELECT
    l.kind AS kind,
    l.value AS value,
    NULLIF(l.environment, '') AS environment,
    l.projects AS projects,
    CASE WHEN l.value IS NOT NULL THEN CAST(l.projects AS DOUBLE) / t.known_projects END AS share_of_known,
    l.lost AS projects_lost,
    CAST(l.lost AS DOUBLE) / t.known_projects AS share_lost,
    l.projects - l.lost AS projects_with_newer,
    CAST(l.lost_with_older AS BIGINT) AS projects_lost_with_older,
    CAST(l.lost_with_older AS DOUBLE) / t.known_projects AS share_lost_with_older,
    t.known_projects AS known_projects,
    CAST(t.known_projects AS DOUBLE) / t.active_projects AS known_share
FROM lines AS l
INNER JOIN totals AS t ON l.environment = t.environment AND l.kind = t.kind
ORDER BY
    l.kind, l.environment <> 'all', l.environment = '', l.environment,
    l.value IS NULL, l.series, COALESCE(l.version_rank, -1), l.value
