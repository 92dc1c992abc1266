//! Snowplow enriched events as the Analytics SDKs write them: one JSON object a line.
//!
//! Atomic columns keep their names; contexts become lists of data under `contexts_<vendor>_<name>_<model>`.
//! The three SDKs differ in what they do with empty columns (null or absent), in the digits of times and
//! in columns that are not used here, so one reader takes all. Names of keys are folded to lower case and may carry the
//! rest of the version (`contexts_com_dbt_invocation_1_0_2`), as warehouses have them. Source: formats.md 1.6.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::com_dbt::{self, Columns};
use super::contexts::{Contexts, DataList, Wrapped};
use super::plain::{Cursor, Plain as _};
use super::refusal::{FailureFamily, Reason, Refusal};
use super::snowplow::{self, Origin};
use super::text::Text;
use super::{Reading, Sink, Verdict, entries, incomplete};
use crate::event::{SchemaKey, Times, Timestamp};

/// The columns of one object that are looked at.
#[derive(Debug, Default)]
struct Object<'a> {
    app_id: Text<'a>,
    collector_tstamp: Text<'a>,
    dvce_created_tstamp: Text<'a>,
    dvce_sent_tstamp: Text<'a>,
    event_id: Text<'a>,
    user_id: Text<'a>,
    geo_country: Text<'a>,
    se_label: Text<'a>,
    contexts: Contexts<'a>,
    failed: bool,
    /// Set to pass contexts over.
    columns_only: bool,
}

impl<'de: 'a, 'a> Visitor<'de> for &mut Object<'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an enriched event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let key =
                if key.bytes().any(|b| b.is_ascii_uppercase()) { Text::from(key.to_ascii_lowercase()) } else { key };
            if let Some(place) = self.place(&key) {
                *place = map.next_value()?;
                continue;
            }
            match &*key {
                // The lossless form of Scala's SDK keeps the wrapper.
                "contexts" if !self.columns_only => map.next_value_seed(Wrapped(&mut self.contexts))?,
                "derived_contexts" => {
                    let derived: &RawValue = map.next_value()?;
                    self.failed |= derived.get().contains(incomplete::FAILURE_URI);
                }
                other => {
                    if let Some(key) = dbt_context(other).filter(|_| !self.columns_only) {
                        map.next_value_seed(DataList { contexts: &mut self.contexts, key })?;
                    } else {
                        let schema = other.strip_prefix("contexts_").unwrap_or_default();
                        self.failed |= schema.starts_with(incomplete::FAILURE);
                        map.next_value::<IgnoredAny>()?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl<'a> Object<'a> {
    /// Where the value of a column goes, if it is one that is looked at.
    fn place(&mut self, column: &str) -> Option<&mut Text<'a>> {
        Some(match column {
            "app_id" => &mut self.app_id,
            "collector_tstamp" => &mut self.collector_tstamp,
            "dvce_created_tstamp" => &mut self.dvce_created_tstamp,
            "dvce_sent_tstamp" => &mut self.dvce_sent_tstamp,
            "event_id" => &mut self.event_id,
            "user_id" => &mut self.user_id,
            "geo_country" => &mut self.geo_country,
            "se_label" => &mut self.se_label,
            _ => return None,
        })
    }

    /// Takes an object that is as programs write it and holds no contexts but dbt's; `None`: it is another one, and what
    /// was taken of it is to be forgotten.
    fn take_plain(&mut self, json: &'a str) -> Option<()> {
        let mut cursor = Cursor::of(json);
        cursor.object(|key, cursor| {
            if let Some(place) = self.place(key) {
                return place.fill(cursor);
            }
            // A wrapper, or another product's contexts, which may say that the event failed, is none of these.
            if key.contains("contexts") {
                return self.contexts.take_list(dbt_context(key)?, cursor);
            }
            // A name with capitals is to be folded.
            let is_folded = !key.bytes().any(|byte| byte.is_ascii_uppercase());
            is_folded.then(|| cursor.pass_over())?
        })?;
        cursor.is_at_end().then_some(())
    }
}

/// The schema that a key names, if it is one of dbt's: `contexts_com_dbt_<name>_<model>`.
fn dbt_context(key: &str) -> Option<SchemaKey<'_>> {
    let rest = key.strip_prefix("contexts_com_dbt_")?;
    // The model is the first number that follows the name; a revision and an addition may follow it.
    let (name, model) = rest.match_indices('_').find_map(|(at, _)| {
        let number = rest[at + 1..].split('_').next()?;
        Some((&rest[..at], number.parse().ok()?))
    })?;
    Some(SchemaKey { name, model })
}

/// Decodes one object.
pub(super) fn decode(record: &[u8], reading: &Reading<'_>, sink: &mut impl Sink) {
    match std::str::from_utf8(record) {
        Ok(json) => decode_object(json, None, reading, sink),
        Err(_) => sink.take(0, Verdict::Refused(Reason::NotUtf8.into())),
    }
}

/// Decodes one object, which is known to have failed for a reason of some family, or is not known to have failed.
pub(super) fn decode_object(json: &str, family: Option<FailureFamily>, reading: &Reading<'_>, sink: &mut impl Sink) {
    let good = family.map_or(Origin::Good, Origin::Failed);
    let mut object = Object::default();
    let read = read(json, &mut object, reading);
    if let Err(refusal) = &read {
        // Data that do not fit end the reading of an object in the middle. Whose it is, and whether it failed, may come
        // after them: what is said of it is not to depend on their order, or on whether there are rules.
        let mut columns = Object { columns_only: true, ..Object::default() };
        if refusal.reason != Reason::BadData || self::read(json, &mut columns, reading).is_err() {
            return sink.take(0, Verdict::Refused(good.refused(refusal.clone())));
        }
        object = columns;
    }
    let times = match object.times() {
        Ok(Some(times)) => times,
        Ok(None) => return sink.take(0, Verdict::Foreign),
        Err(reason) => return sink.take(0, Verdict::Refused(good.refused(reason))),
    };
    let columns = Columns {
        event_id: &object.event_id,
        user_id: &object.user_id,
        label: &object.se_label,
        country: &object.geo_country,
        times,
    };
    if object.failed {
        let failed = Origin::Failed(family.unwrap_or(FailureFamily::INCOMPLETE));
        return match entries(json).and_then(incomplete::mend) {
            Some(json) => snowplow::tell(0, &columns, &json, failed, reading, sink),
            None => sink.take(0, Verdict::Refused(failed.refused(Reason::FailedEvent))),
        };
    }
    let event = read.and_then(|()| com_dbt::event(&columns, &object.contexts, reading.pseudonymizer));
    let rewrite = || reading.rules.rewrite_entries(entries(json)?);
    if event.is_err() && snowplow::tell_by_rules(0, &columns, rewrite, good, reading, sink) {
        return;
    }
    snowplow::note(0, &object.contexts, times, sink);
    sink.take(0, good.verdict(event));
}

/// Fills the object.
fn read<'a>(json: &'a str, object: &mut Object<'a>, reading: &Reading<'_>) -> Result<(), Refusal> {
    reading.limits.check_json(json)?;
    if !object.columns_only {
        if object.take_plain(json).is_some() {
            return Ok(());
        }
        *object = Object::default();
    }
    read_any(json, object)
}

