#![no_main]
//! One record of [`Format::Vortex`]: the laws of [`laws`] hold. What begins with `/`, as no batch does, is one
//! message's type URL and, after a line feed, its event.

use libfuzzer_sys::fuzz_target;
use usage_report_fuzz::decode::Format;
use usage_report_fuzz::{laws, wrapping};

fuzz_target!(|record: &[u8]| {
    if record.starts_with(b"/") {
        let end = record.iter().position(|byte| *byte == b'\n').unwrap_or(record.len());
        let (type_url, event) = record.split_at(end);
        let batch = wrapping::vortex(type_url, event.strip_prefix(b"\n").unwrap_or(event));
        laws::check(Format::Vortex, &batch);
    } else {
        laws::check(Format::Vortex, record);
    }
});
