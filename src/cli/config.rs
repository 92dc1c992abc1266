//! `usage-report config`

use std::env;
use std::io::Write as _;
use std::path::Path;

use super::args::ConfigCommand;
use super::printer::Printer;
use super::settings::{Settings, rules};
use super::{Outcome, key};
use crate::job::config::{Origin, example, unknown_variables};
use crate::lake::{Contents, Store};
use crate::objects::Address;
use crate::source::discover;

pub(super) fn run(command: &ConfigCommand, settings: &Settings, printer: &Printer) -> anyhow::Result<Outcome> {
    let mut out = printer.out();
    match command {
        ConfigCommand::Check { .. } => {
            let problems = problems(settings);
            problems.iter().for_each(|problem| printer.problem(problem));
            if !problems.is_empty() {
                return Ok(Outcome::Failed);
            }
            let file = settings.file.as_deref().map_or("without a file".to_owned(), |file| file.display().to_string());
            writeln!(out, "configuration {file}: nothing is wrong")?;
        }
        ConfigCommand::Show => show(settings, &mut out)?,
        ConfigCommand::Example => write!(out, "{}", example())?,
    }
    out.flush()?;
    Ok(Outcome::Done)
}

/// Prints every key as a file would have it, and beside it who says so.
fn show(settings: &Settings, out: &mut impl std::io::Write) -> std::io::Result<()> {
    let lines = settings.decided.settings.iter().map(|setting| match &setting.value {
        Some(value) => (format!("{} = {value}", setting.key.name), setting.origin.to_string()),
        None => (format!("# {}", setting.key.name), "not set".to_owned()),
    });
    let items = settings.decided.items.iter().flat_map(|item| {
        let head = (format!("[[{}]]", item.list), item.line.to_string());
        let values = item.settings.iter().filter_map(|setting| {
            let value = setting.value.as_ref()?;
            Some((format!("{} = {value}", setting.key.own_name()), setting.origin.to_string()))
        });
        [head].into_iter().chain(values)
    });
    let lines: Vec<_> = lines.chain(items).collect();
    // A long value does not push the remarks of all others off the screen.
    let margin = lines.iter().map(|(text, _)| text.chars().count()).filter(|width| *width <= 60).max().unwrap_or(0);
    lines.iter().try_for_each(|(text, origin)| writeln!(out, "{text:<margin$}  # {origin}"))
}

/// Everything that would keep a scheduled run from doing its work.
fn problems(settings: &Settings) -> Vec<String> {
    let config = settings.config();
    // The file, the line and the key that something is said of.
    let of = |name: &str| {
        let origin =
            settings.decided.settings.iter().find(|setting| setting.key.name == name).map(|found| &found.origin);
        match origin {
            Some(origin) if *origin != Origin::Default => format!("{origin}: {name}"),
            _ => name.to_owned(),
        }
    };
    let mut problems = settings.problems.clone();
    let variables = env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned());
    problems.extend(unknown_variables(variables).iter().map(ToString::to_string));
    if config.dumps.paths.is_empty() {
        problems.push(format!("{}: no dumps are named: `run` without PATH would have none to read", of("dumps.paths")));
    }
    let mut found = discover(&config.dumps.paths);
    found.by_ref().for_each(drop);
    problems.extend(found.problems.iter().map(|problem| format!("{}: {problem}", of("dumps.paths"))));
    if let Some(Err(error)) = config.dumps.rules.as_deref().map(rules) {
        problems.push(format!("{}: {error:#}", of("dumps.rules")));
    }
    if let Err(reason) = key_fits(settings) {
        problems.push(format!("{}: {reason:#}", of("key_file")));
    }
    let folders = [
        ("lake", Some(config.top.lake.as_path())),
        ("reports.folder", config.reports.folder.as_deref()),
        ("metrics.file", config.metrics.file.as_deref().and_then(Path::parent)),
    ];
    for (name, folder) in folders {
        if let Some(Err(reason)) = folder.map(can_be_written) {
            problems.push(format!("{}: {reason:#}", of(name)));
        }
    }
    problems
}

/// There is a key, and it is that of the lake, if there is one.
fn key_fits(settings: &Settings) -> anyhow::Result<()> {
    let config = settings.config();
    let Some(key) = key::given(config.top.key_file.as_deref())? else {
        anyhow::bail!("no key is given: name its file here, or set the variable {}", key::VARIABLE);
    };
    Ok(Contents::read(&Store::new(&config.top.lake))?.check_key(&key.fingerprint())?)
}

/// A file can be made in a folder or, where it is not there yet, in the nearest one above that is. It is gone again.
fn can_be_written(folder: &Path) -> anyhow::Result<()> {
    if Address::of(folder).is_some() {
        let (store, name) = (Store::new(folder), format!(".check.{:016x}.tmp", getrandom::u64()?));
        store.put(&name, b"")?;
        return Ok(store.remove(&name)?);
    }
    let there = folder.ancestors().map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above });
    let there = there.into_iter().find(|above| above.exists()).unwrap_or(Path::new("."));
    Ok(Store::new(there).create("check").map(drop)?)
}
