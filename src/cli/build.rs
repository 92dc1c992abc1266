//! `usage-report build`

use std::collections::BTreeSet;

use super::Outcome;
use super::args::BuildCommand;
use super::meter::Meter;
use super::printer::Printer;
use crate::build::{Built, Cause, Engine, build};
use crate::event::Day;
use crate::job::BuildCounts;
use crate::job::config::Config;
use crate::lake::Store;
use crate::query::{Library, Window};

pub(super) fn run(command: &BuildCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let window = Window { since: command.since, until: command.until };
    let again = (command.again || window != Window::ALL).then_some(window);
    bring_up(&Store::new(&config.top.lake), &Library::load()?, (Engine::of(command.computed), again), printer)?;
    Ok(Outcome::Done)
}

/// Builds and says how it went.
pub(super) fn bring_up(
    store: &Store,
    library: &Library,
    (engine, again): (Engine, Option<Window>),
    printer: &Printer,
) -> anyhow::Result<Built> {
    let meter = Meter::new(printer);
    let built = build(store, library, (engine, again), &meter, |planned| {
        if printer.is_verbose() {
            let causes: Vec<String> = planned.causes.iter().map(ToString::to_string).collect();
            let marts: Vec<&str> = planned.stale.iter().map(|(mart, _)| *mart).collect();
            let text = format!("build: {} ({}): {}", planned.day, causes.join(", "), marts.join(", "));
            meter.aside(|| printer.detail(|| text));
        }
    })?;
    drop(meter);
    let text = format!("build: {} days, {} files written, {} fresh", built.days.len(), built.files, built.fresh);
    printer.told(&text, &[], BuildCounts::from(&built));
    let again = built.days.iter().filter(|(_, causes)| !causes.contains(&Cause::First));
    reasons(again).iter().for_each(|line| printer.note(&format!("  {line}")));
    if let (Some(first), Some(last)) = (built.too_old.first(), built.too_old.last()) {
        let days = built.too_old.len();
        printer.warning(&format!(
            "{days} days from {first} to {last} stay as they were built: events of theirs were removed, being older than retention allows"
        ));
    }
    Ok(built)
}

/// Why days are built, days in a row with one cause together.
pub(super) fn reasons<'d>(days: impl Iterator<Item = (&'d Day, &'d BTreeSet<Cause>)>) -> Vec<String> {
    let (mut days, mut lines) = (days.peekable(), Vec::new());
    while let Some((first, causes)) = days.next() {
        let causes: Vec<String> = causes.iter().map(ToString::to_string).collect();
        let same = |of: &BTreeSet<Cause>| of.iter().map(ToString::to_string).eq(causes.iter().cloned());
        let mut last = first;
        while let Some((next, _)) = days.next_if(|(day, of)| **day == last.plus(1) && same(of)) {
            last = next;
        }
        let days = if first == last { first.to_string() } else { format!("{first} to {last}") };
        lines.push(format!("{days}: {}", causes.join(", ")));
    }
    lines
}
