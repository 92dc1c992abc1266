//! Snowplow enriched events as the Analytics SDKs write them: one JSON object a line.
//!
//! Atomic columns keep their names; contexts become lists of data under `contexts_<vendor>_<name>_<model>`.
//! The three SDKs differ in what they do with empty columns (null or absent), in the digits of times and
//! in columns that are not used here, so one reader takes all. Names of keys are folded to lower case and may carry the
//! rest of the version (`contexts_com_dbt_invocation_1_0_2`), as warehouses have them. Source: formats.md 1.6.

use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::com_dbt::{self, Columns};
use super::contexts::{Contexts, DataList};
use super::refusal::{Reason, Refusal};
use super::text::Text;
use super::{Sink, Verdict};
use crate::event::{SchemaKey, Times, Timestamp};
use crate::privacy::Pseudonymizer;

/// The columns of one object that are looked at.
#[derive(Default)]
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
}

impl<'de: 'a, 'a> Visitor<'de> for &mut Object<'a> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an enriched event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Text<'de>>()? {
            let place = match &*key {
                "app_id" => &mut self.app_id,
                "collector_tstamp" => &mut self.collector_tstamp,
                "dvce_created_tstamp" => &mut self.dvce_created_tstamp,
                "dvce_sent_tstamp" => &mut self.dvce_sent_tstamp,
                "event_id" => &mut self.event_id,
                "user_id" => &mut self.user_id,
                "geo_country" => &mut self.geo_country,
                "se_label" => &mut self.se_label,
                other => {
                    if let Some(key) = dbt_context(other) {
                        map.next_value_seed(DataList { contexts: &mut self.contexts, key })?;
                    } else {
                        self.failed |= other.starts_with("contexts_com_snowplowanalytics_snowplow_failure_");
                        map.next_value::<IgnoredAny>()?;
                    }
                    continue;
                }
            };
            *place = map.next_value()?;
        }
        Ok(())
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

/// Decodes one line.
pub(super) fn decode(record: &[u8], pseudonymizer: &Pseudonymizer, sink: &mut impl Sink) {
    let mut object = Object::default();
    let verdict = match read(record, &mut object) {
        Ok(Some(times)) => {
            let columns = Columns {
                event_id: &object.event_id,
                user_id: &object.user_id,
                label: &object.se_label,
                country: &object.geo_country,
                times,
            };
            match com_dbt::event(&columns, &object.contexts, pseudonymizer) {
                Ok(event) => Verdict::Event(event),
                Err(refusal) => Verdict::Refused(refusal),
            }
        }
        Ok(None) => Verdict::Foreign,
        Err(refusal) => Verdict::Refused(refusal),
    };
    sink.take(0, verdict);
}

/// Fills the object and gives its times; `None` for another application's.
fn read<'a>(record: &'a [u8], object: &mut Object<'a>) -> Result<Option<Times>, Refusal> {
    let line = std::str::from_utf8(record).map_err(|_| Reason::NotUtf8)?;
    let mut deserializer = serde_json::Deserializer::from_str(line);
    deserializer
        .deserialize_map(&mut *object)
        .and_then(|()| deserializer.end())
        .map_err(|_| object.contexts.refusal(Reason::NotJson))?;
    // An object without it is no enriched event of anybody.
    if object.app_id.is_empty() && object.event_id.is_empty() {
        return Err(Reason::NotJson.into());
    }
    if &*object.app_id != "dbt" {
        return Ok(None);
    }
    if object.failed {
        return Err(Reason::FailedEvent.into());
    }
    let time = |text: &str| match text {
        "" => Ok(None),
        text => Timestamp::parse(text.as_bytes()).map(Some).ok_or(Reason::BadTimestamp),
    };
    let collector = time(&object.collector_tstamp)?.ok_or(Reason::BadTimestamp)?;
    let created = time(&object.dvce_created_tstamp)?;
    let sent = time(&object.dvce_sent_tstamp)?;
    Ok(Some(Times::derive(created, sent, Some(collector)).ok_or(Reason::BadTimestamp)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_name_schemas() {
        let key = |name, model| Some(SchemaKey { name, model });
        assert_eq!(dbt_context("contexts_com_dbt_invocation_1"), key("invocation", 1));
        assert_eq!(dbt_context("contexts_com_dbt_load_all_timing_1_0_3"), key("load_all_timing", 1));
        assert_eq!(dbt_context("contexts_com_dbt_run_model_2"), key("run_model", 2));
        assert_eq!(dbt_context("contexts_com_dbt_run_model"), None);
        assert_eq!(dbt_context("contexts_com_snowplowanalytics_snowplow_ua_parser_context_1"), None);
    }
}
