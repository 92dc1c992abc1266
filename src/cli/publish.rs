//! `usage-report publish`: tables that may be given away.

use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::args::PublishCommand;
use super::printer::Printer;
use super::{Outcome, lake};
use crate::disclosure::noise::{Measured, NoisyRelease};
use crate::disclosure::{Published, Release};
use crate::event::Day;
use crate::job::config::Config;
use crate::lake::{Maturity, Store};
use crate::query::Window;
use crate::report::{self, Format, Screen};

/// The file that says what a release is. Without it there is none: it is written last.
const RELEASE: &str = "release.json";

/// The table of a release with noise.
const NOISY_TABLE: &str = "projects_by_main_value";

/// What a release is.
#[derive(Debug, Serialize)]
struct Manifest<'r> {
    #[serde(flatten)]
    days: Days,
    /// The version of this program.
    made_by: &'static str,
    #[serde(flatten)]
    made: Made<'r>,
}

/// How nobody is told of.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Made<'r> {
    /// What rests on few projects is hidden.
    Hidden {
        /// On how many distinct projects a row rests at least.
        least_projects: u32,
        tables: Vec<Table<'r>>,
        not_published: Vec<NotPublished<'r>>,
    },
    /// There is noise in every number.
    Noisy {
        /// The privacy loss of the release in all; the unit is a project.
        epsilon: f64,
        mechanism: &'static str,
        measurements: Vec<Measured>,
        table: &'static str,
        caveats: [&'static str; 4],
    },
}

/// The days that a release is of.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Days {
    since: Day,
    until: Day,
}

#[derive(Debug, Serialize)]
struct Table<'r> {
    report: &'r str,
    title: Option<&'r str>,
    question: Option<&'r str>,
    unit: Option<&'r str>,
    grain: Option<&'r str>,
    caveats: Vec<&'r str>,
    rows: usize,
    /// How many rows there would be besides, if they did not rest on too few projects, or give away those that do.
    hidden_rows: usize,
    /// Whether the hidden rows are in rows `(other)`; if not, they are left out.
    is_folded: bool,
    /// How many figures are left out of the rows that are there.
    blank_figures: usize,
}

#[derive(Debug, Serialize)]
struct NotPublished<'r> {
    report: &'r str,
    reason: &'r str,
}

pub(super) fn run(command: &PublishCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    if matches!(command.format, Format::Terminal | Format::Markdown) {
        bail!("what is published is for programs: --format csv, json or parquet");
    }
    let (_, contents) = lake::contents(config)?;
    let days = days(command, lake::maturity(config, &contents))?;
    let releases = Store::new(&command.out);
    let folder = format!("{}_{}", days.since, days.until);
    let is_there = is_there(&releases, days)?;
    let library = lake::library(config)?;
    let window = Window { since: Some(days.since), until: Some(days.until) };
    let catalog = || {
        let catalog = lake::catalog(config, &library, window)?;
        if let Some(lacking) = lake::lacking(catalog.behind()) {
            bail!("{lacking}: `usage-report build` first");
        }
        Ok(catalog)
    };
    let (tables, json, what) = if let Some(epsilon) = command.epsilon {
        if is_there {
            bail!("{} has been published: another one costs its epsilon again", command.out.join(&folder).display());
        }
        let release = lake::again_if_changed(|| Ok(NoisyRelease::of(&catalog()?, &library, epsilon)?))?;
        let json = manifest(days, noisy(epsilon, release.measurements))?;
        (vec![(NOISY_TABLE, None, release.frame)], json, "1 table with noise".to_owned())
    } else {
        let release = lake::again_if_changed(|| Ok(Release::of(catalog()?, &library, command.least_projects)?))?;
        let json = manifest(days, hidden_rows(command.least_projects, &release))?;
        let hidden: usize = release.tables.iter().map(|table| table.hidden).sum();
        let (shown, left_out) = (release.tables.len(), release.left_out.len());
        let what = format!("{shown} tables, without {hidden} rows of few projects and {left_out} reports");
        let tables = release.tables.into_iter().map(|table| (table.query.name, Some(table.query), table.frame));
        (tables.collect(), json, what)
    };
    let mut files = Vec::new();
    for (name, query, frame) in &tables {
        let mut bytes = Vec::new();
        let of = query.map(|query| library.described(query));
        report::write(frame, of, command.format, Screen::default(), &mut bytes)
            .with_context(|| format!("the table {name}"))?;
        files.push((format!("{folder}/{name}.{}", command.format.extension()), bytes));
    }
    files.push((format!("{folder}/{RELEASE}"), json));
    let place = command.out.join(&folder);
    if is_there {
        is_same(&releases, &place, &files)?;
        printer.note(&format!("publish: {} is there already, and nothing has changed", place.display()));
        return Ok(Outcome::Done);
    }
    for (path, bytes) in &files {
        releases.put(path, bytes)?;
    }
    printer.note(&format!("publish: {} to {} in {}: {what}", days.since, days.until, place.display()));
    Ok(Outcome::Done)
}

