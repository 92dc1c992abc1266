//! Flags, environment and configuration into ready values, decided once.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::printer::Printer;
use super::{found, key};
use crate::decode::{Limits, Rules};
use crate::ingest::Options;
use crate::job::config::{Config, Decided, decide};
use crate::lake::{Fingerprint, Store};
use crate::objects;
use crate::privacy::Key;
use crate::source::{Discovery, OutputLimits, SourceFile, discover, meant};

/// The configuration as it holds, and what is wrong with what was said of it.
pub(super) struct Settings {
    /// The file that was named.
    pub file: Option<PathBuf>,
    pub decided: Decided,
    /// Everything that is wrong, the file's not being readable included.
    pub problems: Vec<String>,
}

impl Settings {
    /// Decides every key of the configuration.
    pub(super) fn decide(file: Option<&Path>, flags: &BTreeMap<&'static str, OsString>) -> Self {
        Self::said(file, flags, &|name| env::var_os(name))
    }

    /// Decides every key by a file alone: what the environment says is of another lake.
    pub(super) fn of_file(file: &Path) -> Self {
        Self::said(Some(file), &BTreeMap::new(), &|_| None)
    }

    fn said(
        file: Option<&Path>,
        flags: &BTreeMap<&'static str, OsString>,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Self {
        let text = file.map(objects::read_text).transpose();
        let said = file.zip(text.as_ref().ok().and_then(Option::as_deref));
        let decided = decide(flags, variable, said);
        let mut problems: Vec<String> = decided.problems.iter().map(ToString::to_string).collect();
        if let (Some(file), Err(reason)) = (file, text) {
            problems.insert(0, format!("cannot read the configuration {}: {reason}{}", file.display(), advice(file)));
        }
        Self { file: file.map(Path::to_owned), decided, problems }
    }

    pub(super) fn config(&self) -> &Config {
        &self.decided.config
    }

    /// What tells this configuration from another.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        let of_items = self.decided.items.iter().flat_map(|item| &item.settings);
        let settings = self.decided.settings.iter().chain(of_items);
        let values = settings.map(|setting| (setting.key.name, setting.value.as_deref().unwrap_or("")));
        Fingerprint::of(values)
    }
}

/// What was meant by a path that leads nowhere, as the end of a sentence.
pub(super) fn advice(path: &Path) -> String {
    meant(path).map_or_else(String::new, |meant| format!("; did you mean {}?", meant.display()))
}

/// What reading records needs.
pub(super) struct RecordSettings {
    pub options: Options,
    pub key: Key,
}

impl RecordSettings {
    /// Decides everything that reading records needs.
    pub(super) fn decide(config: &Config, store: &Store, printer: &Printer) -> anyhow::Result<Self> {
        Ok(Self { options: options(config)?, key: key::find(config.top.key_file.as_deref(), store, printer)? })
    }
}

/// How records are read, by as many threads as are wanted.
pub(super) fn options(config: &Config) -> anyhow::Result<Options> {
    let (dumps, limits) = (&config.dumps, &config.limits);
    if let Some(threads) = dumps.threads {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().context("cannot start the threads")?;
    }
    Ok(Options {
        format: dumps.format,
        output: OutputLimits { bytes: limits.max_decompressed, ratio: limits.max_ratio },
        max_record: limits.max_record,
        max_days: limits.max_days,
        limits: Limits { json_depth: limits.max_json_depth, events: limits.max_events, string: limits.max_string },
        rules: dumps.rules.as_deref().map_or(Ok(Rules::default()), rules)?,
        memory: dumps.memory,
        ..Options::default()
    })
}

/// The rules of a file.
pub(super) fn rules(file: &Path) -> anyhow::Result<Rules> {
    let text = objects::read_text(file).with_context(|| format!("cannot read the rules {}", file.display()))?;
    Rules::parse(&text).with_context(|| format!("the rules {} cannot be used", file.display()))
}

/// The dumps that are named: on the command line or, where none are, in the configuration.
pub(super) fn named<'p>(paths: &'p [PathBuf], config: &'p Config) -> anyhow::Result<&'p [PathBuf]> {
    let paths = if paths.is_empty() { &config.dumps.paths } else { paths };
    if paths.is_empty() {
        bail!("no dumps are named: give a PATH, or --config FILE with dumps.paths");
    }
    Ok(paths)
}

/// What reading dumps needs.
pub(super) struct ReadSettings {
    /// The dumps, as they are found: the first, and what comes after it.
    pub first: SourceFile,
    pub found: Discovery,
    pub max_rejects: Option<u64>,
    pub records: RecordSettings,
}

impl ReadSettings {
    /// Decides everything that reading dumps needs. Where there are none, no key is made for them.
    pub(super) fn decide(paths: &[PathBuf], config: &Config, store: &Store, printer: &Printer) -> anyhow::Result<Self> {
        let mut found = discover(named(paths, config)?);
        let options = options(config)?;
        let first = found::first(&mut found, printer)?;
        let key = key::find(config.top.key_file.as_deref(), store, printer)?;
        Ok(Self { first, found, max_rejects: config.dumps.max_rejects, records: RecordSettings { options, key } })
    }
}
