-- title: Features by day
-- question: Which features of dbt did each project use on each day?
-- grain: one project on one day, with one version of dbt
-- key: day, project_key, engine, dbt_minor
-- column: day: UTC day of the invocations
--   from: invocations.day
-- column: week: Monday of that day's week
--   from: invocations.week
-- column: project_key: The unit "a project"; null: unknown
--   from: invocations.project_key
-- column: engine: core-1 (Python), core-2 or fusion
--   from: invocations.engine
-- column: dbt_minor: First two numbers of the version of dbt
--   from: invocations.dbt_minor
-- column: version_major: First number of that version
--   from: invocations.version_major
-- column: version_minor: Second number of that version
--   from: invocations.version_minor
-- column: runs [count]: Invocations, invalid ones left out
--   from: invocations, invocations.outcome
-- column: loaded_runs [count]: Those that counted the project's resources
--   from: invocations.is_loaded
-- column: unit_tests_known [count]: Invocations that say whether the project has unit tests
--   from: invocations.unit_tests
-- column: unit_tests_used [count]: Those of a project that has any
--   from: invocations.unit_tests
-- column: snapshots_known [count]: Invocations that say whether the project has snapshots
--   from: invocations.snapshots
-- column: snapshots_used [count]: Those of a project that has any
--   from: invocations.snapshots
-- column: seeds_known [count]: Invocations that say whether the project has seeds
--   from: invocations.seeds
-- column: seeds_used [count]: Those of a project that has any
--   from: invocations.seeds
-- column: sources_known [count]: Invocations that say whether the project has sources
--   from: invocations.sources
-- column: sources_used [count]: Those of a project that has any
--   from: invocations.sources
-- column: exposures_known [count]: Invocations that say whether the project has exposures
--   from: invocations.exposures
-- column: exposures_used [count]: Those of a project that has any
--   from: invocations.exposures
-- column: groups_known [count]: Invocations that say whether the project has groups
--   from: invocations.groups
-- column: groups_used [count]: Those of a project that has any
--   from: invocations.groups
-- column: metrics_known [count]: Invocations that say whether the project has metrics; dbt 1 only
--   from: invocations.metrics
-- column: metrics_used [count]: Those of a project that has any
--   from: invocations.metrics
-- column: semantic_models_known [count]: Invocations that say whether the project has semantic models; dbt 1 only
--   from: invocations.semantic_models
-- column: semantic_models_used [count]: Those of a project that has any
--   from: invocations.semantic_models
-- column: saved_queries_known [count]: Invocations that say whether the project has saved queries; dbt 1 only
--   from: invocations.saved_queries
-- column: saved_queries_used [count]: Those of a project that has any
--   from: invocations.saved_queries
-- column: contracts_known [count]: Invocations that say whether they ran a model whose contract is enforced
--   from: node_runs.contract_enforced
-- column: contracts_used [count]: Those that did
--   from: node_runs.contract_enforced
-- column: grouped_models_known [count]: Invocations that say whether they ran a model that belongs to a group
--   from: node_runs.has_group
-- column: grouped_models_used [count]: Those that did
--   from: node_runs.has_group
-- column: private_models_known [count]: Invocations that say whether they ran a model of access private
--   from: node_runs.access
-- column: private_models_used [count]: Those that did
--   from: node_runs.access
-- column: public_models_known [count]: Invocations that say whether they ran a model of access public
--   from: node_runs.access
-- column: public_models_used [count]: Those that did
--   from: node_runs.access
-- column: versioned_models_known [count]: Invocations that say whether they ran a versioned model
--   from: node_runs.versioned
-- column: versioned_models_used [count]: Those that did
--   from: node_runs.versioned
-- column: python_models_known [count]: Invocations that say whether they ran a model in Python
--   from: node_runs.language
-- column: python_models_used [count]: Those that did
--   from: node_runs.language
-- column: microbatch_models_known [count]: Invocations that say whether they ran a model of incremental strategy microbatch
--   from: node_runs.incremental_strategy
-- column: microbatch_models_used [count]: Those that did
--   from: node_runs.incremental_strategy
-- column: materialized_views_known [count]: Invocations that say whether they ran a materialized view, dynamic or streaming table
--   from: node_runs.materialization
-- column: materialized_views_used [count]: Those that did
--   from: node_runs.materialization
-- column: custom_materializations_known [count]: Invocations that say whether they ran a custom materialization
--   from: node_runs.materialization
-- column: custom_materializations_used [count]: Those that did
--   from: node_runs.materialization
-- column: open_table_formats_known [count]: Invocations that say whether they ran a table format other than the default one
--   from: node_runs.table_format
-- column: open_table_formats_used [count]: Those that did
--   from: node_runs.table_format
-- column: catalogs_known [count]: Invocations that say whether they ran a catalog other than the built-in one
--   from: node_runs.catalog_type
-- column: catalogs_used [count]: Those that did
--   from: node_runs.catalog_type
-- column: partial_parse_known [count]: Invocations that say whether partial parsing is on
--   from: invocations.is_partial_parse_enabled
-- column: partial_parse_used [count]: Those in which it is
--   from: invocations.is_partial_parse_enabled
-- column: full_reparses [count]: Invocations that parsed the project from the start although partial parsing is on
--   from: invocations.full_reparse_reason
-- column: plugins_known [count]: Invocations that would say whether a plug-in brought models: dbt 1.6 and later of dbt 1
--   from: invocations.engine, invocations.dbt_minor
-- column: plugins_used [count]: Those in which one did
--   from: plugin_get_nodes_events
-- column: artifact_uploads_known [count]: Invocations that would say whether artifacts were uploaded: dbt 1.10 and later of dbt 1
--   from: invocations.engine, invocations.dbt_minor
-- column: artifact_uploads_used [count]: Those after which they were
--   from: artifact_upload_events
-- column: static_analysis_known [count]: Invocations that say how strictly they analysed SQL; dbt 2 only
--   from: static_analysis_invocation_events.max_level
-- column: static_analysis_strict [count]: Those with a node analysed strictly
--   from: static_analysis_invocation_events.max_level
-- column: static_analysis_baseline [count]: Those with one analysed at the baseline, and none strictly
--   from: static_analysis_invocation_events.max_level
-- column: static_analysis_off [count]: Those with no node analysed
--   from: static_analysis_invocation_events.max_level

