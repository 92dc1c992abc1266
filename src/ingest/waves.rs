//! Reads the dumps of a batch in waves: many small ones at once, or some blocks of a large one.
//!
//! Where a wave ends depends on the sizes of the dumps alone, so what is written does not depend on the
//! number of threads, and what is in memory does not grow with the dumps.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use super::parts::Parts;
use super::unit::{Output, Worker, reason_of};
use super::{Dump, IngestError, Options, Progress, ReadSource};
use crate::decode::{Detected, Format, Framing, Reason, Refusal, detect};
use crate::frame::{LengthDelimited, Lines, length_delimited, lines};
use crate::lake::{FileReceipt, SourceCounts, SourceReceipt, Store};
use crate::privacy::Pseudonymizer;
use crate::source::{Blocks, Damage, Digest, Limits, Piece, SourceError, SourceReason, WholeFile};

/// Dumps of up to so many bytes on the disk are read whole.
const SMALL: u64 = 8 << 20;
/// The most that may come out of a dump that is read whole; of one with more, blocks are read.
const WHOLE: u64 = 256 << 20;
/// Bytes on the disk of one wave of small dumps. Ten times that, decompressed, a tenth of it in memory as rows.
const WAVE: u64 = 12 << 20;
/// Bytes of one block of a large dump, decompressed.
const BLOCK: usize = 4 << 20;
/// Blocks in one wave.
const BLOCKS: usize = 8;
/// Lines that are accounted for one by one in a dump without any form; of a longer one, the whole is one.
const FORMLESS_LINES: usize = 1000;

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

/// What a dump is, as far as its first bytes tell.
#[derive(Clone, Copy)]
enum Form {
    Known(Format),
    Refused(Reason),
    Empty,
}

impl Form {
    fn of(options: &Options, head: &[u8]) -> Self {
        if let Some(format) = options.format {
            return Self::Known(format);
        }
        if head.is_empty() {
            return Self::Empty;
        }
        match detect(head) {
            Detected::Format(format) => Self::Known(format),
            Detected::Refused(reason) => Self::Refused(reason),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Known(format) => format.as_str(),
            Self::Refused(_) => "unknown",
            Self::Empty => "empty",
        }
    }
}

/// A dump that was read whole, or must be read in blocks.
enum Small {
    Read { form: Form, output: Box<Output>, bytes: u64, damage: Option<Damage> },
    TooLarge,
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

/// Reads a dump whole.
fn small(
    dump: &Dump,
    options: &Options,
    reader: &mut WholeFile,
    worker: &mut Worker<'_>,
) -> Result<Small, SourceError> {
    let limit = WHOLE.min(options.max_decompressed);
    let whole = reader.read(&dump.file.path, limit)?;
    if whole.digest != dump.digest {
        return Err(SourceError { path: dump.file.path.clone(), reason: SourceReason::Changed });
    }
    if matches!(whole.decompressed.damage, Some(Damage::TooLarge { .. })) {
        return Ok(Small::TooLarge);
    }
    let source = dump.digest.to_string();
    let damage = whole.decompressed.damage;
    let form = Form::of(options, whole.bytes);
    match form {
        Form::Empty => {}
        Form::Refused(reason) => formless(&source, reason, whole.bytes, worker),
        Form::Known(format) => {
            // What damage has cut off is no record, even if it looks like one.
            let cut = damage.as_ref().is_some_and(Damage::cuts_off_data);
            let end = if cut { split_point(format.framing(), whole.bytes).unwrap_or(0) } else { whole.bytes.len() };
            worker.records(&source, format, &whole.bytes[..end], 0, 0);
        }
    }
    if let Some(damage) = &damage {
        let end = match form {
            Form::Known(format) if damage.cuts_off_data() => split_point(format.framing(), whole.bytes).unwrap_or(0),
            _ => whole.bytes.len(),
        };
        let length = (whole.bytes.len() - end) as u64;
        worker.refuse(&source, form.as_str(), end as u64, Some(length), 0, &reason_of(damage).into());
    }
    let bytes = whole.bytes.len() as u64;
    Ok(Small::Read { form, output: Box::new(worker.finish()), bytes, damage })
}

/// Accounts for a dump in which nothing has the form of a record: line by line if it is short, else as one.
fn formless(source: &str, reason: Reason, bytes: &[u8], worker: &mut Worker<'_>) {
    let refusal = Refusal::from(reason);
    let short =
        reason == Reason::UnknownFormat && Lines::new(bytes, 0).take(FORMLESS_LINES + 1).count() <= FORMLESS_LINES;
    if short {
        for line in Lines::new(bytes, 0) {
            worker.refuse(source, "unknown", line.offset, Some(line.length), 0, &refusal);
        }
    } else {
        worker.refuse(source, "unknown", 0, Some(bytes.len() as u64), 0, &refusal);
    }
}

fn split_point(framing: Framing, bytes: &[u8]) -> Option<usize> {
    match framing {
        Framing::Lines => lines::split_point(bytes),
        Framing::LengthDelimited => length_delimited::split_point(bytes),
    }
}

/// A part of a large dump.
enum LargePiece {
    /// Whole records, and how many bytes follow that cannot be framed.
    Records { bytes: Vec<u8>, offset: u64, after: u64 },
    /// Something that is no record.
    Refused { reason: Reason, offset: u64, length: u64 },
    /// The only block of a dump in which nothing has the form of a record.
    Formless { reason: Reason, bytes: Vec<u8> },
}

impl LargePiece {
    fn decode(&self, source: &str, form: Form, worker: &mut Worker<'_>) {
        match (self, form) {
            (Self::Records { bytes, offset, after }, Form::Known(format)) => {
                worker.records(source, format, bytes, *offset, *after);
            }
            (Self::Records { .. }, _) => {}
            (Self::Refused { reason, offset, length }, _) => {
                worker.refuse(source, form.as_str(), *offset, Some(*length), 0, &(*reason).into());
            }
            (Self::Formless { reason, bytes }, _) => formless(source, *reason, bytes, worker),
        }
    }
}

/// Reads the blocks of a large dump, and tells its form by the first of them.
struct LargeReader {
    blocks: Blocks,
    form: Form,
    begun: bool,
    ended: bool,
    damage: Option<Damage>,
    /// Bytes of a record that damage has cut off.
    cut_off: u64,
    /// Bytes of the file read so far.
    used: u64,
    /// Decompressed bytes handed over so far.
    offset: u64,
    forced: Option<Format>,
}

impl LargeReader {
    fn open(path: &Path, limits: Limits, options: &Options) -> Result<Self, SourceError> {
        let blocks = Blocks::open(path, limits)?;
        Ok(Self {
            blocks,
            form: Form::Empty,
            begun: false,
            ended: false,
            damage: None,
            cut_off: 0,
            used: 0,
            offset: 0,
            forced: options.format,
        })
    }