/// The same, however it is written.
fn read_any<'a>(json: &'a str, object: &mut Object<'a>) -> Result<(), Refusal> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    deserializer
        .deserialize_map(&mut *object)
        .and_then(|()| deserializer.end())
        .map_err(|_| object.contexts.refusal(json, Reason::NotJson))
}

impl Object<'_> {
    /// When the event happened; `None` for another application's.
    fn times(&self) -> Result<Option<Times>, Reason> {
        // An object without it is no enriched event of anybody.
        if self.app_id.is_empty() && self.event_id.is_empty() {
            return Err(Reason::NotJson);
        }
        if &*self.app_id != "dbt" {
            return Ok(None);
        }
        let time = |text: &str| match text {
            "" => Ok(None),
            text => Timestamp::parse(text.as_bytes()).map(Some).ok_or(Reason::BadTimestamp),
        };
        let collector = time(&self.collector_tstamp)?.ok_or(Reason::BadTimestamp)?;
        let (created, sent) = (time(&self.dvce_created_tstamp)?, time(&self.dvce_sent_tstamp)?);
        Ok(Some(Times::derive(created, sent, Some(collector)).ok_or(Reason::BadTimestamp)?))
    }
}

/// The contexts of an object as values.
fn entries(json: &str) -> Option<Vec<entries::Entry>> {
    let object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json).ok()?;
    Some(entries::of_object(&object))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::plain::alike;
    use crate::decode::{Decoder, Format, Limits, Note, Rules};
    use crate::privacy::{Key, Pseudonymizer};

    /// The last verdict, as Rust prints it.
    struct Last(String);

    impl Sink for Last {
        fn take(&mut self, _: u32, verdict: Verdict<'_>) {
            self.0 = format!("{verdict:?}");
        }

        fn note(&mut self, _: u32, _: Note<'_>) {}
    }

    #[test]
    fn data_that_do_not_fit_do_not_hide_the_columns_after_them() {
        let pseudonymizer = Pseudonymizer::new(&Key::from_secret(b"a secret of some length").expect("long enough"));
        let rules = Rules::parse(
            "[[supply]]\nname = \"progress\"\nschema = \"invocation\"\nfield = \"progress\"\nvalue = \"end\"",
        )
        .expect("rules");
        let told = |columns: &str, rules: &Rules| {
            let json = format!(
                r#"{{"contexts_com_dbt_invocation_1":[{{"command":[]}}],"collector_tstamp":"2026-10-01 12:00:00",{columns}}}"#
            );
            let mut last = Last(String::new());
            let limits = Limits::default();
            Decoder::new(&pseudonymizer, &limits, rules).decode(Format::EnrichedJson, json.as_bytes(), None, &mut last);
            last.0
        };
        for rules in [&Rules::default(), &rules] {
            assert_eq!(told(r#""app_id":"docs""#, rules), "Foreign");
            assert!(told(r#""app_id":"dbt","dvce_created_tstamp":"yesterday""#, rules).contains("BadTimestamp"));
            let failed = r#""app_id":"dbt","contexts_com_snowplowanalytics_snowplow_failure_1":[{}]"#;
            let told_of_failed = told(failed, rules);
            assert!(told_of_failed.contains("BadData") && told_of_failed.contains("incomplete"), "{told_of_failed}");
            assert!(told(r#""app_id":"dbt""#, rules).contains("BadData"));
        }
    }

    #[test]
    fn keys_name_schemas() {
        let key = |name, model| Some(SchemaKey { name, model });
        assert_eq!(dbt_context("contexts_com_dbt_invocation_1"), key("invocation", 1));
        assert_eq!(dbt_context("contexts_com_dbt_load_all_timing_1_0_3"), key("load_all_timing", 1));
        assert_eq!(dbt_context("contexts_com_dbt_run_model_2"), key("run_model", 2));
        assert_eq!(dbt_context("contexts_com_dbt_run_model"), None);
        assert_eq!(dbt_context("contexts_com_snowplowanalytics_snowplow_ua_parser_context_1"), None);
    }

    /// As SDKs write them, one with dbt's contexts and one of another application's.
    const PLAIN: [&str; 3] = [
        r#"{"app_id":"dbt","platform":"pc","collector_tstamp":"2026-10-04T23:31:30.936Z","dvce_created_tstamp":"2026-10-04T23:31:05.150Z","txn_id":null,"event_id":"3d68d18c-2681-4ccd-aaab-fd1679d9991c","user_id":"5c0f9e37-7b0b-4039-a99e-ead771bec845","geo_latitude":-1.5,"br_cookies":true,"geo_country":"US","se_label":"start","dvce_sent_tstamp":"2026-10-04T23:31:30.356Z","contexts_com_dbt_invocation_1":[{"progress": "start", "result_type": null, "project_id": null, "invocation_id": "9ea7f12e-d30a-4b44-a150-9c5d62607db1", "command": "build", "options": null, "version": "=1.11.16"}],"contexts_com_dbt_platform_1":[{"platform": "Linux-4.14", "python": "3.11.9", "python_version": "CPython"}]}"#,
        r#"{"app_id":"dbt","event_id":"3d68d18c-2681-4ccd-aaab-fd1679d9991c","contexts_com_dbt_run_model_1_1_0":[{"invocation_id":"77fffe9e-6371-48f5-aad3-1063701947bc","index":1,"execution_time":2.5,"timing":[]}],"contexts_com_dbt_project_id_1":[]}"#,
        r#"{"app_id":"shop","event_id":"","se_value":12}"#,
    ];

    #[test]
    fn what_is_read_in_one_go_is_what_serde_reads() {
        let pieces = ["A", "\"app_id\":\"x\",", "\"contexts\":{},", "\"derived_contexts\":{\"a\":1},"];
        let plain = |json: &str| {
            let mut object = Object::default();
            object.take_plain(json).map(|()| format!("{object:?}"))
        };
        let any = |json: &str| {
            let mut object = Object::default();
            read_any(json, &mut object).ok().map(|()| format!("{object:?}"))
        };
        alike::hold(&PLAIN, &pieces, plain, any);
    }
}
