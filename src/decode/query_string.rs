//! Requests that carry their event in the query string (GET), one a line: by themselves, or in a line of an access log.
//!
//! ```text
//! e=se&p=pc&tv=py-0.0.2&aid=dbt&eid=…&cx=…      bare, or after `?`, `/i?`, `https://collector/i?`
//! 192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /i?e=se&… HTTP/1.1" 200 43 …          Apache, nginx
//! https 2026-10-10T13:55:36.000000Z … "GET https://collector:443/i?e=se&… HTTP/1.1" …    load balancers
//! 2026-10-10 ⇥ 13:55:36 ⇥ … ⇥ GET ⇥ collector ⇥ /i ⇥ 200 ⇥ … ⇥ e=se&… ⇥ …               CloudFront, W3C
//! ```
//!
//! The parameters are one event ([`super::tracker_item`]). Of one that is repeated the last counts, as in enrich. Of
//! the rest of a log's line only its time is looked at, which is the collector's: in brackets or at the start of the
//! line, in UTC where no zone is stated.
//!
//! A request in quotes is as it was sent. Where its parts are columns, the log's writer may have encoded them once
//! more, as CloudFront does: `%253D` is `%3D` is `=`. That is undone where it is found: a percent sign that was meant
//! as one occurs in no id, number or base64.
//!
//! Foreign is a request that is not for a collector, and one that would have its event in its body, which no log
//! keeps: there is nothing to read, and no telling whose it was. So is a comment (`#Fields: …`). Refused is a line
//! without a request, or with one in quotes that are not closed. Source: formats.md 2.2.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use chrono::DateTime;
use percent_encoding::percent_decode_str;

use super::limits::Limits;
use super::refusal::Reason;
use super::text::Text;
use super::tracker_item::{self, Item, Received};
use super::{Reading, Sink, Verdict};
use crate::event::Timestamp;

/// What the path of a request to a collector ends in; what comes before is whoever forwards to it.
const PATHS: [&str; 4] =
    ["/i", "/ice.png", "/com.snowplowanalytics.snowplow/tp1", "/com.snowplowanalytics.snowplow/tp2"];

/// The words that a request begins with (RFC 9110 and 5789).
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// Decodes one line; `buffer` holds decoded contexts.
pub(super) fn decode(text: &str, reading: &Reading<'_>, buffer: &mut Vec<u8>, sink: &mut impl Sink) {
    let line = text.trim_ascii();
    let query = match Line::read(line) {
        Line::Request(query) => query,
        Line::Foreign => return sink.take(0, Verdict::Foreign),
        Line::Nothing => return sink.take(0, Verdict::Refused(Reason::NotQueryString.into())),
    };
    match parse(&query, reading.limits) {
        Ok(item) => {
            let received = Received { at: time(line), ..Received::NOBODY };
            tracker_item::decode(0, &item, &received, reading, buffer, sink);
        }
        Err(reason) => sink.take(0, Verdict::Refused(reason.into())),
    }
}

/// Whether this line is, or has, a request with an event.
pub(super) fn is_request(line: &[u8]) -> bool {
    if memchr::memmem::find(line, b"e=").is_none() {
        return false;
    }
    let Ok(line) = std::str::from_utf8(line) else { return false };
    matches!(Line::read(line.trim_ascii()), Line::Request(query) if is_event(&query))
}

/// The parameters of a query string, those that an event may have.
pub(super) fn parse<'a>(query: &'a str, limits: &Limits) -> Result<Item<'a>, Reason> {
    let mut item = Item::default();
    for parameter in query.split('&') {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let value = plain(value);
        limits.check_string(value.as_bytes())?;
        item.set(&plain(key), value);
    }
    Ok(item)
}

/// A key or value without its encoding. What is not UTF-8 then becomes something that no id, number or base64 is.
fn plain(text: &str) -> Text<'_> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        return percent_decode_str(&spaced).decode_utf8_lossy().into_owned().into();
    }
    match percent_decode_str(text).decode_utf8_lossy() {
        Cow::Borrowed(text) => text.into(),
        Cow::Owned(text) => text.into(),
    }
}

/// Whether a query string is an event's: it has keys that every event must have (`e`, `tv`, `p`), or dbt's always has.
fn is_event(query: &str) -> bool {
    let has = |key: &str| query.split('&').any(|parameter| parameter.split_once('=').is_some_and(|(k, _)| k == key));
    let starts_with_a_key =
        query.bytes().take_while(|byte| *byte != b'=').all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    starts_with_a_key && has("e") && (has("tv") || has("p") || has("aid"))
}

