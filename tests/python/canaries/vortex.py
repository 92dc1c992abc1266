"""Dumps of Vortex with canaries: every kind of message that dbt 2 has, in the same way as the events of dbt 1
(`events.py`). What is never read (who and where the client is, accounts) is canaries throughout.
"""

import collections
import itertools

from canaries.values import FORMS, NUMBER, Cage
from fixtures.records import EVENT, FILTERED, FOREIGN, record
from forms import dbt, vortex
from forms.dbt import md5, uuid
from forms.enriched import compact

# A message, what becomes of it, and what is beside its fields: bytes in protobuf, by name in developer mode.
Sample = collections.namedtuple("Sample", "kind at fields verdict later", defaults=(None,))

# Every kind of message, with the fields besides its ids and after them the number of `common_context`.
KINDS = {
    "Invocation": ({"project_id": md5("orders"), "user_id": uuid("user"), "command": "build", "progress": "end",
                    "version": "2.0.0-preview.196", "result_type": "ok", "git_commit_sha": md5("sha"),
                    "distribution": "dbt-oss"}, 12),
    "InvocationEnv": ({"environment": "manual"}, 5),
    "AdapterInfo": ({"adapter_type": "snowflake", "adapter_unique_id": md5("account")}, 6),
    "AdapterInfoV2": ({"run_model_id": uuid("node run"), "adapter_name": "snowflake", "base_adapter_version": "1.14.3",
                       "adapter_version": "1.9.2", "model_adapter_details": {"table_format": "ICEBERG"}}, 8),
    "PackageInstall": ({"name": "dbt_utils", "source": "hub", "version": "1.3.0"}, 7),
    "ResourceCounts": ({"models": 3, "tests": 5, "metrics": 1}, 19),
    "RunModel": ({"index": 1, "execution_time": 1.5, "run_status": "success", "run_skipped": True,
                  "model_materialization": "incremental", "model_incremental_strategy": "merge",
                  "model_id": md5("model"), "hashed_contents": md5("select"), "language": "sql", "access": "protected",
                  "run_skipped_reason": "reused_no_changes", "run_model_id": uuid("node run"),
                  "resource_type": "model", "table_format": "iceberg", "catalog_name": "horizon",
                  "catalog_type": "glue"}, 24),
    "Onboarding": ({"screen": 1, "action": 1, "success": True, "user_id": uuid("user")}, 8),
    "Login": ({"success": True, "login_type": 1, "user_cookie": uuid("user"), "project_id": md5("orders"),
               "platform_user_id": NUMBER, "platform_account_id": NUMBER, "platform_account_identifier": "ab123",
               "error_code": 4, "error_message": "…"}, 11),
    "StaticAnalysisInvocation": ({"project_id": md5("orders"), "max_static_analysis_level": "strict", "source": "cli",
                                  "strict_node_count": 2, "baseline_node_count": 1, "off_node_count": 1}, 10),
    "CloudInvocation": ({"dbt_cloud_account_identifier": "ab123", "dbt_cloud_project_id": "70471823",
                         "dbt_cloud_environment_id": "70471824", "dbt_cloud_job_id": "70471825"}, None),
}
# Of these the name of a value may stand for its number, in JSON.
ENUMERATIONS = {"screen", "action", "login_type", "error_code"}
# Fields that are passed over.
UNREAD = {"index", "metrics", "platform_user_id", "platform_account_id"}
# What is around them, its fields in the order of their numbers, from 1.
AROUND = {
    "enrichment": {
        "client_ip": {"ip": "", "proxy": True, "geo": {"country": "", "city": "", "latitude": NUMBER + 0.5,
                                                       "longitude": NUMBER + 0.5, "timezone": "", "continent": ""}},
        "client_platform": dict.fromkeys(("raw", "service", "service_version", "client", "client_version",
                                          "dbt_proto_library", "dbt_proto_library_version"), ""),
        "user_agent": dict.fromkeys(("raw", "browser", "browser_version", "os", "os_version", "device",
                                     "device_type"), ""),
    },
    "common_context": dict.fromkeys(("account_identifier", "project_id", "environment_id", "user_id"), ""),
}
# Messages of a batch.
BATCH = 20


class Maker:
    """Makes messages, each in a run of its own."""

    def __init__(self, cage):
        self.cage, self.number = cage, 0

    def sample(self, kind, verdict=EVENT, later=None, **changes):
        """A message of a kind."""
        self.number += 1
        run = vortex.Run(f"{self.cage.dump} {self.number}", self.number)
        fields = KINDS[kind][0] if kind in KINDS else {}
        _, at, fields = run.of(kind, 0, **fields)
        known = {name: value for name, value in fields.items() if name in vortex.FIELDS.get(kind, fields)}
        return Sample(kind, at, {**known, **changes}, verdict, later)


def verdict(field, value, is_json):
    """What becomes of a message with a text in a field that holds this."""
    if field == "progress":
        return "bad_data"
    is_text = isinstance(value, str) or field in UNREAD or (is_json and field in ENUMERATIONS)
    return EVENT if is_text else "bad_data"


