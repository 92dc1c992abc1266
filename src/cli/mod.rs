//! The command line: arguments to settings, one file for each command, printing.
//!
//! Only this module reads the clock, the environment and the terminal; what it decides is passed down as
//! ready values. stdout is the result, stderr is talk.

mod args;
mod build;
mod changes;
mod check;
mod colour;
mod columns;
mod compact;
mod completions;
mod config;
mod demo;
mod dictionary;
mod document;
mod dry_run;
mod explain;
mod flags;
mod forget;
mod found;
mod gc;
mod health;
mod ingest;
mod init;
mod key;
mod lake;
mod man;
mod meter;
mod missing;
mod page;
mod plan;
mod printer;
mod publish;
mod query;
mod rejects;
mod reparse;
mod report;
mod results;
mod retention;
mod rotate_key;
mod run;
mod schema;
mod settings;
mod spark;

use std::collections::BTreeMap;
use std::io;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::job::Outcome;
use crate::job::config::{LogFormat, Origin};
use args::{Arguments, Command, ConfigCommand};
use printer::Printer;
use settings::Settings;

/// Runs the command that the arguments ask for. Exit codes: 0 done, 1 done with problems, 2 could not.
pub fn main() -> ExitCode {
    let parsed = line().try_get_matches().and_then(|matches| Ok((Arguments::from_arg_matches(&matches)?, matches)));
    let (arguments, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return refuse(&error),
    };
    let settings = Settings::decide(arguments.config_file(), &flags::given(&matches));
    let printer = Printer::new(&settings.config().log);
    let outcome = match dispatch(&arguments, &settings, &printer) {
        Ok(outcome) => outcome,
        // Who reads our output has seen enough.
        Err(error) if is_broken_pipe(&error) => Outcome::Done,
        Err(error) => {
            printer.problem(&format!("{error:#}"));
            Outcome::Failed
        }
    };
    ExitCode::from(outcome.exit_code())
}

/// Everything that may be written on the command line.
fn line() -> clap::Command {
    flags::with_flags(Arguments::command())
}

/// Says what is wrong with the command line, or the help that it asks for.
fn refuse(error: &clap::Error) -> ExitCode {
    // What the flags say is not known; the environment may ask for lines that a program can read.
    let settings = Settings::decide(None, &BTreeMap::new());
    let log = &settings.config().log;
    if error.use_stderr() && log.format == LogFormat::Json {
        Printer::new(log).problem(error.to_string().trim_end());
        return ExitCode::from(Outcome::Failed.exit_code());
    }
    error.exit()
}

fn dispatch(arguments: &Arguments, settings: &Settings, printer: &Printer) -> anyhow::Result<Outcome> {
    let works_without_settings = matches!(
        arguments.command,
        Command::Config(ConfigCommand::Check { .. } | ConfigCommand::Example)
            | Command::Demo(_)
            | Command::Init(_)
            | Command::Completions(_)
            | Command::Man(_)
    );
    if !settings.problems.is_empty() && !works_without_settings {
        settings.problems.iter().for_each(|problem| printer.problem(problem));
        return Ok(Outcome::Failed);
    }
    let config = settings.config();
    settings.decided.settings.iter().filter(|setting| setting.origin != Origin::Default).for_each(|setting| {
        let value = setting.value.as_deref().unwrap_or("not set");
        printer.detail(|| format!("configuration: {} = {value} ({})", setting.key.name, setting.origin));
    });
    match &arguments.command {
        Command::Run(command) => run::run(command, settings, printer),
        Command::Ingest(command) => ingest::run(command, config, printer),
        Command::Plan(command) => plan::run(command, settings, printer),
        Command::Spark(command) => spark::run(command, config, printer),
        Command::Build(command) => build::run(command, config, printer),
        Command::Report(command) => report::run(command, config, printer),
        Command::Publish(command) => publish::run(command, config, printer),
        Command::Query(command) => query::run(command, config, printer),
        Command::Dictionary(command) => dictionary::run(command, config, printer),
        Command::Schema(command) => schema::run(command, printer),
        Command::Rejects(command) => rejects::run(command, config, printer),
        Command::Reparse(command) => reparse::run(command, config, printer),
        Command::Explain(command) => explain::run(command, config, printer),
        Command::Changes(command) => changes::run(command, config, printer),
        Command::Forget(command) => forget::run(command, config, printer),
        Command::RotateKey(command) => rotate_key::run(command, config, printer),
        Command::Check(command) => check::run(command, config, printer),
        Command::Compact(command) => compact::run(command, config, printer),
        Command::Gc(command) => gc::run(command, config, printer),
        Command::Health => health::run(config, printer),
        Command::Demo(command) => demo::run(command, printer),
        Command::Init(command) => init::run(command, printer),
        Command::Completions(command) => completions::run(command, printer),
        Command::Man(command) => man::run(command, printer),
        Command::Config(command) => config::run(command, settings, printer),
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|cause| cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe))
}
