//! The command line: arguments to settings, one file for each command, printing.
//!
//! Only this module reads the clock, the environment and the terminal; what it decides is passed down as
//! ready values. stdout is the result, stderr is talk.

mod args;
mod build;
mod changes;
mod compact;
mod explain;
mod gc;
mod ingest;
mod key;
mod lake;
mod meter;
mod printer;
mod query;
mod rejects;
mod reparse;
mod report;
mod run;
mod schema;
mod settings;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use printer::Printer;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Done.
    Done,
    /// Done, but something failed or was refused beyond the limit set.
    WithProblems,
}

/// Runs the command that the arguments ask for. Exit codes: 0 done, 1 done with problems, 2 could not.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let printer = Printer::new();
    match dispatch(&arguments, &printer) {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::WithProblems) => ExitCode::from(1),
        // Who reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            printer.problem(&format!("{error:#}"));
            ExitCode::from(2)
        }
    }
}

fn dispatch(arguments: &Arguments, printer: &Printer) -> anyhow::Result<Outcome> {
    match &arguments.command {
        Command::Run(command) => run::run(command, printer),
        Command::Ingest(command) => ingest::run(command, printer),
        Command::Build(command) => build::run(command, printer),
        Command::Report(command) => report::run(command, printer),
        Command::Query(command) => query::run(command, printer),
        Command::Schema(command) => schema::run(command, printer),
        Command::Rejects(command) => rejects::run(command, printer),
        Command::Reparse(command) => reparse::run(command, printer),
        Command::Explain(command) => explain::run(command, printer),
        Command::Changes(command) => changes::run(command, printer),
        Command::Compact(command) => compact::run(command, printer),
        Command::Gc(command) => gc::run(command, printer),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
