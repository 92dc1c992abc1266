"""Failed events: bad rows of every family that keeps the event whole (formats.md 4), and enriched events with the mark
of a failure (formats.md 1.7).

A row of a family is made from one event, or from a batch of events of one request where the family keeps the request.
What else a row says (processor, failure) is made up in the form that the family has.
"""

import base64

from . import analytics, collector, enriched, tracker

SCHEMA = "iglu:com.snowplowanalytics.snowplow.badrows/%s/jsonschema/%s"
FAILURE = "iglu:com.snowplowanalytics.snowplow/failure/jsonschema/1-0-0"
ENRICH = {"artifact": "enrich-kinesis", "version": "3.9.0"}
LOADER = {"artifact": "snowplow-rdb-loader-redshift", "version": "5.7.1"}
# The contexts that fail in an event with the mark of a failure.
FAILING = ("iglu:com.dbt/invocation/", "iglu:com.dbt/run_model/")


def row(family, version, processor, failure, payload):
    """A bad row."""
    data = {"processor": processor, "failure": failure, "payload": payload}
    return {"schema": SCHEMA % (family, version), "data": data}


def failed_at(event):
    """When the failure happened: soon after the event was received."""
    return analytics.iso(enriched.stamp(enriched.millis(event["collector_tstamp"]) + 2500))


def received_at(event):
    """When the collector received the event."""
    return analytics.iso(enriched.stamp(enriched.millis(event["collector_tstamp"])))


# What enrich found wrong.


def resolution_error(event):
    """A schema that is in none of the registries: what every event of dbt gets that has none of its own."""
    schemas = [context["schema"] for context in enriched.contexts(event)] or [enriched.CONTEXTS]
    lookup = {"repository": "Iglu Central", "errors": [{"error": "NotFound"}], "attempts": 1,
              "lastAttempt": failed_at(event)}
    return {"schemaKey": schemas[0], "error": {"error": "ResolutionError", "lookupHistory": [lookup]}}


def schema_failure(event):
    """The failure of `schema_violations`."""
    return {"timestamp": failed_at(event), "messages": [resolution_error(event)]}


def enrichment_failure(event):
    """The failure of `enrichment_failures`."""
    message = {"field": "user_ipaddress", "value": event["user_ipaddress"] or None, "expectation": "a public address"}
    return {"timestamp": failed_at(event), "messages": [{"enrichment": None, "message": message}]}


def protocol_failure(event):
    """The failure of `adapter_failures` and `tracker_protocol_violations`."""
    message = {"field": "contentType", "value": "text/plain", "expectation": "expected one of application/json"}
    return {"timestamp": failed_at(event), "vendor": "com.snowplowanalytics.snowplow", "version": "tp2",
            "messages": [message]}


# Payloads.


def parameters(event, encoding, as_list):
    """The tracker's keys of one event, as a list or as an object."""
    item = tracker.item(event, encoding)
    return [{"name": name, "value": value} for name, value in item.items()] if as_list else item


def partial(event):
    """What enrich had made of an event: all columns, JSON as text, the contexts that failed missing."""
    out = {}
    for column in enriched.COLUMNS:
        text = event[column] or None
        number = text and (column in enriched.INTEGERS or column in enriched.FLAGS or column.startswith("geo_l"))
        out[column] = (float(text) if column in enriched.DOUBLES else int(text)) if number else text
    return out


def enrichment_payload(event, encoding, as_list):
    """The payload of `schema_violations` and `enrichment_failures`: what came, and what was made of it."""
    raw = {
        "vendor": "com.snowplowanalytics.snowplow", "version": "tp2",
        "parameters": parameters(event, encoding, as_list), "contentType": collector.CONTENT_TYPE,
        "loaderName": event["v_collector"], "encoding": "UTF-8", "hostname": collector.HOST,
        "timestamp": received_at(event), "ipAddress": event["user_ipaddress"] or None,
        "useragent": event["useragent"] or None, "refererUri": None, "headers": collector.headers(event),
        "userId": event["network_userid"] or None,
    }
    return {"enriched": {**partial(event), "contexts": None}, "raw": raw}


def collector_object(batch, encoding):
    """The payload of families that keep a request as an object."""
    request = collector.post(batch, encoding)
    return {
        "vendor": "com.snowplowanalytics.snowplow", "version": "tp2",
        "querystring": [{"name": "cv", "value": "3"}], "contentType": request["contentType"],
        "body": request["body"], "collector": request["collector"], "encoding": "UTF-8", "hostname": collector.HOST,
        "timestamp": received_at(batch[0]), "ipAddress": request["ipAddress"], "useragent": request["userAgent"],
        "refererUri": None, "headers": request["headers"], "networkUserId": request["networkUserId"],
    }


def base64_text(data):
    """Bytes as base64."""
    return base64.standard_b64encode(data).decode()


# Families. Each takes a batch and a number, by which it varies what may vary, and gives rows.


def each(make):
    """A family that has a row for each event."""
    return lambda batch, number: [make(event, number + place) for place, event in enumerate(batch)]


def schema_violations(version, as_list):
    """Contexts that could not be validated."""
    return each(lambda event, number: row("schema_violations", version, ENRICH, schema_failure(event),
                                          enrichment_payload(event, number, as_list)))


def enrichment_failures(version, as_list):
    """An enrichment that failed."""
    return each(lambda event, number: row("enrichment_failures", version, ENRICH, enrichment_failure(event),
                                          enrichment_payload(event, number, as_list)))


def request_family(name):
    """A family that keeps the request."""
    def make(batch, number):
        return [row(name, "1-0-0", ENRICH, protocol_failure(batch[0]), collector_object(batch, number))]
    return make


