//! What only shows where the decoders meet: one event in every form, what the rules and the limits change, what is
//! noted, and which format a dump is taken for.

mod detection;
mod enriched;
mod forms;
mod incomplete;
mod limits;
mod notes;
mod rules;
mod tracker;
mod vortex;

use super::{Decoder, FailureFamily, Format, Limits, Note, Reason, Rules, Sink, Unrecognized, Verdict};
use crate::event::{Event, Payload, Word};
use crate::privacy::{Key, Pseudonymizer};

/// What a test looks at of a verdict.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    /// An event of a kind, on a day.
    Event(&'static str, String),
    /// The same, from a failed one.
    Recovered(&'static str, String),
    /// The reason, the schema that it is about, and the family of the failed event.
    Refused(Reason, Option<String>, Option<FailureFamily>),
    Foreign,
    Filtered,
}

/// What a test looks at of a note.
#[derive(Clone, Debug, PartialEq)]
enum Noted {
    /// What is not known, of which schema, which field, and the day when the event happened.
    Unrecognized(Unrecognized, String, Option<String>, Option<String>),
    /// The rule.
    WonBack(usize),
}

/// Everything that is told of a record.
#[derive(Debug, Default)]
struct Finds {
    found: Vec<Found>,
    /// With the number of the event.
    noted: Vec<(u32, Noted)>,
    /// The last event's ids and what it says, as Rust prints them.
    says: String,
}

impl Sink for Finds {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        assert_eq!(item as usize, self.found.len(), "verdicts come in order");
        if let Verdict::Event(Event { envelope, payload }) | Verdict::Recovered(Event { envelope, payload }) = &verdict
        {
            self.says = format!("{:?} {:?} {payload:?}", envelope.event_id, envelope.invocation_id);
        }
        self.found.push(match verdict {
            Verdict::Event(event) => Found::Event(kind(&event.payload), day(&event)),
            Verdict::Recovered(event) => Found::Recovered(kind(&event.payload), day(&event)),
            Verdict::Refused(refusal) => Found::Refused(refusal.reason, refusal.schema, refusal.family),
            Verdict::Foreign => Found::Foreign,
            Verdict::Filtered => Found::Filtered,
        });
    }

    fn note(&mut self, item: u32, note: Note<'_>) {
        assert_eq!(item as usize, self.found.len(), "a note comes before the verdict");
        let noted = match note {
            Note::Unrecognized { kind, schema, field, seen } => {
                let seen = seen.map(|seen| seen.day().to_string());
                Noted::Unrecognized(kind, schema.to_owned(), field.map(str::to_owned), seen)
            }
            Note::WonBack(rule) => Noted::WonBack(rule),
        };
        self.noted.push((item, noted));
    }
}

fn kind(payload: &Payload<'_>) -> &'static str {
    match payload {
        Payload::Invocation(_) => "invocation",
        Payload::RunModel(_) => "run_model",
        Payload::PackageInstall(_) => "package_install",
        Payload::ProjectId(_) => "project_id",
        Payload::CloudInvocation => "cloud_invocation",
        _ => "another",
    }
}

fn day(event: &Event<'_>) -> String {
    event.envelope.times.derived.day().to_string()
}

fn find(format: Format, record: &[u8], limits: &Limits, rules: &Rules) -> Finds {
    let key = Key::from_secret(b"a secret of some length").expect("long enough");
    let pseudonymizer = Pseudonymizer::new(&key);
    let mut finds = Finds::default();
    Decoder::new(&pseudonymizer, limits, rules).decode(format, record, None, &mut finds);
    finds
}

/// The verdicts, with the limits that hold where nothing is said and without rules.
fn decode(format: Format, record: impl AsRef<[u8]>) -> Vec<Found> {
    find(format, record.as_ref(), &Limits::default(), &Rules::default()).found
}

/// The event of a record, as Rust prints it.
fn says(format: Format, record: impl AsRef<[u8]>) -> String {
    let finds = find(format, record.as_ref(), &Limits::default(), &Rules::default());
    assert!(matches!(finds.found[..], [Found::Event(..) | Found::Recovered(..)]), "no event: {finds:?}");
    finds.says
}

/// An event on the day on which all examples are.
fn event(kind: &'static str) -> Found {
    Found::Event(kind, forms::DAY.to_owned())
}

/// The same, recovered.
fn recovered(kind: &'static str) -> Found {
    Found::Recovered(kind, forms::DAY.to_owned())
}

fn refused(reason: Reason) -> Found {
    Found::Refused(reason, None, None)
}

fn refused_of(reason: Reason, schema: &str) -> Found {
    Found::Refused(reason, Some(schema.to_owned()), None)
}

#[test]
fn one_event_is_the_same_in_every_form() {
    let contexts = [forms::invocation(), forms::environment()];
    let [(format, record), others @ ..] = &forms::all(&contexts)[..] else { panic!("no forms") };
    let expected = says(*format, record);
    for (format, record) in others {
        assert_eq!(says(*format, record), expected, "{}", String::from_utf8_lossy(record));
        assert_eq!(decode(*format, record), [event("invocation")]);
    }
}

#[test]
fn names_of_formats_are_read_back() {
    for format in Format::ALL {
        assert_eq!(Format::parse(format.as_str()), Some(format));
    }
    assert_eq!(Format::parse("enriched"), None);
    assert!(crate::event::Command::WORDS.contains(&"docs-generate"));
}