WITH
node_features AS (
    SELECT
        invocation_id,
        COUNT(*) FILTER (WHERE contract_enforced IS NOT NULL) AS contracts_known,
        COUNT(*) FILTER (WHERE contract_enforced) AS contracts_used,
        COUNT(*) FILTER (WHERE has_group IS NOT NULL) AS grouped_models_known,
        COUNT(*) FILTER (WHERE has_group) AS grouped_models_used,
        COUNT(*) FILTER (WHERE access IS NOT NULL) AS private_models_known,
        COUNT(*) FILTER (WHERE access = 'private') AS private_models_used,
        COUNT(*) FILTER (WHERE access IS NOT NULL) AS public_models_known,
        COUNT(*) FILTER (WHERE access = 'public') AS public_models_used,
        COUNT(*) FILTER (WHERE versioned IS NOT NULL) AS versioned_models_known,
        COUNT(*) FILTER (WHERE versioned) AS versioned_models_used,
        COUNT(*) FILTER (WHERE language IS NOT NULL) AS python_models_known,
        COUNT(*) FILTER (WHERE language = 'python') AS python_models_used,
        COUNT(*) FILTER (WHERE materialization IS NOT NULL) AS microbatch_models_known,
        COUNT(*) FILTER (WHERE incremental_strategy = 'microbatch') AS microbatch_models_used,
        COUNT(*) FILTER (WHERE materialization IS NOT NULL) AS materialized_views_known,
        COUNT(*) FILTER (
            WHERE materialization IN ('materialized_view', 'dynamic_table', 'streaming_table')
        ) AS materialized_views_used,
        COUNT(*) FILTER (WHERE materialization IS NOT NULL) AS custom_materializations_known,
        COUNT(*) FILTER (WHERE materialization = 'custom') AS custom_materializations_used,
        COUNT(*) FILTER (WHERE table_format IS NOT NULL) AS open_table_formats_known,
        COUNT(*) FILTER (WHERE table_format <> 'default') AS open_table_formats_used,
        COUNT(*) FILTER (WHERE catalog_type IS NOT NULL) AS catalogs_known,
        COUNT(*) FILTER (WHERE catalog_type <> 'built_in') AS catalogs_used
    FROM node_runs
    WHERE resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test')
    GROUP BY invocation_id
),
plugins AS (
    SELECT invocation_id
    FROM plugin_get_nodes_events
    WHERE invocation_id IS NOT NULL AND model_nodes > 0
    GROUP BY invocation_id
),
uploads AS (
    SELECT invocation_id
    FROM artifact_upload_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
),
analyses AS (
    SELECT
        invocation_id,
        MAX(CASE max_level WHEN 'strict' THEN 2 WHEN 'baseline' THEN 1 WHEN 'off' THEN 0 END) AS strictness
    FROM static_analysis_invocation_events
    WHERE invocation_id IS NOT NULL
    GROUP BY invocation_id
)
SELECT
    i.day AS day,
    MAX(i.week) AS week,
    i.project_key AS project_key,
    i.engine AS engine,
    i.dbt_minor AS dbt_minor,
    MAX(i.version_major) AS version_major,
    MAX(i.version_minor) AS version_minor,
    COUNT(*) AS runs,
    COUNT(*) FILTER (WHERE i.is_loaded) AS loaded_runs,
    COUNT(i.unit_tests) AS unit_tests_known,
    COUNT(*) FILTER (WHERE i.unit_tests > 0) AS unit_tests_used,
    COUNT(i.snapshots) AS snapshots_known,
    COUNT(*) FILTER (WHERE i.snapshots > 0) AS snapshots_used,
    COUNT(i.seeds) AS seeds_known,
    COUNT(*) FILTER (WHERE i.seeds > 0) AS seeds_used,
    COUNT(i.sources) AS sources_known,
    COUNT(*) FILTER (WHERE i.sources > 0) AS sources_used,
    COUNT(i.exposures) AS exposures_known,
    COUNT(*) FILTER (WHERE i.exposures > 0) AS exposures_used,
    COUNT(i.groups) AS groups_known,
    COUNT(*) FILTER (WHERE i.groups > 0) AS groups_used,
    COUNT(i.metrics) AS metrics_known,
    COUNT(*) FILTER (WHERE i.metrics > 0) AS metrics_used,
    COUNT(i.semantic_models) AS semantic_models_known,
    COUNT(*) FILTER (WHERE i.semantic_models > 0) AS semantic_models_used,
    COUNT(i.saved_queries) AS saved_queries_known,
    COUNT(*) FILTER (WHERE i.saved_queries > 0) AS saved_queries_used,
    COUNT(*) FILTER (WHERE n.contracts_known > 0) AS contracts_known,
    COUNT(*) FILTER (WHERE n.contracts_used > 0) AS contracts_used,
    COUNT(*) FILTER (WHERE n.grouped_models_known > 0) AS grouped_models_known,
    COUNT(*) FILTER (WHERE n.grouped_models_used > 0) AS grouped_models_used,
    COUNT(*) FILTER (WHERE n.private_models_known > 0) AS private_models_known,
    COUNT(*) FILTER (WHERE n.private_models_used > 0) AS private_models_used,
    COUNT(*) FILTER (WHERE n.public_models_known > 0) AS public_models_known,
    COUNT(*) FILTER (WHERE n.public_models_used > 0) AS public_models_used,
    COUNT(*) FILTER (WHERE n.versioned_models_known > 0) AS versioned_models_known,
    COUNT(*) FILTER (WHERE n.versioned_models_used > 0) AS versioned_models_used,
    COUNT(*) FILTER (WHERE n.python_models_known > 0) AS python_models_known,
    COUNT(*) FILTER (WHERE n.python_models_used > 0) AS python_models_used,
    COUNT(*) FILTER (WHERE n.microbatch_models_known > 0) AS microbatch_models_known,
    COUNT(*) FILTER (WHERE n.microbatch_models_used > 0) AS microbatch_models_used,
    COUNT(*) FILTER (WHERE n.materialized_views_known > 0) AS materialized_views_known,
    COUNT(*) FILTER (WHERE n.materialized_views_used > 0) AS materialized_views_used,
    COUNT(*) FILTER (WHERE n.custom_materializations_known > 0) AS custom_materializations_known,
    COUNT(*) FILTER (WHERE n.custom_materializations_used > 0) AS custom_materializations_used,
    COUNT(*) FILTER (WHERE n.open_table_formats_known > 0) AS open_table_formats_known,
    COUNT(*) FILTER (WHERE n.open_table_formats_used > 0) AS open_table_formats_used,
    COUNT(*) FILTER (WHERE n.catalogs_known > 0) AS catalogs_known,
    COUNT(*) FILTER (WHERE n.catalogs_used > 0) AS catalogs_used,
    COUNT(i.is_partial_parse_enabled) AS partial_parse_known,
    COUNT(*) FILTER (WHERE i.is_partial_parse_enabled) AS partial_parse_used,
    COUNT(i.full_reparse_reason) AS full_reparses,
    COUNT(*) FILTER (WHERE i.engine = 'core-1' AND i.version_major = 1 AND i.version_minor >= 6) AS plugins_known,
    COUNT(p.invocation_id) AS plugins_used,
    COUNT(*) FILTER (
        WHERE i.engine = 'core-1' AND i.version_major = 1 AND i.version_minor >= 10
    ) AS artifact_uploads_known,
    COUNT(u.invocation_id) AS artifact_uploads_used,
    COUNT(a.strictness) AS static_analysis_known,
    COUNT(*) FILTER (WHERE a.strictness = 2) AS static_analysis_strict,
    COUNT(*) FILTER (WHERE a.strictness = 1) AS static_analysis_baseline,
    COUNT(*) FILTER (WHERE a.strictness = 0) AS static_analysis_off
FROM invocations AS i
LEFT JOIN node_features AS n ON i.invocation_id = n.invocation_id
LEFT JOIN plugins AS p ON i.invocation_id = p.invocation_id
LEFT JOIN uploads AS u ON i.invocation_id = u.invocation_id
LEFT JOIN analyses AS a ON i.invocation_id = a.invocation_id
-- An invalid run makes no project active.
WHERE i.outcome <> 'invalid'
GROUP BY i.day, i.project_key, i.engine, i.dbt_minor
ORDER BY i.day, i.project_key NULLS LAST, i.engine NULLS LAST, i.dbt_minor NULLS LAST
