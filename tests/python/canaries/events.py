"""Events of dbt 1 with canaries: of every kind of event, and in every place of one.

What a field that is read makes of a canary is seen only where the rest of the event is sound. So a canary stands in one
field at a time, for every field and every form that a canary can have; then in all of them at once. What is never read
is canaries throughout.
"""

import collections
import itertools
import re

from canaries.values import FORMS, NUMBER, leaves, replaced
from fixtures.records import EVENT, FOREIGN
from forms import dbt, enriched
from forms.dbt import context, md5

# An event, and what becomes of it.
Sample = collections.namedtuple("Sample", "event verdict")

# Every kind of event that dbt 1 sends.
KINDS = {
    "start": lambda run: run.invocation("start", 0),
    "end": lambda run: run.invocation("end", 8_120, "ok", environment="github-actions"),
    "run_model": lambda run: run.run_model("1-1-1", "SUCCESS", 1.5, adapter_info=dbt.RUN_ADAPTER,
                                           catalog_type="built_in"),
    "project_id": lambda run: run.project_id(),
    "adapter_info": lambda run: run.adapter_info(),
    "load_project": lambda run: run.load_project(load_macros_elapsed=0.1, process_manifest_elapsed=0.2),
    "resource_counts": lambda run: run.resource_counts("1-0-2", models=3, data_tests=5, unit_tests=1, catalogs=1),
    "package": lambda run: run.package("dbt-labs/dbt_utils", "1.3.0"),
    "runnable_timing": lambda run: run.of("runnable_timing", 0, context("runnable", "1-0-0", {
        "graph_compilation_elapsed": 0.25})),
    "partial_parser": lambda run: run.of("partial_parser", 0, context("partial_parser", "1-0-1", {
        "full_reparse_reason": "08_exception", "traceback": "…", "exception": "KeyError()", "code": "x = 1",
        "location": "partial.py", "parse_file_type": "model"})),
    "experimental_parser": lambda run: run.of("experimental_parser", 0, context("experimental_parser", "1-0-0", {
        "project_id": run.project, "file_id": md5("file"), "status": ["00_exact_match", "88_has_banned_macro"]})),
    "deprecation": lambda run: run.of("deprecation", 0, context("deprecation_warn", "1-0-0", {
        "deprecation_name": "project-flags-moved"}), prop="warn"),
    "BehaviorChangeEvent": lambda run: run.of("BehaviorChangeEvent", 0, context("behavior_change_warn", "1-0-0", {
        "info": {"name": "BehaviorChangeEvent", "code": "D018", "msg": "…", "level": "warn", "pid": NUMBER,
                 "invocation_id": run.invocation_id, "thread": "MainThread", "ts": "2026-03-02T10:00:00Z",
                 "extra": {"host": "…"}, "category": "…"},
        "data": {"flag_name": "validate_macro_args", "flag_source": "…", "description": "…", "docs_url": "…"}})),
    "deprecated_version_invocation": lambda run: run.of("deprecated_version_invocation", 0, context(
        "deprecated_version_invocation", "1-0-0", {})),
    "rpc_request": lambda run: run.of("rpc_request", 0, context("rpc_request", "1-0-1", {"task": "run_sql"})),
    "plugin_get_nodes": lambda run: run.of("plugin_get_nodes", 0, context("plugin_get_nodes", "1-0-0", {
        "plugin_name": "dbt-loom", "num_model_nodes": 4, "num_model_packages": 1})),
    "artifact_upload": lambda run: run.of("artifact_upload", 0, context("artifact_upload", "1-0-0", {
        "command": "build"})),
    "hint_view": lambda run: run.of("hint_view", 0, context("hint_view", "1-0-0", {
        "hint_type": "long_parsing_without_v2_parser"})),
    "manage_state": lambda run: run.of("manage_state", 0, context("manage_state", "1-0-0", {
        "manage_state": True, "source": "cli_flag"})),
}
# Kinds with an object in which names are told, too.
OBJECTS = {"run_model": "adapter_info", "BehaviorChangeEvent": "data"}
# Fields that may be of any type, or are passed over with all that is in them.
ANY_TYPE = {"run_error", "info"}
# Columns that are read, and the times that are; what is no text cannot be a canary, and nor can a time that trackers
# write as a number.
READ = {"app_id", "event_id", "user_id", "geo_country", "se_label", "contexts"}
TIMES = {"collector_tstamp", "dvce_created_tstamp", "dvce_sent_tstamp"}
NO_TEXT = enriched.FLAGS | enriched.INTEGERS | enriched.DOUBLES | {"true_tstamp"}
UNREAD = [column for column in enriched.COLUMNS if column not in READ | TIMES | NO_TEXT]
TEXTS = [column for column in UNREAD if column not in enriched.JSON_COLUMNS]
# Forms whose times are the columns' texts, and those in which contexts have the wrapper that names their schemas.
BARE, WRAPPED = ("tsv", "json"), ("tsv", "failed-tsv", "tracked")
# Of so many events one has canaries in the columns that nobody reads.
SPARSE = 8
# What rules win back: contexts of this vendor, and the second model of each schema.
VENDOR = "com.acme"


