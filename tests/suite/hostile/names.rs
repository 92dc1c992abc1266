//! Names without end of what is not known: each is worth a row of a report.

use super::{Attack, number};
use crate::dumps::basic;

/// Names in each line, as many as are looked at in one object.
const IN_LINE: usize = 64;

/// Lines that are made of that many different names in all.
fn lines(names: usize, line: impl Fn(&[usize]) -> String) -> Vec<String> {
    (0..names).collect::<Vec<_>>().chunks(IN_LINE).map(|names| line(names) + "\n").collect()
}

#[test]
fn new_fields_and_schemas_without_end() {
    const FIELDS: usize = IN_LINE * 11_000;
    const SCHEMAS: usize = IN_LINE * 9_000;
    let (sound, _) = basic("enriched-json");
    let sound = String::from_utf8(sound).expect("text");
    let context = r#""contexts_com_dbt_invocation_1":[{"#;
    let (before, after) = sound.lines().next().and_then(|line| line.split_once(context)).expect("an invocation");
    let with_fields = lines(FIELDS, |names| {
        let fields: String = names.iter().map(|name| format!(r#""field{name}":0,"#)).collect();
        format!("{before}{context}{fields}{after}")
    });
    let of_schemas = lines(SCHEMAS, |names| {
        let schemas: String = names.iter().map(|name| format!(r#","contexts_com_dbt_kind{name}_1":[{{}}]"#)).collect();
        format!(
            r#"{{"app_id":"dbt","event_id":"e81d5dbe-03bf-4b4a-a2fc-7653a165dbd3","collector_tstamp":"2026-03-02T10:00:09Z"{schemas}}}"#
        )
    });
    let mut attack = Attack::new();
    attack.dump("fields", with_fields.concat(), with_fields.len() as u64, &[]);
    let mut offset = 0;
    let refused = of_schemas.iter().map(|line| {
        offset += line.len() as u64;
        ("unknown_schema", offset - line.len() as u64, line.len() as u64)
    });
    attack.dump("schemas", of_schemas.concat(), 0, &refused.collect::<Vec<_>>());
    attack.check(&[]);

    let rows = attack.place.query(
        "SELECT kind, COUNT(*) AS names, SUM(events) AS events, MAX(events) AS others FROM unrecognized GROUP BY kind ORDER BY kind",
    );
    let found: Vec<_> =
        rows.iter().map(|row| ["names", "events", "others"].map(|column| number(row, column))).collect();
    let expected = [FIELDS, SCHEMAS].map(|all| [300, all as u64, all as u64 - 299]);
    assert_eq!(found, expected, "{rows:?}");
}
