#!/usr/bin/env python3
"""Reads the marts of a lake as notebooks do, with Polars, DuckDB and pandas: each must see the same.

    python tests/python/read_marts.py LAKE
"""

import pathlib
import sys

import duckdb
import pandas
import polars
import pyarrow.parquet

MARTS = {"invocations": "nodes", "node_runs": "execution_seconds", "project_days": "runs", "event_days": "events",
         "node_days": "nodes", "feature_days": "runs", "distributions": "observations"}


def with_polars(lake, mart, measure):
    """Rows, days with their rows, the sum of a measure, and the columns."""
    frame = polars.read_parquet(f"{lake}/marts/{mart}")
    days = {str(day): rows for day, rows in frame.group_by("day").len().iter_rows()}
    return frame.height, days, frame[measure].sum(), sorted(frame.columns)


def with_duckdb(lake, mart, measure):
    """The same."""
    table = f"'{lake}/marts/{mart}/**/*.parquet'"
    with duckdb.connect() as connection:
        rows, total = connection.execute(f"SELECT COUNT(*), SUM({measure}) FROM {table}").fetchall()[0]
        days = connection.execute(f"SELECT day, COUNT(*) FROM {table} GROUP BY day").fetchall()
        columns = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    return rows, {str(day): n for day, n in days}, total, sorted(column[0] for column in columns)


def with_pandas(lake, mart, measure):
    """The same."""
    frame = pandas.read_parquet(f"{lake}/marts/{mart}")
    days = {str(day): int(rows) for day, rows in frame["day"].astype(str).value_counts().items()}
    return len(frame), days, float(frame[measure].sum()), sorted(frame.columns)


def undescribed(lake):
    """Files of reports, and columns of these and of files of marts, that do not say what they mean."""
    reports, marts = list(lake.glob("reports/*.parquet")), list(lake.glob("marts/*/*/*.parquet"))
    assert len(reports) > 45 and len(marts) > 20, (reports, marts)
    of_all = ((file, pyarrow.parquet.read_schema(file).metadata or {}) for file in reports)
    without = [file.name for file, told in of_all if not told.get(b"usage_report.title") or not told.get(b"usage_report.question")]
    columns = ((file, field) for file in reports + marts for field in pyarrow.parquet.read_schema(file))
    return without + [f"{file}: {field.name}" for file, field in columns if b"description" not in (field.metadata or {})]


def main():
    """Compares, and says what differs."""
    lake = pathlib.Path(sys.argv[1]).resolve()
    without = undescribed(lake)
    print(f"without a meaning: {without}")
    failures = len(without)
    for mart, measure in MARTS.items():
        seen = {read.__name__: read(lake, mart, measure) for read in (with_polars, with_duckdb, with_pandas)}
        first = seen["with_polars"]
        assert first[0] > 0 and len(first[1]) > 1 and first[2] > 0, f"{mart} holds too little to compare: {first}"
        for name, found in seen.items():
            same = found[0] == first[0] and found[1] == first[1] and found[3] == first[3]
            if not same or abs(found[2] - first[2]) > 1e-9 * abs(first[2]):
                failures += 1
                print(f"{mart} {name}: {found}\n{mart} with_polars: {first}")
        # A pattern of files, too. To Polars the folders' names are then nothing but names, unless it is told.
        files = polars.read_parquet(f"{lake}/marts/{mart}/**/*.parquet")
        told = polars.read_parquet(f"{lake}/marts/{mart}/**/*.parquet", hive_partitioning=True)
        if (files.height, told.height, sorted(told.columns)) != (first[0], first[0], first[3]):
            failures += 1
            print(f"{mart} by a pattern: {files.shape}, {told.shape}")
        print(f"{mart}: {first[0]} rows, {len(first[1])} days, {len(first[3])} columns")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
