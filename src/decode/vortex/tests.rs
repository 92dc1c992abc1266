use super::super::protobuf::Writer;
use super::super::{Decoder, Format, Limits, Rules};
use super::*;
use crate::event::Payload;
use crate::privacy::{Key, Pseudonymizer};

/// What is told of a record.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::decode) enum Told {
    /// An event: its ids (pseudonyms), its times, and what it says, as Rust prints it.
    Event { event_id: String, invocation_id: Option<String>, times: Times, says: String },
    /// A refusal with its schema.
    Refused(Reason, Option<String>),
    /// Another product's.
    Foreign,
    /// Of a kind that may not be kept.
    Filtered,
    /// A note: what is not known, of which schema, which field, when.
    Note(Unrecognized, String, Option<String>, Option<Timestamp>),
}

impl Told {
    /// The times of an event.
    pub(in crate::decode) fn times(&self) -> Times {
        match self {
            Self::Event { times, .. } => *times,
            other => panic!("no event: {other:?}"),
        }
    }

    /// What an event says.
    fn says(&self) -> &str {
        match self {
            Self::Event { says, .. } => says,
            other => panic!("no event: {other:?}"),
        }
    }

    fn event_id(&self) -> &str {
        match self {
            Self::Event { event_id, .. } => event_id,
            other => panic!("no event: {other:?}"),
        }
    }
}

impl Sink for Vec<(u32, Told)> {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        let told = match verdict {
            Verdict::Event(Event { envelope, payload }) => Told::Event {
                event_id: format!("{:?}", envelope.event_id),
                invocation_id: envelope.invocation_id.map(|id| format!("{id:?}")),
                times: envelope.times,
                says: format!("{payload:?}"),
            },
            Verdict::Recovered(event) => panic!("nothing is recovered here: {event:?}"),
            Verdict::Refused(refusal) => Told::Refused(refusal.reason, refusal.schema),
            Verdict::Foreign => Told::Foreign,
            Verdict::Filtered => Told::Filtered,
        };
        self.push((item, told));
    }

    fn note(&mut self, item: u32, note: Note<'_>) {
        let Note::Unrecognized { kind, schema, field, seen } = note else { panic!("nothing is won back here") };
        self.push((item, Told::Note(kind, schema.to_owned(), field.map(str::to_owned), seen)));
    }
}

/// Everything that is told of a record, with the numbers of its events.
pub(in crate::decode) fn told(
    format: Format,
    record: &[u8],
    limits: &Limits,
    file_time: Option<Timestamp>,
) -> Vec<(u32, Told)> {
    let key = Key::from_secret(b"a secret of some length").expect("long enough");
    let (pseudonymizer, rules) = (Pseudonymizer::new(&key), Rules::default());
    let mut told = Vec::new();
    Decoder::new(&pseudonymizer, limits, &rules).decode(format, record, file_time, &mut told);
    told
}

/// The same without numbers, with the limits that hold where nothing is said.
fn decode(batch: &[u8]) -> Vec<Told> {
    told(Format::Vortex, batch, &Limits::default(), None).into_iter().map(|(_, told)| told).collect()
}

/// A message with these parts written.
pub(in crate::decode) fn message(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    write(&mut writer);
    writer.finish()
}

fn any(name: &str, event: &[u8]) -> Vec<u8> {
    message(|any| {
        any.bytes(1, name.as_bytes());
        any.bytes(2, event);
    })
}

/// 2026-01-01, and so many seconds.
fn at(seconds: u64) -> Vec<u8> {
    message(|time| time.number(1, 1_767_225_600 + seconds))
}

fn timestamp_at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(1_767_225_600 + seconds, 0).expect("a time")
}

/// A batch of one event that was made on 2026-01-01.
pub(in crate::decode) fn batch(name: &str, event: &[u8]) -> Vec<u8> {
    message(|batch| {
        batch.bytes(
            2,
            &message(|wrapper| {
                wrapper.bytes(1, &any(name, event));
                wrapper.bytes(2, &at(0));
            }),
        );
    })
}

fn fusion(kind: &str, event: &[u8]) -> Vec<u8> {
    batch(&format!("/v1.public.events.fusion.{kind}"), event)
}

/// An event with both ids and these parts.
fn event(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    message(|event| {
        event.bytes(2, b"e1");
        event.bytes(3, b"i1");
        write(event);
    })
}

fn refused(reason: Reason, schema: &str) -> Told {
    Told::Refused(reason, (!schema.is_empty()).then(|| schema.to_owned()))
}

#[test]
fn an_adapter_of_a_node_run_belongs_to_no_invocation() {
    let event = message(|event| {
        event.bytes(2, b"e1");
        event.bytes(3, b"r1");
    });
    let told = decode(&fusion("AdapterInfoV2", &event));
    assert!(matches!(told[..], [Told::Event { invocation_id: None, .. }]), "{told:?}");
    assert_eq!(
        decode(&fusion("RunModel", &message(|event| event.bytes(2, b"e1")))),
        [refused(Reason::NoInvocationId, "")]
    );
}

