-- title: Invocations
-- question: What was run, with what, where, for how long, and how did it end?
-- grain: one run of one dbt command
-- key: invocation_id
-- column: invocation_id: Pseudonym of dbt's id of the invocation
--   from: invocation_id of every table of events
-- column: day: UTC day of the invocation's earliest event
--   from: first_event_at (definitions, Time)
-- column: week: Monday of that day's week
--   from: day
-- column: month: Month of that day, 2026-10
--   from: day
-- column: first_event_at [UTC]: When its earliest event of any kind happened, by our clock
--   from: derived_tstamp of every table of events (definitions, Time)
-- column: started_at [UTC]: When its earliest start event happened, by our clock; null if the start was lost
--   from: invocation_events.derived_tstamp (definitions, Time)
-- column: duration_seconds [seconds]: Latest end minus earliest start, by the user's clock; null unless duration_quality is ok
--   from: invocation_events.device_tstamp (definitions, Time)
-- column: duration_quality: ok, no_start, no_end (lost, or its clock is outside 1970 to 2261), negative, or too_long (over 7 days)
--   from: invocation_events.device_tstamp (definitions, Time)
-- column: engine: core-1 (Python), core-2 or fusion; null if all invocation events were lost
--   from: invocation_events.engine (definitions, Dimensions)
-- column: dbt_version: Version of dbt, without a leading =
--   from: invocation_events.dbt_version (definitions, Dimensions)
-- column: dbt_minor: First two numbers of the version; sorts by version_major, version_minor
--   from: invocation_events.dbt_minor (definitions, Dimensions)
-- column: version_major: First number of the version
--   from: invocation_events.version_major
-- column: version_minor: Second number of the version
--   from: invocation_events.version_minor
-- column: version_patch: Third number of the version
--   from: invocation_events.version_patch
-- column: is_prerelease: Whether the version is a pre-release or development build
--   from: invocation_events.is_prerelease (definitions, Dimensions)
-- column: command: Command, canonical name; of several starts, that of the latest one that names it
--   from: invocation_events.command (definitions, Dimensions)
-- column: project_id: Pseudonym of dbt's MD5 of the project name
--   from: project_id_events.project_id, else invocation_events.project_id (definitions, Dimensions)
-- column: adapter_unique_id: Pseudonym of dbt's MD5 of account, host or database
--   from: adapter_info_events.adapter_unique_id, else invocation_events.adapter_unique_id
-- column: is_template_project: Whether the project has the name of a public template
--   from: project_id_events.is_template_project, invocation_events.is_template_project (definitions, Dimensions)
-- column: project_key: The unit "a project": project_id and adapter_unique_id; null where project_id is
--   from: project_id, adapter_unique_id (definitions, Dimensions)
-- column: user_id: Pseudonym of the machine user's persistent id
--   from: invocation_events.user_id (definitions, Dimensions)
-- column: adapter: Adapter
--   from: adapter_info_events.adapter, else invocation_events.adapter (definitions, Dimensions)
-- column: os: linux, macos, windows or other; dbt 1 only
--   from: invocation_events.os (definitions, Dimensions)
-- column: os_version: Version of macOS, Windows or the Linux kernel; dbt 1 only
--   from: invocation_events.os_version (definitions, Dimensions)
-- column: arch: Processor architecture; dbt 1 only
--   from: invocation_events.arch (definitions, Dimensions)
-- column: libc: C library and version, Linux only; dbt 1 only
--   from: invocation_events.libc
-- column: python_minor: First two numbers of Python's version; dbt 1 only
--   from: invocation_events.python_minor (definitions, Dimensions)
-- column: python_implementation: CPython, PyPy, …; dbt 1 only
--   from: invocation_events.python_implementation (definitions, Dimensions)
-- column: environment: manual, cloud, ci, orchestrator or other
--   from: invocation_events.environment, else invocation_env_events.environment (definitions, Dimensions)
-- column: country: ISO 3166 country, from the collector
--   from: invocation_events.country (definitions, Dimensions)
-- column: reported_result: What dbt said: ok, error, unknown, invalid, or incomplete (no end came); null if the end says nothing known
--   from: invocation_events.progress, invocation_events.result_type (definitions, Outcome)
-- column: outcome: success, failure, unknown, incomplete or invalid: what is known of how it went
--   from: reported_result, engine, dbt_version, command, nodes, nodes_failed, resource_counts_events (definitions, Outcome)
-- column: outcome_basis: What outcome rests on: reported, nodes, events or none
--   from: the rule that gave outcome (definitions, Outcome)
-- column: nodes [count]: Node runs, skipped ones included
--   from: run_model_events (definitions, Nodes)
-- column: nodes_failed [count]: Node runs that failed
--   from: run_model_events.node_outcome (definitions, Nodes)
-- column: nodes_skipped [count]: Node runs that were skipped
--   from: run_model_events.node_outcome (definitions, Nodes)
-- column: nodes_total [count]: Nodes that dbt set out to run, tests included; dbt 1 only
--   from: run_model_events.run_total (definitions, Nodes)
-- column: node_seconds [seconds]: Execution time of its nodes, to the microsecond, skipped ones without; null if none is known
--   from: run_model_events.execution_seconds (definitions, Nodes)
-- column: models [count]: Models of the project
--   from: resource_counts_events.models
-- column: data_tests [count]: Data tests of the project
--   from: resource_counts_events.data_tests
-- column: unit_tests [count]: Unit tests of the project
--   from: resource_counts_events.unit_tests
-- column: seeds [count]: Seeds of the project
--   from: resource_counts_events.seeds
-- column: snapshots [count]: Snapshots of the project
--   from: resource_counts_events.snapshots
-- column: sources [count]: Sources of the project
--   from: resource_counts_events.sources
-- column: macros [count]: Macros, those of packages and of dbt included
--   from: resource_counts_events.macros
-- column: load_seconds [seconds]: Time to load the project, the longest of several
--   from: load_all_timing_events.load_all_seconds
-- column: is_partial_parse_enabled: Whether partial parsing is on
--   from: load_all_timing_events.is_partial_parse_enabled
-- column: is_parsed: Whether it got as far as telling how long the project took to load
--   from: load_all_timing_events
-- column: is_loaded: Whether it got as far as counting the project's resources
--   from: resource_counts_events
-- column: paths [count]: Files of the project
--   from: load_all_timing_events.path_count
-- column: parsed_paths [count]: Files of the project that were parsed this time
--   from: load_all_timing_events.parsed_path_count
-- column: full_reparse_reason: Why it was parsed from the start although partial parsing is on; null if it was not, or nobody knows
--   from: partial_parser_events.full_reparse_reason
-- column: tests_failed [count]: Tests and unit tests that failed as node runs; null for dbt 1, which does not report tests
--   from: run_model_events.node_outcome, run_model_events.resource_type, engine (definitions, Nodes)
-- column: exposures [count]: Exposures of the project
--   from: resource_counts_events.exposures
-- column: groups [count]: Groups of the project
--   from: resource_counts_events.groups
-- column: metrics [count]: Metrics of the project; dbt 1 only
--   from: resource_counts_events.metrics
-- column: semantic_models [count]: Semantic models of the project; dbt 1 only
--   from: resource_counts_events.semantic_models
-- column: saved_queries [count]: Saved queries of the project; dbt 1 only
--   from: resource_counts_events.saved_queries

