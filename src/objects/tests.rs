//! Addresses in a bucket that is in memory.

use std::io::{self, Read as _, Seek as _};
use std::path::Path;

use super::object::CHUNK;
use super::{Address, REPLACED, in_memory};

fn address(text: &str) -> Address {
    Address::of(Path::new(text)).expect("an address")
}

#[test]
fn an_object_is_written_found_and_removed() {
    in_memory("s3://written");
    let one = address("s3://written/a/one");
    let kind = |error: io::Error| error.kind();
    assert_eq!(one.head().map_err(kind), Err(io::ErrorKind::NotFound));
    assert_eq!(one.read().map_err(kind), Err(io::ErrorKind::NotFound));
    assert_eq!(one.first(9).map_err(kind), Err(io::ErrorKind::NotFound));
    assert_eq!(one.put_new(b"first").map_err(kind), Ok(true));
    assert_eq!(one.put_new(b"second").map_err(kind), Ok(false));
    assert_eq!(one.read().map_err(kind), Ok(b"first".to_vec()));
    one.put(b"third".to_vec()).expect("written");
    let (bytes, object) = one.first(2).expect("read");
    assert_eq!((bytes, object.bytes), (b"th".to_vec(), 5));
    one.remove().expect("removed");
    one.remove().expect("gone already");
    assert_eq!(one.head().map_err(kind), Err(io::ErrorKind::NotFound));
    // There is no range of nothing.
    one.put(Vec::new()).expect("written");
    assert_eq!(one.first(2).expect("read").0, b"");
    let mut read = Vec::new();
    one.open(None).expect("open").read_to_end(&mut read).expect("read");
    assert_eq!(read, b"");
}

#[test]
fn what_is_below_a_folder_is_listed_and_nothing_beside_it() {
    in_memory("s3://listed");
    for key in ["a/1", "a/b/2", "a/b/c/3", "ab/4", "z"] {
        address("s3://listed").join(key).put(b"x".to_vec()).expect("written");
    }
    let below = |folder: &str| address(folder).list()?.map(|object| Ok(object?.path)).collect::<io::Result<Vec<_>>>();
    assert_eq!(below("s3://listed/a").expect("listed"), ["1", "b/2", "b/c/3"]);
    assert_eq!(below("s3://listed").expect("listed").len(), 5);
    let (objects, folders) = address("s3://listed/a").list_folder().expect("listed");
    assert_eq!(objects.into_iter().map(|object| object.path).collect::<Vec<_>>(), ["1"]);
    assert_eq!(folders, ["b"]);
    assert!(address("s3://listed/a").has_any().expect("listed"));
    assert!(!address("s3://listed/none").has_any().expect("listed"));
}

#[test]
fn ranges_come_to_their_places() {
    in_memory("s3://ranges");
    let bytes: Vec<u8> = (0..3 * CHUNK + 5).map(|place| (place % 249) as u8).collect();
    let object = address("s3://ranges/large");
    object.put(bytes.clone()).expect("written");
    let mut file = tempfile::tempfile().expect("a file");
    let known = object.head().expect("there");
    let ranges = [3 * CHUNK..3 * CHUNK + 5, 7..9, 1 << 20..2 * CHUNK];
    object.copy_ranges(&known, &ranges, &file).expect("copied");
    let mut copy = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut copy)).expect("read");
    for range in ranges {
        let range = usize::try_from(range.start).expect("a place")..usize::try_from(range.end).expect("a place");
        assert!(copy[range.clone()] == bytes[range.clone()], "{range:?}");
    }
    let mut read = Vec::new();
    object.open(Some(3)).expect("open").read_to_end(&mut read).expect("read");
    assert!(read == bytes, "a reader gives {} bytes", read.len());
}

#[test]
fn a_range_is_of_the_object_that_was_opened() {
    in_memory("s3://replaced");
    let object = address("s3://replaced/a");
    object.put(vec![1; 9]).expect("written");
    let known = object.head().expect("there");
    assert_eq!(object.range(&known, 2..4).expect("read"), [1, 1]);
    object.put(vec![2; 9]).expect("replaced");
    assert_eq!(object.range(&known, 2..4).map_err(|error| error.kind()), Err(REPLACED));
}
