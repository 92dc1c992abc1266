"""The whole path of usage-report on Spark: ingest, marts, reports.

    spark-submit job.py

Beside it lie usage-report (the program that has written it), usage-report.toml (what it is configured with) and
queries.json (the SQL of its marts and reports in Spark's dialect); where they are shipped, with --files, they may lie in
the folder in which the driver runs. In a notebook: `import job; job.run(spark)`.

Spark divides the dumps among tasks, each of which runs the program on its share, and computes the rows of marts and
reports. What is stale, of which files it is made, and when it is replaced, the program says and does. So whatever Spark
does twice (a retried, a speculative, a duplicated task; this job once more, or twice at once) changes nothing:

- A share is a batch with a receipt of its own. Files that no receipt names are seen by nobody; of the same dumps come the
  same files and the same receipt; and of a dump that two batches have read one reading counts.
- Rows of marts and reports are written to a new folder for each attempt, below one that is named by the fingerprint of
  what they are made from, and count when the attempt is whole. Then the program takes them: days of marts each at one
  instant, and only if what they should be made from is still that.

Exit status: that of `usage-report run`.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import time
import uuid

from pyspark import SparkFiles
from pyspark.sql import SparkSession, functions as F
from pyspark.sql.window import Window

PROGRAM, CONFIGURATION, QUERIES = "usage-report", "usage-report.toml", "queries.json"
# How often it is asked anew what there is to do, where others change the lake meanwhile.
ROUNDS = 3
# How many statements Spark is given at a time: while one ends, with few tasks left, others use the cores.
AT_ONCE = 4
# What statements mean. Nothing of it is left to what a platform has for a default.
SETTINGS = {
    # An overflow, a division by zero and what cannot be cast are errors, not nulls or other numbers.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    # Times in the lake are UTC, and say no zone.
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.parquet.compression.codec": "zstd",
    # A text in a statement is what the translation has made of it.
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.ansi.doubleQuotedIdentifiers": "false",
    "spark.sql.legacy.exponentLiteralAsDecimal.enabled": "false",
    "spark.sql.caseSensitive": "false",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "true",
    # What the pages of Spark show of a plan: whole, it takes longer to write than the query to run.
    "spark.sql.maxPlanStringLength": "10000",
}


class Failed(Exception):
    """The program could not do its work."""


@contextlib.contextmanager
def timed(stage):
    """Says how long something took."""
    begun = time.monotonic()
    yield
    print("job: %s %.1f s" % (stage, time.monotonic() - begun), file=sys.stderr, flush=True)


class Program:
    """The program on the driver, and its files wherever tasks run."""

    def __init__(self, spark):
        places = [pathlib.Path(__file__).resolve().parent, pathlib.Path.cwd()]
        self.folder = next((place for place in places if (place / QUERIES).is_file()), places[0])
        self.spark = spark
        for name in (PROGRAM, CONFIGURATION):
            spark.sparkContext.addFile(str(self.folder / name))
        self.queries = json.loads((self.folder / QUERIES).read_text(encoding="utf-8"))

    def run(self, *arguments, output=None):
        """Runs it; what it says goes to stderr. Gives the process."""
        binary = self.folder / PROGRAM
        if not os.access(binary, os.X_OK):
            binary.chmod(0o755)
        command = [str(binary), *arguments, "--config", str(self.folder / CONFIGURATION)]
        return subprocess.run(command, stdout=output, check=False)

    def ask(self, *arguments):
        """What it answers."""
        answered = self.run("spark", *arguments, output=subprocess.PIPE)
        if answered.returncode != 0:
            raise Failed("usage-report spark %s failed" % " ".join(arguments))
        return json.loads(answered.stdout)


def run(spark):
    """The whole path; gives the exit status of `usage-report run`."""
    program = Program(spark)
    with timed("ingest"):
        outcome = ingest(program)
    for last in (number == ROUNDS - 1 for number in range(ROUNDS)):
        try:
            bring_up(program)
        except Exception as error:  # Of whatever kind Spark's are: files that another run has replaced are no more there.
            if last:
                raise
            print("job: %s: asking anew what there is to do" % (str(error).strip().splitlines() or [""])[0], file=sys.stderr)
            continue
        with timed("run"):
            status = program.run("run", "--computed").returncode
        if status < 2:
            return max(outcome, status)
    raise Failed("the lake could not be brought up to date: what the program says of it is above")


def bring_up(program):
    """Computes the rows of what is stale: of marts, until they are in their places, then of reports."""
    for _ in range(ROUNDS):
        to_do = program.ask("marts")
        if not to_do["days"]:
            break
        with timed("marts"):
            marts(program, to_do)
        with timed("build"):
            program.run("build", "--computed")
    with timed("reports"):
        reports(program, program.ask("reports"))


def ingest(program):
    """Divides the dumps that are new among tasks. 1 if there was a problem with one of them, else 0."""
    context = program.spark.sparkContext
    threads = context.getConf().get("spark.task.cpus", "1")

    def ingest_share(share):
        taken, paths = share
        binary = SparkFiles.get(PROGRAM)
        os.chmod(binary, 0o755)
        command = [binary, "ingest", "--share", taken, "--threads", threads, "--config", SparkFiles.get(CONFIGURATION), *paths]
        ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        if ended.returncode not in (0, 1):
            raise RuntimeError("usage-report ingest: %s" % ended.stderr[-4000:])
        return ended.returncode, ended.stderr

    outcome, begin = 0, 0
    # Of very many dumps, some after the others: no list of all of them is in memory.
    while begin is not None:
        answer = program.ask("dumps", "--tasks", str(context.defaultParallelism), "--from", str(begin))
        begin = answer["next"]
        shares = [(answer["taken"], paths) for paths in answer["shares"]]
        if shares:
            for status, said in context.parallelize(shares, len(shares)).map(ingest_share).collect():
                print(said, end="", file=sys.stderr)
                outcome = max(outcome, status)
    return outcome


class Session:
    """Tables and views of their own, over the files of a lake."""

    def __init__(self, program, root):
        self.spark = program.spark.newSession()
        for name, value in SETTINGS.items():
            self.spark.conf.set(name, value)
        self.queries = program.queries
        # Of a path alone it would be a platform's default where it is looked for.
        self.root = root if "://" in root else "file://" + root
        hadoop = program.spark.sparkContext._jsc.hadoopConfiguration()
        # Of a platform that knows s3:// itself it stays as it is.
        if root.startswith("s3://") and hadoop.get("fs.s3.impl") is None:
            self.root = "s3a" + root[len("s3"):]

    def place(self, path):
        """Where a file or folder of the lake is."""
        return "%s/%s" % (self.root, path)

    def schema(self, table):
        """The columns of a table, as DDL."""
        return ", ".join("`%s` %s" % (name, of_type) for name, of_type in self.queries["tables"][table])

    def read(self, table, paths, base=None):
        """The rows of files of a table; what a folder's name says, below the base, is a column."""
        if not paths:
            return self.spark.createDataFrame([], self.schema(table))
        reader = self.spark.read.schema(self.schema(table))
        if base is not None:
            reader = reader.option("basePath", self.place(base))
        rows = reader.parquet(*map(self.place, paths))
        # What a folder says comes last otherwise.
        return rows.select(*("`%s`" % name for name, _ in self.queries["tables"][table]))

    def rows(self, table, files, base=None):
        """The rows of files of a table that count."""
        rows = self.read(table, [], base)
        for alike in files:
            some = self.read(table, alike["paths"], base)
            rows = rows.unionAll(some.where(~F.col("source").isin(alike["void"])) if alike["void"] else some)
        return rows

    def compute(self, statement, folder, condition=None):
        """Computes the rows of a statement and writes those that fulfil a condition as a new attempt; gives its folder."""
        rows = self.spark.sql(statement["sql"])
        if condition is not None:
            rows = rows.where(condition)
        columns = [F.col("`%s`" % name).cast(of_type).alias(name) for name, of_type in statement["columns"]]
        attempt = "%s/%s" % (folder, uuid.uuid4().hex)
        rows.select(*columns).write.parquet(self.place(attempt))
        return attempt

    def add_view(self, statement, folder):
        """Computes the rows of a view, which queries then know by its name."""
        attempt = self.compute(statement, folder)
        self.spark.read.parquet(self.place(attempt)).createOrReplaceTempView(statement["name"])


