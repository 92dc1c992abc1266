//! `usage-report completions`

use std::io::Write as _;

use super::args::CompletionsCommand;
use super::printer::Printer;
use super::{Outcome, line};

pub(super) fn run(command: &CompletionsCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let mut line = line();
    let name = line.get_name().to_owned();
    // Whole first: what makes it does not give a closed pipe back.
    let mut script = Vec::new();
    clap_complete::generate(command.shell, &mut line, name, &mut script);
    let mut out = printer.out();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Outcome::Done)
}