#[test]
fn a_field_of_another_type_does_not_fit_its_message() {
    for (kind, event) in [
        ("Invocation", event(|event| event.number(7, 1))),
        ("Invocation", event(|event| event.bytes(7, b"\xff"))),
        ("Invocation", event(|event| event.bytes(7, b"paused"))),
        ("RunModel", message(|event| event.number(2, 1))),
        ("RunModel", message(|event| event.bytes(3, b"\xff"))),
        ("RunModel", event(|event| event.number(6, 1))),
        ("RunModel", event(|event| event.bytes(8, b"true"))),
        ("ResourceCounts", event(|event| event.number(4, 1 << 40))),
        ("Onboarding", event(|event| event.bytes(4, b"WELCOME"))),
        ("Login", event(|event| event.double(12, 1.0))),
    ] {
        assert_eq!(decode(&fusion(kind, &event)), [refused(Reason::BadData, kind)], "{kind} {event:02x?}");
    }
    // What is passed over is of no type.
    assert!(matches!(decode(&fusion("RunModel", &event(|event| event.bytes(4, b"1"))))[..], [Told::Event { .. }]));
}

#[test]
fn a_message_that_is_none_leaves_the_others_alone() {
    let good = fusion("RunModel", &event(|_| {}));
    for broken in [&b"\x0a\x7fshort"[..], b"\x0b\x0c", b"\x0e", b"\x19\0\0"] {
        let told = decode(&[fusion("RunModel", broken), good.clone()].concat());
        assert_eq!(told[0], refused(Reason::NotProtobuf, ""), "{broken:02x?}");
        assert!(matches!(told[1], Told::Event { .. }), "{broken:02x?}");
        // In the wrapper.
        let told = decode(&[message(|batch| batch.bytes(2, broken)), good.clone()].concat());
        assert_eq!(told[0], refused(Reason::NotProtobuf, ""), "{broken:02x?}");
        assert!(matches!(told[1], Told::Event { .. }), "{broken:02x?}");
        // In the batch, of which nothing is told then.
        let told = decode(&[&good[..], broken].concat());
        assert_eq!(told, [refused(Reason::NotProtobuf, "")], "{broken:02x?}");
    }
    assert_eq!(decode(&message(|batch| batch.number(2, 1))), [refused(Reason::NotProtobuf, "")]);
}

#[test]
fn a_field_can_be_too_long_and_a_message_cannot() {
    let limits = Limits { string: 64, ..Limits::default() };
    let long = "x".repeat(65);
    let one = |batch: &[u8]| {
        let mut told = told(Format::Vortex, batch, &limits, None);
        assert_eq!(told.len(), 1, "{told:?}");
        told.remove(0).1
    };
    let many = event(|event| {
        (7..24).for_each(|number| {
            if number != 8 && !(14..18).contains(&number) {
                event.bytes(number, &[b'x'; 60])
            }
        })
    });
    assert!(many.len() > 64);
    assert!(matches!(one(&fusion("RunModel", &many)), Told::Event { .. }));
    // Read, passed over, new.
    for number in [7, 1, 99] {
        let batch = fusion("RunModel", &event(|event| event.bytes(number, long.as_bytes())));
        assert_eq!(one(&batch), refused(Reason::StringTooLong, ""), "{number}");
    }
    assert_eq!(one(&batch(&format!("/v1.{long}"), b"")), refused(Reason::StringTooLong, ""));
    let wrapper = message(|wrapper| {
        wrapper.bytes(1, &any("/v1.public.events.fusion.RunModel", &event(|_| {})));
        wrapper.bytes(6, long.as_bytes());
    });
    assert_eq!(one(&message(|batch| batch.bytes(2, &wrapper))), refused(Reason::StringTooLong, ""));
}

#[test]
fn only_so_many_events_are_read() {
    let limits = Limits { events: 2, ..Limits::default() };
    let good = fusion("RunModel", &event(|_| {}));
    let all = told(Format::Vortex, &good.repeat(4), &limits, None);
    let [(0, Told::Event { .. }), (1, Told::Event { .. }), (2, last)] = &all[..] else { panic!("{all:?}") };
    assert_eq!(*last, refused(Reason::TooManyEvents, ""));
    assert_eq!(told(Format::Vortex, &good.repeat(2), &limits, None).len(), 2);
}

