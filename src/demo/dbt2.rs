//! What dbt 2 says of a run: protobuf messages (formats.md, section 6).

use super::dice::Dice;
use super::ids::{md5_of, uuid4};
use super::run::{Fate, NodeKind, NodeRun, Run, Status};
use super::world::Engine;
use crate::decode::protobuf::Writer;

/// A message.
#[derive(Debug)]
pub struct Message {
    /// The table of staging that it belongs to.
    pub table: &'static str,
    /// Its type, without the package.
    pub kind: &'static str,
    /// The message, protobuf.
    pub bytes: Vec<u8>,
    /// When it happened, milliseconds since 1970.
    pub created: i64,
    /// Where in its life an invocation is, if it says so.
    pub progress: Option<&'static str>,
    /// What became of the node that it tells of.
    pub node: Option<Status>,
}

/// When the second start comes, after the first: when project and profile are read.
const LOADED: i64 = 34;

/// The messages of a run, in the order in which they happen.
pub fn messages(run: &Run<'_>, dice: &mut Dice) -> Vec<Message> {
    let mut teller = Teller { run, dice, messages: Vec::with_capacity(10 + run.nodes.len()) };
    teller.all();
    teller.messages
}

/// What the end of a run says.
pub fn result(run: &Run<'_>) -> &'static str {
    if run.fate == Fate::Well { "ok" } else { "error" }
}

struct Teller<'r> {
    run: &'r Run<'r>,
    dice: &'r mut Dice,
    messages: Vec<Message>,
}

impl Teller<'_> {
    fn all(&mut self) {
        let (run, project) = (self.run, self.run.project);
        let words = words(run.command);
        self.invocation("start", 0, &[(6, words.0)]);
        self.message("InvocationEnv", 0, |fields| text(fields, 4, run.environment));
        if run.fate != Fate::Unloaded && run.command != "debug" {
            self.invocation("start", LOADED, &[(4, project.id()), (5, run.user.as_str()), (6, words.1)]);
            self.message("InvocationEnv", LOADED, |fields| text(fields, 4, run.environment));
            self.message("AdapterInfo", LOADED + 1, |fields| {
                text(fields, 4, project.adapter.name);
                text(fields, 5, project.account.as_str());
            });
        }
        if let Some(load) = &run.load {
            self.message("ResourceCounts", load.done - 10, |fields| {
                let counts = [
                    (4, project.models),
                    (5, project.tests),
                    (6, project.snapshots),
                    (8, 500 + project.models / 4),
                    (10, project.seeds),
                    (11, project.models / 3),
                    (12, project.models / 25),
                    (14, project.models / 80),
                    (15, project.tests / 30),
                ];
                for (number, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
                    fields.number(number, count.into());
                }
            });
        }
        for node in &run.nodes {
            self.node(node);
        }
        if run.command == "deps" && run.fate == Fate::Well {
            for (name, version) in &project.packages {
                // The name in the hub, without the organisation.
                let name = name.split('/').next_back().unwrap_or(name);
                self.message("PackageInstall", run.end - 30, |fields| {
                    [(4, name), (5, "hub"), (6, version)].into_iter().for_each(|(at, value)| text(fields, at, value));
                });
            }
        }
        self.invocation("end", run.end, &[(9, result(run))]);
    }

    /// A message: the ids that each has, and what its kind has.
    fn message(&mut self, kind: &'static str, after: i64, write: impl FnOnce(&mut Writer)) {
        let mut fields = Writer::default();
        text(&mut fields, 2, uuid4(self.dice).as_str());
        text(&mut fields, 3, self.run.id.as_str());
        write(&mut fields);
        let created = self.run.start + after;
        let message = Message { table: table(kind), kind, bytes: fields.finish(), created, progress: None, node: None };
        self.messages.push(message);
    }

    /// A start or an end, fields in the order of their numbers.
    fn invocation(&mut self, progress: &'static str, after: i64, said: &[(u32, &str)]) {
        let release = self.run.release;
        self.message("Invocation", after, |fields| {
            let (before, behind): (Vec<_>, Vec<_>) = said.iter().copied().partition(|(number, _)| *number < 7);
            before.into_iter().for_each(|(number, value)| text(fields, number, value));
            text(fields, 7, progress);
            text(fields, 8, release.version);
            behind.into_iter().for_each(|(number, value)| text(fields, number, value));
            if let Engine::Two(distribution) = release.engine {
                text(fields, 11, distribution);
            }
        });
        self.last().progress = Some(progress);
    }

    fn last(&mut self) -> &mut Message {
        self.messages.last_mut().unwrap_or_else(|| unreachable!("one was sent"))
    }

    fn node(&mut self, node: &NodeRun) {
        let (run, id) = (self.run, u64::from(node.number));
        let (materialization, strategy, resource) = match node.kind {
            NodeKind::Model(materialization, strategy) => (materialization, strategy, "model"),
            NodeKind::Seed => ("seed", None, "seed"),
            NodeKind::Snapshot => ("snapshot", None, "snapshot"),
            NodeKind::Test => ("test", None, "test"),
        };
        let is_model = resource == "model";
        let (status, reason) = match (node.status, node.kind) {
            (Status::Success | Status::Reused, NodeKind::Test) => ("pass", ""),
            (Status::Error, NodeKind::Test) => ("fail", ""),
            (Status::Success, _) => ("success", ""),
            (Status::Error, _) => ("error", ""),
            (Status::Skipped, _) => ("skipped", "upstream_failed"),
            (Status::Reused, _) => ("reused", "reused_still_fresh"),
        };
        let (model, contents) = (md5_of(run.project.seed, id + 100), md5_of(run.project.seed, id + 500_000));
        let run_model_id = uuid4(self.dice);
        self.message("RunModel", node.done + 3, |fields| {
            if node.seconds > 0.0 {
                fields.double(6, node.seconds);
            }
            text(fields, 7, status);
            flag(fields, 8, !reason.is_empty());
            text(fields, 9, materialization);
            text(fields, 10, strategy.unwrap_or_default());
            text(fields, 11, model.as_str());
            text(fields, 12, contents.as_str());
            text(fields, 13, if is_model && node.number % 60 == 59 { "python" } else { "sql" });
            flag(fields, 14, is_model && node.number % 12 == 5);
            flag(fields, 15, is_model && node.number % 15 == 7);
            let access = if node.number % 15 == 7 { "public" } else { "protected" };
            text(fields, 16, if is_model { access } else { "" });
            flag(fields, 17, is_model && node.number % 45 == 7);
            text(fields, 18, reason);
            text(fields, 19, run_model_id.as_str());
            text(fields, 20, resource);
        });
        self.last().node = Some(node.status);
    }
}

