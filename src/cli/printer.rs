//! Talk on stderr, results on stdout.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use comfy_table::Table;

use crate::report::{self, Format};
use polars::prelude::DataFrame;

/// Prints, knowing which of the streams is a terminal.
pub(super) struct Printer {
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
}

impl Printer {
    pub(super) fn new() -> Self {
        Self { stdout_is_terminal: io::stdout().is_terminal(), stderr_is_terminal: io::stderr().is_terminal() }
    }

    /// Whether somebody watches stderr.
    pub(super) fn is_watched(&self) -> bool {
        self.stderr_is_terminal
    }

    /// Whether results go to a screen.
    pub(super) fn is_screen(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Something went wrong.
    pub(super) fn problem(&self, text: &str) {
        talk("error", text);
    }

    /// Something the user should know.
    pub(super) fn warning(&self, text: &str) {
        talk("warning", text);
    }

    /// How it went.
    pub(super) fn note(&self, text: &str) {
        // Nobody reads stderr any more: nothing to be done about it.
        let _ = writeln!(io::stderr().lock(), "{}", printable(text));
    }

    /// Where results go.
    pub(super) fn out(&self) -> BufWriter<StdoutLock<'static>> {
        BufWriter::new(io::stdout().lock())
    }

    /// Prints a result; tables are as wide as the screen, if there is one.
    pub(super) fn frame(&self, frame: &DataFrame, format: Format, to: &mut impl Write) -> anyhow::Result<()> {
        report::write(frame, format, self.screen_width(), to)?;
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

fn talk(kind: &str, text: &str) {
    let _ = writeln!(io::stderr().lock(), "usage-report: {kind}: {}", printable(text));
}

/// Without control characters: names of files come from outside.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}
