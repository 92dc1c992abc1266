//! Notes on what is not known, which are the same in every form.

use serde_json::{Value, json};

use super::forms::{self, Context, all, environment, invocation, run_model};
use super::{Finds, Noted, event, find, refused_of};
use crate::decode::{Format, Limits, Reason, Rules, Unrecognized};

fn find_plainly(format: Format, record: &[u8]) -> Finds {
    find(format, record, &Limits::default(), &Rules::default())
}

fn noted(kind: Unrecognized, schema: &str, field: Option<&str>) -> (u32, Noted) {
    let seen = Some(forms::DAY.to_owned());
    (0, Noted::Unrecognized(kind, schema.to_owned(), field.map(str::to_owned), seen))
}

fn schema(schema: &str) -> (u32, Noted) {
    noted(Unrecognized::Schema, schema, None)
}

fn field(schema: &str, field: &str) -> (u32, Noted) {
    noted(Unrecognized::Field, schema, Some(field))
}

/// What is noted, in no order, of an event with such a context; the same in every form.
fn of(context: &Context) -> Vec<(u32, Noted)> {
    let mut same: Option<Vec<(u32, Noted)>> = None;
    for (format, record) in all(&[invocation(), context.clone()]) {
        let mut noted = find_plainly(format, &record).noted;
        noted.sort_by_key(|noted| format!("{noted:?}"));
        assert_eq!(same.get_or_insert_with(|| noted.clone()), &noted, "{format:?}");
    }
    same.expect("a form")
}

#[test]
fn a_schema_that_is_not_known_is_noted_whether_the_event_is_read_or_not() {
    let unknown = [("com.dbt/time_travel/1-0-0", json!({"secret": 1})), ("com.dbt/run_model/2-0-0", json!({}))];
    for (format, record) in all(&unknown) {
        let finds = find_plainly(format, &record);
        assert_eq!(finds.noted.len(), 2, "{format:?}");
        for expected in [schema("time_travel"), schema("run_model/2")] {
            assert!(finds.noted.contains(&expected), "{format:?}: {finds:?}");
        }
    }
    for (format, record) in all(&[run_model(), unknown[0].clone(), environment()]) {
        let finds = find_plainly(format, &record);
        assert_eq!((finds.found, finds.noted), (vec![event("run_model")], vec![schema("time_travel")]), "{format:?}");
    }
    // Another vendor's may say whatever it wants.
    assert_eq!(of(&("com.acme/x/1-0-0", json!({"secret": 1}))), []);
}

#[test]
fn a_field_that_is_not_known_is_noted_wherever_it_is() {
    let of_node = |data| of(&("com.dbt/run_model/1-1-0", data));
    assert_eq!(of_node(json!({"run_status": "SUCCESS", "warp_factor": 9})), [field("run_model", "warp_factor")]);
    let adapter = json!({"adapter_name": "spark", "x": {"y": 1}, "model_adapter_details": {"anything": 1}});
    assert_eq!(of_node(json!({"adapter_info": adapter})), [field("run_model", "adapter_info.x")]);
    assert_eq!(of_node(json!({"adapter_info": null, "timing": [{"name": "compile", "x": 1}]})), []);
    let flag = json!({"flag_name": "x", "flag_source": "x", "docs_url": "x", "severity": 1});
    assert_eq!(
        of(&("com.dbt/behavior_change_warn/1-0-0", json!({"info": {"x": 1}, "data": flag, "more": []}))),
        [field("behavior_change_warn", "data.severity"), field("behavior_change_warn", "more")]
    );
    let start = json!({"progress": "start", "invocation_id": forms::INVOCATION_ID, "mood": null});
    assert_eq!(of(&("com.dbt/invocation/1-0-2", start)), [field("invocation", "mood")]);
    assert_eq!(of(&("com.dbt/platform/1-0-0", json!({"cpu": "x"}))), [field("platform", "cpu")]);
    assert_eq!(of(&("com.dbt/invocation_env/1-0-0", json!({"ci": "x"}))), [field("invocation_env", "ci")]);
    assert_eq!(
        of(&("com.dbt/deprecated_version_invocation/1-0-0", json!({"v": 1}))),
        [field("deprecated_version_invocation", "v")]
    );
}

#[test]
fn what_is_passed_over_is_known() {
    let data = json!({"progress": "start", "invocation_id": forms::INVOCATION_ID, "options": "--vars x", "result": "x",
        "run_type": "regular", "_schema_version": "1-0-2"});
    assert_eq!(of(&("com.dbt/invocation/1-0-2", data)), []);
    assert_eq!(
        of(&("com.dbt/partial_parser/1-0-0", json!({"code": "x", "location": "x", "parse_file_type": "x"}))),
        []
    );
}

#[test]
fn a_name_that_could_be_any_text_is_not_told() {
    let long = "x".repeat(65);
    let data = json!({"jane@example.com": 1, "Jane": 1, "jane-doe": 1, "": 1, "7": 1, "_x": 1, long: 1, "jané": 1,
        "x".repeat(64): 1});
    let expected = [field("run_model", "(other)"), field("run_model", &"x".repeat(64))];
    assert_eq!(of(&("com.dbt/run_model/1-1-0", data)), expected);
    let inside = json!({"adapter_info": {"Jane": 1, "jane doe": 1}});
    assert_eq!(of(&("com.dbt/run_model/1-1-0", inside)), [field("run_model", "adapter_info.(other)")]);
    // Of a schema only a key can have such a name.
    for (name, shown) in
        [("jane@example.com_1", "(other)"), ("jane doe_2", "(other)/2"), ("time_travel_1", "time_travel")]
    {
        let mut object = forms::columns();
        object.insert(format!("contexts_com_dbt_{name}"), json!([{"x": 1}]));
        let finds = find_plainly(Format::EnrichedJson, Value::Object(object).to_string().as_bytes());
        assert_eq!(finds.found, [refused_of(Reason::UnknownSchema, shown)], "{name}");
        assert_eq!(finds.noted, [schema(shown)], "{name}");
    }
}

#[test]
fn of_many_new_fields_only_so_many_are_noted_and_each_once() {
    let data = |number: usize| {
        let fields: Vec<String> = (0..number).map(|field| format!(r#""f{field}":1,"f{field}":2"#)).collect();
        let wrapper = forms::wrapper(&[("com.dbt/run_model/1-1-0", json!("data"))]).to_string();
        forms::line(&[(52, &wrapper.replace(r#""data":"data""#, &format!(r#""data":{{{}}}"#, fields.join(","))))])
    };
    for (number, expected) in [(0, 0), (3, 3), (64, 64), (1000, 64)] {
        let finds = find_plainly(Format::EnrichedTsv, data(number).as_bytes());
        assert_eq!((finds.found, finds.noted.len()), (vec![event("run_model")], expected));
    }
}
