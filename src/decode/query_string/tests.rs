use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::tracker_item::Item;
use super::super::{Decoder, Format, Limits, Note, Reason, Rules, Sink, Verdict};
use super::{is_request, parse};
use crate::event::{TimeBasis, Times, Timestamp};
use crate::privacy::{Key, Pseudonymizer};

/// What a test looks at of a verdict.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    /// The times, and the rest of the event.
    Event(Times, String),
    Refused(Reason),
    Foreign,
}

struct Finds(Vec<Found>);

impl Sink for Finds {
    fn take(&mut self, item: u32, verdict: Verdict<'_>) {
        assert_eq!(item as usize, self.0.len());
        self.0.push(match verdict {
            Verdict::Event(event) => {
                let ids = (event.envelope.event_id, event.envelope.invocation_id);
                Found::Event(event.envelope.times, format!("{ids:?} {:?}", event.payload))
            }
            Verdict::Refused(refusal) => Found::Refused(refusal.reason),
            Verdict::Foreign => Found::Foreign,
            other => panic!("{other:?}"),
        });
    }

    fn note(&mut self, _item: u32, note: Note<'_>) {
        panic!("{note:?}");
    }
}

/// The one verdict on a line.
fn decode_within(line: &[u8], limits: &Limits) -> Found {
    let key = Key::from_secret(b"a secret of some length").expect("long enough");
    let (pseudonymizer, rules) = (Pseudonymizer::new(&key), Rules::default());
    let mut finds = Finds(Vec::new());
    Decoder::new(&pseudonymizer, limits, &rules).decode(Format::TrackerPayload, line, None, &mut finds);
    assert_eq!(finds.0.len(), 1);
    finds.0.remove(0)
}

fn decode(line: &str) -> Found {
    decode_within(line.as_bytes(), &Limits::default())
}

/// The times and the rest of the event that a line must hold.
fn event(line: &str) -> (Times, String) {
    match decode(line) {
        Found::Event(times, rest) => (times, rest),
        other => panic!("{other:?}: {line}"),
    }
}

const CONTEXTS: &str = r#"{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1","data":[{"schema":"iglu:com.dbt/invocation/jsonschema/1-0-1","data":{"progress":"start","invocation_id":"3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01","version":"0.15.3","command":"run","project_id":">>>???"}}]}"#;

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// What dbt 0.15 asks for; without `stm`, which it has.
fn query_of(contexts: &str) -> String {
    format!(
        "e=se&se_ca=dbt&se_ac=invocation&se_la=start&{contexts}&eid=5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d\
         &dtm=1791640530250&tv=py-0.0.2&tna=cf&aid=dbt&p=pc&uid=0d7ab3a5-5c1c-4f0b-9a68-2f3f6a0b7c11"
    )
}

fn query() -> String {
    query_of(&format!("cx={}", encoded(&URL_SAFE.encode(CONTEXTS))))
}

/// 2026-10-10 13:55:36 UTC.
const RECEIVED: i64 = 1_791_640_536_000;

