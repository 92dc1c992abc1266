use std::collections::BTreeMap;

use serde_json::json;

use super::super::fusion::tests::{INVOCATION_ID, cases};
use super::super::vortex::tests::{Told, batch, told};
use super::super::{Format, Limits, Unrecognized};
use super::*;
use crate::event::TimeBasis;

/// When the invocation started, as its id says.
fn started() -> Timestamp {
    Timestamp::from_millis(1_767_225_600_123).expect("a time")
}

/// 2026-01-03.
fn file_time() -> Timestamp {
    Timestamp::from_millis(1_767_398_400_000).expect("a time")
}

fn at(line: &str, file_time: Option<Timestamp>) -> Vec<Told> {
    let told = told(Format::VortexDev, line.as_bytes(), &Limits::default(), file_time);
    told.into_iter()
        .map(|(item, told)| {
            assert_eq!(item, 0);
            told
        })
        .collect()
}

fn decode(line: &str) -> Vec<Told> {
    at(line, Some(file_time()))
}

fn line(kind: &str, message: &serde_json::Value) -> String {
    json!({"type_url": format!("/v1.public.events.fusion.{kind}"), "message": message}).to_string()
}

fn refused(reason: Reason, schema: &str) -> [Told; 1] {
    [Told::Refused(reason, (!schema.is_empty()).then(|| schema.to_owned()))]
}

/// The message with the ids that it has, in either spelling.
fn with_ids(mut message: serde_json::Value, [event_id, invocation_id]: [&str; 2], name: &str) -> String {
    message[event_id] = json!("e1");
    if name != "AdapterInfoV2" {
        message[invocation_id] = json!(INVOCATION_ID);
    }
    line(name, &message)
}

#[test]
fn both_spellings_say_what_protobuf_says() {
    for case in cases() {
        let name = case.name;
        let batch = batch(&format!("/v1.public.events.fusion.{name}"), &case.event());
        let [(0, Told::Event { event_id, invocation_id, says, .. })] =
            &told(Format::Vortex, &batch, &Limits::default(), None)[..]
        else {
            panic!("{name}")
        };
        let derived = if invocation_id.is_some() { started() } else { file_time() };
        let basis = TimeBasis::FILE;
        let expected = [Told::Event {
            event_id: event_id.clone(),
            invocation_id: invocation_id.clone(),
            times: Times { device: None, collector: file_time(), derived, basis },
            says: says.clone(),
        }];
        let serde = with_ids(case.serde, ["event_id", "invocation_id"], name);
        assert_eq!(decode(&serde), expected, "{serde}");
        let protobuf_json = with_ids(case.protobuf_json, ["eventId", "invocationId"], name);
        assert_eq!(decode(&protobuf_json), expected, "{protobuf_json}");
    }
}

