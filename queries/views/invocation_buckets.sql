-- title: Invocations with histogram buckets
-- question: Which power-of-two bucket do an invocation's node count and duration fall into?
-- grain: one run of one dbt command
-- key: invocation_id
-- column: invocation_id: Pseudonym of dbt's id of the invocation
-- column: command: Command, canonical name
-- column: project_key: The unit "a project"
-- column: nodes: Node runs of the invocation (count)
-- column: nodes_from: Least node count of its bucket: 0 (none), 1, 2, 4, 8, …
-- column: nodes_to: Greatest node count of its bucket: 0 (none), 1, 3, 7, 15, …
-- column: duration_seconds: Duration (seconds)
-- column: seconds_from: Least duration of its bucket: 0 (below a second), 1, 2, 4, … (seconds)
-- column: seconds_to: Where the next bucket starts: 1, 2, 4, 8, … (seconds)

WITH
-- A whole number n >= 1 is in bucket k, from 2^k, where 2^(k+1) < 2n + 1 < 2^(k+2). An odd number is no power
-- of two, so that no rounding of a logarithm can put n = 2^k one bucket too low.
lower_bounds AS (
    SELECT
        invocation_id,
        command,
        project_key,
        nodes,
        duration_seconds,
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
)
SELECT
    invocation_id,
    command,
    project_key,
    nodes,
    nodes_from,
    CASE WHEN nodes_from >= 1 THEN 2 * nodes_from - 1 ELSE 0 END AS nodes_to,
    duration_seconds,
    seconds_from,
    CASE WHEN seconds_from >= 1 THEN 2 * seconds_from WHEN seconds_from = 0 THEN 1 END AS seconds_to
FROM lower_bounds
ORDER BY invocation_id
