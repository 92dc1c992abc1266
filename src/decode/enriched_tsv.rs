//! Snowplow enriched events as TSV.
//!
//! 131 columns separated by single tabs; no header, no quotes, no escapes; an empty cell is null. Of the
//! columns only eleven are looked at, and of those the ones with personal data (IP address, cookies,
//! finer geography, user agent, page) are none. Sources: formats.md 1.1 to 1.5 and 1.7.

use super::com_dbt::{self, Columns};
use super::contexts::Contexts;
use super::refusal::{Reason, Refusal};
use super::{Sink, Verdict};
use crate::event::{Times, Timestamp};
use crate::privacy::Pseudonymizer;

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

/// The line's cells, as places.
struct Cells<'a> {
    line: &'a str,
    /// Where each cell starts; the end of one is a byte before the next.
    starts: [usize; COLUMNS + 1],
}

impl<'a> Cells<'a> {
    /// Splits a line; `None` unless it has exactly 131 cells.
    fn split(line: &'a str) -> Option<Self> {
        let mut starts = [0; COLUMNS + 1];
        let mut cell = 0;
        for tab in memchr::memchr_iter(b'\t', line.as_bytes()) {
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
    fn time(&self, column: usize) -> Result<Option<Timestamp>, Refusal> {
        match self.get(column) {
            "" => Ok(None),
            text => Timestamp::parse(text.as_bytes()).map(Some).ok_or_else(|| Reason::BadTimestamp.into()),
        }
    }
}

/// Decodes one line.
pub(super) fn decode(record: &[u8], pseudonymizer: &Pseudonymizer, sink: &mut impl Sink) {
    let mut contexts = Contexts::default();
    let verdict = match read(record, &mut contexts) {
        Ok(Some(columns)) => match com_dbt::event(&columns, &contexts, pseudonymizer) {
            Ok(event) => Verdict::Event(event),
            Err(refusal) => Verdict::Refused(refusal),
        },
        Ok(None) => Verdict::Foreign,
        Err(refusal) => Verdict::Refused(refusal),
    };
    sink.take(0, verdict);
}

/// The columns and contexts of a line of dbt; `None` for another application's.
fn read<'a>(record: &'a [u8], contexts: &mut Contexts<'a>) -> Result<Option<Columns<'a>>, Refusal> {
    let line = std::str::from_utf8(record).map_err(|_| Reason::NotUtf8)?;
    let cells = Cells::split(line).ok_or(Reason::FieldCount)?;
    if cells.get(APP_ID) != "dbt" {
        return Ok(None);
    }
    // From enrich 5 on an event that failed may look like a good one but for this mark.
    if cells.get(DERIVED_CONTEXTS).contains("iglu:com.snowplowanalytics.snowplow/failure/") {
        return Err(Reason::FailedEvent.into());
    }
    let collector = cells.time(COLLECTOR_TSTAMP)?.ok_or(Reason::BadTimestamp)?;
    let created = cells.time(DVCE_CREATED_TSTAMP)?;
    let sent = cells.time(DVCE_SENT_TSTAMP)?;
    let times = Times::derive(created, sent, Some(collector)).ok_or(Reason::BadTimestamp)?;
    let json = cells.get(CONTEXTS);
    // An empty cell is how enrich writes an empty list.
    if json.is_empty() {
        return Err(Reason::NoDbtContext.into());
    }
    contexts.parse(json).map_err(|_| contexts.refusal(Reason::NotContexts))?;
    Ok(Some(Columns {
        event_id: cells.get(EVENT_ID),
        user_id: cells.get(USER_ID),
        label: cells.get(SE_LABEL),
        country: cells.get(GEO_COUNTRY),
        times,
    }))
}
