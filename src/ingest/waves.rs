//! Reads the dumps of a batch in waves: many small ones at once, or some blocks of a large one.
//!
//! Where a wave ends depends on the dumps and their sizes alone, so what is written does not depend on the
//! number of threads, and what is in memory does not grow with the dumps.

use rayon::prelude::*;

use super::days::Days;
use super::form::Form;
use super::large::{LargePiece, LargeReader};
use super::memory::Memory;
use super::order::by_time;
use super::parts::Parts;
use super::small::Small;
use super::unit::{Output, Records, Tally, Worker};
use super::wave::{SmallReader, Wave};
use super::{Dump, IngestError, ReadSource, Reading};
use crate::decode::{Format, Reason};
use crate::lake::{FileReceipt, SourceReceipt};
use crate::progress::Progress;
use crate::source::{Damage, SourceError};
use crate::staging::Staged;

/// Dumps of one wave: however small they are, each has some batches of its own.
const DUMPS: usize = 256;

/// A batch that is written, but for its receipt.
pub(super) struct Batch {
    /// Sorted by digest.
    pub sources: Vec<ReadSource>,
    pub tally: Tally,
    pub files: Vec<FileReceipt>,
}

/// Reads a batch and writes its files; without `parts` it is only counted.
///
/// The inner error is a dump that could not be read: the batch is then not written.
pub(super) fn read(
    parts: Option<Parts<'_>>,
    dumps: &[Dump],
    reading: &Reading<'_>,
    progress: &dyn Progress,
) -> Result<Result<Batch, SourceError>, IngestError> {
    let read = || read_here(parts, dumps, reading, progress);
    // Threads of its own, which end with it: what they have freed then goes to those that come after. Those of the pool
    // that all share never end, and keep it.
    match rayon::ThreadPoolBuilder::new().num_threads(rayon::current_num_threads()).build() {
        Ok(pool) => pool.install(read),
        Err(_) => read(),
    }
}

/// The same, on the threads that are there.
fn read_here(
    parts: Option<Parts<'_>>,
    dumps: &[Dump],
    reading: &Reading<'_>,
    progress: &dyn Progress,
) -> Result<Result<Batch, SourceError>, IngestError> {
    let memory = reading.options.memory;
    let dumps = by_time(dumps, reading);
    let reader = SmallReader::new(reading, progress);
    let mut run = Run { parts, reading, progress, sources: Vec::new(), tally: Tally::default() };
    let waves: Vec<&[Dump]> = waves(&dumps, memory).collect();
    for waves in waves.chunk_by(|one, next| !is_large(one, memory) && !is_large(next, memory)) {
        let read = match waves {
            [wave @ [dump]] if is_large(wave, memory) => {
                let read = run.large(dump)?;
                end_of_wave(&mut run.parts, Vec::new())?;
                read
            }
            waves => run.small(&reader, waves)?,
        };
        if let Err(failed) = read {
            return Ok(Err(failed));
        }
    }
    let files = run.parts.map_or(Ok(Vec::new()), Parts::finish)?;
    run.sources.sort_by(|one, other| one.receipt.digest.cmp(&other.receipt.digest));
    Ok(Ok(Batch { sources: run.sources, tally: run.tally, files }))
}

/// Whether a wave is a large dump.
fn is_large(wave: &[Dump], memory: Memory) -> bool {
    wave.iter().any(|dump| dump.weight > memory.small())
}

/// Divides dumps into waves: runs of small ones up to a size together, or a large one by itself.
fn waves(dumps: &[Dump], memory: Memory) -> impl Iterator<Item = &[Dump]> {
    let mut rest = dumps;
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let small = rest.iter().take(DUMPS).take_while(|dump| {
            bytes += dump.weight;
            dump.weight <= memory.small() && bytes <= memory.wave()
        });
        let length = small.count().max(1).min(rest.len());
        let (wave, after) = rest.split_at(length);
        rest = after;
        (!wave.is_empty()).then_some(wave)
    })
}

