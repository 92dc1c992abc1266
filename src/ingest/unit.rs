//! One unit of work: some bytes of one dump, from frames to batches.

use std::collections::BTreeMap;

use super::Reading;
use super::days::Days;
use crate::decode::{Decoder, Format, Note, Reason, Refusal, Sink, Verdict};
use crate::event::{Event, Timestamp};
use crate::frame::{Frame, FrameError, Frames};
use crate::lake::{Forgotten, SourceCounts, Spread, Theirs};
use crate::source::Damage;
use crate::staging::{Place, Reject, Staged, Staging};

/// What became of records, in numbers that add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub counts: SourceCounts,
    pub rejects: BTreeMap<Reason, u64>,
    pub spread: Spread,
    /// Events won back, by the number of the rule.
    pub won_back: BTreeMap<usize, u64>,
    /// Of the events of somebody forgotten: when they happened and were received,
    pub left_out: Spread,
    /// and the invocations and runs of nodes that they are of.
    pub theirs: Theirs,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.counts += other.counts;
        self.spread += &other.spread;
        for (reason, count) in &other.rejects {
            *self.rejects.entry(*reason).or_default() += count;
        }
        for (rule, count) in &other.won_back {
            *self.won_back.entry(*rule).or_default() += count;
        }
        self.left_out += &other.left_out;
        self.theirs.extend(&other.theirs);
    }

    /// Takes rows of somebody forgotten out of what was staged.
    fn leave_out(&mut self, staged: &mut Staged, forgotten: &Forgotten) {
        for (_, rows) in &mut staged.events {
            if let Some(left_out) = forgotten.rows(rows) {
                *rows = left_out.kept(rows);
                for spread in left_out.sources.values() {
                    self.counts.forget(spread.events());
                    self.spread.forget(spread);
                    self.left_out += spread;
                }
                self.theirs.extend(left_out.theirs);
            }
        }
        staged.events.retain(|(_, rows)| rows.num_rows() > 0);
    }
}

/// What came of a unit.
#[derive(Debug)]
pub(super) struct Output {
    pub staged: Staged,
    pub tally: Tally,
    /// The days of the dump so far, as far as the worker knows it.
    pub days: Days,
}

/// Records of a dump, those that were not taken yet.
pub(super) struct Records<'d> {
    /// The dump: the digest of its content.
    pub source: &'d str,
    /// When it was last changed.
    pub changed: Option<Timestamp>,
    pub format: Format,
    pub frames: Frames<'d>,
    /// How many bytes of the dump follow that cannot be framed.
    pub after: u64,
}

/// Refused records after which a worker takes no more. A record of two bytes is a row of a hundred when it is refused:
/// a dump of nothing but such would take fifty times its size in memory.
const REFUSED: u64 = 1 << 12;

/// Frames, decodes and stages units; each worker has one and uses it again.
pub(super) struct Worker<'k> {
    decoder: Decoder<'k>,
    staging: Staging,
    tally: Tally,
    days: Days,
    reading: &'k Reading<'k>,
}

impl<'k> Worker<'k> {
    pub(super) fn new(reading: &'k Reading<'k>) -> Self {
        let options = reading.options;
        Self {
            decoder: Decoder::new(&reading.pseudonymizer, &options.limits, &options.rules),
            staging: Staging::default(),
            tally: Tally::default(),
            days: Days::new(options.max_days),
            reading,
        }
    }

    /// Goes on with a dump that has had events on these days.
    pub(super) fn go_on(&mut self, days: &Days) {
        self.days.clone_from(days);
    }

    /// Takes records until there are no more or many were refused; whether there are no more. If there are, what was
    /// taken is to be written before they are.
    pub(super) fn records(&mut self, records: &mut Records<'_>) -> bool {
        while self.tally.counts.rejects < REFUSED {
            let Some(frame) = records.frames.next() else { return true };
            match frame {
                // Of zeros, by which some pad what they write, every one or every four are the length of nothing.
                Ok(frame) if frame.bytes.is_empty() => {}
                Ok(frame) => self.record(records, &frame),
                Err(error) => {
                    let reason = match error {
                        FrameError::TooLong { .. } => Reason::FrameTooLong,
                        FrameError::CutOff { .. } => Reason::FrameCutOff,
                        FrameError::NoLength { .. } => Reason::FrameLength,
                        FrameError::Garbage { .. } => Reason::FrameGarbage,
                    };
                    let length = error.length() + if error.next_can_be_found() { 0 } else { records.after };
                    self.refuse(records.source, records.format.as_str(), error.offset(), length, &reason.into());
                }
            }
        }
        false
    }

    fn record(&mut self, records: &Records<'_>, frame: &Frame<'_>) {
        let Self { decoder, staging, tally, days, .. } = self;
        let Records { source, changed, format, .. } = *records;
        let mut desk = Desk { source, format, frame, staging, tally, days };
        decoder.decode(format, frame.bytes, changed, &mut desk);
    }

