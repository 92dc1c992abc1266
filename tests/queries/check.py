#!/usr/bin/env python3
"""Checks every query of queries/ on small known tables: tests/queries/<path>.json for queries/<path>.sql.

    python tests/queries/check.py [--engine duckdb|polars] [part of a path ...]
    python tests/queries/check.py --engine spark --translated FILE [part of a path ...]

Needs the package `duckdb` (`polars` or `pyspark` for that engine) and nothing else. For Spark FILE has every query in its
dialect, by its path; sessions are set as the job of `usage-report plan` sets them. Exits 1 if a case fails, if a query has
no case, or if a case has no query. A file of cases:

    {"cases": [{"name": "…",
                "tables": {"invocations": {"columns": {"nodes": "BIGINT", …}, "rows": [[3, …], …]}, …},
                "expected": {"columns": ["nodes_from", …], "rows": [[2, …], …]}}]}

Types are VARCHAR, BIGINT, INTEGER, DOUBLE, BOOLEAN, DATE and TIMESTAMP, the last two as ISO text. Views that the
query reads, directly or through other views, are made from queries/views; any other table has to be in the case.
Rows are compared in order, numbers to 1e-9. A case may expect only some of the columns, in their order, to stay
readable; at least one case of every query names all of them.
"""

import argparse
import datetime
import importlib.util
import json
import pathlib
import re
import sys

CASES = pathlib.Path(__file__).resolve().parent
QUERIES = CASES.parent.parent / "queries"
MACROS = QUERIES / "macros.sql"
TYPES = {"VARCHAR", "BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP"}


def value(text, kind):
    """A cell of a case as a Python value of its type."""
    if text is None:
        return None
    if kind == "DATE":
        return datetime.date.fromisoformat(text)
    if kind == "TIMESTAMP":
        return datetime.datetime.fromisoformat(text)
    return float(text) if kind == "DOUBLE" else text


def rows_of(name, table):
    """The rows of a table of a case, each as wide as its columns."""
    kinds = list(table["columns"].values())
    for kind in kinds:
        if kind not in TYPES:
            raise ValueError(f"table {name}: unknown type {kind}")
    for row in table["rows"]:
        if len(row) != len(kinds):
            raise ValueError(f"table {name}: {len(row)} values for {len(kinds)} columns in {row}")
    return [[value(cell, kind) for cell, kind in zip(row, kinds)] for row in table["rows"]]


def views_of(sql, views):
    """The views that a query reads, directly or through others, in an order in which they can be made."""
    body = re.sub(r"--[^\n]*", "", sql)
    needed = []
    for name in views:
        if re.search(rf"\b{name}\b", body):
            needed += [other for other in [*views_of(views[name], views), name] if other not in needed]
    return needed


