-- title: Time to load by project size
-- question: How does the time to load a project grow with its models, parsed in full and in part?
-- section: duration
-- chart: line of p50_seconds by models_from for each parse on a log scale
-- unit: seconds
-- grain: one bucket of models, powers of two (0 apart; null: unknown), and way to parse: full or partial; null: unknown
-- key: models_from, parse
-- caveat: Of dbt 1 since 0.19 only: dbt 2 does not report the time to load. runs are those with a known one, from 0 to 7 days.
-- caveat: full: as many files were parsed as the project has. partial: fewer, none at all included. Both numbers are known since 0.20.
-- caveat: Files are those of packages, too. Models are all of the project that are enabled, not those that the run selected.
-- caveat: A run that loads its project several times has the longest time, and the most files parsed.
-- caveat: A run that failed before its resources were counted has unknown models; so have all runs before 0.19.1.
-- caveat: Quantiles are exact and interpolated linearly. Every run counts once, so that projects that run often dominate.
-- caveat: share_of_runs is of all runs with a known time to load. Buckets without a run are not listed.
-- column: parse: full (as many files parsed as the project has) or partial; null: unknown
-- column: runs [count]: Invocations with a known time to load the project
-- column: p50_seconds [seconds]: Median time to load the project
-- column: p90_seconds [seconds]: 90 % of runs load the project in at most this long

WITH
loads AS (
    SELECT
        project_key,
        load_seconds,
        CASE
            -- The bucket begins at 2^k where 2^(k+1) < 2n + 1 < 2^(k+2) (definitions, Nodes).
            WHEN models >= 1 THEN POWER_OF_TWO(models)
            WHEN models = 0 THEN 0
        END AS models_from,
        CASE WHEN parsed_paths >= paths THEN 'full' WHEN parsed_paths < paths THEN 'partial' END AS parse
    FROM invocations
    -- What is negative or over 7 days is no duration.
    WHERE load_seconds BETWEEN 0 AND 604800
),
cells AS (
    SELECT
        models_from,
        parse,
        COUNT(*) AS runs,
        COUNT(DISTINCT project_key) AS projects,
        QUANTILE_CONT(load_seconds, 0.5) AS p50_seconds,
        QUANTILE_CONT(load_seconds, 0.9) AS p90_seconds
    FROM loads
    GROUP BY models_from, parse
),
shares AS (
    SELECT *, SUM(runs) OVER () AS all_runs
    FROM cells
)
SELECT
    models_from,
    CASE WHEN models_from >= 1 THEN 2 * models_from - 1 WHEN models_from = 0 THEN 0 END AS models_to,
    parse,
    runs,
    CAST(runs AS DOUBLE) / all_runs AS share_of_runs,
    projects,
    p50_seconds,
    p90_seconds
FROM shares
ORDER BY models_from NULLS LAST, parse NULLS LAST
