//! What may be written on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::event::Day;

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
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Ingest what is new, bring marts and reports up to date, print the headline report
    #[command(after_help = "Example:\n  usage-report run dumps/ 's3-copy/2026-10-*/*.gz' --lake lake")]
    Run(RunCommand),
    /// Read new dumps into the lake's staging tables
    #[command(after_help = "Example:\n  usage-report ingest dumps/ --format enriched-tsv")]
    Ingest(IngestCommand),
    /// Bring the marts up to date with staging
    #[command(after_help = "Examples:\n  usage-report build --lake lake\n  \
        usage-report build --since 2026-10-01 --until 2026-10-03    these days again, whether or not they are stale")]
    Build(BuildCommand),
    /// Print reports, or write them to files
    #[command(after_help = "Examples:\n  usage-report report                              every report\n  \
        usage-report report platform_os --since 2026-10-01 --format json\n  usage-report report --format csv --out tables/")]
    Report(ReportCommand),
    /// Run one SQL statement over marts, staging and rejects
    #[command(after_help = "Examples:\n  usage-report query \"SELECT COUNT(*) AS runs FROM invocations\"\n  \
        usage-report query -f my.sql --format csv > my.csv")]
    Query(QueryCommand),
    /// Say what every table and column means, and where it comes from
    #[command(after_help = "Examples:\n  usage-report schema\n  usage-report schema invocations run_model_events\n  \
        usage-report schema --format csv > dictionary.csv")]
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
    /// Make few large files of many small ones; what is in the lake stays the same
    #[command(after_help = "Example:\n  usage-report compact && usage-report gc")]
    Compact(CompactCommand),
    /// Remove what no reader sees: rows written anew by `compact` or `reparse`, and what a crash left behind
    #[command(after_help = "Examples:\n  usage-report gc --dry-run\n  usage-report gc --older-than 7d")]
    Gc(GcCommand),
}

/// Which lake.
#[derive(Args, Debug)]
pub struct LakeArgument {
    /// The folder of the lake
    #[arg(long, value_name = "DIR", default_value = "lake", env = "USAGE_REPORT_LAKE")]
    pub lake: PathBuf,
}

/// How records are read.
#[derive(Args, Debug)]
pub struct RecordArguments {
    /// Read every dump as this format instead of telling it by its content
    #[arg(long, value_enum)]
    pub format: Option<DumpFormat>,
    /// Read what would be refused once more by the rules of this file (`usage-report reparse --help` shows one)
    #[arg(long, value_name = "FILE")]
    pub rules: Option<PathBuf>,
    /// Read the pseudonymization key from this file (otherwise from USAGE_REPORT_KEY)
    #[arg(long, value_name = "FILE", env = "USAGE_REPORT_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// Threads to read with [default: one for each core]
    #[arg(long, value_name = "N")]
    pub threads: Option<usize>,
    #[command(flatten)]
    pub limits: LimitArguments,
}

/// What a dump may cost. Beyond a limit a record, or the rest of a dump, is refused; reading goes on with the next.
#[derive(Args, Debug)]
#[command(next_help_heading = "Limits")]
pub struct LimitArguments {
    /// The most bytes that may come out of one compressed dump
    #[arg(long, value_name = "BYTES", default_value_t = crate::ingest::Options::default().output.bytes)]
    pub max_decompressed: u64,
    /// The most bytes that may come out of a byte of a compressed dump, past its first 16 MiB
    #[arg(long, value_name = "N", default_value_t = crate::ingest::Options::default().output.ratio)]
    pub max_ratio: u64,
    /// The most bytes of one record
    #[arg(long, value_name = "BYTES", default_value_t = crate::ingest::Options::default().max_record)]
    pub max_record: usize,
    /// How deep JSON may be nested
    #[arg(long, value_name = "N", default_value_t = crate::decode::Limits::default().json_depth)]
    pub max_json_depth: usize,
    /// The most events in one payload or batch
    #[arg(long, value_name = "N", default_value_t = crate::decode::Limits::default().events)]
    pub max_events: usize,
    /// The most bytes of one string, cell or field
    #[arg(long, value_name = "BYTES", default_value_t = crate::decode::Limits::default().string)]
    pub max_string: usize,
}

/// Which dumps are read, and how.
#[derive(Args, Debug)]
pub struct ReadArguments {
    /// Dumps: files, folders (searched to the bottom) or globs
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// Exit with 1 if more records than this were refused
    #[arg(long, value_name = "N")]
    pub max_rejects: Option<u64>,
    #[command(flatten)]
    pub records: RecordArguments,
}

#[derive(Args, Debug)]
pub struct RunCommand {
    #[command(flatten)]
    pub read: ReadArguments,
    #[command(flatten)]
    pub lake: LakeArgument,
}

#[derive(Args, Debug)]
pub struct IngestCommand {
    #[command(flatten)]
    pub read: ReadArguments,
    #[command(flatten)]
    pub lake: LakeArgument,
}

