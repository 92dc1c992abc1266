#!/usr/bin/env python3
"""Compares what two lakes hold, whoever has made them: rows of staging, marts, and kept results of reports.

    python tests/python/compare_lakes.py LAKE_A LAKE_B

Of staging the rows of a table must be the same, in whatever files they are. Files of marts and reports must be the same, with
the same columns, types and meanings of columns, and the same rows in the same order, numbers to 1e-9. Exit status 0: all
of it is so, and there is something of each. What differs is told by file, with its first rows.
"""

import collections
import json
import math
import pathlib
import sys

import pyarrow.parquet as parquet

# The most differences that are shown of a file.
SHOWN = 3
# What a footer says of when and of which batches; and Arrow's schema, whose types are compared as they are.
APART = {b"usage_report.published", b"ARROW:schema"}


def same(one, other):
    """Whether two values are the same, but for rounding."""
    if isinstance(one, float) and isinstance(other, float):
        return (math.isnan(one) and math.isnan(other)) or abs(one - other) <= 1e-9 * max(1.0, abs(one), abs(other))
    return type(one) is type(other) and one == other


def staging(lake):
    """How often each row is there, by table: of the files that receipts name, without rows that have been read again."""
    receipts = [json.loads(path.read_text()) for path in sorted((lake / "receipts").glob("*.json"))]
    best = {}
    for receipt in receipts:
        for source in receipt["sources"]:
            reading = (-receipt.get("generation", 0), receipt["batch"])
            best[source["digest"]] = min(best.get(source["digest"], reading), reading)
    rows = collections.defaultdict(collections.Counter)
    for receipt in receipts:
        for file in receipt["files"]:
            for row in parquet.ParquetFile(lake / file["path"]).read().to_pylist():
                if best[row["source"]][1] == receipt["batch"]:
                    rows[file["table"]][tuple(row.items())] += 1
    return rows


def files(lake, folder):
    """The files of a folder, by their paths in it."""
    return {path.relative_to(lake): path for path in sorted((lake / folder).rglob("*.parquet"))}


def differences(one, other):
    """What differs between two files, as lines of text."""
    (one, other) = (parquet.ParquetFile(one).read(), parquet.ParquetFile(other).read())
    if not one.schema.equals(other.schema):
        return ["columns are %s, and %s" % (one.schema, other.schema)]
    told = [{key: value for key, value in (table.schema.metadata or {}).items() if key not in APART} for table in (one, other)]
    if told[0] != told[1]:
        return ["%s is %r, and %r" % (key, told[0].get(key), told[1].get(key)) for key in sorted({*told[0], *told[1]})
                if told[0].get(key) != told[1].get(key)]
    if one.num_rows != other.num_rows:
        return ["%d rows, and %d" % (one.num_rows, other.num_rows)]
    return [
        "row %d: %s is %r, and %r" % (number, column, row[column], of_other[column])
        for number, (row, of_other) in enumerate(zip(one.to_pylist(), other.to_pylist()), 1)
        for column in row
        if not same(row[column], of_other[column])
    ]


def main():
    """Compares, and says what was compared."""
    lakes = [pathlib.Path(path) for path in sys.argv[1:3]]
    wrong = []
    one, other = map(staging, lakes)
    for table in sorted({*one, *other}):
        if one[table] != other[table]:
            surplus, missing = one[table] - other[table], other[table] - one[table]
            wrong += ["staging/%s: %d rows only here" % (table, sum(rows.values())) for rows in (surplus, missing)]
    compared = {"staging": len(one)}
    for folder in ("marts", "reports"):
        of_one, of_other = (files(lake, folder) for lake in lakes)
        wrong += ["%s: only in one lake" % path for path in sorted(of_one.keys() ^ of_other.keys())]
        for path in sorted(of_one.keys() & of_other.keys()):
            wrong += ["%s: %s" % (path, line) for line in differences(of_one[path], of_other[path])[:SHOWN]]
        compared[folder] = len(of_one)
    for line in wrong:
        print(line, file=sys.stderr)
    print("compared: %s; %d differences" % (", ".join("%s %d" % of for of in compared.items()), len(wrong)))
    sys.exit(1 if wrong or not all(compared.values()) else 0)


if __name__ == "__main__":
    main()
