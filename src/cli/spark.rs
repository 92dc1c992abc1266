//! `usage-report spark`: answers what the job of `usage-report plan` asks while it runs.

use std::io::Write as _;

use serde::Serialize;
use serde_json::json;

use super::args::{SparkCommand, ToDo};
use super::printer::Printer;
use super::settings::{RecordSettings, named};
use super::{Outcome, found, lake};
use crate::ingest::unseen;
use crate::job::config::Config;
use crate::lake::{Contents, Store, Taken};
use crate::query::Library;
use crate::source::{SourceFile, discover};
use crate::spark::{MartsToDo, ReportsToDo, shares};

/// The most dumps of one answer: it is in memory, here and in the job, and a listing of millions is not to be.
const MOST_DUMPS: usize = 100_000;

pub(super) fn run(command: &SparkCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&config.top.lake);
    match command.of {
        ToDo::Dumps => {
            // The key is there before tasks read with it.
            let key = RecordSettings::decide(config, &store, printer)?.key;
            let taken = Taken::read(&store)?;
            taken.check_key(&key.fingerprint())?;
            let mut found = discover(named(&[], config)?);
            let mut looked_at = 0;
            let files = found.by_ref().inspect(|_| looked_at += 1).skip(command.from);
            let dumps: Vec<SourceFile> = unseen(&store, &taken, files)?.take(MOST_DUMPS).collect();
            found::tell_problems(&found, printer);
            let next = (dumps.len() == MOST_DUMPS).then_some(looked_at);
            let taken = if dumps.is_empty() { None } else { Some(taken.put(&store)?) };
            print(&json!({ "shares": shares(dumps, command.tasks), "taken": taken, "next": next }), printer)
        }
        ToDo::Marts => print(&MartsToDo::of(&store, &Library::load()?)?, printer),
        ToDo::Reports => {
            let contents = Contents::read(&store)?;
            let terms = lake::terms(config, &contents);
            print(&ReportsToDo::of(&store, &lake::library(config)?, &contents, &terms)?, printer)
        }
    }
}

fn print(answer: &impl Serialize, printer: &Printer) -> anyhow::Result<Outcome> {
    let mut out = printer.out();
    serde_json::to_writer(&mut out, answer)?;
    out.flush()?;
    Ok(Outcome::Done)
}
