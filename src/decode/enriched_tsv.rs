//! Snowplow enriched events as TSV.
//!
//! 131 columns separated by single tabs; no header, no quotes, no escapes; an empty cell is null. Of the
//! columns only eleven are looked at, and of those the ones with personal data (IP address, cookies,
//! finer geography, user agent, page) are none. Sources: formats.md 1.1 to 1.5 and 1.7.

use super::com_dbt::Columns;
use super::refusal::{FailureFamily, Reason};
use super::snowplow::{self, Origin};
use super::tabs::Tabs;
use super::{Reading, Sink, Verdict, entries, incomplete};
use crate::event::{Times, Timestamp};

/// Columns in a line.
const COLUMNS: usize = 131;

// The columns that are looked at.
const APP_ID: usize = 0;
const COLLECTOR_TSTAMP: usize = 3;
const DVCE_CREATED_TSTAMP: usize = 4;
const EVENT_ID: usize = 6;
const USER_ID: usize = 12;
const GEO_COUNTRY: usize = 18;
const CONTEXTS: usize = 52;
const SE_LABEL: usize = 55;
const DVCE_SENT_TSTAMP: usize = 119;
const DERIVED_CONTEXTS: usize = 122;

/// Where the cells of a line start, and, last, where one after them would; the end of one is a byte before the next.
type Starts = [usize; COLUMNS + 1];

/// The line's cells.
struct Cells<'a, 's> {
    line: &'a str,
    starts: &'s Starts,
}

impl<'a, 's> Cells<'a, 's> {
    /// Splits a line; `None` unless it has exactly 131 cells.
    fn split(line: &'a str, starts: &'s mut Starts) -> Option<Self> {
        let mut cell = 0;
        for tab in Tabs::of(line.as_bytes()) {
            cell += 1;
            *starts.get_mut(cell)? = tab + 1;
        }
        starts[COLUMNS] = line.len() + 1;
        (cell == COLUMNS - 1).then_some(Self { line, starts })
    }

    fn get(&self, column: usize) -> &'a str {
        &self.line[self.starts[column]..self.starts[column + 1] - 1]
    }

    /// A time: absent if the cell is empty, refused if it is anything but a time.
    fn time(&self, column: usize) -> Result<Option<Timestamp>, Reason> {
        match self.get(column) {
            "" => Ok(None),
            text => Timestamp::parse(text.as_bytes()).map(Some).ok_or(Reason::BadTimestamp),
        }
    }
}

/// Decodes one line.
pub(super) fn decode(record: &[u8], reading: &Reading<'_>, sink: &mut impl Sink) {
    match std::str::from_utf8(record) {
        Ok(line) => decode_line(line, None, reading, sink),
        Err(_) => sink.take(0, Verdict::Refused(Reason::NotUtf8.into())),
    }
}

/// Decodes one line, which is known to have failed for a reason of some family, or is not known to have failed.
pub(super) fn decode_line(line: &str, family: Option<FailureFamily>, reading: &Reading<'_>, sink: &mut impl Sink) {
    let good = family.map_or(Origin::Good, Origin::Failed);
    let mut starts = [0; COLUMNS + 1];
    let cells = match read(line, &mut starts, reading) {
        Ok(Some(cells)) => cells,
        Ok(None) => return sink.take(0, Verdict::Foreign),
        Err(reason) => return sink.take(0, Verdict::Refused(good.refused(reason))),
    };
    let columns = match columns(&cells) {
        Ok(columns) => columns,
        Err(reason) => return sink.take(0, Verdict::Refused(good.refused(reason))),
    };
    let (contexts, derived) = (cells.get(CONTEXTS), cells.get(DERIVED_CONTEXTS));
    // From enrich 5 on an event that failed may look like a good one but for this mark.
    if !derived.contains(incomplete::FAILURE_URI) {
        return snowplow::tell(0, &columns, contexts, good, reading, sink);
    }
    let failed = Origin::Failed(family.unwrap_or(FailureFamily::INCOMPLETE));
    let checked = reading.limits.check_json(derived).and_then(|()| reading.limits.check_json(contexts));
    let mended = checked.and_then(|()| {
        let all = [contexts, derived].into_iter().filter_map(entries::of_wrapper).flatten().collect();
        incomplete::mend(all).ok_or(Reason::FailedEvent)
    });
    match mended {
        Ok(json) => snowplow::tell(0, &columns, &json, failed, reading, sink),
        Err(reason) => sink.take(0, Verdict::Refused(failed.refused(reason))),
    }
}

/// The cells of a line of dbt; `None` for another application's.
fn read<'a, 's>(line: &'a str, starts: &'s mut Starts, reading: &Reading<'_>) -> Result<Option<Cells<'a, 's>>, Reason> {
    let cells = Cells::split(line, starts).ok_or(Reason::FieldCount)?;
    if line.len() > reading.limits.string {
        for column in 0..COLUMNS {
            reading.limits.check_string(cells.get(column).as_bytes())?;
        }
    }
    Ok((cells.get(APP_ID) == "dbt").then_some(cells))
}

fn columns<'a>(cells: &Cells<'a, '_>) -> Result<Columns<'a>, Reason> {
    let collector = cells.time(COLLECTOR_TSTAMP)?.ok_or(Reason::BadTimestamp)?;
    let created = cells.time(DVCE_CREATED_TSTAMP)?;
    let sent = cells.time(DVCE_SENT_TSTAMP)?;
    Ok(Columns {
        event_id: cells.get(EVENT_ID),
        user_id: cells.get(USER_ID),
        label: cells.get(SE_LABEL),
        country: cells.get(GEO_COUNTRY),
        times: Times::derive(created, sent, Some(collector)).ok_or(Reason::BadTimestamp)?,
    })
}
