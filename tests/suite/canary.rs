//! Every text of every format marked: no mark is found again, however it is spelled, and nor is the MD5 of one.
//!
//! `tests/python/canary.py` writes the dumps. In them is a canary, once, in each place of each kind of event where a
//! text can stand, in each form that a person's data have; with the rest of the event sound, so that it is read to its
//! end. What may be told of them, and is: the names of fields and schemas that a later dbt adds, where they are spelled
//! as dbt spells its names and so can be nothing else. They are no one's data, and how a new release is noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use serde::Deserialize;
use serde_json::{Value, json};
use usage_report::staging::TableId;

use super::dumps::gzip;
use super::harness::{Place, files_under};
use super::python::python;
use super::traces::{files, identifiers, layers, printed, readable};

/// How the needles of words and addresses begin, and how long they are.
const NEEDLES: [(&str, usize); 3] = [("kanarie", 12), ("198.18.", 14), ("2001:db8:", 14)];

/// What the script lists.
#[derive(Deserialize)]
struct Canaries {
    /// Every spelling of what canaries have in them and nothing else has: plain and in base64, in lower case.
    marks: Vec<String>,
    /// MD5 sums of canaries and of their needles; later also all identifiers of the dumps.
    hashes: BTreeSet<String>,
    /// All canaries.
    canaries: Vec<Canary>,
    /// What must come out of each dump, by its name.
    dumps: BTreeMap<String, Value>,
}

/// One canary.
#[derive(Deserialize)]
struct Canary {
    value: String,
    /// What is in no other one.
    needle: String,
    /// Its dump and field.
    #[serde(rename = "where")]
    place: String,
}

impl Canaries {
    /// Has the script write its dumps, and reads what it lists.
    fn written_to(place: &Place) -> Self {
        python("tests/python/canary.py", [place.path("canaries")]);
        let list = fs::read(place.path("canaries/canaries.json")).expect("the list");
        serde_json::from_slice(&list).expect("a list of canaries")
    }

    /// What is found of canaries in a text: each once, with its first surroundings.
    fn found_in(&self, text: &[u8]) -> BTreeMap<String, String> {
        let lower = text.to_ascii_lowercase();
        let mut found = BTreeMap::new();
        for at in self.marks.iter().flat_map(|mark| memmem::find_iter(&lower, mark)) {
            let around = &lower[at.saturating_sub(30)..lower.len().min(at + 60)];
            let of = self.canaries.iter().find(|canary| memmem::find(around, canary.needle.as_bytes()).is_some());
            let place = of.map_or("a mark", |canary| &canary.place).to_owned();
            found.entry(place).or_insert_with(|| String::from_utf8_lossy(around).into_owned());
        }
        found.extend(identifiers(text).intersection(&self.hashes).map(|id| (id.clone(), "an identifier".to_owned())));
        found
    }

    /// Every canary is in its dump, and is found there; the identifiers around them are looked for as well from here on.
    fn are_in(&mut self, place: &Place) {
        let mut needles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (name, dump) in files_under(&place.path("canaries/dumps")) {
            let dump_needles = needles.entry(name.display().to_string()).or_default();
            for layer in layers(dump) {
                dump_needles.extend(needles_of(&layer));
                let ids = identifiers(&layer);
                self.hashes.extend(ids.iter().cloned());
                dump_needles.extend(ids);
            }
        }
        assert!(self.canaries.len() > 20_000, "only {} canaries", self.canaries.len());
        let missed = self.canaries.iter().filter(|canary| {
            let (dump, _) = canary.place.split_once(':').expect("dump and field");
            !needles[dump].contains(&canary.needle)
        });
        let missed: Vec<_> = missed.map(|canary| format!("{}: {}", canary.place, canary.value)).collect();
        assert!(missed.is_empty(), "{} canaries are not in their dumps: {missed:#?}", missed.len());
    }

    /// The search finds what it is to find, and nothing else.
    fn are_found(&self) {
        for canary in &self.canaries[..2_000] {
            let Canary { value, needle, .. } = canary;
            let mut spelled = vec![value.clone(), value.to_uppercase(), format!("\u{1}{needle}\u{2}")];
            if NEEDLES.iter().any(|(start, _)| needle.starts_with(start)) {
                spelled.extend(["", "-", "--"].map(|before| STANDARD.encode(format!("{before}{needle}-"))));
            }
            for text in spelled {
                assert!(!self.found_in(text.as_bytes()).is_empty(), "the search misses {value} as {text}");
            }
        }
        let hash = self.hashes.first().expect("a hash").to_uppercase();
        assert!(!self.found_in(format!("\"{hash}\"").as_bytes()).is_empty(), "the search misses the MD5 {hash}");
        assert!(self.found_in(b"dbt_version 1.9.10 run-operation SUCCESS told_field (other)").is_empty());
    }
}

/// Words and addresses among the needles in a text.
fn needles_of(text: &[u8]) -> BTreeSet<String> {
    let text = text.to_ascii_lowercase();
    let mut needles = BTreeSet::new();
    for (start, length) in NEEDLES {
        let found = memmem::find_iter(&text, start).filter_map(|at| text.get(at..at + length));
        needles.extend(found.map(|needle| String::from_utf8_lossy(needle).into_owned()));
    }
    needles
}

