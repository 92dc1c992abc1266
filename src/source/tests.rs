use super::decoder::tests::{gzip, text};
use super::*;

#[test]
fn a_whole_file_has_its_identity_its_content_and_its_damage() {
    let folder = tempfile::tempdir().unwrap();
    let text = text(1000);
    let mut reader = WholeFile::default();
    let cut = &gzip(&text)[..1000];
    for (bytes, compression, damaged) in [
        (&text[..], Compression::Plain, false),
        (&gzip(&text), Compression::Gzip, false),
        (cut, Compression::Gzip, true),
        (b"", Compression::Plain, false),
    ] {
        let path = folder.path().join("dump");
        std::fs::write(&path, bytes).unwrap();
        let whole = reader.read(&path, 1 << 20).unwrap();
        assert_eq!(whole.digest, Digest::of_bytes(bytes));
        assert_eq!(whole.digest, digest_of_file(&path).unwrap());
        assert_eq!(whole.bytes_on_disk, bytes.len() as u64);
        assert_eq!(whole.decompressed.compression, compression);
        assert_eq!(whole.decompressed.damage.is_some(), damaged);
        assert!(text.starts_with(whole.bytes));
    }
}

#[test]
fn an_error_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    let zip = folder.path().join("events.zip");
    std::fs::write(&zip, b"PK\x03\x04").unwrap();
    let mut reader = WholeFile::default();

    let error = reader.read(&missing, 1).unwrap_err();
    assert!(matches!(error.reason, SourceReason::Open(_)));
    assert!(error.to_string().contains("missing: cannot be opened"));
    assert!(digest_of_file(&missing).is_err());

    let error = reader.read(&zip, 1).unwrap_err();
    let expected = "events.zip: expected a dump, found a zip archive; unpack it first";
    assert!(error.to_string().ends_with(expected));

    let error = reader.read(folder.path(), 1).unwrap_err();
    assert!(matches!(error.reason, SourceReason::Open(_) | SourceReason::Read { .. }));
}
