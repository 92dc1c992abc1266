//! What dbt 1 says of a run: events, each with contexts (formats.md, section 5).

mod contexts;

use super::clock::Moment;
use super::dice::Dice;
use super::ids::{Uuid, md5_of, uuid4};
use super::run::{Fate, NodeKind, NodeRun, Run, Status};
use super::world::{BEHAVIORS, End, Release};
pub use contexts::Context;
use contexts::{
    ADAPTER_INFO, BEHAVIOR, Behavior, Counts, DEPRECATED_VERSION, DEPRECATION, Data, ENVIRONMENT, Flag, Governance,
    INVOCATION, Info, Invocation, LOAD, Load, NoDetails, PACKAGE, PARTIAL_PARSER, PLATFORM, PROJECT_ID, RUNNABLE,
    RunAdapter, RunModel, Schema, Timing, counts_schema, run_model_schema,
};

/// An event.
#[derive(Debug)]
pub struct Event<'r> {
    /// The table of staging that it belongs to.
    pub table: &'static str,
    /// The action of a struct event.
    pub action: &'static str,
    /// The label: where in its life an invocation is, else which invocation.
    pub label: &'r str,
    /// The property.
    pub property: Option<&'static str>,
    /// Its id.
    pub id: Uuid,
    /// When it happened, milliseconds since 1970.
    pub created: i64,
    /// What became of the node that it tells of.
    pub node: Option<Status>,
    /// The contexts.
    pub contexts: Vec<Context<'r>>,
}

/// What every event of a run is made from.
struct Teller<'r> {
    run: &'r Run<'r>,
    dice: &'r mut Dice,
    events: Vec<Event<'r>>,
}

/// The events of a run, in the order in which they happen.
pub fn events<'r>(run: &'r Run<'r>, dice: &'r mut Dice) -> Vec<Event<'r>> {
    let mut teller = Teller { run, dice, events: Vec::with_capacity(12 + run.nodes.len()) };
    teller.all();
    teller.events
}

/// Whether its invocation events name project and adapter, and no others do.
fn is_inline(release: &Release) -> bool {
    release.number < 5
}

impl<'r> Teller<'r> {
    fn all(&mut self) {
        let (run, release) = (self.run, self.run.release);
        if run.fate == Fate::Invalid {
            return self.invocation("invalid", 0, Some("invalid_profile"));
        }
        self.invocation("start", 0, None);
        if release.is_deprecated {
            self.event("deprecated_version_invocation", 9, DEPRECATED_VERSION, Data::Nothing {});
        }
        self.identity();
        self.loading();
        for (index, node) in run.nodes.iter().enumerate() {
            self.node(index + 1, node);
        }
        self.packages();
        self.invocation("end", run.end, Some(result(run)));
    }
}

