//! How dbt 2 sends messages: in batches, each message in an envelope of its own (formats.md, section 6.1).

use super::dbt2::Message;
use super::dice::Dice;
use super::ids::uuid4;
use super::run::Run;
use crate::decode::protobuf::Writer;

/// How long messages wait for others, milliseconds.
const WAIT: i64 = 500;

/// The package of dbt 2's messages.
const FUSION: &str = "/v1.public.events.fusion.";

/// Some messages of a run that are sent at once.
pub struct Batch<'m> {
    /// The messages.
    pub messages: &'m [Message],
    /// When it is sent, milliseconds since 1970.
    pub sent: i64,
    /// The ids of the envelopes.
    ids: Dice,
}

/// The batches in which the messages of a run are sent: each half a second after its first message. If the run is
/// killed, nothing is sent after that.
pub fn batches<'m>(run: &Run<'_>, messages: &'m [Message], dice: &mut Dice) -> Vec<Batch<'m>> {
    let end = run.start + run.end;
    let mut batches = Vec::new();
    let mut rest = messages;
    while let Some(first) = rest.first() {
        let until = first.created + WAIT;
        let (messages, behind) = rest.split_at(rest.partition_point(|message| message.created <= until));
        rest = behind;
        // At its end it does not wait.
        let sent = until.min(end + 20);
        if run.killed.is_some_and(|killed| sent > run.start + killed) {
            break;
        }
        batches.push(Batch { messages, sent: sent + run.delay, ids: Dice::new(dice.word()) });
    }
    batches
}

/// The body of a batch's request when it is sent for the first time, or once more some milliseconds later.
pub fn body(batch: &Batch<'_>, later: i64, dice: &mut Dice) -> Vec<u8> {
    let mut ids = batch.ids.clone();
    let mut body = Writer::default();
    // A retry is another request.
    body.bytes(1, uuid4(dice).as_str().as_bytes());
    for message in batch.messages {
        let url = format!("{FUSION}{}", message.kind);
        body.bytes(2, &envelope(&url, &message.bytes, [message.created, batch.sent + later], &mut ids));
    }
    body.finish()
}

/// The body of a request of another product on the same service: somebody reads documentation.
pub fn site_opened(at: i64, dice: &mut Dice) -> Vec<u8> {
    let mut event = Writer::default();
    event.bytes(2, uuid4(dice).as_str().as_bytes());
    let mut body = Writer::default();
    body.bytes(1, uuid4(dice).as_str().as_bytes());
    body.bytes(2, &envelope("/v1.public.events.docs.SiteOpened", &event.finish(), [at, at + WAIT], dice));
    body.finish()
}

fn envelope(url: &str, event: &[u8], [created, sent]: [i64; 2], ids: &mut Dice) -> Vec<u8> {
    let mut any = Writer::default();
    any.bytes(1, url.as_bytes());
    any.bytes(2, event);
    let mut envelope = Writer::default();
    envelope.bytes(1, &any.finish());
    envelope.bytes(2, &timestamp(created));
    envelope.bytes(3, &timestamp(sent));
    envelope.bytes(6, uuid4(ids).as_str().as_bytes());
    envelope.bytes(7, url.as_bytes());
    envelope.finish()
}

/// A `google.protobuf.Timestamp`.
fn timestamp(millis: i64) -> Vec<u8> {
    let mut timestamp = Writer::default();
    timestamp.number(1, millis.div_euclid(1000).unsigned_abs());
    if millis.rem_euclid(1000) > 0 {
        timestamp.number(2, millis.rem_euclid(1000).unsigned_abs() * 1_000_000);
    }
    timestamp.finish()
}

/// A body after its length, as files of several hold them.
pub fn delimited(body: &[u8]) -> Vec<u8> {
    let mut length = Writer::default();
    length.varint(body.len() as u64);
    [&length.finish(), body].concat()
}