def run_duckdb(sql, tables, views):
    """Column names and rows that DuckDB gives."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(MACROS.read_text())
        for name, table in tables.items():
            columns = ", ".join(f'"{column}" {kind}' for column, kind in table["columns"].items())
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            rows = rows_of(name, table)
            if rows:
                marks = ", ".join("?" for _ in table["columns"])
                connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
        for name, view in views.items():
            connection.execute(f'CREATE VIEW "{name}" AS {view}')
        result = connection.execute(sql)
        return [column[0] for column in result.description], result.fetchall()


def macros():
    """The macros, by name: parameters and text."""
    found = {}
    text = re.sub(r"--[^\n]*", "", MACROS.read_text())
    for name, parameters, body in re.findall(r"CREATE MACRO (\w+)\(([^)]*)\) AS(.*?);", text, re.DOTALL):
        found[name] = ([word.strip() for word in parameters.split(",")], body.strip())
    return found


def expanded(sql, known):
    """A statement with the text of the macros that it calls: Polars has none."""
    for call in re.finditer(r"\b(\w+)\(", sql):
        name = call.group(1).lower()
        if name not in known:
            continue
        depth, begin, arguments = 1, call.end(), []
        for place in range(call.end(), len(sql)):
            depth += {"(": 1, ")": -1}.get(sql[place], 0)
            if depth == 0 or (depth == 1 and sql[place] == ","):
                arguments.append(sql[begin:place].strip())
                begin = place + 1
            if depth == 0:
                break
        parameters, body = known[name]
        values = dict(zip(parameters, arguments, strict=True))
        body = re.sub(r"\b\w+\b", lambda word: f"({values[word.group()]})" if word.group() in values else word.group(), body)
        return expanded(f"{sql[:call.start()]}({body}){sql[place + 1:]}", known)
    return sql


def run_polars(sql, tables, views):
    """Column names and rows that Polars gives."""
    import polars

    kinds = {
        "VARCHAR": polars.String, "BIGINT": polars.Int64, "INTEGER": polars.Int32, "DOUBLE": polars.Float64,
        "BOOLEAN": polars.Boolean, "DATE": polars.Date, "TIMESTAMP": polars.Datetime("us"),
    }
    context = polars.SQLContext()
    for name, table in tables.items():
        schema = {column: kinds[kind] for column, kind in table["columns"].items()}
        context.register(name, polars.LazyFrame(rows_of(name, table), schema=schema, orient="row"))
    known = macros()
    for name, view in views.items():
        context.register(name, context.execute(expanded(view, known), eager=False))
    frame = context.execute(expanded(sql, known), eager=True)
    return frame.columns, frame.rows()


class Spark:
    """Spark, with the statements that were translated for it."""

    TYPES = {"VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ"}
    # Of few rows nothing is worth to be compiled, or to be divided among tasks.
    QUICK = {
        "spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.shuffle.partitions": "1", "spark.sql.adaptive.enabled": "false", "spark.ui.enabled": "false",
        "spark.default.parallelism": "1",
    }

    def __init__(self, translated):
        from pyspark.sql import SparkSession

        self.translated = json.loads(pathlib.Path(translated).read_text())
        spec = importlib.util.spec_from_file_location("job", QUERIES.parent / "src" / "spark" / "job.py")
        job = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(job)
        builder = SparkSession.builder.master("local[2]")
        for name, setting in {**job.SETTINGS, **self.QUICK}.items():
            builder = builder.config(name, setting)
        self.session = builder.getOrCreate()
        self.session.sparkContext.setLogLevel("ERROR")

    def run(self, sql, tables, views):
        """Column names and rows that Spark gives."""
        session = self.session.newSession()
        for name, table in tables.items():
            columns = ", ".join(f"`{column}` {self.TYPES.get(kind, kind)}" for column, kind in table["columns"].items())
            session.createDataFrame(rows_of(name, table), columns).createOrReplaceTempView(name)
        for name in views:
            session.sql(self.translated[f"views/{name}"]).createOrReplaceTempView(name)
        frame = session.sql(sql)
        return frame.columns, [tuple(row) for row in frame.collect()]


def same(actual, expected):
    """Whether a cell of a result is what a case expects."""
    if actual is None or expected is None:
        return actual is None and expected is None
    if isinstance(actual, bool) or isinstance(expected, bool):
        return actual is expected
    if isinstance(actual, (int, float)) and isinstance(expected, (int, float)):
        return abs(actual - expected) <= 1e-9 * max(1.0, abs(expected))
    if isinstance(actual, datetime.datetime):
        return actual == datetime.datetime.fromisoformat(expected)
    if isinstance(actual, datetime.date):
        return actual.isoformat() == expected
    return actual == expected


def failures(case, sql, views, run):
    """What is wrong with the result of one case, as lines of text."""
    needed = {name: views[name] for name in views_of(sql["as written"], views)}
    expected = case["expected"]
    columns, rows = run(sql["as run"], case["tables"], needed)
    places = [columns.index(name) for name in expected["columns"] if name in columns]
    if len(places) < len(expected["columns"]) or places != sorted(places):
        return [f"columns are {columns}, expected {expected['columns']}"]
    lines = []
    if len(rows) != len(expected["rows"]):
        lines.append(f"{len(rows)} rows, expected {len(expected['rows'])}")
    for number, (row, wanted) in enumerate(zip(rows, expected["rows"]), 1):
        if len(wanted) != len(places):
            lines.append(f"row {number}: the case has {len(wanted)} values for {len(places)} columns")
            continue
        for place, cell in zip(places, wanted):
            if not same(row[place], cell):
                first = row[places[0]]
                lines.append(f"row {number} ({first}): {columns[place]} is {row[place]!r}, expected {cell!r}")
    if not lines and case["expected"]["columns"] == columns:
        case["is_complete"] = True
    return lines


def main():
    """Runs the cases and says which fail."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--engine", choices=["duckdb", "polars", "spark"], default="duckdb")
    parser.add_argument("--translated", help="a file with every query in Spark's dialect, for that engine")
    parser.add_argument("only", nargs="*", help="check only queries whose path contains one of these")
    settings = parser.parse_args()
    spark = Spark(settings.translated) if settings.engine == "spark" else None
    run = {"duckdb": run_duckdb, "polars": run_polars, "spark": spark and spark.run}[settings.engine]

    views = {path.stem: path.read_text() for path in sorted((QUERIES / "views").glob("*.sql"))}
    names = {path.relative_to(QUERIES).with_suffix("") for path in QUERIES.rglob("*.sql") if path != MACROS}
    cased = {path.relative_to(CASES).with_suffix("") for path in CASES.rglob("*.json")}
    failed = [f"{name}: has cases and no query" for name in sorted(cased - names)]
    count = 0
    for name in sorted(names):
        if settings.only and not any(part in str(name) for part in settings.only):
            continue
        file = (CASES / name).with_suffix(".json")
        cases = json.loads(file.read_text())["cases"] if file.exists() else []
        written = (QUERIES / name).with_suffix(".sql").read_text()
        sql = {"as written": written, "as run": spark.translated[name.as_posix()] if spark else written}
        bad = False
        for case in cases:
            count += 1
            try:
                lines = failures(case, sql, views, run)
            except Exception as error:  # whatever an engine raises is a failure of this case
                lines = [f"{type(error).__name__}: {error}"]
            bad = bad or bool(lines)
            failed.extend(f"{name}: {case['name']}: {line}" for line in lines)
        if not cases:
            failed.append(f"{name}: has no case")
        elif not bad and not any(case.get("is_complete") for case in cases):
            failed.append(f"{name}: no case expects all columns")
    for line in failed:
        print(line)
    print(f"{count} cases in {settings.engine}, {len(failed)} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
