-- title: Events by day
-- question: How many events are of each day, and how late did they come?
-- grain: one day with an event
-- key: day
-- column: day: UTC day on which the events happened, by our clock
--   from: day of every table of events (definitions, Time)
-- column: events [count]: Events, each once
--   from: every table of events (definitions, Duplicates)
-- column: received_events [count]: Those of which a collector's clock says when they were received
--   from: time_basis of every table of events
-- column: latency_p50_seconds [seconds]: Median of the time from happening to being received, of received_events
--   from: collector_tstamp, derived_tstamp of every table of events
-- column: latency_p90_seconds [seconds]: The same, 90 % of events
--   from: collector_tstamp, derived_tstamp of every table of events
-- column: latency_p99_seconds [seconds]: The same, 99 % of events
--   from: collector_tstamp, derived_tstamp of every table of events

WITH
events AS (
    SELECT day, collector_tstamp, derived_tstamp, time_basis FROM invocation_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM run_model_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM adapter_info_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM artifact_upload_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM behavior_change_warn_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM cloud_invocation_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM deprecated_version_invocation_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM deprecation_warn_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM experimental_parser_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM hint_view_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM invocation_env_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM load_all_timing_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM login_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM manage_state_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM onboarding_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM package_install_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM partial_parser_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM plugin_get_nodes_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM project_id_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM resource_counts_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM rpc_request_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM run_adapter_info_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM runnable_events
    UNION ALL SELECT day, collector_tstamp, derived_tstamp, time_basis FROM static_analysis_invocation_events
),
timed AS (
    SELECT
        day,
        time_basis,
        -- A clock outside these years tells no time (and Polars computes with nanoseconds, up to 2262).
        CASE
            WHEN time_basis = 'collector' AND EXTRACT(YEAR FROM derived_tstamp) BETWEEN 1970 AND 2261
                THEN ROUND(
                    (EXTRACT(EPOCH FROM collector_tstamp) - EXTRACT(EPOCH FROM derived_tstamp)) * 1000000
                ) / 1000000
        END AS seconds
    FROM events
)
SELECT
    day,
    COUNT(*) AS events,
    COUNT(*) FILTER (WHERE time_basis = 'collector') AS received_events,
    QUANTILE_CONT(seconds, 0.5) AS latency_p50_seconds,
    QUANTILE_CONT(seconds, 0.9) AS latency_p90_seconds,
    QUANTILE_CONT(seconds, 0.99) AS latency_p99_seconds
FROM timed
GROUP BY day
ORDER BY day
