//! CSV: a header line, commas, quotes where RFC 4180 asks for them. An absent value is an empty field.

use std::io::{self, Write};

use polars::prelude::DataFrame;

use super::cell::{Cell, names, row};

pub(super) fn write(frame: &DataFrame, to: &mut impl Write) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(to);
    writer.write_record(names(frame)).map_err(cause)?;
    for number in 0..frame.height() {
        let cells = row(frame, number).map_err(io::Error::other)?;
        let fields = cells.into_iter().map(|cell| match cell {
            Cell::Absent => String::new(),
            Cell::Flag(flag) => flag.to_string(),
            Cell::Integer(number) => number.to_string(),
            Cell::Number(number) => number.to_string(),
            Cell::Text(text) | Cell::Time(text) => text,
        });
        writer.write_record(fields).map_err(cause)?;
    }
    writer.flush()
}

/// What the system said: a closed pipe must be seen as one, and the writer's own conversion hides it.
fn cause(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::write;

    #[test]
    fn quotes_what_needs_it_and_leaves_absent_values_empty() {
        let frame = df!("name" => ["a,b", "c"], "n" => [Some(1.5), None]).expect("a frame");
        let mut bytes = Vec::new();
        write(&frame, &mut bytes).expect("written");
        assert_eq!(String::from_utf8_lossy(&bytes), "name,n\n\"a,b\",1.5\nc,\n");
    }
}
