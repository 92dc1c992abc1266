//! Talk on stderr, results on stdout.

use std::collections::BTreeMap;
use std::env;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::time::SystemTime;

use anstyle::Style;
use anyhow::bail;
use comfy_table::Table;
use polars::prelude::DataFrame;
use serde::Serialize;

use super::colour::{self, painted};
use crate::event::Timestamp;
use crate::job::config::{Log, LogFormat, LogLevel};
use crate::query::Described;
use crate::report::{self, Format, Screen};

/// Prints, knowing which of the streams is a terminal, and in which form, and how much, to talk.
pub(super) struct Printer {
    log: LogFormat,
    level: LogLevel,
    stdout: Stream,
    stderr: Stream,
}

/// Where something is printed to.
struct Stream {
    is_terminal: bool,
    has_colour: bool,
    /// Whether what is there can be overwritten.
    can_move: bool,
}

impl Stream {
    fn new(is_terminal: bool) -> Self {
        let (no_color, term) = (env::var_os("NO_COLOR"), env::var_os("TERM"));
        let (no_color, term) = (no_color.as_deref(), term.as_deref());
        Self {
            is_terminal,
            has_colour: colour::is_wanted(is_terminal, no_color, term),
            can_move: colour::is_wanted(is_terminal, None, term),
        }
    }
}

impl Printer {
    pub(super) fn new(log: &Log) -> Self {
        Self {
            log: log.format,
            level: log.level,
            stdout: Stream::new(io::stdout().is_terminal()),
            stderr: Stream::new(io::stderr().is_terminal()),
        }
    }

    /// Whether somebody watches how work goes on: lines of JSON are for programs, and who wants it quiet does not watch.
    pub(super) fn is_watched(&self) -> bool {
        self.stderr.can_move && self.log == LogFormat::Text && self.level > LogLevel::Quiet
    }

    /// Whether results go to a screen.
    pub(super) fn is_screen(&self) -> bool {
        self.stdout.is_terminal
    }

    /// Whether it is said what is done.
    pub(super) fn is_verbose(&self) -> bool {
        self.level == LogLevel::Verbose
    }

    /// A title, as results have it.
    pub(super) fn title(&self, text: &str) -> String {
        painted(text, colour::TITLE, self.stdout.has_colour)
    }

    /// Something went wrong.
    pub(super) fn problem(&self, text: &str) {
        self.talk("error", Some(colour::ERROR), text, &[], NO_FIELDS);
    }

    /// Something the user should know.
    pub(super) fn warning(&self, text: &str) {
        self.talk("warning", Some(colour::WARNING), text, &[], NO_FIELDS);
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
        if self.level > LogLevel::Quiet {
            self.talk("info", None, text, details, fields);
        }
    }

    /// What is done, for who wants to know; it is not made of what nobody reads.
    pub(super) fn detail(&self, text: impl FnOnce() -> String) {
        if self.is_verbose() {
            self.talk("debug", None, &text(), &[], NO_FIELDS);
        }
    }

    /// Says something: for people with the level before it if it has a style, since without one nothing is wrong.
    fn talk(&self, level: &str, style: Option<Style>, text: &str, details: &[String], fields: impl Serialize) {
        let text = printable(text);
        let line = match self.log {
            LogFormat::Json => {
                serde_json::to_string(&Line { time: now(), level, message: &text, fields }).unwrap_or(text)
            }
            LogFormat::Text => {
                let head = style.map_or(text.clone(), |style| {
                    format!("usage-report: {}: {text}", painted(level, style, self.stderr.has_colour))
                });
                let lines = details.iter().fold(head, |lines, detail| lines + "\n  " + &printable(detail));
                self.wrapped(&lines)
            }
        };
        // Nobody reads stderr any more: nothing to be done about it.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }

    /// Talk as wide as the screen that it goes to; elsewhere a line is one, so that it can be searched for.
    fn wrapped(&self, text: &str) -> String {
        let width = if self.stderr.is_terminal { Table::new().use_stderr().width() } else { None };
        wrapped(text, width.filter(|width| *width > 0))
    }

    /// Prints lines as a result, as wide as the screen.
    pub(super) fn lines(&self, text: &str, to: &mut impl Write) -> io::Result<()> {
        text.lines().try_for_each(|line| writeln!(to, "{}", wrapped(line, self.screen_width())))
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
        let screen = Screen { width: self.screen_width(), has_colour: self.stdout.has_colour };
        report::write(frame, of, format, screen, to)?;
        Ok(())
    }

    /// Columns of the screen; elsewhere a table takes what it needs.
    fn screen_width(&self) -> Option<u16> {
        // A terminal that does not know how wide it is says 0.
        if self.stdout.is_terminal { Table::new().width().filter(|width| *width > 0) } else { None }
    }

    /// How lines are wrapped on a screen; elsewhere they are as long as they have to be.
    pub(super) fn wrapping(&self) -> textwrap::Options<'static> {
        textwrap::Options::new(self.screen_width().map_or(usize::MAX, usize::from))
    }

    /// Columns to wrap prose at.
    pub(super) fn width(&self) -> usize {
        self.screen_width().map_or(120, usize::from)
    }
}

/// Lines as wide as a screen, if there is one. Names of files and digests stay whole, so that they can be copied.
fn wrapped(text: &str, width: Option<u16>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let options = textwrap::Options::new(width.into())
        .subsequent_indent("    ")
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
        .break_words(false);
    text.lines().map(|line| textwrap::fill(line, &options)).collect::<Vec<_>>().join("\n")
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
