//! The dictionary in its forms.

use super::*;

fn printed(names: &[&str], width: usize) -> String {
    let library = Library::load().expect("the library");
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let tables = chosen(&names, dictionary(&library).expect("a dictionary")).expect("known tables");
    let mut bytes = Vec::new();
    print(&tables, width, !names.is_empty(), &mut bytes).expect("written");
    String::from_utf8(bytes).expect("UTF-8")
}

#[test]
fn every_table_is_there_and_what_tables_share_is_there_once() {
    let text = printed(&[], 120);
    let library = Library::load().expect("the library");
    let marts = library.of_kind(Kind::Mart).map(|mart| mart.name);
    for table in marts.chain(staging::dictionary().map(|table| table.name)) {
        assert_eq!(text.lines().filter(|line| *line == table).count(), 1, "{table}");
    }
    assert_eq!(text.matches("\n  derived_tstamp ").count(), 1);
    for treatment in Treatment::ALL {
        assert!(text.contains(&format!("\n  {} ", treatment.as_str())), "{treatment:?}");
    }
    for table in dictionary(&library).expect("a dictionary") {
        for column in table.columns() {
            assert_ne!(column.data_type, "unknown", "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn long_lists_are_whole_where_their_table_is_asked_for() {
    assert!(!printed(&[], 120).contains("snowflake, spark"));
    assert!(printed(&["adapter_info_events"], 1000).contains("snowflake, spark"));
    assert!(printed(&["run_model_events"], 120).contains("closed list: private, protected, public\n"));
}

#[test]
fn lines_are_as_wide_as_the_screen_and_names_stay_whole() {
    for width in [60, 80, 120] {
        let text = printed(&["run_model_events", "invocations"], width);
        for line in text.lines().filter(|line| line.chars().count() > width) {
            assert_eq!(line.split_ascii_whitespace().count(), 1, "{line}");
        }
    }
    assert!(printed(&["run_model_events"], 10).contains("run_model.adapter_info.model_adapter_details.table_format"));
}

#[test]
fn an_unknown_table_is_answered_with_the_known_ones() {
    let library = Library::load().expect("the library");
    let tables = dictionary(&library).expect("a dictionary");
    let Err(error) = chosen(&["no_such".to_owned()], tables) else { panic!("no_such is there") };
    let error = error.to_string();
    assert!(error.contains("no_such") && error.contains("invocations, ") && error.contains("rejects"), "{error}");
}

#[test]
fn programs_get_one_row_a_column() {
    let library = Library::load().expect("the library");
    let tables = dictionary(&library).expect("a dictionary");
    let rows = frame(&tables).expect("a frame");
    assert_eq!(rows.height(), tables.iter().map(|table| table.columns().count()).sum::<usize>());
    assert!(rows.height() > 300);
}