def copies(rows):
    """Rows of events with the number of each among the copies of its event; the one received first is kept."""
    received = [F.col(name).asc_nulls_first() for name in ("collector_tstamp", "source", "source_offset", "source_item")]
    return rows.withColumn("copy", F.row_number().over(Window.partitionBy("event_id").orderBy(*received)))


def once(rows):
    """Each event once. What has no id is no copy of anything."""
    return copies(rows).where("copy = 1 OR event_id IS NULL").drop("copy")


def at_once(function, calls):
    """Calls a function with each of some arguments, several at a time; raises what the first that fails has raised."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for done in [pool.submit(function, *arguments) for arguments in calls]:
            done.result()


def marts(program, to_do):
    """Computes the rows of the stale marts of stale days, several days at a time."""
    at_once(marts_of_day, [(program, to_do["root"], day) for day in to_do["days"]])


def marts_of_day(program, root, to_do):
    """Computes the rows of the stale marts of a day: of its events, and of those of the days beside it that belong to an
    invocation with an event on it. What comes out and begins on another day is that day's."""
    session, day = Session(program, root), to_do["day"]
    on_day = F.col("day") == F.lit(day).cast("date")
    events = {table: session.rows(table, files, "staging/" + table) for table, files in to_do["events"].items()}
    of_day = [rows.where(on_day & F.col("invocation_id").isNotNull()).select("invocation_id") for rows in events.values()
              if "invocation_id" in rows.columns]
    ids = session.spark.createDataFrame([], "invocation_id STRING")
    for rows in of_day:
        ids = ids.unionAll(rows)
    ids = ids.distinct().cache()
    for table in session.queries["events"]:
        rows = once(events[table]) if table in events else session.read(table, [])
        if "invocation_id" in rows.columns and table in events:
            whole = on_day | F.col("invocation_id").isNull()
            rows = rows.where(whole).unionAll(rows.where(~whole).join(ids, "invocation_id", "left_semi").select(rows.columns))
        rows.createOrReplaceTempView(table)
    statements = {statement["name"]: statement for statement in session.queries["marts"]}
    for mart in statements:
        paths = [to_do["fresh"][mart]] if mart in to_do["fresh"] else []
        session.read(mart, paths, "marts/" + mart).createOrReplaceTempView(mart)
    for stale in to_do["stale"]:
        statement = statements[stale["name"]]
        attempt = stale["computed"]
        if attempt is None:
            attempt = session.compute(statement, stale["folder"], on_day)
        session.read(stale["name"], [attempt]).createOrReplaceTempView(stale["name"])
    ids.unpersist()


