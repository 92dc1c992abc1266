-- title: Packages
-- question: Which packages do projects install?
-- section: features
-- chart: dot of share_of_projects by package_name for each package_source
-- unit: share of the projects that install any package
-- grain: one source of packages (null: unknown) and package; null: its name is not a public one, and all of them are one row
-- key: package_source, package_name
-- caveat: Only names of a public list of the hub are kept. All other packages of a source are one row, of which packages says how many there are; private ones are among them.
-- caveat: A package that is installed from git has no public name here, even where the hub has it too.
-- caveat: A project is its name here (project_id): the command that installs knows no account. All projects of one template name are one, so that projects are fewer than in other reports.
-- caveat: projects are those that installed in the window, not those that use a package: who installed before it, or has the packages in an image, is not here. all_projects, of which the shares are, installed any.
-- caveat: installs count every package each time that it was installed: a job that installs before each run has many. Invalid invocations are not left out: the mart does not tell them.
-- caveat: A package of a package is installed and counted too.
-- caveat: The interval (95 %) is Wilson's, every project counting once. Installs without a known project are in installs and packages, and in no count of projects.
-- column: packages [count]: Distinct packages of the row: 1 where its name is public
-- column: projects [count]: Distinct projects (names) that installed it in the window
-- column: all_projects [count]: Distinct projects (names) that installed any package
-- column: share_of_projects [share]: projects / all_projects
-- column: share_of_installs [share]: Share of all installs

WITH
cells AS (
    SELECT
        package_source,
        package_name,
        COUNT(DISTINCT project_id) AS projects,
        COUNT(DISTINCT package_id) AS packages,
        CAST(SUM(installs) AS BIGINT) AS installs
    FROM package_days
    GROUP BY package_source, package_name
),
totals AS (
    SELECT COUNT(DISTINCT project_id) AS all_projects, CAST(SUM(installs) AS BIGINT) AS all_installs
    FROM package_days
)
-- Every project is one unit: it installs the package or not.
SELECT
    c.package_source AS package_source,
    c.package_name AS package_name,
    c.packages AS packages,
    c.projects AS projects,
    t.all_projects AS all_projects,
    RATE(c.projects, t.all_projects) AS share_of_projects,
    RATE_LOW(c.projects, t.all_projects, c.projects, c.projects, t.all_projects, t.all_projects)
        AS share_of_projects_low,
    RATE_HIGH(c.projects, t.all_projects, c.projects, c.projects, t.all_projects, t.all_projects)
        AS share_of_projects_high,
    c.installs AS installs,
    CAST(c.installs AS DOUBLE) / NULLIF(t.all_installs, 0) AS share_of_installs
FROM cells AS c
CROSS JOIN totals AS t
ORDER BY
    c.package_name IS NULL, c.projects DESC, c.installs DESC, c.package_source NULLS LAST, c.package_name NULLS LAST
