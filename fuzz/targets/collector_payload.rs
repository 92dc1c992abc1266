#![no_main]
//! One record of [`Format::CollectorPayload`]: the laws of [`laws`] hold. What begins with `?`, as no payload does, is
//! a request's query string and, after a line feed, its body.

use libfuzzer_sys::fuzz_target;
use usage_report_fuzz::decode::Format;
use usage_report_fuzz::{laws, wrapping};

fuzz_target!(|record: &[u8]| {
    if let Some(request) = record.strip_prefix(b"?") {
        let end = request.iter().position(|byte| *byte == b'\n').unwrap_or(request.len());
        let (query, body) = request.split_at(end);
        let payload = wrapping::collector_payload(query, body.strip_prefix(b"\n").unwrap_or(body));
        laws::check(Format::CollectorPayload, &payload);
    } else {
        laws::check(Format::CollectorPayload, record);
    }
});
