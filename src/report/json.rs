//! JSON: an array of objects, one a line. An absent value is null, and so is a number that JSON has no form for.

use std::io::{self, Write};

use polars::prelude::DataFrame;

use super::cell::{Cell, names, row};

pub(super) fn write(frame: &DataFrame, to: &mut impl Write) -> io::Result<()> {
    let keys = names(frame).iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    to.write_all(b"[")?;
    for number in 0..frame.height() {
        to.write_all(if number == 0 { b"\n{" } else { b",\n{" })?;
        let cells = row(frame, number).map_err(io::Error::other)?;
        for (place, (key, cell)) in keys.iter().zip(cells).enumerate() {
            write!(to, "{}{key}: ", if place == 0 { "" } else { ", " })?;
            match cell {
                Cell::Absent => to.write_all(b"null")?,
                Cell::Flag(flag) => write!(to, "{flag}")?,
                Cell::Integer(number) => write!(to, "{number}")?,
                Cell::Number(number) => serde_json::to_writer(&mut *to, &number)?,
                Cell::Text(text) | Cell::Time(text) => serde_json::to_writer(&mut *to, &text)?,
            }
        }
        to.write_all(b"}")?;
    }
    to.write_all(b"\n]\n")
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::write;

    fn written(frame: &DataFrame) -> serde_json::Value {
        let mut bytes = Vec::new();
        write(frame, &mut bytes).expect("written");
        serde_json::from_slice(&bytes).expect("valid JSON")
    }

    #[test]
    fn is_an_array_of_objects_with_nulls() {
        let frame = df!("a \"b\"" => ["x\n"], "n" => [None::<i64>], "f" => [f64::INFINITY]).expect("a frame");
        assert_eq!(written(&frame), serde_json::json!([{"a \"b\"": "x\n", "n": null, "f": null}]));
        assert_eq!(written(&frame.head(Some(0))), serde_json::json!([]));
    }
}
