//! Records as the framings put them into a dump.

use usage_report::frame::Framing;

/// What an elephant-bird block begins with.
pub const MARKER: &[u8] = b"\x29\xd8\xd5\x06\x58\xcd\x4c\x29\xb2\xbc\x57\x99\x21\x71\xbd\xff";

/// A record in a frame, and which part of that a refusal of it names: from where on, how many bytes.
pub fn framed(framing: Framing, record: &[u8]) -> (Vec<u8>, u64, u64) {
    let length = record.len() as u64;
    match framing {
        Framing::Lines => ([record, b"\n"].concat(), 0, length + 1),
        Framing::JsonArray => ([b"[\n", record, b"\n]\n"].concat(), 2, length),
        Framing::LengthDelimited => {
            let prefix = varint(length);
            let all = prefix.len() as u64 + length;
            ([prefix, record.to_vec()].concat(), 0, all)
        }
        Framing::LengthPrefixed => ([&(length as u32).to_be_bytes()[..], record].concat(), 0, 4 + length),
        Framing::ElephantBird => {
            let block = block(&field(3, record));
            let from = block.len() as u64 - length;
            (block, from, length)
        }
        Framing::Whole => (record.to_vec(), 0, length),
    }
}

/// An elephant-bird block of a message.
pub fn block(message: &[u8]) -> Vec<u8> {
    [MARKER, &(message.len() as u32).to_le_bytes(), message].concat()
}

/// A number as protobuf writes it.
pub fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// A field of a protobuf message that holds bytes, a text or a message.
pub fn field(number: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(number << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}