    /// Refuses a part of a dump that is no record.
    pub(super) fn refuse(
        &mut self,
        source: &str,
        source_form: &'static str,
        offset: u64,
        length: u64,
        refusal: &Refusal,
    ) {
        self.tally.counts.records += 1;
        self.tally.counts.rejects += 1;
        *self.tally.rejects.entry(refusal.reason).or_default() += 1;
        let place = Place { source, source_form, offset, item: 0 };
        self.staging.reject(&Reject { place, length: Some(length), refusal });
    }

    /// What came of everything taken since the last call; what comes next is another dump unless it is said to go on.
    pub(super) fn finish(&mut self) -> Output {
        let days = std::mem::replace(&mut self.days, Days::new(self.reading.options.max_days));
        let (mut staged, mut tally) = (self.staging.finish(), std::mem::take(&mut self.tally));
        tally.leave_out(&mut staged, &self.reading.forgotten);
        Output { staged, tally, days }
    }
}

/// Takes what is found in one record.
struct Desk<'d> {
    source: &'d str,
    format: Format,
    frame: &'d Frame<'d>,
    staging: &'d mut Staging,
    tally: &'d mut Tally,
    days: &'d mut Days,
}

impl<'d> Desk<'d> {
    fn place(&self, format: Format, item: u32) -> Place<'d> {
        Place { source: self.source, source_form: format.as_str(), offset: self.frame.offset, item }
    }

    fn event(&mut self, format: Format, item: u32, event: &Event<'_>) {
        if !self.days.admit(&event.envelope.times) {
            return self.refused(item, &Reason::TooManyDays.into());
        }
        self.tally.counts.events += 1;
        self.tally.spread.count(&event.envelope.times);
        self.staging.append(&self.place(format, item), event);
    }

    fn refused(&mut self, item: u32, refusal: &Refusal) {
        self.tally.counts.rejects += 1;
        *self.tally.rejects.entry(refusal.reason).or_default() += 1;
        let place = self.place(self.format, item);
        self.staging.reject(&Reject { place, length: Some(self.frame.length), refusal });
    }
}

impl Sink for Desk<'_> {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        self.tally.counts.records += 1;
        match verdict {
            Verdict::Event(event) => self.event(self.format, item, &event),
            Verdict::Recovered(event) => self.event(Format::FailedEvents, item, &event),
            Verdict::Refused(refusal) => self.refused(item, &refusal),
            Verdict::Foreign => self.tally.counts.foreign += 1,
            Verdict::Filtered => self.tally.counts.filtered += 1,
        }
    }

    fn note(&mut self, item: u32, note: Note<'_>) {
        match note {
            Note::Unrecognized { kind, schema, field, seen } => {
                let place = self.place(self.format, item);
                self.staging.unrecognized(&place, kind, schema, field, seen);
            }
            Note::WonBack(rule) => *self.tally.won_back.entry(rule).or_default() += 1,
        }
    }
}

/// The reason for which a damaged dump is refused from a place on.
pub(super) fn reason_of(damage: &Damage) -> Reason {
    match damage {
        Damage::Truncated { .. } => Reason::Truncated,
        Damage::Corrupt { .. } => Reason::Corrupt,
        Damage::TooLarge { .. } => Reason::TooLarge,
        Damage::TooDense { .. } => Reason::TooDense,
        Damage::TrailingBytes { .. } => Reason::TrailingBytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Framing;
    use crate::ingest::Options;
    use crate::privacy::Key;

    fn key() -> Key {
        Key::from_secret(b"a secret of some length").expect("long enough")
    }

    #[test]
    fn many_refused_records_are_taken_in_parts() {
        let (key, options) = (key(), Options::default());
        let reading = Reading::new(&key, &options, Forgotten::default());
        let mut worker = Worker::new(&reading);
        let lines = "x\n".repeat(REFUSED as usize + 5);
        let frames = Framing::Lines.frames(lines.as_bytes(), 0, 10);
        let mut records = Records { source: "d1", changed: None, format: Format::EnrichedTsv, frames, after: 0 };
        for (is_all, refused) in [(false, REFUSED), (true, 5)] {
            assert_eq!(worker.records(&mut records), is_all);
            let Output { staged, tally, .. } = worker.finish();
            assert_eq!((tally.counts.records, tally.counts.rejects), (refused, refused));
            assert_eq!(staged.rejects.map(|rows| rows.num_rows() as u64), Some(refused));
        }
    }

    #[test]
    fn zeros_after_records_are_none() {
        let (key, options) = (key(), Options::default());
        let reading = Reading::new(&key, &options, Forgotten::default());
        for (format, framing) in
            [(Format::CollectorPayload, Framing::LengthPrefixed), (Format::Vortex, Framing::LengthDelimited)]
        {
            let mut worker = Worker::new(&reading);
            let frames = framing.frames(&[0; 100], 0, 10);
            assert!(worker.records(&mut Records { source: "d1", changed: None, format, frames, after: 0 }));
            assert_eq!(worker.finish().tally, Tally::default(), "{framing:?}");
        }
    }
}
