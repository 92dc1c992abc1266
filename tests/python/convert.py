#!/usr/bin/env python3
"""Writes dumps once more in another form: the same events, so the same marts.

    python tests/python/convert.py DUMPS DIR --to FORM

DUMPS is a dump or a folder of enriched TSV, plain or gzip; each becomes a file of the same name in DIR. Lines that are
broken (not 131 columns, not UTF-8, or without what the other forms need of an event) are passed over. Lines of POST
bodies are taken as well: their events are those that a collector would have made of them.

What a form cannot carry is lost: forms that come from before enrich have no country, those from before the collector
not its time either.

The same dumps give the same bytes. What may vary within a form (SDK, encoding of contexts, family of the failure, POST
or GET) varies from event to event.
"""

import argparse
import base64
import itertools
import json
import pathlib
import sys

from forms import analytics, collector, enriched, failed, tracker

# A batch in this many is sent as single GET requests.
GETS = 5
# The most events of a request that fail together, so that several families share one run of dbt.
FAILING = 5
# Payloads in a message of enrich 6.1 and later.
MESSAGE = 3


def line(value):
    """A line of JSON."""
    return (enriched.compact(value) + "\n").encode()


def enriched_json(events, count):
    """JSON lines, by every SDK in turn."""
    for event in events:
        yield line(analytics.DIALECTS[next(count) % 4](event))


def array(indent):
    """One array over the whole file, its elements compact or over many lines."""
    def write(events, count):
        opening = b"["
        for event in events:
            yield opening + b"\n" + json.dumps(analytics.DIALECTS[next(count) % 4](event), indent=indent).encode()
            opening = b","
        yield b"[]\n" if opening == b"[" else b"\n]\n"
    return write


def posts(events, count):
    """POST bodies, one a line."""
    for batch in tracker.batches(events):
        items = [tracker.item(event, next(count)) for event in batch]
        yield (tracker.body(items) + "\n").encode()


def post_array(events, count):
    """An array of POST bodies."""
    bodies = list(posts(events, count))
    yield b"[" + b",".join(bodies) + b"]\n"


def gets(events, count):
    """Query strings, one a line."""
    for event in events:
        yield (tracker.query(tracker.item(event, next(count))) + "\n").encode()


def access_log(events, count):
    """Lines of an access log."""
    for event in events:
        yield (tracker.log_line(event, "/i?" + tracker.query(tracker.item(event, next(count)))) + "\n").encode()


def payloads(events, count):
    """Collector payloads: most are POST requests, some are GET."""
    for number, batch in enumerate(tracker.batches(events)):
        if number % GETS == GETS - 1:
            yield from (collector.thrift(collector.get(event, next(count))) for event in batch)
        else:
            yield collector.thrift(collector.post(batch, next(count)))


def payloads_base64(events, count):
    """Collector payloads as lines of base64."""
    for payload in payloads(events, count):
        yield base64.standard_b64encode(payload) + b"\n"


def groups(items, size):
    """Lists of so many items; the last may be shorter."""
    items = iter(items)
    return iter(lambda: list(itertools.islice(items, size)), [])


def payloads_binary(events, count):
    """Collector payloads in messages, each with its header."""
    for group in groups(payloads(events, count), MESSAGE):
        yield collector.message(group)


def payloads_elephant_bird(events, count):
    """Collector payloads in elephant-bird blocks."""
    for group in groups(payloads(events, count), collector.BLOCK):
        yield collector.block(group)


def failed_events(events, count):
    """Bad rows, of every family in turn."""
    for batch in tracker.batches(events, FAILING):
        yield from map(line, failed.rows(batch, next(count)))


def tsv(events, _):
    """Enriched TSV."""
    for event in events:
        yield (enriched.line(event) + "\n").encode()


def failed_tsv(events, count):
    """Enriched TSV with the mark of a failure."""
    for event in events:
        yield (enriched.line(failed.marked(event, next(count))) + "\n").encode()


# How each form is written, and how its files are called.
FORMS = {
    "enriched-tsv": (tsv, "tsv"),
    "enriched-json": (enriched_json, "ndjson"),
    "enriched-json-array": (array(None), "json"),
    "enriched-json-array-pretty": (array(1), "json"),
    "tracker-payload": (posts, "ndjson"),
    "tracker-payload-array": (post_array, "json"),
    "tracker-payload-get": (gets, "txt"),
    "access-log": (access_log, "log"),
    "collector-payload-base64": (payloads_base64, "b64"),
    "collector-payload-binary": (payloads_binary, "bin"),
    "collector-payload-elephant-bird": (payloads_elephant_bird, "eb"),
    "failed-events": (failed_events, "ndjson"),
    "failed-tsv": (failed_tsv, "tsv"),
}


def dumps(source):
    """The dumps of a folder, or the one dump, each with its name in the other form but for what ends it."""
    paths = [source] if source.is_file() else sorted(path for path in source.rglob("*") if path.is_file())
    for path in paths:
        name = path.name if source.is_file() else str(path.relative_to(source))
        for ending in (".gz", ".tsv", ".ndjson"):
            name = name[: -len(ending)] if name.endswith(ending) else name
        yield path, name


def convert(source, target, form):
    """Writes all dumps in a form; gives how many events there are, and how many lines were passed over."""
    write, ending = FORMS[form]
    count, events, broken = itertools.count(), 0, 0

    def read(path):
        nonlocal events, broken
        for record in enriched.lines(path):
            found = tracker.enriched_events(record) if record.startswith(b"{") else [enriched.parse(record)]
            for event in found:
                if event is None:
                    broken += 1
                else:
                    events += 1
                    yield event

    for path, name in dumps(source):
        out = target / (name + "." + ending)
        out.parent.mkdir(parents=True, exist_ok=True)
        with open(out, "wb") as file:
            file.writelines(write(read(path), count))
    return events, broken


def main():
    """Converts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dumps", type=pathlib.Path)
    parser.add_argument("dir", type=pathlib.Path)
    parser.add_argument("--to", required=True, choices=FORMS)
    arguments = parser.parse_args()
    events, broken = convert(arguments.dumps, arguments.dir, arguments.to)
    print(f"{events} events, {broken} lines passed over")
    return 0 if events else 1


if __name__ == "__main__":
    sys.exit(main())