/// What a line is.
enum Line<'a> {
    /// A request to a collector, with this query.
    Request(Cow<'a, str>),
    /// A request that holds no event of a collector's, or a comment.
    Foreign,
    /// No request, or a part of one.
    Nothing,
}

impl<'a> Line<'a> {
    fn read(line: &'a str) -> Self {
        if line.starts_with('#') {
            return Self::Foreign;
        }
        if line.bytes().any(|byte| byte.is_ascii_whitespace()) {
            return Self::of_log(line);
        }
        if is_target(line) {
            return match split(line) {
                (path, query) if is_collector(path) => Self::Request(query.unwrap_or_default().into()),
                _ => Self::Foreign,
            };
        }
        let query = bare(line);
        if is_event(query) { Self::Request(query.into()) } else { Self::Nothing }
    }

    /// A line of words: a method, and after it what was asked for, in quotes or in columns.
    fn of_log(line: &'a str) -> Self {
        let mut words = line.split_ascii_whitespace();
        let Some(method) = words.find(|word| METHODS.contains(&word.trim_matches('"'))) else { return Self::Nothing };
        let quoted = method.starts_with('"');
        let Some(target) = (if quoted { words.next() } else { words.find(|word| is_target(word)) }) else {
            return Self::Nothing;
        };
        // A query that is cut off lacks parameters without showing it.
        if quoted && !target.ends_with('"') && !words.clone().any(|word| word.ends_with('"')) {
            return Self::Nothing;
        }
        let (path, query) = split(target.trim_matches('"'));
        if !matches!(method.trim_matches('"'), "GET" | "HEAD") || !is_collector(path) {
            return Self::Foreign;
        }
        if quoted {
            return query.map_or(Self::Foreign, |query| Self::Request(query.into()));
        }
        query
            .or_else(|| words.map(bare).find(|word| is_event(word)))
            .map_or(Self::Foreign, |query| Self::Request(once(query)))
    }
}

/// Whether a word is a path or a URL.
fn is_target(word: &str) -> bool {
    let scheme = word.split_once("://").map_or("", |(scheme, _)| scheme);
    word.starts_with('/') || (!scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()))
}

/// Whether a path is a collector's.
fn is_collector(path: &str) -> bool {
    PATHS.iter().any(|end| path.ends_with(end))
}

/// A path or URL and its query.
fn split(target: &str) -> (&str, Option<&str>) {
    let target = target.split_once('#').map_or(target, |(target, _fragment)| target);
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

/// A query that may have its question mark.
fn bare(query: &str) -> &str {
    query.strip_prefix('?').unwrap_or(query)
}

/// A query that may be encoded twice, encoded once.
fn once(query: &str) -> Cow<'_, str> {
    if query.contains("%25") { query.replace("%25", "%").into() } else { query.into() }
}

/// The time of a log's line.
fn time(line: &str) -> Option<Timestamp> {
    let mut words = line.split_ascii_whitespace();
    // A request by itself is one word.
    let (first, second) = (words.next()?, words.next()?);
    let columns = || instant(&[first, second].join(" "));
    instant(first).or_else(|| instant(second)).or_else(|| in_brackets(line)).or_else(columns)
}

/// A time in brackets.
fn in_brackets(line: &str) -> Option<Timestamp> {
    /// Of any time, with nine digits of fraction and a zone.
    const LENGTH: usize = 35;
    memchr::memchr_iter(b'[', line.as_bytes()).find_map(|at| {
        let text = line.get(at + 1..)?;
        let end = text.bytes().take(LENGTH + 1).position(|byte| byte == b']')?;
        let text = text.get(..end)?;
        instant(text).or_else(|| zoned(DateTime::parse_from_str(text, "%d/%b/%Y:%H:%M:%S %z").ok()?))
    })
}

/// A time by ISO 8601, in UTC where no zone is stated.
fn instant(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text.as_bytes()).or_else(|| zoned(DateTime::parse_from_rfc3339(text).ok()?))
}

fn zoned(time: DateTime<chrono::FixedOffset>) -> Option<Timestamp> {
    Timestamp::from_micros(time.timestamp_micros())
}
