//! CSV: a header line, commas, quotes where RFC 4180 asks for them. An absent value is an empty field.
//!
//! A spreadsheet takes text that begins like a formula for one, and executes it. Such text begins with a single quote here,
//! which tells a spreadsheet that it is text; who needs it exactly takes JSON or Parquet.

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
            Cell::Text(text) => harmless(text),
            Cell::Time(text) => text,
        });
        writer.write_record(fields).map_err(cause)?;
    }
    writer.flush()
}

/// Text that no spreadsheet executes.
fn harmless(text: String) -> String {
    // After spaces, too: some pass over them.
    match text.trim_start().chars().next() {
        Some('=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}') => format!("'{text}"),
        _ if text.starts_with(['\t', '\r', '\n']) => format!("'{text}"),
        _ => text,
    }
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
    fn a_spreadsheet_executes_nothing_and_numbers_stay_what_they_are() {
        let texts = ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", " =1", "\u{ff1d}1", "a=1", "", "1-2"];
        let frame = df!("text" => texts, "n" => [-1.5; 10]).expect("a frame");
        let mut bytes = Vec::new();
        write(&frame, &mut bytes).expect("written");
        let read: Vec<String> = ::csv::Reader::from_reader(bytes.as_slice())
            .records()
            .map(|record| {
                let record = record.expect("a record");
                assert_eq!(&record[1], "-1.5");
                record[0].to_owned()
            })
            .collect();
        let expected = ["'=1+1", "'+1", "'-x", "'@SUM(A1)", "'\t=1", "' =1", "'\u{ff1d}1", "a=1", "", "1-2"];
        assert_eq!(read, expected);
    }

    #[test]
    fn quotes_what_needs_it_and_leaves_absent_values_empty() {
        let frame = df!("name" => ["a,b", "c"], "n" => [Some(1.5), None]).expect("a frame");
        let mut bytes = Vec::new();
        write(&frame, &mut bytes).expect("written");
        assert_eq!(String::from_utf8_lossy(&bytes), "name,n\n\"a,b\",1.5\nc,\n");
    }
}
