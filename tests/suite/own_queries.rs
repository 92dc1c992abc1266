//! A file in a folder that `--queries` names is a report like those of the program, everywhere at once.

use usage_report::query::{Kind, Library};

use super::dumps::mixed;
use super::harness::{Place, project};

/// A report with a macro, a view and a caveat.
const MINE: &str = "-- title: Successes by engine\n-- question: How often does each engine succeed?\n\
                    -- key: engine\n-- caveat: Mine alone.\n\
                    WITH cells AS (\n    SELECT engine, SUM(successes) AS s, SUM(known_runs) AS n FROM project_runs GROUP BY engine\n)\n\
                    SELECT engine, CAST(n AS BIGINT) AS known_runs, RATE(s, n) AS success_rate\n\
                    FROM cells\nORDER BY engine NULLS LAST\n";

#[test]
fn a_file_is_a_report_in_the_terminal_in_files_and_in_the_lake() {
    let place = Place::with_lake_of(&mixed());
    place.write("own/team/by_engine.sql", MINE);
    let printed = place.run(0, ["report", "by_engine", "--queries", "own"]);
    printed.shows(["Successes by engine (by_engine)", "How often does each engine succeed?", "* Mine alone."]);
    let rows = place.run(0, ["report", "by_engine", "--queries", "own", "--format", "json"]).rows();
    let sql = "SELECT engine, COUNT(*) AS known_runs, \
               CAST(COUNT(*) FILTER (WHERE outcome = 'success') AS DOUBLE) / COUNT(*) AS success_rate \
               FROM invocations WHERE outcome IN ('success', 'failure') GROUP BY engine ORDER BY engine NULLS LAST";
    let by_hand = place.query(sql);
    assert!(by_hand.len() >= 2, "{by_hand:?}");
    let known: Vec<_> = rows.iter().filter(|row| row["known_runs"] != 0).cloned().collect();
    assert_eq!(known, by_hand);

    // In what `run` keeps and writes, by the configuration as well.
    place.write("job.toml", "[reports]\nqueries = \"own\"\nfolder = \"out\"\nformats = [\"json\"]\n");
    let dumps = mixed();
    let run = place.run_any(["run".as_ref(), "--config".as_ref(), "job.toml".as_ref(), dumps.as_os_str()]);
    assert!(matches!(run.code, Some(0 | 1)), "{run}");
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(place.path("out/by_engine.json")).expect("a file")).expect("rows");
    assert_eq!(written.as_array().map(Vec::len), Some(rows.len()));
    assert!(place.path("lake/reports/by_engine.parquet").is_file());
    place
        .run(0, ["explain", "by_engine", "--config", "job.toml"])
        .shows(["project_runs", "RATE(s, n) AS success_rate"]);
    place.run(2, ["report", "by_engine"]).says(["there is no report by_engine"]);
}

#[test]
fn every_mistake_is_told_before_anything_is_done() {
    let place = Place::new();
    place.write("own/a.sql", "-- title: A\n-- colour: red\nSELECT day, osx\nFROM invocations\n");
    place.write("own/b.sql", "-- title: B\nSELECT day FROM nowhere\n");
    let mistakes =
        ["own/a.sql:2: there is no header \"colour\"", "own/a.sql:3: a: ", "own/b.sql:2: there is no table nowhere"];
    place.run(1, ["query", "--check", "own"]).says(mistakes);
    let dumps = mixed();
    let run = place.run_any(["run".as_ref(), dumps.as_os_str(), "--queries".as_ref(), "own".as_ref()]);
    assert_eq!(run.code, Some(2), "{run}");
    run.says(mistakes);
    assert!(!place.path("lake/staging").exists(), "dumps were read in spite of it");
    place.write("own/a.sql", MINE);
    std::fs::remove_file(place.path("own/b.sql")).expect("removed");
    place.run(0, ["query", "--check", "own"]).says(["1 reports in own, all in order"]);
    place.run(1, ["query", "--check", "nowhere"]).says(["nowhere"]);
    place.run(2, ["query"]).says(["SQL"]);
}

#[test]
fn the_dictionary_says_what_every_report_means() {
    let place = Place::new();
    place.write("own/by_engine.sql", MINE);
    let rows = place.run(0, ["dictionary", "--queries", "own", "--format", "json"]).rows();
    let library = Library::load().expect("the library");
    let names: Vec<&str> = library.of_kind(Kind::Report).map(|query| query.name).chain(["by_engine"]).collect();
    assert_eq!(rows.iter().map(|row| row["report"].as_str().expect("a name")).collect::<Vec<_>>(), names);
    for row in &rows[..rows.len() - 1] {
        for column in ["section", "title", "question", "chart", "unit", "grain", "columns", "reads", "sql"] {
            assert!(row[column].as_str().is_some_and(|text| !text.is_empty()), "{} has no {column}", row["report"]);
        }
        for line in row["columns"].as_str().expect("columns").lines() {
            assert!(line.contains(": "), "{}: no meaning of {line}", row["report"]);
        }
    }
    let mine = &rows[rows.len() - 1];
    // Of the view that it reads, and of the names that all reports share.
    assert_eq!(
        mine["columns"].as_str().expect("columns").lines().collect::<Vec<_>>(),
        [
            "engine text: core-1 (Python), core-2 or fusion",
            "known_runs int64 [count]: Invocations with outcome success or failure, the denominator of success_rate",
            "success_rate double [share]: Successes / (successes + failures), every run counting once",
        ]
    );
    assert_eq!(
        (mine["reads"].as_str(), mine["caveat"].as_str()),
        (Some("invocations, project_runs"), Some("Mine alone."))
    );
    place.run(0, ["dictionary", "support_drop"]).shows([
        "Question: ",
        "One row: ",
        "Mind: ",
        "Made from: ",
        "\nColumns\n",
        "  share_lost                projects_lost / known_projects\n",
        "                            double, share\n",
    ]);
    // A series that breaks touch has a column for them.
    place.run(0, ["dictionary", "success_by_week"]).shows(["  breaks  ", "from "]);
    place.run(2, ["dictionary", "no_such_report"]).says(["there is no report no_such_report"]);
    // Every report that can be published says what makes a row, and how many projects it rests on.
    let documented = std::fs::read_to_string(project("README.md")).expect("the README");
    let is_there = |name: &&str| {
        documented.contains(&format!("`{name}`"))
            || documented
                .contains(&format!("…_{}`", name.rsplit_once("_by_").map_or("", |(_, by)| by)).replace("…_", "…_by_"))
    };
    let missing: Vec<&&str> = names[..names.len() - 1].iter().filter(|name| !is_there(name)).collect();
    assert!(missing.is_empty(), "the README does not name {missing:?}");
}
