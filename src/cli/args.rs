//! What may be written on the command line.
//!
//! Flags that overrule a key of the configuration are not here: they are made of the keys' declarations ([`super::flags`]).

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;

use crate::demo::Plan;
use crate::disclosure::LEAST_PROJECTS;
use crate::event::Day;
use crate::job::config::{Choice, Value as _};
use crate::report::{Format, ReportFormat};

/// Turns raw dumps of dbt's anonymous usage events into Parquet and reports.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Exit status: 0 done; 1 done, but something failed or was refused beyond the limit set; 2 could not.\n\n\
    Examples:\n  usage-report run dumps/                      everything: ingest, build, headline report\n  \
    usage-report report success_by_version       one report\n  \
    usage-report query \"SELECT command, COUNT(*) AS runs FROM invocations GROUP BY command ORDER BY runs DESC\""
)]
pub struct Arguments {
    /// The configuration (`usage-report config example` shows one); flags and variables overrule it
    #[arg(long, global = true, value_name = "FILE", env = "USAGE_REPORT_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

impl Arguments {
    /// The file of the configuration, if one is named.
    pub fn config_file(&self) -> Option<&Path> {
        match &self.command {
            Command::Config(ConfigCommand::Check { file: Some(file) }) => Some(file),
            _ => self.config.as_deref(),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ingest what is new, bring marts and reports up to date, print the headline report
    #[command(
        after_help = "Examples:\n  usage-report run dumps/ 's3-copy/2026-10-*/*.gz' --lake lake\n  usage-report run --config /etc/usage-report/usage-report.toml\n  \
        usage-report run --config /etc/usage-report/usage-report.toml --dry-run"
    )]
    Run(RunCommand),
    /// Read new dumps into the lake's staging tables
    #[command(after_help = "Example:\n  usage-report ingest dumps/ --format enriched-tsv")]
    Ingest(IngestCommand),
    /// Write a job that does the same as `run` on a cluster
    #[command(
        after_help = "Example:\n  usage-report plan --engine spark --lake s3://bucket/lake --dumps 's3://bucket/dumps/*.gz' --out job/\n  \
        spark-submit job/job.py\n\n\
        Spark's tasks run this program over shares of the dumps, and the queries of marts and reports, translated to Spark's \
        SQL. What comes out is in the lake where `run` puts it."
    )]
    Plan(PlanCommand),
    /// Say what there is to do, as the job of `plan` asks for it
    #[command(hide = true)]
    Spark(SparkCommand),
    /// Bring the marts up to date with staging
    #[command(after_help = "Examples:\n  usage-report build --lake lake\n  \
        usage-report build --since 2026-10-01 --until 2026-10-03    these days again, whether or not they are stale")]
    Build(BuildCommand),
    /// Print reports, or write them to files
    #[command(after_help = "Examples:\n  usage-report report                              every report\n  \
        usage-report report platform_os --since 2026-10-01 --format json\n  usage-report report --format csv --out tables/\n  \
        usage-report report --format html --out page     one page of all, to be read and sent")]
    Report(ReportCommand),
    /// Write tables to be given away: no row rests on few projects, and what would give away hidden ones is hidden, too
    #[command(
        after_help = "Examples:\n  usage-report publish --out public/                  the newest month that is final\n  \
        usage-report publish --out public/ --since 2026-07-01 --until 2026-09-30 --format parquet\n  \
        usage-report publish --out private/ --epsilon 1     with noise, so that it says next to nothing of any one project\n\n\
        Two releases of overlapping times would say what happened in the time between them, be it of a single project. So a \
        folder takes one release of each time, of final days, and none of one that changed since."
    )]
    Publish(PublishCommand),
    /// Run one SQL statement over marts, staging and rejects
    #[command(after_help = "Examples:\n  usage-report query \"SELECT COUNT(*) AS runs FROM invocations\"\n  \
        usage-report query -f my.sql --format csv > my.csv\n  usage-report query --check my-queries/")]
    Query(QueryCommand),
    /// Say what every report means
    #[command(after_help = "Examples:\n  usage-report dictionary success_by_version\n  \
        usage-report dictionary --queries my-queries/ --format csv > reports.csv\n  \
        usage-report dictionary --format markdown > reports.md          a document")]
    Dictionary(DictionaryCommand),
    /// Say what every table and column means, and where it comes from
    #[command(after_help = "Examples:\n  usage-report schema\n  usage-report schema invocations run_model_events\n  \
        usage-report schema --format csv > dictionary.csv\n  usage-report schema --format markdown > data.md        a document")]
    Schema(SchemaCommand),
    /// Say what was refused and why
    #[command(after_help = "Example:\n  usage-report rejects --show --reason not_json")]
    Rejects(RejectsCommand),
    /// Read dumps with refused records again: by re-parse rules, or with a later version of this program
    #[command(
        after_help = "Examples:\n  usage-report reparse --rules rules.toml --dry-run   how many records each rule would win back\n  \
        usage-report reparse --rules rules.toml             win them back; `usage-report build` then counts them\n\n\
        A file of rules:\n  [[rename]]                     # contexts of another vendor\n  name = \"acme-fork\"\n  \
        from = \"com.acme/run_model/1\"\n  to = \"run_model\"\n  \
        [[accept]]                     # a schema that is not known, read as one that is\n  name = \"invocation-2\"\n  \
        schema = \"invocation/2\"\n  read_as = \"invocation\"\n  \
        [[supply]]                     # a field that is missing\n  name = \"ends-without-progress\"\n  \
        schema = \"invocation\"\n  field = \"progress\"\n  value = \"end\""
    )]
    Reparse(ReparseCommand),
    /// Say what a report means, and which days, dumps and batches its result rests on
    #[command(after_help = "Examples:\n  usage-report explain success_by_version\n  \
        usage-report explain activity_by_day --day 2026-10-01")]
    Explain(ExplainCommand),
    /// Say which published figures of final days have changed since, by how much, and why
    #[command(
        after_help = "Examples:\n  usage-report changes\n  usage-report changes --report activity_by_day --format csv"
    )]
    Changes(ChangesCommand),
    /// Remove users or projects from the lake, and take in nothing of theirs any more
    #[command(after_help = "Examples:\n  usage-report forget --user ids.txt\n  \
        echo 5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d | usage-report forget --user - --dry-run\n\n\
        Raw ids, one a line: of a user the id in their ~/.dbt/.user.yml; of a project its name, or the MD5 of it that dbt \
        sends. They are turned into pseudonyms with the lake's key and kept nowhere. The dumps themselves are not changed.")]
    Forget(ForgetCommand),
    /// Give the lake another key; its numbers stay the same
    #[command(after_help = "Example:\n  usage-report rotate-key --key-file old-key --to new-key\n\n\
        The new key is made and written to a file. It consists of the old one and a random one: what the old one makes of an \
        id is hashed again, so that neither raw ids nor dumps are needed.")]
    RotateKey(RotateKeyCommand),
    /// Say what the checks of the configuration measure, and whether it is within their bounds
    #[command(after_help = "Exit status: 1 if a blocking check fails, else 0.\n\n\
        Example:\n  usage-report check --config /etc/usage-report/usage-report.toml --format json")]
    Check(CheckCommand),
    /// Make few large files of many small ones; what is in the lake stays the same
    #[command(after_help = "Example:\n  usage-report compact && usage-report gc")]
    Compact(CompactCommand),
    /// Remove what no reader sees: rows written anew by `compact` or `reparse`, and what a crash left behind
    #[command(after_help = "Examples:\n  usage-report gc --dry-run\n  usage-report gc --older-than 7d")]
    Gc(GcCommand),
    /// Say whether the scheduled job runs: exit status 0 if its last run is young enough and has not failed, else 1
    #[command(after_help = "Example:\n  usage-report health --config /etc/usage-report/usage-report.toml --max-age 3h")]
    Health,
    /// Write a configuration with every key, its meaning and its default, to begin with
    #[command(after_help = "Examples:\n  usage-report init\n  usage-report init /etc/usage-report/usage-report.toml")]
    Init(InitCommand),
    /// Make up six weeks of usage, of which the truth is known, and run the job over it: something to try things on
    #[command(
        after_help = "Examples:\n  usage-report demo                                  makes the folder demo, and says what to try next\n  \
        usage-report demo big --invocations 1000000 --days 120\n  \
        usage-report demo dumps-only --dumps-only --seed 7  no more than the dumps, say for a benchmark\n\n\
        In the folder are then dumps/ in three forms, with the faults that real ones have, truth.json with what a correct \
        pipeline finds in them, usage-report.toml with which `run` goes on, lake/ and reports/. All of it is made up, and the \
        same numbers give the same dumps, byte for byte. In the last week that is final, runs with one adapter fail more \
        often: `changes_of_week` flags it, as long as there are 46 days or more."
    )]
    Demo(DemoCommand),
    /// Print what completes commands, flags and names in a shell
    #[command(after_help = "Examples:\n  usage-report completions bash > /etc/bash_completion.d/usage-report\n  \
        usage-report completions zsh > \"${fpath[1]}/_usage-report\"\n  \
        usage-report completions fish > ~/.config/fish/completions/usage-report.fish")]
    Completions(CompletionsCommand),
    /// Print the manual, or write its pages into a folder
    #[command(
        after_help = "Examples:\n  usage-report man | man -l -\n  usage-report man --out /usr/local/share/man/man1"
    )]
    Man(ManCommand),
    /// Check, show or begin a configuration
    #[command(
        subcommand,
        after_help = "Example:\n  usage-report config example > usage-report.toml && usage-report config check usage-report.toml"
    )]
    Config(ConfigCommand),
}

