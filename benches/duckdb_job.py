#!/usr/bin/env python3
"""The same job in DuckDB, or less: enriched events as TSV to Parquet tables by day, then four reports.

    duckdb_job.py PATTERN OUT_DIR [THREADS]        (pip install duckdb)

What one would write today instead of this project. It reads the fields of five kinds of events out of some twenty, keeps
identifiers as they are, refuses nothing by name and has no intervals. `whole_job.py` runs it beside the program. Prints
the seconds of each stage as JSON.
"""
import json, os, shutil, sys, time, duckdb

raw, out, threads = sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) > 3 else 2
shutil.rmtree(out, ignore_errors=True)
os.makedirs(out)
db = duckdb.connect()
db.execute(f"SET threads={threads}; SET preserve_insertion_order=false; SET memory_limit='12GB'; SET TimeZone='UTC'")
columns = "{" + ",".join(f"'c{i}':'VARCHAR'" for i in range(131)) + "}"
took, start = {}, time.time()


def lap(name):
    global start
    took[name] = round(time.time() - start, 2)
    start = time.time()


db.execute(f"""
CREATE TEMP TABLE events AS
SELECT c6 AS event_id, c54 AS action, c55 AS label, c12 AS user_id, c18 AS country, TRY_CAST(c3 AS TIMESTAMP) AS collector_tstamp,
       TRY_CAST(c4 AS TIMESTAMP) AS device_tstamp, TRY_CAST(c124 AS TIMESTAMP) AS derived_tstamp, TRY_CAST(c52 AS JSON) AS contexts
FROM read_csv('{raw}', delim='\t', quote='', escape='', header=false, columns={columns}, auto_detect=false, null_padding=false,
              ignore_errors=true, max_line_size=4000000)
WHERE c0 = 'dbt' AND c53 = 'dbt'""")
lap("read")
db.execute(f"""
COPY (SELECT event_id, user_id, country, collector_tstamp, device_tstamp, derived_tstamp, CAST(derived_tstamp AS DATE) AS day,
       d->>'$.invocation_id' AS invocation_id, d->>'$.progress' AS progress, d->>'$.result_type' AS result_type, d->>'$.command' AS command,
       d->>'$.version' AS version, contexts->>'$.data[1].data.platform' AS platform, contexts->>'$.data[1].data.python' AS python,
       contexts->>'$.data[2].data.environment' AS environment
      FROM (SELECT *, contexts->'$.data[0].data' AS d FROM events WHERE action = 'invocation'))
TO '{out}/invocation_events' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))""")
db.execute(f"""
COPY (SELECT event_id, label AS invocation_id, collector_tstamp, device_tstamp, CAST(derived_tstamp AS DATE) AS day,
       CAST(d->>'$.index' AS INT) AS index, CAST(d->>'$.total' AS INT) AS total, CAST(d->>'$.execution_time' AS DOUBLE) AS execution_time,
       d->>'$.run_status' AS run_status, CAST(d->>'$.run_skipped' AS BOOLEAN) AS run_skipped, CAST(d->>'$.run_error' AS BOOLEAN) AS run_error,
       d->>'$.model_materialization' AS materialization, d->>'$.model_id' AS model_id, d->>'$.hashed_contents' AS hashed_contents,
       d->>'$.language' AS language, d->>'$.access' AS access
      FROM (SELECT *, contexts->'$.data[0].data' AS d FROM events WHERE action = 'run_model'))
TO '{out}/run_model_events' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))""")
for action, fields in {"project_id": ["project_id"], "adapter_info": ["adapter_type", "adapter_unique_id"],
                       "resource_counts": ["models", "snapshots", "seeds", "sources", "exposures", "macros"],
                       "load_project": ["path_count", "parsed_path_count", "load_all_elapsed"]}.items():
    db.execute(f"""
COPY (SELECT event_id, label AS invocation_id, device_tstamp, CAST(derived_tstamp AS DATE) AS day,
       {", ".join(f"contexts->>'$.data[0].data.{f}' AS {f}" for f in fields)}
      FROM events WHERE action = '{action}')
TO '{out}/{action}_events' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day))""")
lap("normalize")
db.execute("DROP TABLE events")
table = lambda name: f"(SELECT * FROM read_parquet('{out}/{name}/*/*.parquet') QUALIFY row_number() OVER (PARTITION BY event_id) = 1)"
db.execute(f"""
CREATE TABLE invocations AS
WITH i AS (SELECT invocation_id, min(device_tstamp) FILTER (progress = 'start') AS started, max(device_tstamp) FILTER (progress = 'end') AS ended,
             any_value(result_type) FILTER (progress = 'end') AS result, bool_or(progress = 'invalid') AS invalid, any_value(command) AS command,
             any_value(version) AS version, any_value(platform) AS platform, any_value(python) AS python, any_value(environment) AS environment
           FROM {table('invocation_events')} GROUP BY 1),
     a AS (SELECT invocation_id, any_value(adapter_type) AS adapter FROM {table('adapter_info_events')} GROUP BY 1),
     n AS (SELECT invocation_id, count(*) AS nodes, count(*) FILTER (run_error) AS failed, count(*) FILTER (run_skipped) AS skipped FROM {table('run_model_events')} GROUP BY 1)
SELECT *, CASE WHEN invalid THEN 'invalid' WHEN result IS NOT NULL THEN result ELSE 'incomplete' END AS outcome,
       date_diff('millisecond', started, ended) / 1000 AS seconds, regexp_extract(version, '^=?(\\d+\\.\\d+)', 1) AS minor
FROM i LEFT JOIN a USING (invocation_id) LEFT JOIN n USING (invocation_id)""")
db.execute(f"COPY invocations TO '{out}/invocations.parquet' (FORMAT parquet, COMPRESSION zstd)")
lap("build")
reports = {
    "success": "SELECT minor, adapter, count(*), avg(CAST(outcome = 'ok' AS INT)) FROM invocations GROUP BY ALL",
    "duration": "SELECT command, quantile_cont(seconds, [0.5, 0.9, 0.95, 0.99]) FROM invocations GROUP BY 1",
    "nodes": "SELECT CAST(floor(log2(nodes)) AS INT) AS bucket, count(*) FROM invocations WHERE nodes > 0 GROUP BY 1 ORDER BY 1",
    "platform": "SELECT split_part(platform, '-', 1) AS os, regexp_extract(python, '^\\d+\\.\\d+') AS python, count(*) FROM invocations GROUP BY ALL"}
for name, sql in reports.items():
    db.execute(f"COPY ({sql}) TO '{out}/{name}.parquet' (FORMAT parquet)")
lap("reports")
took["total"] = round(sum(took.values()), 2)
took["invocations"] = db.execute("SELECT count(*), count(*) FILTER (outcome = 'ok'), sum(nodes) FROM invocations").fetchone()
print(json.dumps(took))
