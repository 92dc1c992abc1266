//! What columns mean: of every report, and of own ones.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::DataType;

use super::super::{Catalog, Rested};
use super::*;

fn library() -> Library {
    Library::load().expect("the library is in order")
}

/// The results of all reports over tables without rows.
fn results(library: &Library) -> Vec<(&Query, Rested<'_>)> {
    let catalog = Catalog::without_rows(library).expect("tables");
    let reports = library.of_kind(Kind::Report);
    reports.map(|report| (report, Rested::of(&catalog, library, report).expect("a result"))).collect()
}

#[test]
fn every_column_of_every_report_is_described() {
    let library = library();
    let mut count = 0;
    for (report, Rested { frame, columns, .. }) in results(&library) {
        let described = library.described(report);
        for name in frame.schema().iter_names() {
            let at = format!("{}.{name}", report.name);
            let ColumnMeaning { doc, from, .. } = described.column(name).unwrap_or_else(|| panic!("{at}: no meaning"));
            assert!(!doc.is_empty() && doc.trim() == doc && !doc.ends_with('.') && !doc.contains(ANY), "{at}: {doc}");
            // Sentences begin with a capital; lists of words and formulas with the word or column.
            let first = doc.split([' ', ',', ':']).next().unwrap_or_default();
            let is_name = first.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-(".contains(&b));
            assert!(
                is_name || first.starts_with(|c: char| c.is_uppercase()) || doc.starts_with("dbt's"),
                "{at}: {doc}"
            );
            // What is taken from a mart is read of it.
            let of_mart = from.filter(|from| library.get(Kind::Mart, from.split('.').next().unwrap_or(from)).is_some());
            assert!(of_mart.is_none_or(|from| columns.contains(&*from)), "{at}: is not what it is said to be");
            count += 1;
        }
        for column in report.header.columns() {
            assert!(frame.schema().contains(&column.name), "{}: has no column {}", report.name, column.name);
        }
    }
    assert!(count > 900, "{count}");
}

#[test]
fn what_is_measured_has_a_unit_and_it_is_that_of_its_name() {
    // Numbers that count nothing: places in an order, and what is one thing in one row and another in the next.
    let unmeasured = ["load_by_hour.weekday", "load_by_hour.hour", "unrecognized.sample_item", "concentration.amount"];
    let library = library();
    for (report, Rested { frame, .. }) in results(&library) {
        let described = library.described(report);
        for (name, data_type) in frame.schema().iter() {
            let at = format!("{}.{name}", report.name);
            let unit = described.column(name).and_then(|meaning| meaning.unit);
            let figure = name.trim_end_matches("_low").trim_end_matches("_high");
            let is_growth = figure.ends_with("growth_rate");
            let is_share = figure.starts_with("share") || figure.ends_with("_share") || figure.ends_with("_rate");
            match data_type {
                DataType::Datetime(..) => assert_eq!(unit, Some(Unit::Utc), "{at}"),
                of if !of.is_primitive_numeric() => assert_eq!(unit, None, "{at}"),
                _ if unmeasured.contains(&&*at) => assert_eq!(unit, None, "{at}"),
                _ if figure.ends_with("_seconds") => assert_eq!(unit, Some(Unit::Seconds), "{at}"),
                _ if is_growth => assert_eq!(unit, Some(Unit::Ratio), "{at}"),
                _ if is_share => assert_eq!(unit, Some(Unit::Share), "{at}"),
                of if of.is_integer() => assert!(!matches!(unit, None | Some(Unit::Share | Unit::Ratio)), "{at}"),
                _ => assert!(unit.is_some(), "{at}"),
            }
        }
    }
}

#[test]
fn every_word_of_the_vocabulary_is_used_and_names_are_those_that_reports_share() {
    let library = library();
    let (mut used, mut reports) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    for (report, Rested { frame, .. }) in results(&library) {
        for name in frame.schema().iter_names() {
            *reports.entry(name.to_string()).or_default() += 1;
            match library.source(report, name) {
                Some(Source::Word(_)) => drop(used.insert(name.to_string())),
                Some(Source::Pattern(pattern, _)) => drop(used.insert(format!("{}*{}", pattern.before, pattern.after))),
                _ => {}
            }
        }
    }
    let Vocabulary { names, patterns } = library.vocabulary();
    for name in names.keys() {
        assert!(used.contains(name), "{name} is used by no report");
        assert!(reports[name] > 1, "{name} is of one report alone, whose header is the place to say what it means");
    }
    for Pattern { before, after, .. } in patterns {
        assert!(used.contains(&format!("{before}*{after}")), "{before}*{after} is used by no report");
    }
}

#[test]
fn a_report_says_it_first_then_views_then_the_vocabulary_then_marts_then_patterns() {
    let library = library();
    let of = |report: &str, column: &str| {
        let report = library.get(Kind::Report, report).expect("a report");
        library.described(report).column(column).expect("a meaning")
    };
    let told = |meaning: ColumnMeaning<'_>| (meaning.doc.into_owned(), meaning.unit, meaning.from.map(Cow::into_owned));
    let line = told(of("feature_reach_by_week", "share_of_projects"));
    assert_eq!(line, ("projects_using / projects".to_owned(), Some(Unit::Share), None));
    let view = of("success_by_adapter", "projects");
    assert_eq!(view.from.as_deref(), Some("success_rates.projects"));
    // The mart has a column `week`, too.
    let word = told(of("success_by_week", "week"));
    assert_eq!(word, ("Monday of the week (UTC)".to_owned(), None, None));
    assert_eq!(of("success_by_adapter", "adapter").from.as_deref(), Some("invocations.adapter"));
    assert_eq!(of("rejects_by_reason", "stage").from.as_deref(), Some("rejects.stage"));
    let end = told(of("project_growth", "mean_growth_rate_low"));
    assert_eq!(end, ("Lower end of the 95 % interval of mean_growth_rate".to_owned(), Some(Unit::Ratio), None));
    // Marts have no column but those of their headers.
    let mart = library.get(Kind::Mart, "invocations").expect("a mart");
    assert_eq!(library.described(mart).column("runs"), None);
}

#[test]
fn own_reports_share_names_and_what_rows_are_grouped_by_alone() {
    let library = library();
    let sql = "-- title: t\n-- column: runs [ratio]: Mine\nSELECT 1 AS runs FROM invocations, success_rates";
    let own = Query::read(Kind::Report, "mine", sql).expect("a query");
    let described = library.described(&own);
    let mine = described.column("runs").expect("a meaning");
    assert_eq!((&*mine.doc, mine.unit), ("Mine", Some(Unit::Ratio)));
    assert_eq!(described.column("known_projects").and_then(|meaning| meaning.unit), Some(Unit::Count));
    let adapter = described.column("adapter").expect("a meaning");
    assert_eq!((adapter.unit, adapter.from.as_deref()), (None, Some("invocations.adapter")));
    // A sum or a mean may have the name of what it is of, and an end need not be one of 95 %.
    for figure in ["nodes", "duration_seconds", "share_unknown", "known_projects_low", "nothing_known"] {
        assert_eq!(described.column(figure), None, "{figure}");
    }
}

#[test]
fn says_what_is_wrong_and_where() {
    const SOUND: &str =
        "# words\n[runs]\ndoc = \"Runs\"\nunit = \"count\"\n\n[\"*_low\"]\ndoc = \"Least *\"\nunit = \"*\"\n";
    assert!(Vocabulary::parse(SOUND).is_ok());
    for (from, to, told) in [
        ("[runs]", "[Runs]", "line 3: Runs: a name is of small letters"),
        ("\"*_low\"", "\"*_*\"", "line 7: *_*: a name is of small letters"),
        ("\"*_low\"", "\"*\"", "line 7: *: a name is of small letters"),
        ("\"Runs\"", "\"Runs.\"", "line 3: runs: doc is a sentence"),
        ("\"Runs\"", "\"\"", "line 3: runs: doc is a sentence"),
        ("\"Runs\"", "\"Runs of *\"", "line 3: runs: doc is a sentence"),
        ("\"count\"", "\"miles\"", "line 4: runs: there is no unit miles; there are: count"),
        ("\"count\"", "\"*\"", "line 4: runs: there is no unit *"),
        ("doc = \"Runs\"\n", "", "missing field `doc`"),
        ("unit = \"count\"", "units = \"count\"", "unknown field `units`"),
        ("[\"*_low\"]", "[runs]", "duplicate key"),
    ] {
        let text = SOUND.replace(from, to);
        assert_ne!(text, SOUND, "{from}");
        let error = Vocabulary::parse(&text).expect_err("refused").to_string();
        assert!(error.starts_with("queries/columns.toml: ") && error.contains(told), "{from} to {to}: {error}");
    }
}

#[test]
fn of_several_patterns_the_first_holds() {
    let text = "[\"b_*\"]\ndoc = \"One *\"\n[\"*_c\"]\ndoc = \"Other *\"\n[\"a_*\"]\ndoc = \"Last *\"\n";
    let vocabulary = Vocabulary::parse(text).expect("sound");
    let stem = |name: &str| match vocabulary.pattern(name) {
        Some(Source::Pattern(pattern, stem)) => pattern.word.doc.replace(ANY, &stem),
        _ => "none".to_owned(),
    };
    assert_eq!(["b_c", "a_c", "a_d", "_c", "a_"].map(stem), ["One c", "Other a", "Last d", "none", "none"]);
}
