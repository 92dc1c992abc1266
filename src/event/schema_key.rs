//! Schema keys: `iglu:com.dbt/run_model/jsonschema/1-1-0`, and what dbt before 0.10 wrote instead.

/// A dbt schema: its name and its model, the first number of its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SchemaKey<'a> {
    /// `run_model`.
    pub name: &'a str,
    /// SchemaVer's MODEL; another model is another meaning.
    pub model: u16,
}

impl<'a> SchemaKey<'a> {
    /// Reads the URI of a dbt schema; `None` for another vendor's, and for what is no schema URI.
    pub fn parse(uri: &'a str) -> Option<Self> {
        if let Some(rest) = uri.strip_prefix("iglu:com.dbt/") {
            let (name, rest) = rest.split_once('/')?;
            let (format, version) = rest.split_once('/')?;
            let (model, rest) = super::version::number(version)?;
            let proper = format == "jsonschema" && model > 0 && rest.starts_with('-') && is_name(name);
            return proper.then_some(Self { name, model });
        }
        let path = uri.strip_prefix("https://raw.githubusercontent.com/")?;
        let (_, file) = path.split_once("/com.fishtownanalytics/")?;
        let name = match file.strip_suffix(".json")? {
            "invocation_event" => "invocation",
            "platform_context" => "platform",
            "run_model_context" => "run_model",
            "invocation_env_context" => "invocation_env",
            _ => return None,
        };
        Some(Self { name, model: 1 })
    }
}

/// Whether a text is a schema's name as dbt forms them; anything else could be free text and is not shown.
fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_iglu_uris_and_the_older_urls() {
        let key = SchemaKey::parse("iglu:com.dbt/run_model/jsonschema/1-1-0");
        assert_eq!(key, Some(SchemaKey { name: "run_model", model: 1 }));
        let old = "https://raw.githubusercontent.com/fishtown-analytics/dbt/master/events/schemas/com.fishtownanalytics/platform_context.json";
        assert_eq!(SchemaKey::parse(old).map(|key| key.name), Some("platform"));
    }

    #[test]
    fn leaves_other_schemas_alone() {
        for uri in [
            "iglu:com.snowplowanalytics.snowplow/ua_parser_context/jsonschema/1-0-0",
            "iglu:com.dbt/run_model",
            "iglu:com.dbt/run_model/avro/1-0-0",
            "iglu:com.dbt/run_model/jsonschema/0-0-1",
            "iglu:com.dbt/jane@example.com/jsonschema/1-0-0",
            "com.dbt/run_model/jsonschema/1-0-0",
            "",
        ] {
            assert_eq!(SchemaKey::parse(uri), None, "{uri}");
        }
    }
}
