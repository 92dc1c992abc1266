//! `usage-report run`: the whole path. This is what is scheduled, so it says of itself how it went.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use super::args::{CompactCommand, GcCommand, RunCommand};
use super::meter::Meter;
use super::printer::{Printer, now};
use super::settings::{ReadSettings, Settings};
use super::{
    Outcome, build, check, compact, dry_run, gc, ingest, is_broken_pipe, lake, missing, report, results, retention,
};
use crate::build::{Answer, Built, Cause, Engine, Restatement, answer};
use crate::event::Day;
use crate::job::checks::{CheckOutcome, Checked};
use crate::job::config::Config;
use crate::job::{BuildCounts, IngestCounts, LakeTotals, RunInputs, RunRecord, Versions, metrics};
use crate::lake::{Contents, Holes, Sightings, Store, Taken};
use crate::objects::Address;
use crate::query::{Lake, Library, Window};

pub(super) fn run(command: &RunCommand, settings: &Settings, printer: &Printer) -> anyhow::Result<Outcome> {
    let config = settings.config();
    if command.dry_run {
        return dry_run::run(&command.read, config, printer);
    }
    let store = Store::new(&config.top.lake);
    let mut record = RunRecord::begin(now(), settings.fingerprint().to_string());
    let mut result = stages(command, config, &store, &mut record, printer);
    end(&mut record, &result, &store);
    // What failed first is what must be acted on.
    if let Err(unkept) = record.keep(&store) {
        result = result.and(Err(unkept.into()));
        end(&mut record, &result, &store);
    }
    match write_metrics(&record, config) {
        Ok(()) => result,
        Err(unwritten) => result.and(Err(unwritten)),
    }
}

fn end(record: &mut RunRecord, result: &anyhow::Result<Outcome>, store: &Store) {
    let (outcome, error) = match result {
        Ok(outcome) => (*outcome, None),
        Err(error) if is_broken_pipe(error) => (Outcome::Done, None),
        Err(error) => (Outcome::Failed, Some(format!("{error:#}"))),
    };
    record.end(now(), outcome, error, store);
}

fn write_metrics(record: &RunRecord, config: &Config) -> anyhow::Result<()> {
    if let Some(file) = &config.metrics.file {
        // Of a bare name the folder would be empty, which is none that can be opened.
        let file = match Address::of(file) {
            Some(address) => address.to_path(),
            None => path::absolute(file).context("the folder of metrics.file")?,
        };
        let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else {
            bail!("metrics.file names no file: {}", file.display());
        };
        Store::new(folder).put(&name.to_string_lossy(), metrics(record).as_bytes())?;
    }
    Ok(())
}

/// Does the work; what each stage comes to is in the record when it ends.
fn stages(
    command: &RunCommand,
    config: &Config,
    store: &Store,
    record: &mut RunRecord,
    printer: &Printer,
) -> anyhow::Result<Outcome> {
    let library = lake::library(config)?;
    record.versions = Some(Versions::of(&library));
    let engine = Engine::of(command.computed);
    let outcome = timed(record, "ingest", |record| {
        if command.computed {
            // What the tasks of the job have left that have read dumps, and what they needed.
            Sightings::put_together(store)?;
            Taken::remove_all(store)?;
            return Ok(Outcome::Done);
        }
        let settings = ReadSettings::decide(&command.read.paths, config, store, printer)?;
        let (outcome, summary) = ingest::read(store, settings, printer)?;
        record.ingest = Some(IngestCounts::from(&summary));
        record.inputs = RunInputs::of(&summary);
        Ok(outcome)
    })?;
    // Answers are of the marts as they were built: where another run has changed these since, both are made anew.
    let (holes, checked, answers) = lake::again_if_changed(|| {
        let built = timed(record, "build", |_| build::bring_up(store, &library, (engine, None), printer))?;
        record.build = Some(BuildCounts::from(&built));
        // What an earlier try has built is fresh by now, and was built by this run.
        record.rebuilt.extend(why(&built));
        let terms = lake::terms(config, &built.contents);
        let (maturity, holes) = (terms.maturity, &terms.holes);
        record.newest = maturity.newest;
        let checked = timed(record, "check", |_| {
            let sightings = Sightings::read(store)?;
            let lake = Lake { store, contents: &built.contents, sightings: &sightings, maturity, holes };
            check::of_lake(&lake, Some(&built.marts), &library, config, printer)
        })?;
        // What a blocking check refuses is not published: not even made, since what is made is kept.
        let answers = match checked.iter().any(Checked::blocks) {
            true => None,
            false => Some(timed(record, "report", |_| {
                Ok(answer((store, engine), &built, &terms, &library, now(), &Meter::new(printer))?)
            })?),
        };
        Ok((terms.holes, checked, answers))
    })?;
    record.checks = checked.iter().map(CheckOutcome::from).collect();
    check::tell(&checked, printer);
    let outcome = outcome.worse(tell_holes(&holes, config, record, printer));
    let (outcome, headline) = match answers {
        Some(answers) => {
            tell_restated(&answers.restated, record, printer);
            timed(record, "report", |_| results::write_files(&answers, &library, config, store, printer))?;
            (outcome, Some((answers.answers, answers.window)))
        }
        None => {
            printer
                .problem("reports stay as they were: `usage-report check` shows what the checks that failed measured");
            (outcome.worse(Outcome::WithProblems), None)
        }
    };
    timed(record, "maintenance", |_| maintain(config, store, printer))?;
    record.lake = Some(LakeTotals::from(&Contents::read(store)?));
    if let Some((answers, window)) = headline {
        print(answers, window, &library, store, printer)?;
    }
    Ok(outcome)
}