class Maker:
    """Makes the events of a dump, each in a run of its own: nothing is hidden behind what another says.

    The form is `tsv`, `failed-tsv`, `json` (enriched), `tracked` (all that hold the tracker's protocol) or `failed`
    (both, in turn). `columns` are those that such a dump has of the ones that nobody reads.
    """

    def __init__(self, cage, form, columns=()):
        self.cage, self.form, self.number = cage, form, 0
        self.columns = {name: cage.cell(name) for name in TEXTS if name in columns}
        self.columns |= {name: str(NUMBER) for name in enriched.INTEGERS | enriched.DOUBLES}
        for name in enriched.JSON_COLUMNS:
            if name in columns:
                vendor = cage.make("{word}", f"vendor in {name}")
                inner = {"schema": f"iglu:com.{vendor}/page/jsonschema/1-0-0", "data": {"of": cage.one(name)}}
                self.columns[name] = enriched.wrap([inner]) if name == "derived_contexts" else enriched.compact(
                    {"schema": "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0", "data": inner})

    def event(self, kind):
        """A sound event, whose contexts are all that it says."""
        self.number += 1
        name = f"{self.cage.dump} {self.number}"
        event = KINDS[kind](dbt.Run(name, "=1.9.10", "build", self.number, "project of " + name, "snowflake"))
        return event if self.number % SPARSE else {**event, **self.columns}

    def with_contexts(self, kind, change, **columns):
        """An event with its contexts changed."""
        event = self.event(kind)
        return {**event, "contexts": enriched.wrap(change(enriched.contexts(event))), **columns}


def places(contexts):
    """Every place in contexts that holds a value, schemas aside."""
    return [(path, leaf) for path, leaf in leaves(contexts) if path[-1] != "schema"]


def salted(cage, contexts, where):
    """Contexts with canaries in all texts, but for the one without which there is no event."""
    def data(sound):
        return {name: value if name == "progress" else cage.salted(value, f"{where}.{name}")
                for name, value in sound.items()}

    return [{**one, "data": data(one["data"])} for one in contexts]


def verdict(kind, path, leaf):
    """What becomes of an event with a text in a place that holds something else."""
    if "progress" in path and kind in ("start", "end"):
        return "bad_data"
    return EVENT if leaf is None or isinstance(leaf, str) or ANY_TYPE & set(path) else "bad_data"


def one_at_a_time(maker):
    """A canary in one field, of every form that it can have."""
    for kind in KINDS:
        for path, leaf in places(enriched.contexts(maker.event(kind))):
            for canary in maker.cage.fill(f"{kind}.{'.'.join(map(str, path[2:]))}", leaf):
                yield Sample(maker.with_contexts(kind, lambda contexts: replaced(contexts, path, canary)),
                             verdict(kind, path, leaf))


def all_at_once(maker):
    """Canaries in all texts at once; also where one of them ends it all."""
    cage = maker.cage
    for kind in KINDS:
        def change(contexts):
            return salted(cage, contexts, kind)

        yield Sample(maker.with_contexts(kind, change, user_id=cage.cell(f"{kind} user_id")), EVENT)
        if maker.form in BARE:
            cells = {name: cage.cell(name) for name in sorted(READ - {"app_id", "contexts"} | TIMES)}
            yield Sample(maker.with_contexts(kind, change, **cells), "bad_timestamp")


