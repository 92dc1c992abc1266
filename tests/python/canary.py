#!/usr/bin/env python3
"""Writes dumps of every format in which every text is marked, so that a test can look whether any of it is found again.

    python tests/python/canary.py DIR

- `DIR/dumps/<form>`: the dumps. Each text that a record can hold is a canary in some of them, with the rest of the
  record sound (`canaries/events.py`, `canaries/vortex.py`);
- `DIR/canaries.json`: what to look for, every canary with its place, and what must come out of each dump: so many
  records, events, refusals by reason;
- `DIR/rules.toml`: re-parse rules that win back records with canaries in them.

The same bytes on every machine. Only the standard library is needed.
"""

import json
import pathlib
import sys

from canaries import dumps, events, vortex
from canaries.values import Cage, listed
from fixtures.records import as_array, as_lines, expected, joined, record
from forms import collector, enriched
from forms.vortex import delimited


def bare(data):
    """A record of lines."""
    return data


def element(data):
    """A record of an array."""
    return json.dumps(data.decode()).encode()


# How the records of a dump are joined, which format it is, how bytes become a record of it, and why ones are refused
# that could be anything.
FORMS = {
    "enriched-tsv": (as_lines, "enriched-tsv", bare, "field_count"),
    "failed-tsv": (as_lines, "enriched-tsv", bare, "field_count"),
    "enriched-json": (as_lines, "enriched-json", bare, "not_json"),
    "enriched-json-array": (as_array, "enriched-json", element, "not_json"),
    "tracker-payload": (as_lines, "tracker-payload", bare, "not_query_string"),
    "tracker-payload-array": (as_array, "tracker-payload", element, "not_query_string"),
    "tracker-payload-get": (as_lines, "tracker-payload", bare, "not_query_string"),
    "access-log": (as_lines, "tracker-payload", bare, "not_query_string"),
    "collector-payload-base64": (as_lines, "collector-payload", bare, "not_thrift"),
    "collector-payload-binary": (joined, "collector-payload", lambda data: collector.message([data]), "not_thrift"),
    "collector-payload-elephant-bird": (joined, "collector-payload", lambda data: collector.block([data]),
                                        "not_thrift"),
    "failed-events": (as_lines, "failed-events", bare, "not_json"),
    "vortex": (joined, "vortex", delimited, "not_protobuf"),
    # One record is the whole file.
    "vortex-single": (joined, "vortex", None, None),
    "vortex-dev": (as_lines, "vortex-dev", bare, "not_json"),
}


def rules():
    """Rules that read another vendor's contexts and later models as dbt's, and supply what one has not."""
    maker = events.Maker(Cage("rules"), "tsv")
    schemas = {context["schema"].split("/")[1] for kind in events.KINDS
               for context in enriched.contexts(maker.event(kind))}
    for schema in sorted(schemas):
        yield f'[[rename]]\nname = "{schema}"\nfrom = "{events.VENDOR}/{schema}/1"\nto = "{schema}"\n'
        yield f'[[accept]]\nname = "{schema}-2"\nschema = "{schema}/2"\nread_as = "{schema}"\n'
    yield '[[supply]]\nname = "progress"\nschema = "invocation"\nfield = "progress"\nvalue = "end"\n'


def main():
    """Writes all of it."""
    root = pathlib.Path(sys.argv[1])
    (root / "dumps").mkdir(parents=True)
    cages, expectations = [], {}
    for kinds in (dumps.DUMPS, vortex.DUMPS):
        for turn, (name, make) in enumerate(kinds.items()):
            cages.append(Cage(name, turn))
            records, (join, format_, frame, refused) = make(cages[-1]), FORMS[name]
            if frame:
                records.append(record(frame(cages[-1].cell("no record").encode()), refused))
            (root / "dumps" / name).write_bytes(join(records))
            expectations[name] = {"format": format_, **expected(records)}
    (root / "canaries.json").write_text(json.dumps({**listed(cages), "dumps": expectations}, indent=1))
    (root / "rules.toml").write_text("".join(rules()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
