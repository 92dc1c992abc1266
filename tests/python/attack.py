#!/usr/bin/env python3
"""Attacks a release of `usage-report publish`: tries to recover what it does not show.

    python tests/python/attack.py LAKE RELEASE --least 10 --program usage-report

RELEASE is the folder of one release, LAKE the lake that it was made from. The attacker has all published tables and knows
what every column means. What is true comes from the unpublished reports (PROGRAM report) and from the marts, which say
whose runs are behind a row.

- Presence: no row shown, `(other)` included, rests on too few projects.
- Algebra: every figure shown that adds up is an equation over runs (or node runs); so are totals that shares give away. A
  figure of a row not shown is recovered if its sum of runs is a combination of those of the equations, computed exactly
  modulo a prime. So are sums of rows not shown that rest on too few projects together.
- Bounds: no figure is fixed because none is negative (intervals, narrowed by known sums of rows of its table).
- Partitions: where every project is in one row, the projects of all rows not shown are a total minus those that are.
- Comparisons: what compares two times does not tell of a row not shown.
- Quantiles: beyond every one there are runs of enough projects.
- Overlap: no second release of the same days is made beside the first.

Every recovery is printed; the exit code is 1 if there is one. What does not happen is no knowledge: beside the runs of the
lake there are made-up ones, of which the attacker cannot know that they are not there. Each has the version, the platform, the
command with all that it did, the project, the environment and the time of runs that may be others. They add nothing to any
value.

An equation is used only where the definition below gives the very value that was published, so that a wrong definition
raises no false alarm: it is told, and ends with exit code 3.
"""

import argparse
import collections
import csv
import datetime
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import duckdb
import numpy
import pyarrow

OTHER = "(other)"
TIMES = ("day", "week", "month")
# Numbers are taken modulo this prime: exact, and products of two are less than 2^63.
PRIME = 2_147_483_647

Recovery = collections.namedtuple("Recovery", "table key figure value how")
# A sum over some runs that is known: the table and row that say it, its value, and the places of the runs. The attacker
# knows which runs are summed, not what each adds: that a run is incomplete, or what its nodes did, is what he is after.
Equation = collections.namedtuple("Equation", "table key figure value runs")
# A figure that is not shown: the same, the runs that it rests on, and whether its row is hidden or the figure is blank.
Target = collections.namedtuple("Target", "table key figure value runs rests why")


def number(text):
    """A cell of a table as a number; None if it has none."""
    return float(text) if text not in (None, "") else None


class Figure:
    """A figure that adds up over runs.

    It is the sum of `weight`, SQL over a run. `value` computes it from a row; `rests` are the runs that it rests on.
    Figures of one `kind` are attacked together; `among` are the runs that are summed, if not all of a row.
    """

    def __init__(self, kind, weight, value, rests="TRUE", among="TRUE"):
        self.kind, self.weight, self.value, self.rests, self.among = kind, weight, value, rests, among

    def of(self, row):
        """Its value in a row; None if the row does not show it."""
        try:
            value = self.value(row)
        except (TypeError, KeyError, ZeroDivisionError):
            return None
        if value is None:
            return None
        # What a share gives away is a whole number but for rounding.
        return round(value) if abs(value - round(value)) <= 1e-6 * max(1, abs(value)) else None


class Table:
    """What the rows of a report mean: runs with the same values of the key, of those that fulfil a condition."""

    def __init__(self, key, figures, where="TRUE", totals=()):
        self.key, self.figures, self.where, self.totals = key, figures, where, totals


def column(kind, name, weight, rests="TRUE", among="TRUE"):
    """A figure that is a column."""
    return Figure(kind, weight, lambda row: number(row[name]), rests, among)


def product(kind, share, of, weight, rests="TRUE"):
    """A figure that is a share of another."""
    return Figure(kind, weight, lambda row: number(row[share]) * number(row[of]), rests)


def whole(kind, figure, share, by=(), where="TRUE", weight="1"):
    """A total that a figure and its share give away, by some columns of the key."""
    return by, where, Figure(kind, weight, lambda row: number(row[figure]) / number(row[share]))


def part(kind, figure, share, known, by=(), where="TRUE"):
    """A share of a total that a figure and its own share give away."""
    return by, where, Figure(kind, "1", lambda row: number(row[known]) * number(row[figure]) / number(row[share]))


ACTIVE = "outcome <> 'invalid'"
KNOWN = "outcome IN ('success', 'failure')"
FINAL = "is_final"


# Which runs can add to figures of a kind, as everybody knows; if not all.
UNIVERSE = {
    "active": ACTIVE,
    "known": KNOWN,
    "successes": KNOWN,
    "reported": KNOWN,
    "by nodes": KNOWN,
    "failures": "outcome = 'failure'",
    "incompletes": ACTIVE,
    "unknowns": ACTIVE,
    "timed": "duration_seconds IS NOT NULL",
}


def is_(condition):
    """One for a run that fulfils a condition, and none for another."""
    return "CASE WHEN %s THEN 1 ELSE 0 END" % condition


RUNS = {"runs": column("runs", "runs", "1")}
ACTIVE_RUNS = {"runs": column("active", "runs", is_(ACTIVE), ACTIVE)}
OUTCOMES = {
    **RUNS,
    "runs - invalids": Figure(
        "active", is_(ACTIVE), lambda row: number(row["runs"]) - number(row["invalids"]), ACTIVE
    ),
    "known_runs": column("known", "known_runs", is_(KNOWN), KNOWN),
    "successes": product("successes", "success_rate", "known_runs", is_("outcome = 'success'"), KNOWN),
    "unknowns": column("unknowns", "unknowns", is_("outcome = 'unknown'")),
    "incompletes": column("incompletes", "incompletes", is_("outcome = 'incomplete'")),
    "invalids": column("invalids", "invalids", is_("outcome = 'invalid'")),
    "by report": product(
        "reported", "share_basis_reported", "known_runs", is_(KNOWN + " AND outcome_basis = 'reported'"), KNOWN
    ),
    "by nodes": product("by nodes", "share_basis_nodes", "known_runs", is_(KNOWN + " AND outcome_basis = 'nodes'"), KNOWN),
}
TIMED = {
    **RUNS,
    "timed_runs": column("timed", "timed_runs", is_("duration_seconds IS NOT NULL"), "duration_seconds IS NOT NULL"),
}
NODES_FROM = (
    "CASE WHEN nodes >= 1 THEN CAST(POWER(2, FLOOR(LOG2(CAST(2 * nodes + 1 AS DOUBLE))) - 1) AS BIGINT) ELSE 0 END"
)
SECONDS_FROM = (
    "CASE WHEN duration_seconds >= 1 THEN CAST(POWER(2, FLOOR(LOG2(2 * FLOOR(duration_seconds) + 1)) - 1) AS BIGINT) "
    "WHEN duration_seconds IS NOT NULL THEN 0 END"
)
MODELS_FROM = (
    "CASE WHEN models >= 1 THEN CAST(POWER(2, FLOOR(LOG2(CAST(2 * models + 1 AS DOUBLE))) - 1) AS BIGINT) "
    "WHEN models = 0 THEN 0 END"
)
TIMED_RUNS = {"runs": column("timed", "runs", is_("duration_seconds IS NOT NULL"), "duration_seconds IS NOT NULL")}
RELEASE = "NOT is_prerelease AND version_patch IS NOT NULL"
LOAD = "load_seconds BETWEEN 0 AND 604800"
CLASS = (
    "CASE WHEN environment = 'manual' THEN 'manual' WHEN environment IN ('ci', 'cloud', 'orchestrator') THEN 'automated' "
    "WHEN environment IS NOT NULL THEN 'other' END"
)
STARTED = "COALESCE(started_at, first_event_at)"
STAGE = (
    "CASE WHEN nodes_failed > COALESCE(tests_failed, 0) THEN 'at_node' WHEN tests_failed > 0 THEN 'at_test' "
    "WHEN NOT is_loaded AND NOT is_parsed THEN 'before_load' WHEN NOT is_loaded THEN 'at_load' "
    "WHEN command IN ('test', 'build') THEN 'at_test' ELSE 'after_load' END"
)
FULL_PARSE = "(full_reparse_reason IS NOT NULL OR (is_partial_parse_enabled AND paths > 0 AND parsed_paths >= paths))"


