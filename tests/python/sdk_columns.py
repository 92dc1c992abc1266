"""What staging holds of an event: a function of the Analytics SDK's JSON for each column of each table."""

import json

from forms import analytics
from sdk_values import (
    TEMPLATES, NotCompared, access, adapter, arch, catalog_type, command, environment, implementation, instant,
    language, libc, materialization, one_of, os_version, package, package_source, progress, pseudonym, release,
    reparse_reason, result_type, seconds, status, strategy, table_format, version,
)


class Event:
    """What the SDK makes of a line."""

    def __init__(self, columns):
        self.columns = dict(columns)
        # What failed is where it should have been.
        for mark in columns.get("contexts_com_snowplowanalytics_snowplow_failure_1", []):
            data, schema = mark.get("data"), mark.get("schema") or ""
            if schema.startswith("iglu:com.dbt/"):
                key = analytics.key("contexts", schema)
                self.columns.setdefault(key, [json.loads(data) if isinstance(data, str) else data])

    def __getitem__(self, column):
        return self.columns.get(column) or ""

    def context(self, name):
        """The data of the last context of a schema of dbt's; empty if there is none."""
        return (self.columns.get("contexts_com_dbt_%s_1" % name) or [{}])[-1]

    def invocation(self):
        """The raw id of the invocation."""
        own = [self.context(name).get("invocation_id") for name in ("run_model", "load_all_timing", "invocation")]
        return next((text for text in own if text), self["se_label"])

    def derived(self):
        """When it happened by the collector's clock."""
        received, sent, created = (instant(self[name]) for name in (
            "collector_tstamp", "dvce_sent_tstamp", "dvce_created_tstamp"))
        return received - (sent - created) if sent and created else received


def text_of(context, field):
    """A field of a context as it is."""
    return lambda event: event.context(context).get(field)


def word_of(context, field, read):
    """A field of a context that is a word of a list."""
    return lambda event: read(event.context(context).get(field))


def id_of(domain, context, field):
    """A field of a context that is an identifier."""
    return lambda event: pseudonym(domain, event.context(context).get(field))


def of_version(part):
    """A part of the version of the invocation's dbt."""
    def read(event):
        parts = version(event.context("invocation").get("version"))
        return parts and part(*parts)
    return read


def of_platform(read):
    """Something of the platform's text."""
    return lambda event: read(event.context("platform").get("platform") or "")


def is_template(context):
    """Whether the project of a context has the name of a public template; `None` where there is no project."""
    def read(event):
        project = event.context(context).get("project_id")
        return project.lower() in TEMPLATES if project else None
    return read


def outcome(event):
    """What became of a node."""
    word = status(text_of("run_model", "run_status")(event))
    return {"success": "success", "error": "failure", "skipped": "skipped", None: None}[word]


def resource_type(event):
    """What a node of dbt 1 is: told by its materialization."""
    found = materialization(text_of("run_model", "model_materialization")(event))
    return found if found in ("seed", "snapshot") else "model"


def phase_of(name):
    """Seconds of a phase of a node's run."""
    def read(event):
        phases = [phase for phase in event.context("run_model").get("timing") or [] if phase["name"] == name]
        return seconds(phases[-1]) if phases else None
    return read


ENVELOPE = {
    "event_id": lambda event: pseudonym("event id", event["event_id"]),
    "invocation_id": lambda event: pseudonym("invocation id", event.invocation()),
    "device_tstamp": lambda event: instant(event["dvce_created_tstamp"]),
    "collector_tstamp": lambda event: instant(event["collector_tstamp"]),
    "derived_tstamp": Event.derived,
    "time_basis": lambda event: "collector",
}


def invocation_columns():
    """`invocation_events`."""
    def field(name, read):
        return word_of("invocation", name, read)

    def user(event):
        return pseudonym("user id", event.context("invocation").get("user_id") or event["user_id"])

    return {
        "progress": field("progress", progress), "result_type": field("result_type", result_type),
        "command": field("command", command),
        "dbt_version": of_version(lambda text, *_: text),
        "dbt_minor": of_version(lambda _, major, minor, *rest: "%d.%d" % (major, minor)),
        "version_major": of_version(lambda _, major, *rest: major),
        "version_minor": of_version(lambda _, major, minor, *rest: minor),
        "version_patch": of_version(lambda _, major, minor, patch, rest: patch),
        "is_prerelease": of_version(lambda _, major, minor, patch, rest: rest != ""),
        "engine": lambda event: "core-1",
        "project_id": id_of("project id", "invocation", "project_id"), "user_id": user,
        "is_template_project": is_template("invocation"),
        "adapter": field("adapter_type", adapter),
        "adapter_unique_id": id_of("account id", "invocation", "adapter_unique_id"),
        "os": of_platform(lambda text: one_of("linux windows macos", {"darwin": "macos"})(text.split("-")[0])),
        "os_version": of_platform(os_version), "arch": of_platform(arch), "libc": of_platform(libc),
        "python_minor": lambda event: ".".join(event.context("platform")["python"].split(".")[:2]),
        "python_implementation": word_of("platform", "python_version", implementation),
        "environment": word_of("invocation_env", "environment", environment),
        "country": lambda event: event["geo_country"].upper() or None,
    }


