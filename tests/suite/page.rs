//! The page of all reports: in a real browser, as readers open it, and with text in it that was made to do harm.

use std::collections::HashMap;
use std::path::Path;

use serde_json::Value;

use super::dumps::mixed;
use super::harness::{Place, Run};
use super::python::python;

/// What somebody may put where only a name is expected.
fn hostile() -> Vec<String> {
    vec![
        "<script>document.title='taken'</script>".to_owned(),
        "</script><img src=x onerror=document.title='taken'>".to_owned(),
        "\"><svg/onload=document.title='taken'>".to_owned(),
        "=HYPERLINK(\"http://example.com\",\"click\")".to_owned(),
        "@SUM(1+1)*cmd|' /C calc'!A0".to_owned(),
        "\u{1b}[2J\u{1b}]0;taken\u{7}red\u{9b}31m".to_owned(),
        "\u{202e}gpj.exe\u{202d} \u{2066}right\u{200f}".to_owned(),
        "${alert(1)} {{7*7}} <%= 1 %> `x`".to_owned(),
        "x".repeat(10_000),
        "名".repeat(3_000),
    ]
}

/// A report whose categories, series and panels are hostile, with a title and caveats that are.
fn hostile_report(chart: &str) -> String {
    let rows = hostile().into_iter().enumerate().map(|(number, name)| {
        let name = name.replace('\'', "''");
        let (value, series) = (number + 1, number % 3);
        format!("SELECT '{name}' AS name, '{series}<b>{name}' AS series, {value} AS runs, {value} AS projects")
    });
    let rows: Vec<String> = rows.collect();
    format!(
        "-- title: </title><script>document.title='taken'</script>\n-- question: <img src=x onerror=alert(1)>?\n\
         -- caveat: </ul></details></article><script>document.title='taken'</script>\n-- section: own<b>\n\
         -- unit: \"runs\" & <i>more</i>\n-- chart: {chart}\nSELECT name, series, runs, projects FROM (\n{}\n) AS t ORDER BY runs",
        rows.join("\nUNION ALL\n")
    )
}

/// Opens a page in the browser, which must find nothing wrong.
fn open(page: &Path, more: &[&Path]) -> String {
    let flags = ["--csv", "--screenshots"].map(Path::new);
    let more = flags.iter().zip(more).flat_map(|(flag, path)| [*flag, *path]);
    String::from_utf8(python("tests/python/page.py", [page].into_iter().chain(more))).expect("text")
}

#[test]
fn readers_find_every_chart_and_table_on_the_page() {
    let place = Place::new();
    place.run(0, ["demo", "demo"]).says(["usage-report.html"]);
    let lake = ["--lake", "demo/lake"];
    place.run(0, ["report", "--format", "csv", "--out", "csv"].iter().chain(&lake));
    let page = place.path("demo/reports/usage-report.html");
    let told = open(&page, &[&place.path("csv")]);
    let charts: usize = told.split(' ').next().and_then(|count| count.parse().ok()).expect("a number of charts");
    assert!(charts >= 55, "{told}");
    // Its summary says what was planted: the demonstration's adapter that fails more often in the last whole week.
    let html = std::fs::read_to_string(page).expect("the page");
    let summary =
        html.split("id=\"summary\"").nth(1).and_then(|rest| rest.split("</section>").next()).expect("a summary");
    assert!(summary.contains("<strong>") && summary.contains(" of runs with adapter "), "{summary}");
    // The same lake gives the same page.
    place.run(0, ["report", "--format", "html", "--out", "again"].iter().chain(&lake));
    assert!(place.files("again").into_values().next().expect("a page") == html.into_bytes());
}

