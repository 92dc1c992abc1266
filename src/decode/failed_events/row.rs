//! The envelope of a failed event.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::decode::limits::Limits;
use crate::decode::refusal::{FailureFamily, Reason};
use crate::decode::text::Text;

/// What every schema of a failed event begins with.
const BAD_ROWS: &str = "iglu:com.snowplowanalytics.snowplow.badrows/";

/// A failed event: of which family it is, and what failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'a> {
    pub family: FailureFamily,
    /// What failed; `None` if that is missing.
    pub payload: Option<&'a RawValue>,
}

/// Both forms of the envelope.
#[derive(Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
struct Envelope<'a> {
    #[serde(default)]
    schema: Text<'a>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    line: Option<&'a RawValue>,
    errors: Option<IgnoredAny>,
}

/// What is read of the envelope's data.
#[derive(Deserialize)]
struct Data<'a> {
    /// Under its own name, that of the Snowflake loader, or that of the first loaders for Redshift and BigQuery.
    #[serde(borrow, alias = "enrichedEvent", alias = "original")]
    payload: Option<&'a RawValue>,
}

impl<'a> Row<'a> {
    /// Reads a failed event; `None` if the JSON is none.
    ///
    /// # Errors
    /// When it is no JSON, or beyond the limits.
    pub(super) fn read(json: &'a str, limits: &Limits) -> Result<Option<Self>, Reason> {
        limits.check_json(json)?;
        let envelope: Envelope<'_> = match serde_json::from_str(json) {
            Ok(envelope) => envelope,
            Err(error) if error.is_data() => return Ok(None),
            Err(_) => return Err(Reason::NotJson),
        };
        if let Some(family) = family(&envelope.schema) {
            let data = envelope.data.and_then(|json| serde_json::from_str::<Data<'_>>(json.get()).ok());
            return Ok(Some(Self { family, payload: data.and_then(|data| data.payload) }));
        }
        let legacy = |payload| Self { family: FailureFamily::LEGACY, payload: Some(payload) };
        Ok(envelope.line.filter(|_| envelope.errors.is_some()).map(legacy))
    }
}

/// The family of a schema `…badrows/<name>/jsonschema/<version>`; `None` if it is not a failed event's.
fn family(schema: &str) -> Option<FailureFamily> {
    let (name, version) = schema.strip_prefix(BAD_ROWS)?.split_once("/jsonschema/")?;
    (!name.is_empty() && !version.is_empty()).then(|| FailureFamily::of_name(name))
}
