//! Parquet files of staging: written once, row group by row group, and never changed.

use std::fs::File;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaDataReader};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::ColumnPath;
use thiserror::Error;

use super::receipt::FileReceipt;
use super::store::{Store, StoreError, Upload};
use crate::event::Day;

/// The most rows in a row group: enough to compress well, few enough to be held in memory.
const ROW_GROUP: usize = 128 * 1024;

/// Rows that are read at once.
const ROWS: usize = 16 * 1024;

/// Columns of pseudonyms that hardly repeat. They look random, so neither a dictionary nor compression pays.
const RANDOM_COLUMNS: [&str; 2] = ["event_id", "node_run_id"];

/// Writing a Parquet file failed.
#[derive(Debug, Error)]
pub enum DataFileError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The encoder, or the disk under it.
    #[error("cannot write {path}: {reason}")]
    Encode {
        /// The file.
        path: String,
        /// What the encoder says.
        reason: ParquetError,
    },
    /// What was written cannot be read again.
    #[error("cannot read what was put aside for {path}: {reason}")]
    ReadBack {
        /// The file.
        path: String,
        /// What the decoder says.
        reason: ParquetError,
    },
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFile {
    /// Where in the lake.
    pub path: String,
    /// Its rows.
    pub rows: u64,
    /// Its size, bytes.
    pub bytes: u64,
    /// Digest of its content.
    pub digest: String,
}

impl WrittenFile {
    /// What a receipt says of it, as a file of this table and day.
    pub fn receipt(self, table: &str, day: Option<Day>) -> FileReceipt {
        let Self { path, rows, bytes, digest } = self;
        FileReceipt { table: table.to_owned(), day, path, rows, bytes, digest }
    }
}

/// A Parquet file being written.
pub struct DataFileWriter {
    path: String,
    writer: ArrowWriter<Upload>,
    rows: u64,
}

impl DataFileWriter {
    /// Begins a file.
    pub fn create(store: &Store, path: String, schema: &SchemaRef) -> Result<Self, DataFileError> {
        let upload = store.create(&path)?;
        // Without Arrow's own schema in the footer: every reader then takes the plain Parquet types.
        let options = parquet::arrow::arrow_writer::ArrowWriterOptions::new()
            .with_properties(properties())
            .with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(upload, SchemaRef::clone(schema), options)
            .map_err(|reason| DataFileError::Encode { path: path.clone(), reason })?;
        Ok(Self { path, writer, rows: 0 })
    }

    /// Adds rows.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), DataFileError> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).map_err(|reason| DataFileError::Encode { path: self.path.clone(), reason })
    }

    /// Ends the row group: all of it goes to the disk.
    pub fn flush(&mut self) -> Result<(), DataFileError> {
        let Self { path, writer, .. } = self;
        let flushed = writer.flush().and_then(|()| Ok(writer.sync()?));
        flushed.map_err(|reason| DataFileError::Encode { path: path.clone(), reason })
    }

    /// Ends the file and makes it visible.
    pub fn finish(self) -> Result<WrittenFile, DataFileError> {
        self.hide()?.show()
    }

    /// Ends the file without making it visible.
    pub fn hide(self) -> Result<HiddenFile, DataFileError> {
        let Self { path, writer, rows } = self;
        let upload = writer.into_inner().map_err(|reason| DataFileError::Encode { path: path.clone(), reason })?;
        Ok(HiddenFile { path, upload, rows })
    }
}

/// How files of staging are written.
fn properties() -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("usage-report ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_max_row_group_row_count(Some(ROW_GROUP));
    for column in RANDOM_COLUMNS {
        let column = ColumnPath::from(column);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_compression(column.clone(), Compression::UNCOMPRESSED)
            .set_column_statistics_enabled(column, EnabledStatistics::None);
    }
    properties.build()
}

/// A file that only its writer sees, and that vanishes when it is dropped.
pub struct HiddenFile {
    path: String,
    upload: Upload,
    rows: u64,
}

