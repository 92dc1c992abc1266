//! What every event has, whatever it says: ids and times.

use super::ids::{EventId, InvocationId};
use super::time::Timestamp;
use super::vocabulary::vocabulary;

/// Ids and times of one event.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    /// Snowplow's `eid`; Vortex: the message's own `event_id`, else `vortex_event_id`.
    pub event_id: EventId,
    /// The run that it belongs to; `None` only for events that name a node run instead.
    pub invocation_id: Option<InvocationId>,
    /// When it happened.
    pub times: Times,
}

vocabulary! {
    /// What `collector_tstamp` rests on: the collector's own clock, or what stands in for it.
    TimeBasis { "collector", "sent", "created", "file", "invocation_id" }
}

impl TimeBasis {
    /// The collector said when it received the event.
    pub const COLLECTOR: Self = Self("collector");
    /// No collector time: when the device says that it sent the event.
    pub const SENT: Self = Self("sent");
    /// Neither: when the device says that the event happened.
    pub const CREATED: Self = Self("created");
    /// A form without times: when the file was last changed.
    pub const FILE: Self = Self("file");
    /// A form without times, and a file without one: when the invocation started, which its id says.
    pub const INVOCATION_ID: Self = Self("invocation_id");
}

/// 2020-01-01 and 2100-01-01, in microseconds: no dbt 2 has run before the one, none will after the other.
const PLAUSIBLE: (i64, i64) = (1_577_836_800_000_000, 4_102_444_800_000_000);
/// By how many seconds the device's clock may be ahead of a file's.
const AHEAD: f64 = 86_400.0;

/// The three clocks' readings of one event.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// When it happened by the user's clock, which may be wrong by years.
    pub device: Option<Timestamp>,
    /// When it was received: right, but late.
    pub collector: Timestamp,
    /// When it happened by our clock: `collector − (sent − created)`.
    pub derived: Timestamp,
    /// What `collector` rests on.
    pub basis: TimeBasis,
}

impl Times {
    /// Times from what was sent, by definitions.md: where `sent` is missing, the derived time is the collector's,
    /// and where the collector's is missing, the device's `sent` (else `created`) stands in for it.
    ///
    /// The derived time is recomputed and not read from the enriched event: before enrich 6.10 it was wrong
    /// across months, and Snowplow drops the correction where `sent` was cut to the second before `created`.
    /// `None` where there is no time at all, or where the sum leaves the calendar.
    pub fn derive(created: Option<Timestamp>, sent: Option<Timestamp>, collector: Option<Timestamp>) -> Option<Self> {
        let (collector, basis) = match (collector, sent, created) {
            (Some(collector), _, _) => (collector, TimeBasis::COLLECTOR),
            (None, Some(sent), _) => (sent, TimeBasis::SENT),
            (None, None, Some(created)) => (created, TimeBasis::CREATED),
            (None, None, None) => return None,
        };
        let derived = match (sent, created) {
            (Some(sent), Some(created)) => collector.minus_interval(sent, created)?,
            _ => collector,
        };
        Some(Self { device: created, collector, derived, basis })
    }

    /// Times of an event of a form that has none, from when its invocation started, as the id says, and when its file
    /// was last changed, by definitions.md: the file's stands in for the collector's, the start for when it happened.
    ///
    /// A start before 2020, more than a day after the file's time or, without one, after 2100 is none, and nor is a
    /// file's time before 2020: archives forget it. What is missing is stood in for by the other. `None` where there
    /// is neither.
    pub fn of_file(started: Option<Timestamp>, changed: Option<Timestamp>) -> Option<Self> {
        let (earliest, latest) = PLAUSIBLE;
        let changed = changed.filter(|changed| changed.micros() >= earliest);
        let started = started.filter(|started| {
            let too_late = match changed {
                Some(changed) => started.seconds_since(changed) > AHEAD,
                None => started.micros() >= latest,
            };
            started.micros() >= earliest && !too_late
        });
        let (collector, basis) = match (changed, started) {
            (Some(changed), _) => (changed, TimeBasis::FILE),
            (None, Some(started)) => (started, TimeBasis::INVOCATION_ID),
            (None, None) => return None,
        };
        // The start of the invocation is not when the device's clock saw this event: durations stay unknown.
        Some(Self { device: None, collector, derived: started.unwrap_or(collector), basis })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Option<Timestamp> {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_wrong_device_clock_cancels() {
        let years = 86_400_000 * 9000;
        let times = Times::derive(at(years), at(years + 5_000), at(1_000_000)).expect("times");
        assert_eq!(Some(times.derived), at(995_000));
        assert_eq!(times.basis, TimeBasis::COLLECTOR);
    }

    #[test]
    fn what_is_missing_is_stood_in_for() {
        let times = Times::derive(at(3_000), at(5_000), None).expect("times");
        assert_eq!((Some(times.collector), Some(times.derived)), (at(5_000), at(3_000)));
        assert_eq!(times.basis, TimeBasis::SENT);
        let times = Times::derive(at(3_000), None, None).expect("times");
        assert_eq!((Some(times.collector), times.basis), (at(3_000), TimeBasis::CREATED));
        let times = Times::derive(at(3_000), None, at(9_000)).expect("times");
        assert_eq!(Some(times.derived), at(9_000));
        assert_eq!(Times::derive(None, None, None), None);
    }

    #[test]
    fn a_form_without_times_has_those_of_its_file_and_of_its_invocation_id() {
        let day = 86_400_000;
        let (file, started) = (at(1_790_812_800_000), at(1_790_800_000_000));
        let of = |started, file| {
            Times::of_file(started, file).map(|times| {
                assert_eq!(times.device, None);
                (Some(times.collector), Some(times.derived), times.basis)
            })
        };
        assert_eq!(of(started, file), Some((file, started, TimeBasis::FILE)));
        assert_eq!(of(None, file), Some((file, file, TimeBasis::FILE)));
        assert_eq!(of(started, None), Some((started, started, TimeBasis::INVOCATION_ID)));
        assert_eq!(of(None, None), None);
        // A clock that is ahead by a day, and by more.
        let ahead = at(1_790_812_800_000 + day);
        assert_eq!(of(ahead, file), Some((file, ahead, TimeBasis::FILE)));
        assert_eq!(of(at(1_790_812_800_001 + day), file), Some((file, file, TimeBasis::FILE)));
        // Before 2020 there was no dbt 2, and after 2100 the clock is wrong.
        let (first, last) = (at(1_577_836_800_000), at(4_102_444_799_999));
        assert_eq!(of(first, file), Some((file, first, TimeBasis::FILE)));
        assert_eq!(of(at(1_577_836_799_999), file), Some((file, file, TimeBasis::FILE)));
        assert_eq!(of(last, None), Some((last, last, TimeBasis::INVOCATION_ID)));
        for implausible in [at(0), at(1_577_836_799_999), at(4_102_444_800_000)] {
            assert_eq!(of(implausible, None), None);
        }
        // A file out of an archive that forgets times.
        assert_eq!(of(started, at(0)), Some((started, started, TimeBasis::INVOCATION_ID)));
        assert_eq!(of(None, at(315_532_800_000)), None);
    }
}
