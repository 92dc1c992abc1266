-- title: C libraries of Linux
-- question: Which C libraries are there where dbt runs on Linux, and how old may the one be that a build requires?
-- section: platform
-- chart: bar of share_of_known by libc
-- unit: share of projects on Linux whose C library is known
-- grain: one C library and version, as Python told it, of runs on Linux; null: unknown
-- key: libc
-- regardless: invocations.outcome
-- rests_on: share_this_or_older: projects_this_or_older
-- caveat: Runs on Linux only. dbt 2 does not report its platform, so its runs are not here, and projects that moved to it are missing.
-- caveat: From Python 3.9 on it is the library that is installed. Up to 3.8 it is the newest version that the interpreter itself requires, which may be older than the installed one.
-- caveat: Python up to 3.13 does not recognize musl, so that Alpine Linux is mostly in the unknown row. known_share is the share of the runs on Linux whose library is known.
-- caveat: Invalid runs are in no column. A project that ran on two versions counts in both, so that share_of_known may add up to more than 1.
-- caveat: projects_this_or_older ran on this version or an older one of the same library at least once: who would be lost, in part at least, if a build required a newer one.
-- caveat: known_projects are those with a known library on Linux, of which share_of_known and share_this_or_older are shares. Versions compare by number.
-- column: runs [count]: Invocations on Linux, invalid ones left out
-- column: projects_this_or_older [count]: Distinct projects that ran on this version or an older one of the same library
-- column: share_this_or_older [share]: projects_this_or_older / known_projects
-- column: known_share [share]: Share of the runs on Linux whose library is known; the same in every row

WITH
runs AS (
    SELECT
        libc,
        CASE WHEN libc LIKE 'glibc%' THEN 'glibc' WHEN libc IS NOT NULL THEN 'musl' END AS library,
        CASE WHEN libc LIKE 'glibc%' THEN SUBSTR(libc, 6) ELSE SUBSTR(libc, 5) END AS version,
        project_key
    FROM invocations
    WHERE os = 'linux' AND outcome <> 'invalid'
),
-- Three numbers at most; a library without a version is before all of its versions.
cells AS (
    SELECT
        1 AS one,
        libc,
        library,
        COALESCE(CAST(NULLIF(SPLIT_PART(version, '.', 1), '') AS BIGINT), 0) * 100000000
            + COALESCE(CAST(NULLIF(SPLIT_PART(version, '.', 2), '') AS BIGINT), 0) * 10000
            + COALESCE(CAST(NULLIF(SPLIT_PART(version, '.', 3), '') AS BIGINT), 0) AS version_rank,
        project_key,
        COUNT(*) AS runs
    FROM runs
    GROUP BY libc, library, version, project_key
),
-- By library: of each project the oldest version counts.
oldest AS (
    SELECT library, project_key, MIN(version_rank) AS version_rank
    FROM cells
    WHERE library IS NOT NULL AND project_key IS NOT NULL
    GROUP BY library, project_key
),
oldest_counts AS (
    SELECT library, version_rank, COUNT(*) AS projects
    FROM oldest
    GROUP BY library, version_rank
),
libraries AS (
    SELECT
        one,
        libc,
        library,
        version_rank,
        COUNT(DISTINCT project_key) AS projects,
        CAST(SUM(runs) AS BIGINT) AS runs
    FROM cells
    GROUP BY one, libc, library, version_rank
),
older AS (
    SELECT l.libc AS libc, CAST(SUM(o.projects) AS BIGINT) AS projects
    FROM libraries AS l
    INNER JOIN oldest_counts AS o ON l.library = o.library
    WHERE o.version_rank <= l.version_rank
    GROUP BY l.libc
),
totals AS (
    SELECT
        one,
        COUNT(DISTINCT CASE WHEN libc IS NOT NULL THEN project_key END) AS known_projects,
        CAST(SUM(CASE WHEN libc IS NOT NULL THEN runs ELSE 0 END) AS BIGINT) AS known_runs,
        CAST(SUM(runs) AS BIGINT) AS all_runs
    FROM cells
    GROUP BY one
)
SELECT
    l.libc AS libc,
    l.runs AS runs,
    l.projects AS projects,
    CASE
        WHEN l.libc IS NOT NULL THEN CAST(l.projects AS DOUBLE) / NULLIF(t.known_projects, 0)
    END AS share_of_known,
    CASE WHEN l.libc IS NOT NULL THEN COALESCE(o.projects, 0) END AS projects_this_or_older,
    CASE
        WHEN l.libc IS NOT NULL THEN CAST(COALESCE(o.projects, 0) AS DOUBLE) / NULLIF(t.known_projects, 0)
    END AS share_this_or_older,
    t.known_projects AS known_projects,
    CAST(t.known_runs AS DOUBLE) / t.all_runs AS known_share
FROM libraries AS l
INNER JOIN totals AS t ON l.one = t.one
LEFT JOIN older AS o ON l.libc = o.libc
ORDER BY l.library NULLS LAST, l.version_rank, l.libc
