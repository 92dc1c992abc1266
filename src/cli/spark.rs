//! `usage-report spark`: answers what the job of `usage-report plan` asks while it runs.

use std::io::Write as _;

use serde::Serialize;
use serde_json::json;

use super::args::{SparkCommand, ToDo};
use super::printer::Printer;
use super::settings::{RecordSettings, named};
use super::{Outcome, lake};
use crate::ingest::unseen;
use crate::job::config::Config;
use crate::lake::{Contents, Store};
use crate::query::Library;
use crate::source::discover;
use crate::spark::{MartsToDo, ReportsToDo, shares};

pub(super) fn run(command: &SparkCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&config.top.lake);
    match command.of {
        ToDo::Dumps => {
            // The key is there before tasks read with it.
            RecordSettings::decide(config, &store, printer)?;
            let found = discover(named(&[], config)?);
            found.problems.iter().for_each(|problem| printer.problem(&problem.to_string()));
            let dumps = unseen(&store, found.files)?;
            print(&json!({ "shares": shares(dumps, command.tasks) }), printer)
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
