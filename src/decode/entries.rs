//! The contexts of an event as values: the slow way, for an event that has failed once and is read again.
//!
//! Both forms of contexts come out alike: the wrapper of the tracker and of enrich, which names schemas by their URI
//! (`iglu:com.dbt/run_model/jsonschema/1-1-0`), and the keys of the Analytics SDKs (`contexts_com_dbt_run_model_1`).

use serde_json::{Map, Value, json};

use crate::event::SchemaKey;

/// One context.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its schema as the Analytics SDKs spell it: `com_dbt_run_model_1`.
    pub schema: String,
    /// Its data.
    pub data: Value,
}

impl Entry {
    /// The context of a schema URI; `None` if that is no URI of a schema.
    pub(super) fn of_uri(uri: &str, data: Value) -> Option<Self> {
        Some(Self { schema: flat(uri)?, data })
    }
}

/// The schema of a URI as the Analytics SDKs spell it, which is enough to tell two apart by their model.
pub(super) fn flat(uri: &str) -> Option<String> {
    if let Some(key) = SchemaKey::parse(uri) {
        return Some(format!("com_dbt_{}_{}", key.name, key.model));
    }
    let mut parts = uri.strip_prefix("iglu:")?.split('/');
    let (vendor, name, _, version) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    flatten(vendor, name, version.split('-').next()?)
}

/// The same of a schema's parts.
pub(super) fn flatten(vendor: &str, name: &str, model: &str) -> Option<String> {
    let model: u16 = model.parse().ok()?;
    let mut flat = vendor.replace(['.', '-'], "_").to_ascii_lowercase();
    flat.push('_');
    let mut before = '_';
    for c in name.chars() {
        if c.is_ascii_uppercase() && !before.is_ascii_uppercase() && before != '_' {
            flat.push('_');
        }
        flat.push(if c == '.' || c == '-' { '_' } else { c.to_ascii_lowercase() });
        before = c;
    }
    Some(format!("{flat}_{model}"))
}

/// The contexts in a wrapper; `None` if it is none.
pub(super) fn of_wrapper(json: &str) -> Option<Vec<Entry>> {
    let wrapper: Value = serde_json::from_str(json).ok()?;
    of_list(wrapper.get("data")?)
}

/// The contexts of a wrapper's list.
fn of_list(list: &Value) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    for context in list.as_array()? {
        if let (Some(uri), Some(data)) = (context.get("schema").and_then(Value::as_str), context.get("data")) {
            entries.extend(Entry::of_uri(uri, data.clone()));
        }
    }
    Some(entries)
}

/// The contexts of an object in an Analytics SDK's form, or in its lossless one.
pub(super) fn of_object(object: &Map<String, Value>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for (key, value) in object {
        let key = key.to_ascii_lowercase();
        if key == "contexts" || key == "derived_contexts" {
            let list = match value {
                Value::String(json) => of_wrapper(json),
                wrapper => wrapper.get("data").and_then(of_list),
            };
            entries.extend(list.unwrap_or_default());
        } else if let (Some(schema), Some(list)) = (key.strip_prefix("contexts_"), value.as_array()) {
            entries.extend(list.iter().map(|data| Entry { schema: schema.to_owned(), data: data.clone() }));
        }
    }
    entries
}

/// The contexts of dbt among these, in a wrapper.
pub(super) fn wrap(entries: &[Entry]) -> String {
    let list: Vec<Value> = entries
        .iter()
        .filter_map(|entry| {
            let (name, model) = entry.schema.strip_prefix("com_dbt_")?.rsplit_once('_')?;
            Some(json!({"schema": format!("iglu:com.dbt/{name}/jsonschema/{model}-0-0"), "data": entry.data}))
        })
        .collect();
    json!({"schema": "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1", "data": list}).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemas_are_spelled_as_the_sdks_do() {
        for (uri, expected) in [
            ("iglu:com.dbt/run_model/jsonschema/1-1-0", "com_dbt_run_model_1"),
            ("iglu:com.acme-inc/linkClick/jsonschema/2-0-3", "com_acme_inc_link_click_2"),
            ("iglu:com.acme/ABTest/jsonschema/1-0-0", "com_acme_abtest_1"),
        ] {
            assert_eq!(flat(uri).as_deref(), Some(expected));
        }
        assert_eq!(flat("iglu:com.acme/x"), None);
        assert_eq!(flat("https://example.com/x.json"), None);
    }

    #[test]
    fn both_forms_come_out_alike() {
        let wrapper = r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[
            {"schema":"iglu:com.dbt/project_id/jsonschema/1-0-1","data":{"project_id":"p"}},
            {"schema":"iglu:com.acme/x/jsonschema/1-0-0","data":[]}]}"#;
        let entries = of_wrapper(wrapper).expect("a wrapper");
        let object = json!({"app_id": "dbt", "contexts_com_dbt_project_id_1": [{"project_id": "p"}],
            "CONTEXTS_COM_ACME_X_1": [[]]});
        let mut of_object = of_object(object.as_object().expect("an object"));
        of_object.sort_by(|a, b| b.schema.cmp(&a.schema));
        assert_eq!(of_object, entries);
        let again = of_wrapper(&wrap(&entries)).expect("a wrapper");
        assert_eq!(again, entries[..1]);
        assert_eq!(of_wrapper("[]"), None);
        assert_eq!(of_wrapper("{"), None);
    }
}
