//! The page of all reports: what they rest on, and what all of them are over.

use std::io::Write;

use polars::prelude::DataFrame;

use super::missing;
use crate::lake::{Contents, Maturity, Store};
use crate::query::{Break, Catalog, HeaderColumn, Kind, Library, Query, QueryError, Rested, Window};
use crate::report::{PageReport, write_page};

/// What a report rests on, told by its SQL over tables without rows.
pub(super) struct Basis<'l> {
    /// The definition breaks that touch it.
    pub breaks: Vec<&'l Break>,
    /// The columns of marts that it reads, each with the name of its mart.
    pub columns: Vec<(&'l str, &'l HeaderColumn)>,
}

impl<'l> Basis<'l> {
    /// That of each of some reports.
    ///
    /// # Errors
    /// When the SQL of one is not in order.
    pub(super) fn of_all<'q>(
        queries: impl Iterator<Item = &'q Query>,
        library: &'l Library,
    ) -> Result<Vec<Self>, QueryError> {
        let catalog = Catalog::without_rows(library)?;
        let of = |query: &Query| {
            let rested = Rested::of(&catalog, library, query)?;
            let all = library
                .of_kind(Kind::Mart)
                .flat_map(|mart| mart.header.columns().iter().map(|column| (mart.name, column)));
            let columns =
                all.filter(|(mart, column)| rested.columns.contains(&format!("{mart}.{}", column.name))).collect();
            Ok(Self { breaks: rested.breaks, columns })
        };
        queries.map(of).collect()
    }
}

/// Writes the page of some reports.
pub(super) fn write(
    answers: &[(&Query, &DataFrame)],
    basis: &[Basis<'_>],
    library: &Library,
    about: &str,
    to: &mut impl Write,
) -> anyhow::Result<()> {
    let reports: Vec<PageReport<'_>> = answers
        .iter()
        .zip(basis)
        .map(|((query, frame), basis)| PageReport {
            query,
            described: library.described(query),
            frame,
            breaks: basis.breaks.clone(),
            rests_on: basis.columns.clone(),
        })
        .collect();
    Ok(write_page(&reports, about, to)?)
}

/// What all reports of a page are over, in sentences: the days, until which nothing changes any more, and who is missing.
///
/// # Errors
/// When the lake cannot be read.
pub(super) fn about(store: &Store, contents: &Contents, maturity: Maturity, window: Window) -> anyhow::Result<String> {
    let days = contents.sources().flat_map(|(_, source)| source.spread.days.keys().copied());
    let days = days.filter(|day| window.contains(*day));
    let (first, last) = days.fold((None, None), |(first, last): (Option<_>, Option<_>), day| {
        (first.map_or(Some(day), |first| Some(day.min(first))), last.max(Some(day)))
    });
    let mut about = match (first, last) {
        (Some(first), Some(last)) => format!("What dbt's anonymous usage events say of {first} to {last}."),
        _ => "There are no events of these days.".to_owned(),
    };
    match maturity.final_until {
        Some(until) if last.is_none_or(|last| until < last) => {
            about += &format!(" Until {until} all days are final; later ones can still change.");
        }
        Some(_) => about += " All days are final.",
        None => about += " No day is final yet: all figures can still change.",
    }
    if let Some(sentence) = missing::sentence(store)? {
        about += " ";
        about += &sentence;
    }
    Ok(about)
}
