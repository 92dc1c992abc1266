//! The documents: every command in them works as written, what they name is there, and what the program writes of them is
//! fresh.

mod markdown;
mod names;
mod session;

use std::collections::BTreeSet;

use super::harness::{Place, files_under, project};
use markdown::Document;
use names::{Program, wrong_links, wrong_names};

/// What no test can run, by document: how the command begins, or the first one of a block. The document says why.
const NOT_RUN: [(&str, &str); 12] = [
    (
        "CONTRIBUTING.md",
        "cargo test --release                       # one profile only: a second would build Polars a second time",
    ),
    ("CONTRIBUTING.md", "USAGE_REPORT_TEST_PYTHON"),
    ("README.md", "python3 tests/all.py"),
    ("README.md", "pip install jupyterlab altair vl-convert-python polars duckdb pandas pyarrow"),
    (
        "benches/README.md",
        "python3 benches/whole_job.py                      # the whole job, beside gzip, over dumps that are made up",
    ),
    ("docs/object-stores.md", "usage-report run --config s3://analytics/usage-report.toml"),
    ("docs/object-stores.md", "import polars"),
    ("docs/object-stores.md", "import duckdb, pandas, pyarrow.fs"),
    ("docs/scale.md", "python3 benches/scale.py --invocations 20000 --days 6"),
    (
        "docs/spark.md",
        "usage-report plan --engine spark --lake s3://analytics/lake --dumps 's3://collector/enriched/2026-*' --out job",
    ),
    (
        "docs/spark.md",
        "spark-submit --deploy-mode cluster --files job/queries.json,job/usage-report.toml,job/usage-report job/job.py",
    ),
    ("fuzz/README.md", "cargo install cargo-fuzz          # once; a C++ compiler is needed for libFuzzer"),
];

/// This one is of others' programs and their source code.
const OF_OTHERS: &str = "docs/formats.md";

/// Documents that the program writes, and how.
const MADE: [(&str, &str); 2] = [("docs/reports.md", "dictionary"), ("docs/data.md", "schema")];

/// All documents of the project, by their paths from its root.
fn documents() -> Vec<Document> {
    let mut names: BTreeSet<String> = ["README.md", "CONTRIBUTING.md"].map(str::to_owned).into();
    for folder in ["docs", "deploy", "sample_data", "fuzz", "notebooks", "benches"] {
        if !project(folder).is_dir() {
            continue;
        }
        let files = std::fs::read_dir(project(folder)).expect("a folder");
        let files = files.map(|file| file.expect("an entry").file_name().to_string_lossy().into_owned());
        names.extend(files.filter(|name| name.ends_with(".md")).map(|name| format!("{folder}/{name}")));
    }
    let documents: Vec<Document> =
        names.iter().map(|name| Document::parse(name, &session::text(&project(name)))).collect();
    assert!(documents.len() > 8, "only {} documents found: this test looks in the wrong place", documents.len());
    documents
}

/// Documents with something to run, each a test of its own, so that they run side by side.
macro_rules! sessions {
    ($($test:ident: $document:literal;)+) => {
        $(
            #[test]
            fn $test() {
                session::run(&Document::parse($document, &session::text(&project($document))));
            }
        )+

        #[test]
        fn every_document_with_commands_is_run() {
            let run = [$($document),+];
            for document in documents() {
                let has_commands = document.blocks.iter().any(|block| {
                    ["sh", "python", "sql", "toml"].contains(&block.language.as_str())
                });
                assert!(!has_commands || run.contains(&document.name.as_str()), "{} has no test", document.name);
            }
        }
    };
}

sessions! {
    the_readme_works_as_written: "README.md";
    contributing_works_as_written: "CONTRIBUTING.md";
    the_tutorial_works_as_written: "docs/tutorial.md";
    operations_work_as_written: "docs/operations.md";
    publishing_works_as_written: "docs/publishing.md";
    privacy_works_as_written: "docs/privacy.md";
    the_lake_works_as_written: "docs/lake.md";
    object_stores_are_written_in_shell: "docs/object-stores.md";
    scale_is_written_in_shell: "docs/scale.md";
    spark_is_written_in_shell: "docs/spark.md";
    fuzzing_is_written_in_shell: "fuzz/README.md";
    benchmarks_are_written_in_shell: "benches/README.md";
}

#[test]
fn what_is_not_run_is_known_and_says_why() {
    let mut found = Vec::new();
    for document in documents() {
        for block in &document.blocks {
            for of in &block.not_run {
                let at = format!("{}:{}", document.name, block.line);
                assert!(of.reason.split_whitespace().count() > 2, "{at}: say why it is not run: {:?}", of.reason);
                let command = of.command.as_deref().or(block.text.lines().next()).expect("a command").to_owned();
                assert!(block.text.lines().any(|line| line.starts_with(&command)), "{at}: there is no {command}");
                println!("{at}: {command}: {}", of.reason);
                found.push((document.name.clone(), command));
            }
        }
    }
    let found: Vec<(&str, &str)> = found.iter().map(|(name, command)| (name.as_str(), command.as_str())).collect();
    assert_eq!(found, NOT_RUN, "what is not run is listed here, so that it stays little");
}

#[test]
fn commands_flags_keys_and_files_that_documents_name_are_there() {
    let program = Program::ask();
    let documents = documents();
    let wrong: Vec<String> = documents
        .iter()
        .filter(|document| document.name != OF_OTHERS)
        .flat_map(|document| wrong_names(document, &program))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let found: usize = documents.iter().map(|document| document.code.len()).sum();
    assert!(found > 1000, "only {found} pieces of code found");
}

#[test]
fn the_readme_has_every_command() {
    let readme = session::text(&project("README.md"));
    for command in Program::ask().commands() {
        // A row begins with its command, or tells of several.
        let (first, further) = (format!("| `usage-report {command}"), format!("`{command}`"));
        let is_there =
            readme.lines().any(|line| line.starts_with(&first) || (line.starts_with('|') && line.contains(&further)));
        assert!(is_there, "the table of commands lacks {command}");
    }
}

#[test]
fn links_lead_somewhere() {
    let wrong: Vec<String> = documents().iter().flat_map(wrong_links).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_the_program_writes_of_them_is_fresh() {
    for (document, command) in MADE {
        let made = Place::new().run(0, [command, "--format", "markdown"]).text();
        assert!(made.len() > 10_000, "{command} writes next to nothing");
        assert!(
            made == session::text(&project(document)),
            "{document} is not what the program says now: usage-report {command} --format markdown > {document}"
        );
    }
}

#[test]
fn every_document_is_found_from_the_readme() {
    let mut reached = BTreeSet::new();
    let mut next = vec!["README.md".to_owned()];
    while let Some(name) = next.pop() {
        if !name.ends_with(".md") || !reached.insert(name.clone()) {
            continue;
        }
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (_, target) in Document::parse(&name, &session::text(&project(&name))).links {
            let path = target.split('#').next().unwrap_or_default();
            if path.is_empty() || path.starts_with("https://") {
                continue;
            }
            let joined = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
            next.push(joined.replace(&format!("{folder}/../"), ""));
        }
    }
    let lost: Vec<String> = documents().into_iter().map(|of| of.name).filter(|name| !reached.contains(name)).collect();
    assert!(lost.is_empty(), "no link leads to {lost:?}");
    assert!(files_under(&project("docs")).len() > 5);
}
