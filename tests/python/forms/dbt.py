"""What dbt 1 sends of some runs, as enriched events (formats.md 5): the events of which the fixtures are made.

Nothing is drawn at random: an id is the MD5 of what it is the id of.
"""

import hashlib

from . import enriched

SCHEMA = "iglu:com.dbt/%s/jsonschema/%s"
# 2026-03-02 10:00:00 UTC.
MORNING = 1_772_445_600_000
FIXED = {
    "app_id": "dbt", "platform": "pc", "event": "struct", "name_tracker": "cf", "v_collector": "ssc-3.1.2-kinesis",
    "v_etl": "enrich-kinesis-4.2.0-common-4.2.0", "geo_country": "NL", "se_category": "dbt",
    "event_vendor": "com.google.analytics", "event_name": "event", "event_format": "jsonschema",
    "event_version": "1-0-0",
}


def md5(text):
    """What dbt sends of a name."""
    return hashlib.md5(text.encode()).hexdigest()


def uuid(name):
    """A UUID of a name."""
    h = md5(name)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


def context(name, version, data):
    """A context of dbt's."""
    return {"schema": SCHEMA % (name, version), "data": data}


class Run:
    """A run of a command of dbt, from which its events are made."""

    def __init__(self, name, version, command, start, project=None, adapter=None):
        self.name, self.version, self.command, self.start = name, version, command, MORNING + start
        self.invocation_id, self.user_id = uuid("invocation " + name), uuid("user " + name)
        self.project, self.adapter = md5(project) if project else None, adapter
        self.tracker = "py-1.1.0" if version >= "=1.9" else "py-0.0.2"
        self.agent = "python-requests/2.32.3" if version >= "=1.9" else "python-requests/2.28.2"
        self.sent = self.start + 9_000

    def event(self, name, action, label, after, contexts, prop=""):
        """An event, so many milliseconds after the start of the run."""
        created, received = self.start + after, self.sent + 412
        event = dict.fromkeys(enriched.COLUMNS, "")
        event.update(FIXED)
        event.update({
            "etl_tstamp": enriched.stamp(received + 1_803), "collector_tstamp": enriched.stamp(received),
            "dvce_created_tstamp": enriched.stamp(created), "event_id": uuid(f"event {self.name} {name}"),
            "v_tracker": self.tracker, "user_id": self.user_id, "user_ipaddress": "203.0.113.7",
            "network_userid": uuid("request " + self.name), "contexts": enriched.wrap(contexts), "se_action": action,
            "se_label": label, "se_property": prop, "useragent": self.agent,
            "dvce_sent_tstamp": enriched.stamp(self.sent),
            "derived_tstamp": enriched.stamp(received - (self.sent - created)),
        })
        return event

    def invocation_context(self, **own):
        """The context of the run itself: before 1.5 it names project and adapter."""
        inline = self.version < "=1.5"
        account = md5("account of " + self.name) if inline and self.adapter else None
        return context("invocation", "1-0-2", {
            **own, "project_id": self.project if inline else None, "user_id": self.user_id,
            "invocation_id": self.invocation_id, "command": self.command, "options": None, "version": self.version,
            "run_type": "regular", "adapter_type": self.adapter if inline else None, "adapter_unique_id": account,
        })

    def invocation(self, progress, after, result=None, platform="Linux-6.1.0-18-cloud-amd64-x86_64-with-glibc2.36",
                   python="3.11.9", environment="manual"):
        """A start, an end or an invalid event."""
        return self.event(progress, "invocation", progress, after, [
            self.invocation_context(progress=progress, result_type=result, result=None),
            context("platform", "1-0-0", {"platform": platform, "python": python, "python_version": "CPython"}),
            context("invocation_env", "1-0-0", {"environment": environment}),
        ])

    def of(self, action, after, *contexts, name=None, prop=""):
        """Any other event: its label is the invocation."""
        return self.event(name or action, action, self.invocation_id, after, list(contexts), prop)

    def project_id(self):
        """Which project, from 1.5 on."""
        return self.of("project_id", 190, context("project_id", "1-0-1", {"project_id": self.project}))

    def adapter_info(self):
        """Which adapter, from 1.5 on."""
        data = {"adapter_type": self.adapter, "adapter_unique_id": md5("account of " + self.name)}
        return self.of("adapter_info", 213, context("adapter_info", "1-0-1", data))

    def load_project(self, **more):
        """How long loading the project took."""
        return self.of("load_project", 1_402, context("load_all_timing", "1-0-3", {
            "invocation_id": self.invocation_id, "project_id": self.project, "path_count": 147,
            "parsed_path_count": 3, "read_files_elapsed": 0.09812, "load_macros_elapsed": None,
            "parse_project_elapsed": 0.7344061, "patch_sources_elapsed": 0.00113, "process_manifest_elapsed": None,
            "load_all_elapsed": 1.0215537000000001, "is_partial_parse_enabled": True,
            "is_static_analysis_enabled": False, "static_analysis_path_count": 0,
            "static_analysis_parsed_path_count": 0, **more,
        }))

    def package(self, name, version):
        """A package of the hub was installed; the run's own context then names the project in every release."""
        own = self.invocation_context()
        own["data"]["project_id"] = self.project
        installed = context("package_install", "1-0-0", {"name": name, "source": "hub", "version": version})
        return self.of("package", 600, own, installed, prop="install")

    def resource_counts(self, version, **counts):
        """What the project holds."""
        return self.of("resource_counts", 1_530, context("resource_counts", version, counts))

    def run_model(self, version, status, seconds, **more):
        """A node."""
        begun, done = self.start + 1_700, self.start + 1_700 + int(seconds * 1000)
        timing = [{"name": name, "started_at": moment(start), "completed_at": moment(end)}
                  for name, start, end in (("compile", begun, begun + 12), ("execute", begun + 12, done))]
        return self.of("run_model", done - self.start + 4, context("run_model", version, {
            "invocation_id": self.invocation_id, "index": 1, "total": 2, "execution_time": seconds,
            "run_status": status, "run_skipped": False, "run_error": status == "ERROR",
            "model_materialization": "incremental", "model_incremental_strategy": "merge",
            "model_id": md5("model." + self.name), "hashed_contents": md5("select " + self.name), "timing": timing,
            "language": "sql", "has_group": False, "contract_enforced": True, "access": "protected",
            "versioned": False, **more,
        }))


