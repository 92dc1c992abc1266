//! Arguments into ready values, decided once.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::args::{DumpFormat, OutputFormat, ReadArguments, RecordArguments};
use super::key;
use super::printer::Printer;
use crate::decode::{Format, Limits, Rules};
use crate::ingest::Options;
use crate::lake::Store;
use crate::privacy::Key;
use crate::report;
use crate::source::OutputLimits;

/// What reading records needs.
pub(super) struct RecordSettings {
    pub options: Options,
    pub key: Key,
}

impl RecordSettings {
    /// Decides everything that reading records needs.
    pub(super) fn decide(arguments: &RecordArguments, store: &Store, printer: &Printer) -> anyhow::Result<Self> {
        if let Some(threads) = arguments.threads {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("cannot start the threads")?;
        }
        let limits = &arguments.limits;
        Ok(Self {
            options: Options {
                format: arguments.format.map(DumpFormat::format),
                output: OutputLimits { bytes: limits.max_decompressed, ratio: limits.max_ratio },
                max_record: limits.max_record,
                limits: Limits {
                    json_depth: limits.max_json_depth,
                    events: limits.max_events,
                    string: limits.max_string,
                },
                rules: arguments.rules.as_deref().map_or(Ok(Rules::default()), rules)?,
            },
            key: key::find(arguments.key_file.as_deref(), store, printer)?,
        })
    }
}

fn rules(file: &Path) -> anyhow::Result<Rules> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read the rules {}", file.display()))?;
    Rules::parse(&text).with_context(|| format!("the rules {} cannot be used", file.display()))
}

/// What reading dumps needs.
pub(super) struct ReadSettings {
    pub paths: Vec<PathBuf>,
    pub max_rejects: Option<u64>,
    pub records: RecordSettings,
}

impl ReadSettings {
    /// Decides everything that reading dumps needs.
    pub(super) fn decide(arguments: &ReadArguments, store: &Store, printer: &Printer) -> anyhow::Result<Self> {
        Ok(Self {
            paths: arguments.paths.clone(),
            max_rejects: arguments.max_rejects,
            records: RecordSettings::decide(&arguments.records, store, printer)?,
        })
    }
}

impl DumpFormat {
    fn format(self) -> Format {
        match self {
            Self::EnrichedTsv => Format::EnrichedTsv,
            Self::EnrichedJson => Format::EnrichedJson,
            Self::TrackerPayload => Format::TrackerPayload,
            Self::CollectorPayload => Format::CollectorPayload,
            Self::FailedEvents => Format::FailedEvents,
            Self::Vortex => Format::Vortex,
            Self::VortexDev => Format::VortexDev,
        }
    }
}

impl OutputFormat {
    pub(super) fn format(self) -> report::Format {
        match self {
            Self::Terminal => report::Format::Terminal,
            Self::Csv => report::Format::Csv,
            Self::Json => report::Format::Json,
            Self::Parquet => report::Format::Parquet,
        }
    }
}
