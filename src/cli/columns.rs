//! Columns as commands tell them: the type in plain words, and some texts beside the name.

use std::borrow::Cow;
use std::io::{self, Write};

use polars::prelude::{DataType, TimeUnit};

/// A type of the engine in plain words.
pub(super) fn type_name(engine: &DataType) -> Cow<'static, str> {
    Cow::Borrowed(match engine {
        DataType::String => "text",
        DataType::Boolean => "boolean",
        DataType::Int32 => "int32",
        DataType::Int64 => "int64",
        DataType::UInt32 => "uint32",
        DataType::UInt64 => "uint64",
        DataType::Float64 => "double",
        DataType::Date => "date",
        DataType::Datetime(TimeUnit::Microseconds, None) => "timestamp[us, UTC]",
        other => return Cow::Owned(other.to_string()),
    })
}

/// Fewer columns of the screen than this are too few for texts beside a name.
const LEAST_BESIDE: usize = 30;

/// Some texts below each other, beside a name; where there is no room beside it, below it.
pub(super) fn paragraphs(
    name: &str,
    texts: impl IntoIterator<Item = String>,
    margin: usize,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    // A name stays whole, even if the screen is too narrow for it: broken, it could not be copied.
    let whole = || {
        textwrap::Options::new(width)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false)
    };
    let mut beside = format!("  {name:<margin$}  ");
    let mut below = " ".repeat(beside.chars().count());
    if width.saturating_sub(below.len()) < LEAST_BESIDE {
        writeln!(out, "  {name}")?;
        below = INDENT.to_owned();
        beside.clone_from(&below);
    }
    for text in texts {
        let longest = text.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
        // What does not fit beside the name may fit below it.
        let others = if below.len() + longest > width { INDENT } else { &below };
        let options = whole().initial_indent(&beside).subsequent_indent(others);
        writeln!(out, "{}", textwrap::fill(&text, options))?;
        beside.clone_from(&below);
    }
    Ok(())
}

/// Before what stands below a name.
const INDENT: &str = "      ";
