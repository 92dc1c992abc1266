"""The tracker protocol: what dbt sends, short keys and every value a text (formats.md 2).

It has no time of the collector and no country. An event is an item; a POST body holds up to 30 of them, a GET request
one, in its query string.
"""

import base64
import datetime
import itertools
import json
import urllib.parse

from . import enriched

PAYLOAD_DATA = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
# The most items that dbt's tracker puts into one body.
BATCH = 30
# Milliseconds from sending to receiving, where nobody has said.
LATENCY = 412
EVENTS = {"struct": "se", "unstruct": "ue", "page_view": "pv", "page_ping": "pp"}
KEYS = {
    "se_ca": "se_category", "se_ac": "se_action", "se_la": "se_label", "se_pr": "se_property", "se_va": "se_value",
    "eid": "event_id", "tv": "v_tracker", "tna": "name_tracker", "aid": "app_id", "p": "platform", "uid": "user_id",
    "url": "page_url", "page": "page_title", "refr": "page_referrer", "lang": "br_lang", "duid": "domain_userid",
}
TIMES = {"dtm": "dvce_created_tstamp", "stm": "dvce_sent_tstamp", "ttm": "true_tstamp"}


def item(event, encoding=0):
    """The item of an event. Contexts come in the four ways of [`encode`]."""
    out = {"e": EVENTS.get(event["event"], event["event"])}
    out.update((key, event[column]) for key, column in KEYS.items() if event[column])
    out.update((key, str(enriched.millis(event[column]))) for key, column in TIMES.items() if event[column])
    if event["contexts"]:
        key, value = encode(event["contexts"], encoding)
        out[key] = value
    if event["unstruct_event"]:
        out["ue_px"] = encode(event["unstruct_event"], 0)[1]
    return out


def encode(text, encoding):
    """Key and value of contexts: base64 that is url-safe, the same without padding, the standard one, or plain text."""
    encoding %= 4
    if encoding == 3:
        return "co", text
    encoded = (base64.standard_b64encode if encoding == 2 else base64.urlsafe_b64encode)(text.encode()).decode()
    return "cx", encoded.rstrip("=") if encoding == 1 else encoded


def body(items):
    """A POST body."""
    return json.dumps({"schema": PAYLOAD_DATA, "data": items})


def query(item_):
    """A query string."""
    return urllib.parse.urlencode(item_)


def enriched_events(record):
    """The events of a POST body as enrich writes them, if a collector had received it soon after it was sent."""
    for item_ in json.loads(record)["data"]:
        event = dict.fromkeys(enriched.COLUMNS, "")
        event.update((column, item_[key]) for key, column in KEYS.items() if key in item_)
        event.update((column, enriched.stamp(int(item_[key]))) for key, column in TIMES.items() if key in item_)
        received = enriched.millis(event["dvce_sent_tstamp"]) + LATENCY
        event.update({
            "event": "struct", "collector_tstamp": enriched.stamp(received), "geo_country": "NL",
            "contexts": base64.urlsafe_b64decode(item_["cx"]).decode(),
            "user_ipaddress": "203.0.113.7", "v_collector": "ssc-3.1.2-kinesis", "v_etl": "enrich-kinesis-4.2.0",
            "useragent": "python-requests/2.32.3", "event_name": "event", "event_vendor": "com.google.analytics",
        })
        yield event


def batches(events, size=BATCH):
    """Events that were received together, at most so many at once, in the order in which they come."""
    for _, group in itertools.groupby(events, request):
        while True:
            batch = list(itertools.islice(group, size))
            if not batch:
                break
            yield batch


def request(event):
    """What events of one request share."""
    columns = ("collector_tstamp", "user_id", "user_ipaddress", "useragent", "network_userid", "v_collector")
    return tuple(event[column] for column in columns)


def log_line(event, path):
    """A line of an access log in the combined format; its time has whole seconds."""
    when = enriched.EPOCH + datetime.timedelta(seconds=enriched.millis(event["collector_tstamp"]) // 1000)
    month = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[when.month - 1]
    return '%s - - [%02d/%s/%04d:%s +0000] "GET %s HTTP/1.1" 200 43 "-" "%s"' % (
        event["user_ipaddress"] or "-", when.day, month, when.year, when.strftime("%H:%M:%S"), path,
        event["useragent"] or "-",
    )