/// What the end of a run says (definitions, Outcome).
pub fn result(run: &Run<'_>) -> &'static str {
    let is_told = match run.release.end {
        End::True => run.fate != Fate::Well,
        End::Click => run.fate != Fate::Well && run.project.has_new_click,
        End::Raised => matches!(run.fate, Fate::Unloaded | Fate::Otherwise),
    };
    if is_told { "error" } else { "ok" }
}

impl<'r> Teller<'r> {
    fn push(
        &mut self,
        kind: Kind,
        label: &'r str,
        property: Option<&'static str>,
        after: i64,
        contexts: Vec<Context<'r>>,
    ) {
        let (id, created) = (uuid4(self.dice), self.run.start + after);
        self.events.push(Event { table: kind.0, action: kind.1, label, property, id, created, node: None, contexts });
    }

    /// An event with one context, under the action that is its table's name without the ending.
    fn event(&mut self, action: &'static str, after: i64, schema: Schema, data: Data<'r>) {
        let contexts = vec![Context { schema: schema.1, data }];
        self.push(Kind(schema.0, action), self.run.id.as_str(), None, after, contexts);
    }

    fn invocation_context(&self) -> Box<Invocation<'r>> {
        let run = self.run;
        let knows = is_inline(run.release) && run.fate != Fate::Invalid;
        Box::new(Invocation {
            progress: None,
            result_type: None,
            result: None,
            project_id: knows.then(|| run.project.id()),
            user_id: run.user,
            invocation_id: run.id,
            command: word(run.command),
            options: None,
            version: format!("={}", run.release.version),
            run_type: "regular",
            adapter_type: knows.then_some(run.project.adapter.name),
            adapter_unique_id: knows.then_some(run.project.account),
        })
    }

    /// A start, an end or an invalid one.
    fn invocation(&mut self, progress: &'static str, after: i64, result: Option<&'static str>) {
        let host = self.run.host;
        let mut invocation = self.invocation_context();
        (invocation.progress, invocation.result_type, invocation.result) = (Some(progress), Some(result), Some(None));
        let (platform, python) = (host.platform, host.python.version);
        let contexts = vec![
            Context { schema: INVOCATION, data: Data::Invocation(invocation) },
            Context { schema: PLATFORM, data: Data::Platform { platform, python, python_version: "CPython" } },
            Context { schema: ENVIRONMENT, data: Data::Environment { environment: self.run.environment } },
        ];
        self.push(Kind("invocation_events", "invocation"), progress, None, after, contexts);
    }

    /// Which project and which adapter, as soon as both are read.
    fn identity(&mut self) {
        let run = self.run;
        if is_inline(run.release) || run.fate == Fate::Unloaded || run.command == "debug" {
            return;
        }
        self.event("project_id", 160, PROJECT_ID, Data::Project { project_id: run.project.id() });
        if run.command != "deps" {
            let (adapter_type, adapter_unique_id) = (run.project.adapter.name, run.project.account);
            self.event("adapter_info", 175, ADAPTER_INFO, Data::Adapter { adapter_type, adapter_unique_id });
        }
    }

    fn loading(&mut self) {
        let (run, number) = (self.run, self.run.release.number);
        let Some(load) = &run.load else { return };
        let at = load.done;
        if let Some(full_reparse_reason) = load.reparse {
            self.event("partial_parser", at - 90, PARTIAL_PARSER, Data::PartialParser { full_reparse_reason });
        }
        if let Some(deprecation_name) = run.project.deprecation.filter(|_| number >= 10) {
            let contexts = vec![Context { schema: DEPRECATION.1, data: Data::Deprecation { deprecation_name } }];
            self.push(Kind(DEPRECATION.0, "deprecation"), run.id.as_str(), Some("warn"), at - 60, contexts);
        }
        if number >= 9 && self.dice.happens(0.04) {
            let flag_name = self.dice.pick(&BEHAVIORS);
            self.event("BehaviorChangeEvent", at - 50, BEHAVIOR, behavior(run, flag_name));
        }
        let part = |of: f64| (of * load.seconds * 1e9).round() / 1e9;
        let timing = Load {
            invocation_id: run.id,
            project_id: run.project.id(),
            path_count: load.paths,
            parsed_path_count: load.parsed,
            read_files_elapsed: part(0.08),
            load_macros_elapsed: part(0.22),
            parse_project_elapsed: part(0.51),
            patch_sources_elapsed: part(0.01),
            process_manifest_elapsed: part(0.12),
            load_all_elapsed: load.seconds,
            is_partial_parse_enabled: run.project.has_partial_parsing,
            is_static_analysis_enabled: true,
            static_analysis_path_count: run.project.models.min(load.parsed),
            static_analysis_parsed_path_count: run.project.models.min(load.parsed) / 2,
        };
        self.event("load_project", at - 20, LOAD, Data::Load(Box::new(timing)));
        self.event("resource_counts", at - 10, counts_schema(number), Data::Counts(Box::new(counts(run))));
        let graph_compilation_elapsed = part(0.004);
        self.event("runnable_timing", at - 9, RUNNABLE, Data::Compilation { graph_compilation_elapsed });
        if !run.nodes.is_empty() {
            let adapter_cache_construction_elapsed = part(0.06);
            self.event("runnable_timing", at - 5, RUNNABLE, Data::Cache { adapter_cache_construction_elapsed });
        }
    }

    fn packages(&mut self) {
        let run = self.run;
        if run.command != "deps" || run.fate != Fate::Well {
            return;
        }
        for (name, version) in &run.project.packages {
            let mut invocation = self.invocation_context();
            // Here every release names the project.
            invocation.project_id = Some(run.project.id());
            let contexts = vec![
                Context { schema: INVOCATION, data: Data::Invocation(invocation) },
                Context { schema: PACKAGE, data: Data::Package { name, source: "hub", version } },
            ];
            let after = run.end - 30;
            self.push(Kind("package_install_events", "package"), run.id.as_str(), Some("install"), after, contexts);
        }
    }

    fn node(&mut self, index: usize, node: &NodeRun) {
        let (run, number) = (self.run, self.run.release.number);
        let is_error = node.status == Status::Error;
        let (materialization, strategy) = match node.kind {
            NodeKind::Model(materialization, strategy) => (materialization, strategy),
            NodeKind::Seed => ("seed", None),
            NodeKind::Snapshot => ("snapshot", None),
            NodeKind::Test => unreachable!("dbt 1 tells of no tests"),
        };
        let is_model = matches!(node.kind, NodeKind::Model(..));
        let (done, id) = (run.start + node.done, u64::from(node.number));
        let begun = done - seconds_to_millis(node.seconds);
        let adapter = run.project.adapter;
        let said = RunModel {
            invocation_id: run.id,
            index,
            total: run.nodes.len(),
            execution_time: node.seconds,
            run_status: if is_error { "ERROR" } else { "SUCCESS" },
            run_skipped: false,
            run_error: is_error,
            model_materialization: materialization,
            model_incremental_strategy: (number >= 9).then_some(strategy),
            model_id: md5_of(run.project.seed, id + 100),
            hashed_contents: md5_of(run.project.seed, id + 500_000),
            timing: [timing("compile", begun - 9, begun - 1), timing("execute", begun, done)],
            language: if is_model && node.number % 60 == 59 { "python" } else { "sql" },
            governance: (number >= 5).then_some(Governance {
                has_group: is_model && node.number % 12 == 5,
                contract_enforced: is_model && node.number % 15 == 7,
                access: is_model.then_some(if node.number % 15 == 7 { "public" } else { "protected" }),
                versioned: is_model && node.number % 45 == 7,
            }),
            adapter_info: (number >= 9).then_some(RunAdapter {
                adapter_name: adapter.name,
                base_adapter_version: "1.16.7",
                adapter_version: adapter.version,
                model_adapter_details: NoDetails {},
            }),
        };
        self.event("run_model", node.done + 3, run_model_schema(number), Data::RunModel(Box::new(said)));
        if let Some(event) = self.events.last_mut() {
            event.node = Some(node.status);
        }
    }
}

