//! Reads the dumps of a batch in waves: many small ones at once, or some blocks of a large one.
//!
//! Where a wave ends depends on the sizes of the dumps alone, so what is written does not depend on the
//! number of threads, and what is in memory does not grow with the dumps.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::form::Form;
use super::large::LargeReader;
use super::parts::Parts;
use super::small::{Small, small};
use super::unit::{Output, Worker};
use super::{Dump, IngestError, Options, Progress, ReadSource};
use crate::decode::Reason;
use crate::lake::{FileReceipt, SourceCounts, SourceReceipt, Store};
use crate::privacy::Pseudonymizer;
use crate::source::{Damage, Digest, Limits, SourceError, WholeFile};

/// Dumps of up to so many bytes on the disk are read whole.
const SMALL: u64 = 8 << 20;
/// Bytes on the disk of one wave of small dumps. Ten times that, decompressed, a tenth of it in memory as rows.
const WAVE: u64 = 12 << 20;
/// Blocks in one wave.
const BLOCKS: usize = 8;

/// A batch that is written, but for its receipt.
pub(super) struct Batch {
    pub id: String,
    pub sources: Vec<ReadSource>,
    pub rejects: BTreeMap<Reason, u64>,
    pub files: Vec<FileReceipt>,
}

/// Reads and writes a batch. The inner error is a dump that could not be read: the batch is then not written.
pub(super) fn read(
    store: &Store,
    dumps: &[Dump],
    pseudonymizer: &Pseudonymizer,
    options: &Options,
    progress: &impl Progress,
) -> Result<Result<Batch, SourceError>, IngestError> {
    let digests: Vec<Digest> = dumps.iter().map(|dump| dump.digest).collect();
    let id = Digest::combine(&digests).to_string();
    let mut run = Run {
        parts: Parts::new(store, id.clone()),
        pseudonymizer,
        options,
        progress,
        sources: Vec::new(),
        rejects: BTreeMap::new(),
    };
    for wave in waves(dumps) {
        if let Err(failed) = run.wave(wave)? {
            return Ok(Err(failed));
        }
    }
    let files = run.parts.finish()?;
    Ok(Ok(Batch { id, sources: run.sources, rejects: run.rejects, files }))
}

/// Divides dumps into waves: runs of small ones up to a size together, or a large one by itself.
fn waves(dumps: &[Dump]) -> impl Iterator<Item = &[Dump]> {
    let mut rest = dumps;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let small = rest.iter().take_while(|dump| {
            bytes += dump.file.bytes;
            dump.file.bytes <= SMALL && bytes <= WAVE
        });
        let length = small.count().max(1).min(rest.len());
        let (wave, after) = rest.split_at(length);
        rest = after;
        (!wave.is_empty()).then_some(wave)
    })
}

/// A batch under way.
struct Run<'r, P> {
    parts: Parts<'r>,
    pseudonymizer: &'r Pseudonymizer,
    options: &'r Options,
    progress: &'r P,
    sources: Vec<ReadSource>,
    rejects: BTreeMap<Reason, u64>,
}

impl<P: Progress> Run<'_, P> {
    fn wave(&mut self, dumps: &[Dump]) -> Result<Result<(), SourceError>, IngestError> {
        if let [dump] = dumps
            && dump.file.bytes > SMALL
        {
            return self.large(dump);
        }
        let (options, progress) = (self.options, self.progress);
        let read: Vec<Result<Small, SourceError>> = dumps
            .par_iter()
            .map_init(
                || (WholeFile::default(), Worker::new(self.pseudonymizer)),
                |(reader, worker), dump| {
                    let small = small(dump, options, reader, worker);
                    if let Ok(Small::Read { output, .. }) = &small {
                        progress.advance(1, dump.file.bytes, output.counts.records);
                    }
                    small
                },
            )
            .collect();
        let mut staged = Vec::with_capacity(read.len());
        for (dump, small) in dumps.iter().zip(read) {
            match small {
                Ok(Small::Read { form, output, bytes, damage }) => {
                    let output = *output;
                    self.source(dump, form, output.counts, bytes, damage.as_ref(), &output.rejects);
                    staged.push(output.staged);
                }
                Ok(Small::TooLarge) => {
                    self.parts.append(staged.drain(..))?;
                    if let Err(failed) = self.large(dump)? {
                        return Ok(Err(failed));
                    }
                }
                Err(failed) => return Ok(Err(failed)),
            }
        }
        self.parts.append(staged)?;
        Ok(Ok(()))
    }

    /// Reads a dump block by block: while some are decoded, the next are read.
    fn large(&mut self, dump: &Dump) -> Result<Result<(), SourceError>, IngestError> {
        let limits = Limits { output: self.options.max_decompressed, record: self.options.max_record };
        let source = dump.digest.to_string();
        let mut reader = match LargeReader::open(&dump.file.path, limits, self.options) {
            Ok(reader) => reader,
            Err(failed) => return Ok(Err(failed)),
        };
        let mut counts = SourceCounts::default();
        let mut rejects = BTreeMap::new();
        let mut next = reader.next(BLOCKS);
        let mut reported = 0;
        loop {
            let pieces = match next {
                Ok(pieces) => pieces,
                Err(failed) => return Ok(Err(failed)),
            };
            if pieces.is_empty() {
                break;
            }
            let form = reader.form;
            let pseudonymizer = self.pseudonymizer;
            let decode = || -> Vec<Output> {
                pieces
                    .par_iter()
                    .map_init(
                        || Worker::new(pseudonymizer),
                        |worker, piece| {
                            piece.decode(&source, form, worker);
                            worker.finish()
                        },
                    )
                    .collect()
            };
            let (outputs, read) = rayon::join(decode, || reader.next(BLOCKS));
            next = read;
            let mut records = 0;
            let mut staged = Vec::with_capacity(outputs.len());
            for output in outputs {
                records += output.counts.records;
                counts += output.counts;
                add(&mut rejects, &output.rejects);
                staged.push(output.staged);
            }
            self.parts.append(staged)?;
            self.progress.advance(0, reader.used - reported, records);
            reported = reader.used;
        }
        self.progress.advance(1, dump.file.bytes.saturating_sub(reported), 0);
        let (form, bytes, damage) = (reader.form, reader.offset, reader.damage.take());
        self.source(dump, form, counts, bytes, damage.as_ref(), &rejects);
        Ok(Ok(()))
    }

    /// Accounts for a dump.
    fn source(
        &mut self,
        dump: &Dump,
        form: Form,
        counts: SourceCounts,
        decompressed_bytes: u64,
        damage: Option<&Damage>,
        rejects: &BTreeMap<Reason, u64>,
    ) {
        add(&mut self.rejects, rejects);
        let problem = match (form, damage) {
            (_, Some(damage)) => Some(format!("{}: {damage}", dump.file.path.display())),
            (Form::Refused(reason), None) => Some(format!("{}: {}", dump.file.path.display(), reason.meaning())),
            _ => None,
        };
        self.sources.push(ReadSource {
            path: dump.file.path.clone(),
            receipt: SourceReceipt {
                digest: dump.digest.to_string(),
                bytes: dump.file.bytes,
                decompressed_bytes,
                format: form.as_str().to_owned(),
                counts,
            },
            problem,
        });
    }
}

fn add(to: &mut BTreeMap<Reason, u64>, more: &BTreeMap<Reason, u64>) {
    for (reason, count) in more {
        *to.entry(*reason).or_default() += count;
    }
}
