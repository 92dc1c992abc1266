//! One event in the tracker protocol: short keys, every value a text.
//!
//! A tracker sends it in a POST body or a query string; the collector and enrich keep it in their payloads and failed
//! events. Contexts are url-safe base64 (`cx`) or plain (`co`). The collector's time comes from whoever received it;
//! where nobody did, the device's `stm` stands in. Not read: IP address, cookies, user agent, page. Source:
//! formats.md 2.3 to 2.5.

use serde::Deserialize;

use super::com_dbt::Columns;
use super::plain::{Cursor, Plain};
use super::refusal::Reason;
use super::snowplow::{self, Origin};
use super::text::Text;
use super::{Reading, Sink, Verdict, base64_text};
use crate::event::{Times, Timestamp};

/// The keys that are looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Item<'a> {
    pub aid: Text<'a>,
    pub eid: Text<'a>,
    pub uid: Text<'a>,
    pub dtm: Text<'a>,
    pub stm: Text<'a>,
    pub se_la: Text<'a>,
    pub cx: Text<'a>,
    pub co: Text<'a>,
}

impl<'a> Plain<'a> for Item<'a> {
    fn fill(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        let mut seen = 0_u8;
        cursor.object(|key, cursor| {
            let Some((number, place)) = self.place(key) else { return cursor.pass_over() };
            // A key that is there twice is an error.
            if seen & 1 << number != 0 {
                return None;
            }
            seen |= 1 << number;
            place.fill(cursor)
        })
    }
}

impl<'a> Item<'a> {
    /// Where the value of a key goes, if it is one that is looked at, and its number.
    fn place(&mut self, key: &str) -> Option<(u8, &mut Text<'a>)> {
        Some(match key {
            "aid" => (0, &mut self.aid),
            "eid" => (1, &mut self.eid),
            "uid" => (2, &mut self.uid),
            "dtm" => (3, &mut self.dtm),
            "stm" => (4, &mut self.stm),
            "se_la" => (5, &mut self.se_la),
            "cx" => (6, &mut self.cx),
            "co" => (7, &mut self.co),
            _ => return None,
        })
    }

    /// Sets the value of a key, if it is one that is looked at. An empty value is none.
    pub(super) fn set(&mut self, key: &str, value: Text<'a>) {
        if let Some((_, place)) = self.place(key)
            && !value.is_empty()
        {
            *place = value;
        }
    }

    /// Takes the values that another item has: those of a query string win over those of a body.
    pub(super) fn overrule(&mut self, other: &Item<'a>) {
        for (key, value) in [
            ("aid", &other.aid),
            ("eid", &other.eid),
            ("uid", &other.uid),
            ("dtm", &other.dtm),
            ("stm", &other.stm),
            ("se_la", &other.se_la),
            ("cx", &other.cx),
            ("co", &other.co),
        ] {
            self.set(key, value.clone());
        }
    }
}

/// What the receiving side says of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received<'a> {
    /// When it was received.
    pub at: Option<Timestamp>,
    /// Two letters, where somebody has looked the country up.
    pub country: &'a str,
    /// Whether it passed.
    pub origin: Origin,
}

impl Received<'_> {
    /// By nobody that is known.
    pub(super) const NOBODY: Self = Self { at: None, country: "", origin: Origin::Good };
}

/// Decodes one event; `buffer` holds decoded contexts from one to the next.
pub(super) fn decode(
    number: u32,
    item: &Item<'_>,
    received: &Received<'_>,
    reading: &Reading<'_>,
    buffer: &mut Vec<u8>,
    sink: &mut impl Sink,
) {
    if &*item.aid != "dbt" {
        return sink.take(number, Verdict::Foreign);
    }
    let read = times(item, received).and_then(|times| Ok((times, contexts(item, buffer)?)));
    match read {
        Ok((times, json)) => {
            let columns = Columns {
                event_id: &item.eid,
                user_id: &item.uid,
                label: &item.se_la,
                country: received.country,
                times,
            };
            snowplow::tell(number, &columns, json, received.origin, reading, sink);
        }
        Err(reason) => sink.take(number, Verdict::Refused(received.origin.refused(reason))),
    }
}

fn times(item: &Item<'_>, received: &Received<'_>) -> Result<Times, Reason> {
    Times::derive(millis(&item.dtm)?, millis(&item.stm)?, received.at).ok_or(Reason::BadTimestamp)
}

/// Milliseconds since 1970 as decimal text; absent if empty.
fn millis(text: &str) -> Result<Option<Timestamp>, Reason> {
    match text {
        "" => Ok(None),
        text => text.parse().ok().and_then(Timestamp::from_millis).map(Some).ok_or(Reason::BadTimestamp),
    }
}

/// The contexts as JSON; empty if there are none.
fn contexts<'a>(item: &'a Item<'_>, buffer: &'a mut Vec<u8>) -> Result<&'a str, Reason> {
    match (&*item.co, &*item.cx) {
        ("", "") => Ok(""),
        ("", encoded) => std::str::from_utf8(base64_text::decode(encoded, buffer)?).map_err(|_| Reason::NotUtf8),
        (plain, _) => Ok(plain),
    }
}