/// Every dump was read as what it is, to the record; so whatever could pass has passed.
fn all_are_read(place: &Place, canaries: &Canaries) {
    let mut rejects: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for row in place.query("SELECT source, reason, COUNT(*) AS n FROM rejects GROUP BY source, reason") {
        let [source, reason] = ["source", "reason"].map(|column| row[column].as_str().expect("a text").to_owned());
        rejects.entry(source).or_default().insert(reason, row["n"].as_i64().expect("a count"));
    }
    let sources = place.query("SELECT * FROM sources");
    assert_eq!(sources.len(), canaries.dumps.len());
    let mut problems = Vec::new();
    for source in sources {
        let path = source["path"].as_str().expect("a path");
        let (_, name) = path.rsplit_once('/').expect("a folder");
        let found = json!({
            "format": source["format"], "records": source["records"], "events": source["events"], "duplicates": 0,
            "rejects": rejects.remove(source["source"].as_str().expect("a digest")).unwrap_or_default(),
            "foreign": source["foreign_records"], "filtered": source["filtered_records"],
        });
        if found != canaries.dumps[name] {
            problems.push(format!("{name}: expected {}, found {found}", canaries.dumps[name]));
        }
        let share = source["events"].as_f64().expect("a count") / source["records"].as_f64().expect("a count");
        assert!(share > 0.8, "{name}: hardly any event is read, {share}");
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert_eq!(place.count("SELECT COUNT(*) AS n FROM duplicates"), 0);
    for table in TableId::all() {
        let rows = place.count(&format!("SELECT COUNT(*) AS n FROM {}", table.name()));
        assert!(rows > 0, "no event of {} was read", table.name());
    }
}

/// What is told of what dbt does not say yet: these names and no others.
fn names_are_told(place: &Place) {
    let names = |column: &str, kind: &str| -> BTreeSet<String> {
        let sql = format!("SELECT DISTINCT {column} AS name FROM unrecognized WHERE kind = '{kind}'");
        place.query(&sql).iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    };
    let told = |names: &[&str]| -> BTreeSet<String> { names.iter().map(|&name| name.to_owned()).collect() };
    let inside = ["adapter_info", "data"].map(|object| [format!("{object}.(other)"), format!("{object}.told_inside")]);
    let fields = told(&["(other)", "1000", "told_field", "told_object"]);
    assert_eq!(names("field", "field"), fields.into_iter().chain(inside.into_iter().flatten()).collect());
    let schemas = names("schema_key", "schema");
    let models = schemas.iter().filter(|name| name.ends_with("/2")).count();
    let others = schemas.into_iter().filter(|name| !name.ends_with("/2")).collect::<BTreeSet<_>>();
    assert_eq!(others, told(&["(other)", "TimeTravel", "told_schema"]));
    assert!(models > 15, "only {models} later models are told");
    assert_eq!(names("schema_key", "product"), told(&["(other)", "v1.public.events.docs.SiteOpened"]));
}

/// What is said of dumps that are damaged, of no format, or beyond the limits, and what is kept of them.
fn of_damaged_dumps(canaries: &Place) -> Vec<(String, Vec<u8>)> {
    let place = Place::new();
    let dump = |name: &str| fs::read(canaries.path("canaries/dumps").join(name)).expect("a dump");
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() * 2 / 3].to_vec();
    for name in ["enriched-json-array", "collector-payload-binary", "collector-payload-elephant-bird", "vortex"] {
        place.write(&format!("dumps/{name}"), cut(dump(name)));
    }
    place.write("dumps/truncated.gz", cut(gzip(&dump("enriched-tsv"))));
    let list = fs::read(canaries.path("canaries/canaries.json")).expect("the list");
    place.write("dumps/unknown", &list[..1 << 16]);
    let mut texts = vec![("run with damaged dumps".to_owned(), place.run(1, ["run", "dumps"]).output())];
    texts.extend(files(&place, "lake"));
    let dumps = canaries.path("canaries/dumps");
    for (lake, arguments) in [
        ("strings", &["--max-string", "40"][..]),
        ("depth", &["--max-json-depth", "3"]),
        ("events", &["--max-events", "2"]),
        ("another-format", &["--format", "failed-events", "--max-rejects", "0"]),
    ] {
        let run = place.run_any(["ingest", "--lake", lake, &dumps.display().to_string()].iter().chain(arguments));
        assert!(matches!(run.code, Some(0 | 1)), "{run}");
        texts.push((format!("ingest into {lake}"), run.output()));
        texts.extend(files(&place, lake));
    }
    texts
}

#[test]
fn no_canary_is_found_again() {
    let place = Place::new();
    let mut canaries = Canaries::written_to(&place);
    canaries.are_in(&place);
    canaries.are_found();

    let mut texts = vec![printed(&place, &["run", "canaries/dumps"])];
    all_are_read(&place, &canaries);
    names_are_told(&place);
    texts.extend(readable(&place));
    let reports = ["--out", "reports", "--format"];
    for form in ["csv", "json", "terminal"] {
        texts.push(printed(&place, &[&["report"][..], &reports, &[form]].concat()));
    }
    texts.extend(place.files("reports").into_iter().map(|(path, bytes)| (path.display().to_string(), bytes)));

    let rejects = place.count("SELECT SUM(rejects) AS n FROM sources");
    for arguments in [&["--dry-run"][..], &[]] {
        texts.push(printed(&place, &[&["reparse", "--rules", "canaries/rules.toml"], arguments].concat()));
    }
    texts.push(printed(&place, &["build"]));
    let won = rejects - place.count("SELECT SUM(rejects) AS n FROM sources");
    assert!(won > 400, "only {won} records were won back");
    texts.extend(files(&place, "lake"));
    texts.extend(of_damaged_dumps(&place));

    assert!(texts.len() > 200, "hardly anything was looked at: {} texts", texts.len());
    let leaks: BTreeMap<String, String> = texts
        .iter()
        .flat_map(|(name, text)| {
            canaries.found_in(text).into_iter().map(move |(of, found)| (of, format!("{name}: {found}")))
        })
        .collect();
    assert!(leaks.is_empty(), "{} canaries are found again, in the end here: {leaks:#?}", leaks.len());
}
