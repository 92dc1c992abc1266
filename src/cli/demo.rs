//! `usage-report demo`: usage that is made up, and the job over it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::args::{DemoCommand, ReadArguments, RunCommand};
use super::printer::Printer;
use super::settings::Settings;
use super::{Outcome, run};
use crate::demo::{Plan, make};

/// What is in the folder, besides the lake and what the job writes.
const PLAN: &str = "demo.json";
const TRUTH: &str = "truth.json";
const DUMPS: &str = "dumps";
const CONFIGURATION: &str = "usage-report.toml";
const KEY: &str = "key";

/// What the configuration says; relative paths start from its folder. What the job writes of the demonstration is said
/// here, in `reports`.
const CONFIGURATION_TEXT: &str = r#"# Made by `usage-report demo`; go on with `usage-report run --config` and this file.
# `usage-report config example` prints every key.

lake = "lake"
# Of people and projects that are made up: so it may be known, and lie beside the data.
key_file = "key"

[dumps]
paths = ["dumps"]

[reports]
folder = "reports"
formats = ["html", "csv"]
"#;

/// The page, in the folder of the reports.
const PAGE: &str = "reports/usage-report.html";

const KEY_TEXT: &str = "the key of the demonstration, which protects nobody\n";

pub(super) fn run(command: &DemoCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let DemoCommand { invocations, days, start, seed, .. } = *command;
    let plan = Plan { invocations, days, seed, start };
    let folder = Folder(&command.folder);
    if folder.begin(&plan)? {
        let truth = make(&plan, &folder.path(DUMPS))?;
        folder.put(TRUTH, &truth)?;
        printer.note(&format!("demo: {invocations} runs on {days} days made up in {}", shown(&folder.path(DUMPS))));
    } else {
        printer.note(&format!("demo: {} is there already, and stays as it is", shown(&folder.path(DUMPS))));
    }
    if command.dumps_only {
        return Ok(Outcome::Done);
    }
    folder.put_once(KEY, KEY_TEXT)?;
    let configuration = folder.put_once(CONFIGURATION, CONFIGURATION_TEXT)?;
    let settings = Settings::of_file(&configuration);
    if !settings.problems.is_empty() {
        settings.problems.iter().for_each(|problem| printer.problem(problem));
        return Ok(Outcome::Failed);
    }
    let outcome = run::run(
        &RunCommand { dry_run: false, computed: false, read: ReadArguments { paths: Vec::new() } },
        &settings,
        printer,
    )?;
    tell(&folder, &configuration, printer);
    Ok(outcome)
}

/// Says what is where, and what may be tried.
fn tell(folder: &Folder<'_>, configuration: &Path, printer: &Printer) {
    let with = format!("--config {}", shown(configuration));
    let places = [
        (PAGE, "all reports on one page: open it in a browser"),
        ("reports", "the same, as files"),
        ("lake/marts", "tables for notebooks"),
        (TRUTH, "what is true"),
    ];
    let places = places.map(|(name, meaning)| format!("{:<36} {meaning}", shown(&folder.path(name))));
    let commands = [
        format!("usage-report report changes_of_week {with}"),
        format!(
            "usage-report query \"SELECT adapter, COUNT(*) AS runs FROM invocations GROUP BY adapter ORDER BY runs DESC\" {with}"
        ),
        format!("usage-report explain success_by_adapter {with}"),
        format!("usage-report rejects --show {with}"),
    ];
    printer.listed("demo: results are in", &places);
    printer.listed("Try next:", &commands);
}

/// The folder of a demonstration.
struct Folder<'p>(&'p Path);

impl Folder<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Takes the folder for a plan, and says whether its dumps are still to be made. One that holds something else is
    /// refused.
    fn begin(&self, plan: &Plan) -> anyhow::Result<bool> {
        let (folder, path) = (shown(self.0), self.path(PLAN));
        if self.0.exists() && !self.0.is_dir() {
            bail!("{folder} is no folder: name another one");
        }
        match read(&path)? {
            Some(bytes) => {
                let of: Plan = serde_json::from_slice(&bytes)
                    .with_context(|| format!("{} is not what `demo` writes: name another folder", shown(&path)))?;
                if of != *plan {
                    bail!(
                        "{folder} holds another demonstration: --invocations {} --days {} --start {} --seed {}. Name another \
                         folder, or remove this one",
                        of.invocations,
                        of.days,
                        of.start,
                        of.seed
                    );
                }
                // Without it the dumps were broken off, and are made again under the same names.
                Ok(read(&self.path(TRUTH))?.is_none())
            }
            None => {
                if !is_new(self.0).with_context(|| format!("cannot read the folder {folder}"))? {
                    bail!("{folder} is not empty, and not a demonstration's: name another folder");
                }
                fs::create_dir_all(self.0).with_context(|| format!("cannot make the folder {folder}"))?;
                self.put(PLAN, &serde_json::to_vec_pretty(plan)?)?;
                Ok(true)
            }
        }
    }

    /// Writes a file, whole or not at all.
    fn put(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let (path, hidden) = (self.path(name), self.path(&format!(".{name}")));
        let written = fs::write(&hidden, bytes).and_then(|()| fs::rename(&hidden, &path));
        written.with_context(|| format!("cannot write {}", shown(&path)))?;
        Ok(path)
    }

    /// Writes a file, if it is not there yet.
    fn put_once(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.path(name);
        if path.exists() { Ok(path) } else { self.put(name, text.as_bytes()) }
    }
}

/// The content of a file; `None` if there is none.
fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", shown(path))),
    }
}

/// Whether a folder is not there, or has nothing in it.
fn is_new(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// A path as it may be written in a shell.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