def moment(milliseconds):
    """A time as Python's isoformat writes it."""
    return enriched.stamp(milliseconds).replace(" ", "T") + "000"


# A project of 1.4, which went well.
OLD = Run("old", "=1.4.9", "run", 0, "jaffle_shop", "postgres")
# A project of 1.9, in which a node failed.
NEW = Run("new", "=1.9.10", "build", 3_600_000, "orders", "snowflake")
# A run of 1.4 whose profile could not be read.
INVALID = Run("invalid", "=1.4.9", "run", 7_200_000)
# Packages are installed.
DEPS = Run("deps", "=1.9.10", "deps", 10_800_000, "orders")

DETAILS = {"adapter_type": "snowflake", "table_format": "ICEBERG"}
RUN_ADAPTER = {"adapter_name": "snowflake", "base_adapter_version": "1.14.3", "adapter_version": "1.9.2",
               "model_adapter_details": DETAILS}

# In the order in which they were received.
EVENTS = [
    OLD.invocation("start", 0, platform="macOS-14.5-arm64-arm-64bit"),
    OLD.resource_counts("1-0-0", models=12, tests=31, snapshots=0, analyses=0, macros=449, operations=0, seeds=2,
                        sources=4, exposures=1, metrics=0),
    OLD.invocation("end", 8_120, "ok", platform="macOS-14.5-arm64-arm-64bit"),
    NEW.invocation("start", 0, environment="github-actions"),
    NEW.project_id(),
    NEW.adapter_info(),
    NEW.load_project(),
    NEW.resource_counts("1-0-1", models=3, macros=701, sources=0, exposures=0, metrics=0, groups=0, data_tests=5,
                        semantic_models=0, saved_queries=0, unit_tests=1),
    NEW.run_model("1-1-0", "ERROR", 1.9208424091339111, adapter_info=RUN_ADAPTER),
    NEW.invocation("end", 7_704, "error", environment="github-actions"),
    INVALID.invocation("invalid", 0, "invalid_profile", platform="Windows-10-10.0.19045-SP0", python="3.8.18"),
    DEPS.package("dbt-labs/dbt_utils", "1.3.0"),
]