#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say everything that is wrong with the configuration and with what it names
    #[command(after_help = "Example:\n  usage-report config check /etc/usage-report/usage-report.toml")]
    Check {
        /// The configuration; otherwise that of --config
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Print every key with the value that it has, and who says so
    #[command(after_help = "Example:\n  usage-report config show --config usage-report.toml --threads 2")]
    Show,
    /// Print a configuration with every key, its meaning and its default
    #[command(after_help = "Example:\n  usage-report config example > usage-report.toml")]
    Example,
}

#[derive(Args, Debug)]
pub struct DemoCommand {
    /// The folder: a new one, or one in which the same demonstration was made before
    #[arg(value_name = "DIR", default_value = "demo")]
    pub folder: PathBuf,
    /// How many runs of dbt
    #[arg(long, value_name = "N", default_value_t = Plan::INVOCATIONS, value_parser = value_parser!(u64).range(1..=1_000_000_000))]
    pub invocations: u64,
    /// On how many days
    #[arg(long, value_name = "N", default_value_t = Plan::DAYS, value_parser = value_parser!(u32).range(1..=3_650))]
    pub days: u32,
    /// The first day
    #[arg(long, value_name = "DAY", value_parser = first_day, default_value_t = Plan::first_day())]
    pub start: Day,
    /// Other random numbers
    #[arg(long, value_name = "N", default_value_t = Plan::SEED)]
    pub seed: u64,
    /// Only make the dumps and their truth
    #[arg(long)]
    pub dumps_only: bool,
}

