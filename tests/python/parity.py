#!/usr/bin/env python3
"""Gives DuckDB the files of a lake and the files of queries/, and compares with what usage-report says.

    python tests/python/parity.py LAKE BINARY

Two things are compared, values to 1e-9:

- every report, `queries/reports/**/*.sql` over the lake's marts: the same columns, rows and order as
  `BINARY query -f FILE`;
- every mart, `queries/marts/*.sql` over all of staging at once: the same rows as in the mart's files, which were
  built day by day.

What lies below the SQL is made here once more, by other means: which files count (receipts), deduplication, and
the tables `sources`, `days`, `duplicates`, `rejects` and `unrecognized`.
"""

import datetime
import decimal
import json
import math
import pathlib
import re
import subprocess
import sys
import tempfile

import duckdb

QUERIES = pathlib.Path(__file__).resolve().parents[2] / "queries"
# In the order in which they are built.
MARTS = [
    "invocations", "node_runs", "project_days", "event_days", "node_days", "feature_days", "warning_days", "package_days",
    "distributions",
]
# How many hours events may be late (definitions, Maturity).
LATENESS = 72


def plain(value):
    """A value as JSON has it: days and instants as ISO text, numbers as numbers."""
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def same(one, other):
    """Whether two values are the same, but for rounding."""
    if isinstance(one, bool) or isinstance(other, bool) or one is None or other is None:
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return one == other


def differences(name, expected, actual):
    """What is wrong with rows (lists of dictionaries), as lines of text: the first few."""
    if len(expected) != len(actual):
        return ["%s: %d rows in DuckDB, %d here" % (name, len(expected), len(actual))]
    lines = []
    for number, (one, other) in enumerate(zip(expected, actual), 1):
        if list(one) != list(other):
            return ["%s: columns are %s in DuckDB, %s here" % (name, list(one), list(other))]
        for column in one:
            if not same(one[column], other[column]):
                lines.append("%s: row %d: %s is %r in DuckDB, %r here" % (name, number, column, one[column], other[column]))
    return lines[:5]


