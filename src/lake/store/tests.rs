use std::fs;

use super::*;

#[test]
fn a_file_appears_whole_or_not_at_all() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let store = Store::new(folder.path());
    let mut upload = store.create("a/b.txt").expect("created");
    upload.write_all(b"half").expect("written");
    assert_eq!(store.read("a/b.txt").expect("read"), None);
    assert_eq!(store.list("a").expect("listed"), Vec::<String>::new());
    drop(upload);
    assert_eq!(fs::read_dir(folder.path().join("a")).expect("folder").count(), 0);

    store.put("a/b.txt", b"one").expect("put");
    store.put("a/b.txt", b"two").expect("put");
    assert_eq!(store.read("a/b.txt").expect("read").as_deref(), Some(&b"two"[..]));
    assert_eq!(store.list("a").expect("listed"), ["b.txt"]);
    assert_eq!(store.list("none").expect("listed"), Vec::<String>::new());
}

#[test]
fn of_a_file_something_is_made_once_and_again_of_another_one_of_its_name() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let store = Store::new(folder.path());
    let times = std::cell::Cell::new(0);
    let read = |store: &Store| -> Result<_, StoreError> {
        store.read_once("a", Part::Whole, |mut file| {
            times.set(times.get() + 1);
            let mut text = String::new();
            io::Read::read_to_string(&mut file, &mut text).expect("text");
            Ok(text)
        })
    };
    assert_eq!(read(&store).expect("read"), None);
    // Of one size, and of one time of change as far as many a system counts.
    for (number, text) in ["one", "two"].into_iter().enumerate() {
        store.put("a", text.as_bytes()).expect("put");
        for _ in 0..2 {
            assert_eq!(read(&store.clone()).expect("read").as_deref().map(String::as_str), Some(text));
            assert_eq!(times.get(), number + 1);
        }
    }
    store.remove("a").expect("removed");
    assert_eq!(read(&store).expect("read"), None);
}

#[test]
fn a_failure_names_the_file() {
    let folder = tempfile::tempdir().expect("temporary folder");
    fs::write(folder.path().join("a"), b"a file").expect("written");
    let error = Store::new(folder.path()).put("a/b.txt", b"x").expect_err("a is no folder");
    assert!(error.to_string().contains("/a"), "{error}");
}
