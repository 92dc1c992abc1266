//! What all forms of a Snowplow event have in common: columns and contexts become an event, a refusal is tried once
//! more by the rules, and what is not known is noted.

use super::com_dbt::{self, Columns};
use super::contexts::Contexts;
use super::refusal::{FailureFamily, Reason, Refusal};
use super::{Note, Reading, Sink, Unrecognized, Verdict};
use crate::event::{Event, Times};

/// Whether an event comes from the pipeline's good output, or from a failed one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// It passed.
    Good,
    /// It failed.
    Failed(FailureFamily),
}

impl Origin {
    /// The verdict on an event, or on why there is none.
    pub(super) fn verdict<'a>(self, read: Result<Event<'a>, Refusal>) -> Verdict<'a> {
        match (self, read) {
            (Self::Good, Ok(event)) => Verdict::Event(event),
            (Self::Failed(_), Ok(event)) => Verdict::Recovered(event),
            (_, Err(refusal)) => Verdict::Refused(self.refused(refusal)),
        }
    }

    /// The refusal, with the family of the failure.
    pub(super) fn refused(self, refusal: impl Into<Refusal>) -> Refusal {
        let refusal = refusal.into();
        match self {
            Self::Good => refusal,
            Self::Failed(family) => Refusal { family: Some(family), ..refusal },
        }
    }
}

/// Tells the event that columns and contexts (self-describing JSON) make.
pub(super) fn tell(
    item: u32,
    columns: &Columns<'_>,
    json: &str,
    origin: Origin,
    reading: &Reading<'_>,
    sink: &mut impl Sink,
) {
    let mut contexts = Contexts::default();
    let event =
        read(json, &mut contexts, reading).and_then(|()| com_dbt::event(columns, &contexts, reading.pseudonymizer));
    let rewrite = || reading.rules.rewrite(json);
    if event.is_err() && tell_by_rules(item, columns, rewrite, origin, reading, sink) {
        return;
    }
    note(item, &contexts, columns.times, sink);
    sink.take(item, origin.verdict(event));
}

/// Tells the event that rewritten contexts make; `false`, with nothing told, if they make none.
pub(super) fn tell_by_rules(
    item: u32,
    columns: &Columns<'_>,
    rewrite: impl FnOnce() -> Option<(String, Vec<usize>)>,
    origin: Origin,
    reading: &Reading<'_>,
    sink: &mut impl Sink,
) -> bool {
    if reading.rules.is_empty() {
        return false;
    }
    let Some((json, rules)) = rewrite() else { return false };
    let mut contexts = Contexts::default();
    let event =
        read(&json, &mut contexts, reading).and_then(|()| com_dbt::event(columns, &contexts, reading.pseudonymizer));
    if event.is_err() {
        return false;
    }
    for rule in rules {
        sink.note(item, Note::WonBack(rule));
    }
    note(item, &contexts, columns.times, sink);
    sink.take(item, origin.verdict(event));
    true
}

/// Notes what is not known of an event.
pub(super) fn note(item: u32, contexts: &Contexts<'_>, times: Times, sink: &mut impl Sink) {
    for (schema, field) in contexts.news() {
        let kind = if field.is_some() { Unrecognized::Field } else { Unrecognized::Schema };
        let note = Note::Unrecognized { kind, schema, field, seen: Some(times.derived) };
        sink.note(item, note);
    }
}

/// Reads contexts.
fn read<'a>(json: &'a str, contexts: &mut Contexts<'a>, reading: &Reading<'_>) -> Result<(), Refusal> {
    if json.is_empty() {
        return Err(Reason::NoDbtContext.into());
    }
    reading.limits.check_json(json)?;
    contexts.parse(json).map_err(|_| contexts.refusal(json, Reason::NotContexts))
}