def columns(maker):
    """A canary in a column that is read."""
    for form in FORMS:
        def cell(column):
            return " ".join(maker.cage.make(form, column).split("\n"))

        yield Sample({**maker.event("end"), "app_id": cell("app_id")}, FOREIGN)
        yield Sample({**maker.event("end"), "event_id": cell("event_id")},
                     EVENT if form == "{uuid}" else "bad_event_id")
        yield Sample({**maker.event("end"), "user_id": cell("user_id")}, EVENT)
        yield Sample({**maker.event("hint_view"), "se_label": cell("se_label")},
                     EVENT if form == "{uuid}" else "no_invocation_id")
        if maker.form not in ("tracked", "failed"):
            yield Sample({**maker.event("end"), "geo_country": cell("geo_country")}, EVENT)
        if maker.form in ("tsv", "tracked"):
            cut_off = enriched.wrap([{"schema": cell("contexts")}])[:-2]
            yield Sample({**maker.event("end"), "contexts": cut_off}, "not_contexts")
    for column in sorted(TIMES) if maker.form in BARE else ():
        canary = maker.cage.make("{word}_customers", column)
        yield Sample({**maker.event("end"), column: canary}, "bad_timestamp")


def names(maker):
    """What dbt does not say yet, and what others say. Names are told of fields and schemas of dbt's alone, and where
    they can be nothing else; values never."""
    cage = maker.cage
    for kind in KINDS:
        def with_fields(fields):
            return maker.with_contexts(kind, lambda contexts: [
                {**one, "data": {**one["data"], **fields}} for one in contexts])

        secret = cage.one(f"new field of {kind}")
        yield Sample(with_fields({"told_field": secret, "told_object": {secret: [secret, {"deep": secret}]}}), EVENT)
        yield Sample(maker.with_contexts(kind, lambda contexts: renamed(
            salted(cage, contexts, f"{kind} 2"), "/1-", "/2-")), "unknown_schema")
        for name in cage.names(f"name of a field of {kind}"):
            yield Sample(with_fields({name: 1}), EVENT)
    for kind, name in OBJECTS.items():
        fields = {"told_inside": cage.one("inside"), cage.make("{word}@mail.example", f"name in {name}"): 1}
        yield Sample(maker.with_contexts(kind, lambda contexts: replaced(
            contexts, (0, "data", name), {**contexts[0]["data"][name], **fields})), EVENT)
    # An adapter's own details are its own: no name of them is told, whatever its form.
    details = {**dbt.DETAILS, cage.make("{word}_customers", "name of a detail"): 1}
    yield Sample(maker.with_contexts("run_model", lambda contexts: replaced(
        contexts, (0, "data", "adapter_info", "model_adapter_details"), details)), EVENT)


def renamed(contexts, old, new):
    """Contexts of other schemas."""
    return [{**one, "schema": one["schema"].replace(old, new, 1)} for one in contexts]


def schemas(maker):
    """Schemas that are not known: dbt's, with names that may be told and others, and those of others."""
    cage = maker.cage

    def of(uri, data):
        return lambda _: [{"schema": uri, "data": data}]

    told = of("iglu:com.dbt/told_schema/jsonschema/1-0-0", cage.salted({"a": "", "b": [""]}, "new schema"))
    yield Sample(maker.with_contexts("end", told), "unknown_schema")
    # In the SDKs' JSON a schema's name is part of a key.
    for name in cage.names("name of a schema") if maker.form in WRAPPED else ():
        # Any other than one of a word is a schema of nobody.
        refused = "unknown_schema" if re.fullmatch("[a-z0-9_]+", name) else "no_dbt_context"
        yield Sample(maker.with_contexts("end", of(f"iglu:com.dbt/{name}/jsonschema/1-0-0", {})), refused)
    vendor = f"iglu:com.{cage.make('{word}', 'vendor')}/page/jsonschema/1-0-0"
    yield Sample(maker.with_contexts("end", of(vendor, {"of": cage.one("vendor's data")})), "no_dbt_context")
    # Won back by rules, these are events.
    for kind in KINDS:
        yield Sample(maker.with_contexts(kind, lambda contexts: renamed(
            salted(cage, contexts, f"{kind} of {VENDOR}"), "com.dbt", VENDOR)), "no_dbt_context")
    yield Sample(maker.with_contexts("end", lambda contexts: replaced(
        salted(cage, contexts, "no progress"), (0, "data", "progress"), None)), "bad_data")
    old = "https://raw.githubusercontent.com/{word}/dbt/master/com.fishtownanalytics/invocation_event.json"
    if maker.form in WRAPPED:
        yield Sample(maker.with_contexts("end", lambda contexts: replaced(
            contexts, (0, "schema"), cage.make(old, "organisation of an old schema"))), EVENT)


def samples(maker):
    """All events of a dump."""
    return itertools.chain.from_iterable(make(maker) for make in (one_at_a_time, all_at_once, columns, names, schemas))
