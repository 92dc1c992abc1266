-- title: Distribution of duration by command
-- question: How are the durations of each command distributed?
-- section: duration
-- chart: histogram of share_of_command by seconds_from to seconds_to for each command
-- unit: share of the command's runs of known duration
-- grain: one command (null: unknown) and bucket of durations, powers of two of seconds; below a second one bucket
-- key: command, seconds_from
-- regardless: invocations.nodes
-- caveat: From the earliest start to the latest end by the user's clock. Runs without a known duration are not in it.
-- caveat: A bucket begins at seconds_from and ends before seconds_to. Buckets without a run are not listed.
-- column: runs [count]: Invocations with such a duration
-- column: share_of_command [share]: Share of the command's runs with a known duration

WITH
buckets AS (
    SELECT
        command,
        COALESCE(command, '') AS command_or_empty,
        seconds_from,
        seconds_to,
        SUM(runs) AS runs,
        COUNT(DISTINCT project_key) AS projects
    FROM invocation_buckets
    WHERE seconds_from IS NOT NULL
    GROUP BY command, seconds_from, seconds_to
),
totals AS (
    SELECT command_or_empty, SUM(runs) AS all_runs
    FROM buckets
    GROUP BY command_or_empty
)
SELECT
    b.command AS command,
    b.seconds_from AS seconds_from,
    b.seconds_to AS seconds_to,
    b.runs AS runs,
    CAST(b.runs AS DOUBLE) / t.all_runs AS share_of_command,
    b.projects AS projects
FROM buckets AS b
-- Joins do not match nulls: the unknown command is the empty text here. No command is.
INNER JOIN totals AS t ON b.command_or_empty = t.command_or_empty
ORDER BY b.command NULLS LAST, b.seconds_from
