//! Instants, all in UTC.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;

use super::calendar::{Day, Hour, as_text};
use super::ids::is_uuid;

/// Microseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Microseconds in a day.
const DAY: i64 = 86_400_000_000;

impl Timestamp {
    /// The years 1 to 9999: what every reader of Parquet can show. Instants outside are refused where they are read.
    const RANGE: std::ops::Range<i64> = -62_135_596_800_000_000..253_402_300_800_000_000;

    /// From microseconds since 1970; `None` outside the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        Self::RANGE.contains(&micros).then_some(Self(micros))
    }

    /// From milliseconds since 1970.
    pub fn from_millis(millis: i64) -> Option<Self> {
        millis.checked_mul(1000).and_then(Self::from_micros)
    }

    /// From seconds and nanoseconds since 1970, as protobuf has them; below a microsecond is cut off.
    pub fn from_seconds(seconds: i64, nanos: i32) -> Option<Self> {
        if !(0..1_000_000_000).contains(&nanos) {
            return None;
        }
        let micros = seconds.checked_mul(1_000_000)?.checked_add(i64::from(nanos) / 1000)?;
        Self::from_micros(micros)
    }

    /// From an instant of this machine's clock.
    pub fn of(time: SystemTime) -> Option<Self> {
        let since = time.duration_since(UNIX_EPOCH).ok()?;
        Self::from_micros(i64::try_from(since.as_micros()).ok()?)
    }

    /// From a UUID of version 7, whose first 48 bits are milliseconds since 1970; `None` for any other text.
    pub fn from_uuid_v7(text: &str) -> Option<Self> {
        // Version 7 and the variant of RFC 9562; others have random bits or another count where the time would be.
        let (version, variant) = (text.get(14..15)?, text.get(19..20)?);
        if !is_uuid(text) || version != "7" || !matches!(variant, "8" | "9" | "a" | "b" | "A" | "B") {
            return None;
        }
        let bits = |digits: &str| i64::from_str_radix(digits, 16).ok();
        Self::from_millis(bits(text.get(..8)?)? << 16 | bits(text.get(9..13)?)?)
    }

    /// From text: `YYYY-MM-DD`, a space or `T`, `HH:MM:SS`, up to nine digits of fraction, an optional `Z`.
    ///
    /// These are the forms of Snowplow's TSV (`2024-03-01 10:00:57.003`), of the Analytics SDKs
    /// (`2024-03-01T10:00:57.003Z`) and of Python's `isoformat`. Written out rather than left to a
    /// general parser: it runs several times for every event.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let text = text.strip_suffix(b"Z").unwrap_or(text);
        let (whole, rest) = text.split_first_chunk()?;
        let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ' | b'T', h1, h2, b':', n1, n2, b':', s1, s2] = *whole
        else {
            return None;
        };
        let day = Day::of_date(pair(y1, y2)? * 100 + pair(y3, y4)?, pair(m1, m2)?, pair(d1, d2)?)?;
        let (hour, minute, second) = (pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?);
        // 60 is a leap second, which the clocks that wrote these times do not have.
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let micros = match rest {
            [] => 0,
            [b'.', fraction @ ..] if (1..=9).contains(&fraction.len()) => {
                let (mut micros, mut worth) = (0, 1_000_000);
                for byte in fraction {
                    // What is below a microsecond is worth nothing, and must be digits.
                    worth /= 10;
                    micros += digit(*byte)? * worth;
                }
                micros
            }
            _ => return None,
        };
        let seconds = i64::from(hour * 3600 + minute * 60 + second);
        Self::from_micros(i64::from(day.number()) * DAY + seconds * 1_000_000 + i64::from(micros))
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The day it lies in.
    pub fn day(self) -> Day {
        Self::day_of_micros(self.0)
    }

    /// The day in which an instant lies that is written as [`Timestamp::micros`].
    pub fn day_of_micros(micros: i64) -> Day {
        // In range by construction: ±4 million days.
        Day::from_number(i32::try_from(micros.div_euclid(DAY)).unwrap_or_default())
    }

    /// The hour it lies in.
    pub fn hour(self) -> Hour {
        Hour::from_number(i32::try_from(self.0.div_euclid(DAY / 24)).unwrap_or_default())
    }

    /// `self − earlier` later than `base`: how an interval of one clock is laid on another. `None` out of range.
    pub fn minus_interval(self, sent: Timestamp, created: Timestamp) -> Option<Self> {
        self.0.checked_sub(sent.0.checked_sub(created.0)?).and_then(Self::from_micros)
    }

    /// Seconds from `earlier` to this instant.
    pub fn seconds_since(self, earlier: Timestamp) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "intervals are far below 2^53 microseconds")]
        let micros = (self.0 - earlier.0) as f64;
        micros / 1e6
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339, which [`Timestamp::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instant = DateTime::from_timestamp_micros(self.0).unwrap_or_default();
        write!(f, "{}", instant.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
    }
}

as_text! {
    Timestamp, "an instant, 2026-10-01T05:00:00Z";
}

/// The number that an ASCII digit is.
#[inline]
fn digit(byte: u8) -> Option<u32> {
    byte.is_ascii_digit().then(|| u32::from(byte - b'0'))
}

/// The number that two ASCII digits spell.
#[inline]
fn pair(tens: u8, ones: u8) -> Option<u32> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_form() {
        let expected = Timestamp::from_millis(1_709_287_257_003);
        for text in [
            "2024-03-01 10:00:57.003",
            "2024-03-01T10:00:57.003Z",
            "2024-03-01T10:00:57.003000",
            "2024-03-01 10:00:57.003000000",
        ] {
            assert_eq!(Timestamp::parse(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(Timestamp::parse(b"2024-03-01 10:00:57"), Timestamp::from_millis(1_709_287_257_000));
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "2024-03-01",
            "2024-13-01 10:00:57",
            "2024-02-30 10:00:57",
            "2024-00-01 10:00:57",
            "2024-01-00 10:00:57",
            "2023-02-29 10:00:57",
            "0000-12-31 10:00:57",
            "2024-03-01 10:00:57,5",
            "2024-03-01 10:00:5x",
            "2024-03-01 10:00:57ZZ",
            "2024-03-01 24:00:00",
            "2024-03-01 10:00:60",
            "2024-03-01 10:00:57.",
            "2024-03-01 10:00:57.1234567890",
            "2024-03-01 10:00:57.12x",
            "2024/03/01 10:00:57",
            "1709287257003",
        ] {
            assert_eq!(Timestamp::parse(text.as_bytes()), None, "{text}");
        }
        assert_eq!(Timestamp::from_millis(i64::MAX), None);
        assert_eq!(Timestamp::from_seconds(1, -1), None);
    }

    #[test]
    fn is_written_so_that_it_is_read_again() {
        let instant = Timestamp::of(UNIX_EPOCH + std::time::Duration::from_micros(1_709_287_257_003_004));
        let json = serde_json::to_string(&instant).expect("JSON");
        assert_eq!(json, r#""2024-03-01T10:00:57.003004Z""#);
        assert_eq!(serde_json::from_str::<Option<Timestamp>>(&json).expect("read"), instant);
        assert!(serde_json::from_str::<Timestamp>(r#""now""#).is_err());
    }

    #[test]
    fn a_uuid_of_version_7_holds_a_time() {
        let of = Timestamp::from_uuid_v7;
        let expected = Timestamp::from_millis(1_767_225_600_123);
        assert!(expected.is_some());
        assert_eq!(of("019b76da-a87b-7c31-8f52-0d1e2f3a4b5c"), expected);
        assert_eq!(of("019B76DA-A87B-7C31-BF52-0D1E2F3A4B5C"), expected);
        assert_eq!(of("00000000-0000-7000-8000-000000000000"), Timestamp::from_millis(0));
        for text in [
            "019b76da-a87b-4c31-8f52-0d1e2f3a4b5c", // version 4
            "019b76da-a87b-7c31-cf52-0d1e2f3a4b5c", // another variant
            "ffffffff-ffff-7fff-8fff-ffffffffffff", // the year 10889
            "+19b76da-a87b-7c31-8f52-0d1e2f3a4b5c",
            "019b76daa87b7c318f520d1e2f3a4b5c",
            "äääääääääääääääääääääää",
            "",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn knows_its_day_and_hour() {
        let day = |text: &str| Timestamp::parse(text.as_bytes()).map(|t| t.day().to_string());
        let hour = |text: &str| Timestamp::parse(text.as_bytes()).map(|t| t.hour().to_string());
        assert_eq!(hour("2026-10-01 23:59:59.999999").as_deref(), Some("2026-10-01T23"));
        assert_eq!(hour("1969-12-31 00:00:00").as_deref(), Some("1969-12-31T00"));
        assert_eq!(day("2026-10-01 00:00:00").as_deref(), Some("2026-10-01"));
        assert_eq!(day("2026-10-01 23:59:59.999999").as_deref(), Some("2026-10-01"));
        assert_eq!(day("1969-12-31 23:59:59").as_deref(), Some("1969-12-31"));
    }
}
