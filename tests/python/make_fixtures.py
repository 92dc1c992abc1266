#!/usr/bin/env python3
"""Makes tests/fixtures/formats: every form of dump three times, and what must come out of each.

    python tests/python/make_fixtures.py [--check]

- `<form>/basic.*`: some runs of dbt, all well (`forms/dbt.py`, `forms/vortex.py`);
- `<form>/faults.*`: the same records, and in between every fault that the form can have, each once. The marts are those
  of `basic`: what is added is refused, foreign, filtered, or an event that is there already;
- `<form>/empty.*`: nothing, in array forms an empty array.

`expected.json` says what must come out of each file: of its records so many are events (duplicates included), refused
by reason, foreign or filtered; and how many rows the marts have. It is counted here while the records are written,
never by running the program. All but empty files are compressed with gzip.

The files are the same on every machine (compressed ones once they are decompressed): `--check` compares instead of
writing.
"""

import gzip
import json
import pathlib
import sys

from fixtures import collector, enriched, failed, tracker, vortex
from fixtures.records import as_array, as_lines, as_open_array, expected, joined, mixed
from forms import dbt
from forms.vortex import MESSAGES

FIXTURES = pathlib.Path(__file__).resolve().parents[1] / "fixtures" / "formats"


class Form:
    """A form of dump: how its files are called, which `--format` reads them, its records, and how they are joined, in
    the file with faults perhaps otherwise."""

    def __init__(self, name, ending, format_, records, join, join_faults=None):
        self.name, self.ending, self.format = name, ending, format_
        self.joins = {"basic": join, "faults": join_faults or join, "empty": join}
        self.records = {"basic": records(False), "faults": records(True), "empty": []}

    def files(self):
        """Name, bytes and what must come out, of each file."""
        for kind, records in self.records.items():
            data = self.joins[kind](records)
            name = f"{self.name}/{kind}.{self.ending}" + (".gz" if records else "")
            yield name, data, {"format": self.format, **expected(records), **self.marts(bool(records))}

    def marts(self, filled):
        """How many rows the marts have, whatever the faults."""
        if not filled:
            kinds, runs = [], []
        elif self.format.startswith("vortex"):
            kinds, runs = zip(*((kind, fields["invocation_id"]) for kind, _, fields in MESSAGES))
        else:
            # A run sends one request.
            kinds, runs = zip(*((event["se_action"], event["network_userid"]) for event in dbt.EVENTS))
        return {"invocations": len(set(runs)), "node_runs": kinds.count("run_model") + kinds.count("RunModel")}


def either(basic, faults):
    """Records of a form whose faults lie between its basic ones."""
    return lambda with_faults: mixed(basic(), faults()) if with_faults else basic()


def forms():
    """Every form."""
    return [
        Form("enriched-tsv", "tsv", "enriched-tsv", either(enriched.tsv, enriched.tsv_faults), as_lines),
        Form("failed-tsv", "tsv", "enriched-tsv", either(enriched.marked_tsv, enriched.marked_tsv_faults), as_lines),
        Form("enriched-json", "ndjson", "enriched-json", enriched.json_lines, as_lines),
        Form("enriched-json-array", "json", "enriched-json", enriched.json_array, as_array, as_open_array),
        Form("tracker-payload", "ndjson", "tracker-payload", tracker.post_lines, as_lines),
        Form("tracker-payload-array", "json", "tracker-payload", tracker.post_array, as_array, as_open_array),
        Form("tracker-payload-get", "txt", "tracker-payload", either(tracker.gets, tracker.get_faults), as_lines),
        Form("access-log", "log", "tracker-payload", either(tracker.logged, tracker.log_faults), as_lines),
        Form("collector-payload-base64", "b64", "collector-payload", collector.base64_lines, as_lines),
        Form("collector-payload-binary", "bin", "collector-payload", collector.binary, joined),
        Form("collector-payload-elephant-bird", "eb", "collector-payload", collector.blocks, joined),
        Form("failed-events", "ndjson", "failed-events", either(failed.rows, failed.faults), as_lines),
        Form("vortex", "binpb", "vortex", vortex.delimited, joined),
        Form("vortex-single", "binpb", "vortex", vortex.single, joined),
        Form("vortex-dev", "jsonl", "vortex-dev", either(vortex.dev_lines, vortex.dev_faults), as_lines),
    ]


def content(path):
    """The decompressed content of a file; `None` if it is not there."""
    if not path.exists():
        return None
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def all_files():
    """The content of every file, by its name."""
    files, expectations = {}, {}
    for form in forms():
        for name, data, expectation in form.files():
            files[name], expectations[name] = data, expectation
    files["expected.json"] = (json.dumps(expectations, indent=1) + "\n").encode()
    return files


def main():
    """Writes what differs, or says that it does."""
    check = sys.argv[1:] == ["--check"]
    files = all_files()
    there = {str(path.relative_to(FIXTURES)) for path in FIXTURES.rglob("*") if path.is_file()}
    stale = [name for name, data in files.items() if content(FIXTURES / name) != data]
    surplus = sorted(there - set(files))
    for name in stale if check else ():
        print("%s is not what this script makes" % name)
    for name in surplus:
        print("%s is not made by this script" % name)
    if not check:
        for name in stale:
            path = FIXTURES / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = files[name]
            path.write_bytes(gzip.compress(data, 9, mtime=0) if name.endswith(".gz") else data)
        print("%d files, %d written" % (len(files), len(stale)))
    return 1 if surplus or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
