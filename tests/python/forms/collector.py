"""Raw collector payloads: one Thrift struct a request, and the ways in which files frame them (formats.md 3).

They have the collector's time in milliseconds, and no country.
"""

import struct

from . import enriched, tracker

SCHEMA = "iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0"
TP2 = "/com.snowplowanalytics.snowplow/tp2"
# Numbers of the fields.
FIELDS = {
    "querystring": 10, "collector": 20, "encoding": 30, "hostname": 40, "timestamp": 50, "ipAddress": 60,
    "userAgent": 70, "refererUri": 80, "headers": 90, "networkUserId": 100, "path": 110, "contentType": 120,
    "body": 130, "schema": 31337,
}
HOST = "collector.example.net"
CONTENT_TYPE = "application/json"
MARKER = bytes.fromhex("29d8d50658cd4c29b2bc57992171bdff")
# The most records that the writer of elephant-bird blocks puts into one.
BLOCK = 100
HEADER = b"\x01\x01"


def headers(event):
    """The headers of a request of dbt."""
    return ["Timeout-Access: <function1>", "Host: " + HOST, "User-Agent: " + event["useragent"],
            "Accept-Encoding: gzip, deflate", "Accept: */*", "Connection: keep-alive", CONTENT_TYPE]


def fields(event):
    """What the collector knows of the request that an event came with."""
    return {
        "collector": event["v_collector"], "encoding": "UTF-8", "hostname": HOST,
        "timestamp": enriched.millis(event["collector_tstamp"]), "ipAddress": event["user_ipaddress"],
        "userAgent": event["useragent"], "headers": headers(event), "networkUserId": event["network_userid"],
        "schema": SCHEMA,
    }


def post(batch, encoding=0):
    """The request of a batch: a POST."""
    items = [tracker.item(event, encoding + number) for number, event in enumerate(batch)]
    return {**fields(batch[0]), "path": TP2, "contentType": CONTENT_TYPE, "body": tracker.body(items)}


def get(event, encoding=0):
    """The request of one event: a GET."""
    return {**fields(event), "path": "/i", "querystring": tracker.query(tracker.item(event, encoding))}


def thrift(request):
    """The struct of a request; absent and empty fields are left out."""
    out = b"".join(thrift_field(FIELDS[name], value) for name, value in request.items() if value not in (None, "", []))
    return out + b"\0"


def thrift_field(number, value):
    """A field in Thrift's binary protocol."""
    if isinstance(value, int):
        return struct.pack(">bhq", 0x0A, number, value)
    if isinstance(value, list):
        return struct.pack(">bhbi", 0x0F, number, 0x0B, len(value)) + b"".join(map(thrift_text, value))
    return struct.pack(">bh", 0x0B, number) + thrift_text(value)


def thrift_text(text):
    """A text, or bytes that should be one, after its length."""
    raw = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">i", len(raw)) + raw


def length_prefixed(payloads):
    """Payloads, each after its length."""
    return b"".join(struct.pack(">I", len(payload)) + payload for payload in payloads)


def message(payloads):
    """A message of enrich 6.1 and later: a header, then payloads, each after its length."""
    return HEADER + length_prefixed(payloads)


def block(payloads):
    """An elephant-bird block: a marker, a length, and a protobuf message of the payloads."""
    blobs = b"".join(b"\x1a" + varint(len(payload)) + payload for payload in payloads)
    serialized = b"\x08\x01\x12\x06byte[]" + blobs
    return MARKER + struct.pack("<I", len(serialized)) + serialized


def varint(number):
    """A number as protobuf writes it."""
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