#[derive(Args, Debug)]
pub struct BuildCommand {
    #[command(flatten)]
    pub lake: LakeArgument,
    /// Build all days again, stale or not
    #[arg(long)]
    pub again: bool,
    /// Build the days from this one on again, 2026-10-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub since: Option<Day>,
    /// Build the days up to this one again, 2026-10-31
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub until: Option<Day>,
}

#[derive(Args, Debug)]
pub struct ReportCommand {
    /// Names of reports; all of them if none is given
    #[arg(value_name = "NAME")]
    pub names: Vec<String>,
    #[command(flatten)]
    pub lake: LakeArgument,
    /// The first day, 2026-10-01
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub since: Option<Day>,
    /// The last day, 2026-10-31
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub until: Option<Day>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t = OutputFormat::Terminal)]
    pub format: OutputFormat,
    /// Write one file for each report into this folder instead of printing
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub struct QueryCommand {
    /// One statement
    #[arg(value_name = "SQL", required_unless_present = "file", conflicts_with = "file")]
    pub sql: Option<String>,
    /// Read the statement from a file
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub lake: LakeArgument,
    /// The form of the result
    #[arg(long, value_enum, default_value_t = OutputFormat::Terminal)]
    pub format: OutputFormat,
}

#[derive(Args, Debug)]
pub struct RejectsCommand {
    #[command(flatten)]
    pub lake: LakeArgument,
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
    #[arg(long, value_enum, default_value_t = OutputFormat::Terminal)]
    pub format: OutputFormat,
}

#[derive(Args, Debug)]
pub struct ReparseCommand {
    /// Where dumps may be that are not where they were last seen: files, folders or globs
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Only say what would be won back; write nothing
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    pub records: RecordArguments,
    #[command(flatten)]
    pub lake: LakeArgument,
}

#[derive(Args, Debug)]
pub struct ExplainCommand {
    /// Name of the report
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub lake: LakeArgument,
    /// Only what happened on this day, with all of its dumps
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub day: Option<Day>,
}

#[derive(Args, Debug)]
pub struct ChangesCommand {
    #[command(flatten)]
    pub lake: LakeArgument,
    /// Only those of this report
    #[arg(long, value_name = "NAME")]
    pub report: Option<String>,
    /// The form of the result
    #[arg(long, value_enum, default_value_t = OutputFormat::Terminal)]
    pub format: OutputFormat,
}

#[derive(Args, Debug)]
pub struct CompactCommand {
    #[command(flatten)]
    pub lake: LakeArgument,
    /// Merge everything there is, not only where enough batches of one size are there
    #[arg(long)]
    pub all: bool,
    /// Only say what would be merged; write nothing
    #[arg(long)]
    pub dry_run: bool,
}

#[derive(Args, Debug)]
pub struct GcCommand {
    #[command(flatten)]
    pub lake: LakeArgument,
    /// How long everything stays, so that builds and ingests under way are not disturbed: 90m, 24h, 7d
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = time_span)]
    pub older_than: Duration,
    /// Only say what would be removed; remove nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// The form of the records of a dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DumpFormat {
    /// Snowplow enriched events, 131 columns
    EnrichedTsv,
    /// Snowplow enriched events as JSON
    EnrichedJson,
    /// Tracker requests: POST bodies, GET query strings, access logs
    TrackerPayload,
    /// What the Snowplow collector writes, Thrift: binary, or base64 lines
    CollectorPayload,
    /// Snowplow failed events (bad rows)
    FailedEvents,
    /// Vortex batches, protobuf
    Vortex,
    /// What dbt 2 writes in Vortex' developer mode, JSON lines
    VortexDev,
}

/// The form of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// An aligned table
    Terminal,
    /// CSV with a header line
    Csv,
    /// An array of objects
    Json,
    /// Parquet
    Parquet,
}

fn day(text: &str) -> Result<Day, String> {
    Day::parse(text).ok_or_else(|| "not a day; write it like 2026-10-01".to_owned())
}

/// A whole number and its unit: 90m, 24h, 7d.
fn time_span(text: &str) -> Result<Duration, String> {
    let unit = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let seconds = match &text[unit..] {
        "s" => Some(1),
        "m" => Some(60),
        "h" => Some(3600),
        "d" => Some(86_400),
        _ => None,
    };
    let span =
        text[..unit].parse().ok().zip(seconds).and_then(|(number, seconds): (u64, u64)| number.checked_mul(seconds));
    span.map(Duration::from_secs).ok_or_else(|| "not a length of time; write it like 90m, 24h or 7d".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn lengths_of_time_have_a_unit() {
        let seconds = |text| time_span(text).map(|span| span.as_secs());
        assert_eq!(
            [seconds("0s"), seconds("90m"), seconds("24h"), seconds("7d")],
            [Ok(0), Ok(5400), Ok(86_400), Ok(604_800)]
        );
        for text in ["", "7", "d", "-1d", "1.5h", "7 d", "7w", "99999999999999999999d", "999999999999999999d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