#[test]
fn what_is_not_known_is_noted() {
    let seen = Some(timestamp_at(0));
    let note =
        |kind, schema: &str, field: Option<&str>| Told::Note(kind, schema.to_owned(), field.map(str::to_owned), seen);
    // A message of a later dbt, wherever it has its ids.
    let unknown = |name: &str| [note(Unrecognized::Schema, name, None), refused(Reason::UnknownSchema, name)];
    assert_eq!(decode(&fusion("TimeTravel", &event(|_| {}))), unknown("TimeTravel"));
    assert_eq!(decode(&fusion("TimeTravel", b"\x0a\x7fshort")), unknown("TimeTravel"));
    assert_eq!(decode(&fusion("node.NodeEvaluated", b"")), unknown("node.NodeEvaluated"));
    for name in ["jane@example.com", "203.0.113.9", "customers", "model.acme.customers", "ACME_CUSTOMERS", "ACME", ""] {
        assert_eq!(decode(&fusion(name, b"")), unknown("(other)"), "{name}");
    }
    // Another product's.
    let product = |name: &str| [note(Unrecognized::Product, name, None), Told::Foreign];
    assert_eq!(decode(&batch("/v1.public.events.mcp.ToolCalled", b"")), product("v1.public.events.mcp.ToolCalled"));
    for url in ["type.googleapis.com/v1.x y", "/v1.203.0.113.9", "/v1.public.events.mcp.203.0.113.9", "/v1.acme.com"] {
        assert_eq!(decode(&batch(url, b"")), product("(other)"), "{url}");
    }
    assert_eq!(decode(&batch("/v1.public.fields.core_types.ObservabilityMetric", b"\xff")), [Told::Filtered]);
    assert_eq!(decode(&batch("/google.protobuf.Empty", b"")), [refused(Reason::NotProtobuf, "")]);
    // A new field, of an event that is refused for another reason too.
    let told = decode(&fusion("RunModel", &event(|event| event.bytes(25, b"secret"))));
    assert_eq!(told[0], note(Unrecognized::Field, "RunModel", Some("25")));
    assert!(matches!(told[1], Told::Event { .. }));
    let told = decode(&fusion("RunModel", &message(|event| event.number(25, 1))));
    assert_eq!(told, [note(Unrecognized::Field, "RunModel", Some("25")), refused(Reason::NoInvocationId, "")]);
}

#[test]
fn times_that_are_none_are_no_reason_to_take_another_products_event_for_dbts() {
    let of = |name: &str, created: &[u8]| {
        let wrapper = message(|wrapper| {
            wrapper.bytes(1, &any(name, &event(|_| {})));
            wrapper.bytes(2, created);
        });
        decode(&message(|batch| batch.bytes(2, &wrapper)))
    };
    let never = message(|time| time.number(1, i64::MAX.cast_unsigned()));
    assert_eq!(of("/v1.public.events.fusion.RunModel", &never), [refused(Reason::BadTimestamp, "")]);
    assert_eq!(of("/v1.public.events.fusion.RunModel", b"\xff"), [refused(Reason::NotProtobuf, "")]);
    let name = "v1.public.events.docs.SiteOpened";
    let note = Told::Note(Unrecognized::Product, name.to_owned(), None, None);
    assert_eq!(of(name, &never), [note, Told::Foreign]);
}

#[test]
fn an_event_without_an_id_of_its_own_has_that_of_its_wrapper_or_of_its_content() {
    let cloud = message(|event| event.bytes(2, b"i1"));
    let id = |id: &[u8], created: u64, sent: u64, event: &[u8]| {
        let wrapper = message(|wrapper| {
            wrapper.bytes(1, &any("/v1.events.fusion.CloudInvocation", event));
            wrapper.bytes(2, &at(created));
            wrapper.bytes(3, &at(sent));
            wrapper.bytes(6, id);
        });
        let told = decode(&message(|batch| batch.bytes(2, &wrapper)));
        assert_eq!(told[0].says(), format!("{:?}", Payload::CloudInvocation));
        told[0].event_id().to_owned()
    };
    let own = decode(&fusion("RunModel", &event(|_| {})))[0].event_id().to_owned();
    assert_eq!(id(b"e1", 0, 1, &cloud), own);
    // Sent again.
    assert_eq!(id(b"", 0, 1, &cloud), id(b"", 0, 9, &cloud));
    assert_ne!(id(b"", 0, 1, &cloud), id(b"", 1, 1, &cloud));
    assert_ne!(id(b"", 0, 1, &cloud), id(b"", 0, 1, &message(|event| event.bytes(2, b"i2"))));
}

#[test]
fn no_bytes_make_it_panic() {
    arbtest::arbtest(|u| {
        let event = u.arbitrary::<Vec<u8>>()?;
        let kind =
            *u.choose(&["Invocation", "RunModel", "Login", "Onboarding", "ResourceCounts", "CloudInvocation"])?;
        let limits = Limits { string: 16, events: 2, ..Limits::default() };
        told(Format::Vortex, &fusion(kind, &event), &limits, None);
        told(Format::Vortex, &message(|batch| batch.bytes(2, &event)), &limits, None);
        told(Format::Vortex, &event, &limits, None);
        Ok(())
    });
}
