//! Whether the scheduled job runs as it should.

use std::time::Duration;

use indicatif::HumanDuration;

use super::run_record::{Outcome, RunRecord};
use crate::event::Timestamp;

/// Says how it is with a job whose last run left this record: well, or what must be looked at.
///
/// # Errors
/// When the run failed, or ended too long ago.
pub fn health(last: &RunRecord, now: Timestamp, max_age: Duration) -> Result<String, String> {
    // A clock that has been set back is no reason to call anybody.
    let age = Duration::from_secs_f64(now.seconds_since(last.ended).max(0.0));
    let ended = format!("{} ago ({})", HumanDuration(age), last.ended);
    match last.outcome {
        Outcome::Failed => {
            let reason = last.error.as_deref().unwrap_or("it does not say why");
            let since = last
                .last_success
                .map_or("none before succeeded".to_owned(), |at| format!("the last that succeeded ended {at}"));
            Err(format!("the last run failed {ended}: {reason}; {since}"))
        }
        _ if age > max_age => Err(format!(
            "the last run ended {ended}, longer ago than {} allow: look whether the job is still scheduled, still running, \
             or was killed",
            HumanDuration(max_age)
        )),
        Outcome::WithProblems => Ok(format!("the last run ended {ended}, with problems that its log names")),
        Outcome::Done => Ok(format!("the last run ended {ended}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_healthy_while_its_last_run_is_young_and_has_not_failed() {
        let at = |second: i64| Timestamp::from_millis(1_790_000_000_000 + 1000 * second).expect("an instant");
        let mut record = RunRecord::begin(at(0), String::new());
        let mut check = |outcome, age: i64| {
            record.outcome = outcome;
            health(&record, at(age), Duration::from_secs(7200))
        };
        assert!(
            check(Outcome::Done, 7200).expect("healthy").starts_with("the last run ended 2 hours ago (2026-09-21T")
        );
        assert!(check(Outcome::WithProblems, 60).expect("healthy").contains("with problems"));
        assert!(check(Outcome::Done, -60).is_ok(), "the clock was set back");
        assert!(check(Outcome::WithProblems, 7201).expect_err("too old").contains("still scheduled"));
        assert!(check(Outcome::Failed, 60).expect_err("failed").contains("failed 60 seconds ago"));
        record.error = Some("the disk is full".to_owned());
        record.last_success = Some(at(-3600));
        let failed = health(&record, at(1), Duration::MAX).expect_err("failed");
        assert!(failed.contains("the disk is full; the last that succeeded ended 2026-09-21T"), "{failed}");
    }
}
