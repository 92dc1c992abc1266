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
    /// What `collector_tstamp` rests on: the collector's own clock, or the device's times that stand in for it.
    TimeBasis { "collector", "sent", "created" }
}

impl TimeBasis {
    /// The collector said when it received the event.
    pub const COLLECTOR: Self = Self("collector");
    /// No collector time: when the device says that it sent the event.
    pub const SENT: Self = Self("sent");
    /// Neither: when the device says that the event happened.
    pub const CREATED: Self = Self("created");
}

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
}
