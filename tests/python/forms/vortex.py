"""Vortex: what dbt 2 sends, protobuf, and what it writes in developer mode, JSON lines (formats.md 6).

A message is a dictionary of fields by name, in the order of their numbers; absent and empty ones are not sent.
"""

import struct

from .collector import varint
from .dbt import MORNING, md5, uuid

FUSION = "/v1.public.events.fusion."
# The numbers of fields, by message.
FIELDS = {
    "Invocation": {"event_id": 2, "invocation_id": 3, "project_id": 4, "user_id": 5, "command": 6, "progress": 7,
                   "version": 8, "result_type": 9, "git_commit_sha": 10, "distribution": 11},
    "InvocationEnv": {"event_id": 2, "invocation_id": 3, "environment": 4, "a_later_field": 30},
    "AdapterInfo": {"event_id": 2, "invocation_id": 3, "adapter_type": 4, "adapter_unique_id": 5},
    "PackageInstall": {"event_id": 2, "invocation_id": 3, "name": 4, "source": 5, "version": 6},
    "ResourceCounts": {"event_id": 2, "invocation_id": 3, "models": 4, "tests": 5, "snapshots": 6, "analyses": 7,
                       "macros": 8, "operations": 9, "seeds": 10, "sources": 11, "exposures": 12, "metrics": 13,
                       "groups": 14, "unit_tests": 15, "semantic_models": 16, "saved_queries": 17, "catalogs": 18},
    "RunModel": {"event_id": 2, "invocation_id": 3, "index": 4, "total": 5, "execution_time": 6, "run_status": 7,
                 "run_skipped": 8, "model_materialization": 9, "model_incremental_strategy": 10, "model_id": 11,
                 "hashed_contents": 12, "language": 13, "has_group": 14, "contract_enforced": 15, "access": 16,
                 "versioned": 17, "run_skipped_reason": 18, "run_model_id": 19, "resource_type": 20,
                 "table_format": 21, "catalog_name": 22, "catalog_type": 23},
    "AdapterInfoV2": {"event_id": 2, "run_model_id": 3, "adapter_name": 4, "base_adapter_version": 5,
                      "adapter_version": 6, "model_adapter_details": 7},
    "Onboarding": {"event_id": 2, "invocation_id": 3, "screen": 4, "action": 5, "success": 6, "user_id": 7},
    "Login": {"event_id": 2, "invocation_id": 3, "success": 4, "login_type": 5, "user_cookie": 6, "project_id": 7,
              "platform_user_id": 8, "platform_account_id": 9, "platform_account_identifier": 10, "error_code": 12,
              "error_message": 13},
    "StaticAnalysisInvocation": {"event_id": 2, "invocation_id": 3, "project_id": 4, "max_static_analysis_level": 5,
                                 "source": 6, "strict_node_count": 7, "baseline_node_count": 8, "off_node_count": 9},
    "CloudInvocation": {"invocation_id": 2, "dbt_cloud_account_identifier": 3, "dbt_cloud_project_id": 4,
                        "dbt_cloud_environment_id": 5, "dbt_cloud_job_id": 6},
    # Of no dbt yet, of another product, and with numbers of accounts.
    "TimeTravel": {"event_id": 2, "invocation_id": 3},
    "SiteOpened": {"event_id": 2},
    "ObservabilityMetric": {"label": 1},
}
TYPES = {
    "CloudInvocation": "/v1.events.fusion.CloudInvocation",
    "SiteOpened": "/v1.public.events.docs.SiteOpened",
    "ObservabilityMetric": "/v1.public.fields.core_types.ObservabilityMetric",
}


def type_url(kind):
    """The URL of a message's type, which a kind may also be itself."""
    return kind if kind.startswith("/") else TYPES.get(kind, FUSION + kind)


def field(number, value):
    """A field of protobuf; proto3 leaves out what is empty or zero."""
    if not value:
        return b""
    if isinstance(value, float):
        return varint(number << 3 | 1) + struct.pack("<d", value)
    if isinstance(value, int):
        return varint(number << 3) + varint(int(value))
    raw = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def event(kind, message):
    """An event as protobuf."""
    return b"".join(field(FIELDS[kind][name], value) for name, value in message.items())


