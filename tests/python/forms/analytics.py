"""Snowplow enriched events as the Analytics SDKs write them: one JSON object an event (formats.md 1.6).

Three SDKs, which differ in what they do with empty columns, times and some types; and the lossless form of the one for
Scala, which keeps the wrappers of contexts.
"""

import json
import re

from . import enriched


def scala(event):
    """The SDK for Scala: every column, null where it is empty; each context says the version of its schema."""
    out = atomic(event, iso_seconds_or_millis, empty=True, number=True)
    out.update(flattened(event, version=True))
    return out


def go(event):
    """The SDK for Go: no empty columns, times without trailing zeros, `se_value` as text."""
    out = renamed(atomic(event, iso_trimmed, empty=False, number=False))
    out.update(flattened(event, version=False))
    return out


def python(event):
    """The SDK for Python: no empty columns, times as they are, `se_value` as text."""
    out = renamed(atomic(event, iso, empty=False, number=False))
    out.update(flattened(event, version=False))
    return out


def lossless(event):
    """The lossless form of the SDK for Scala: contexts stay in their wrappers, `{}` for none."""
    out = atomic(event, iso_seconds_or_millis, empty=True, number=True)
    for column in enriched.JSON_COLUMNS:
        out[column] = json.loads(event[column]) if event[column] else None if column == "unstruct_event" else {}
    return out


DIALECTS = (scala, go, python, lossless)


def atomic(event, time, empty, number):
    """The columns that are no JSON, in their types."""
    out = {}
    for column in enriched.COLUMNS:
        if column not in enriched.JSON_COLUMNS and (event[column] or empty):
            out[column] = typed(column, event[column], time, number) if event[column] else None
    if event["geo_latitude"] and event["geo_longitude"]:
        out["geo_location"] = event["geo_latitude"] + "," + event["geo_longitude"]
    return out


def typed(column, text, time, number):
    """The value of a cell."""
    if column in enriched.TIMES:
        return time(text)
    if column in enriched.FLAGS:
        return text == "1"
    if column in enriched.INTEGERS:
        return int(text)
    if column in enriched.DOUBLES and (number or column != "se_value"):
        return float(text)
    return text


def renamed(out):
    """One column has another name in two of the SDKs."""
    if "refr_dvce_tstamp" in out:
        out["refr_device_tstamp"] = out.pop("refr_dvce_tstamp")
    return out


def iso(text):
    """A time as the cell has it."""
    return text.replace(" ", "T") + "Z"


def iso_seconds_or_millis(text):
    """A time with three digits of fraction, or with none if they are zero."""
    whole, _, fraction = text.partition(".")
    fraction = fraction[:3].ljust(3, "0")
    return iso(whole if fraction == "000" else whole + "." + fraction)


def iso_trimmed(text):
    """A time without trailing zeros."""
    return iso(text.rstrip("0").rstrip(".") if "." in text else text)


def flattened(event, version):
    """Contexts as lists of data under their schemas' keys; where two columns have the same, the later one's stay."""
    out = {}
    for column in ("contexts", "derived_contexts"):
        lists = {}
        for context in enriched.contexts(event, column):
            data = context["data"]
            if version and isinstance(data, dict):
                data = {"_schema_version": context["schema"].rsplit("/", 1)[1], **data}
            lists.setdefault(key("contexts", context["schema"]), []).append(data)
        out.update(lists)
    for inner in enriched.contexts(event, "unstruct_event"):
        out[key("unstruct_event", inner["schema"])] = inner["data"]
    return out


def key(prefix, uri):
    """The key of a schema: vendor, name in snake case, and the first number of its version."""
    vendor, name, _, version = uri[len("iglu:"):].split("/")
    vendor = re.sub(r"[.-]", "_", vendor).lower()
    name = re.sub(r"([^A-Z_])([A-Z])", r"\1_\2", re.sub(r"[.-]", "_", name)).lower()
    return "_".join((prefix, vendor, name, version.split("-")[0]))