/// Says that published figures are not what they were.
fn tell_restated(restated: &[Restatement], record: &mut RunRecord, printer: &Printer) {
    let figures: usize = restated.iter().map(|restatement| restatement.figures.len()).sum();
    record.restated = figures as u64;
    if figures > 0 {
        printer
            .warning(&format!("{figures} figures of final days changed: `usage-report changes` says which, and why"));
    }
}

/// How many holes are told one by one.
const HOLES: usize = 20;

/// Says in which hours nothing was received.
fn tell_holes(holes: &Holes, config: &Config, record: &mut RunRecord, printer: &Printer) -> Outcome {
    record.missing_hours = config.dumps.every.map(|_| holes.unknown_hours());
    let unknown = holes.unknown();
    if unknown.is_empty() {
        return Outcome::Done;
    }
    let named: Vec<String> = unknown.iter().rev().take(HOLES).map(|hole| format!("{:?}", hole.to_string())).collect();
    let more = match unknown.len() - named.len() {
        0 => String::new(),
        more => format!(", and {more} more before"),
    };
    printer.problem(&format!(
        "in {} hours nothing was received: {}{more}. Deliver the dumps, or say in dumps.known_holes that there are none",
        holes.unknown_hours(),
        named.join(", ")
    ));
    Outcome::WithProblems
}

/// Why each day was built.
fn why(built: &Built) -> BTreeMap<Day, Vec<String>> {
    let texts = |causes: &BTreeSet<Cause>| causes.iter().map(ToString::to_string).collect();
    built.days.iter().map(|(day, causes)| (*day, texts(causes))).collect()
}

/// Does something and adds to the record how long it took.
fn timed<T>(
    record: &mut RunRecord,
    stage: &str,
    work: impl FnOnce(&mut RunRecord) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let begun = Instant::now();
    let done = work(record);
    // Of less than a millisecond nobody wants to know.
    let seconds = Duration::from_millis(begun.elapsed().as_millis().try_into().unwrap_or(u64::MAX)).as_secs_f64();
    *record.seconds.entry(stage.to_owned()).or_default() += seconds;
    done
}

fn maintain(config: &Config, store: &Store, printer: &Printer) -> anyhow::Result<()> {
    retention::keep_to(config, store, printer)?;
    if config.maintenance.compact {
        let contents = Contents::read(store)?;
        compact::merge(store, &contents, &CompactCommand { all: false, dry_run: false }, printer)?;
    }
    if config.maintenance.gc {
        gc::clean(store, config.maintenance.gc_older_than, &GcCommand { dry_run: false }, printer)?;
    }
    Ok(())
}

/// Prints the headline report.
fn print(
    mut answers: Vec<Answer<'_>>,
    window: Window,
    library: &Library,
    store: &Store,
    printer: &Printer,
) -> anyhow::Result<()> {
    answers.retain(|answer| answer.query.header.headline().is_some());
    answers.sort_by_key(|answer| answer.query.header.headline());
    let mut out = printer.out();
    for answer in &answers {
        report::print(library.described(answer.query), &answer.frame, &[], printer, &mut out)?;
    }
    if let Some(since) = window.since {
        writeln!(out, "All figures are of {since} and later.")?;
    }
    missing::print(store, printer, &mut out)?;
    out.flush()?;
    Ok(())
}
