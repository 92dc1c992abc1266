"""Snowplow enriched events as TSV: 131 columns, no header, no quotes, an empty cell is null (formats.md 1.1 to 1.5).

An event is a dictionary of all columns, each value the text of its cell.
"""

import datetime
import gzip
import json

COLUMNS = """
    app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker
    v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid
    geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization
    ip_domain ip_netspeed page_url page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath
    page_urlquery page_urlfragment refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery
    refr_urlfragment refr_medium refr_source refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign
    contexts se_category se_action se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total
    tr_tax tr_shipping tr_city tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity
    pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version br_type
    br_renderengine br_lang br_features_pdf br_features_flash br_features_java br_features_director
    br_features_quicktime br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight
    br_cookies br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer os_timezone dvce_type
    dvce_ismobile dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base
    tr_tax_base tr_shipping_base ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network etl_tags
    dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp derived_contexts domain_sessionid derived_tstamp event_vendor
    event_name event_format event_version event_fingerprint true_tstamp
""".split()
assert len(COLUMNS) == 131

# What the columns hold that are no text.
JSON_COLUMNS = ("contexts", "unstruct_event", "derived_contexts")
TIMES = frozenset(name for name in COLUMNS if name.endswith("_tstamp"))
FLAGS = frozenset(name for name in COLUMNS if name.startswith("br_features_")) | {"br_cookies", "dvce_ismobile"}
INTEGERS = frozenset("""
    txn_id domain_sessionidx page_urlport refr_urlport ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min
    pp_yoffset_max br_viewwidth br_viewheight dvce_screenwidth dvce_screenheight doc_width doc_height
""".split())
DOUBLES = frozenset("""
    geo_latitude geo_longitude se_value tr_total tr_tax tr_shipping ti_price tr_total_base tr_tax_base
    tr_shipping_base ti_price_base
""".split())

CONTEXTS = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1"
EPOCH = datetime.datetime(1970, 1, 1)


def line(event):
    """The line of an event, without its end."""
    return "\t".join(event[name] for name in COLUMNS)


def lines(path):
    """The lines of a dump, plain or gzipped, as bytes without their ends; blank ones are none."""
    with open(path, "rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
    with (gzip.open if compressed else open)(path, "rb") as file:
        for record in file:
            record = record[:-1] if record.endswith(b"\n") else record
            record = record[:-1] if record.endswith(b"\r") else record
            if record:
                yield record


def parse(record):
    """The event of a line; `None` for one that is broken, or that lacks what every other form needs."""
    try:
        cells = record.decode().split("\t")
    except UnicodeDecodeError:
        return None
    if len(cells) != len(COLUMNS):
        return None
    event = dict(zip(COLUMNS, cells))
    try:
        whole = event["event_id"] and all(millis(event[name]) is not None or not event[name] for name in TIMES)
        whole = whole and event["collector_tstamp"] and all(contexts(event, name) is not None for name in JSON_COLUMNS)
    except (ValueError, KeyError, TypeError):
        return None
    return event if whole else None


def contexts(event, column="contexts"):
    """The inner objects of a column of contexts (or the one of `unstruct_event`), each with `schema` and `data`."""
    if not event[column]:
        return []
    inner = json.loads(event[column])["data"]
    inner = inner if isinstance(inner, list) else [inner]
    for context in inner:
        context["schema"], context["data"]
    return inner


def wrap(inner, schema=CONTEXTS):
    """A cell of contexts; empty for none."""
    return compact({"schema": schema, "data": inner}) if inner else ""


def compact(value):
    """JSON as enrich writes it."""
    return json.dumps(value, separators=(",", ":"))


def millis(text):
    """Milliseconds since 1970 of the text of a time; `None` for an empty one."""
    if not text:
        return None
    whole, _, fraction = text.partition(".")
    since = datetime.datetime.strptime(whole, "%Y-%m-%d %H:%M:%S") - EPOCH
    return (since.days * 86_400 + since.seconds) * 1000 + int(fraction[:3].ljust(3, "0"))


def stamp(milliseconds):
    """The text of a time."""
    return (EPOCH + datetime.timedelta(milliseconds=milliseconds)).isoformat(" ", "milliseconds")
