//! One unit of work: some bytes of one dump, from frames to batches.

use std::collections::BTreeMap;

use crate::decode::{Decoder, Format, Framing, Reason, Refusal, Verdict};
use crate::frame::{Frame, LengthDelimited, Lines};
use crate::lake::SourceCounts;
use crate::privacy::Pseudonymizer;
use crate::source::Damage;
use crate::staging::{Place, Reject, Staged, Staging};

/// What came of a unit.
#[derive(Debug)]
pub(super) struct Output {
    pub staged: Staged,
    pub counts: SourceCounts,
    pub rejects: BTreeMap<Reason, u64>,
}

/// Frames, decodes and stages units; each worker has one and uses it again.
pub(super) struct Worker<'k> {
    decoder: Decoder<'k>,
    staging: Staging,
    counts: SourceCounts,
    rejects: BTreeMap<Reason, u64>,
}

impl<'k> Worker<'k> {
    pub(super) fn new(pseudonymizer: &'k Pseudonymizer) -> Self {
        Self {
            decoder: Decoder::new(pseudonymizer),
            staging: Staging::default(),
            counts: SourceCounts::default(),
            rejects: BTreeMap::new(),
        }
    }

    /// Takes whole records of a dump; `after` is how many bytes of the dump follow that cannot be framed.
    pub(super) fn records(&mut self, source: &str, format: Format, bytes: &[u8], offset: u64, after: u64) {
        match format.framing() {
            Framing::Lines => {
                for frame in Lines::new(bytes, offset) {
                    self.record(source, format, &frame);
                }
            }
            Framing::LengthDelimited => {
                for frame in LengthDelimited::new(bytes, offset) {
                    match frame {
                        Ok(frame) => self.record(source, format, &frame),
                        Err(error) => {
                            let reason = match error {
                                crate::frame::FrameError::LengthTooLarge { .. } => Reason::FrameLength,
                                crate::frame::FrameError::CutOff { .. } => Reason::FrameCutOff,
                            };
                            let length = error.unread() + after;
                            self.refuse(source, format.as_str(), error.offset(), Some(length), 0, &reason.into());
                        }
                    }
                }
            }
        }
    }

    fn record(&mut self, source: &str, format: Format, frame: &Frame<'_>) {
        let Self { decoder, staging, counts, rejects } = self;
        let source_form = format.as_str();
        decoder.decode(format, frame.bytes, &mut |item: u32, verdict: Verdict<'_>| {
            let place = Place { source, source_form, offset: frame.offset, item };
            counts.records += 1;
            match verdict {
                Verdict::Event(event) => {
                    counts.events += 1;
                    staging.append(&place, &event);
                }
                Verdict::Refused(refusal) => {
                    counts.rejects += 1;
                    *rejects.entry(refusal.reason).or_default() += 1;
                    staging.reject(&Reject { place, length: Some(frame.length), refusal: &refusal });
                }
                Verdict::Foreign => counts.foreign += 1,
                Verdict::Filtered => counts.filtered += 1,
            }
        });
    }

    /// Refuses a part of a dump that is no record.
    pub(super) fn refuse(
        &mut self,
        source: &str,
        source_form: &'static str,
        offset: u64,
        length: Option<u64>,
        item: u32,
        refusal: &Refusal,
    ) {
        self.counts.records += 1;
        self.counts.rejects += 1;
        *self.rejects.entry(refusal.reason).or_default() += 1;
        self.staging.reject(&Reject { place: Place { source, source_form, offset, item }, length, refusal });
    }

    /// What came of everything taken since the last call.
    pub(super) fn finish(&mut self) -> Output {
        Output {
            staged: self.staging.finish(),
            counts: std::mem::take(&mut self.counts),
            rejects: std::mem::take(&mut self.rejects),
        }
    }
}

/// The reason for which a damaged dump is refused from a place on.
pub(super) fn reason_of(damage: &Damage) -> Reason {
    match damage {
        Damage::Truncated { .. } => Reason::Truncated,
        Damage::Corrupt { .. } => Reason::Corrupt,
        Damage::TooLarge { .. } => Reason::TooLarge,
        Damage::TrailingBytes { .. } => Reason::TrailingBytes,
    }
}
