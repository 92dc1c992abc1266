use polars::prelude::*;

use super::*;
use crate::query::Kind;

#[test]
fn a_table_says_what_it_has_no_rows_of() {
    let frame = df!("a" => [1_i64], "b" => ["x"]).expect("a frame");
    let mut bytes = Vec::new();
    write(&frame, None, Screen { width: Some(60), has_colour: false }, &mut bytes).expect("written");
    assert!(String::from_utf8_lossy(&bytes).contains('x'));
    bytes.clear();
    write(&frame.head(Some(0)), None, Screen::default(), &mut bytes).expect("written");
    assert_eq!(String::from_utf8_lossy(&bytes), "(no rows: a, b)\n");
}

#[test]
fn rows_of_few_projects_are_marked() {
    let text = |projects: [Option<i64>; 3], width| {
        let frame = df!("adapter" => ["duckdb", "glue", "spark"], "projects" => projects).expect("a frame");
        let mut bytes = Vec::new();
        write(&frame, None, Screen { width, has_colour: false }, &mut bytes).expect("written");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let marked = text([Some(10), Some(9), None], Some(40));
    let line = |of: &str| marked.lines().find(|line| line.contains(of)).expect("its line").to_owned();
    assert!(line("glue").contains(FEW) && !line("duckdb").contains(FEW) && !line("spark").contains(FEW), "{marked}");
    assert!(marked.ends_with("· rests on fewer than 10 projects\n"), "{marked}");
    assert!(!text([Some(10), Some(11), None], Some(40)).contains(FEW));
    // The first column stays, however narrow the screen is.
    assert!(text([Some(10), Some(9), None], Some(8)).contains("glue"));
}

#[test]
fn a_table_that_is_too_wide_loses_whole_columns_and_says_which() {
    let frame = df!("first_column" => [1_i64], "b" => ["a longer text"], "c" => ["x"]).expect("a frame");
    let shown = |width| {
        let mut bytes = Vec::new();
        write(&frame, None, Screen { width, has_colour: false }, &mut bytes).expect("written");
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let unwrapped = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!shown(Some(40)).contains("too wide"));
    assert!(!shown(None).contains("too wide"));
    let narrow = shown(Some(23));
    assert!(
        narrow.contains("a longer text") && unwrapped(&narrow).contains("too wide for this screen: c)"),
        "{narrow}"
    );
    let narrowest = shown(Some(12));
    assert!(narrowest.contains("first") && unwrapped(&narrowest).contains("b, c)"), "{narrowest}");
    assert!(narrow.lines().take(4).all(|line| columns_of(line) <= 23), "{narrow}");
}

/// What a report with this header shows of a result.
fn shown_of(header: &'static str, frame: &DataFrame, screen: Screen) -> String {
    let query = Query::read(Kind::Report, "a_report", header).expect("a query");
    let mut bytes = Vec::new();
    write(frame, Some(&query), screen, &mut bytes).expect("written");
    String::from_utf8(bytes).expect("text")
}

#[test]
fn amounts_have_bars_beside_them() {
    let frame = df!("os" => ["Linux", "macOS", "表"], "runs" => [Some(80_i64), Some(10), None]).expect("a frame");
    let header = "-- title: a\n-- chart: bar of runs by os\nSELECT 1";
    let shown = shown_of(header, &frame, Screen { width: Some(34), has_colour: false });
    assert_eq!(
        shown.lines().collect::<Vec<_>>(),
        [
            "os     runs  0                  80",
            "──────────────────────────────────",
            "Linux    80  █████████████████████",
            "macOS    10  ██▋",
            "表        -",
        ]
    );
    // As a table only, without the query.
    let mut bytes = Vec::new();
    write(&frame, None, Screen::default(), &mut bytes).expect("written");
    assert!(!String::from_utf8_lossy(&bytes).contains('█'));
}

#[test]
fn figures_with_intervals_have_strips_on_one_scale() {
    let frame = df!(
        "adapter" => ["duckdb", "spark"],
        "rate" => [0.8, 0.5],
        "rate_low" => [0.7, 0.4],
        "rate_high" => [0.9, 0.8],
        "projects" => [10_i64, 3]
    );
    let header = "-- title: a\n-- chart: dot of rate by adapter\nSELECT 1";
    let shown = shown_of(header, &frame.expect("a frame"), Screen { width: Some(60), has_colour: false });
    assert_eq!(
        shown.lines().collect::<Vec<_>>(),
        [
            "                    rate   rate",
            "   adapter   rate    low   high  40.0%       90.0%  projects",
            "────────────────────────────────────────────────────────────",
            "   duckdb   80.0%  70.0%  90.0%            ├──●──┤        10",
            "·  spark    50.0%  40.0%  80.0%  ├──●─────────┤            3",
            "  ● rate in its interval (95 %)",
            "  · rests on fewer than 10 projects",
        ]
    );
}

#[test]
fn a_series_is_a_line_above_its_rows() {
    let frame = df!(
        "day" => ["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04"],
        "runs" => [Some(10_i64), None, Some(80), Some(30)],
        "is_final" => [true, true, true, false]
    );
    let header = "-- title: a\n-- chart: line of runs by day\nSELECT 1";
    let shown = shown_of(header, &frame.expect("a frame"), Screen { width: Some(60), has_colour: false });
    assert!(shown.starts_with("  runs  ▁ █┊▃  10 → 30, 10–80\n  runs by day, 2026-10-01 to 2026-10-04: "), "{shown}");
    assert!(shown.contains("\n┊  2026-10-04    30  no\n"), "{shown}");
    assert!(shown.ends_with("\n  ┊ what may still change\n"), "{shown}");
}

#[test]
fn a_long_series_shows_its_end() {
    let days: Vec<String> = (0..200).map(|day| format!("day {day:03}")).collect();
    let figures: Vec<i64> = (0..200).collect();
    let frame = df!("day" => days, "runs" => &figures, "failures" => &figures).expect("a frame");
    let header = "-- title: a\n-- chart: line of runs, failures by day\nSELECT 1";
    let shown = shown_of(header, &frame, Screen { width: Some(60), has_colour: false });
    assert!(shown.lines().take(4).all(|line| columns_of(line) <= 60), "{shown}");
    assert!(shown.contains("to day 199 (the last 27 of 200)"), "{shown}");
}

#[test]
fn colour_is_on_the_rows_that_it_is_about() {
    let frame = df!("adapter" => ["duckdb", "spark"], "projects" => [10_i64, 3], "is_flagged" => [true, false]);
    let frame = frame.expect("a frame");
    let of = |has_colour| {
        let mut bytes = Vec::new();
        write(&frame, None, Screen { width: None, has_colour }, &mut bytes).expect("written");
        String::from_utf8(bytes).expect("text")
    };
    let coloured = of(true);
    assert!(coloured.contains("\u{1b}[1m\u{1b}[33m   duckdb"), "{coloured:?}");
    assert!(coloured.contains("\n\u{1b}[2m·  spark"), "{coloured:?}");
    assert_eq!(coloured.matches("\u{1b}[0m").count(), 2);
    assert!(!of(false).contains('\u{1b}'));
}

#[test]
fn long_texts_are_cut_so_that_others_have_room() {
    let frame = df!("path" => ["x".repeat(10_000)], "runs" => [1_i64]).expect("a frame");
    let mut bytes = Vec::new();
    write(&frame, None, Screen { width: Some(60), has_colour: false }, &mut bytes).expect("written");
    let shown = String::from_utf8(bytes).expect("text");
    assert!(shown.contains(&format!("{}…", "x".repeat(19))) && shown.contains("runs"), "{shown}");
}
