-- title: Versions behind the newest
-- question: How many projects still run which minor version, and how far behind the newest one is it?
-- section: adoption
-- chart: bar of share_of_known by dbt_minor for each status
-- unit: share of active projects whose version is known
-- grain: one minor version of dbt and status; null: unknown
-- key: dbt_minor, status
-- regardless: invocations.outcome
-- caveat: dbt supports a minor version for a year after it is published. When that was is not in the data: status says how many versions are newer, not whether one is still supported.
-- caveat: status is current (the newest minor version of which anybody ran a release on a final day of the window), previous (the next older one of these), older, or prerelease.
-- caveat: dbt 1 and dbt 2 are one line of versions here: from the first release of dbt 2 on, the newest dbt 1 is previous at most, however long it is supported beside it.
-- caveat: Active in the newest 28 final days, up to last_day: with an invocation other than invalid. Each project counts once, with the newest release that it ran in them.
-- caveat: prerelease: projects that ran no release in these days, by the minor version of their newest pre-release. They are among the known ones, and in no share_this_or_older.
-- caveat: share_this_or_older counts the projects whose newest release is of this minor version or an older one: who would be left behind if support ended with it.
-- caveat: runs are all runs of these projects in these days, invalid ones left out, whatever their version. Runs without a known project are in no column.
-- column: dbt_minor: Minor version of the newest release of the projects; of prerelease, of their newest pre-release
-- column: status: current, previous, older or prerelease: how many minor versions are newer
-- column: runs [count]: Invocations of these projects in the newest 28 final days, invalid ones left out, of whatever version
-- column: projects [count]: Distinct projects active in the newest 28 final days, each counted once
-- column: share_of_known [share]: Share of the active projects whose version is known
-- column: share_this_or_older [share]: Share of the active projects of known version whose newest release is of this minor version or an older one
-- column: known_share [share]: Share of the active projects whose version is known; the same in every row

WITH
span AS (
    SELECT
        1 AS one,
        MAX(day) AS last_day,
        CAST(MAX(day) - INTERVAL '27 days' AS DATE) AS first_day
    FROM days
    WHERE is_final
),
-- Versions compare by number.
runs AS (
    SELECT
        1 AS one,
        i.day AS day,
        i.project_key AS project_key,
        CAST(i.version_major AS BIGINT) * 10000 + i.version_minor AS version_rank,
        i.is_prerelease AS is_prerelease
    FROM invocations AS i
    INNER JOIN days AS d ON i.day = d.day
    WHERE d.is_final AND i.outcome <> 'invalid' AND i.project_key IS NOT NULL
),
-- From the newest on: 1 is current, 2 previous.
released AS (
    SELECT version_rank, ROW_NUMBER() OVER (ORDER BY version_rank DESC) AS place
    FROM (
        SELECT version_rank
        FROM runs
        WHERE NOT is_prerelease AND version_rank IS NOT NULL
        GROUP BY version_rank
    ) AS r
),
projects_of AS (
    SELECT
        r.project_key AS project_key,
        MAX(CASE WHEN NOT r.is_prerelease THEN r.version_rank END) AS release_rank,
        MAX(CASE WHEN r.is_prerelease THEN r.version_rank END) AS prerelease_rank,
        COUNT(*) AS runs
    FROM runs AS r
    INNER JOIN span AS s ON r.one = s.one
    WHERE r.day >= s.first_day
    GROUP BY r.project_key
),
ranked AS (
    SELECT
        COALESCE(release_rank, prerelease_rank) AS version_rank,
        CASE WHEN release_rank IS NOT NULL THEN 0 WHEN prerelease_rank IS NOT NULL THEN 1 ELSE 2 END AS kind,
        runs
    FROM projects_of
),
cells AS (
    SELECT version_rank, kind, COUNT(*) AS projects, CAST(SUM(runs) AS BIGINT) AS runs
    FROM ranked
    GROUP BY version_rank, kind
),
cumulated AS (
    SELECT
        1 AS one,
        version_rank,
        kind,
        projects,
        runs,
        CAST(SUM(projects) OVER (PARTITION BY kind ORDER BY version_rank) AS BIGINT) AS projects_up_to
    FROM cells
),
totals AS (
    SELECT
        1 AS one,
        CAST(SUM(projects) AS BIGINT) AS active_projects,
        CAST(SUM(CASE WHEN kind < 2 THEN projects ELSE 0 END) AS BIGINT) AS known_projects
    FROM cells
)
SELECT
    -- Whole numbers: 10009 is 1.9.
    CAST((c.version_rank - c.version_rank % 10000) / 10000 AS BIGINT) || '.' || (c.version_rank % 10000) AS dbt_minor,
    CASE
        WHEN c.kind = 1 THEN 'prerelease'
        WHEN r.place = 1 THEN 'current'
        WHEN r.place = 2 THEN 'previous'
        WHEN c.kind = 0 THEN 'older'
    END AS status,
    c.runs AS runs,
    c.projects AS projects,
    CASE WHEN c.kind < 2 THEN CAST(c.projects AS DOUBLE) / t.known_projects END AS share_of_known,
    CASE WHEN c.kind = 0 THEN CAST(c.projects_up_to AS DOUBLE) / t.known_projects END AS share_this_or_older,
    CAST(t.known_projects AS DOUBLE) / t.active_projects AS known_share,
    s.last_day AS last_day
FROM cumulated AS c
INNER JOIN totals AS t ON c.one = t.one
INNER JOIN span AS s ON c.one = s.one
LEFT JOIN released AS r ON c.version_rank = r.version_rank
ORDER BY c.kind, c.version_rank
