"""Dumps of Snowplow in which everything around the events is canaries too: columns, headers, addresses, messages of
failures.
"""

import base64
import itertools

from canaries import events
from canaries.events import TEXTS, UNREAD, Maker
from fixtures.records import EVENT, FOREIGN, record
from forms import analytics, collector, dbt, enriched, failed, tracker

# Events of a request.
BATCH = 5
# Columns that come from the tracker, and those that the collector adds.
TRACKED = [column for column in TEXTS if column in tracker.KEYS.values()] + ["event", "unstruct_event"]
COLLECTED = [*TRACKED, "user_ipaddress", "useragent", "network_userid", "v_collector"]
# Keys that the tracker has and dbt never sends, and one that nobody has.
KEYS = ("ip", "ua", "nuid", "tnuid", "sid", "fp", "tz", "res", "vp", "cs", "tr_ci", "ti_nm", "later")
# What a failed event says of a request, and of what went wrong.
SAID = ("processor", "failure", "failures", "errors", "headers", "hostname", "refererUri", "encoding", "contentType")


def tsv(cage):
    """Enriched TSV."""
    samples = events.samples(Maker(cage, "tsv", UNREAD))
    return [record(enriched.line(sample.event), sample.verdict) for sample in samples]


def failed_tsv(cage):
    """Enriched TSV with the mark of a failure, whose messages are canaries."""
    def marked(event, number):
        event = failed.marked(event, number)
        inner = enriched.contexts(event, "derived_contexts")
        for context in inner:
            if context["schema"] == failed.FAILURE:
                said = {name: value for name, value in context["data"].items() if name not in ("schema", "data")}
                context["data"] |= cage.salted(said, "failure")
        return {**event, "derived_contexts": enriched.wrap(inner)}

    samples = events.samples(Maker(cage, "failed-tsv", UNREAD))
    return [record(enriched.line(marked(sample.event, number)), sample.verdict)
            for number, sample in enumerate(samples)]


def json_objects(cage):
    """Enriched JSON by every SDK in turn, with a column that nobody knows."""
    dialects = itertools.cycle(analytics.DIALECTS)
    extra = {"later_column": cage.one("later column"), cage.one("name of a column"): 1}

    def text(event, own):
        return enriched.compact({**next(dialects)(event), **extra, **own})

    records = [record(text(sample.event, {}), sample.verdict) for sample in events.samples(Maker(cage, "json", UNREAD))]
    for name in cage.names("name of a schema", str.lower):
        event = {**Maker(cage, "json").event("end"), "contexts": "", "event_id": dbt.uuid(f"{cage.dump} {name}")}
        records.append(record(text(event, {f"contexts_com_dbt_{name}_1": [{}]}), "unknown_schema"))
    return records


def items(cage, unread=TRACKED):
    """Items of the tracker's protocol, each with what becomes of it, and the event whose it is."""
    extra = {key: cage.one(f"key {key}") for key in KEYS}
    extra[cage.make("{word}@mail.example", "name of a key")] = "1"
    for number, sample in enumerate(events.samples(Maker(cage, "tracked", unread))):
        yield {**tracker.item(sample.event, number), **extra}, sample
    for key, refused in (("dtm", "bad_timestamp"), ("stm", "bad_timestamp"), ("cx", "not_base64")):
        event = Maker(cage, "tracked").event("end")
        yield {**tracker.item(event), key: cage.make("{word}!Pa55w0rd", key)}, events.Sample(event, refused)


def bodies(cage, unread=TRACKED):
    """Bodies of POST requests, each with the first event in it and what becomes of all."""
    waiting = items(cage, unread)
    while batch := list(itertools.islice(waiting, BATCH)):
        body = {"schema": tracker.PAYLOAD_DATA, "data": [item for item, _ in batch], "later": cage.one("later key")}
        yield enriched.compact(body), batch[0][1].event, [sample.verdict for _, sample in batch]


def posts(cage):
    """POST bodies."""
    return [record(body, *verdicts) for body, _, verdicts in bodies(cage)]


def gets(cage):
    """Query strings, some behind the address of a collector."""
    before = itertools.cycle(("", "?", "/i?", f"https://{cage.make('{word}', 'host')}.example/i?"))
    return [record(next(before) + tracker.query(item), sample.verdict) for item, sample in items(cage)]


