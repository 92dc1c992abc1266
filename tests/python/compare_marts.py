#!/usr/bin/env python3
"""Compares the marts of two lakes: every row and column must be the same, floats to the last bit.

    python tests/python/compare_marts.py LAKE_A LAKE_B [--except COLUMN ...] [--without MART ...]

What differs is told by column, with the first rows of it; rows are matched by the mart's key (`-- key:` in its file
under queries/marts). Exit status 0: the same; 1: not, or there is nothing to compare.
"""

import argparse
import pathlib
import re
import sys

import duckdb

QUERIES = pathlib.Path(__file__).resolve().parents[2] / "queries" / "marts"
# The most rows that are shown of a difference.
SHOWN = 3


def key_of(mart):
    """The columns that make a row of a mart unique."""
    key = re.search(r"^-- key: (.+)$", (QUERIES / (mart + ".sql")).read_text(), re.MULTILINE)
    return key.group(1).split(", ")


def quoted(names):
    """Names of columns as SQL."""
    return ", ".join('"%s"' % name for name in names)


class Comparison:
    """The marts of two lakes, `a` and `b`, in DuckDB."""

    def __init__(self, lakes, ignored):
        self.connection = duckdb.connect()
        self.lakes = dict(zip("ab", lakes))
        self.ignored = set(ignored)
        self.rows = 0

    def one(self, sql):
        """The first row of a statement."""
        return self.connection.execute(sql).fetchone()

    def open(self, mart):
        """Makes the tables `a` and `b` of a mart; gives the columns of each, or `None` where there are no files."""
        columns = []
        for name, lake in self.lakes.items():
            if not any((lake / "marts" / mart).rglob("*.parquet")):
                return None
            files = str(lake / "marts" / mart / "**" / "*.parquet").replace("'", "''")
            scan = "read_parquet('%s', hive_partitioning = true, hive_types = {'day': DATE})" % files
            self.connection.execute("CREATE OR REPLACE TABLE %s AS SELECT * FROM %s" % (name, scan))
            described = self.connection.execute("DESCRIBE %s" % name).fetchall()
            columns.append(sorted((row[0], row[1]) for row in described if row[0] not in self.ignored))
        return columns

    def differences(self, mart):
        """What differs in a mart, as lines."""
        columns = self.open(mart)
        if columns is None:
            return ["one of the lakes has no files of it"]
        if columns[0] != columns[1]:
            return ["columns of one only: %s" % sorted(set(columns[0]) ^ set(columns[1]))]
        names = [name for name, _ in columns[0]]
        counts = [self.one("SELECT COUNT(*) FROM %s" % lake)[0] for lake in "ab"]
        self.rows += counts[0]
        surplus = "SELECT %s FROM {} EXCEPT ALL SELECT %s FROM {}" % (quoted(names), quoted(names))
        only = [self.one("SELECT COUNT(*) FROM (%s)" % surplus.format(*pair))[0] for pair in ("ab", "ba")]
        if not any(only):
            return []
        told = ["%d rows in a, %d in b; only in a %d, only in b %d" % (*counts, *only)]
        key = key_of(mart)
        if self.ignored.intersection(key):
            return told + self.rows_of(surplus.format("a", "b"), "a") + self.rows_of(surplus.format("b", "a"), "b")
        return told + self.unmatched(key) + self.by_column(key, names)

    def rows_of(self, sql, lake):
        """The first rows of a statement, in an order of their own."""
        result = self.connection.execute("%s ORDER BY ALL LIMIT %d" % (sql, SHOWN))
        names = [column[0] for column in result.description]
        return ["only in %s: %s" % (lake, dict(zip(names, row))) for row in result.fetchall()]

    def unmatched(self, key):
        """The first keys that only one lake has."""
        missing = "SELECT %s FROM {} EXCEPT SELECT %s FROM {}" % (quoted(key), quoted(key))
        return self.rows_of(missing.format("a", "b"), "a") + self.rows_of(missing.format("b", "a"), "b")

    def by_column(self, key, names):
        """Of rows that both have: how many differ in a column, and the first that do."""
        told = []
        for name in names:
            matched = 'FROM a JOIN b USING (%s) WHERE a."%s" IS DISTINCT FROM b."%s"' % (quoted(key), name, name)
            count = 0 if name in key else self.one("SELECT COUNT(*) %s" % matched)[0]
            if count:
                told.append("%s differs in %d rows" % (name, count))
                sql = 'SELECT %s, a."%s", b."%s" %s ORDER BY ALL LIMIT %d' % (quoted(key), name, name, matched, SHOWN)
                for row in self.connection.execute(sql).fetchall():
                    told.append("    %s: %r in a, %r in b" % ("/".join(map(str, row[:-2])), row[-2], row[-1]))
        return told


def marts_of(lake):
    """The marts of a lake."""
    return {path.name for path in (lake / "marts").iterdir() if path.is_dir()}


def main():
    """Compares, and says what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lakes", nargs=2, type=pathlib.Path, metavar="LAKE")
    parser.add_argument("--except", nargs="+", default=[], dest="ignored", metavar="COLUMN")
    parser.add_argument("--without", nargs="+", default=[], metavar="MART")
    arguments = parser.parse_args()
    comparison = Comparison([lake.resolve() for lake in arguments.lakes], arguments.ignored)
    marts = sorted(set.union(*map(marts_of, arguments.lakes)) - set(arguments.without))
    failures = 0
    for mart in marts:
        lines = comparison.differences(mart)
        failures += bool(lines)
        for line in lines:
            print("%s: %s" % (mart, line))
    print("%d marts, %d rows: %d marts differ" % (len(marts), comparison.rows, failures))
    return 1 if failures or not comparison.rows else 0


if __name__ == "__main__":
    sys.exit(main())
