-- title: Histogram buckets of invocations
-- question: Into which power-of-two buckets do the node counts and durations of each project's runs fall?
-- grain: one command, project and pair of buckets
-- key: command, project_key, nodes_from, seconds_from
-- column: command: Command, canonical name
-- column: project_key: The unit "a project"
-- column: nodes_from [count]: Least node count of the bucket: 0 (none), 1, 2, 4, 8, …
-- column: nodes_to [count]: Greatest node count of the bucket: 0 (none), 1, 3, 7, 15, …
-- column: seconds_from [seconds]: Least duration of the bucket: 0 (below a second), 1, 2, 4, …; null: of no known duration
-- column: seconds_to [seconds]: Where the next bucket starts: 1, 2, 4, 8, …
-- column: runs [count]: Invocations

WITH
-- A whole number n >= 1 is in bucket k, from 2^k, where 2^(k+1) < 2n + 1 < 2^(k+2). An odd number is no power
-- of two, so that no rounding of a logarithm can put n = 2^k one bucket too low.
lower_bounds AS (
    SELECT
        command,
        project_key,
        CASE
            WHEN nodes >= 1 THEN POWER_OF_TWO(nodes)
            ELSE 0
        END AS nodes_from,
        -- Bounds are whole seconds, so the fraction of a second changes no bucket.
        CASE
            WHEN duration_seconds >= 1
                THEN POWER_OF_TWO(FLOOR(duration_seconds))
            WHEN duration_seconds IS NOT NULL THEN 0
        END AS seconds_from
    FROM invocations
),
counted AS (
    SELECT command, project_key, nodes_from, seconds_from, COUNT(*) AS runs
    FROM lower_bounds
    GROUP BY command, project_key, nodes_from, seconds_from
)
SELECT
    command,
    project_key,
    nodes_from,
    CASE WHEN nodes_from >= 1 THEN 2 * nodes_from - 1 ELSE 0 END AS nodes_to,
    seconds_from,
    CASE WHEN seconds_from >= 1 THEN 2 * seconds_from WHEN seconds_from = 0 THEN 1 END AS seconds_to,
    runs
FROM counted
ORDER BY command NULLS LAST, project_key NULLS LAST, nodes_from, seconds_from NULLS LAST