/// Lines with a request and the time, and without; every one is the same event.
fn lines() -> Vec<(String, bool)> {
    let q = query();
    let twice = q.replace('%', "%25");
    assert!(twice.contains("%253D"));
    let without = [
        q.clone(),
        format!("  ?{q}\r"),
        format!("/i?{q}"),
        format!("/ice.png?{q}"),
        format!("/com.snowplowanalytics.snowplow/tp1?{q}"),
        format!("/com.snowplowanalytics.snowplow/tp2?{q}#top"),
        format!("https://collector.example.com/i?{q}"),
        format!("http://192.0.2.7:8080/snowplow/forgiving/i?{q}"),
        format!("GET /i?{q} HTTP/1.1"),
        format!(r#"192.0.2.1 - - [yesterday] "GET /i?{q} HTTP/1.1" 200 43"#),
    ];
    let with = [
        format!(
            r#"203.0.113.9 - - [10/Oct/2026:13:55:36 +0000] "GET /i?{q} HTTP/1.1" 200 43 "-" "python-requests/2.31""#
        ),
        format!(r#"2001:db8::1 - jane [10/Oct/2026:06:25:36 -0730] "HEAD /i?{q} HTTP/2.0" 500 0"#),
        format!(r#"b0c [10/Oct/2026:15:55:36 +0200] 192.0.2.3 - 3E57 REST.GET.OBJECT i "GET /i?{q} HTTP/1.1" 200 -"#),
        format!(r#"- [::1]:80 [2026-10-10T15:55:36+02:00] "GET /i?{q}" 200"#),
        format!(r#"2026-10-10T13:55:36Z lb 192.0.2.1:1 - 200 0 43 "GET http://c.example:80/i?{q} HTTP/1.1" "ua" - -"#),
        format!(r#"https 2026-10-10T13:55:36.000000Z app/lb/5 192.0.2.1:1 "GET https://c.example:443/i?{q} HTTP/1.1""#),
        format!(
            "2026-10-10\t13:55:36\tLHR3\t402\t192.0.2.1\tGET\td1.cloudfront.net\t/i\t200\t\
             http://x/?a=b&e=se&tv=x\tpython-requests/2.31%2520x\t{twice}\t-\tHit\t9SmA==\tc.example\thttps"
        ),
        format!("2026-10-10 13:55:36 192.0.2.2 GET /i {q} 80 - 192.0.2.1 python-requests/2.31 - 200 0 0 15"),
        format!("2026-10-10T13:55:36Z\t192.0.2.1\tGET\thttps\tc.example\t/i?{twice}\t402"),
        format!("2026-10-10T13:55:36+00:00\tHEAD\thttps://c.example/i\t?{q}"),
        format!(r#""2026-10-10" [2026-10-10 13:55:36.000] "192.0.2.1" "GET" "/i?{q}" "200""#),
    ];
    without.map(|line| (line, false)).into_iter().chain(with.map(|line| (line, true))).collect()
}

#[test]
fn every_form_of_a_line_is_the_same_event() {
    let (_, expected) = event(&query());
    assert!(expected.contains("Start") || expected.contains("start"), "{expected}");
    for (line, has_time) in lines() {
        let (times, rest) = event(&line);
        assert_eq!(rest, expected, "{line}");
        let (received, basis) =
            if has_time { (RECEIVED, TimeBasis::COLLECTOR) } else { (1_791_640_530_250, TimeBasis::CREATED) };
        assert_eq!((Some(times.collector), times.basis), (Timestamp::from_millis(received), basis), "{line}");
        assert!(is_request(line.as_bytes()), "{line}");
    }
}

#[test]
fn contexts_come_in_either_alphabet_plain_or_with_spaces() {
    let (_, expected) = event(&query());
    let standard = STANDARD.encode(CONTEXTS);
    assert!(standard.contains('+') && standard.contains('/'));
    for contexts in
        [format!("cx={}", encoded(&standard)), format!("cx={standard}"), format!("co={}", encoded(CONTEXTS))]
    {
        assert_eq!(event(&query_of(&contexts)).1, expected, "{contexts}");
    }
}

#[test]
fn the_last_of_a_repeated_parameter_counts() {
    let (_, expected) = event(&query());
    let other = format!("aid=x&cx=!!&eid=0&{}", query());
    assert_eq!(event(&format!("/i?{other}")).1, expected);
    assert_eq!(decode(&format!("{}&aid=x", query())), Found::Foreign);
    assert_eq!(decode(&format!("{}&eid=0", query())), Found::Refused(Reason::BadEventId));
}

#[test]
fn foreign_is_what_holds_no_event_of_a_collector() {
    let q = query();
    for line in [
        "#Version: 1.0",
        "#Fields: date time x-edge-location c-ip cs-method cs(Host) cs-uri-stem",
        "/i",
        "/i?e=pv&p=web&tv=js-2.9.0&aid=dbt-docs",
        "/favicon.ico",
        r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /robots.txt HTTP/1.1" 200 43"#,
        r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /i HTTP/1.1" 200 43 "-" "e=se&tv=x&aid=dbt""#,
        r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /i? HTTP/1.1" 200 43"#,
        r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "POST /com.snowplowanalytics.snowplow/tp2 HTTP/1.1" 200 2"#,
        r#"::1 - - [10/Oct/2026:13:55:36 +0000] "OPTIONS * HTTP/1.0" 200 -"#,
        "2026-10-10\t13:55:36\tLHR3\t402\t192.0.2.1\tGET\td1.cloudfront.net\t/i\t200\t-\tua\t-\t-\tHit",
        "e=pv&tv=js-2.9.0&uid=%FF%FE&cx=%C3%28",
    ] {
        assert_eq!(decode(line), Found::Foreign, "{line}");
        assert!(!is_request(line.as_bytes()) || line.contains("pv"), "{line}");
    }
    for line in [
        format!("https://www.example.com/search?{q}"),
        format!(r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /search?{q} HTTP/1.1" 404 43"#),
        format!(r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "POST /i?{q} HTTP/1.1" 200 43"#),
        format!("2026-10-10\t13:55:36\t-\t-\t-\tPOST\td1.cloudfront.net\t/i\t200\t-\tua\t{q}\t-"),
    ] {
        assert_eq!(decode(&line), Found::Foreign, "{line}");
        assert!(!is_request(line.as_bytes()), "{line}");
    }
}

#[test]
fn refused_is_what_holds_no_request() {
    for line in [
        "",
        "hello",
        "hello world",
        "aid=dbt&eid=x",
        "e=se&aid",
        "name=e=se&tv=x",
        r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "-" 408 0"#,
        r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "\x16\x03\x01" 400 0"#,
        "2026-10-10\t13:55:36\tLHR3\t402\t192.0.2.1\tGET\tcollector",
    ] {
        assert_eq!(decode(line), Found::Refused(Reason::NotQueryString), "{line}");
        assert!(!is_request(line.as_bytes()), "{line}");
    }
    assert_eq!(decode_within(b"/i?e=se&aid=\xff", &Limits::default()), Found::Refused(Reason::NotUtf8));
    assert!(!is_request(b"/i?e=se&aid=\xff"));
}

#[test]
fn a_line_that_is_cut_off_is_refused() {
    let head = r#"192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET "#;
    let line = format!("{head}/i?{} HTTP/1.1\" 200 43", query());
    let whole = line.find(" 200 43").expect("a status");
    for end in 0..whole {
        assert_eq!(decode(&line[..end]), Found::Refused(Reason::NotQueryString), "{}", &line[..end]);
    }
    event(&line[..whole]);
}

#[test]
fn an_event_that_lacks_something_is_refused_for_that() {
    let without = |key: &str| {
        let left: Vec<String> = query().split('&').filter(|p| !p.starts_with(key)).map(str::to_owned).collect();
        decode(&format!("/i?{}", left.join("&")))
    };
    assert_eq!(without("eid="), Found::Refused(Reason::BadEventId));
    assert_eq!(without("dtm="), Found::Refused(Reason::BadTimestamp));
    assert_eq!(without("cx="), Found::Refused(Reason::NoDbtContext));
    assert_eq!(without("aid="), Found::Foreign);
    assert_eq!(decode(&format!("{}&cx=!!", query())), Found::Refused(Reason::NotBase64));
    assert_eq!(decode(&format!("{}&stm=soon", query())), Found::Refused(Reason::BadTimestamp));
}

#[test]
fn a_value_has_a_longest_length() {
    let limits = Limits { string: 4, ..Limits::default() };
    assert!(parse("se_la=1234&x=%41%41%41%41", &limits).is_ok());
    for long in ["se_la=12345", "x=12345", "x=%41%41%41%41%41", "a=b&&x=++++%2B"] {
        assert_eq!(parse(long, &limits).err(), Some(Reason::StringTooLong), "{long}");
    }
    assert_eq!(decode_within(query().as_bytes(), &limits), Found::Refused(Reason::StringTooLong));
}

/// The values of an item's keys.
fn values<'i>(item: &'i Item<'_>) -> [(&'static str, &'i str); 8] {
    [
        ("aid", &item.aid),
        ("eid", &item.eid),
        ("uid", &item.uid),
        ("dtm", &item.dtm),
        ("stm", &item.stm),
        ("se_la", &item.se_la),
        ("cx", &item.cx),
        ("co", &item.co),
    ]
}

#[test]
fn what_is_encoded_is_read() {
    arbtest::arbtest(|u| {
        let texts: [String; 8] = u.arbitrary()?;
        let mut written = String::new();
        for ((key, _), text) in values(&Item::default()).iter().zip(&texts) {
            let separator = *u.choose(&["&", "&&", "&e=se&", "&unknown=%FF&", "&=&"])?;
            let text = if u.arbitrary()? { encoded(text).replace("%20", "+") } else { encoded(text) };
            written.push_str(&format!("{key}={text}{separator}"));
        }
        let item = parse(&written, &Limits::default()).expect("short");
        assert_eq!(values(&item).map(|(_, value)| value), texts.each_ref().map(String::as_str));
        Ok(())
    });
}

#[test]
fn no_line_makes_it_panic() {
    let words = [
        "GET",
        "\"GET",
        "POST",
        "/i",
        "/i?",
        "?",
        "e=se",
        "&",
        "tv=x",
        "aid=dbt",
        "=",
        "%",
        "%25",
        "%4",
        "+",
        " ",
        "\t",
        "\"",
        "[",
        "]",
        "#",
        "://",
        "http",
        "10/Oct/2026:13:55:36 +0000",
        "2026-10-10T13:55:60+02:00",
        "é",
        "2026-10-10",
        "9999-12-31T23:59:59-23:59",
        "HTTP/1.1",
    ];
    let limits = Limits::default();
    arbtest::arbtest(|u| {
        let mut line = String::new();
        while !u.is_empty() {
            line.push_str(u.choose(&words)?);
        }
        if !line.trim_ascii_start().starts_with(['{', '[']) {
            decode_within(line.as_bytes(), &limits);
        }
        is_request(line.as_bytes());
        Ok(())
    });
    arbtest::arbtest(|u| {
        let bytes: Vec<u8> = u.arbitrary()?;
        is_request(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        assert!(parse(&text, &limits).is_ok());
        Ok(())
    });
}