def collector_payload_format_violation(batch, number):
    """Bytes that enrich could not read: base64 of Thrift."""
    failure = {"timestamp": failed_at(batch[0]), "loader": "thrift", "message": {"error": "Invalid format"}}
    payload = base64_text(collector.thrift(collector.post(batch, number)))
    return [row("collector_payload_format_violation", "1-0-0", ENRICH, failure, payload)]


def loader_parsing_error(event, _):
    """A line that a loader could not read."""
    error = {"type": "InvalidValue", "key": "se_value", "value": "", "message": "Cannot parse key"}
    failure = {"type": "RowDecodingError", "errors": [error]}
    return row("loader_parsing_error", "2-0-0", LOADER, failure, enriched.line(event))


def loader_iglu_error(event, _):
    """Schemas that a loader could not look up."""
    failure = [resolution_error(event)]
    return row("loader_iglu_error", "2-0-0", LOADER, failure, analytics.lossless(event))


def loader_runtime_error(event, _):
    """A loader that failed."""
    return row("loader_runtime_error", "1-0-1", LOADER, "Connection reset", analytics.lossless(event))


def relay_failure(event, number):
    """An event that a forwarder had, as its fields or as a line."""
    failure = {"timestamp": failed_at(event), "message": {"messageText": "Timeout", "stackTrace": None}}
    payload = {"eventStruct": partial(event)} if number % 2 else {"eventRaw": enriched.line(event)}
    return row("relay_failure", "1-0-0", {"artifact": "snowplow-relay", "version": "0.4.0"}, failure, payload)


def recovery_error(event, number):
    """A bad row that could not be recovered."""
    inner = (schema_violations("2-0-0", True), each(loader_parsing_error), each(loader_runtime_error))[number % 3]
    failure = {"error": "Invalid recovery", "configName": "main"}
    out = row("recovery_error", "1-0-0", {"artifact": "snowplow-event-recovery", "version": "0.6.1"}, failure,
              inner([event], number)[0])
    out["data"]["recoveries"] = 1
    return out


def generic_error(event, number):
    """A text in base64: a bad row, or a line."""
    inner = enriched.compact(schema_violations("2-0-0", True)([event], number)[0])
    payload = base64_text((inner if number % 2 else enriched.line(event)).encode())
    failure = {"timestamp": failed_at(event), "errors": ["Unable to parse key"]}
    return row("generic_error", "1-0-0", {"artifact": "snowplow-s3-loader", "version": "3.2.0"}, failure, payload)


def snowflake_error(event, _):
    """An event that a loader could not store."""
    failures = [{"valueError": {"value": event["se_label"], "column": "se_label", "message": "too long"}}]
    processor = {"artifact": "snowplow-snowflake-loader", "version": "0.9.1"}
    data = {"failures": failures, "enrichedEvent": analytics.lossless(event), "processor": processor}
    return {"schema": SCHEMA % ("snowflake_error", "1-0-0"), "data": data}


def event_forwarding_error(event, _):
    """A line that could not be forwarded."""
    failure = {"latestState": None, "timestamp": failed_at(event), "errorType": "api_error",
               "errorMessage": "Too many requests", "errorCode": "429"}
    processor = {"artifact": "snowplow-event-forwarder", "version": "1.2.0"}
    return row("event_forwarding_error", "1-0-0", processor, failure, enriched.line(event))


def legacy(batch, number):
    """A bad row of before 2020: base64 of a payload, or lines."""
    errors = [{"level": "error", "message": "Could not find schema with key iglu:com.dbt/invocation/jsonschema/1-0-0"}]
    stamp = failed_at(batch[0])
    if number % 2:
        texts = [base64_text(collector.thrift(collector.post(batch, number)))]
    else:
        texts = [enriched.line(event) for event in batch]
    return [{"line": text, "errors": errors, "failure_tstamp": stamp} for text in texts]


FAMILIES = (
    schema_violations("2-0-0", True), schema_violations("1-0-0", False), enrichment_failures("2-0-1", True),
    enrichment_failures("1-0-0", False), request_family("adapter_failures"),
    request_family("tracker_protocol_violations"), collector_payload_format_violation, each(loader_parsing_error),
    each(loader_iglu_error), each(loader_runtime_error), each(relay_failure), each(recovery_error),
    each(generic_error), each(snowflake_error), each(event_forwarding_error), legacy,
)


def rows(batch, number):
    """The rows of a batch, of the family whose turn it is."""
    return FAMILIES[number % len(FAMILIES)](batch, number)


# Enriched events with the mark of a failure.


def marked(event, number=0):
    """The event as enrich 5 and later write one that failed: contexts of dbt's that fail are in the mark instead."""
    inner = enriched.contexts(event)
    failing = [context for context in inner if context["schema"].startswith(FAILING)]
    if not failing:
        return event
    kept = [context for context in inner if context not in failing]
    marks = [{"schema": FAILURE, "data": mark(event, context, number)} for context in failing]
    derived = enriched.contexts(event, "derived_contexts") + marks
    return {**event, "contexts": enriched.wrap(kept), "derived_contexts": enriched.wrap(derived)}


def mark(event, context, number):
    """The data of a mark; what failed is an object, or JSON in a text."""
    data = context["data"]
    return {
        "failureType": "ResolutionError", "errors": [{"message": "Resolution error", "source": "contexts"}],
        "schema": context["schema"], "data": enriched.compact(data) if number % 2 else data,
        "timestamp": failed_at(event), "componentName": "enrich-kinesis", "componentVersion": "5.1.2",
    }