def known_kinds(maker, is_json):
    """Messages of kinds that are known."""
    cage = maker.cage
    for kind in KINDS:
        fields = {name: value for name, value in maker.sample(kind).fields.items() if not isinstance(value, dict)}
        for name, value in fields.items():
            for canary in cage.fill(f"{kind}.{name}", value):
                yield maker.sample(kind, verdict(name, value, is_json), **{name: canary})
        texts = {name: cage.one(f"{kind}.{name}") for name, value in fields.items()
                 if isinstance(value, str) and name not in ("progress", "event_id", "invocation_id")}
        yield maker.sample(kind, **texts, later={"told_field": cage.one(f"later field of {kind}")})
        # Developer mode has names in camel case as well.
        for name in cage.names(f"name of a field of {kind}", str.lower) if is_json else ():
            yield maker.sample(kind, later={name: 1})
    details = {cage.make("{word}_customers", "name of a detail"): cage.one("detail")}
    yield maker.sample("AdapterInfoV2", model_adapter_details=details)


def other_kinds(maker):
    """Messages of kinds that are not known, and such as nothing may be kept of."""
    cage = maker.cage
    yield Sample("ObservabilityMetric", dbt.MORNING, {"label": cage.one("label")}, FILTERED)
    yield Sample("TimeTravel", dbt.MORNING, {"event_id": cage.one("later message")}, "unknown_schema")
    yield Sample("SiteOpened", dbt.MORNING, {"event_id": cage.one("message of the docs")}, FOREIGN)
    # Names of messages are words in camel case: one of that form is told.
    forms = [form for form in FORMS if form != "{Word}Model"]
    for package, form in itertools.product(("/v1.public.events.fusion.", "/v1.public.events.docs.", "/v1."), forms):
        url = package + cage.make(form, "type of a message")
        name = url.rsplit("/", 1)[1]
        refused = "unknown_schema" if name.startswith("v1.public.events.fusion.") else None
        yield Sample(url, dbt.MORNING, {}, refused or (FOREIGN if name.startswith("v1.") else "no type"))


def samples(cage, is_json):
    """All messages of a dump."""
    maker = Maker(cage)
    return itertools.chain(known_kinds(maker, is_json), other_kinds(maker))


def around(cage, kind):
    """What a message has around its own fields, and nobody reads: who and where the client is."""
    if kind not in KINDS:
        return {}
    names = ("enrichment", "common_context") if KINDS[kind][1] else ("enrichment",)
    return {name: cage.salted(AROUND[name], name) for name in names}


def nested(message):
    """A message of those that are passed over, as protobuf."""
    return b"".join(vortex.field(number, nested(value) if isinstance(value, dict) else value)
                    for number, value in enumerate(message.values(), 1))


def message(cage, number, sample):
    """A message as protobuf, in its wrapper."""
    encoded = b""
    if sample.kind in vortex.FIELDS:
        entries = {name: nested({"key": key, "value": text}) for name, value in sample.fields.items()
                   if isinstance(value, dict) for key, text in value.items()}
        encoded = vortex.event(sample.kind, {**sample.fields, **entries})
    numbers = {"enrichment": 1, "common_context": KINDS.get(sample.kind, (None, None))[1]}
    for name, fields in around(cage, sample.kind).items():
        encoded += vortex.field(numbers[name], nested(fields))
    if sample.later:
        encoded += b"".join(vortex.field(1000, text) for text in sample.later.values())
    wrapper_id = uuid(f"{cage.dump} wrapper {number}")
    wrapped = vortex.wrapped(sample.kind, encoded, sample.at, sample.at + 500, sample.at + 731, wrapper_id)
    data = wrapped + vortex.field(7, cage.one("vortex_event_url")) + vortex.field(1000, cage.one("later field"))
    return record(data, sample.verdict.replace("no type", "not_protobuf"))


def batches(size):
    """Batches of so many messages, each with an id of its request."""
    def make(cage):
        messages = [message(cage, number, sample) for number, sample in enumerate(samples(cage, False))]
        said = vortex.field(1, cage.one("request_id")) + vortex.field(1000, cage.one("later field of a batch"))
        return [record(vortex.batch("", [one.data for one in group]) + said, *[one.verdicts[0] for one in group])
                for group in (messages[at:at + size] for at in range(0, len(messages), size))]
    return make


def delimited(cage):
    """Batches, each after its length."""
    return [record(vortex.delimited(one.data), *one.verdicts) for one in batches(BATCH)(cage)]


def dev_lines(cage):
    """Lines of developer mode, in both spellings."""
    spellings = itertools.cycle((vortex.dev_line, vortex.camel_line))
    records = []
    for sample in samples(cage, True):
        line = {"type_url": vortex.type_url(sample.kind), "message": sample.fields}
        if sample.kind in KINDS:
            line = next(spellings)(sample.kind, sample.fields)
        line["message"] |= {**around(cage, sample.kind), **(sample.later or {})}
        records.append(record(compact({**line, "later": cage.one("later key")}),
                              sample.verdict.replace("no type", "not_json")))
    return records


DUMPS = {"vortex": delimited, "vortex-single": batches(1 << 20), "vortex-dev": dev_lines}