/// The table of a kind of message.
fn table(kind: &str) -> &'static str {
    match kind {
        "Invocation" => "invocation_events",
        "InvocationEnv" => "invocation_env_events",
        "AdapterInfo" => "adapter_info_events",
        "ResourceCounts" => "resource_counts_events",
        "RunModel" => "run_model_events",
        "PackageInstall" => "package_install_events",
        kind => unreachable!("{kind} is not sent"),
    }
}

/// A text; an empty one is not sent.
fn text(fields: &mut Writer, number: u32, value: &str) {
    if !value.is_empty() {
        fields.bytes(number, value.as_bytes());
    }
}

/// A flag; one that is not set is not sent.
fn flag(fields: &mut Writer, number: u32, value: bool) {
    if value {
        fields.flag(number, value);
    }
}

/// The words of a command in the first and in the second start.
fn words(command: &str) -> (&'static str, &'static str) {
    match command {
        "run" => ("Run", "run"),
        "build" => ("Build", "build"),
        "test" => ("Test", "test"),
        "seed" => ("Seed", "seed"),
        "snapshot" => ("Snapshot", "snapshot"),
        "compile" => ("Compile", "compile"),
        "parse" => ("Parse", "parse"),
        "list" => ("Ls", "list"),
        "deps" => ("Deps", "deps"),
        "debug" => ("Debug", "debug"),
        // It does not say which.
        "docs-generate" => ("Docs", "docs"),
        "source-freshness" => ("Source", "freshness"),
        command => unreachable!("{command} is not run"),
    }
}
