//! What a decoder tells of one record, kept for comparing; and what must hold of every single thing it tells.
//!
//! - Items are told in order, from 0, one verdict for each; notes on an item come before its verdict.
//! - A refusal has a reason of the decoders.
//! - An event happened on a day of the calendar, and none of its numbers is infinite or not a number.
//! - **Nothing that could be personal is told.** A verdict's texts are words, versions and pseudonyms; the names of
//!   schemas and fields are names. So no text has a character that those do not have, and none has the [`MARKER`],
//!   which the dictionaries hold for the fuzzer to put into free text.

use crate::decode::{Note, Reason, Sink, Stage, Verdict};
use crate::event::Event;

/// A text that nothing may tell but the name of a schema, which may be any word of letters.
pub const MARKER: &str = "s3cr3tCANARY";

/// The longest name, `(other)` included.
const LONGEST_NAME: usize = 160;

/// What a decoder told of one record: an entry for each item.
#[derive(Debug, Default, PartialEq)]
pub struct Telling {
    /// The items, in order.
    pub items: Vec<Told>,
    /// Those of the item that has no verdict yet.
    notes: Vec<String>,
    won_back: Vec<usize>,
}

/// What a decoder told of one item.
#[derive(Debug, PartialEq)]
pub struct Told {
    /// What kind of verdict it got.
    pub outcome: Outcome,
    /// The rules without which it would have been refused.
    pub won_back: Vec<usize>,
    /// What is not known of it, as text.
    notes: Vec<String>,
    /// The verdict, as text.
    verdict: String,
}

/// A verdict without what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// [`Verdict::Event`].
    Event,
    /// [`Verdict::Recovered`].
    Recovered,
    /// [`Verdict::Refused`].
    Refused(Reason),
    /// [`Verdict::Foreign`].
    Foreign,
    /// [`Verdict::Filtered`].
    Filtered,
}

impl Sink for Telling {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        assert_eq!(item as usize, self.items.len(), "a verdict out of order");
        let outcome = match &verdict {
            Verdict::Event(event) => {
                check_event(event);
                Outcome::Event
            }
            Verdict::Recovered(event) => {
                check_event(event);
                Outcome::Recovered
            }
            Verdict::Refused(refusal) => {
                assert_eq!(refusal.reason.stage(), Stage::Decode, "a reason of another stage");
                if let Some(schema) = &refusal.schema {
                    check_schema(schema);
                }
                Outcome::Refused(refusal.reason)
            }
            Verdict::Foreign => Outcome::Foreign,
            Verdict::Filtered => Outcome::Filtered,
        };
        let (won_back, notes) = (std::mem::take(&mut self.won_back), std::mem::take(&mut self.notes));
        self.items.push(Told { outcome, won_back, notes, verdict: format!("{verdict:?}") });
    }

    fn note(&mut self, item: u32, note: Note<'_>) {
        assert_eq!(item as usize, self.items.len(), "a note out of order");
        match note {
            Note::WonBack(rule) => self.won_back.push(rule),
            Note::Unrecognized { schema, field, .. } => {
                check_schema(schema);
                if let Some(field) = field {
                    check_field(field);
                }
                self.notes.push(format!("{note:?}"));
            }
        }
    }
}

impl Telling {
    /// Asserts that every note belongs to an item that got a verdict.
    pub fn check_end(&self) {
        assert!(self.notes.is_empty() && self.won_back.is_empty(), "notes on an item without a verdict");
    }
}

fn check_event(event: &Event<'_>) {
    // Where the event goes in the lake.
    assert_eq!(event.envelope.times.derived.day().to_string().len(), 10, "a day outside of the calendar");
    let text = format!("{event:?}");
    for number in ["(NaN)", "(inf)", "(-inf)"] {
        assert!(!text.contains(number), "a number that is none: {text}");
    }
    assert!(!text.contains(MARKER), "told: {text}");
    for said in text.split('"').skip(1).step_by(2) {
        assert!(said.bytes().all(is_of_a_word), "told: {text}");
    }
}

/// Whether words and versions have such a byte, or the escapes of white space in a status, which is kept as it was
/// spelled.
fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" ._-/\\{}".contains(&byte)
}

/// What stands for a name that could be any text.
const OTHER: &str = "(other)";

/// A name of dbt's with the model, or of a message with its package.
fn check_schema(name: &str) {
    let rest = name.strip_prefix(OTHER).unwrap_or(name);
    let proper = rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/".contains(&byte));
    assert!(proper && (1..=LONGEST_NAME).contains(&name.len()), "told as a schema: {name}");
}

/// A name of dbt's, one of an object in an object, or the number of a field.
fn check_field(name: &str) {
    let rest = name.strip_suffix(OTHER).unwrap_or(name);
    let proper = rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte));
    assert!(proper && (1..=LONGEST_NAME).contains(&name.len()), "told as a field: {name}");
}
