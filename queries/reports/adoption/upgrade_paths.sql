-- title: Upgrade paths
-- question: From which minor version of dbt to which do projects go, and do they go back?
-- section: adoption
-- chart: heatmap of projects by to_minor, from_minor
-- unit: projects
-- grain: one minor version before and one after it
-- key: from_minor, to_minor
-- regardless: invocations.outcome
-- rests_on: median_days: projects / 2
-- caveat: A change is an active day of a project whose newest version is of another minor version than on its active day before. Days of which the version is unknown are passed over.
-- caveat: Active: with an invocation other than invalid; the newest version of such a day may be that of an invalid one. Only final days are read. What happened before the window, and after its last final day, is not in it.
-- caveat: projects went this way once at least, changes counts every time. A project whose people or jobs run different versions goes up and down often: compare projects, not changes.
-- caveat: Versions compare by number. A minor version's pre-releases count as that minor version. From dbt 1 to dbt 2 is an upgrade.
-- caveat: median_days is from the last active day with the version before to the first one with the version after, over changes: how exactly the time of a change is known, not how long it took.
-- caveat: share_of_changing_projects is of the changing_projects, those with any change. The rows of one project are several where it went several ways, so that shares may add up to more than 1.
-- caveat: A project that gets another account with the upgrade (before 0.21 dbt reports none) is another project: such an upgrade is not seen.
-- column: direction: upgrade or downgrade, by the numbers of the versions
-- column: projects [count]: Distinct projects that went this way once at least
-- column: share_of_changing_projects [share]: projects / changing_projects
-- column: changing_projects [count]: Distinct projects with any change of the minor version
-- column: changes [count]: Times that a project went this way
-- column: median_days [days]: Median of the days between the last active day before and the first one after, over changes

WITH
known AS (
    SELECT
        p.project_key AS project_key,
        p.day AS day,
        EXTRACT(EPOCH FROM CAST(p.day AS TIMESTAMP)) / 86400 AS day_number,
        p.dbt_minor AS dbt_minor,
        CAST(p.version_major AS BIGINT) * 10000 + p.version_minor AS version_rank
    FROM project_days AS p
    INNER JOIN days AS d ON p.day = d.day
    WHERE d.is_final AND p.runs > p.invalids AND p.dbt_minor IS NOT NULL
),
followed AS (
    SELECT
        *,
        LAG(dbt_minor) OVER (PARTITION BY project_key ORDER BY day) AS minor_before,
        LAG(version_rank) OVER (PARTITION BY project_key ORDER BY day) AS rank_before,
        LAG(day_number) OVER (PARTITION BY project_key ORDER BY day) AS number_before
    FROM known
),
changes AS (
    SELECT
        1 AS one,
        project_key,
        minor_before AS from_minor,
        dbt_minor AS to_minor,
        rank_before AS from_rank,
        version_rank AS to_rank,
        CAST(day_number - number_before AS DOUBLE) AS days_between
    FROM followed
    WHERE version_rank <> rank_before
),
paths AS (
    SELECT
        one,
        from_minor,
        to_minor,
        MAX(from_rank) AS from_rank,
        MAX(to_rank) AS to_rank,
        COUNT(DISTINCT project_key) AS projects,
        COUNT(*) AS changes,
        QUANTILE_CONT(days_between, 0.5) AS median_days
    FROM changes
    GROUP BY one, from_minor, to_minor
),
changing AS (
    SELECT one, COUNT(DISTINCT project_key) AS projects
    FROM changes
    GROUP BY one
)
SELECT
    p.from_minor AS from_minor,
    p.to_minor AS to_minor,
    CASE WHEN p.to_rank > p.from_rank THEN 'upgrade' ELSE 'downgrade' END AS direction,
    p.projects AS projects,
    CAST(p.projects AS DOUBLE) / c.projects AS share_of_changing_projects,
    c.projects AS changing_projects,
    p.changes AS changes,
    p.median_days AS median_days
FROM paths AS p
INNER JOIN changing AS c ON p.one = c.one
ORDER BY p.projects DESC, p.changes DESC, p.from_rank, p.to_rank