def timestamp(milliseconds):
    """A `google.protobuf.Timestamp`; `None` for none."""
    if milliseconds is None:
        return b""
    return field(1, milliseconds // 1000) + field(2, milliseconds % 1000 * 1_000_000)


def wrapped(kind, encoded, created, sent, received, wrapper_id):
    """An event in its wrapper."""
    url = type_url(kind) if kind else ""
    any_ = field(1, url) + field(2, encoded)
    times = field(2, timestamp(created)) + field(3, timestamp(sent)) + field(4, timestamp(received))
    return field(1, any_) + times + field(6, wrapper_id) + field(7, url)


def batch(name, messages):
    """A batch: the body of one request."""
    return field(1, uuid("batch " + name)) + b"".join(field(2, message) for message in messages)


def delimited(record):
    """A record after its length."""
    return varint(len(record)) + record


def dev_line(kind, message):
    """An event as developer mode writes it: every field is there."""
    empty = {"execution_time": 0.0, "run_skipped": False, "has_group": False, "contract_enforced": False,
             "versioned": False, "index": 0, "total": 0}
    counts = {} if kind != "ResourceCounts" else dict.fromkeys(list(FIELDS[kind])[2:], 0)
    fields = {name: message.get(name, {**empty, **counts}.get(name, ""))
              for name in FIELDS[kind] if name != "a_later_field" or name in message}
    return {"type_url": type_url(kind), "message": {"enrichment": None, **dict(sorted(fields.items()))}}


def camel_line(kind, message):
    """An event as the first builds wrote it: names in camel case, empty fields left out."""
    def camel(name):
        first, *rest = name.split("_")
        return first + "".join(word.title() for word in rest)
    return {"type_url": type_url(kind), "message": {camel(name): value for name, value in message.items() if value}}


def uuid7(name, milliseconds):
    """A UUID of a name that says when it was made."""
    h, rest = f"{milliseconds:012x}", md5(name)
    return f"{h[:8]}-{h[8:]}-7{rest[:3]}-b{rest[4:7]}-{rest[8:20]}"


class Run:
    """A run of dbt 2: makes messages, each with the milliseconds after the start."""

    def __init__(self, name, start):
        self.name, self.start = name, MORNING + start
        self.invocation_id, self.user_id = uuid7("invocation " + name, self.start), uuid("user " + name)
        self.number = 0

    def of(self, kind, after, **fields):
        """A message."""
        self.number += 1
        ids = {"event_id": uuid(f"event {self.name} {self.number}"), "invocation_id": self.invocation_id}
        return kind, self.start + after, {**ids, **fields}

    def invocation(self, after, **fields):
        """A start or an end."""
        return self.of("Invocation", after, **fields, version="2.0.0-preview.196", distribution="dbt")

    def run_model(self, after, node, status, seconds, **fields):
        """A node."""
        return self.of(
            "RunModel", after, execution_time=seconds, run_status=status, run_skipped=status == "skipped",
            model_materialization="table", model_id=md5("model." + node), hashed_contents=md5("select " + node),
            language="sql", access="protected", run_model_id=uuid("node run " + node), resource_type="model", **fields,
        )


NEW = Run("two", 14_400_000)
BROKEN = Run("broken", 18_000_000)
# In the order in which they were sent.
MESSAGES = [
    NEW.invocation(0, command="Build", progress="start"),
    NEW.of("InvocationEnv", 0, environment="manual"),
    NEW.invocation(31, project_id=md5("orders"), user_id=NEW.user_id, command="build", progress="start"),
    NEW.of("InvocationEnv", 31, environment="manual"),
    NEW.of("AdapterInfo", 52, adapter_type="snowflake", adapter_unique_id=md5("account of orders")),
    NEW.of("PackageInstall", 70, name="dbt_utils", source="hub", version="1.3.0"),
    NEW.of("ResourceCounts", 84, models=3, tests=5, macros=519, seeds=1, sources=2, exposures=0, unit_tests=1),
    NEW.run_model(2_100, "customers", "success", 1.5021),
    NEW.run_model(2_600, "orders", "error", 0.40218),
    NEW.run_model(2_602, "report", "skipped", 0.0, run_skipped_reason="upstream_failed"),
    NEW.invocation(3_027, progress="end", result_type="error"),
    BROKEN.invocation(0, command="Run", progress="start"),
    BROKEN.invocation(404, progress="end", result_type="error"),
]