#[derive(Args, Debug)]
pub struct InitCommand {
    /// The file; one that is there stays as it is
    #[arg(value_name = "FILE", default_value = "usage-report.toml")]
    pub file: PathBuf,
}

#[derive(Args, Debug)]
pub struct CompletionsCommand {
    /// The shell
    #[arg(value_name = "SHELL", value_parser = value_parser!(Shell))]
    pub shell: Shell,
}

#[derive(Args, Debug)]
pub struct ManCommand {
    /// Write a page for each command into this folder instead of printing that of all
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct RunCommand {
    #[command(flatten)]
    pub read: ReadArguments,
    /// Only say what would be read, built, merged and removed; write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Read no dumps, and take rows of marts and reports that the job of `plan` has computed
    #[arg(long, hide = true, conflicts_with = "dry_run")]
    pub computed: bool,
}

/// Another program that computes marts and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClusterEngine {
    /// Apache Spark, 4.0 or later
    Spark,
}

#[derive(Args, Debug)]
pub struct PlanCommand {
    /// What computes marts and reports
    #[arg(long, value_enum)]
    pub engine: ClusterEngine,
    /// The folder, or address, that the job is written to
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Dumps: files, folders or globs, or their addresses; several of them, each with --dumps. Otherwise those of the configuration
    #[arg(long, value_name = "URL")]
    pub dumps: Vec<PathBuf>,
}

