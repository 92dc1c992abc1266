//! Wraps what is inside of the binary formats, so that the fuzzer can change it without having to mend the lengths
//! around it.

/// A collector payload of a request with this query string and body.
pub fn collector_payload(query: &[u8], body: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    let mut text = |number: u16, text: &[u8]| {
        payload.push(11);
        payload.extend(number.to_be_bytes());
        payload.extend((text.len() as u32).to_be_bytes());
        payload.extend(text);
    };
    text(10, query);
    text(110, b"/com.snowplowanalytics.snowplow/tp2");
    text(130, body);
    text(31337, b"iglu:com.snowplowanalytics.snowplow/CollectorPayload/thrift/1-0-0");
    payload.extend([10, 0, 50]);
    payload.extend(1_772_445_609_412_i64.to_be_bytes());
    payload.push(0);
    payload
}

/// A Vortex batch of one message with this type URL and event.
pub fn vortex(type_url: &[u8], event: &[u8]) -> Vec<u8> {
    let any = [field(1, type_url), field(2, event)].concat();
    // 1 772 445 609 seconds: in March 2026.
    let time = b"\x08\xa9\xf3\x95\xcd\x06";
    let id = b"e81d5dbe-03b4-4c3b-9a92-0d5f4a1b2c3d";
    let message = [field(1, &any), field(2, time), field(3, time), field(4, time), field(6, id)].concat();
    field(2, &message)
}

/// A field of protobuf with bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut field = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length >= 0x80 {
        field.push(length as u8 | 0x80);
        length >>= 7;
    }
    field.push(length as u8);
    field.extend(bytes);
    field
}