/// The table of an event, and its action.
struct Kind(&'static str, &'static str);

fn counts(run: &Run<'_>) -> Counts {
    let (project, number) = (run.project, run.release.number);
    Counts {
        models: project.models,
        // Renamed in 1.8.
        tests: (number < 8).then_some(project.tests),
        snapshots: project.snapshots,
        seeds: project.seeds,
        data_tests: (number >= 8).then_some(project.tests),
        sources: project.models / 3,
        exposures: project.models / 25,
        metrics: 0,
        macros: 480 + project.models / 4,
        groups: (number >= 5).then_some(project.models / 80),
        unit_tests: (number >= 8).then_some(project.tests / 30),
    }
}

fn behavior<'r>(run: &'r Run<'r>, flag_name: &'static str) -> Data<'r> {
    Data::Behavior(Box::new(Behavior {
        info: Info {
            name: "BehaviorChangeEvent",
            code: "D018",
            msg: "The legacy behavior of this flag is in use",
            level: "warn",
            invocation_id: run.id.as_str(),
        },
        data: Flag {
            flag_name,
            flag_source: "project",
            description: "",
            docs_url: "https://docs.getdbt.com/reference/global-configs/behavior-changes",
        },
    }))
}

/// The word that dbt 1 has for a command.
fn word(command: &'static str) -> &'static str {
    match command {
        "docs-generate" => "generate",
        "source-freshness" => "freshness",
        command => command,
    }
}

fn timing(name: &'static str, started: i64, completed: i64) -> Timing {
    Timing { name, started_at: Moment(started).iso(), completed_at: Moment(completed).iso() }
}

#[expect(clippy::cast_possible_truncation, reason = "below a day")]
fn seconds_to_millis(seconds: f64) -> i64 {
    (seconds * 1000.0) as i64
}