def key(*names, **expressions):
    """Columns of a key, each with SQL over a run."""
    return {**{name: name for name in names}, **expressions}


# Reports whose rows are sums over invocations.
INVOCATIONS = {
    "success_by_version": Table(key("dbt_minor"), OUTCOMES, totals=[whole("runs", "runs", "share_of_runs")]),
    "success_by_adapter": Table(key("adapter"), OUTCOMES, totals=[whole("runs", "runs", "share_of_runs")]),
    "success_by_command": Table(key("command"), OUTCOMES, totals=[whole("runs", "runs", "share_of_runs")]),
    "success_by_week": Table(key("week"), OUTCOMES),
    "success_by_version_adapter_command": Table(
        key("dbt_minor", "adapter", "command"),
        OUTCOMES,
        totals=[
            whole("runs", "runs", "share_of_runs"),
            part(
                "runs", "runs", "share_of_runs", "known_share",
                where="dbt_minor IS NOT NULL AND adapter IS NOT NULL AND command IS NOT NULL",
            ),
        ],
    ),
    "environments": Table(
        key("environment"),
        OUTCOMES,
        totals=[
            whole("runs", "runs", "share_of_runs"),
            part("runs", "runs", "share_of_runs", "known_share", where="environment IS NOT NULL"),
        ],
    ),
    "release_regressions": Table(
        {"dbt_version": "version_major || '.' || version_minor || '.' || version_patch"},
        {
            "known_runs": OUTCOMES["known_runs"],
            "successes": OUTCOMES["successes"],
            "unknowns": OUTCOMES["unknowns"],
        },
        where=RELEASE,
    ),
    "failure_stage": Table(
        key("engine", stage=STAGE),
        {
            "failures": column("failures", "failures", is_("outcome = 'failure'"), "outcome = 'failure'"),
            "by report": product(
                "reported failures", "share_basis_reported", "failures",
                is_("outcome = 'failure' AND outcome_basis = 'reported'"), "outcome = 'failure'",
            ),
        },
        where="outcome = 'failure'",
        totals=[(("engine",), "TRUE", column("failures", "engine_failures", is_("outcome = 'failure'")))],
    ),
    "incomplete_runs": Table(
        key("engine", "command"),
        {
            **RUNS,
            "incompletes": column("incompletes", "incompletes", is_("outcome = 'incomplete'"), "outcome = 'incomplete'"),
            "incompletes_with_nodes": column(
                "incompletes with nodes", "incompletes_with_nodes", is_("outcome = 'incomplete' AND nodes > 0"),
                "outcome = 'incomplete'",
            ),
        },
        where=FINAL,
    ),
    "duration_by_adapter": Table(key("adapter"), TIMED, totals=[whole("runs", "runs", "share_of_runs")]),
    "duration_by_command": Table(key("command"), TIMED),
    "duration_by_environment": Table(key("environment"), TIMED, totals=[whole("runs", "runs", "share_of_runs")]),
    "duration_by_version": Table(key("dbt_minor"), TIMED, totals=[whole("runs", "runs", "share_of_runs")]),
    "duration_by_node_count": Table({"nodes_from": NODES_FROM}, TIMED),
    "duration_by_week": Table(
        key("week"), {"timed_runs": TIMED["timed_runs"]}, where="duration_seconds IS NOT NULL"
    ),
    "duration_histogram_by_command": Table(
        key("command", seconds_from=SECONDS_FROM),
        TIMED_RUNS,
        where="duration_seconds IS NOT NULL",
        totals=[whole("timed", "runs", "share_of_command", ("command",))],
    ),
    "duration_histogram_by_node_count": Table(
        {"nodes_from": NODES_FROM, "seconds_from": SECONDS_FROM},
        TIMED_RUNS,
        where="duration_seconds IS NOT NULL",
        totals=[whole("timed", "runs", "share_of_node_count", ("nodes_from",))],
    ),
    "full_reparse_reasons": Table(
        key("engine", "full_reparse_reason"), {"runs": column("full parses", "runs", "1")}, where=ACTIVE + " AND " + FULL_PARSE
    ),
    "load_time_by_project_size": Table(
        {
            "models_from": MODELS_FROM,
            "parse": "CASE WHEN parsed_paths >= paths THEN 'full' WHEN parsed_paths < paths THEN 'partial' END",
        },
        {"runs": column("loads", "runs", "1")},
        where=LOAD,
        totals=[whole("loads", "runs", "share_of_runs")],
    ),
    "overhead_by_command": Table(
        key("engine", "command"),
        {
            **RUNS,
            "node_timed_runs": column(
                "node timed", "node_timed_runs", is_("duration_seconds IS NOT NULL AND node_seconds IS NOT NULL"),
                "duration_seconds IS NOT NULL AND node_seconds IS NOT NULL",
            ),
            "load_timed_runs": column(
                "load timed", "load_timed_runs", is_("duration_seconds IS NOT NULL AND " + LOAD),
                "duration_seconds IS NOT NULL AND " + LOAD,
            ),
        },
    ),
    "partial_parse": Table(
        key("dbt_minor", "command"),
        {
            **ACTIVE_RUNS,
            "known_runs": column(
                "parse known", "known_runs", is_("is_partial_parse_enabled IS NOT NULL"), "is_partial_parse_enabled IS NOT NULL"
            ),
            "partial_parse_runs": column(
                "parse partial", "partial_parse_runs", is_("is_partial_parse_enabled"), "is_partial_parse_enabled IS NOT NULL"
            ),
            "full_reparses": column(
                "full reparses", "full_reparses", is_("is_partial_parse_enabled AND full_reparse_reason IS NOT NULL"),
                "is_partial_parse_enabled IS NOT NULL",
            ),
        },
        where=ACTIVE,
    ),
    "node_count_histogram": Table(
        {"nodes_from": NODES_FROM},
        {"invocations": column("runs", "invocations", "1")},
        totals=[whole("runs", "invocations", "share", where="nodes > 0")],
    ),
    "nodes_per_run": Table(
        key("command"),
        {
            "runs": column("with nodes", "runs", is_("nodes > 0"), "nodes > 0"),
            "runs_without_nodes": column("without nodes", "runs_without_nodes", is_("nodes = 0")),
        },
        totals=[whole("with nodes", "runs", "share_of_runs", weight=is_("nodes > 0"))],
    ),
    "version_adoption_by_week": Table(
        key("week", "dbt_minor"), ACTIVE_RUNS, where=ACTIVE,
        totals=[whole("active", "runs", "share_of_runs", ("week",))],
    ),
    "engine_by_week": Table(
        key("week", "engine"),
        ACTIVE_RUNS,
        where=ACTIVE,
        totals=[(("week",), "engine IS NOT NULL", column("active", "known_runs", "1"))],
    ),
    "environment_by_week": Table(
        key("week", "environment"),
        ACTIVE_RUNS,
        where=ACTIVE,
        totals=[
            whole("active", "runs", "share_of_runs", ("week",)),
            part("active", "runs", "share_of_runs", "known_share", ("week",), "environment IS NOT NULL"),
        ],
    ),
    "platform_by_week": Table(
        key("week", "python_minor"),
        ACTIVE_RUNS,
        where=ACTIVE,
        totals=[whole("active", "runs", "share_of_runs", ("week",), "python_minor IS NOT NULL")],
    ),
    "prereleases": Table(
        key("dbt_minor"),
        {
            "runs": Figure(
                "active", is_("is_prerelease"), lambda row: number(row["runs"]) if row["dbt_minor"] else None, "is_prerelease",
                "is_prerelease",
            ),
            "all_runs": column("active", "all_runs", is_("dbt_minor IS NOT NULL"), among="dbt_minor IS NOT NULL"),
        },
        where=ACTIVE,
    ),
    "platform_os": Table(key("os"), RUNS, totals=[whole("runs", "runs", "share_of_known", where="os IS NOT NULL")]),
    "platform_arch": Table(key("arch"), RUNS, totals=[whole("runs", "runs", "share_of_known", where="arch IS NOT NULL")]),
    "platform_python": Table(
        key("python_minor"), RUNS, totals=[whole("runs", "runs", "share_of_known", where="python_minor IS NOT NULL")]
    ),
    "platform_libc": Table(key("libc"), ACTIVE_RUNS, where="os = 'linux' AND " + ACTIVE),
    "activity_by_day": Table(
        key("day"),
        {
            **RUNS,
            "runs - invalid": Figure(
                "active", is_(ACTIVE), lambda row: number(row["runs"]) - number(row["invalid"]), ACTIVE
            ),
            "success + failure": Figure(
                "known", is_(KNOWN), lambda row: number(row["success"]) + number(row["failure"]), KNOWN
            ),
            "success": column("successes", "success", is_("outcome = 'success'")),
            "failure": column("failures", "failure", is_("outcome = 'failure'")),
            "unknown": column("unknowns", "unknown", is_("outcome = 'unknown'")),
            "incomplete": column("incompletes", "incomplete", is_("outcome = 'incomplete'")),
            "invalid": column("invalids", "invalid", is_("outcome = 'invalid'")),
        },
    ),
    "active_projects": Table(key("day"), ACTIVE_RUNS, where=ACTIVE + " AND project_key IS NOT NULL"),
    "command_mix": Table(
        key("engine", "command"),
        ACTIVE_RUNS,
        where=ACTIVE,
        totals=[
            whole("active", "runs", "share_of_engine_runs", ("engine",)),
            whole("active", "runs", "share_of_runs"),
            part("active", "runs", "share_of_engine_runs", "share_known", ("engine",), "command IS NOT NULL"),
        ],
    ),
    "concentration": Table({}, {}),
    "countries": Table(
        key("country"),
        ACTIVE_RUNS,
        where=ACTIVE,
        totals=[whole("active", "runs", "share_of_known", where="country IS NOT NULL")],
    ),
    "load_by_hour": Table(
        {
            "environment_class": CLASS,
            "weekday": "EXTRACT(ISODOW FROM %s)" % STARTED,
            "hour": "EXTRACT(HOUR FROM %s)" % STARTED,
        },
        ACTIVE_RUNS,
        where=ACTIVE + " AND " + FINAL,
        totals=[whole("active", "runs", "share_of_runs", ("environment_class",))],
    ),
    "project_flow_by_week": Table(key("week"), ACTIVE_RUNS, where=ACTIVE + " AND project_key IS NOT NULL"),
    "template_projects": Table(
        key("is_template_project"), ACTIVE_RUNS, where=ACTIVE, totals=[whole("active", "runs", "share_of_runs")]
    ),
    "orphans_by_version": Table(
        key("dbt_minor", "engine"),
        {
            **ACTIVE_RUNS,
            "runs_without_start": column(
                "active", "runs_without_start", is_("started_at IS NULL"), "started_at IS NULL OR outcome = 'incomplete'",
                "started_at IS NULL",
            ),
            "runs_without_end": column(
                "incompletes", "runs_without_end", is_("outcome = 'incomplete'"), "started_at IS NULL OR outcome = 'incomplete'"
            ),
        },
        where=ACTIVE + " AND " + FINAL,
    ),
}