def run_model_columns():
    """`run_model_events`."""
    def of_adapter(name):
        return lambda event: (event.context("run_model").get("adapter_info") or {}).get(name)

    def details(event):
        return (of_adapter("model_adapter_details")(event) or {}).get("table_format")

    flags = ("run_skipped", "has_group", "contract_enforced", "versioned")
    return {
        **{name: text_of("run_model", name) for name in flags},
        "node_id": id_of("node id", "run_model", "model_id"),
        "contents_id": id_of("node contents", "run_model", "hashed_contents"), "node_run_id": lambda event: None,
        "run_index": text_of("run_model", "index"), "run_total": text_of("run_model", "total"),
        "execution_seconds": text_of("run_model", "execution_time"),
        "compile_seconds": phase_of("compile"), "execute_seconds": phase_of("execute"),
        "run_status": text_of("run_model", "run_status"), "node_outcome": outcome, "skip_reason": lambda event: None,
        "resource_type": resource_type,
        "materialization": word_of("run_model", "model_materialization", materialization),
        "incremental_strategy": word_of("run_model", "model_incremental_strategy", strategy),
        "language": word_of("run_model", "language", language), "access": word_of("run_model", "access", access),
        "table_format": lambda event: table_format(details(event)), "catalog_id": lambda event: None,
        "catalog_type": word_of("run_model", "catalog_type", catalog_type),
        "adapter": lambda event: adapter(of_adapter("adapter_name")(event)),
        "adapter_version": lambda event: release(of_adapter("adapter_version")(event)),
        "base_adapter_version": lambda event: release(of_adapter("base_adapter_version")(event)),
    }


def load_all_timing_columns():
    """`load_all_timing_events`."""
    names = ("path_count", "parsed_path_count", "is_partial_parse_enabled", "is_static_analysis_enabled",
             "static_analysis_path_count", "static_analysis_parsed_path_count")
    phases = ("read_files", "load_macros", "parse_project", "patch_sources", "process_manifest", "load_all")
    return {
        "project_id": id_of("project id", "load_all_timing", "project_id"),
        **{name: text_of("load_all_timing", name) for name in names},
        **{phase + "_seconds": text_of("load_all_timing", phase + "_elapsed") for phase in phases},
    }


def resource_counts_columns():
    """`resource_counts_events`: from 1.8 on, kinds of nodes of which there are none are left out."""
    def count(name, older=None, is_node=False):
        def read(event):
            counts = event.context("resource_counts")
            nothing = 0 if is_node and "unit_tests" in counts else None
            return counts.get(name, counts.get(older, nothing))
        return read

    others = "unit_tests macros sources exposures metrics groups semantic_models saved_queries catalogs".split()
    return {
        "data_tests": count("data_tests", "tests", True), **{name: count(name) for name in others},
        **{name: count(name, is_node=True) for name in "models snapshots analyses operations seeds".split()},
    }


def package_install_columns():
    """`package_install_events`."""
    def public(event):
        if text_of("package_install", "source")(event) == "hub":
            raise NotCompared

    return {
        "package_source": word_of("package_install", "source", package_source),
        "package_name": public, "package_version": public,
        "package_id": lambda event: package(event.context("package_install").get("name") or ""),
        "project_id": id_of("project id", "invocation", "project_id"),
    }


COLUMNS = {
    "invocation_events": invocation_columns(),
    "run_model_events": run_model_columns(),
    "load_all_timing_events": load_all_timing_columns(),
    "resource_counts_events": resource_counts_columns(),
    "package_install_events": package_install_columns(),
    "project_id_events": {
        "project_id": id_of("project id", "project_id", "project_id"),
        "is_template_project": is_template("project_id"),
    },
    "adapter_info_events": {
        "adapter": word_of("adapter_info", "adapter_type", adapter),
        "adapter_unique_id": id_of("account id", "adapter_info", "adapter_unique_id"),
    },
    "runnable_events": {
        name + "_seconds": text_of("runnable", name + "_elapsed")
        for name in ("graph_compilation", "adapter_cache_construction")
    },
    "partial_parser_events": {
        "full_reparse_reason": word_of("partial_parser", "full_reparse_reason", reparse_reason),
        "raised": lambda event: any(text_of("partial_parser", name)(event) for name in ("exception", "traceback")),
    },
    "deprecation_warn_events": {"deprecation": text_of("deprecation_warn", "deprecation_name")},
}