def reports(program, to_do):
    """Computes the rows of the stale reports, several at a time."""
    stale = [rows for rows in to_do["stale"] if rows["computed"] is None]
    if not stale:
        return
    session = Session(program, to_do["root"])
    for table in session.queries["tables"]:
        if table in to_do["side"]:
            rows = session.rows(table, to_do["side"][table])
        elif table in to_do["made"]:
            rows = session.read(table, [to_do["made"][table]])
        elif table in to_do["marts"]:
            rows = session.read(table, to_do["marts"][table], "marts/" + table)
        elif table in to_do["events"]:
            rows = once(session.rows(table, to_do["events"][table], "staging/" + table))
        elif table == "duplicates":
            rows = duplicates(session, to_do["events"])
        else:
            rows = session.read(table, [])
        rows.createOrReplaceTempView(table)
    views = {statement["name"]: statement for statement in session.queries["views"]}
    # What views give is computed once, and lies in the lake: an executor that is lost takes nothing of it away.
    for group in to_do["views"]:
        at_once(session.add_view, [(views[view], to_do["folder"]) for view in group])
    statements = {statement["name"]: statement for statement in session.queries["reports"]}
    at_once(session.compute, [(statements[rows["name"]], rows["folder"]) for rows in stale])


def duplicates(session, events):
    """The surplus copies of events."""
    rows = session.read("duplicates", [])
    for table, files in events.items():
        surplus = copies(session.rows(table, files, "staging/" + table)).where("copy > 1 AND event_id IS NOT NULL")
        rows = rows.unionAll(surplus.select(F.lit(table).alias("table_name"), "event_id"))
    return rows


if __name__ == "__main__":
    session = SparkSession.builder.appName("usage-report").getOrCreate()
    try:
        status = run(session)
    except Failed as failed:
        status = "job: %s" % failed
    finally:
        session.stop()
    sys.exit(status)
