#!/usr/bin/env python3
"""Compares what usage-report reads of enriched TSV with what Snowplow's own Analytics SDK for Python reads of it.

    python tests/python/sdk.py BINARY DUMPS

Two things are compared:

- the SDK's JSON of every line, ingested, gives the same staging rows as the lines themselves;
- every value of these rows is what the SDK's JSON says (`sdk_columns.py`), floats to the last bit.

Exit status 0: the same; 1: not, or too little was compared.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import duckdb
from snowplow_analytics_sdk.event_transformer import transform
from snowplow_analytics_sdk.snowplow_event_transformation_exception import SnowplowEventTransformationException

from forms import enriched
from sdk_columns import COLUMNS, ENVELOPE, Event
from sdk_values import SECRET, NotCompared

# Where a row comes from; everything else must agree.
PLACES = {"source", "source_form", "source_offset", "source_item", "day"}
# At least so many values are compared, on average, of a row.
VALUES_OF_A_ROW = 12
# The most differences that are shown.
SHOWN = 20


def transformed(dumps, folder):
    """Writes the SDK's JSON of each dump into a folder; gives the events, and how many lines the SDK refuses."""
    events, refused = [], 0
    for number, path in enumerate(sorted(path for path in dumps.rglob("*") if path.is_file())):
        with open(folder / ("%03d.ndjson" % number), "w") as out:
            for line in enriched.lines(path):
                try:
                    event = transform(line.decode())
                except (UnicodeDecodeError, SnowplowEventTransformationException):
                    refused += 1
                    continue
                events.append(Event(event))
                out.write(json.dumps(event) + "\n")
    return events, refused


def ingest(binary, dumps, lake):
    """Reads dumps into a lake; gives the files of each staging table."""
    command_line = [binary, "ingest", str(dumps), "--lake", str(lake)]
    subprocess.run(command_line, check=True, env={**os.environ, "USAGE_REPORT_KEY": SECRET})
    files = collections.defaultdict(list)
    for receipt in sorted((lake / "receipts").glob("*.json")):
        for file in json.loads(receipt.read_text())["files"]:
            if file["table"].endswith("_events"):
                files[file["table"]].append(str(lake / file["path"]))
    return files


def columns_of(connection, files):
    """The columns of a table that are compared."""
    rows = connection.execute("DESCRIBE SELECT * FROM read_parquet(%s)" % files).fetchall()
    return [row[0] for row in rows if row[0] not in PLACES]


def compare_rows(connection, table, one, other):
    """The rows of a table that only one of two lakes has, as lines."""
    names = ", ".join('"%s"' % name for name in columns_of(connection, one))
    lines = []
    for title, left, right in (("TSV", one, other), ("the SDK's JSON", other, one)):
        scans = ["SELECT %s FROM read_parquet(%s)" % (names, files) for files in (left, right)]
        result = connection.execute("SELECT * FROM (%s EXCEPT ALL %s) ORDER BY ALL" % tuple(scans))
        found = [column[0] for column in result.description]
        lines += ["%s: only of %s: %s" % (table, title, dict(zip(found, row))) for row in result.fetchall()]
    return lines


def place(event):
    """What finds an event's row: its id and the collector's time; `None` of an event without these."""
    try:
        return ENVELOPE["event_id"](event), ENVELOPE["collector_tstamp"](event)
    except ValueError:
        return None


class Values:
    """Compares the values of rows with events of the SDK."""

    def __init__(self, events):
        self.events = {place(event): event for event in events}
        self.compared = collections.Counter()
        self.differences = []
        self.rows = 0

    def compare(self, connection, table, files):
        """Compares the values of a table."""
        names = columns_of(connection, files)
        scan = 'SELECT %s FROM read_parquet(%s)' % (", ".join('"%s"' % name for name in names), files)
        expected = {**ENVELOPE, **COLUMNS.get(table, {})}
        for row in connection.execute(scan).fetchall():
            row = dict(zip(names, row))
            self.rows += 1
            event = self.events.get((row["event_id"], row["collector_tstamp"]))
            if event is None:
                self.differences.append("%s: the SDK has no event %s" % (table, row["event_id"]))
                continue
            for name in names:
                if name in expected:
                    self.value(table, name, row, expected[name], event)

    def value(self, table, name, row, read, event):
        """Compares one value."""
        try:
            value = read(event)
        except NotCompared:
            return
        self.compared[table, name] += 1
        if value != row[name] or isinstance(value, bool) != isinstance(row[name], bool):
            self.differences.append("%s %s: %s is %r, by the SDK %r" % (table, row["event_id"], name, row[name], value))


def main():
    """Compares, and says what differs."""
    binary, dumps = sys.argv[1], pathlib.Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        folder = pathlib.Path(folder)
        (folder / "json").mkdir()
        events, refused = transformed(dumps, folder / "json")
        lines = ingest(binary, dumps, folder / "tsv-lake")
        objects = ingest(binary, folder / "json", folder / "json-lake")
        differences = ["%s: of one only" % table for table in sorted(set(lines) ^ set(objects))]
        values = Values(events)
        unknown = []
        for table in sorted(set(lines) & set(objects)):
            differences += compare_rows(connection, table, lines[table], objects[table])
            values.compare(connection, table, lines[table])
            names = columns_of(connection, lines[table])
            unknown += [table + "." + name for name in names if not values.compared[table, name]]
    differences += values.differences
    for line in differences[:SHOWN]:
        print(line)
    total = sum(values.compared.values())
    print("not compared: %s" % (", ".join(unknown) or "nothing"))
    print("%d events and %d lines refused by the SDK, %d tables, %d rows, %d values: %d differences"
          % (len(events), refused, len(lines), values.rows, total, len(differences)))
    enough = len(lines) >= 5 and values.rows >= 100 and total >= VALUES_OF_A_ROW * values.rows
    if not enough:
        print("too little was compared")
    return 0 if enough and not differences else 1


if __name__ == "__main__":
    sys.exit(main())
