//! Results as bytes. An output format is one file: a function of a frame that writes.

mod cell;
mod chart;
mod csv;
mod json;
mod markdown;
mod page;
mod shown;
mod terminal;
mod text;

use std::io::{self, Write};
use std::path::Path;

use polars::prelude::DataFrame;
use thiserror::Error;

use crate::query::{Break, Described, Query, QueryError, write_frame};

pub use page::{PageReport, write_page};

/// Writing a result failed.
#[derive(Debug, Error)]
pub enum ReportError {
    /// Where it was written to.
    #[error("cannot write: {0}")]
    Write(#[from] io::Error),
    /// The Parquet encoder.
    #[error(transparent)]
    Parquet(#[from] QueryError),
}

/// The form of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// An aligned table for reading.
    Terminal,
    /// A table that can be pasted into an issue.
    Markdown,
    /// RFC 4180, absent values empty.
    Csv,
    /// An array of objects, absent values null.
    Json,
    /// Parquet.
    Parquet,
}

impl Format {
    /// Every form.
    pub const ALL: [Self; 5] = [Self::Terminal, Self::Markdown, Self::Csv, Self::Json, Self::Parquet];

    /// The name on the command line and in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Markdown => "markdown",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }

    /// What it is.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Terminal => "An aligned table",
            Self::Markdown => "A table that can be pasted into an issue",
            Self::Csv => "CSV with a header line; what a spreadsheet would execute begins with '",
            Self::Json => "An array of objects",
            Self::Parquet => "Parquet",
        }
    }

    /// The ending of files of this form.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Terminal => "txt",
            Self::Markdown => "md",
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
}

/// What reports can be written as: their rows, their charts, or all of them on one page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// The rows of each.
    Rows(Format),
    /// The chart of each that has one, as a Vega-Lite specification with its data.
    VegaLite,
    /// One page of all.
    Html,
}

impl ReportFormat {
    /// Every one.
    pub const ALL: [Self; 7] = [
        Self::Rows(Format::Terminal),
        Self::Html,
        Self::Rows(Format::Markdown),
        Self::Rows(Format::Csv),
        Self::Rows(Format::Json),
        Self::Rows(Format::Parquet),
        Self::VegaLite,
    ];

    /// The name on the command line and in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rows(format) => format.as_str(),
            Self::VegaLite => "vega-lite",
            Self::Html => "html",
        }
    }

    /// What it is.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Rows(format) => format.meaning(),
            Self::VegaLite => "A Vega-Lite specification of each report that has a chart, with its data",
            Self::Html => "One page of all reports, to be read, printed and sent: usage-report.html",
        }
    }
}

/// Writes the chart of a report as a Vega-Lite specification that stands alone; says whether it has one.
///
/// # Errors
/// When it cannot be written, or the result lacks a column of the chart.
pub fn write_chart(
    query: &Query,
    frame: &DataFrame,
    breaks: &[&Break],
    to: &mut impl Write,
) -> Result<bool, ReportError> {
    let Some(drawing) = chart::Drawing::of(query, frame, breaks)? else { return Ok(false) };
    serde_json::to_writer_pretty(&mut *to, &chart::document(&drawing)).map_err(io::Error::from)?;
    writeln!(to)?;
    Ok(true)
}

/// Where a result is read. The default is no screen: a table takes what it needs, in plain text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// Its columns; `None`: a line is as long as it has to be.
    pub width: Option<u16>,
    /// Whether it shows colours.
    pub has_colour: bool,
}

/// Writes a result. If the query is named that it is of, Parquet says what the result means, and the terminal's table has
/// its chart.
pub fn write(
    frame: &DataFrame,
    of: Option<Described<'_>>,
    format: Format,
    screen: Screen,
    to: &mut impl Write,
) -> Result<(), ReportError> {
    match format {
        Format::Terminal => terminal::write(frame, of.map(|of| of.query), screen, to)?,
        Format::Markdown => markdown::write(frame, to)?,
        Format::Csv => csv::write(frame, to)?,
        Format::Json => json::write(frame, to)?,
        Format::Parquet => {
            // Whole first: the encoder hides why a write failed, and a closed pipe is no failure.
            let mut bytes = Vec::new();
            write_frame(&mut frame.clone(), &mut bytes, Path::new("the output"), Vec::new(), of)?;
            to.write_all(&bytes)?;
        }
    }
    Ok(())
}
