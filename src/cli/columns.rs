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

/// Some texts below each other, beside a name.
pub(super) fn paragraphs(
    name: &str,
    texts: impl IntoIterator<Item = String>,
    margin: usize,
    width: usize,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut beside = format!("  {name:<margin$}  ");
    let below = " ".repeat(beside.chars().count());
    for text in texts {
        // A name stays whole, even if the screen is too narrow for it: broken, it could not be copied.
        let options = textwrap::Options::new(width)
            .initial_indent(&beside)
            .subsequent_indent(&below)
            .word_separator(textwrap::WordSeparator::AsciiSpace)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .break_words(false);
        writeln!(out, "{}", textwrap::fill(&text, options))?;
        beside.clone_from(&below);
    }
    Ok(())
}
