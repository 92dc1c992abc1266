-- title: Packages by day
-- question: Which packages did each project install on each day?
-- grain: one package in one version, installed by one project on one day
-- key: day, project_id, package_source, package_id, package_version
-- column: day: UTC day of the invocations
--   from: invocations.day
-- column: week: Monday of that day's week
--   from: invocations.week
-- column: project_id: Pseudonym of dbt's MD5 of the project name; deps knows no account, so that a project is its name here
--   from: package_install_events.project_id, else invocations.project_id
-- column: package_source: hub, git, local, tarball, private or other
--   from: package_install_events.package_source
-- column: package_name: Name without organisation, where it is one of the public hub
--   from: package_install_events.package_name
-- column: package_id: Pseudonym of dbt's MD5 of the package's name or place
--   from: package_install_events.package_id
-- column: package_version: Version, where the name is kept
--   from: package_install_events.package_version
-- column: installs [count]: Times that it was installed
--   from: package_install_events

WITH
installs AS (
    SELECT
        i.day,
        i.week,
        COALESCE(p.project_id, i.project_id) AS project_id,
        p.package_source,
        p.package_name,
        p.package_id,
        p.package_version
    FROM package_install_events AS p
    INNER JOIN invocations AS i ON p.invocation_id = i.invocation_id
)
SELECT
    day,
    MAX(week) AS week,
    project_id,
    package_source,
    MAX(package_name) AS package_name,
    package_id,
    package_version,
    COUNT(*) AS installs
FROM installs
GROUP BY day, project_id, package_source, package_id, package_version
ORDER BY
    day, project_id NULLS LAST, package_source NULLS LAST, package_id NULLS LAST, package_version NULLS LAST
