//! What is said of a measurement, for the person who must act on it.

use super::{Bounds, Checked, Measured, Verdict};
use crate::job::config::CheckKind;

impl Checked {
    /// Where it stands: the newest of what failed, or of what passed, in a sentence.
    pub fn sentence(&self) -> String {
        let Some(newest) = self.newest() else { return "there is nothing yet to judge by".to_owned() };
        let more = match self.failed().count() {
            0 | 1 => String::new(),
            2 => ", and one more like it".to_owned(),
            count => format!(", and {} more like it", count - 1),
        };
        format!("{}; {}{more}", self.measurement(newest), allowed(self.kind, self.bounds))
    }

    /// The newest measurement that failed; if none did, that passed. What has no day comes last.
    pub(super) fn newest(&self) -> Option<&Measured> {
        let passed = || self.measured.iter().rfind(|measured| measured.verdict == Verdict::Passed);
        self.failed().next_back().or_else(passed)
    }

    fn measurement(&self, measured: &Measured) -> String {
        let (part, whole) = (figure(measured.part.unwrap_or(0.0)), figure(measured.whole.unwrap_or(0.0)));
        let value = figure(measured.value);
        let subject = measured.subject.as_deref().unwrap_or_default();
        let what = match self.kind {
            CheckKind::Volume => format!("{part} events are {value} of the usual {whole}"),
            CheckKind::Rejects => format!("{part} of {whole} records were refused, {value} of all"),
            CheckKind::Duplicates => format!("{part} of {whole} events are copies, {value} of all"),
            CheckKind::SchemaVersions => format!("{value} events of the schema {subject}, which is not known"),
            CheckKind::Nulls => format!("of {part} of {whole} runs {subject} is not known, {value} of all"),
            CheckKind::Freshness => format!("the newest event was received {value} hours ago"),
            CheckKind::Holes => format!("in {value} hours nothing was received"),
        };
        match (measured.day, self.kind) {
            (_, CheckKind::Freshness) => what,
            (Some(day), _) => format!("{day}: {what}"),
            (None, CheckKind::Rejects) => format!("dumps without an event: {what}"),
            (None, _) => format!("without a day: {what}"),
        }
    }
}

fn allowed(kind: CheckKind, bounds: Bounds) -> String {
    let most = figure(bounds.at_most);
    match (kind, bounds.at_least) {
        (_, Some(least)) => format!("{} to {most} are allowed", figure(least)),
        (CheckKind::SchemaVersions | CheckKind::Holes, _) if bounds.at_most <= 0.0 => "none is allowed".to_owned(),
        (CheckKind::Freshness, _) => format!("{most} hours are allowed"),
        _ => format!("at most {most} is allowed"),
    }
}

/// A number as people write it: no more digits than say something.
fn figure(value: f64) -> String {
    let digits = if value >= 100.0 || value.fract() == 0.0 { 0 } else { 3 };
    let text = format!("{value:.digits$}");
    let short = if digits > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    // What is not nothing is not called so.
    if short == "0" && value > 0.0 { format!("{value:.1e}") } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        let cases = [
            (0.0, "0"),
            (0.5, "0.5"),
            (0.123_456, "0.123"),
            (7.25, "7.25"),
            (100.0, "100"),
            (1234.5, "1234"),
            (0.000_04, "4.0e-5"),
        ];
        for (value, expected) in cases {
            assert_eq!(figure(value), expected);
        }
    }
}
