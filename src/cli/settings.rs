//! Arguments into ready values, decided once.

use std::path::PathBuf;

use anyhow::Context as _;

use super::args::{DumpFormat, OutputFormat, ReadArguments};
use super::key;
use super::printer::Printer;
use crate::decode::Format;
use crate::ingest::Options;
use crate::lake::Store;
use crate::privacy::Key;
use crate::report;

/// What reading dumps needs.
pub(super) struct ReadSettings {
    pub paths: Vec<PathBuf>,
    pub options: Options,
    pub key: Key,
    pub max_rejects: Option<u64>,
}

impl ReadSettings {
    /// Decides everything that reading dumps needs.
    pub(super) fn decide(arguments: &ReadArguments, store: &Store, printer: &Printer) -> anyhow::Result<Self> {
        if let Some(threads) = arguments.threads {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("cannot start the threads")?;
        }
        Ok(Self {
            paths: arguments.paths.clone(),
            options: Options {
                format: arguments.format.map(DumpFormat::format),
                max_decompressed: arguments.max_decompressed,
                ..Options::default()
            },
            key: key::find(arguments.key_file.as_deref(), store, printer)?,
            max_rejects: arguments.max_rejects,
        })
    }
}

impl DumpFormat {
    fn format(self) -> Format {
        match self {
            Self::EnrichedTsv => Format::EnrichedTsv,
            Self::EnrichedJson => Format::EnrichedJson,
            Self::TrackerPayload => Format::TrackerPayload,
            Self::Vortex => Format::Vortex,
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