def access_log(cage):
    """Lines of access logs: the combined format, and CloudFront's columns."""
    who, referrer = cage.make("{word}", "user of a request"), cage.cell("referrer")
    cookie = cage.make("session={word}", "cookie")

    def combined(event, query):
        line = tracker.log_line(event, "/i?" + query)
        return line.replace(" - - ", f" - {who} ", 1).replace('"-"', f'"{referrer}"')

    def columns(event, query):
        day, time = event["collector_tstamp"].split()
        words = (day, time, "AMS1", "43", event["user_ipaddress"], "GET", f"{who}.example", "/i", "200", referrer,
                 event["useragent"], query.replace("%", "%25"), cookie)
        return "\t".join(word.replace(" ", "%20") for word in words)

    write = itertools.cycle((combined, columns))
    unread = [*TRACKED, "user_ipaddress", "useragent"]
    return [record(next(write)(sample.event, tracker.query(item)), sample.verdict)
            for item, sample in items(cage, unread=unread)]


def payloads(cage):
    """Collector payloads, with everything that a request says of who sends it."""
    later = collector.thrift_field(200, cage.one("later field"))

    def thrift(request):
        said = cage.salted({name: None for name in ("hostname", "refererUri", "encoding")}, "request")
        said["headers"] = [f"{name}: {cage.one(name)}" for name in ("Cookie", "X-Forwarded-For", "Authorization")]
        return collector.thrift({**request, **said})[:-1] + later + b"\0"

    query = tracker.query({"cv": cage.one("parameter of a POST")})
    records = []
    for body, event, verdicts in bodies(cage, unread=COLLECTED):
        request = {**collector.fields(event), "path": collector.TP2, "querystring": query, "body": body}
        records.append(record(thrift({**request, "contentType": cage.one("contentType")}), *verdicts))
    # Another one's request, and one of a bot: nobody's.
    records += [record(thrift({**request, "path": f"/{cage.make('com.{word}', 'path')}/v1"}), FOREIGN),
                record(thrift({**request, "path": "/i", "body": None, "querystring": query}), FOREIGN)]
    event = Maker(cage, "tracked").event("end")
    event["event_id"] = dbt.uuid(cage.dump)
    return [*records, record(thrift(collector.get(event)), EVENT)]


def payloads_base64(cage):
    """The same in base64."""
    return [record(base64.standard_b64encode(one.data), *one.verdicts) for one in payloads(cage)]


def payloads_message(cage):
    """The same, each after its length."""
    return [record(collector.message([one.data]), *one.verdicts) for one in payloads(cage)]


def payloads_blocks(cage):
    """The same in elephant-bird blocks."""
    return [record(collector.block([one.data]), *one.verdicts) for one in payloads(cage)]


def failed_events(cage):
    """Failed events of every family in turn, whose messages are canaries, and some of which nothing is recovered."""
    records, families = [], itertools.cycle(enumerate(failed.FAMILIES))
    for number, sample in enumerate(events.samples(Maker(cage, "failed", UNREAD))):
        place, family = next(families)
        records += [record(enriched.compact(said(cage, row, place)), sample.verdict)
                    for row in family([sample.event], number)]
    for name in ("size_violation", "generic_error", "loader_recovery_error", cage.make("{word}_customers", "family")):
        row = failed.row(name, "1-0-0", failed.ENRICH, {"messages": [""]}, cage.one(f"payload of {name}"))
        records.append(record(enriched.compact(said(cage, row, name)), "failed_event"))
    return records


def said(cage, row, family):
    """A failed event with canaries in what it says besides the payload."""
    if isinstance(row, list):
        return [said(cage, part, family) for part in row]
    if not isinstance(row, dict):
        return row
    return {name: cage.salted(part, f"family {family} {name}") if name in SAID else said(cage, part, family)
            for name, part in row.items()}


DUMPS = {
    "enriched-tsv": tsv, "failed-tsv": failed_tsv, "enriched-json": json_objects, "enriched-json-array": json_objects,
    "tracker-payload": posts, "tracker-payload-array": posts, "tracker-payload-get": gets, "access-log": access_log,
    "collector-payload-base64": payloads_base64, "collector-payload-binary": payloads_message,
    "collector-payload-elephant-bird": payloads_blocks, "failed-events": failed_events,
}
