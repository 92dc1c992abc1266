//! Files of dumps, compressed as they are written.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use libdeflater::{CompressionLvl, Compressor};

use super::DemoError;

/// How a file is compressed.
#[derive(Clone, Copy, Debug)]
pub enum Compression {
    /// In members of a megabyte, so that none has to be in memory as a whole.
    Gzip,
    /// In one frame.
    Zstd,
}

/// A file that is written record by record: from the first one on under a hidden name, and under its own when it is
/// whole.
pub struct Output {
    path: PathBuf,
    compression: Compression,
    open: Option<Stream>,
}

impl Output {
    /// A file at a path; it is there when something has been written.
    pub fn new(path: PathBuf, compression: Compression) -> Self {
        Self { path, compression, open: None }
    }

    /// Adds bytes.
    ///
    /// # Errors
    ///
    /// The file, or the folder that it is in, cannot be written.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), DemoError> {
        let (path, compression) = (&self.path, self.compression);
        let written = match &mut self.open {
            Some(stream) => stream.write(bytes),
            none => Stream::open(&hidden(path), compression).and_then(|stream| none.insert(stream).write(bytes)),
        };
        written.map_err(|source| DemoError { path: path.clone(), source })
    }

    /// Ends the file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn finish(self) -> Result<(), DemoError> {
        let Some(stream) = self.open else { return Ok(()) };
        let finished = stream.finish().and_then(|()| fs::rename(hidden(&self.path), &self.path));
        finished.map_err(|source| DemoError { path: self.path, source })
    }
}

/// The name of a file that is not whole yet.
fn hidden(path: &Path) -> PathBuf {
    path.with_file_name(format!(".{}", path.file_name().unwrap_or_default().to_string_lossy()))
}

enum Stream {
    Gzip(Gzip),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl Stream {
    fn open(path: &Path, compression: Compression) -> io::Result<Self> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = BufWriter::new(File::create(path)?);
        Ok(match compression {
            Compression::Gzip => Self::Gzip(Gzip::new(file)),
            Compression::Zstd => Self::Zstd(zstd::Encoder::new(file, LEVEL)?),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Gzip(gzip) => gzip.write(bytes),
            Self::Zstd(encoder) => encoder.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Gzip(gzip) => gzip.finish(),
            Self::Zstd(encoder) => encoder.finish()?.flush(),
        }
    }
}

/// How many bytes a member of a gzip file holds, before compression.
const MEMBER: usize = 1 << 20;

/// How hard it is tried to make a member small: hardly, since dumps for benchmarks are large.
const LEVEL: i32 = 1;

struct Gzip {
    file: BufWriter<File>,
    waiting: Vec<u8>,
    // Streams of the usual library differ with what the processor can do.
    compressor: Compressor,
}

impl Gzip {
    fn new(file: BufWriter<File>) -> Self {
        Self { file, waiting: Vec::new(), compressor: Compressor::new(CompressionLvl::new(LEVEL).unwrap_or_default()) }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= MEMBER { self.member() } else { Ok(()) }
    }

    fn member(&mut self) -> io::Result<()> {
        let mut member = vec![0; self.compressor.gzip_compress_bound(self.waiting.len())];
        let compressed = self.compressor.gzip_compress(&self.waiting, &mut member);
        let length = compressed.map_err(|error| io::Error::other(error.to_string()))?;
        self.waiting.clear();
        self.file.write_all(&member[..length])
    }

    fn finish(mut self) -> io::Result<()> {
        if !self.waiting.is_empty() {
            self.member()?;
        }
        self.file.flush()
    }
}
