//! `usage-report man`

use std::fs;
use std::io::Write as _;

use anyhow::Context as _;
use clap_mangen::Man;

use super::args::ManCommand;
use super::printer::Printer;
use super::{Outcome, line};

pub(super) fn run(command: &ManCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    if let Some(folder) = &command.out {
        let made = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(line(), folder));
        made.with_context(|| format!("cannot write the manual into {}", folder.display()))?;
        printer.note(&format!("man: the pages are in {}", folder.display()));
        return Ok(Outcome::Done);
    }
    let mut page = Vec::new();
    Man::new(line()).render(&mut page)?;
    let mut out = printer.out();
    out.write_all(&page)?;
    out.flush()?;
    Ok(Outcome::Done)
}
