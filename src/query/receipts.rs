//! Tables that are made of the receipts: what became of every dump, and which days there are.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::QueryError;
use super::lake::{DAYS, Lake, SOURCES, Window};
use super::lake_table::DAY;
use crate::event::{Day, Hour};
use crate::lake::{AsBuilt, Retention, SourceReceipt};

/// What became of every dump, and when its events were received.
pub(super) fn sources(lake: &Lake<'_>) -> Result<DataFrame, QueryError> {
    let sources: Vec<_> = lake.contents.sources().collect();
    let text = |name: &str, values: Vec<Option<String>>| Column::new(name.into(), values);
    let number = |name: &str, of: fn(&SourceReceipt) -> u64| {
        let values: Vec<Option<i64>> = sources.iter().map(|(_, source)| i64::try_from(of(source)).ok()).collect();
        Column::new(name.into(), values)
    };
    let hour = |name: &str, of: fn(&BTreeMap<Hour, u64>) -> Option<Hour>| {
        let hours = sources.iter().map(|(_, source)| of(&source.spread.received));
        let micros: Int64Chunked = hours.map(|hour| hour.map(Hour::micros)).collect();
        micros.with_name(name.into()).into_datetime(TimeUnit::Microseconds, None).into_column()
    };
    let path = |digest: &str| lake.sightings.place(digest).map(|path| path.display().to_string());
    let columns = vec![
        text("source", sources.iter().map(|(_, source)| Some(source.digest.clone())).collect()),
        text("path", sources.iter().map(|(_, source)| path(&source.digest)).collect()),
        text("batch", sources.iter().map(|(receipt, _)| Some(receipt.batch.clone())).collect()),
        text("format", sources.iter().map(|(_, source)| Some(source.format.clone())).collect()),
        number("bytes", |source| source.bytes),
        number("decompressed_bytes", |source| source.decompressed_bytes),
        number("records", |source| source.counts.records),
        number("events", |source| source.counts.events),
        number("rejects", |source| source.counts.rejects),
        number("foreign_records", |source| source.counts.foreign),
        number("filtered_records", |source| source.counts.filtered),
        number("forgotten_records", |source| source.counts.forgotten),
        hour("first_received_hour", |hours| hours.keys().next().copied()),
        hour("last_received_hour", |hours| hours.keys().next_back().copied()),
    ];
    DataFrame::new(sources.len(), columns).map_err(|reason| QueryError::Engine { query: SOURCES.to_owned(), reason })
}

/// The mart that says of a day what its marts were built from.
const OF_ALL_EVENTS: &str = "event_days";

/// The days of a window on which events happened and which every mart still has: how many events, copies included, and
/// whether more may come; of a day on which nothing was received, and of which nothing came later, it is not known how
/// many. They are as the marts know them: of a day that was not built yet it is not known either. With each the last of all
/// days that is final, so that it can be told of a week or a month, too. Also the days that a build would make anew.
pub(super) fn days(lake: &Lake<'_>, window: Window) -> Result<(DataFrame, BTreeSet<Day>), QueryError> {
    // Of a day that a mart has no more, nobody should think that nothing happened on it.
    let retention = Retention::read(lake.store)?;
    let first = retention.first_of_marts();
    let is_wanted = |day: Day| window.contains(day) && first.is_none_or(|first| day >= first);
    let AsBuilt { events, behind } = AsBuilt::of(lake.store, lake.contents, &retention, OF_ALL_EVENTS, is_wanted)?;
    let unknown = lake.holes.days().filter(|day| is_wanted(*day)).chain(behind.iter().copied());
    let mut days: BTreeMap<Day, Option<i64>> = unknown.map(|day| (day, None)).collect();
    days.extend(events.into_iter().map(|(day, events)| (day, Some(i64::try_from(events).unwrap_or(i64::MAX)))));
    let final_until: Int32Chunked = days.keys().map(|_| lake.maturity.final_until.map(Day::number)).collect();
    let numbers: Int32Chunked = days.keys().map(|day| Some(day.number())).collect();
    let hours =
        |of: fn((i64, i64)) -> i64| days.keys().map(|day| lake.holes.hours_of(*day).map(of)).collect::<Vec<_>>();
    let columns = vec![
        numbers.with_name(DAY.into()).into_date().into_column(),
        Column::new("events".into(), days.values().copied().collect::<Vec<_>>()),
        Column::new("is_final".into(), days.keys().map(|day| lake.maturity.is_final(*day)).collect::<Vec<_>>()),
        final_until.with_name("final_until".into()).into_date().into_column(),
        Column::new("missing_hours".into(), hours(|(missing, _)| missing)),
        Column::new("known_missing_hours".into(), hours(|(_, known)| known)),
    ];
    let frame = DataFrame::new(days.len(), columns);
    Ok((frame.map_err(|reason| QueryError::Engine { query: DAYS.to_owned(), reason })?, behind))
}
