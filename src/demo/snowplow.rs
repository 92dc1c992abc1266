//! How a Snowplow tracker sends events of dbt 1, and what a collector and enrichment make of them (formats.md, sections
//! 1 and 2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde::Serialize;

use super::clock::Moment;
use super::dbt1::{Context, Event};
use super::dice::Dice;
use super::ids::{Uuid, uuid4};
use super::json;
use super::run::Run;

/// The most events that the tracker puts into one request.
const BUFFER: usize = 30;

/// A request of the tracker: some events, sent at once.
pub struct Request<'e, 'r> {
    /// The events.
    pub events: &'e [Event<'r>],
    /// When it is sent by the tracker's clock, which tells it in whole seconds; milliseconds since 1970.
    pub sent: i64,
    /// When the collector receives it.
    pub received: i64,
    network_user: Uuid,
}

/// The requests in which events of a run are sent: when 30 are there, and at the end the rest. If the run is killed,
/// nothing is sent after that.
pub fn requests<'e, 'r>(run: &Run<'_>, events: &'e [Event<'r>], dice: &mut Dice) -> Vec<Request<'e, 'r>> {
    let killed = run.killed.map(|after| run.start + after);
    let mut requests = Vec::new();
    for events in events.chunks(BUFFER) {
        let last = events.last().map_or(run.start, |event| event.created);
        let sent = last + dice.between(15, 160);
        if killed.is_some_and(|killed| sent > killed || events.len() < BUFFER) {
            break;
        }
        let received = sent + dice.between(40, 900);
        // By the device's clock, down to the second.
        let sent = (sent + run.skew).div_euclid(1000) * 1000;
        requests.push(Request { events, sent, received, network_user: uuid4(dice) });
    }
    if requests.len() > 1 && run.loses_first {
        requests.remove(0);
    }
    requests
}

impl Request<'_, '_> {
    /// When an event of it happened by our clock, as enrichment derives it (definitions, Time).
    pub fn derived(&self, event: &Event<'_>, run: &Run<'_>) -> i64 {
        self.received - (self.sent - (event.created + run.skew))
    }
}

#[derive(Serialize)]
struct Envelope<T> {
    schema: &'static str,
    data: T,
}

/// The contexts of an event in their envelope.
fn enveloped<'e, 'r>(event: &'e Event<'r>) -> Envelope<&'e [Context<'r>]> {
    let schema = "iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-1";
    Envelope { schema, data: &event.contexts }
}

/// An event as the tracker sends it: every value is a text.
#[derive(Serialize)]
struct Item<'e> {
    e: &'static str,
    se_ca: &'static str,
    se_ac: &'static str,
    se_la: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    se_pr: Option<&'static str>,
    cx: String,
    p: &'static str,
    uid: Uuid,
    eid: Uuid,
    dtm: String,
    tv: &'static str,
    tna: &'static str,
    aid: &'static str,
    stm: String,
}

fn tracker(run: &Run<'_>) -> &'static str {
    if run.release.number >= 9 { "py-1.1.0" } else { "py-0.0.2" }
}

fn item<'e>(event: &'e Event<'_>, request: &Request<'_, '_>, run: &Run<'_>) -> Item<'e> {
    Item {
        e: "se",
        se_ca: "dbt",
        se_ac: event.action,
        se_la: event.label,
        se_pr: event.property,
        cx: URL_SAFE.encode(json::python(&enveloped(event))),
        p: "pc",
        uid: run.user,
        eid: event.id,
        dtm: (event.created + run.skew).to_string(),
        tv: tracker(run),
        tna: "cf",
        aid: "dbt",
        stm: request.sent.to_string(),
    }
}

/// The body of a request, a POST.
pub fn body(request: &Request<'_, '_>, run: &Run<'_>) -> Vec<u8> {
    json::python(&Envelope {
        schema: "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
        data: request.events.iter().map(|event| item(event, request, run)).collect::<Vec<_>>(),
    })
}

/// How many columns an enriched event has.
const COLUMNS: usize = 131;

/// Columns by their numbers, of those that are filled.
mod column {
    pub(super) const APP_ID: usize = 0;
    pub(super) const PLATFORM: usize = 1;
    pub(super) const ETL_TSTAMP: usize = 2;
    pub(super) const COLLECTOR_TSTAMP: usize = 3;
    pub(super) const DVCE_CREATED_TSTAMP: usize = 4;
    pub(super) const EVENT: usize = 5;
    pub(super) const EVENT_ID: usize = 6;
    pub(super) const NAME_TRACKER: usize = 8;
    pub(super) const V_TRACKER: usize = 9;
    pub(super) const V_COLLECTOR: usize = 10;
    pub(super) const V_ETL: usize = 11;
    pub(super) const USER_ID: usize = 12;
    pub(super) const USER_IPADDRESS: usize = 13;
    pub(super) const NETWORK_USERID: usize = 17;
    pub(super) const GEO_COUNTRY: usize = 18;
    pub(super) const PAGE_URL: usize = 29;
    pub(super) const CONTEXTS: usize = 52;
    pub(super) const SE_CATEGORY: usize = 53;
    pub(super) const SE_ACTION: usize = 54;
    pub(super) const SE_LABEL: usize = 55;
    pub(super) const SE_PROPERTY: usize = 56;
    pub(super) const USERAGENT: usize = 77;
    pub(super) const DVCE_SENT_TSTAMP: usize = 119;
    pub(super) const DERIVED_TSTAMP: usize = 124;
    pub(super) const EVENT_VENDOR: usize = 125;
    pub(super) const EVENT_NAME: usize = 126;
    pub(super) const EVENT_FORMAT: usize = 127;
    pub(super) const EVENT_VERSION: usize = 128;
}

