#![no_main]
//! The beginning of a dump: what it is detected as is how it is cut; and its records, cut and decoded like that, are
//! told in order.

use libfuzzer_sys::fuzz_target;
use usage_report_fuzz::decode::{Decoder, Format, Limits, Rules, detect, framing_of};
use usage_report_fuzz::laws::{PSEUDONYMIZER, decode};

/// How many records of a dump are decoded.
const RECORDS: usize = 32;

fuzz_target!(|block: &[u8]| {
    let framings = Format::ALL.map(|format| (format, framing_of(format, block)));
    let Some(found) = detect(block) else { return };
    assert!(framings.contains(&(found.format, found.framing)), "{found:?}");

    let (limits, rules) = (Limits::default(), Rules::default());
    let mut decoder = Decoder::new(&PSEUDONYMIZER, &limits, &rules);
    for frame in found.framing.frames(block, 0, usize::MAX).take(RECORDS).flatten() {
        decode(&mut decoder, found.format, frame.bytes);
    }
});
