//! JSON as Python writes it: a space after each comma and colon.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

struct Python;

impl Formatter for Python {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// A value in JSON, as Python's `json.dumps` writes it.
pub fn python(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(512);
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Python));
    written.unwrap_or_else(|_| unreachable!("memory takes bytes, and keys are texts"));
    bytes
}

/// A value in JSON without spaces, as Snowplow's enrichment writes it.
pub fn compact(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_else(|_| unreachable!("memory takes bytes, and keys are texts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_python_and_as_enrich_do() {
        let value = serde_json::json!({"a": [1, 2.0, null], "b": {"c": true, "d": []}});
        assert_eq!(python(&value), br#"{"a": [1, 2.0, null], "b": {"c": true, "d": []}}"#);
        assert_eq!(compact(&value), br#"{"a":[1,2.0,null],"b":{"c":true,"d":[]}}"#);
    }
}
