-- title: Pre-releases
-- question: Who runs pre-releases of dbt, and does it run releases, too?
-- section: adoption
-- chart: bar of share_of_runs by dbt_minor
-- unit: share of the runs of the minor version
-- grain: one minor version of dbt of which a pre-release ran; null: unknown
-- key: dbt_minor
-- regardless: invocations.outcome
-- rests_on: share_with_release: projects_with_release
-- caveat: A pre-release is an alpha, beta, release candidate, preview or development build, as its version says. Who builds dbt from its repository runs what the last version there says.
-- caveat: Invalid runs are in no column. Minor versions of which no pre-release ran have no row. all_runs and all_projects are of releases and pre-releases of the minor version together.
-- caveat: projects ran a pre-release of this minor version. projects_with_release are those of them that also ran a release, of any minor version, in the window.
-- caveat: Of the unknown row, runs and projects are those of which the version is unknown, and the rest is null. known_share is the share of all runs whose version is known.
-- caveat: Runs without a known project are in runs, and in no count of projects. A project that ran pre-releases of two minor versions counts in both rows.
-- caveat: dbt 2 was given to everybody as previews long before its first release: its pre-releases are not used by testers only, as those of dbt 1 are.
-- column: runs [count]: Invocations of a pre-release of the minor version; in the unknown row those whose version is unknown
-- column: all_runs [count]: Invocations of the minor version, releases and pre-releases
-- column: share_of_runs [share]: runs / all_runs
-- column: projects [count]: Distinct projects that ran a pre-release of the minor version
-- column: all_projects [count]: Distinct projects that ran the minor version, releases or pre-releases
-- column: share_of_projects [share]: projects / all_projects
-- column: projects_with_release [count]: Those of projects that also ran a release, of any minor version
-- column: share_with_release [share]: projects_with_release / projects

WITH
active AS (
    SELECT dbt_minor, version_major, version_minor, is_prerelease, project_key
    FROM invocations
    WHERE outcome <> 'invalid'
),
releasing AS (
    SELECT DISTINCT project_key AS release_key
    FROM active
    WHERE NOT is_prerelease AND project_key IS NOT NULL
),
cells AS (
    SELECT
        a.dbt_minor AS dbt_minor,
        a.version_major AS version_major,
        a.version_minor AS version_minor,
        COUNT(*) AS all_runs,
        COUNT(*) FILTER (WHERE a.is_prerelease) AS prerelease_runs,
        COUNT(DISTINCT a.project_key) AS all_projects,
        COUNT(DISTINCT CASE WHEN a.is_prerelease THEN a.project_key END) AS projects,
        COUNT(DISTINCT CASE WHEN a.is_prerelease THEN r.release_key END) AS projects_with_release
    FROM active AS a
    LEFT JOIN releasing AS r ON a.project_key = r.release_key
    GROUP BY a.dbt_minor, a.version_major, a.version_minor
),
total AS (
    SELECT
        CAST(SUM(all_runs) AS BIGINT) AS runs,
        CAST(SUM(CASE WHEN dbt_minor IS NOT NULL THEN all_runs ELSE 0 END) AS BIGINT) AS known_runs
    FROM cells
)
SELECT
    c.dbt_minor AS dbt_minor,
    CASE WHEN c.dbt_minor IS NULL THEN c.all_runs ELSE c.prerelease_runs END AS runs,
    CASE WHEN c.dbt_minor IS NOT NULL THEN c.all_runs END AS all_runs,
    CASE WHEN c.dbt_minor IS NOT NULL THEN CAST(c.prerelease_runs AS DOUBLE) / c.all_runs END AS share_of_runs,
    CASE WHEN c.dbt_minor IS NULL THEN c.all_projects ELSE c.projects END AS projects,
    CASE WHEN c.dbt_minor IS NOT NULL THEN c.all_projects END AS all_projects,
    CASE
        WHEN c.dbt_minor IS NOT NULL THEN CAST(c.projects AS DOUBLE) / NULLIF(c.all_projects, 0)
    END AS share_of_projects,
    CASE WHEN c.dbt_minor IS NOT NULL THEN c.projects_with_release END AS projects_with_release,
    CASE
        WHEN c.dbt_minor IS NOT NULL THEN CAST(c.projects_with_release AS DOUBLE) / NULLIF(c.projects, 0)
    END AS share_with_release,
    CAST(t.known_runs AS DOUBLE) / t.runs AS known_share
FROM cells AS c
CROSS JOIN total AS t
WHERE c.dbt_minor IS NULL OR c.prerelease_runs > 0
ORDER BY c.version_major NULLS LAST, c.version_minor NULLS LAST, c.dbt_minor NULLS LAST
