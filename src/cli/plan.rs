//! `usage-report plan`: a job that does on a cluster what `run` does here.

use std::env;
use std::fmt::Write as _;
use std::path::{Path, PathBuf, absolute};

use anyhow::{Context as _, bail};

use super::args::PlanCommand;
use super::printer::Printer;
use super::settings::{Settings, named};
use super::{Outcome, lake};
use crate::job::config::Setting;
use crate::lake::Store;
use crate::objects::Address;
use crate::spark::Job;

pub(super) fn run(command: &PlanCommand, settings: &Settings, printer: &Printer) -> anyhow::Result<Outcome> {
    let config = settings.config();
    let dumps = named(&command.dumps, config)?;
    let job = Job::of(&lake::library(config)?, configuration(settings, dumps)?)?;
    let program = env::current_exe().context("cannot tell where this program is")?;
    job.write(&Store::new(&command.out), &program)?;
    printer.note(&format!("plan: the job is in {}: run it with spark-submit", command.out.display()));
    Ok(Outcome::Done)
}

/// The configuration as it holds here, for wherever the job runs: every value that is said, and paths from the root.
fn configuration(settings: &Settings, dumps: &[PathBuf]) -> anyhow::Result<String> {
    let mut text = String::from("# As `usage-report plan` found it. The environment still overrules it.\n");
    let value = |setting: &Setting| match (setting.key.name, &setting.value) {
        ("dumps.paths", _) => Ok(Some(serde_json::to_string(dumps)?)),
        (_, value) => anyhow::Ok(value.clone()),
    };
    for setting in &settings.decided.settings {
        if let Some(value) = value(setting)? {
            let value = if setting.key.expected.contains("path") { of_root(&value)? } else { value };
            writeln!(text, "{} = {value}", setting.key.name)?;
        }
    }
    for item in &settings.decided.items {
        writeln!(text, "\n[[{}]]", item.list)?;
        for setting in &item.settings {
            if let Some(value) = &setting.value {
                writeln!(text, "{} = {value}", setting.key.own_name())?;
            }
        }
    }
    Ok(text)
}

/// Paths, written as TOML has them (which is as JSON has them), from the root of the file system.
fn of_root(value: &str) -> anyhow::Result<String> {
    let from_root = |path: &str| match Address::of(Path::new(path)) {
        Some(_) => Ok(path.to_owned()),
        None => match absolute(path)?.to_str() {
            Some(path) => Ok(path.to_owned()),
            None => bail!("a job cannot name {path}, which is no UTF-8 from the root"),
        },
    };
    Ok(match serde_json::from_str(value)? {
        serde_json::Value::String(path) => serde_json::to_string(&from_root(&path)?)?,
        serde_json::Value::Array(paths) => {
            let paths = paths.iter().filter_map(|path| path.as_str()).map(from_root);
            serde_json::to_string(&paths.collect::<anyhow::Result<Vec<_>>>()?)?
        }
        _ => value.to_owned(),
    })
}