/// Refuses a release that is there and would be another one now.
fn is_same(releases: &Store, place: &Path, files: &[(String, Vec<u8>)]) -> anyhow::Result<()> {
    for (path, bytes) in files {
        if releases.read(path)?.as_ref() != Some(bytes) {
            bail!(
                "{} has been published, and {path} is not what it was: what both say together could tell of few projects. \
                 Publish other days, or, if nobody has seen the release, remove its folder",
                place.display()
            );
        }
    }
    Ok(())
}

/// The file that says what a release is.
fn manifest(days: Days, made: Made<'_>) -> anyhow::Result<Vec<u8>> {
    let mut json = serde_json::to_vec_pretty(&Manifest { days, made_by: env!("CARGO_PKG_VERSION"), made })?;
    json.push(b'\n');
    Ok(json)
}

fn hidden_rows<'r>(least_projects: u32, release: &'r Release<'_>) -> Made<'r> {
    let table = |table: &'r Published<'_>| {
        let header = &table.query.header;
        Table {
            report: table.query.name,
            title: header.get("title"),
            question: header.get("question"),
            unit: header.get("unit"),
            grain: header.get("grain"),
            caveats: header.all("caveat").collect(),
            rows: table.frame.height(),
            hidden_rows: table.hidden,
            is_folded: table.is_folded,
            blank_figures: table.blank,
        }
    };
    let not_published = release.left_out.iter().map(|(query, reason)| NotPublished { report: query.name, reason });
    Made::Hidden {
        least_projects,
        tables: release.tables.iter().map(table).collect(),
        not_published: not_published.collect(),
    }
}

fn noisy<'r>(epsilon: f64, measurements: Vec<Measured>) -> Made<'r> {
    Made::Noisy {
        epsilon,
        mechanism: "discrete Laplace noise, make_laplace of OpenDP",
        measurements,
        table: NOISY_TABLE,
        caveats: [
            "projects are those with a run of known outcome, each once in every dimension, with the value of most of its runs.",
            "project_success_rate is the mean of the projects' own rates. Where projects_low is 0 there is none.",
            "The intervals (95 %, both of a row together) are for the noise alone, not for chance in which projects ran dbt.",
            "Values are those of lists, whether anybody has them or not; (other) is what is on none, no value what is unknown.",
        ],
    }
}

/// The days that are asked for, all of them final; otherwise the newest month that is.
fn days(command: &PublishCommand, maturity: Maturity) -> anyhow::Result<Days> {
    let final_until = maturity.final_until.context("no day is final yet: figures would still change")?;
    let Some((since, until)) = command.since.zip(command.until) else {
        return Ok(newest_month(final_until));
    };
    if until < since {
        bail!("{until} is before {since}");
    }
    if until > final_until {
        bail!("{until} is not final: the last final day is {final_until}. Its figures would still change");
    }
    Ok(Days { since, until })
}

/// The newest month that is over on a day.
fn newest_month(day: Day) -> Days {
    // The day after it is in the month that is not over, be it its first day.
    let until = day.plus(1).month_begin().plus(-1);
    Days { since: until.month_begin(), until }
}

/// Whether there is a release of these days.
///
/// # Errors
/// When there is one of some of them.
fn is_there(releases: &Store, days: Days) -> anyhow::Result<bool> {
    let mut is_there = false;
    for folder in releases.list("")? {
        let Some(json) = releases.read(&format!("{folder}/{RELEASE}"))? else { continue };
        let other: Days = serde_json::from_slice(&json).with_context(|| {
            format!("{} is no description of a release", releases.place(&folder).join(RELEASE).display())
        })?;
        if other == days {
            is_there = true;
        } else if other.since <= days.until && days.since <= other.until {
            bail!(
                "{} has been published, which overlaps {} to {}: the difference of the two could tell of few projects. \
                 Publish other days, or into another folder, for others to see",
                releases.place(&folder).display(),
                days.since,
                days.until
            );
        }
    }
    Ok(is_there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_month_is_the_last_that_is_over() {
        let month = |day: &str| {
            let days = newest_month(Day::parse(day).expect("a day"));
            format!("{} {}", days.since, days.until)
        };
        assert_eq!(month("2026-10-30"), "2026-09-01 2026-09-30");
        assert_eq!(month("2026-10-31"), "2026-10-01 2026-10-31");
        assert_eq!(month("2026-01-15"), "2025-12-01 2025-12-31");
        assert_eq!(month("2028-02-29"), "2028-02-01 2028-02-29");
    }
}
