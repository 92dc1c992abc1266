//! `usage-report health`

use std::io::Write as _;

use super::Outcome;
use super::printer::{Printer, now};
use crate::job::config::Config;
use crate::job::{RunRecord, health};
use crate::lake::{Store, layout};

pub(super) fn run(config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let store = Store::new(&config.top.lake);
    let Some(last) = RunRecord::last(&store)? else {
        let runs = store.place(layout::RUNS);
        printer.problem(&format!(
            "no run has left a record in {}: is this the lake, and is the job scheduled?",
            runs.display()
        ));
        return Ok(Outcome::WithProblems);
    };
    match health(&last, now(), config.health.max_age) {
        Ok(healthy) => {
            let mut out = printer.out();
            writeln!(out, "{}", textwrap::fill(&healthy.to_string(), printer.width()))?;
            out.flush()?;
            Ok(Outcome::Done)
        }
        Err(ill) => {
            printer.problem(&ill);
            Ok(Outcome::WithProblems)
        }
    }
}
