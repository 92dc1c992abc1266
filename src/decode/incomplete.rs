//! Events that enrich failed and wrote all the same (enrich 5 and later): they look like good ones but for a `failure`
//! among the derived contexts, and what failed is missing where it should be and stands in the failure.
//!
//! ```text
//! {"schema":"iglu:com.snowplowanalytics.snowplow/failure/jsonschema/1-0-0",
//!  "data":{"failureType":"ValidationError","errors":[…],"schema":"iglu:com.dbt/invocation/…","data":{…}, …}}
//! ```
//!
//! Source: formats.md 1.7.

use serde_json::Value;

use super::entries::{self, Entry};

/// The schema of the mark, as the Analytics SDKs spell it, without its model.
pub(super) const FAILURE: &str = "com_snowplowanalytics_snowplow_failure_";
/// The schema of the mark in a wrapper.
pub(super) const FAILURE_URI: &str = "iglu:com.snowplowanalytics.snowplow/failure/";

/// The contexts of such an event as a wrapper of them, those that failed put back in their place; `None` if there is
/// no context of dbt at all.
pub(super) fn mend(entries: Vec<Entry>) -> Option<String> {
    let (failures, mut whole): (Vec<Entry>, Vec<Entry>) =
        entries.into_iter().partition(|entry| entry.schema.starts_with(FAILURE));
    whole.extend(failures.iter().filter_map(|failure| failed(&failure.data)));
    whole.iter().any(|entry| entry.schema.starts_with("com_dbt_")).then(|| entries::wrap(&whole))
}

/// What failed.
fn failed(failure: &Value) -> Option<Entry> {
    let uri = failure.get("schema")?.as_str()?;
    let data = match failure.get("data")? {
        Value::String(json) => serde_json::from_str(json).ok()?,
        data => data.clone(),
    };
    Entry::of_uri(uri, data)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn failure(schema: &str, data: &Value) -> Entry {
        let data = json!({"failureType": "ValidationError", "errors": [], "schema": schema, "data": data});
        Entry { schema: format!("{FAILURE}1"), data }
    }

    #[test]
    fn what_failed_is_put_back() {
        let env = Entry { schema: "com_dbt_invocation_env_1".to_owned(), data: json!({"environment": "manual"}) };
        let uri = "iglu:com.dbt/invocation/jsonschema/1-0-2";
        for data in [json!({"progress": "end"}), json!(r#"{"progress":"end"}"#)] {
            let mended = mend(vec![env.clone(), failure(uri, &data)]).expect("contexts of dbt");
            let entries = entries::of_wrapper(&mended).expect("a wrapper");
            assert_eq!(entries.len(), 2);
            assert_eq!(entries[1].data, json!({"progress": "end"}));
        }
        assert_eq!(mend(vec![failure("iglu:com.acme/x/jsonschema/1-0-0", &json!({}))]), None);
        assert_eq!(mend(vec![failure(uri, &json!("no JSON"))]), None);
    }
}