impl HiddenFile {
    /// Makes it visible.
    pub fn show(self) -> Result<WrittenFile, DataFileError> {
        let Self { path, upload, rows } = self;
        let (bytes, digest) = upload.commit()?;
        Ok(WrittenFile { path, rows, bytes, digest })
    }

    /// One file of the row groups of this one and then those of others, which have the same columns. They are copied as they
    /// are.
    pub fn followed_by(mut self, store: &Store, mut others: Vec<Self>) -> Result<Self, DataFileError> {
        if others.is_empty() {
            return Ok(self);
        }
        let path = self.path.clone();
        let failed = |reason| DataFileError::Encode { path: path.clone(), reason };
        let first = self.upload.read_back()?;
        let schema = ParquetMetaDataReader::new().parse_and_finish(&first).map_err(failed)?;
        let schema = schema.file_metadata().schema_descr().root_schema_ptr();
        let upload = store.create(&self.path)?;
        let mut writer = SerializedFileWriter::new(upload, schema, Arc::new(properties())).map_err(failed)?;
        append(&mut writer, &first).map_err(failed)?;
        for other in &mut others {
            append(&mut writer, &other.upload.read_back()?).map_err(failed)?;
        }
        let rows = self.rows + others.iter().map(|other| other.rows).sum::<u64>();
        let upload = writer.into_inner().map_err(failed)?;
        Ok(Self { path, upload, rows })
    }

    /// Its rows, some thousands at once.
    pub fn rows(
        &mut self,
        schema: &SchemaRef,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, DataFileError>> + use<'_>, DataFileError> {
        let Self { path, upload, .. } = self;
        let failed = |reason| DataFileError::ReadBack { path: path.clone(), reason };
        let rows = read_rows(upload.read_back()?, schema).map_err(failed)?;
        Ok(rows.map(move |rows| rows.map_err(|reason| failed(reason.into()))))
    }
}

/// Copies the row groups of a file.
fn append(writer: &mut SerializedFileWriter<Upload>, file: &File) -> Result<(), ParquetError> {
    let policy = PageIndexPolicy::Optional;
    let metadata = ParquetMetaDataReader::new().with_page_index_policy(policy).parse_and_finish(file)?;
    for (number, rows) in metadata.row_groups().iter().enumerate() {
        let mut copy = writer.next_row_group()?;
        for (place, column) in rows.columns().iter().enumerate() {
            let pages = metadata.page_index();
            let close = ColumnCloseResult {
                bytes_written: u64::try_from(column.compressed_size())?,
                rows_written: u64::try_from(rows.num_rows())?,
                metadata: column.clone(),
                bloom_filter: None,
                column_index: pages.and_then(|pages| pages.column_index(number, place)).cloned(),
                offset_index: pages.and_then(|pages| pages.offset_index(number, place)).cloned(),
            };
            copy.append_column(file, close)?;
        }
        copy.close()?;
    }
    Ok(())
}

/// The rows of a file of staging, some thousands at once. One of another schema is an error.
pub fn read_rows(file: File, schema: &SchemaRef) -> Result<ParquetRecordBatchReader, ParquetError> {
    of_schema(file, schema)?.build()
}

/// Some columns of the rows of a file of staging, as far as it has them.
pub fn read_columns(
    file: File,
    schema: &SchemaRef,
    columns: &[&str],
) -> Result<ParquetRecordBatchReader, ParquetError> {
    let builder = of_schema(file, schema)?;
    let places = columns.iter().filter_map(|column| schema.index_of(column).ok());
    let mask = ProjectionMask::roots(builder.parquet_schema(), places);
    builder.with_projection(mask).build()
}

fn of_schema(file: File, schema: &SchemaRef) -> Result<ParquetRecordBatchReaderBuilder<File>, ParquetError> {
    let options = ArrowReaderOptions::new().with_schema(SchemaRef::clone(schema));
    Ok(ParquetRecordBatchReaderBuilder::try_new_with_options(file, options)?.with_batch_size(ROWS))
}
