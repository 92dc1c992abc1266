-- title: Overhead by command
-- question: How much of a run's time goes into its nodes, how much into loading the project, and how much into neither?
-- section: duration
-- chart: dot of project_share_loading by command for each engine
-- unit: seconds of node time, or of loading, for each second of duration
-- grain: one engine and command; null: unknown
-- key: engine, command
-- caveat: node_time_ratio is the sum of the execution times of nodes / the sum of durations, over node_timed_runs. Threads run nodes at the same time, so that it can be over 1. How many threads there are is not reported.
-- caveat: overhead_at_least is duration - load_seconds - node_seconds, and 0 where that is less: what at least went into neither, however many threads there were.
-- caveat: With one thread that is the overhead itself. The more threads run nodes at the same time, the further it is below the overhead.
-- caveat: share_without_bound is the share of overhead_runs whose difference is 0 or less, of which the bound therefore says nothing.
-- caveat: overhead_runs have a known duration, a known time to load and a node with a known execution time; dbt 2 does not report the time to load. dbt 1 reports no tests as nodes, so that their time is overhead here.
-- caveat: From 1.10 on the batches of a microbatch model count twice in node time: each one, and within the model. Node time is that of nodes which were executed.
-- caveat: share_loading is the sum of the times to load / the sum of durations, over load_timed_runs; long runs dominate it.
-- caveat: project_share_loading counts every project once: the mean of their own shares, with its interval (95 %, Student's t), which may reach below 0 where projects are few.
-- caveat: projects is the least number of known projects that one of the row's figures rests on. Quantiles are exact and interpolated linearly. The ratios of sums have no interval.
-- caveat: Times to load are by another clock than durations, and a user's clock may be set while a run lasts. Runs without a known duration are in runs alone.
-- column: runs [count]: Invocations, those without a known duration included
-- column: projects [count]: Least number of known projects that one of the row's figures rests on
-- column: node_timed_runs [count]: Invocations with a known duration and a known time of nodes
-- column: node_time_ratio [ratio]: Sum of the execution times of nodes / sum of durations, over node_timed_runs; over 1 where threads run side by side
-- column: overhead_runs [count]: Invocations with a known duration, a known time of nodes and a known time to load
-- column: overhead_at_least_p50_seconds [seconds]: Median of what at least went into neither nodes nor loading, over overhead_runs
-- column: overhead_at_least_p90_seconds [seconds]: 90 % of overhead_runs have at most this lower bound of what went into neither nodes nor loading
-- column: share_without_bound [share]: Share of overhead_runs of which the bound says nothing: it is 0 or less
-- column: load_timed_runs [count]: Invocations with a known duration and a known time to load
-- column: share_loading [share]: Sum of the times to load / sum of durations, over load_timed_runs
-- column: project_share_loading [share]: Mean of the projects' own shares of loading, every project counting once

WITH
-- Whole microseconds: a sum of floats depends on the order of rows. What is negative or over 7 days is no time to load.
timed AS (
    SELECT
        COALESCE(engine, '') AS engine_or_empty,
        COALESCE(command, '') AS command_or_empty,
        engine,
        command,
        project_key,
        CAST(ROUND(duration_seconds * 1000000) AS BIGINT) AS duration,
        CASE WHEN duration_seconds IS NOT NULL THEN CAST(ROUND(node_seconds * 1000000) AS BIGINT) END AS node_time,
        CASE
            WHEN duration_seconds IS NOT NULL AND load_seconds BETWEEN 0 AND 604800
                THEN CAST(ROUND(load_seconds * 1000000) AS BIGINT)
        END AS load
    FROM invocations
),
bounded AS (
    SELECT
        *,
        duration - load - node_time AS rest,
        -- Not GREATEST, which passes over nulls.
        CASE
            WHEN duration - load - node_time > 0 THEN duration - load - node_time
            WHEN duration - load - node_time <= 0 THEN 0
        END AS overhead
    FROM timed
),
cells AS (
    SELECT
        engine_or_empty,
        command_or_empty,
        MAX(engine) AS engine,
        MAX(command) AS command,
        COUNT(*) AS runs,
        COUNT(node_time) AS node_timed_runs,
        COUNT(load) AS load_timed_runs,
        COUNT(overhead) AS overhead_runs,
        COUNT(DISTINCT CASE WHEN node_time IS NOT NULL THEN project_key END) AS node_projects,
        COUNT(DISTINCT CASE WHEN load IS NOT NULL THEN project_key END) AS load_projects,
        COUNT(DISTINCT CASE WHEN overhead IS NOT NULL THEN project_key END) AS overhead_projects,
        SUM(node_time) AS node_time,
        SUM(CASE WHEN node_time IS NOT NULL THEN duration END) AS node_duration,
        SUM(load) AS load,
        SUM(CASE WHEN load IS NOT NULL THEN duration END) AS load_duration,
        COUNT(*) FILTER (WHERE rest <= 0) AS without_bound,
        QUANTILE_CONT(overhead, 0.5) AS p50,
        QUANTILE_CONT(overhead, 0.9) AS p90
    FROM bounded
    GROUP BY engine_or_empty, command_or_empty
),
-- In millionths, so that sums are of whole numbers. By a clock that was set, loading may last longer than its run.
project_shares AS (
    SELECT
        engine_or_empty,
        command_or_empty,
        -- Not ROUND: the engines differ about halves.
        CAST(FLOOR(LEAST(CAST(SUM(load) AS DOUBLE) / SUM(duration), CAST(1 AS DOUBLE)) * 1000000 + 0.5) AS BIGINT)
            AS share
    FROM timed
    WHERE load IS NOT NULL AND project_key IS NOT NULL AND duration > 0
    GROUP BY engine_or_empty, command_or_empty, project_key
),
shares AS (
    SELECT
        engine_or_empty, command_or_empty, COUNT(*) AS k, SUM(share) AS total, SUM(share * share) AS squares
    FROM project_shares
    GROUP BY engine_or_empty, command_or_empty
)
SELECT
    c.engine AS engine,
    c.command AS command,
    c.runs AS runs,
    -- Of a figure without runs there is nothing to rest on.
    CASE
        WHEN c.node_timed_runs = 0 THEN c.load_projects
        WHEN c.load_timed_runs = 0 THEN c.node_projects
        WHEN c.overhead_runs = 0 THEN LEAST(c.node_projects, c.load_projects)
        ELSE c.overhead_projects
    END AS projects,
    c.node_timed_runs AS node_timed_runs,
    CAST(c.node_time AS DOUBLE) / NULLIF(c.node_duration, 0) AS node_time_ratio,
    c.overhead_runs AS overhead_runs,
    CAST(c.p50 AS DOUBLE) / 1000000 AS overhead_at_least_p50_seconds,
    CAST(c.p90 AS DOUBLE) / 1000000 AS overhead_at_least_p90_seconds,
    CAST(c.without_bound AS DOUBLE) / NULLIF(c.overhead_runs, 0) AS share_without_bound,
    c.load_timed_runs AS load_timed_runs,
    CAST(c.load AS DOUBLE) / NULLIF(c.load_duration, 0) AS share_loading,
    MEAN(s.total, s.k) / 1000000 AS project_share_loading,
    MEAN_LOW(s.total, s.squares, s.k) / 1000000 AS project_share_loading_low,
    MEAN_HIGH(s.total, s.squares, s.k) / 1000000 AS project_share_loading_high
FROM cells AS c
LEFT JOIN shares AS s ON c.engine_or_empty = s.engine_or_empty AND c.command_or_empty = s.command_or_empty
ORDER BY c.engine NULLS LAST, c.command IS NULL, c.runs DESC, c.command