/// What the job of a cluster asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ToDo {
    /// Which dumps are new, in shares
    Dumps,
    /// Which days of marts are stale
    Marts,
    /// Which reports are stale
    Reports,
}

#[derive(Args, Debug)]
pub struct SparkCommand {
    /// What is asked for
    #[arg(value_enum)]
    pub of: ToDo,
    /// How many tasks Spark runs at a time
    #[arg(long, default_value_t = 1)]
    pub tasks: u64,
    /// Of the dumps that are found, how many of the first are left out
    #[arg(long, default_value_t = 0)]
    pub from: usize,
}

#[derive(Args, Debug)]
pub struct IngestCommand {
    #[command(flatten)]
    pub read: ReadArguments,
    /// Others read other dumps into the lake at the same time; here the lake says what it had before
    #[arg(long, hide = true, value_name = "PATH")]
    pub share: Option<String>,
}

/// Which dumps are read.
#[derive(Args, Debug)]
pub struct ReadArguments {
    /// Dumps: files, folders (searched to the bottom) or globs; otherwise those of the configuration
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub struct BuildCommand {
    /// Build all days again, stale or not
    #[arg(long)]
    pub again: bool,
    /// Build the days from this one on again, 2026-10-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub since: Option<Day>,
    /// Build the days up to this one again, 2026-10-31
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub until: Option<Day>,
    /// Take rows that the job of `plan` has computed
    #[arg(long, hide = true)]
    pub computed: bool,
}

#[derive(Args, Debug)]
pub struct ReportCommand {
    /// Names of reports; all of them if none is given
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// The first day, 2026-10-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub since: Option<Day>,
    /// The last day, 2026-10-31
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub until: Option<Day>,
    /// The form of the result; with --out several, with commas between
    #[arg(long, value_parser = word::<ReportFormat>(), value_delimiter = ',', default_value = Format::Terminal.as_str())]
    pub format: Vec<ReportFormat>,
    /// Write one file for each report into this folder instead of printing; of html one for all
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct PublishCommand {
    /// The folder of all releases; each has a folder of its own there, named by its days
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// The first day, 2026-10-01; without it, and without a last day, that of the newest month that is final
    #[arg(long, value_name = "DAY", value_parser = day, requires = "until")]
    pub since: Option<Day>,
    /// The last day, 2026-10-31
    #[arg(long, value_name = "DAY", value_parser = day, requires = "since")]
    pub until: Option<Day>,
    /// On how many distinct projects a row rests at least
    #[arg(long, value_name = "N", default_value_t = LEAST_PROJECTS, value_parser = clap::value_parser!(u32).range(2..))]
    pub least_projects: u32,
    /// The form of the tables
    #[arg(long, value_parser = word::<Format>(), default_value = Format::Csv.as_str())]
    pub format: Format,
    /// Publish counts and rates with noise instead, for this much privacy loss in all: 1 is usual, less says less
    #[arg(long, value_name = "E", value_parser = epsilon, conflicts_with = "least_projects")]
    pub epsilon: Option<f64>,
}

#[derive(Args, Debug)]
pub struct ForgetCommand {
    /// A file of ids of users; - is stdin
    #[arg(long = "user", value_name = "FILE", required_unless_present = "projects")]
    pub users: Option<PathBuf>,
    /// A file of names or ids of projects; - is stdin
    #[arg(long = "project", value_name = "FILE")]
    pub projects: Option<PathBuf>,
    /// Only say how much would go
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct RotateKeyCommand {
    /// The file that the new key is written to; one that a rotation has made which was broken off is taken again
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

#[derive(Args, Debug)]
pub struct QueryCommand {
    /// One statement
    #[arg(value_name = "SQL", required_unless_present_any = ["file", "check"], conflicts_with_all = ["file", "check"])]
    pub sql: Option<String>,
    /// Read the statement from a file
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// Only say what is wrong with the queries of a folder, as --queries of other commands would take them
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    pub check: Option<PathBuf>,
    /// The form of the result
    #[arg(long, value_parser = word::<Format>(), default_value = Format::Terminal.as_str())]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct DictionaryCommand {
    /// Names of reports; all of them if none is given
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    /// The form of the result
    #[arg(long, value_parser = word::<Format>(), default_value = Format::Terminal.as_str())]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct RejectsCommand {
    /// Read the refused bytes back from the dumps and show them: they may hold personal data
    #[arg(long)]
    pub show: bool,
    /// Only those refused for this reason
    #[arg(long, value_name = "REASON")]
    pub reason: Option<String>,
    /// With --show: the most records
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// With --show: the most bytes of each record
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub bytes: usize,
}

#[derive(Args, Debug)]
pub struct SchemaCommand {
    /// Names of tables; all of them if none is given
    #[arg(value_name = "TABLE")]
    pub tables: Vec<String>,
    /// The form of the result
    #[arg(long, value_parser = word::<Format>(), default_value = Format::Terminal.as_str())]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct ReparseCommand {
    /// Where dumps may be that are not where they were last seen: files, folders or globs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only say what would be won back; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct ExplainCommand {
    /// Name of the report
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Only what happened on this day, with all of its dumps
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub day: Option<Day>,
}

#[derive(Args, Debug)]
pub struct ChangesCommand {
    /// Only those of this report
    #[arg(long, value_name = "NAME")]
    pub report: Option<String>,
    /// The form of the result
    #[arg(long, value_parser = word::<Format>(), default_value = Format::Terminal.as_str())]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct CheckCommand {
    /// The form of the result
    #[arg(long, value_parser = word::<Format>(), default_value = Format::Terminal.as_str())]
    pub format: Format,
}

#[derive(Args, Debug)]
pub struct CompactCommand {
    /// Merge everything there is, not only where enough batches of one size are there
    #[arg(long)]
    pub all: bool,
    /// Only say what would be merged; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct GcCommand {
    /// Only say what would be removed; remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// One word of a closed list.
fn word<C: Choice>() -> impl TypedValueParser<Value = C> {
    let values = C::ALL.iter().map(|choice| PossibleValue::new(choice.as_str()).help(choice.meaning()));
    PossibleValuesParser::new(values).try_map(|text| C::from_text(text.as_ref()).ok_or("no such word"))
}

fn epsilon(text: &str) -> Result<f64, String> {
    let epsilon = text.parse().ok().filter(|epsilon| (0.001..=20.0).contains(epsilon));
    epsilon.ok_or_else(|| "not a number from 0.001 to 20".to_owned())
}

fn first_day(text: &str) -> Result<Day, String> {
    let (earliest, latest) = (Day::parse("2000-01-01"), Day::parse("2200-12-31"));
    let day = day(text)?;
    let is_within = earliest <= Some(day) && Some(day) <= latest;
    if is_within { Ok(day) } else { Err("not a day from 2000-01-01 to 2200-12-31".to_owned()) }
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "not a day; write it like 2026-10-01".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        super::super::flags::with_flags(Arguments::command()).debug_assert();
    }
}
