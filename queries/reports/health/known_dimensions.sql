-- title: What is known of runs
-- question: How much of what reports break runs down by is known, with each engine?
-- section: health
-- chart: heatmap of known_share by engine, dimension
-- unit: share of runs
-- grain: one dimension and engine; engine null: unknown
-- key: dimension, engine
-- unpublished: what is known of a dimension and what is not are the parts of every other table
-- caveat: All runs count, invalid ones too. Known is what an event said, even if it is nothing that this program has a name for: other is a known command, adapter, environment or system.
-- caveat: dbt 2 reports no operating system, architecture, Python and C library. There is a C library to report on Linux only, and the country is known only where the collector looked it up.
-- caveat: Since dbt 1.5 project and adapter come in events of their own: a run that ended before its project was loaded, or of a command that needs no project, has neither.
-- caveat: A user is an id in a file on a machine. Where that file is not kept, each run has another id: it is known, and of no use to count people.
-- caveat: The engine is unknown where all events that name it were lost; then all that comes with it (version, command, user, platform) is, too.
-- caveat: projects are the known projects of the engine's runs; known_projects those of which the dimension is known in one run at least.
-- column: dimension: What reports break runs down by
-- column: known_runs [count]: Those of runs of which the dimension is known
-- column: known_share [share]: known_runs / runs
-- column: projects [count]: Distinct known projects of the engine's runs
-- column: known_projects [count]: Those of projects of which the dimension is known in one run at least

WITH
counts AS (
    SELECT
        engine,
        COUNT(*) AS runs,
        COUNT(DISTINCT project_key) AS projects,
        COUNT(project_key) AS known_project,
        COUNT(user_id) AS known_user,
        COUNT(dbt_minor) AS known_version,
        COUNT(command) AS known_command,
        COUNT(adapter) AS known_adapter,
        COUNT(os) AS known_os,
        COUNT(arch) AS known_arch,
        COUNT(python_minor) AS known_python,
        COUNT(libc) AS known_libc,
        COUNT(environment) AS known_environment,
        COUNT(country) AS known_country,
        COUNT(DISTINCT CASE WHEN user_id IS NOT NULL THEN project_key END) AS projects_user,
        COUNT(DISTINCT CASE WHEN dbt_minor IS NOT NULL THEN project_key END) AS projects_version,
        COUNT(DISTINCT CASE WHEN command IS NOT NULL THEN project_key END) AS projects_command,
        COUNT(DISTINCT CASE WHEN adapter IS NOT NULL THEN project_key END) AS projects_adapter,
        COUNT(DISTINCT CASE WHEN os IS NOT NULL THEN project_key END) AS projects_os,
        COUNT(DISTINCT CASE WHEN arch IS NOT NULL THEN project_key END) AS projects_arch,
        COUNT(DISTINCT CASE WHEN python_minor IS NOT NULL THEN project_key END) AS projects_python,
        COUNT(DISTINCT CASE WHEN libc IS NOT NULL THEN project_key END) AS projects_libc,
        COUNT(DISTINCT CASE WHEN environment IS NOT NULL THEN project_key END) AS projects_environment,
        COUNT(DISTINCT CASE WHEN country IS NOT NULL THEN project_key END) AS projects_country
    FROM invocations
    GROUP BY engine
),
dimensions AS (
    SELECT
        1 AS place, 'project' AS dimension, engine, runs, projects, known_project AS known_runs,
        projects AS known_projects
    FROM counts
    UNION ALL
    SELECT
        2 AS place, 'user' AS dimension, engine, runs, projects, known_user AS known_runs,
        projects_user AS known_projects
    FROM counts
    UNION ALL
    SELECT
        3 AS place, 'version' AS dimension, engine, runs, projects, known_version AS known_runs,
        projects_version AS known_projects
    FROM counts
    UNION ALL
    SELECT
        4 AS place, 'command' AS dimension, engine, runs, projects, known_command AS known_runs,
        projects_command AS known_projects
    FROM counts
    UNION ALL
    SELECT
        5 AS place, 'adapter' AS dimension, engine, runs, projects, known_adapter AS known_runs,
        projects_adapter AS known_projects
    FROM counts
    UNION ALL
    SELECT
        6 AS place, 'os' AS dimension, engine, runs, projects, known_os AS known_runs,
        projects_os AS known_projects
    FROM counts
    UNION ALL
    SELECT
        7 AS place, 'arch' AS dimension, engine, runs, projects, known_arch AS known_runs,
        projects_arch AS known_projects
    FROM counts
    UNION ALL
    SELECT
        8 AS place, 'python' AS dimension, engine, runs, projects, known_python AS known_runs,
        projects_python AS known_projects
    FROM counts
    UNION ALL
    SELECT
        9 AS place, 'libc' AS dimension, engine, runs, projects, known_libc AS known_runs,
        projects_libc AS known_projects
    FROM counts
    UNION ALL
    SELECT
        10 AS place, 'environment' AS dimension, engine, runs, projects, known_environment AS known_runs,
        projects_environment AS known_projects
    FROM counts
    UNION ALL
    SELECT
        11 AS place, 'country' AS dimension, engine, runs, projects, known_country AS known_runs,
        projects_country AS known_projects
    FROM counts
)
SELECT
    dimension,
    engine,
    runs,
    known_runs,
    CAST(known_runs AS DOUBLE) / runs AS known_share,
    projects,
    known_projects
FROM dimensions
ORDER BY place, engine IS NULL, engine
