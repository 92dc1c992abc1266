//! Parquet files of staging: written once, row group by row group, and never changed.

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use thiserror::Error;

use super::store::{Store, StoreError, Upload};

/// Rows in a row group: large enough to compress well, small enough that many files can be open at once.
const ROW_GROUP: usize = 128 * 1024;

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
        // Without Arrow's own schema in the footer: every reader then takes the plain Parquet types.
        let options = parquet::arrow::arrow_writer::ArrowWriterOptions::new()
            .with_properties(properties.build())
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

    /// Bytes that wait in memory for their row group to end.
    pub fn buffered(&self) -> usize {
        self.writer.memory_size()
    }

    /// Ends the row group: what waits in memory goes to the disk.
    pub fn flush(&mut self) -> Result<(), DataFileError> {
        self.writer.flush().map_err(|reason| DataFileError::Encode { path: self.path.clone(), reason })
    }

    /// Ends the file and makes it visible.
    pub fn finish(self) -> Result<WrittenFile, DataFileError> {
        let Self { path, writer, rows } = self;
        let upload = writer.into_inner().map_err(|reason| DataFileError::Encode { path: path.clone(), reason })?;
        let (bytes, digest) = upload.commit()?;
        Ok(WrittenFile { path, rows, bytes, digest })
    }
}