#[test]
fn text_that_was_made_to_do_harm_harms_neither_page_nor_screen_nor_spreadsheet() {
    let place = Place::with_lake_of(&mixed());
    let charts = [
        ("as_bars", "bar of runs by name"),
        ("as_dots", "dot of runs by name for each series"),
        ("as_lines", "line of runs by name for each series"),
        ("as_cells", "heatmap of runs by series, name"),
    ];
    for (name, chart) in charts {
        place.write(&format!("own/{name}.sql"), hostile_report(chart));
    }
    let report = |more: &[&str]| {
        let names = charts.map(|(name, _)| name);
        place.run(0, ["report"].iter().chain(&names).chain(&["--queries", "own"]).chain(more))
    };
    report(&["--format", "html,csv,vega-lite,markdown", "--out", "out"]);
    let page = place.path("out/usage-report.html");
    let told = open(&page, &[&place.path("out")]);
    assert!(told.starts_with("4 charts, 0 problems"), "{told}");

    let html = std::fs::read_to_string(&page).expect("the page");
    assert!(html.contains("&#60;script&#62;document.title") || html.contains("&lt;script&gt;document.title"));
    // What is copied is what the file has, and nobody sees it.
    let seen: String = html
        .split("<pre class=\"csv\" hidden>")
        .map(|part| part.split_once("</pre>").map_or(part, |(_, rest)| rest))
        .collect();
    for harm in ["<script>document", "<img src=x", "<svg/onload", "<b>", "<i>more", "\u{202e}", "\u{1b}"] {
        assert!(!seen.contains(harm), "{harm:?} is on the page");
    }
    let csv = std::fs::read_to_string(place.path("out/as_bars.csv")).expect("a table");
    let (harmless, harmful) = ("\"'=HYPERLINK", "\"=HYPERLINK");
    assert!(csv.contains(harmless) && !csv.contains(harmful) && csv.contains("'@SUM"), "{csv:.2000}");
    let screen = report(&[]);
    let is_harmful = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    let found: Vec<char> = screen.text().chars().filter(|c| is_harmful(*c)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn charts_are_specifications_that_stand_alone() {
    let place = Place::with_lake_of(&mixed());
    place.run(0, ["report", "--format", "vega-lite,parquet", "--out", "out"]);
    let files = place.files("out");
    let specs: HashMap<String, Value> = files
        .iter()
        .filter_map(|(path, bytes)| {
            let name = path.to_str()?.strip_suffix(".vl.json")?;
            Some((name.to_owned(), serde_json::from_slice(bytes).expect("JSON")))
        })
        .collect();
    assert!(specs.len() > 30 && files.len() > specs.len() + 70, "{} of {}", specs.len(), files.len());
    for (name, spec) in &specs {
        assert_eq!(spec["$schema"], "https://vega.github.io/schema/vega-lite/v6.json", "{name}");
        assert!(spec["title"]["text"].is_string(), "{name}");
        assert!(!spec.to_string().contains("\"container\""), "{name}");
    }
    let rows = place.run(0, ["report", "success_by_adapter", "--format", "json"]).rows();
    let drawn = specs["success_by_adapter"]["data"]["values"].as_array().expect("rows");
    assert_eq!(drawn.len(), rows.len());
    for (drawn, row) in drawn.iter().zip(&rows) {
        assert_eq!(drawn["value"], row["success_rate"]);
        assert_eq!(drawn.get("low"), row.get("success_rate_low").filter(|low| !low.is_null()));
        assert_eq!(drawn["projects"], row["projects"]);
    }
    let one = place.run(0, ["report", "success_by_adapter", "--format", "vega-lite"]);
    let one: Value = serde_json::from_slice(&one.output()).expect("JSON");
    assert_eq!(one, specs["success_by_adapter"]);
}

#[test]
fn what_is_no_chart_or_no_file_is_told() {
    let place = Place::with_lake_of(&mixed());
    let refused = |arguments: &[&str]| -> Run { place.run(2, ["report"].iter().chain(arguments)) };
    refused(&["accounting", "--format", "vega-lite"]).says(["accounting has no chart"]);
    refused(&["--format", "vega-lite"]).says(["several charts are files"]);
    refused(&["--format", "csv,json"]).says(["several forms at once are files"]);
    refused(&["--format", "htm"]).says(["html"]);
    // A pipe takes a page.
    let page = place.run(0, ["report", "success_by_adapter", "--format", "html"]).text();
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"), "{page:.100}");
}