    /// The next pieces, none at the end.
    fn next(&mut self, most: usize) -> Result<Vec<LargePiece>, SourceError> {
        let mut pieces = Vec::new();
        while pieces.len() < most && !self.ended {
            self.piece(&mut pieces)?;
        }
        self.used = self.blocks.bytes_used();
        Ok(pieces)
    }

    fn piece(&mut self, pieces: &mut Vec<LargePiece>) -> Result<(), SourceError> {
        // Before the form is known the first block is cut at a line's end, and if it turns out to have
        // no lines, where a frame ends.
        let form = match (self.begun, self.forced, self.form) {
            (false, Some(format), _) | (true, _, Form::Known(format)) => Some(format.framing()),
            _ => None,
        };
        let cut = move |bytes: &[u8]| match form {
            Some(framing) => split_point(framing, bytes),
            None => match detect(bytes) {
                Detected::Format(format) => split_point(format.framing(), bytes),
                Detected::Refused(_) => lines::split_point(bytes).or(Some(bytes.len())),
            },
        };
        match self.blocks.next_block(BLOCK, cut)? {
            None => self.ended = true,
            Some(Piece::Damaged(damage)) => {
                let (reason, length) = (reason_of(&damage), self.cut_off);
                pieces.push(LargePiece::Refused { reason, offset: self.offset - length, length });
                self.damage = Some(damage);
            }
            Some(Piece::Oversized { offset, length }) => {
                self.offset = offset + length;
                pieces.push(LargePiece::Refused { reason: Reason::FrameTooLong, offset, length });
            }
            Some(Piece::Block(block)) => {
                self.offset = block.offset + block.bytes.len() as u64;
                if !self.begun {
                    self.begun = true;
                    self.form = self.forced.map_or_else(|| Form::of(&Options::default(), &block.bytes), Form::Known);
                    if let Form::Refused(reason) = self.form {
                        let rest = self.blocks.skip_rest()?;
                        self.offset += rest;
                        self.ended = true;
                        let whole = LargePiece::Refused { reason, offset: block.offset, length: self.offset };
                        pieces.push(if rest == 0 {
                            LargePiece::Formless { reason, bytes: block.bytes }
                        } else {
                            whole
                        });
                        return Ok(());
                    }
                }
                if block.cut_off {
                    // No record: a part of what the damage, which comes next, has taken.
                    self.cut_off = block.bytes.len() as u64;
                    return Ok(());
                }
                let after = self.rest_after_bad_frame(&block.bytes)?;
                pieces.push(LargePiece::Records { bytes: block.bytes, offset: block.offset, after });
            }
        }
        Ok(())
    }

    /// After a length that is none no frame can be found: what follows in later blocks belongs to the same refusal.
    fn rest_after_bad_frame(&mut self, bytes: &[u8]) -> Result<u64, SourceError> {
        let Form::Known(format) = self.form else { return Ok(0) };
        if format.framing() == Framing::Lines || LengthDelimited::new(bytes, 0).all(|frame| frame.is_ok()) {
            return Ok(0);
        }
        let rest = self.blocks.skip_rest()?;
        self.offset += rest;
        Ok(rest)
    }
}
