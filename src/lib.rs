//! `usage-report` turns raw dumps of dbt's anonymous usage events into Parquet that a notebook can trust
//! and a report that a product researcher can act on.
//!
//! The path of a datum, and with it the order of the modules; each imports from its own floor or below:
//!
//! | floor | modules | |
//! |---|---|---|
//! | 0 | [`event`], [`privacy`] | what dbt tells us, normalized; pseudonyms |
//! | 0 | [`names`], [`progress`] | what was meant by a name that nobody knows; how far long work is |
//! | 0 | [`threads`] | work of one kind on many things |
//! | 0 | [`objects`] | what lies in an object store instead of in a folder |
//! | 1 | [`source`], [`frame`], [`decode`] | files to bytes to records to events |
//! | 2 | [`staging`], [`demo`] | events to Arrow; dumps of which the truth is known |
//! | 3 | [`lake`] | files, receipts, freshness |
//! | 4 | [`ingest`], [`query`] | dumps to a receipt; SQL over the lake |
//! | 4 | [`maintenance`] | small files to large ones; what nobody sees is removed, and who is forgotten |
//! | 5 | [`build`], [`report`] | stale days to marts; results to bytes |
//! | 5 | [`disclosure`] | what of the results may be published |
//! | 6 | [`job`] | what a scheduled run is configured with, what it says of itself |
//! | 6 | [`spark`] | the same path on a cluster: a job for Spark, and what it asks |
//! | 7 | [`cli`] | arguments, settings, printing |

#![forbid(unsafe_code)]

pub mod build;
pub mod cli;
pub mod decode;
pub mod demo;
pub mod disclosure;
pub mod event;
pub mod frame;
pub mod ingest;
pub mod job;
pub mod lake;
pub mod maintenance;
pub mod names;
pub mod objects;
pub mod privacy;
pub mod progress;
pub mod query;
pub mod report;
pub mod source;
pub mod spark;
pub mod staging;
pub mod threads;

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// The floor of each module: the table in this file's head.
    const FLOORS: [(&str, u8); 21] = [
        ("event", 0),
        ("privacy", 0),
        ("names", 0),
        ("progress", 0),
        ("objects", 0),
        ("threads", 0),
        ("source", 1),
        ("frame", 1),
        ("decode", 1),
        ("staging", 2),
        ("demo", 2),
        ("lake", 3),
        ("ingest", 4),
        ("query", 4),
        ("maintenance", 4),
        ("build", 5),
        ("report", 5),
        ("disclosure", 5),
        ("job", 6),
        ("spark", 6),
        ("cli", 7),
    ];

    /// What a module may not name, for all its floor would allow.
    const APART: [(&str, &str); 4] =
        [("ingest", "query"), ("query", "ingest"), ("build", "report"), ("report", "build")];

    fn floor(module: &str) -> u8 {
        let known = FLOORS.iter().find(|(name, _)| *name == module);
        known.unwrap_or_else(|| panic!("{module} stands on no floor")).1
    }

    #[test]
    fn no_module_imports_from_above() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut looked_at = 0;
        for entry in fs::read_dir(&root).expect("src") {
            let folder = entry.expect("entry").path();
            if !folder.is_dir() {
                continue;
            }
            let module = folder.file_name().expect("name").to_string_lossy().into_owned();
            let own = floor(&module);
            for file in files(&folder) {
                // Tests of a floor may use what stands above it: they walk a datum through the house.
                if file.ends_with("tests.rs") || file.ends_with("round_trip.rs") {
                    continue;
                }
                let text = fs::read_to_string(&file).expect("source");
                for used in text.split("crate::").skip(1) {
                    let used = used.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
                    if used.is_empty() || !FLOORS.iter().any(|(name, _)| *name == used) {
                        continue;
                    }
                    looked_at += 1;
                    assert!(floor(used) <= own, "{} names {used}, which stands above {module}", file.display());
                    let apart = APART.contains(&(module.as_str(), used));
                    assert!(!apart, "{} names {used}, which {module} does not know", file.display());
                }
            }
        }
        assert!(looked_at > 50, "only {looked_at} imports found: this test looks in the wrong place");
    }

    fn files(folder: &Path) -> Vec<std::path::PathBuf> {
        let mut found = Vec::new();
        for entry in fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            if path.is_dir() {
                found.extend(files(&path));
            } else {
                found.push(path);
            }
        }
        found
    }
}