class Lake:
    """A lake in DuckDB."""

    def __init__(self, root, binary):
        self.root = root
        self.binary = binary
        self.connection = duckdb.connect()
        self.receipts = [json.loads(path.read_text()) for path in sorted((root / "receipts").glob("*.json"))]
        assert self.receipts, "%s has no receipts" % root

    def rows(self, sql):
        """The rows of a statement in DuckDB."""
        result = self.connection.execute(sql)
        names = [column[0] for column in result.description]
        return [{name: plain(value) for name, value in zip(names, row)} for row in result.fetchall()]

    def run(self, *arguments):
        """What usage-report prints."""
        command = [self.binary, "query", *arguments, "--lake", str(self.root)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout

    def files(self, table):
        """The files of a table that a receipt names."""
        return [
            str(self.root / file["path"])
            for receipt in self.receipts
            for file in receipt["files"]
            if file["table"] == table
        ]

    def add_table(self, table, in_days=True):
        """A table of staging; of one without files only its columns are known, and only to usage-report."""
        files = self.files(table)
        name = '"%s"' % table
        if files:
            options = "hive_partitioning = true, hive_types = {'day': DATE}" if in_days else "hive_partitioning = false"
            scan = "read_parquet(%s, %s)" % (files, options)
            self.connection.execute("CREATE TABLE %s AS SELECT * FROM %s" % (name, scan))
        else:
            with tempfile.TemporaryDirectory() as folder:
                path = pathlib.Path(folder) / "empty.parquet"
                path.write_bytes(self.run("SELECT * FROM %s" % table, "--format", "parquet"))
                self.connection.execute("CREATE TABLE %s AS SELECT * FROM read_parquet('%s')" % (name, path))
        return len(files)

    def deduplicate(self, table):
        """Keeps of each event the copy received first; gives the ids of the others."""
        ranked = (
            "SELECT *, ROW_NUMBER() OVER (PARTITION BY event_id "
            'ORDER BY collector_tstamp, source, source_offset, source_item) AS copy FROM "%s"' % table
        )
        surplus = self.rows("SELECT event_id FROM (%s) WHERE copy > 1" % ranked)
        self.connection.execute(
            'CREATE OR REPLACE TABLE "%s" AS SELECT * EXCLUDE (copy) FROM (%s) WHERE copy = 1' % (table, ranked)
        )
        return [row["event_id"] for row in surplus]

    def add_sources(self):
        """The table of dumps, from the receipts."""
        self.connection.execute(
            "CREATE TABLE sources (source VARCHAR, path VARCHAR, batch VARCHAR, format VARCHAR, bytes BIGINT, "
            "decompressed_bytes BIGINT, records BIGINT, events BIGINT, rejects BIGINT, foreign_records BIGINT, "
            "filtered_records BIGINT, forgotten_records BIGINT, first_received_hour TIMESTAMP, last_received_hour TIMESTAMP)"
        )
        for receipt in self.receipts:
            for source in receipt["sources"]:
                counts = [source[key] for key in ("records", "events", "rejects", "foreign", "filtered")]
                assert counts[0] == sum(counts[1:]), "records are not all accounted for: %s" % source
                hours = sorted(hour + ":00:00" for hour in source.get("received", {}))
                row = [source["digest"], None, receipt["batch"], source["format"], source["bytes"],
                       source["decompressed_bytes"], *counts, source.get("forgotten", 0), *(hours[:1] or [None]), *(hours[-1:] or [None])]
                self.connection.execute("INSERT INTO sources VALUES (%s)" % ", ".join("?" * 14), row)

    def add_days(self, tables):
        """The table of days, from the rows of staging before deduplication."""
        rows = " UNION ALL ".join('SELECT day, collector_tstamp, time_basis FROM "%s"' % table for table in tables)
        self.connection.execute(
            "CREATE TABLE days AS WITH rows AS (%s), "
            "newest AS (SELECT DATE_TRUNC('hour', MAX(collector_tstamp)) AS hour FROM rows WHERE time_basis IN ('collector', 'file')) "
            "SELECT day, COUNT(*) AS events, "
            "COALESCE(CAST(day AS TIMESTAMP) + INTERVAL 1 DAY + INTERVAL %d HOUR <= ANY_VALUE(newest.hour), false) AS is_final, "
            "CAST(CAST(ANY_VALUE(newest.hour) - INTERVAL %d HOUR AS DATE) - INTERVAL 1 DAY AS DATE) AS final_until, "
            "CAST(NULL AS BIGINT) AS missing_hours, CAST(NULL AS BIGINT) AS known_missing_hours "
            "FROM rows, newest GROUP BY day" % (rows, LATENESS, LATENESS)
        )


def main():
    """Compares, and says what differs."""
    root, binary = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
    lake = Lake(root, binary)
    failures = []

    # Staging: every table that any query names.
    texts = [path.read_text() for path in sorted(QUERIES.rglob("*.sql"))]
    read = re.compile(r"\b(?:FROM|JOIN)\s+([a-z_]+_events)\b")
    tables = sorted({name for text in texts for name in read.findall(re.sub(r"--[^\n]*", "", text))})
    assert len(tables) > 20, tables
    duplicates = []
    filled = sum(lake.add_table(table) > 0 for table in tables)
    lake.add_days(tables)
    for table in tables:
        duplicates += [(table, event_id) for event_id in lake.deduplicate(table)]
    assert filled >= 5, "hardly any table of the lake has rows"
    lake.add_table("rejects", in_days=False)
    lake.add_table("unrecognized", in_days=False)
    lake.add_sources()
    lake.connection.execute("CREATE TABLE duplicates (table_name VARCHAR, event_id VARCHAR)")
    if duplicates:
        lake.connection.executemany("INSERT INTO duplicates VALUES (?, ?)", duplicates)

    # Staging as usage-report sees it.
    counted = 0
    for table in [*tables, "rejects", "unrecognized", "sources", "days", "duplicates"]:
        sql = "SELECT COUNT(*) AS n FROM %s" % table
        here = json.loads(lake.run(sql, "--format", "json"))
        failures += differences("table " + table, lake.rows(sql), here)
        counted += here[0]["n"]
    assert counted > 1000, counted

    # Marts: first as files, then from staging in one go, later marts over earlier ones.
    assert sorted(MARTS) == sorted(path.stem for path in (QUERIES / "marts").glob("*.sql")), MARTS
    lake.connection.execute((QUERIES / "macros.sql").read_text())
    for mart in MARTS:
        sql = (QUERIES / "marts" / (mart + ".sql")).read_text()
        key = re.search(r"^-- key: (.+)$", sql, re.MULTILINE).group(1)
        files = str(root / "marts" / mart / "*" / "*.parquet")
        stored = "read_parquet('%s', hive_partitioning = true, hive_types = {'day': DATE})" % files
        lake.connection.execute('CREATE TABLE "%s" AS %s' % (mart, sql))
        names = [row["column_name"] for row in lake.rows('DESCRIBE "%s"' % mart)]
        in_files = [row["column_name"] for row in lake.rows("DESCRIBE SELECT * FROM %s" % stored)]
        if sorted(names) != sorted(in_files):
            failures.append("mart %s: columns are %s in DuckDB, %s in the files" % (mart, names, in_files))
            continue
        columns = ", ".join('"%s"' % name for name in names)
        built = lake.rows('SELECT %s FROM "%s" ORDER BY %s' % (columns, mart, key))
        kept = lake.rows("SELECT %s FROM %s ORDER BY %s" % (columns, stored, key))
        # Not every lake has warnings and packages.
        assert built or mart in ("warning_days", "package_days"), "mart %s is empty" % mart
        failures += differences("mart " + mart, built, kept)
        unique = lake.rows("SELECT COUNT(*) AS n FROM (SELECT DISTINCT %s FROM %s)" % (key, stored))[0]["n"]
        if unique != len(kept):
            failures.append("mart %s: %d rows, but %d keys" % (mart, len(kept), unique))
        # Reports read the files, as usage-report does.
        lake.connection.execute('DROP TABLE "%s"' % mart)
        lake.connection.execute('CREATE VIEW "%s" AS SELECT * FROM %s' % (mart, stored))

    # Those that read others after these.
    views = {path.stem: path.read_text() for path in sorted((QUERIES / "views").glob("*.sql"))}
    for name in sorted(views, key=lambda name: sum(other in views[name] for other in views)):
        lake.connection.execute('CREATE VIEW "%s" AS %s' % (name, views[name]))
    reports = sorted((QUERIES / "reports").rglob("*.sql"))
    assert len(reports) > 10, reports
    for path in reports:
        here = json.loads(lake.run("-f", str(path), "--format", "json"))
        failures += differences("report " + path.stem, lake.rows(path.read_text()), here)

    for line in failures:
        print(line)
    print("%d tables, %d marts, %d reports: %d differences" % (len(tables), len(MARTS), len(reports), len(failures)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