/// A batch under way.
struct Run<'r> {
    parts: Option<Parts<'r>>,
    reading: &'r Reading<'r>,
    progress: &'r dyn Progress,
    sources: Vec<ReadSource>,
    tally: Tally,
}

/// Writes what was staged, if anything is written.
fn append(parts: &mut Option<Parts<'_>>, staged: impl IntoIterator<Item = Staged>) -> Result<(), IngestError> {
    match parts {
        Some(parts) => Ok(parts.append(staged)?),
        None => Ok(()),
    }
}

/// Writes what is left of a wave.
fn end_of_wave(parts: &mut Option<Parts<'_>>, staged: Vec<Staged>) -> Result<(), IngestError> {
    append(parts, staged)?;
    match parts {
        Some(parts) => Ok(parts.end_of_dumps()?),
        None => Ok(()),
    }
}

impl Run<'_> {
    /// Reads waves of small dumps. While one is written the next is read, and the one after that is begun before that is
    /// at its end: nobody waits for the last dump of a wave, and the rows of two waves at most are in memory.
    fn small(&mut self, reader: &SmallReader<'_>, waves: &[&[Dump]]) -> Result<Result<(), SourceError>, IngestError> {
        let waves: Vec<Wave<'_>> = waves.iter().map(|dumps| Wave::of(dumps)).collect();
        rayon::scope_fifo(|scope| {
            waves.iter().take(2).for_each(|wave| wave.begin(reader, scope));
            for (number, wave) in waves.iter().enumerate() {
                let read = wave.wait();
                if let Err(failed) = self.wave(wave.dumps, read)? {
                    return Ok(Err(failed));
                }
                if let Some(wave) = waves.get(number + 2) {
                    wave.begin(reader, scope);
                }
            }
            Ok(Ok(()))
        })
    }

    /// Writes a wave that was read.
    fn wave(
        &mut self,
        dumps: &[Dump],
        read: Vec<Result<Small, SourceError>>,
    ) -> Result<Result<(), SourceError>, IngestError> {
        let mut staged = Vec::with_capacity(read.len());
        for (dump, small) in dumps.iter().zip(read) {
            match small {
                Ok(Small::Read { form, output, bytes, damage }) => {
                    self.source(dump, form, &output.tally, bytes, damage.as_ref());
                    staged.push(output.staged);
                }
                Ok(Small::TooLarge) => {
                    append(&mut self.parts, staged.drain(..))?;
                    if let Err(failed) = self.large(dump)? {
                        return Ok(Err(failed));
                    }
                }
                Err(failed) => return Ok(Err(failed)),
            }
        }
        end_of_wave(&mut self.parts, staged)?;
        Ok(Ok(()))
    }

    /// Reads a dump block by block: while some are decoded, the next are read and those before them are written.
    fn large(&mut self, dump: &Dump) -> Result<Result<(), SourceError>, IngestError> {
        let (source, changed) = (dump.digest.to_string(), dump.changed());
        let (reading, options) = (self.reading, self.reading.options);
        let mut reader = match LargeReader::open(&dump.file.path, options) {
            Ok(reader) => reader,
            Err(failed) => return Ok(Err(failed)),
        };
        let mut tally = Tally::default();
        let mut days = Days::new(options.max_days);
        let mut next = reader.next();
        let (mut reported, mut waiting) = (0, Vec::new());
        loop {
            let pieces = match next {
                Ok(pieces) => pieces,
                Err(failed) => return Ok(Err(failed)),
            };
            if pieces.is_empty() {
                break;
            }
            let form = reader.form;
            let new_worker = || Worker::new(reading);
            let decode = |worker: &mut Worker<'_>, piece, days: &Days| {
                worker.go_on(days);
                let left = LargePiece::decode(piece, &source, changed, form, options.max_record, worker);
                (worker.finish(), left)
            };
            let before_all = days.clone();
            let decode_all = || -> Vec<(Output, Option<Records<'_>>)> {
                let decode = |worker: &mut Worker<'_>, piece| decode(worker, piece, &before_all);
                pieces.par_iter().map_init(new_worker, decode).collect()
            };
            let parts = &mut self.parts;
            let ((decoded, read), written) =
                rayon::join(|| rayon::join(decode_all, || reader.next()), || append(parts, waiting));
            written?;
            next = read;
            let before = tally.counts.events;
            let mut staged = Vec::with_capacity(decoded.len());
            for (piece, (mut output, mut left)) in pieces.iter().zip(decoded) {
                // Which days are too many depends on those of the pieces before it, of which it knew none.
                let are_too_many = output.tally.rejects.contains_key(&Reason::TooManyDays) || !days.add(&output.days);
                if are_too_many && days != before_all {
                    (output, left) = decode(&mut new_worker(), piece, &days);
                }
                days.add(&output.days);
                tally.add(&output.tally);
                staged.push(output.staged);
                if let Some(left) = left {
                    self.rest(left, &mut staged, &mut tally, &mut days)?;
                }
            }
            waiting = staged;
            self.progress.advance(0, reader.used - reported, tally.counts.events - before);
            reported = reader.used;
        }
        append(&mut self.parts, waiting)?;
        self.progress.advance(1, dump.file.bytes.saturating_sub(reported), 0);
        let (form, bytes, damage) = (reader.form, reader.offset, reader.damage.take());
        self.source(dump, form, &tally, bytes, damage.as_ref());
        Ok(Ok(()))
    }

    /// Takes what is left of a piece, piece by piece: what is staged is written before more is.
    fn rest(
        &mut self,
        mut left: Records<'_>,
        staged: &mut Vec<Staged>,
        tally: &mut Tally,
        days: &mut Days,
    ) -> Result<(), IngestError> {
        let mut worker = Worker::new(self.reading);
        loop {
            append(&mut self.parts, staged.drain(..))?;
            worker.go_on(days);
            let is_all = worker.records(&mut left);
            let output = worker.finish();
            tally.add(&output.tally);
            days.clone_from(&output.days);
            staged.push(output.staged);
            if is_all {
                return Ok(());
            }
        }
    }

    /// Accounts for a dump.
    fn source(&mut self, dump: &Dump, form: Form, tally: &Tally, decompressed_bytes: u64, damage: Option<&Damage>) {
        self.tally.add(tally);
        let path = dump.file.path.display();
        let problem = match (form, damage) {
            (_, Some(damage)) => Some(format!("{path}: {damage}")),
            (Form::Unknown, None) => Some(format!("{path}: {}", Reason::UnknownFormat.meaning())),
            _ => None,
        };
        let without_times = matches!(form, Form::Known(detected) if detected.format == Format::VortexDev);
        let changed = dump.changed().filter(|_| without_times);
        self.sources.push(ReadSource {
            path: dump.file.path.clone(),
            receipt: SourceReceipt {
                digest: dump.digest.to_string(),
                bytes: dump.file.bytes,
                decompressed_bytes,
                format: form.as_str().to_owned(),
                counts: tally.counts,
                rejects: tally.rejects.iter().map(|(reason, count)| (reason.as_str().to_owned(), *count)).collect(),
                reading: self.reading.options.reading(changed).to_string(),
                spread: tally.spread.clone(),
            },
            problem,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Digest, SourceFile};

    #[test]
    fn a_wave_has_neither_many_bytes_nor_many_dumps() {
        let dump = |weight: u64| {
            let file = SourceFile { path: "dump".into(), bytes: 1, modified: None };
            Dump { digest: Digest::of_bytes(b""), file, weight }
        };
        let memory = Memory::default();
        let lengths = |sizes: &[u64]| {
            let dumps: Vec<Dump> = sizes.iter().map(|bytes| dump(*bytes)).collect();
            waves(&dumps, memory).map(<[Dump]>::len).collect::<Vec<_>>()
        };
        assert!(lengths(&[]).is_empty());
        let (small, wave) = (memory.small(), memory.wave());
        assert_eq!(lengths(&[wave / 2, wave / 2, 1, small + 1, 1, 1]), [2, 1, 1, 2]);
        assert_eq!(lengths(&[1; 2 * DUMPS + 3]), [DUMPS, DUMPS, 3]);
    }
}