#[test]
fn a_cloud_invocation_has_an_id_of_its_content() {
    let of = |message: serde_json::Value| {
        let told = decode(&json!({"type_url": "/v1.events.fusion.CloudInvocation", "message": message}).to_string());
        let [Told::Event { event_id, says, .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!(says, "CloudInvocation");
        event_id.clone()
    };
    let one = of(json!({"invocation_id": INVOCATION_ID, "dbt_cloud_job_id": "1", "enrichment": null}));
    assert_eq!(of(json!({"invocationId": INVOCATION_ID})), one);
    assert_ne!(of(json!({"invocation_id": "i2"})), one);
}

#[test]
fn reads_what_dbt_wrote() {
    let captured = include_str!("../../../tests/fixtures/captured/dbt-2.0.0-preview.196.vortex-dev.jsonl");
    let mut kinds = BTreeMap::<String, usize>::new();
    for line in captured.lines() {
        let told = decode(line);
        let [Told::Event { invocation_id: Some(_), says, .. }] = &told[..] else { panic!("{told:?}") };
        // Its ids are of November, long after the time of the file here.
        assert_eq!(told[0].times().derived, file_time());
        let kind: String = says.chars().take_while(char::is_ascii_alphabetic).collect();
        *kinds.entry(kind).or_default() += 1;
        let times = at(line, None)[0].times();
        assert_eq!(times.derived.day().to_string(), "2026-11-22");
        assert_eq!((times.collector, times.basis), (times.derived, TimeBasis::INVOCATION_ID));
    }
    let expected = [("AdapterInfo", 1), ("Invocation", 3), ("InvocationEnv", 2), ("ResourceCounts", 1)];
    assert_eq!(kinds, expected.map(|(kind, count)| (kind.to_owned(), count)).into());
    assert_eq!(captured.matches("\"progress\":\"start\"").count(), 2);
}

#[test]
fn the_times_are_the_files_and_the_invocation_ids() {
    let of = |invocation_id: &str, file_time| {
        at(&line("InvocationEnv", &json!({"event_id": "e1", "invocation_id": invocation_id})), file_time)
    };
    let times = |collector, derived, basis| Times { device: None, collector, derived, basis };
    let file = file_time();
    assert_eq!(of(INVOCATION_ID, Some(file))[0].times(), times(file, started(), TimeBasis::FILE));
    assert_eq!(of(INVOCATION_ID, None)[0].times(), times(started(), started(), TimeBasis::INVOCATION_ID));
    // An id without a time, or with one of after the file.
    for id in ["3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01", "i1", "01a20473-1884-79a1-a0ac-3abc66ba5fa5"] {
        assert_eq!(of(id, Some(file))[0].times(), times(file, file, TimeBasis::FILE), "{id}");
    }
    assert_eq!(of("i1", None), refused(Reason::BadTimestamp, ""));
    assert_eq!(of("i1", Timestamp::from_millis(0)), refused(Reason::BadTimestamp, ""));
    let adapter = line("AdapterInfoV2", &json!({"event_id": "e1", "run_model_id": INVOCATION_ID}));
    assert_eq!(at(&adapter, Some(file))[0].times(), times(file, file, TimeBasis::FILE));
    assert_eq!(at(&adapter, None), refused(Reason::BadTimestamp, ""));
}

#[test]
fn what_is_not_known_is_noted() {
    let note = |kind, schema: &str, field: Option<&str>, seen| {
        Told::Note(kind, schema.to_owned(), field.map(str::to_owned), Some(seen))
    };
    let new = |field| note(Unrecognized::Field, "InvocationEnv", Some(field), started());
    let message = json!({
        "eventId": "e1", "invocation_id": INVOCATION_ID, "time_travel": {"a": [1, null]}, "timeTravel": 1,
        "later": null, "jane@example.com": "x", "J": 0, "": 0,
    });
    let mut told = decode(&line("InvocationEnv", &message));
    assert!(matches!(told.pop(), Some(Told::Event { .. })));
    told.sort_by_key(|told| format!("{told:?}"));
    assert_eq!(told, [new("(other)"), new("later"), new("time_travel")]);

    let unknown = [
        note(Unrecognized::Schema, "TimeTravel", None, file_time()),
        Told::Refused(Reason::UnknownSchema, Some("TimeTravel".to_owned())),
    ];
    for message in [json!({"event_id": "e1"}), json!(null), json!("x")] {
        assert_eq!(decode(&line("TimeTravel", &message)), unknown);
    }
    let docs = r#"{"message":{"query":"salaries"},"type_url":"/v1.public.events.docs.SearchPerformed"}"#;
    let name = "v1.public.events.docs.SearchPerformed";
    assert_eq!(decode(docs), [note(Unrecognized::Product, name, None, file_time()), Told::Foreign]);
    let metric = r#"{"type_url":"/v1.public.fields.core_types.ObservabilityMetric","message":{"tags":["x"]}}"#;
    assert_eq!(decode(metric), [Told::Filtered]);
}

#[test]
fn new_fields_are_noted_but_not_without_end() {
    let mut message = json!({"event_id": "e1", "invocation_id": INVOCATION_ID});
    for number in 0..1000 {
        message[format!("field_{number}")] = json!(number);
    }
    assert_eq!(decode(&line("InvocationEnv", &message)).len(), NEW_FIELDS + 1);
}

#[test]
fn null_and_absent_are_the_default() {
    let ids = json!({"event_id": "e1", "invocation_id": INVOCATION_ID});
    for case in cases().into_iter().filter(|case| !matches!(case.name, "Invocation" | "AdapterInfoV2" | "RunModel")) {
        let mut null = ids.clone();
        for key in case.serde.as_object().expect("an object").keys() {
            null[key] = json!(null);
        }
        let absent = decode(&line(case.name, &ids));
        assert!(matches!(absent[..], [Told::Event { .. }]), "{}", case.name);
        assert_eq!(decode(&line(case.name, &null)), absent, "{}", case.name);
    }
    // serde writes null for a double that is no number, which is no duration either.
    let run = |time: serde_json::Value| {
        let message = json!({"event_id": "e1", "invocation_id": INVOCATION_ID, "execution_time": time});
        let told = decode(&line("RunModel", &message));
        let [Told::Event { says, .. }] = &told[..] else { panic!("{told:?}") };
        says.clone()
    };
    for (time, seconds) in [
        (json!(null), "None"),
        (json!("NaN"), "None"),
        (json!("-Infinity"), "None"),
        (json!(0), "Some(0.0)"),
        (json!(2), "Some(2.0)"),
        (json!(-1.5), "Some(-1.5)"),
    ] {
        let says = run(time);
        assert!(says.contains(&format!("execution_seconds: {seconds}")), "{says}");
    }
    // No id at all.
    assert_eq!(decode(&line("RunModel", &json!({"event_id": "e1"}))), refused(Reason::NoInvocationId, ""));
    assert_eq!(
        decode(&line("RunModel", &json!({"event_id": "e1", "invocation_id": null}))),
        refused(Reason::NoInvocationId, "")
    );
}

#[test]
fn values_of_enumerations_have_names_and_numbers() {
    let screen = |value: serde_json::Value| {
        let message = json!({"event_id": "e1", "invocation_id": INVOCATION_ID, "screen": value});
        let told = decode(&line("Onboarding", &message));
        let [Told::Event { says, .. }] = &told[..] else { panic!("{told:?}") };
        says.split('"').nth(1).expect("a word").to_owned()
    };
    for (value, word) in [
        (json!(0), "unspecified"),
        (json!("SCREEN_UNSPECIFIED"), "unspecified"),
        (json!(12), "compile"),
        (json!("12"), "compile"),
        (json!("COMPILE"), "compile"),
        (json!("COMPILE_STRICT"), "compile"),
        (json!("ONBOARDING_SCREEN_LOGIN"), "login"),
        (json!(21), "other"),
        (json!(-1), "other"),
        (json!("A_LATER_ONE"), "other"),
        (json!("OTHER"), "other"),
    ] {
        assert_eq!(screen(value.clone()), word, "{value}");
    }
}

#[test]
fn a_value_of_another_type_does_not_fit_its_message() {
    for (kind, field, value) in [
        ("Invocation", "progress", json!(1)),
        ("Invocation", "progress", json!(["start"])),
        ("Invocation", "progress", json!("paused")),
        ("Invocation", "event_id", json!({})),
        ("InvocationEnv", "environment", json!(true)),
        ("ResourceCounts", "models", json!(1.5)),
        ("ResourceCounts", "models", json!("many")),
        ("ResourceCounts", "models", json!("")),
        ("ResourceCounts", "models", json!(1_u64 << 31)),
        ("ResourceCounts", "models", json!(u64::MAX)),
        ("RunModel", "execution_time", json!("soon")),
        ("RunModel", "execution_time", json!(false)),
        ("RunModel", "run_skipped", json!(1)),
        ("RunModel", "runSkipped", json!("true")),
        ("Onboarding", "screen", json!(1.0)),
        ("Login", "errorCode", json!([0])),
    ] {
        let mut message = json!({"event_id": "e1", "invocation_id": INVOCATION_ID});
        message[field] = value;
        assert_eq!(decode(&line(kind, &message)), refused(Reason::BadData, kind), "{message}");
    }
    for message in [json!(null), json!([]), json!("x"), json!(17)] {
        assert_eq!(decode(&line("Login", &message)), refused(Reason::BadData, "Login"), "{message}");
    }
}

#[test]
fn what_is_no_line_of_this_form_is_refused() {
    for line in [
        "",
        "null",
        "{}",
        "{",
        r#"{"type_url":"/v1.public.events.fusion.Login"}"#,
        r#"{"type_url":"/v1.public.events.fusion.Login","message":{}"#,
        r#"{"type_url":"/v1.public.events.fusion.Login","message":{}} x"#,
        r#"["/v1.public.events.fusion.Login",{}]"#,
        r#"{"message":{}}"#,
        r#"{"type_url":null,"message":{}}"#,
        r#"{"type_url":"jane@example.com","message":{}}"#,
        r#"{"type_url":{},"message":{}}"#,
    ] {
        assert_eq!(decode(line), refused(Reason::NotJson, ""), "{line}");
    }
    let (limits, none) = (Limits { json_depth: 3, string: 40, ..Limits::default() }, None);
    let of = |bytes: &[u8]| told(Format::VortexDev, bytes, &limits, none).remove(0).1;
    assert_eq!(of(b"\xff"), Told::Refused(Reason::NotUtf8, None));
    let deep = line("InvocationEnv", &json!({"enrichment": {"client_ip": {}}}));
    assert_eq!(of(deep.as_bytes()), Told::Refused(Reason::TooDeep, None));
    let long = line("InvocationEnv", &json!({"environment": "x".repeat(41)}));
    assert_eq!(of(long.as_bytes()), Told::Refused(Reason::StringTooLong, None));
}

#[test]
fn whatever_a_line_says_there_is_one_verdict() {
    let one_verdict = |line: &[u8]| {
        let told = told(Format::VortexDev, line, &Limits::default(), Some(file_time()));
        let notes = told.iter().take_while(|(_, told)| matches!(told, Told::Note(..))).count();
        assert_eq!(notes + 1, told.len(), "{told:?}");
    };
    arbtest::arbtest(|u| {
        let cases = cases();
        let case = u.choose(&cases)?;
        let mut message = if u.arbitrary()? { case.serde.clone() } else { case.protobuf_json.clone() };
        let keys: Vec<String> = message.as_object().expect("an object").keys().cloned().collect();
        for _ in 0..u.int_in_range(0..=4)? {
            let value = match u.int_in_range(0..=6)? {
                0 => json!(null),
                1 => json!(u.arbitrary::<bool>()?),
                2 => json!(u.arbitrary::<i64>()?),
                3 => json!(u.arbitrary::<f64>()?),
                4 => json!([u.arbitrary::<u8>()?]),
                5 => json!({"a": u.arbitrary::<String>()?}),
                _ => json!(u.arbitrary::<String>()?),
            };
            message[u.choose(&keys)?] = value;
        }
        message[u.arbitrary::<String>()?] = json!(0);
        message["invocation_id"] = json!(u.arbitrary::<String>()?);
        let mut bytes = line(case.name, &message).into_bytes();
        one_verdict(&bytes);
        // And with bytes of it changed.
        for _ in 0..u.int_in_range(0..=4)? {
            let place = u.choose_index(bytes.len())?;
            bytes[place] = u.arbitrary()?;
        }
        one_verdict(&bytes);
        one_verdict(u.arbitrary()?);
        Ok(())
    });
}