# Reports whose rows are sums over node runs: the mart counts them.
NO_TESTS = "(resource_type IS NULL OR resource_type NOT IN ('test', 'unit_test'))"
NODE_OUTCOMES = {
    "node_runs": column("nodes", "node_runs", "nodes"),
    "known_nodes": column("known nodes", "known_nodes", "successes + failures", "successes + failures > 0"),
    "successes": column("node successes", "successes", "successes", "successes + failures > 0"),
    "skipped": column("node skips", "skipped", "skipped"),
    "timed_nodes": column("timed nodes", "timed_nodes", "timed_nodes", "timed_nodes > 0"),
}
NODE_TIMES = {
    "nodes": column("nodes", "nodes", "nodes"),
    "timed_nodes": column("timed nodes", "timed_nodes", "timed_nodes", "timed_nodes > 0"),
}
NODES = {
    "node_success_by_materialization": Table(
        key("materialization", "adapter"),
        NODE_OUTCOMES,
        where=NO_TESTS,
        totals=[whole("nodes", "node_runs", "share_of_node_runs", weight="nodes")],
    ),
    "node_success_by_incremental_strategy": Table(
        key("incremental_strategy", "adapter"),
        NODE_OUTCOMES,
        where="materialization = 'incremental' AND " + NO_TESTS,
        totals=[whole("nodes", "node_runs", "share_of_node_runs", weight="nodes")],
    ),
    "node_success_by_resource_type": Table(
        key("engine", "resource_type"),
        NODE_OUTCOMES,
        totals=[whole("nodes", "node_runs", "share_of_node_runs", ("engine",), weight="nodes")],
    ),
    "node_time_by_adapter": Table(
        key("adapter"), NODE_TIMES, where=NO_TESTS,
        totals=[whole("nodes", "nodes", "share_of_nodes", weight="nodes")],
    ),
    "node_time_by_materialization": Table(
        key("materialization"), NODE_TIMES, where=NO_TESTS,
        totals=[whole("nodes", "nodes", "share_of_nodes", weight="nodes")],
    ),
}
# Dimensions of which known_dimensions tells how many runs of each engine know it, by the column.
DIMENSIONS = {
    "project": "project_key", "user": "user_id", "version": "dbt_minor", "command": "command", "adapter": "adapter",
    "os": "os", "arch": "arch", "python": "python_minor", "libc": "libc", "environment": "environment", "country": "country",
}
# Tables in which every project is in one row, or one for each value of some columns: what a row gives away of the total.
PARTITIONS = {
    "tests_per_model": (("models_from",), lambda row: number(row["class_projects"])),
    "run_frequency": ((), lambda row: number(row["projects"]) / number(row["share_of_projects"])),
    "engine_migration": (("first_engine",), lambda row: number(row["projects"]) / number(row["share_of_first_engine"])),
    "unsupported_versions": ((), lambda row: number(row["projects"]) / number(row["share_of_known"])),
}
# Columns that compare with the row of the same key so many days before: the figure, and what it was then.
COMPARED = {
    "version_adoption_by_week": [("change_in_share", "share_of_projects", float.__sub__)],
    "environment_by_week": [("change_in_share", "share_of_projects", float.__sub__)],
    "success_by_week": [
        ("change_in_success_rate", "success_rate", float.__sub__),
        ("change_in_project_success_rate", "project_success_rate", float.__sub__),
    ],
    "activity_by_day": [
        ("runs_growth_rate", "runs", lambda now, growth: now / (1 + growth)),
        ("active_projects_growth_rate", "active_projects", lambda now, growth: now / (1 + growth)),
    ],
    "duration_by_week": [("p50_growth_rate", "p50_seconds", lambda now, growth: now / (1 + growth))],
}
# Of what the quantiles of a table are.
QUANTILES = {
    **{
        name: "duration_seconds"
        for name in ("duration_by_adapter", "duration_by_command", "duration_by_environment", "duration_by_version",
                     "duration_by_node_count", "duration_by_week")
    },
    "load_time_by_project_size": "load_seconds",
    "nodes_per_run": "CASE WHEN nodes > 0 THEN nodes END",
}
# Those of weeks are the middles of buckets, up to 2 % wrong.
BUCKET_ERROR = 0.021
# Dimensions of changes_of_week, by the column.
CHANGES = {
    "all": "NULL", "adapter": "adapter", "command": "command", "environment": "environment", "os": "os", "version": "dbt_minor",
    "nodes": NODES_FROM,
}


