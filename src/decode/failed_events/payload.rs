//! The payloads that are objects of their own form.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::decode::text::Text;
use crate::decode::tracker_item::Item;

/// What enrich had of one event: what it was sent, and what it had made of that.
///
/// The contexts in `enriched` are not read, since those that failed are missing from it.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Enrichment<'a> {
    pub raw: Raw<'a>,
    #[serde(borrow)]
    enriched: Option<&'a RawValue>,
}

/// What enrich was sent.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Raw<'a> {
    pub parameters: Parameters<'a>,
    /// When the collector received it.
    #[serde(default)]
    pub timestamp: Text<'a>,
}

impl<'a> Enrichment<'a> {
    /// The country that enrich had looked up; empty if it had none.
    pub(super) fn country(&self) -> Text<'a> {
        #[derive(Deserialize)]
        #[serde(bound(deserialize = "'de: 'a"))]
        struct Enriched<'a> {
            geo_country: Text<'a>,
        }

        let enriched = self.enriched.and_then(|json| serde_json::from_str::<Enriched<'_>>(json.get()).ok());
        enriched.map(|enriched| enriched.geo_country).unwrap_or_default()
    }
}

/// A request to the collector.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct Request<'a> {
    /// The first segment of its path: whose protocol.
    pub vendor: Text<'a>,
    /// The second: which version of it.
    pub version: Text<'a>,
    pub querystring: Option<Parameters<'a>>,
    /// When the collector received it.
    #[serde(default)]
    pub timestamp: Text<'a>,
    #[serde(default)]
    pub body: Text<'a>,
}

/// What a forwarder had of an event.
#[derive(Deserialize)]
pub(super) struct Relay<'a> {
    #[serde(borrow, rename = "eventStruct")]
    pub event_struct: Option<&'a RawValue>,
    #[serde(borrow, rename = "eventRaw")]
    pub event_raw: Option<&'a RawValue>,
}

/// The parameters of a request: `{"e":"se",…}` or `[{"name":"e","value":"se"},…]`. Of a name that is there twice the
/// last counts.
#[derive(Default)]
pub(super) struct Parameters<'a>(pub Item<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Parameters<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ParametersVisitor;

        impl<'de> Visitor<'de> for ParametersVisitor {
            type Value = Parameters<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("parameters as an object or as a list")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut item = Item::default();
                while let Some((name, value)) = map.next_entry::<Text<'de>, Text<'de>>()? {
                    item.set(&name, value);
                }
                Ok(Parameters(item))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                #[derive(Deserialize)]
                #[serde(bound(deserialize = "'de: 'a"))]
                struct Parameter<'a> {
                    name: Text<'a>,
                    #[serde(default)]
                    value: Text<'a>,
                }

                let mut item = Item::default();
                while let Some(Parameter { name, value }) = list.next_element()? {
                    item.set(&name, value);
                }
                Ok(Parameters(item))
            }
        }

        deserializer.deserialize_any(ParametersVisitor)
    }
}

/// An enriched event as the Analytics SDKs write it; `None` if the object has neither of the columns that every event
/// has. Contexts that are a text, as enrich and the forwarders have them, become the JSON in it.
pub(super) fn event<'a>(json: &'a str) -> Option<Cow<'a, str>> {
    let mut columns: BTreeMap<String, Box<RawValue>> = serde_json::from_str(json).ok()?;
    let is = |column: &str, name| column.eq_ignore_ascii_case(name);
    if !columns.keys().any(|column| is(column, "app_id") || is(column, "event_id")) {
        return None;
    }
    let mut changed = false;
    for (_, contexts) in columns.iter_mut().filter(|(column, _)| is(column, "contexts")) {
        if let Some(unpacked) = unpacked(contexts) {
            *contexts = unpacked;
            changed = true;
        }
    }
    if changed { serde_json::to_string(&columns).ok().map(Cow::Owned) } else { Some(Cow::Borrowed(json)) }
}

/// The JSON in a text, null in an empty one; `None` where there is no text, or no JSON in it.
fn unpacked(value: &RawValue) -> Option<Box<RawValue>> {
    let text: String = serde_json::from_str(value.get()).ok()?;
    RawValue::from_string(if text.is_empty() { "null".to_owned() } else { text }).ok()
}
