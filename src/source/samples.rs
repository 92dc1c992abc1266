//! Dumps for the tests of this module.

use std::io::Write;

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;
use libdeflater::adler32;

use super::{Compression, Limits, OutputLimits};

/// Limits that no test reaches unless it means to.
pub(super) const OUTPUT: OutputLimits = OutputLimits { bytes: 1 << 30, ratio: 1 << 30 };
pub(super) const LIMITS: Limits = Limits { output: OUTPUT, record: 1 << 20 };

pub(super) fn text(lines: usize) -> Vec<u8> {
    (0..lines).flat_map(|n| format!("{n}\tdbt\tevent {}\n", n * 7919 % 1000).into_bytes()).collect()
}

/// Bytes that do not compress.
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = 1u32;
    let byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    std::iter::repeat_with(byte).take(length).collect()
}

/// The same data in every compression.
pub(super) fn compressed(data: &[u8]) -> [(Compression, Vec<u8>); 5] {
    [
        (Compression::Plain, data.to_vec()),
        (Compression::Gzip, gzip(data)),
        (Compression::Zstd, zstd(data)),
        (Compression::Bzip2, bzip2(data)),
        (Compression::Lzop, lzop(data)),
    ]
}

pub(super) fn compress(compression: Compression, data: &[u8]) -> Vec<u8> {
    match compression {
        Compression::Plain => data.to_vec(),
        Compression::Gzip => gzip(data),
        Compression::Zstd => zstd(data),
        Compression::Bzip2 => bzip2(data),
        Compression::Lzop => lzop(data),
    }
}

pub(super) fn gzip(data: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(data: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn bzip2(data: &[u8]) -> Vec<u8> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// An lzop file with blocks of 1000 bytes and the checksums that `lzop` writes.
pub(super) fn lzop(data: &[u8]) -> Vec<u8> {
    let mut file = lzop_header(0x0300_0001, b"name");
    for block in data.chunks(1000) {
        let packed = lzo(block);
        let packed = if packed.len() < block.len() { &packed } else { block };
        file.extend((block.len() as u32).to_be_bytes());
        file.extend((packed.len() as u32).to_be_bytes());
        file.extend(adler32(block).to_be_bytes());
        file.extend(packed);
    }
    file.extend([0; 4]);
    file
}

/// The header of an lzop file; its checksum is an Adler-32.
pub(super) fn lzop_header(flags: u32, name: &[u8]) -> Vec<u8> {
    let mut header = b"\x89LZO\0\r\n\x1a\n\x10\x40\x20\xa0\x09\x40\x01\x05".to_vec();
    header.extend(flags.to_be_bytes());
    header.extend([0; 12]);
    header.push(name.len() as u8);
    header.extend(name);
    let checksum = adler32(&header[9..]);
    header.extend(checksum.to_be_bytes());
    header
}

/// LZO1X of runs of one byte and everything else as it is.
pub(super) fn lzo(data: &[u8]) -> Vec<u8> {
    // Lengths past what the instruction has room for: a zero for each 255, then what is left, at least 1.
    let long = |out: &mut Vec<u8>, length: usize| {
        out.extend(vec![0; (length - 1) / 255]);
        out.push(((length - 1) % 255 + 1) as u8);
    };
    let run_at = |from: usize| data[from..].iter().take_while(|byte| **byte == data[from]).count();
    if data.len() < 4 {
        return data.to_vec(); // not smaller, so nobody takes it for LZO
    }
    let mut out = Vec::new();
    let mut at = 0;
    while at < data.len() {
        // At least 4 literals, the last of them the first of a run.
        let run = (at + 3..data.len()).find(|from| run_at(*from) >= 40);
        let literals = run.map_or(data.len(), |run| run + 1) - at;
        match literals {
            ..19 => out.push((literals - 3) as u8),
            _ => {
                out.push(0);
                long(&mut out, literals - 18);
            }
        }
        out.extend(&data[at..at + literals]);
        at += literals;
        if let Some(run) = run {
            // The rest of the run, but for the 4 literals that come next.
            let length = run_at(run) - 5;
            out.push(0x20);
            long(&mut out, length - 33);
            out.extend([0, 0]);
            at += length;
        }
    }
    out.extend([0x11, 0, 0]);
    out
}
