//! Talk on stderr, results on stdout.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::time::SystemTime;

use anyhow::bail;
use comfy_table::Table;
use polars::prelude::DataFrame;
use serde::Serialize;

use crate::event::Timestamp;
use crate::job::config::LogFormat;
use crate::query::Described;
use crate::report::{self, Format};

/// Prints, knowing which of the streams is a terminal, and in which form to talk.
pub(super) struct Printer {
    log: LogFormat,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
}

impl Printer {
    pub(super) fn new(log: LogFormat) -> Self {
        Self { log, stdout_is_terminal: io::stdout().is_terminal(), stderr_is_terminal: io::stderr().is_terminal() }
    }

    /// Whether somebody watches stderr; lines of JSON are for programs.
    pub(super) fn is_watched(&self) -> bool {
        self.stderr_is_terminal && self.log == LogFormat::Text
    }

    /// Whether results go to a screen.
    pub(super) fn is_screen(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Something went wrong.
    pub(super) fn problem(&self, text: &str) {
        self.talk("error", text, &[], NO_FIELDS);
    }

    /// Something the user should know.
    pub(super) fn warning(&self, text: &str) {
        self.talk("warning", text, &[], NO_FIELDS);
    }

    /// How it went.
    pub(super) fn note(&self, text: &str) {
        self.told(text, &[], NO_FIELDS);
    }

    /// Something with details that are for people alone.
    pub(super) fn listed(&self, text: &str, details: &[String]) {
        self.told(text, details, NO_FIELDS);
    }

    /// How it went: for people some lines, for programs the first of them and numbers.
    pub(super) fn told(&self, text: &str, details: &[String], fields: impl Serialize) {
        self.talk("info", text, details, fields);
    }

    fn talk(&self, level: &str, text: &str, details: &[String], fields: impl Serialize) {
        let text = printable(text);
        let line = match self.log {
            LogFormat::Json => {
                serde_json::to_string(&Line { time: now(), level, message: &text, fields }).unwrap_or(text)
            }
            LogFormat::Text => {
                let head = if level == "info" { text } else { format!("usage-report: {level}: {text}") };
                details.iter().fold(head, |lines, detail| lines + "\n  " + &printable(detail))
            }
        };
        // Nobody reads stderr any more: nothing to be done about it.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Where results go.
    pub(super) fn out(&self) -> BufWriter<StdoutLock<'static>> {
        BufWriter::new(io::stdout().lock())
    }

    /// Refuses a form that nobody can read where results go.
    pub(super) fn takes(&self, format: Format) -> anyhow::Result<()> {
        if format == Format::Parquet && self.is_screen() {
            bail!("Parquet is not for the screen: redirect it");
        }
        Ok(())
    }

    /// Prints rows; tables are as wide as the screen, if there is one.
    pub(super) fn frame(&self, frame: &DataFrame, format: Format, to: &mut impl Write) -> anyhow::Result<()> {
        self.frame_of(None, frame, format, to)
    }

    /// Prints rows, those of a query of the library's, if they are.
    pub(super) fn frame_of(
        &self,
        of: Option<Described<'_>>,
        frame: &DataFrame,
        format: Format,
        to: &mut impl Write,
    ) -> anyhow::Result<()> {
        report::write(frame, of, format, self.screen_width(), to)?;
        Ok(())
    }

    /// Columns of the screen; elsewhere a table takes what it needs.
    fn screen_width(&self) -> Option<u16> {
        if self.stdout_is_terminal { Table::new().width() } else { None }
    }

    /// Columns to wrap prose at.
    pub(super) fn width(&self) -> usize {
        self.screen_width().map_or(120, usize::from)
    }
}

/// What a line of the log has besides its message, if that says it all.
const NO_FIELDS: BTreeMap<&str, u64> = BTreeMap::new();

/// A line of the log, for programs.
#[derive(Serialize)]
struct Line<'a, F: Serialize> {
    time: Timestamp,
    level: &'a str,
    message: &'a str,
    #[serde(flatten)]
    fields: F,
}

/// This instant, by this machine's clock.
pub(super) fn now() -> Timestamp {
    // A clock that stands before 1970 is as good as none.
    let instant = Timestamp::of(SystemTime::now()).or_else(|| Timestamp::from_micros(0));
    instant.unwrap_or_else(|| unreachable!("1970 is an instant"))
}

/// Without control characters: names of files come from outside.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
