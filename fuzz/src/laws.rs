//! What must hold of a record, however it is decoded.
//!
//! - It is told the same a second time, by a decoder that has decoded others.
//! - Some formats hold one event, some at least one verdict; some verdicts no event of a format can get.
//! - **Rules change only what would be refused**: every item is told the same with them as without, but for those that
//!   were refused and are events now, and those name the rules that did it.
//! - **A limit on events cuts off and does nothing else**: the items before it are told the same.
//! - With limits as low as no one would set them, nothing panics.

use std::sync::LazyLock;

use crate::decode::{Decoder, Format, Limits, Reason, Rules};
use crate::event::Timestamp;
use crate::privacy::{Key, Pseudonymizer};
use crate::telling::{Outcome, Telling, Told};

/// The keys of all runs.
pub static PSEUDONYMIZER: LazyLock<Pseudonymizer> =
    LazyLock::new(|| Pseudonymizer::new(&Key::from_secret(b"no secret, but long enough").expect("long enough")));

/// Rules that win back much of what is refused.
pub static RULES: LazyLock<Rules> = LazyLock::new(|| Rules::parse(include_str!("rules.toml")).expect("rules"));

/// How many events the lower of two limits allows.
const FEW: usize = 2;

/// Decodes a record in every way and asserts the laws. Gives what was told without rules.
pub fn check(format: Format, record: &[u8]) -> Vec<Told> {
    let (limits, none) = (Limits::default(), Rules::default());
    let mut decoder = Decoder::new(&PSEUDONYMIZER, &limits, &none);
    let told = decode(&mut decoder, format, record);
    check_form(format, &told);
    assert_eq!(decode(&mut decoder, format, record), told, "not the same a second time");

    check_rules(format, record, &told, &RULES);

    let few = Limits { events: FEW, ..limits };
    let cut_off = decode(&mut Decoder::new(&PSEUDONYMIZER, &few, &none), format, record);
    // What follows the limit in a body is not looked at: without the limit it may be why the body is refused.
    let refused_whole = matches!(&told[..], [told] if told.outcome == Outcome::Refused(Reason::NotPayloadData));
    if told.len() > FEW {
        assert_eq!(cut_off[..FEW], told[..FEW], "before the limit");
        assert_eq!(cut_off.len(), FEW + 1, "after the limit");
        assert_eq!(cut_off[FEW].outcome, Outcome::Refused(Reason::TooManyEvents));
    } else if !refused_whole {
        assert_eq!(cut_off, told, "a limit that is not reached");
    }

    let low = Limits { json_depth: 6, events: 1, string: 100 };
    decode(&mut Decoder::new(&PSEUDONYMIZER, &low, &RULES), format, record);
    told
}

/// Asserts that these rules change only what would be refused; `told` is what is told without any.
pub fn check_rules(format: Format, record: &[u8], told: &[Told], rules: &Rules) {
    let with_rules = decode(&mut Decoder::new(&PSEUDONYMIZER, &Limits::default(), rules), format, record);
    assert_eq!(with_rules.len(), told.len(), "rules neither add nor remove items");
    for (with, without) in with_rules.iter().zip(told) {
        if with == without {
            continue;
        }
        assert!(matches!(without.outcome, Outcome::Refused(_)), "{without:?} became {with:?}");
        assert!(matches!(with.outcome, Outcome::Event | Outcome::Recovered), "{without:?} became {with:?}");
        assert!(!with.won_back.is_empty() && with.won_back.is_sorted_by(|a, b| a < b), "{with:?}");
        assert!(with.won_back.iter().all(|rule| *rule < rules.names().count()), "{with:?}");
    }
}

/// Decodes one record.
pub fn decode(decoder: &mut Decoder<'_>, format: Format, record: &[u8]) -> Vec<Told> {
    let mut telling = Telling::default();
    decoder.decode(format, record, Timestamp::from_millis(1_790_812_800_000), &mut telling);
    telling.check_end();
    telling.items
}

/// How many verdicts a record gets, and which.
fn check_form(format: Format, told: &[Told]) {
    match format {
        Format::EnrichedTsv | Format::EnrichedJson | Format::VortexDev => assert_eq!(told.len(), 1),
        Format::FailedEvents | Format::TrackerPayload | Format::CollectorPayload => assert!(!told.is_empty()),
        // A batch may have no messages in it.
        Format::Vortex => {}
    }
    for told in told {
        assert!(told.won_back.is_empty(), "won back without rules");
        let possible = match told.outcome {
            Outcome::Event => format != Format::FailedEvents,
            Outcome::Recovered => matches!(format, Format::EnrichedTsv | Format::EnrichedJson | Format::FailedEvents),
            Outcome::Filtered => matches!(format, Format::Vortex | Format::VortexDev),
            Outcome::Refused(_) | Outcome::Foreign => true,
        };
        assert!(possible, "{format:?}: {told:?}");
    }
}
