//! `usage-report init`

use std::fs::File;
use std::io::{ErrorKind, Write as _};

use anyhow::{Context as _, bail};

use super::Outcome;
use super::args::InitCommand;
use super::printer::Printer;
use crate::job::config::example;

pub(super) fn run(command: &InitCommand, printer: &Printer) -> anyhow::Result<Outcome> {
    let path = command.file.display();
    let mut file = match File::create_new(&command.file) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!("{path} is there already, and stays as it is"),
        Err(error) => return Err(error).with_context(|| format!("cannot write {path}")),
    };
    file.write_all(example().as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(|| format!("cannot write {path}"))?;
    printer.note(&format!(
        "init: {path} has every key with its default; `usage-report config check {path}` says what is missing"
    ));
    Ok(Outcome::Done)
}
