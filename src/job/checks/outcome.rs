//! How a check came out, as the record of a run has it.

use serde::{Deserialize, Serialize};

use super::Checked;
use crate::event::Day;
use crate::job::config::Choice as _;

/// How a check came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckOutcome {
    /// Its name.
    pub check: String,
    /// What it measures.
    pub kind: String,
    /// Blocking or warning.
    pub level: String,
    /// Whether nothing was outside its bounds.
    pub passed: bool,
    /// The newest day that failed; if none did, that passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Day>,
    /// What was measured then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// The least that is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<f64>,
    /// The most that is allowed.
    pub at_most: f64,
    /// The same in a sentence.
    pub sentence: String,
}

impl From<&Checked> for CheckOutcome {
    fn from(checked: &Checked) -> Self {
        let newest = checked.newest();
        Self {
            check: checked.name.clone(),
            kind: checked.kind.as_str().to_owned(),
            level: checked.level.as_str().to_owned(),
            passed: checked.passed(),
            day: newest.and_then(|measured| measured.day),
            value: newest.map(|measured| measured.value),
            at_least: checked.bounds.at_least,
            at_most: checked.bounds.at_most,
            sentence: checked.sentence(),
        }
    }
}
