use std::fs;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::properties::WriterProperties;

use super::*;
use crate::objects::in_memory;

/// A store in a folder, and one of objects.
fn both(folder: &tempfile::TempDir, bucket: &str) -> [Store; 2] {
    in_memory(&format!("s3://{bucket}"));
    [Store::new(folder.path()), Store::new(format!("s3://{bucket}/lake"))]
}

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for store in both(&folder, "whole") {
        appears_whole_or_not_at_all(&store);
    }
    assert_eq!(fs::read_dir(folder.path().join("a")).expect("folder").count(), 1, "something is left");
}

fn appears_whole_or_not_at_all(store: &Store) {
    let mut upload = store.create("a/b.txt").expect("created");
    upload.write_all(b"half").expect("written");
    assert_eq!(store.read("a/b.txt").expect("read"), None);
    assert_eq!(store.list("a").expect("listed"), Vec::<String>::new());
    drop(upload);
    assert!(store.walk("", usize::MAX).expect("listed").is_empty());

    store.put("a/b.txt", b"one").expect("put");
    store.put("a/b.txt", b"two").expect("put");
    assert_eq!(store.read("a/b.txt").expect("read").as_deref(), Some(&b"two"[..]));
    assert_eq!(store.list("a").expect("listed"), ["b.txt"]);
    assert_eq!(store.list("none").expect("listed"), Vec::<String>::new());
}

#[test]
fn of_a_file_something_is_made_once_and_again_of_another_one_of_its_name() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for store in both(&folder, "once") {
        is_made_once(&store);
    }
}

fn is_made_once(store: &Store) {
    let times = std::cell::Cell::new(0);
    let read = |store: &Store| -> Result<_, StoreError> {
        store.read_once("a", Part::Whole, |mut file| {
            times.set(times.get() + 1);
            let mut text = String::new();
            io::Read::read_to_string(&mut file, &mut text).expect("text");
            Ok(text)
        })
    };
    assert_eq!(read(store).expect("read"), None);
    // Of one size, and of one time of change as far as many a system counts.
    for (number, text) in ["one", "two"].into_iter().enumerate() {
        store.put("a", text.as_bytes()).expect("put");
        for _ in 0..2 {
            assert_eq!(read(&store.clone()).expect("read").as_deref().map(String::as_str), Some(text));
            assert_eq!(times.get(), number + 1);
        }
    }
    store.remove("a").expect("removed");
    assert_eq!(read(store).expect("read"), None);
}

#[test]
fn files_are_listed_alike() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let listed = both(&folder, "alike").map(|store| {
        assert!(!store.is_begun().expect("looked") || !store.is_remote());
        for path in ["c", "a/b/2", "a/b/1", "a/d", "a/.hidden", "a-b"] {
            store.put(path, path.as_bytes()).expect("put");
        }
        store.remove("a/d").expect("removed");
        store.remove("a/d").expect("gone already");
        let walked = [("", 0), ("", usize::MAX), ("a", 0), ("a", 1), ("none", 9)].map(|(folder, below)| {
            let files = store.walk(folder, below).expect("walked");
            let mut files: Vec<(String, u64)> = files.into_iter().map(|file| (file.path, file.bytes)).collect();
            // A folder goes by the names in it, a bucket by whole keys.
            files.sort();
            files
        });
        let names = ["", "a", "a/b"].map(|folder| store.list(folder).expect("listed"));
        let has = ["c", "a/b/1", "a/d", "a"].map(|path| store.has(path).expect("looked"));
        let sizes = ["c", "none"].map(|path| store.bytes(path).expect("looked"));
        assert!(store.is_begun().expect("looked"));
        (walked, names, has, sizes)
    });
    assert_eq!(listed[0], listed[1]);
    assert_eq!(listed[0].0[1].len(), 5);
}

/// A Parquet file with so many rows in each of three columns, in several row groups, far larger than what is brought of any
/// object.
fn parquet_file(rows: i64) -> (RecordBatch, Vec<u8>) {
    let column =
        |factor: i64| -> ArrayRef { Arc::new((0..rows).map(|row| row.wrapping_mul(factor)).collect::<Int64Array>()) };
    let (odd, large) = (0x9e37_79b9_7f4a_7c15_u64 as i64, 0x2545_f491_4f6c_dd1d);
    let columns = [("one", column(odd)), ("two", column(large)), ("three", column(odd ^ large))];
    let rows = RecordBatch::try_from_iter(columns).expect("rows");
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(100_000)).build();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, rows.schema(), Some(properties)).expect("a writer");
    writer.write(&rows).expect("written");
    writer.close().expect("closed");
    (rows, file)
}

#[test]
fn of_an_object_there_is_the_part_that_was_asked_for() {
    let folder = tempfile::tempdir().expect("temporary folder");
    for rows in [10, 400_000] {
        let (all, bytes) = parquet_file(rows);
        for store in both(&folder, "parts") {
            store.put("p", &bytes).expect("put");
            for (part, columns) in [
                (Part::Whole, &["one", "two", "three"][..]),
                (Part::Unchanging, &["one", "two", "three"]),
                (Part::Columns(&["two"]), &["two"]),
                (Part::Columns(&["three", "one"]), &["one", "three"]),
            ] {
                // Another clone has not brought it here.
                let file = Store::new(store.root()).open("p", part).expect("opened").expect("there");
                assert_eq!(file.metadata().expect("a file").len(), bytes.len() as u64);
                let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("a footer");
                let wanted = parquet::arrow::ProjectionMask::columns(reader.parquet_schema(), columns.iter().copied());
                let read = reader.with_projection(wanted).with_batch_size(usize::MAX >> 1).build().expect("a reader");
                let read: Vec<RecordBatch> = read.map(|rows| rows.expect("rows")).collect();
                let read = arrow_select::concat::concat_batches(&read[0].schema(), &read).expect("rows");
                for column in columns {
                    assert_eq!(read.column_by_name(column), all.column_by_name(column), "{column} of {part:?}");
                }
            }
            assert!(store.open("none", Part::FOOTER).expect("looked").is_none());
        }
        // What was not asked for is not there: that it is read must fail, not give zeros.
        let store = Store::new("s3://parts/lake");
        let file = store.open("p", Part::Columns(&["two"])).expect("opened").expect("there");
        let mut rows = ParquetRecordBatchReaderBuilder::try_new(file).expect("a footer").build().expect("a reader");
        assert_eq!(rows.all(|rows| rows.is_ok()), all.num_rows() < 100, "of {} rows", all.num_rows());
    }
}

#[test]
fn what_does_not_change_is_brought_once() {
    in_memory("s3://unchanging");
    let store = Store::new("s3://unchanging/lake");
    store.put("staging/a", b"one").expect("put");
    let read = |store: &Store| {
        let mut text = String::new();
        let file = store.open("staging/a", Part::Unchanging).expect("opened");
        io::Read::read_to_string(&mut file.expect("there"), &mut text).expect("text");
        text
    };
    assert_eq!(read(&store), "one");
    store.remove("staging/a").expect("removed");
    assert_eq!(read(&store.clone()), "one");
    assert!(Store::new(store.root()).open("staging/a", Part::Unchanging).expect("looked").is_none());
}

#[test]
fn a_failure_names_the_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    fs::write(folder.path().join("a"), b"a file").expect("written");
    let error = Store::new(folder.path()).put("a/b.txt", b"x").expect_err("a is no folder");
    assert!(error.to_string().contains("/a"), "{error}");
}
