//! `usage-report reparse`

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::args::ReparseCommand;
use super::meter::Meter;
use super::printer::Printer;
use super::settings::RecordSettings;
use super::{Outcome, found, lake};
use crate::ingest::{Reparsed, reparse};
use crate::job::config::Config;
use crate::source::{SourceFile, discover};

pub(super) fn run(command: &ReparseCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let (store, _) = lake::contents(config)?;
    let mut found = discover(&command.paths);
    let files: Vec<SourceFile> = found.by_ref().collect();
    found::tell_problems(&found, printer);
    let settings = RecordSettings::decide(config, &store, printer)?;
    let rules: Vec<&str> = settings.options.rules.names().collect();
    let meter = Meter::new(printer);
    let reparsed = reparse(&store, &files, &settings.key, &settings.options, command.dry_run, &meter)?;
    drop(meter);
    for failed in &reparsed.failed {
        printer.problem(&failed.to_string());
    }
    for digest in &reparsed.missing {
        printer.problem(&format!("nobody knows where the dump with the digest {digest} is: name its folder"));
    }
    let mut out = printer.out();
    tell(&reparsed, &rules, &mut out)?;
    out.flush()?;
    printer.note(&match (&reparsed.batch, command.dry_run) {
        (Some(batch), _) => format!(
            "reparse: {} dumps read anew as batch {batch}; `usage-report build` brings the marts up to date",
            reparsed.gaining
        ),
        (None, true) => format!("reparse: a dry run, nothing written; {} dumps would be read anew", reparsed.gaining),
        (None, false) => "reparse: nothing is won back, nothing written".to_owned(),
    });
    let problems = !found.problems.is_empty() || !reparsed.failed.is_empty() || !reparsed.missing.is_empty();
    Ok(if problems { Outcome::WithProblems } else { Outcome::Done })
}

/// Prints what reading again comes to: by rule, then by reason.
fn tell(reparsed: &Reparsed, rules: &[&str], out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(
        out,
        "{} dumps with refused records, {} of which more can be read",
        reparsed.candidates, reparsed.gaining
    )?;
    writeln!(out, "{:>10} events before, {} after", reparsed.events.0, reparsed.events.1)?;
    for rule in rules {
        let count = reparsed.won_back.get(*rule).copied().unwrap_or(0);
        writeln!(out, "{count:>10} won back by the rule {rule}")?;
    }
    let (before, after) = &reparsed.rejects;
    let count = |of: &BTreeMap<String, u64>, reason: &str| of.get(reason).copied().unwrap_or(0);
    let reasons: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for reason in reasons {
        writeln!(out, "{:>10} refused before, {} after: {reason}", count(before, reason), count(after, reason))?;
    }
    Ok(())
}