# Columns that belong together, so that a made-up run has them of one run; that run has the same values of the columns in
# front. All other columns are of the run that it has the first of these from.
INVOCATION_PARTS = [
    ((), ("command",)),
    ((), ("engine", "dbt_version", "dbt_minor", "version_major", "version_minor", "version_patch", "is_prerelease")),
    (("engine",), ("os", "os_version", "arch", "libc", "python_minor", "python_implementation")),
    (("command",), ("project_key", "project_id", "adapter_unique_id", "is_template_project", "adapter", "user_id")),
    ((), ("environment",)),
    ((), ("country",)),
    ((), ("day", "week", "month", "first_event_at", "started_at", "is_final")),
]
NODE_PARTS = [
    ((), ("resource_type",)),
    ((), ("engine", "dbt_minor", "version_major", "version_minor")),
    ((), ("adapter", "adapter_version", "project_key")),
    ((), ("day", "week", "is_final")),
]
# So many made-up runs at most.
MOST_MADE_UP = 20_000


def plain(value):
    """A value of DuckDB as a table has it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def read(path):
    """The rows of a table; what is empty is unknown."""
    with open(path, newline="") as file:
        return [{name: value if value != "" else None for name, value in row.items()} for row in csv.DictReader(file)]


class Base:
    """Runs, or days of node runs, with what the definitions say of each."""

    def __init__(self, connection, relation, parts):
        self.connection, self.relation, self.known = connection, relation, {}
        self.real = connection.execute("SELECT COUNT(*) FROM %s" % relation).fetchone()[0]
        self.make_up(parts)
        self.projects = self.values("project_key")
        numbers = {name: place for place, name in enumerate(sorted(set(self.projects) - {None}))}
        # -1 is nobody that is known.
        self.project = numpy.array([numbers.get(name, -1) for name in self.projects], dtype=numpy.int64)

    def make_up(self, parts, seed=7):
        """Adds runs that are not there, behind those that are."""
        generator = numpy.random.default_rng(seed)
        many = min(self.real, MOST_MADE_UP)
        columns = [row[0] for row in self.connection.execute("DESCRIBE %s" % self.relation).fetchall()]
        of_part = {column: number for number, (_, names) in enumerate(parts) for column in names}
        picked = []
        for given, _ in parts:
            if not given:
                picked.append(generator.integers(0, self.real, size=many))
                continue
            # A run of the same value.
            values = self.values(given[0])
            alike = collections.defaultdict(list)
            for place, value in enumerate(values):
                alike[value].append(place)
            of_given = picked[of_part[given[0]]]
            picked.append(numpy.array([generator.choice(alike[values[place]]) for place in of_given]))
        self.known.clear()
        names = ["p%d" % number for number in range(len(parts))]
        self.connection.execute("CREATE OR REPLACE TABLE picked (place BIGINT, %s)" % ", ".join(name + " BIGINT" for name in names))
        table = pyarrow.table({"place": numpy.arange(many) + self.real, **dict(zip(names, picked))})
        self.connection.register("picked_rows", table)
        self.connection.execute("INSERT INTO picked SELECT * FROM picked_rows")
        told = ", ".join(
            "k.place" if column == "place" else '%s."%s"' % ("r%d" % of_part.get(column, 0), column) for column in columns
        )
        joins = " ".join("JOIN %s AS r%d ON r%d.place = k.p%d" % (self.relation, n, n, n) for n in range(len(parts)))
        self.connection.execute("INSERT INTO %s SELECT %s FROM picked AS k %s" % (self.relation, told, joins))

    def values(self, sql):
        """An expression for each run."""
        if sql not in self.known:
            rows = self.connection.execute("SELECT %s FROM %s ORDER BY place" % (sql, self.relation)).fetchall()
            self.known[sql] = [plain(row[0]) for row in rows]
        return self.known[sql]

    def numbers(self, sql):
        """An expression that is a whole number."""
        name = "numbers of " + sql
        if name not in self.known:
            self.known[name] = numpy.array([int(float(value or 0)) for value in self.values(sql)], dtype=numpy.int64)
        return self.known[name]

    def where(self, sql):
        """Whether each run fulfils a condition."""
        return self.numbers(is_(sql)).astype(bool)

    def cells(self, table):
        """The runs of each key of a table."""
        columns = [self.values(sql) for sql in table.key.values()]
        found = collections.defaultdict(list)
        for place in numpy.flatnonzero(self.where(table.where)):
            found[tuple(values[place] for values in columns)].append(place)
        return {key: numpy.array(places) for key, places in found.items()}

    def summed(self, places, figure):
        """Those of some runs that a figure sums, and what is its sum."""
        places = numpy.sort(places[self.where(UNIVERSE.get(figure.kind, "TRUE"))[places] & self.where(figure.among)[places]])
        return places, int(self.numbers(figure.weight)[places[places < self.real]].sum())

    def count(self, places):
        """How many projects some runs are of."""
        projects = numpy.unique(self.project[places[places < self.real]])
        return int((projects >= 0).sum())


class Span:
    """All that follows from some sums over runs by adding them up: their span, modulo a prime.

    A run stands for a random vector, a sum over runs for the sum of theirs: with a few more places than there are equations
    these vectors depend on each other as the sums do, but for a chance of one in two thousand million.
    """

    def __init__(self, equations, runs, seed=1):
        self.equations = equations
        generator = numpy.random.default_rng(seed)
        self.width = len(equations) + 8
        self.random = generator.integers(0, PRIME, size=(runs, self.width), dtype=numpy.int64)
        rows = [numpy.concatenate([self.vector(equation.runs), self.unit(place)]) for place, equation in enumerate(equations)]
        self.mix = generator.integers(1, PRIME, size=self.width, dtype=numpy.int64)
        self.basis, self.pivots = numpy.zeros((0, self.width + len(equations)), dtype=numpy.int64), []
        self.reduce_all(numpy.array(rows).reshape(len(rows), self.width + len(equations)))

    def unit(self, place):
        """That an equation is itself, once."""
        unit = numpy.zeros(len(self.equations), dtype=numpy.int64)
        unit[place] = 1
        return unit

    def vector(self, runs):
        """The vector of a sum over runs."""
        total = numpy.zeros(self.width, dtype=numpy.int64)
        for start in range(0, len(runs), 4096):
            total = (total + self.random[runs[start:start + 4096]].sum(axis=0)) % PRIME
        return total

    def mark(self, rest):
        """A number for a rest, so that the marks of rests that are nothing together are 0 together, modulo the prime."""
        return int((rest * self.mix % PRIME).sum() % PRIME)

    def reduce_all(self, rows):
        """Gauss and Jordan: every pivot column has a one in its row and nothing else."""
        for place in range(len(rows)):
            filled = numpy.flatnonzero(rows[place, :self.width])
            if not len(filled):
                continue
            pivot = filled[0]
            rows[place] = rows[place] * pow(int(rows[place, pivot]), PRIME - 2, PRIME) % PRIME
            times = rows[:, pivot].copy()
            times[place] = 0
            some = numpy.flatnonzero(times)
            rows[some] = (rows[some] + (PRIME - times[some])[:, None] * rows[place][None, :]) % PRIME
            self.pivots.append((place, pivot))
        self.basis = rows[[place for place, _ in self.pivots]]
        self.pivots = [pivot for _, pivot in self.pivots]

    def rest(self, runs):
        """What of a sum over runs does not follow, and the multiples of the equations that the rest of it is."""
        row = numpy.concatenate([self.vector(runs), numpy.zeros(len(self.equations), dtype=numpy.int64)])
        for start in range(0, len(self.pivots), 512):
            pivots, basis = self.pivots[start:start + 512], self.basis[start:start + 512]
            times = row[pivots]
            some = numpy.flatnonzero(times)
            if len(some):
                row = (row + ((PRIME - times[some])[:, None] * basis[some] % PRIME).sum(axis=0)) % PRIME
        return row[:self.width], (PRIME - row[self.width:]) % PRIME

    def told(self, multiples):
        """The value that multiples of the equations have, and how it is had."""
        signed = [int(times) - PRIME if times > PRIME // 2 else int(times) for times in multiples]
        value = sum(times * equation.value for times, equation in zip(signed, self.equations) if times) % PRIME
        value = value - PRIME if value > PRIME // 2 else value
        terms = [
            "%s%s %s [%s] %s = %d" % (
                "+" if times > 0 else "-", "" if abs(times) == 1 else " %d *" % abs(times), equation.table,
                shown(equation.key), equation.figure, equation.value,
            )
            for times, equation in zip(signed, self.equations)
            if times
        ]
        return value, terms


def shown(key_of):
    """A key as text."""
    return ", ".join("%s: %s" % (name, "unknown" if value is None else value) for name, value in key_of) or "all"


class Attack:
    """A release, what is true of it, and what was recovered."""

    def __init__(self, lake, release, least, program):
        self.lake, self.release, self.least, self.program = lake, release, least, program
        self.about = json.loads((release / "release.json").read_text())
        self.since, self.until = self.about["since"], self.about["until"]
        self.recoveries, self.wrong = [], []
        self.equations, self.targets, self.suppressed = 0, 0, 0
        # The runs of each row that is shown, by table and key.
        self.runs_of = collections.defaultdict(dict)
        self.published = {path.stem: read(path) for path in sorted(release.glob("*.csv"))}
        with tempfile.TemporaryDirectory() as folder:
            self.run(0, "report", "--lake", str(lake), "--since", self.since, "--until", self.until, "--format", "csv", "--out", folder)
            self.true = {path.stem: read(path) for path in sorted(pathlib.Path(folder).glob("*.csv"))}
        self.connection = duckdb.connect()
        # The days that are final, as the lake has them.
        days = self.run(0, "query", "SELECT day, is_final FROM days", "--lake", str(lake), "--format", "json").stdout
        self.connection.execute("CREATE TABLE final_days (day DATE, is_final BOOLEAN)")
        for row in json.loads(days):
            self.connection.execute("INSERT INTO final_days VALUES (?, ?)", [row["day"], row["is_final"]])
        for mart in ("invocations", "node_days", "project_days"):
            files = str(lake / "marts" / mart / "*" / "*.parquet")
            self.connection.execute(
                "CREATE TABLE %s AS SELECT m.*, f.is_final, ROW_NUMBER() OVER () - 1 AS place FROM "
                "read_parquet('%s', hive_partitioning = true, hive_types = {'day': DATE}) AS m "
                "LEFT JOIN final_days AS f ON m.day = f.day "
                "WHERE m.day BETWEEN DATE '%s' AND DATE '%s'" % (mart, files, self.since, self.until)
            )

    def run(self, code, *arguments):
        """Runs the program; it must end with this exit code."""
        done = subprocess.run([self.program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode != code:
            raise RuntimeError("%s ended with %d, not %d:\n%s" % (arguments, done.returncode, code, done.stderr))
        return done

    def recovered(self, table, key_of, figure, value, how):
        """Notes a recovery."""
        self.note(Recovery(table, shown(key_of), figure, value, how))

    def note(self, recovery):
        """Notes a recovery, once."""
        if recovery[:4] not in {known[:4] for known in self.recoveries}:
            self.recoveries.append(recovery)

    def sums(self, base, tables):
        """What the published tables say of sums over runs, and what they do not: equations and targets, by kind."""
        equations, targets = collections.defaultdict(list), collections.defaultdict(list)
        for name, table in tables.items():
            if name not in self.published or not table.figures:
                continue
            cells = base.cells(table)
            names = list(table.key)
            rows_of = {tuple(row[column] for column in names): row for row in self.published[name]}
            true_of = {tuple(row[column] for column in names): row for row in self.true[name]}
            others = {key: row for key, row in rows_of.items() if OTHER in key}
            shown_keys = set(rows_of) - set(others)
            # What is folded: all that no other row of the same time shows.
            folded = {}
            for key_of in others:
                same = [place for place, column in enumerate(names) if column in TIMES]
                rest = [
                    places for cell, places in cells.items()
                    if cell not in shown_keys and all(cell[place] == key_of[place] for place in same)
                ]
                folded[key_of] = numpy.concatenate(rest) if rest else numpy.array([], dtype=numpy.int64)
            for key_of, row in rows_of.items():
                places = folded.get(key_of, cells.get(key_of))
                if places is None:
                    if any(number(row.get(column)) for column in ("runs", "node_runs", "nodes", "invocations")):
                        self.wrong.append("%s [%s] is no cell" % (name, key_of))
                    continue
                pairs = tuple(zip(names, key_of))
                self.runs_of[name][pairs] = (row, places)
                for figure_name, figure in table.figures.items():
                    value = figure.of(row)
                    runs, of = base.summed(places, figure)
                    if value is None:
                        # A figure that is blank in a row that is shown.
                        true = figure.of(true_of[key_of]) if key_of in true_of else None
                        if true:
                            rests = places[base.where(figure.rests)[places]]
                            self.check(name, pairs, figure_name, true, of)
                            targets[figure.kind].append(Target(name, pairs, figure_name, true, runs, rests, "blank"))
                        continue
                    if self.check(name, pairs, figure_name, value, of):
                        equations[figure.kind].append(Equation(name, pairs, figure_name, value, runs))
                rests = places
                for figure in table.figures.values():
                    rests = places[base.where(figure.rests)[places]]
                    break
                if base.count(rests) < self.least and (rests < base.real).any():
                    self.recovered(name, pairs, "the row", base.count(rests), "a row shown of so few projects")
            # What is not shown.
            for key_of, row in true_of.items():
                if key_of in shown_keys or key_of not in cells:
                    continue
                self.suppressed += 1
                pairs, places = tuple(zip(names, key_of)), cells[key_of]
                for figure_name, figure in table.figures.items():
                    value = figure.of(row)
                    if value is None:
                        continue
                    runs, of = base.summed(places, figure)
                    rests = places[base.where(figure.rests)[places]]
                    if self.check(name, pairs, figure_name, value, of):
                        targets[figure.kind].append(Target(name, pairs, figure_name, value, runs, rests, "hidden"))
            # Nor are rows that are not there, which nobody knows, or runs that are in no row.
            for key_of in set(cells) - shown_keys - set(true_of):
                pairs, places = tuple(zip(names, key_of)), cells[key_of]
                for figure_name, figure in table.figures.items():
                    runs, of = base.summed(places, figure)
                    rests = places[base.where(figure.rests)[places]]
                    targets[figure.kind].append(Target(name, pairs, figure_name, of, runs, rests, "no row"))
            self.totals(base, name, table, cells, rows_of, equations)
        return equations, targets

    def totals(self, base, name, table, cells, rows_of, equations):
        """What shares of a table give away of its totals."""
        names = list(table.key)
        for by, where, figure in table.totals:
            done = set()
            for key_of, row in rows_of.items():
                values = tuple(key_of[names.index(column)] for column in by)
                value = figure.of(row)
                if value is None or values in done or OTHER in values:
                    continue
                done.add(values)
                mask = base.where(table.where)
                for column, of in zip(by, values):
                    mask &= numpy.array([cell == of for cell in base.values(table.key[column])])
                pairs = tuple(zip(by, values))
                # What is unknown is known to be `(other)` where it is folded; what is folded into another engine or week
                # than its own is not in the total that the others tell.
                shown_here = numpy.zeros(len(mask), dtype=bool)
                for cell in rows_of:
                    if OTHER not in cell and cell in cells:
                        shown_here[cells[cell]] = True
                known = base.where(where)
                for some in (mask & known, mask, mask & shown_here, mask & (known | ~shown_here)):
                    runs, of = base.summed(numpy.flatnonzero(some), figure)
                    if of == value:
                        equations[figure.kind].append(Equation(name, pairs, "total", value, runs))
                        break
                else:
                    self.check(name, pairs, "total", value, of)

    def check(self, name, pairs, figure, value, of):
        """Whether a definition gives the value that a table has."""
        is_right = of == value
        if not is_right:
            self.wrong.append("%s [%s] %s is %s, not %d as defined" % (name, shown(pairs), figure, value, of))
        return is_right

    def more_equations(self, base, equations):
        """Equations of tables that are no plain groups: known_dimensions and changes_of_week."""
        for row in self.published.get("known_dimensions", ()):
            engine = numpy.array([value == row["engine"] for value in base.values("engine")])
            known = engine & base.where(DIMENSIONS[row["dimension"]] + " IS NOT NULL")
            pairs = (("dimension", row["dimension"]), ("engine", row["engine"]))
            for figure, mask in (("runs", engine), ("known_runs", known)):
                value, runs = number(row[figure]), numpy.flatnonzero(mask)
                if value is not None and self.check("known_dimensions", pairs, figure, value, int((runs < base.real).sum())):
                    equations["runs"].append(Equation("known_dimensions", pairs, figure, int(value), runs))
        for row in self.published.get("changes_of_week", ()):
            if row["dimension"] not in CHANGES or row["measure"] == "used" or row["observations"] is None:
                continue
            week = numpy.array([value == row["week"] for value in base.values("week")])
            if row["dimension"] != "all":
                week &= numpy.array([value == row["value"] for value in base.values(CHANGES[row["dimension"]])])
            pairs = tuple((name, row[name]) for name in ("measure", "dimension", "value", "week"))
            if row["measure"] == "success":
                told = [("known", KNOWN, number(row["observations"]))]
                if row["share_now"] is not None:
                    told.append(("successes", "outcome = 'success'", number(row["share_now"]) * number(row["observations"])))
            else:
                told = [("timed", ACTIVE + " AND duration_seconds IS NOT NULL", number(row["observations"]))]
            for kind, where, value in told:
                runs = numpy.flatnonzero(week & base.where(UNIVERSE[kind] + " AND " + ACTIVE))
                if self.check("changes_of_week", pairs, kind, round(value), int(base.where(where)[runs[runs < base.real]].sum())):
                    equations[kind].append(Equation("changes_of_week", pairs, kind, round(value), runs))

    def algebra(self, base, equations, targets):
        """What follows from the equations of each kind."""
        for kind in sorted(targets):
            # Equations that are the same tell nothing more.
            some, seen = [], set()
            for equation in equations[kind]:
                mark = equation.runs.tobytes()
                if mark not in seen and mark:
                    seen.add(mark)
                    some.append(equation)
            self.equations += len(equations[kind])
            self.targets += sum(target.why != "no row" for target in targets[kind])
            if not any(target.value for target in targets[kind]):
                continue
            span = Span(some, len(base.project))
            rests = [(target, *span.rest(target.runs)) for target in targets[kind]]
            found = set()
            for target, rest, multiples in rests:
                if rest.any() or not target.value or target.why == "no row":
                    continue
                few = base.count(target.rests)
                if few < self.least:
                    self.solve(span, kind, [target], multiples, few)
                found.add(id(target))
            hidden = [(target, rest, multiples) for target, rest, multiples in rests if id(target) not in found]
            by_figure = collections.defaultdict(list)
            for target, rest, multiples in hidden:
                if target.why != "blank":
                    by_figure[target.table, target.figure].append((target, rest, multiples))
            for rows in by_figure.values():
                self.groups(base, span, kind, rows)

    def groups(self, base, span, kind, rows):
        """Sums of rows of one table that follow and rest on too few projects: two, three, or all with something in common."""
        seen, sums = set(), []

        def attempt(members):
            mark = frozenset(members)
            if mark in seen:
                return
            seen.add(mark)
            together = [rows[place] for place in members]
            if (numpy.sum([rest for _, rest, _ in together], axis=0) % PRIME).any():
                return
            sums.append((members, sum(target.value for target, _, _ in together)))
            if not sums[-1][1]:
                return
            few = base.count(numpy.unique(numpy.concatenate([target.rests for target, _, _ in together])))
            if few < self.least:
                multiples = numpy.sum([multiples for _, _, multiples in together], axis=0) % PRIME
                self.solve(span, kind, [target for target, _, _ in together], multiples, few)

        marks = numpy.array([span.mark(rest) for _, rest, _ in rows], dtype=numpy.int64)
        names = [name for name, _ in rows[0][0].key]
        for size in range(len(names) + 1):
            for some in itertools.combinations(range(len(names)), size):
                alike = collections.defaultdict(list)
                for place, (target, _, _) in enumerate(rows):
                    alike[tuple(target.key[column] for column in some)].append(place)
                for members in alike.values():
                    if len(members) > 1 and marks[members].sum() % PRIME == 0:
                        attempt(members)
        # Of two and three.
        small = [
            place for place, (target, _, _) in enumerate(rows)
            if target.value and target.why != "no row" and base.count(target.rests) < self.least
        ]
        at = collections.defaultdict(list)
        for place in small:
            at[int(marks[place])].append(place)
        for one, place in enumerate(small):
            for two in at.get(int(-marks[place] % PRIME), ()):
                if place < two:
                    attempt([place, two])
            others = numpy.array(small[one + 1:], dtype=numpy.int64)
            third = -(marks[place] + marks[others]) % PRIME if len(others) else others
            for offset in numpy.flatnonzero(numpy.isin(third, marks[small])).tolist():
                for three in at[int(third[offset])]:
                    if three > others[offset]:
                        attempt([place, int(others[offset]), three])
        self.bounds(base, rows, sums)

    def bounds(self, base, rows, sums):
        """Figures that known sums of rows of their table fix, as none is negative."""
        low, high = [0] * len(rows), [float("inf")] * len(rows)
        is_news = True
        while is_news:
            is_news = False
            for members, value in sums:
                for place in members:
                    others = [other for other in members if other != place]
                    most = value - sum(low[other] for other in others)
                    least = value - sum(high[other] for other in others)
                    if most < high[place] or least > low[place]:
                        low[place], high[place] = max(low[place], least), min(high[place], most)
                        is_news = True
        for place, (target, _, _) in enumerate(rows):
            if low[place] == high[place] != 0 and target.why != "no row" and base.count(target.rests) < self.least:
                self.recovered(target.table, target.key, target.figure, target.value, "bounds: nothing else adds up")

    def solve(self, span, kind, together, multiples, few):
        """Notes figures that follow, if the value that follows is the true one."""
        value, terms = span.told(multiples)
        true = sum(target.value for target in together)
        if value != true:
            self.wrong.append("%s [%s]: %s would be %d, and is %d" % (together[0].table, shown(together[0].key), kind, value, true))
            return
        how = "%d equations, %d projects: %s" % (len(terms), few, "; ".join(terms[:12]) + (" …" if len(terms) > 12 else ""))
        some = [target for target in together if target.why != "no row"]
        keys = " + ".join("[%s]" % shown(target.key) for target in some[:6]) + (" + …" if len(some) > 6 else "")
        self.note(Recovery(together[0].table, keys, together[0].figure, value, how))


    def presence(self):
        """Rows of tables of any kind that say themselves that they rest on too few projects."""
        for name, rows in self.published.items():
            for row in rows:
                projects = number(row.get("projects"))
                if projects is not None and 0 < projects < self.least:
                    pairs = tuple(itertools.islice(row.items(), 4))
                    self.recovered(name, pairs, "the row", int(projects), "a row shown of so few projects")

    def partitions(self):
        """Projects of the rows not shown, where every project is in one row."""
        for name, (by, total) in PARTITIONS.items():
            told = {}
            for row in self.published.get(name, ()):
                try:
                    value = total(row)
                except (TypeError, ZeroDivisionError):
                    continue
                values = tuple(row[column] for column in by)
                told[values] = told.get(values, round(value)) - int(number(row["projects"]))
            true = collections.Counter()
            for row in self.true.get(name, ()):
                true[tuple(row[column] for column in by)] += int(number(row["projects"]))
            for row in self.published.get(name, ()):
                true[tuple(row[column] for column in by)] -= int(number(row["projects"]))
            for values, projects in told.items():
                if 0 < projects < self.least:
                    if true[values] == projects:
                        self.recovered(name, tuple(zip(by, values)), "projects", projects, "total minus the rows shown")
                    else:
                        self.wrong.append("%s [%s]: not %d projects are left" % (name, values, projects))

    def comparisons(self, base):
        """What figures tell of the time that they are compared with."""
        for name, compared in COMPARED.items():
            names = list(INVOCATIONS[name].key)
            time = next(column for column in names if column in TIMES)
            shown_rows = {tuple(row[column] for column in names) for row in self.published.get(name, ())}
            true_rows = {tuple(row[column] for column in names): row for row in self.true.get(name, ())}
            for row in self.published.get(name, ()):
                day = datetime.date.fromisoformat(row[time]) - datetime.timedelta(days=7)
                before = tuple(day.isoformat() if column == time else row[column] for column in names)
                if before in shown_rows or before not in true_rows:
                    continue
                for change, figure, undo in compared:
                    now, by, then = number(row[figure]), number(row[change]), number(true_rows[before][figure])
                    if None not in (now, by, then) and then and abs(undo(now, by) - then) <= 1e-6 * max(1, abs(then)):
                        self.recovered(name, tuple(zip(names, before)), figure, then, "%s of a week later" % change)
        shown_releases = {row["dbt_version"] for row in self.published.get("release_regressions", ())}
        for row in self.published.get("release_regressions", ()):
            before = row["version_before"]
            if before and before not in shown_releases and row["known_runs_before"]:
                pairs = (("dbt_version", before),)
                self.recovered("release_regressions", pairs, "known_runs", row["known_runs_before"], "the next release")
        for row in self.published.get("changes_of_week", ()):
            if row["dimension"] not in CHANGES:
                continue
            where = {"success": KNOWN, "used": ACTIVE}.get(row["measure"], ACTIVE + " AND duration_seconds IS NOT NULL")
            of_row = base.where(where)
            if row["dimension"] != "all":
                of_row &= numpy.array([value == row["value"] for value in base.values(CHANGES[row["dimension"]])])
            pairs = tuple((name, row[name]) for name in ("measure", "dimension", "value", "week"))
            for figure, days in (("share_now", 0), ("share_before", 7)):
                week = datetime.date.fromisoformat(row["week"]) - datetime.timedelta(days=days)
                of = of_row & numpy.array([value == week.isoformat() for value in base.values("week")])
                projects = base.count(numpy.flatnonzero(of))
                if number(row[figure]) and projects < self.least:
                    self.recovered("changes_of_week", pairs, figure, row[figure], "shown, of %d projects" % projects)

    def quantiles(self, base):
        """Quantiles beyond which, on either side, there are runs of too few projects."""
        for name, sql in QUANTILES.items():
            values = numpy.array([numpy.nan if value is None else float(value) for value in base.values(sql)])
            error = BUCKET_ERROR if name == "duration_by_week" else 1e-9
            for pairs, (row, places) in self.runs_of.get(name, {}).items():
                for column in row:
                    word = column.split("_")[0]
                    value = number(row[column]) if word[:1] == "p" and word[1:].isdigit() else None
                    if value is None or column.endswith(("projects", "rate")):
                        continue
                    of_row = values[places]
                    above = base.count(places[of_row >= value * (1 - error)])
                    below = base.count(places[of_row <= value * (1 + error)])
                    if min(above, below) < self.least:
                        how = "%d projects at or above it, %d at or below" % (above, below)
                        self.recovered(name, pairs, column, value, how)

    def overlap(self):
        """Another release of some of the same days beside the first, and the same once more."""
        since, until = datetime.date.fromisoformat(self.since), datetime.date.fromisoformat(self.until)
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(self.release, pathlib.Path(folder) / self.release.name)

            def publish(first, last):
                command = [
                    self.program, "publish", "--lake", str(self.lake), "--out", folder, "--since", first.isoformat(),
                    "--until", last.isoformat(), "--least-projects", str(self.least),
                ]
                return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

            one = datetime.timedelta(days=1)
            for first, last in [(since, until - one), (since + one, until)] if since < until else []:
                code = publish(first, last)
                if code != 2:
                    self.recovered("all", (("since", first), ("until", last)), "differences", code, "an overlapping release")
            code = publish(since, until)
            if code != 0:
                self.wrong.append("the same release once more ended with %d" % code)


def main():
    """Attacks, and says what was recovered."""
    parser = argparse.ArgumentParser()
    parser.add_argument("lake", type=pathlib.Path)
    parser.add_argument("release", type=pathlib.Path)
    parser.add_argument("--least", type=int, default=10)
    parser.add_argument("--program", required=True)
    options = parser.parse_args()
    attack = Attack(options.lake, options.release, options.least, options.program)
    for relation, tables, parts in (("invocations", INVOCATIONS, INVOCATION_PARTS), ("node_days", NODES, NODE_PARTS)):
        base = Base(attack.connection, relation, parts)
        equations, targets = attack.sums(base, tables)
        if relation == "invocations":
            attack.more_equations(base, equations)
            attack.comparisons(base)
            attack.quantiles(base)
        attack.algebra(base, equations, targets)
    attack.presence()
    attack.partitions()
    attack.overlap()
    for recovery in attack.recoveries:
        print("%s %s: %s = %s, by %s" % recovery)
    for text in attack.wrong:
        print("not as defined: " + text)
    print(
        "%d rows not shown, %d figures tried with %d equations: %d recovered"
        % (attack.suppressed, attack.targets, attack.equations, len(attack.recoveries))
    )
    return 1 if attack.recoveries else 3 if attack.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
