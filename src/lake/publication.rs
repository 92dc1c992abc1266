//! What all reports of one run were made from: every day's list of dumps, and the SQL.
//!
//! A file for each, named by its content: `published/<fingerprint>.json`. The footer of a kept report names it. From two of
//! them follows why a figure of a report is another than it was.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::contents::Contents;
use super::freshness::Fingerprint;
use super::inputs::InputsByDay;
use super::layout;
use super::store::{Store, StoreError};
use crate::event::Day;

/// By day, the fingerprints that files of marts got when somebody forgotten was left out of them.
pub type LeftOutByDay = BTreeMap<Day, BTreeSet<Fingerprint>>;

/// What the reports of one run were made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// The list of dumps of each day: the name of a file of [`super::Inputs`].
    pub days: BTreeMap<Day, Fingerprint>,
    /// All dumps and how each was read, those without events included.
    pub dumps: Option<Fingerprint>,
    /// The SQL of every query, by name.
    pub sql: BTreeMap<String, Fingerprint>,
    /// Of days that outlive their staging, what tells files from which somebody forgotten was left out from what they were.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: LeftOutByDay,
    /// The last day that was final.
    pub final_until: Option<Day>,
}

impl Publication {
    /// That of a lake.
    pub fn new(contents: &Contents, sql: BTreeMap<String, Fingerprint>, final_until: Option<Day>) -> Self {
        let by_day = InputsByDay::of(contents);
        let days = by_day.days().map(|day| (day, by_day.around(day).fingerprint())).collect();
        let readings: BTreeMap<&str, String> =
            contents.sources().map(|(receipt, source)| (source.digest.as_str(), receipt.rows(source))).collect();
        let readings = readings.iter().map(|(source, rows)| (*source, rows.as_str()));
        Self { left_out: LeftOutByDay::new(), days, dumps: Some(Fingerprint::of(readings)), sql, final_until }
    }

    /// Its name, of what is in it.
    pub fn name(&self) -> Fingerprint {
        Fingerprint::of([("publication", self.json().as_str())])
    }

    fn json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_else(|reason| unreachable!("texts are JSON: {reason}"))
    }

    /// Keeps it under its name, which it gives.
    pub fn write(&self, store: &Store) -> Result<Fingerprint, StoreError> {
        let json = self.json();
        let name = self.name();
        let path = layout::published(&name);
        // Of one name there is one content.
        if !store.has(&path)? {
            store.put(&path, json.as_bytes())?;
        }
        Ok(name)
    }

    /// That of a name; `None` if it is not there, or not whole.
    pub fn read(store: &Store, name: &Fingerprint) -> Result<Option<Self>, StoreError> {
        Ok(store.read(&layout::published(name))?.and_then(|json| serde_json::from_slice(&json).ok()))
    }
}