WITH
-- Node runs, per invocation. The one big table: it is read once, here.
node_totals AS (
    SELECT
        invocation_id,
        MIN(derived_tstamp) AS first_event_at,
        COUNT(*) AS nodes,
        COUNT(*) FILTER (WHERE node_outcome = 'failure') AS nodes_failed,
        COUNT(*) FILTER (WHERE node_outcome = 'skipped') AS nodes_skipped,
        COUNT(*) FILTER (
            WHERE node_outcome = 'failure' AND resource_type IN ('test', 'unit_test')
        ) AS tests_failed,
        MAX(run_total) AS nodes_total,
        -- A skipped node has no execution time (definitions, Nodes). What is negative or over 7 days is no
        -- duration. The sum is one of whole microseconds: that of floats depends on the order of rows.
        SUM(CAST(ROUND(
            CASE
                WHEN node_outcome = 'skipped' THEN NULL
                WHEN execution_seconds BETWEEN 0 AND 604800 THEN execution_seconds
            END * 1000000
        ) AS BIGINT)) AS node_microseconds
    FROM run_model_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
-- Every invocation that any event speaks of. It may have lost its invocation events and still is one.
seen AS (
    SELECT e.invocation_id, MIN(e.derived_tstamp) AS first_event_at
    FROM (
        SELECT invocation_id, derived_tstamp FROM invocation_events
        UNION ALL SELECT invocation_id, first_event_at AS derived_tstamp FROM node_totals
        UNION ALL SELECT invocation_id, derived_tstamp FROM adapter_info_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM artifact_upload_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM behavior_change_warn_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM cloud_invocation_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM deprecated_version_invocation_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM deprecation_warn_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM experimental_parser_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM hint_view_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM invocation_env_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM load_all_timing_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM login_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM manage_state_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM onboarding_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM package_install_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM partial_parser_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM plugin_get_nodes_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM project_id_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM resource_counts_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM rpc_request_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM run_adapter_info_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM runnable_events
        UNION ALL SELECT invocation_id, derived_tstamp FROM static_analysis_invocation_events
    ) AS e
    WHERE e.invocation_id IS NOT NULL
    GROUP BY e.invocation_id
),
-- Week and month of each day once: there are few days, and many invocations.
calendar AS (
    SELECT d.day, MONDAY_OF(d.day) AS week, SUBSTR(CAST(d.day AS VARCHAR), 1, 7) AS month
    FROM (SELECT CAST(first_event_at AS DATE) AS day FROM seen GROUP BY CAST(first_event_at AS DATE)) AS d
),
-- Starts, ends and invalids, per invocation. Where events disagree and nothing says which, the greatest
-- value is taken, so that the result does not depend on the order of rows.
commands AS (
    SELECT
        invocation_id,
        COUNT(*) FILTER (WHERE progress = 'end') AS ends,
        COUNT(*) FILTER (WHERE progress = 'invalid') AS invalids,
        MIN(device_tstamp) FILTER (WHERE progress = 'start') AS start_device,
        MAX(device_tstamp) FILTER (WHERE progress = 'end') AS end_device,
        MAX(device_tstamp) FILTER (WHERE progress = 'start' AND command IS NOT NULL) AS command_device,
        MAX(device_tstamp) FILTER (WHERE progress = 'start' AND project_id IS NOT NULL) AS project_device,
        MIN(derived_tstamp) FILTER (WHERE progress = 'start') AS start_derived,
        MAX(result_type) FILTER (WHERE progress = 'end') AS end_result,
        MAX(command) AS command,
        MAX(project_id) AS project_id,
        MAX(engine) AS engine,
        MAX(dbt_version) AS dbt_version,
        MAX(dbt_minor) AS dbt_minor,
        MAX(version_major) AS version_major,
        MAX(version_minor) AS version_minor,
        MAX(version_patch) AS version_patch,
        MAX(is_prerelease) AS is_prerelease,
        MAX(user_id) AS user_id,
        MAX(adapter) AS adapter,
        MAX(adapter_unique_id) AS adapter_unique_id,
        MAX(os) AS os,
        MAX(os_version) AS os_version,
        MAX(arch) AS arch,
        MAX(libc) AS libc,
        MAX(python_minor) AS python_minor,
        MAX(python_implementation) AS python_implementation,
        MAX(environment) AS environment,
        MAX(country) AS country
    FROM invocation_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
-- dbt 2 sends two starts, the first before it knows the project, and dbt before 1.5 may run several commands
-- under one id. So: the time of the earliest start; command and project of the latest start that has one; the
-- result of the latest end. Which is earlier is by the user's clock: one clock, so skew cancels.
chosen AS (
    SELECT
        e.invocation_id,
        MAX(
            CASE WHEN e.progress = 'start' AND e.device_tstamp = c.start_device THEN e.derived_tstamp END
        ) AS started_at,
        MAX(CASE WHEN e.progress = 'start' AND e.device_tstamp = c.command_device THEN e.command END) AS command,
        MAX(CASE WHEN e.progress = 'start' AND e.device_tstamp = c.project_device THEN e.project_id END) AS project_id,
        MAX(CASE WHEN e.progress = 'end' AND e.device_tstamp = c.end_device THEN e.result_type END) AS end_result
    FROM invocation_events AS e
    INNER JOIN commands AS c ON e.invocation_id = c.invocation_id
    GROUP BY e.invocation_id
),
project_ids AS (
    SELECT invocation_id, MAX(project_id) AS project_id
    FROM project_id_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
-- Whether a project is a template follows from its id alone, whichever event named it.
templates AS (
    SELECT p.project_id, MAX(p.is_template_project) AS is_template_project
    FROM (
        SELECT project_id, is_template_project FROM project_id_events
        UNION ALL SELECT project_id, is_template_project FROM invocation_events
    ) AS p
    WHERE p.project_id IS NOT NULL
    GROUP BY p.project_id
),
adapters AS (
    SELECT invocation_id, MAX(adapter) AS adapter, MAX(adapter_unique_id) AS adapter_unique_id
    FROM adapter_info_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
environments AS (
    SELECT invocation_id, MAX(environment) AS environment
    FROM invocation_env_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
-- A command that compiles several times counts several times: the maximum per kind.
resource_counts AS (
    SELECT
        invocation_id,
        MAX(models) AS models,
        MAX(data_tests) AS data_tests,
        MAX(unit_tests) AS unit_tests,
        MAX(seeds) AS seeds,
        MAX(snapshots) AS snapshots,
        MAX(sources) AS sources,
        MAX(macros) AS macros,
        MAX(exposures) AS exposures,
        MAX(groups) AS groups,
        MAX(metrics) AS metrics,
        MAX(semantic_models) AS semantic_models,
        MAX(saved_queries) AS saved_queries
    FROM resource_counts_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
loads AS (
    SELECT
        invocation_id,
        MAX(load_all_seconds) AS load_seconds,
        MAX(is_partial_parse_enabled) AS is_partial_parse_enabled,
        MAX(path_count) AS paths,
        MAX(parsed_path_count) AS parsed_paths
    FROM load_all_timing_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
reparses AS (
    SELECT invocation_id, MAX(full_reparse_reason) AS full_reparse_reason
    FROM partial_parser_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
gathered AS (
    SELECT
        s.invocation_id AS invocation_id,
        s.first_event_at AS first_event_at,
        CAST(s.first_event_at AS DATE) AS day,
        COALESCE(h.started_at, c.start_derived) AS started_at,
        -- A clock outside these years tells no time (and Polars computes with nanoseconds, up to 2262).
        CASE WHEN EXTRACT(YEAR FROM c.start_device) BETWEEN 1970 AND 2261 THEN c.start_device END AS start_clock,
        CASE WHEN EXTRACT(YEAR FROM c.end_device) BETWEEN 1970 AND 2261 THEN c.end_device END AS end_clock,
        COALESCE(c.invalids, 0) AS invalids,
        COALESCE(c.ends, 0) AS ends,
        COALESCE(h.end_result, c.end_result) AS end_result,
        c.engine AS engine,
        c.dbt_version AS dbt_version,
        c.dbt_minor AS dbt_minor,
        c.version_major AS version_major,
        c.version_minor AS version_minor,
        c.version_patch AS version_patch,
        c.is_prerelease AS is_prerelease,
        COALESCE(h.command, c.command) AS command,
        COALESCE(p.project_id, h.project_id, c.project_id) AS project_id,
        COALESCE(a.adapter_unique_id, c.adapter_unique_id) AS adapter_unique_id,
        c.user_id AS user_id,
        COALESCE(a.adapter, c.adapter) AS adapter,
        c.os AS os,
        c.os_version AS os_version,
        c.arch AS arch,
        c.libc AS libc,
        c.python_minor AS python_minor,
        c.python_implementation AS python_implementation,
        COALESCE(c.environment, v.environment) AS environment,
        c.country AS country,
        COALESCE(n.nodes, 0) AS nodes,
        COALESCE(n.nodes_failed, 0) AS nodes_failed,
        COALESCE(n.nodes_skipped, 0) AS nodes_skipped,
        -- dbt 2 announces 0, which is not a count (definitions, Nodes).
        CAST(NULLIF(n.nodes_total, 0) AS BIGINT) AS nodes_total,
        CAST(n.node_microseconds AS DOUBLE) / 1000000 AS node_seconds,
        r.invocation_id IS NOT NULL AS is_loaded,
        r.models AS models,
        r.data_tests AS data_tests,
        r.unit_tests AS unit_tests,
        r.seeds AS seeds,
        r.snapshots AS snapshots,
        r.sources AS sources,
        r.macros AS macros,
        l.load_seconds AS load_seconds,
        l.is_partial_parse_enabled AS is_partial_parse_enabled,
        l.invocation_id IS NOT NULL AS is_parsed,
        l.paths AS paths,
        l.parsed_paths AS parsed_paths,
        f.full_reparse_reason AS full_reparse_reason,
        -- dbt 1 reports no tests as nodes, dbt 2 always sends 0 of the last three (definitions, Nodes).
        CASE WHEN c.engine <> 'core-1' THEN COALESCE(n.tests_failed, 0) END AS tests_failed,
        r.exposures AS exposures,
        r.groups AS groups,
        CASE WHEN c.engine = 'core-1' THEN r.metrics END AS metrics,
        CASE WHEN c.engine = 'core-1' THEN r.semantic_models END AS semantic_models,
        CASE WHEN c.engine = 'core-1' THEN r.saved_queries END AS saved_queries
    FROM seen AS s
    LEFT JOIN commands AS c ON s.invocation_id = c.invocation_id
    LEFT JOIN chosen AS h ON s.invocation_id = h.invocation_id
    LEFT JOIN project_ids AS p ON s.invocation_id = p.invocation_id
    LEFT JOIN adapters AS a ON s.invocation_id = a.invocation_id
    LEFT JOIN environments AS v ON s.invocation_id = v.invocation_id
    LEFT JOIN node_totals AS n ON s.invocation_id = n.invocation_id
    LEFT JOIN resource_counts AS r ON s.invocation_id = r.invocation_id
    LEFT JOIN loads AS l ON s.invocation_id = l.invocation_id
    LEFT JOIN reparses AS f ON s.invocation_id = f.invocation_id
),
timed AS (
    SELECT
        *,
        ROUND((EXTRACT(EPOCH FROM end_clock) - EXTRACT(EPOCH FROM start_clock)) * 1000000) / 1000000 AS seconds
    FROM gathered
),
-- The number of the first rule that applies (definitions, Outcome).
ruled AS (
    SELECT
        *,
        CASE
            WHEN invalids > 0 THEN 1
            WHEN ends = 0 THEN 2
            WHEN end_result IN ('error', 'unknown') THEN 3
            -- dbt 2, or 1.11.3 and later, of which 1.11.3's own pre-releases are not.
            WHEN end_result = 'ok' AND (
                engine <> 'core-1'
                OR version_major > 1
                OR (version_major = 1 AND version_minor > 11)
                OR (version_major = 1 AND version_minor = 11 AND version_patch > 3)
                OR (version_major = 1 AND version_minor = 11 AND version_patch = 3 AND NOT is_prerelease)
            ) THEN 4
            WHEN nodes_failed > 0 THEN 5
            WHEN command IS NULL OR command NOT IN (
                'run', 'build', 'seed', 'snapshot', 'compile', 'parse', 'list', 'docs-generate'
            ) THEN 6
            WHEN NOT is_loaded THEN 7
            WHEN command = 'build' THEN 8
            WHEN nodes > nodes_skipped THEN 9
            ELSE 10
        END AS rule
    FROM timed
)
SELECT
    i.invocation_id AS invocation_id,
    i.day AS day,
    d.week AS week,
    d.month AS month,
    i.first_event_at AS first_event_at,
    i.started_at AS started_at,
    CASE WHEN i.seconds BETWEEN 0 AND 604800 THEN i.seconds END AS duration_seconds,
    CASE
        WHEN i.start_clock IS NULL THEN 'no_start'
        WHEN i.end_clock IS NULL THEN 'no_end'
        WHEN i.seconds < 0 THEN 'negative'
        WHEN i.seconds > 604800 THEN 'too_long'
        ELSE 'ok'
    END AS duration_quality,
    i.engine AS engine,
    i.dbt_version AS dbt_version,
    i.dbt_minor AS dbt_minor,
    i.version_major AS version_major,
    i.version_minor AS version_minor,
    i.version_patch AS version_patch,
    i.is_prerelease AS is_prerelease,
    i.command AS command,
    i.project_id AS project_id,
    i.adapter_unique_id AS adapter_unique_id,
    t.is_template_project AS is_template_project,
    -- A template's name hashes alike everywhere, so a project is its name and its account.
    i.project_id || '/' || COALESCE(i.adapter_unique_id, '') AS project_key,
    i.user_id AS user_id,
    i.adapter AS adapter,
    i.os AS os,
    i.os_version AS os_version,
    i.arch AS arch,
    i.libc AS libc,
    i.python_minor AS python_minor,
    i.python_implementation AS python_implementation,
    i.environment AS environment,
    i.country AS country,
    CASE
        WHEN i.invalids > 0 THEN 'invalid'
        WHEN i.ends = 0 THEN 'incomplete'
        WHEN i.end_result IN ('ok', 'error', 'unknown') THEN i.end_result
    END AS reported_result,
    CASE
        WHEN i.rule = 1 THEN 'invalid'
        WHEN i.rule = 2 THEN 'incomplete'
        WHEN i.rule IN (3, 5, 7) THEN 'failure'
        WHEN i.rule = 6 THEN 'unknown'
        WHEN i.rule = 8 AND i.nodes = i.nodes_skipped THEN 'unknown'
        ELSE 'success'
    END AS outcome,
    CASE
        WHEN i.rule IN (1, 3, 4) THEN 'reported'
        WHEN i.rule IN (2, 6) THEN 'none'
        WHEN i.rule = 8 AND i.nodes = i.nodes_skipped THEN 'none'
        WHEN i.rule IN (7, 10) THEN 'events'
        ELSE 'nodes'
    END AS outcome_basis,
    i.nodes AS nodes,
    i.nodes_failed AS nodes_failed,
    i.nodes_skipped AS nodes_skipped,
    i.nodes_total AS nodes_total,
    i.node_seconds AS node_seconds,
    i.models AS models,
    i.data_tests AS data_tests,
    i.unit_tests AS unit_tests,
    i.seeds AS seeds,
    i.snapshots AS snapshots,
    i.sources AS sources,
    i.macros AS macros,
    i.load_seconds AS load_seconds,
    i.is_partial_parse_enabled AS is_partial_parse_enabled,
    i.is_parsed AS is_parsed,
    i.is_loaded AS is_loaded,
    i.paths AS paths,
    i.parsed_paths AS parsed_paths,
    i.full_reparse_reason AS full_reparse_reason,
    i.tests_failed AS tests_failed,
    i.exposures AS exposures,
    i.groups AS groups,
    i.metrics AS metrics,
    i.semantic_models AS semantic_models,
    i.saved_queries AS saved_queries
FROM ruled AS i
LEFT JOIN calendar AS d ON i.day = d.day
LEFT JOIN templates AS t ON i.project_id = t.project_id
ORDER BY i.invocation_id
