-- title: Command mix
-- question: Which commands of dbt are run, by how many projects, with each engine?
-- section: activity
-- chart: bar of share_of_engine_runs by command for each engine
-- unit: share of runs
-- grain: one engine and command; null: unknown
-- key: engine, command
-- regardless: invocations.outcome
-- caveat: Invalid runs are in no column. Runs without a known project are in runs, and in no count of projects.
-- caveat: share_of_engine_runs and share_of_engine_projects are of the engine's runs and active projects, share_of_runs and share_of_projects of those of all engines, the unknown included.
-- caveat: A project that runs several commands, or with several engines, counts in each, so that shares of projects add up to more than 1.
-- caveat: share_known is the share of the engine's runs whose command is known: the same in all of its rows.
-- caveat: build does what run, test, seed and snapshot do one by one: more runs are not more work. Compare engines by shares of projects, too.
-- caveat: Commands came with versions: build with 0.21, clone and retry with 1.6. dbt 2's docs does not say which command of docs it was. What is on no list is other.
-- column: runs [count]: Invocations, invalid ones left out
-- column: share_of_engine_runs [share]: Share of the engine's runs
-- column: share_of_engine_projects [share]: Share of the engine's active projects
-- column: share_known [share]: Share of the engine's runs whose command is known; the same in all of its rows

WITH
runs AS (
    SELECT
        -- Joins do not match nulls: what is unknown is the empty text here.
        COALESCE(engine, '') AS engine_or_empty,
        engine,
        command,
        project_key
    FROM invocations
    WHERE outcome <> 'invalid'
),
cells AS (
    SELECT engine_or_empty, engine, command, COUNT(*) AS runs, COUNT(DISTINCT project_key) AS projects
    FROM runs
    GROUP BY engine_or_empty, engine, command
),
engines AS (
    SELECT
        engine_or_empty,
        COUNT(*) AS runs,
        COUNT(command) AS known_runs,
        COUNT(DISTINCT project_key) AS projects
    FROM runs
    GROUP BY engine_or_empty
),
totals AS (
    SELECT COUNT(*) AS runs, COUNT(DISTINCT project_key) AS projects
    FROM runs
)
SELECT
    c.engine AS engine,
    c.command AS command,
    c.runs AS runs,
    CAST(c.runs AS DOUBLE) / e.runs AS share_of_engine_runs,
    CAST(c.runs AS DOUBLE) / t.runs AS share_of_runs,
    c.projects AS projects,
    CAST(c.projects AS DOUBLE) / NULLIF(e.projects, 0) AS share_of_engine_projects,
    CAST(c.projects AS DOUBLE) / NULLIF(t.projects, 0) AS share_of_projects,
    CAST(e.known_runs AS DOUBLE) / e.runs AS share_known
FROM cells AS c
INNER JOIN engines AS e ON c.engine_or_empty = e.engine_or_empty
CROSS JOIN totals AS t
ORDER BY c.engine IS NULL, c.engine, c.command IS NULL, c.runs DESC, c.command