/// A line of an enriched event out of its cells, with its end.
fn line(cells: &[(usize, &[u8])]) -> Vec<u8> {
    let mut line = Vec::with_capacity(1_500);
    let mut cells = cells.iter().peekable();
    for number in 0..COLUMNS {
        if number > 0 {
            line.push(b'\t');
        }
        if let Some((_, cell)) = cells.next_if(|(of, _)| *of == number) {
            line.extend_from_slice(cell);
        }
    }
    line.push(b'\n');
    line
}

const COLLECTOR: &str = "ssc-3.1.2-kinesis";
const ENRICH: &str = "snowplow-enrich-kinesis-4.2.0-common-4.2.0";
/// Of the block that is kept for documents: nobody's address.
const ADDRESS: &str = "203.0.113.7";

/// The lines that enrichment makes of a request, some milliseconds after it is received.
pub fn enriched(request: &Request<'_, '_>, run: &Run<'_>, later: i64) -> Vec<u8> {
    let [etl, collector, sent] =
        [request.received + later, request.received, request.sent].map(|at| Moment(at).to_string());
    let agent = if run.release.number >= 9 { "python-requests/2.32.3" } else { "python-requests/2.28.2" };
    let mut lines = Vec::new();
    for event in request.events {
        let created = Moment(event.created + run.skew).to_string();
        let derived = Moment(request.derived(event, run)).to_string();
        lines.extend(line(&[
            (column::APP_ID, b"dbt"),
            (column::PLATFORM, b"pc"),
            (column::ETL_TSTAMP, etl.as_bytes()),
            (column::COLLECTOR_TSTAMP, collector.as_bytes()),
            (column::DVCE_CREATED_TSTAMP, created.as_bytes()),
            (column::EVENT, b"struct"),
            (column::EVENT_ID, event.id.as_str().as_bytes()),
            (column::NAME_TRACKER, b"cf"),
            (column::V_TRACKER, tracker(run).as_bytes()),
            (column::V_COLLECTOR, COLLECTOR.as_bytes()),
            (column::V_ETL, ENRICH.as_bytes()),
            (column::USER_ID, run.user.as_str().as_bytes()),
            (column::USER_IPADDRESS, ADDRESS.as_bytes()),
            (column::NETWORK_USERID, request.network_user.as_str().as_bytes()),
            (column::GEO_COUNTRY, run.project.country.as_bytes()),
            (column::CONTEXTS, &json::compact(&enveloped(event))),
            (column::SE_CATEGORY, b"dbt"),
            (column::SE_ACTION, event.action.as_bytes()),
            (column::SE_LABEL, event.label.as_bytes()),
            (column::SE_PROPERTY, event.property.unwrap_or_default().as_bytes()),
            (column::USERAGENT, agent.as_bytes()),
            (column::DVCE_SENT_TSTAMP, sent.as_bytes()),
            (column::DERIVED_TSTAMP, derived.as_bytes()),
            (column::EVENT_VENDOR, b"com.google.analytics"),
            (column::EVENT_NAME, b"event"),
            (column::EVENT_FORMAT, b"jsonschema"),
            (column::EVENT_VERSION, b"1-0-0"),
        ]));
    }
    lines
}

/// The line of somebody who reads the documentation that dbt made: another application on the same collector.
pub fn page_view(at: i64, dice: &mut Dice) -> Vec<u8> {
    let (when, id) = (Moment(at).to_string(), uuid4(dice));
    line(&[
        (column::APP_ID, b"dbt-docs"),
        (column::PLATFORM, b"web"),
        (column::ETL_TSTAMP, when.as_bytes()),
        (column::COLLECTOR_TSTAMP, when.as_bytes()),
        (column::DVCE_CREATED_TSTAMP, when.as_bytes()),
        (column::EVENT, b"page_view"),
        (column::EVENT_ID, id.as_str().as_bytes()),
        (column::V_TRACKER, b"js-2.9.0"),
        (column::V_COLLECTOR, COLLECTOR.as_bytes()),
        (column::V_ETL, ENRICH.as_bytes()),
        (column::USER_IPADDRESS, ADDRESS.as_bytes()),
        (column::PAGE_URL, b"https://fuzzed.getdbt.com/"),
        (column::EVENT_VENDOR, b"com.snowplowanalytics.snowplow"),
        (column::EVENT_NAME, b"page_view"),
        (column::EVENT_FORMAT, b"jsonschema"),
        (column::EVENT_VERSION, b"1-0-0"),
    ])
}
