//! Which part of an object is brought here.
//!
//! What reads Parquet reads files. Of an object a file is made that has the bytes of the part at their places, and a hole
//! where the others are: the columns that nobody asks for are not sent.

use std::fs::File;
use std::io;
use std::ops::Range;

use parquet::file::metadata::{FooterTail, ParquetMetaData, ParquetMetaDataReader};

use crate::objects::{Address, Object, REPLACED};

/// What of a file will be read.
#[derive(Clone, Copy, Debug)]
pub enum Part<'p> {
    /// All of it.
    Whole,
    /// All of it, which stays as it is as long as it is there: it is kept here, for it will be asked for again.
    Unchanging,
    /// Of a Parquet file these columns, and the footer.
    Columns(&'p [&'p str]),
}

impl Part<'_> {
    /// The footer of a Parquet file alone.
    pub const FOOTER: Self = Self::Columns(&[]);
}

/// So many bytes are asked for first, from the beginning: small files are there whole.
const FIRST: u64 = 256 << 10;

/// And of larger ones so many from the end: the footer of nearly every file is among them.
const TAIL: u64 = 64 << 10;

/// How often one is begun that is replaced all the time.
const TRIES: usize = 20;

/// The bytes that a Parquet file ends with: the length of its footer and a mark.
const END: usize = 8;

impl Part<'_> {
    /// Brings it here, into a new file, and says of which object it is: of one, however often it is replaced meanwhile.
    pub(super) fn fetch(self, from: &Address, file: &File) -> io::Result<Object> {
        let mut tries = TRIES;
        loop {
            tries -= 1;
            match self.fetch_once(from, file) {
                Err(error) if error.kind() == REPLACED && tries > 0 => file.set_len(0)?,
                done => return done,
            }
        }
    }

    fn fetch_once(self, from: &Address, file: &File) -> io::Result<Object> {
        let (first, object) = from.first(FIRST)?;
        file.set_len(object.bytes)?;
        write_at(file, 0, &first)?;
        let begun = first.len() as u64;
        if begun < object.bytes {
            let ranges = match self {
                Self::Whole | Self::Unchanging => None,
                Self::Columns(columns) => {
                    footer(from, &object, file, begun)?.map(|footer| of_columns(&footer, columns))
                }
            };
            let mut ranges = ranges.unwrap_or_else(|| std::iter::once(begun..object.bytes).collect());
            ranges.iter_mut().for_each(|range| range.start = range.start.max(begun));
            from.copy_ranges(&object, &ranges, file)?;
        }
        Ok(object)
    }
}

fn write_at(mut file: &File, start: u64, bytes: &[u8]) -> io::Result<()> {
    use std::io::{Seek as _, SeekFrom, Write as _};
    file.seek(SeekFrom::Start(start))?;
    file.write_all(bytes)?;
    file.rewind()
}

/// The footer, brought to the file, of which the beginning is there; `None` if it is none, which whoever reads the file will
/// tell.
fn footer(from: &Address, object: &Object, file: &File, begun: u64) -> io::Result<Option<ParquetMetaData>> {
    let bring = |range: Range<u64>| from.copy_ranges(object, &[range], file);
    let tail = object.bytes.saturating_sub(TAIL).max(begun);
    bring(tail..object.bytes)?;
    let mut end = [0; END];
    read_at(file, object.bytes - END as u64, &mut end)?;
    let Ok(end) = FooterTail::try_from(&end[..]) else { return Ok(None) };
    let length = end.metadata_length() as u64 + END as u64;
    let Some(start) = object.bytes.checked_sub(length) else { return Ok(None) };
    if start < tail {
        bring(start..tail)?;
    }
    let mut footer = vec![0; end.metadata_length()];
    read_at(file, start, &mut footer)?;
    Ok(ParquetMetaDataReader::decode_metadata(&footer).ok())
}

fn read_at(mut file: &File, start: u64, bytes: &mut [u8]) -> io::Result<()> {
    use std::io::{Read as _, Seek as _, SeekFrom};
    file.seek(SeekFrom::Start(start))?;
    file.read_exact(bytes)?;
    file.rewind()
}

/// Where some columns are, and where the pages of all are told: readers read that at once.
fn of_columns(footer: &ParquetMetaData, columns: &[&str]) -> Vec<Range<u64>> {
    let mut ranges = Vec::new();
    let place = |offset: Option<i64>, length: Option<i32>| {
        let (offset, length) = (u64::try_from(offset?).ok()?, u64::try_from(length?).ok()?);
        Some(offset..offset.saturating_add(length))
    };
    for column in footer.row_groups().iter().flat_map(|group| group.columns()) {
        if columns.iter().any(|wanted| column.column_path().parts().first().is_some_and(|name| name == wanted)) {
            let (offset, length) = column.byte_range();
            ranges.push(offset..offset.saturating_add(length));
        }
        ranges.extend(place(column.column_index_offset(), column.column_index_length()));
        ranges.extend(place(column.offset_index_offset(), column.offset_index_length()));
    }
    ranges
}
