//! Vortex: a batch as it was sent, and one message of each sort.

use super::{Found, decode, refused, refused_of};
use crate::decode::vortex::tests::{batch, message};
use crate::decode::{Format, Reason};

/// The test vector of formats.md 6.8.
pub(super) fn vector() -> Vec<u8> {
    let hex = "0a0272311290010a4b0a232f76312e7075626c69632e6576656e74732e667573696f6e2e496e766f636174696f6e122412026531\
               1a026931320352756e3a0573746172744205322e302e305a076462742d6f7373120b0880f2d6ca061080e59a771a0b0880f2d6ca0610\
               80e59a77320276313a232f76312e7075626c69632e6576656e74732e667573696f6e2e496e766f636174696f6e";
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hexadecimal");
    digits.chunks(2).map(byte).collect()
}

fn event(kind: &'static str) -> Found {
    Found::Event(kind, "2026-01-01".to_owned())
}

#[test]
fn the_test_vector_is_read() {
    assert_eq!(vector().len(), 151);
    assert_eq!(decode(Format::Vortex, vector()), [event("invocation")]);
    assert_eq!(decode(Format::Vortex, b""), []);
}

#[test]
fn messages_are_told_apart_by_their_type() {
    let fusion = |name: &str, event: &[u8]| batch(&format!("/v1.public.events.fusion.{name}"), event);
    let any = message(|any| any.bytes(1, b"/v1.public.events.fusion.RunModel"));
    let untimed = message(|batch| batch.bytes(2, &message(|message| message.bytes(1, &any))));
    let ids = b"\x12\x02e1\x1a\x02i1";
    let cases = [
        (batch("/v1.events.fusion.CloudInvocation", b"\x12\x02i1"), event("cloud_invocation")),
        (batch("/v1.public.events.mcp.ToolCalled", b""), Found::Foreign),
        (batch("/v1.public.fields.core_types.ObservabilityMetric", b"\x0a\x01x"), Found::Filtered),
        (fusion("TimeTravel", ids), refused_of(Reason::UnknownSchema, "TimeTravel")),
        (fusion("RunModel", &ids[..4]), refused(Reason::NoInvocationId)),
        (fusion("RunModel", ids), event("run_model")),
        (fusion("Invocation", ids), refused_of(Reason::BadData, "Invocation")),
        (batch("jane@example.com", b""), refused(Reason::NotProtobuf)),
        (untimed, refused(Reason::BadTimestamp)),
    ];
    let all: Vec<u8> = cases.iter().flat_map(|(bytes, _)| bytes.clone()).collect();
    let expected: Vec<Found> = cases.into_iter().map(|(_, found)| found).collect();
    assert_eq!(decode(Format::Vortex, all), expected);
}

#[test]
fn what_is_no_message_is_refused() {
    for broken in [&[0xff; 40][..], b"\x0a\x7fshort", b"{}", b"\x12\x04\x0a\x02\x0a\x01", b"\x00"] {
        assert_eq!(decode(Format::Vortex, broken), [refused(Reason::NotProtobuf)], "{broken:02x?}");
    }
}
