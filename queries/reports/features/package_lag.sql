-- title: Versions of packages
-- question: How far are projects behind the newest version of the packages that they install?
-- section: features
-- chart: dot of share_on_newest by package_name
-- unit: share of the package's projects
-- grain: one package with a public name
-- key: package_name
-- rests_on: projects_on_newest, projects_older_patch, projects_older_minor, projects_older_major: projects_on_newest
-- rests_on: projects_on_newest, projects_older_patch, projects_older_minor, projects_older_major: projects_older_patch
-- rests_on: projects_on_newest, projects_older_patch, projects_older_minor, projects_older_major: projects_older_minor
-- rests_on: projects_on_newest, projects_older_patch, projects_older_minor, projects_older_major: projects_older_major
-- rests_on: share_on_newest, share_on_newest_low, share_on_newest_high, share_older_patch, share_older_minor, share_older_major: projects_on_newest
-- rests_on: share_on_newest, share_on_newest_low, share_on_newest_high, share_older_patch, share_older_minor, share_older_major: projects_older_patch
-- rests_on: share_on_newest, share_on_newest_low, share_on_newest_high, share_older_patch, share_older_minor, share_older_major: projects_older_minor
-- rests_on: share_on_newest, share_on_newest_low, share_on_newest_high, share_older_patch, share_older_minor, share_older_major: projects_older_major
-- caveat: The newest version is the highest that any project installed in the window, by its numbers, not the highest that was published. A package that nobody brings up to date looks up to date.
-- caveat: A single project that installs an unpublished version makes all others old: newest_projects says on how many projects the newest version rests.
-- caveat: A project's version is that of its newest day with an install, the highest of that day. It may have moved since without an install in the window, and a longer window holds more projects that stopped.
-- caveat: Only versions of three numbers are compared. unparsed_projects are those whose newest day has no other kind of version but ranges, pre-releases, revisions or none. They are in no share.
-- caveat: projects_on_newest, projects_older_patch (same major and minor number), projects_older_minor (same major number) and projects_older_major add up to projects. Their shares add up to 1.
-- caveat: A name is without its organisation: two packages of one name are one here, and a package that moved to another organisation stays one.
-- caveat: A project is its name here (project_id): all projects of one template name are one. Installs without a known project are in no column.
-- caveat: The interval (95 %) is Wilson's, every project counting once.
-- column: newest_version: Highest version that any project installed in the window, by its numbers
-- column: newest_projects [count]: Distinct projects that installed newest_version
-- column: projects [count]: Distinct projects (names) whose version can be compared, the denominator of all shares
-- column: projects_on_newest [count]: Those of projects on newest_version
-- column: projects_older_patch [count]: Those of projects behind newest_version in the third number only
-- column: projects_older_minor [count]: Those of projects behind newest_version in the second number
-- column: projects_older_major [count]: Those of projects behind newest_version in the first number
-- column: share_on_newest [share]: projects_on_newest / projects
-- column: share_older_patch [share]: projects_older_patch / projects
-- column: share_older_minor [share]: projects_older_minor / projects
-- column: share_older_major [share]: projects_older_major / projects
-- column: unparsed_projects [count]: Distinct projects without a version of three numbers on their newest day, which are in no share

WITH
installs AS (
    SELECT
        day,
        project_id,
        package_name,
        package_version,
        -- As semantic versions are written; at most 6 digits a part, so that a rank of three is one whole number.
        package_version ~ '^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})$' AS is_version,
        TRY_CAST(SPLIT_PART(package_version, '.', 1) AS BIGINT) AS major,
        TRY_CAST(SPLIT_PART(package_version, '.', 2) AS BIGINT) AS minor,
        TRY_CAST(SPLIT_PART(package_version, '.', 3) AS BIGINT) AS patch
    FROM package_days
    WHERE package_name IS NOT NULL AND project_id IS NOT NULL
),
-- Versions compare by number: 1.10.0 is newer than 1.9.2. From its starts on, a rank is of that major or minor number.
ranked AS (
    SELECT
        day,
        project_id,
        package_name,
        package_version,
        CASE WHEN is_version THEN (major * 1000000 + minor) * 1000000 + patch END AS version_rank,
        CASE WHEN is_version THEN (major * 1000000 + minor) * 1000000 END AS minor_start,
        CASE WHEN is_version THEN major * 1000000 * 1000000 END AS major_start
    FROM installs
),
highest AS (
    SELECT package_name, MAX(version_rank) AS newest_rank
    FROM ranked
    GROUP BY package_name
),
newest AS (
    SELECT
        r.package_name AS package_name,
        MAX(r.package_version) AS newest_version,
        MAX(r.version_rank) AS newest_rank,
        MAX(r.minor_start) AS minor_start,
        MAX(r.major_start) AS major_start,
        COUNT(DISTINCT r.project_id) AS newest_projects
    FROM ranked AS r
    INNER JOIN highest AS h ON r.package_name = h.package_name AND r.version_rank = h.newest_rank
    GROUP BY r.package_name
),
last_days AS (
    SELECT package_name, project_id, MAX(day) AS day
    FROM ranked
    GROUP BY package_name, project_id
),
projects AS (
    SELECT r.package_name AS package_name, r.project_id AS project_id, MAX(r.version_rank) AS version_rank
    FROM ranked AS r
    INNER JOIN last_days AS l ON r.package_name = l.package_name AND r.project_id = l.project_id AND r.day = l.day
    GROUP BY r.package_name, r.project_id
),
cells AS (
    SELECT
        p.package_name AS package_name,
        MAX(n.newest_version) AS newest_version,
        MAX(n.newest_projects) AS newest_projects,
        COUNT(p.version_rank) AS projects,
        COUNT(*) FILTER (WHERE p.version_rank = n.newest_rank) AS projects_on_newest,
        COUNT(*) FILTER (WHERE p.version_rank < n.newest_rank AND p.version_rank >= n.minor_start) AS projects_older_patch,
        COUNT(*) FILTER (WHERE p.version_rank < n.minor_start AND p.version_rank >= n.major_start) AS projects_older_minor,
        COUNT(*) FILTER (WHERE p.version_rank < n.major_start) AS projects_older_major,
        COUNT(*) FILTER (WHERE p.version_rank IS NULL) AS unparsed_projects
    FROM projects AS p
    LEFT JOIN newest AS n ON p.package_name = n.package_name
    GROUP BY p.package_name
)
SELECT
    package_name AS package_name,
    newest_version AS newest_version,
    COALESCE(newest_projects, 0) AS newest_projects,
    projects AS projects,
    projects_on_newest AS projects_on_newest,
    projects_older_patch AS projects_older_patch,
    projects_older_minor AS projects_older_minor,
    projects_older_major AS projects_older_major,
    RATE(projects_on_newest, projects) AS share_on_newest,
    RATE_LOW(projects_on_newest, projects, projects_on_newest, projects_on_newest, projects, projects) AS share_on_newest_low,
    RATE_HIGH(projects_on_newest, projects, projects_on_newest, projects_on_newest, projects, projects) AS share_on_newest_high,
    RATE(projects_older_patch, projects) AS share_older_patch,
    RATE(projects_older_minor, projects) AS share_older_minor,
    RATE(projects_older_major, projects) AS share_older_major,
    unparsed_projects AS unparsed_projects
FROM cells
ORDER BY projects DESC, package_name
