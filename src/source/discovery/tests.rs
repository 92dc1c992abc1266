use std::fs;

use super::*;

fn folder(files: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("dumps").tempdir().unwrap();
    for file in files {
        let path = folder.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    folder
}

/// The files that arguments lead to, and what went wrong.
fn discover<P: AsRef<Path>>(arguments: &[P]) -> (Vec<SourceFile>, Vec<DiscoveryError>) {
    let mut discovery = super::discover(arguments);
    let files = discovery.by_ref().collect();
    (files, discovery.problems)
}

/// The files found, relative to the folder.
fn found(folder: &tempfile::TempDir, (files, _): &(Vec<SourceFile>, Vec<DiscoveryError>)) -> Vec<String> {
    let root = folder.path().canonicalize().unwrap();
    files.iter().map(|file| file.path.strip_prefix(&root).unwrap().display().to_string()).collect()
}

#[test]
fn a_folder_is_searched_to_the_bottom() {
    let folder = folder(&["b.tsv", "a/z.gz", "a/b/c/deep", "no-extension"]);
    let discovery = discover(&[folder.path()]);
    assert_eq!(found(&folder, &discovery), ["a/b/c/deep", "a/z.gz", "b.tsv", "no-extension"]);
    let (files, problems) = discovery;
    assert!(problems.is_empty());
    assert_eq!(files[0].bytes, 10);
    assert!(files.iter().all(|f| f.path.is_absolute() && f.modified.is_some()));
}

#[test]
fn companions_are_passed_over_in_a_folder_and_read_when_named() {
    let companions = [
        ".git/config",
        ".hidden",
        "README",
        "README.txt",
        "_SUCCESS",
        "a/expected.json",
        "a/notes.md",
        "a/truth.json",
        "a/x.lzo.index",
        "x.crc",
        "x.part",
        "x.tmp",
    ];
    let folder = folder(&[&companions[..], &["x", "xREADME", "a/truth.jsonl"]].concat());
    let discovery = discover(&[folder.path()]);
    assert_eq!(found(&folder, &discovery), ["a/truth.jsonl", "x", "xREADME"]);

    let arguments = [folder.path().to_owned(), folder.path().join("a/truth.json")];
    let discovery = discover(&arguments);
    assert_eq!(found(&folder, &discovery), ["a/truth.jsonl", "x", "xREADME", "a/truth.json"]);
}

#[test]
fn a_hidden_folder_is_searched_when_named() {
    let folder = folder(&[".cache/x"]);
    let discovery = discover(&[folder.path().join(".cache")]);
    assert_eq!(found(&folder, &discovery), [".cache/x"]);
}

#[test]
fn a_pattern_is_matched_as_in_a_shell() {
    let folder = folder(&["a/1.gz", "a/2.gz", "a/.3.gz", "b/4.gz", "b/4.md", "b/c/5.gz", "d/6"]);
    let at = |pattern: &str| discover(&[folder.path().join(pattern)]);
    assert_eq!(found(&folder, &at("?/*.gz")), ["a/1.gz", "a/2.gz", "b/4.gz"]);
    assert_eq!(found(&folder, &at("**/*.gz")), ["a/1.gz", "a/2.gz", "b/4.gz", "b/c/5.gz"]);
    assert_eq!(found(&folder, &at("[bd]")), ["b/4.gz", "b/c/5.gz", "d/6"]);
    assert_eq!(found(&folder, &at("b/*")), ["b/4.gz", "b/c/5.gz"]);
}

#[test]
fn a_path_that_exists_is_no_pattern() {
    let folder = folder(&["day=[1].gz", "day=1.gz"]);
    let discovery = discover(&[folder.path().join("day=[1].gz")]);
    assert_eq!(found(&folder, &discovery), ["day=[1].gz"]);
}

#[test]
fn each_file_comes_once() {
    let folder = folder(&["a/x", "a/y"]);
    let at = |path: &str| folder.path().join(path);
    let discovery = discover(&[at("a/y"), at("a"), at("a/../a/x"), at("a/*")]);
    assert_eq!(found(&folder, &discovery), ["a/y", "a/x"]);
    assert!(discovery.1.is_empty());
}

#[cfg(unix)]
#[test]
fn links_are_followed_but_not_in_circles() {
    use std::os::unix::fs::symlink;
    let folder = folder(&["a/x", "other/y"]);
    symlink(folder.path(), folder.path().join("a/up")).unwrap();
    symlink(folder.path().join("other"), folder.path().join("a/link")).unwrap();
    symlink(folder.path().join("a/x"), folder.path().join("z")).unwrap();
    let discovery = discover(&[folder.path()]);
    // Where it is met first.
    assert_eq!(found(&folder, &discovery), ["other/y", "a/x"]);
    assert!(discovery.1.is_empty(), "{:?}", discovery.1);

    symlink(folder.path().join("gone"), folder.path().join("dangling")).unwrap();
    let discovery = discover(&[folder.path()]);
    assert_eq!(discovery.0.len(), 2);
    assert!(matches!(&discovery.1[..], [DiscoveryError::Unreadable { .. }]));
}

#[test]
fn problems_name_their_argument_and_keep_nothing_from_being_found() {
    let folder = folder(&["x", "empty/README.md"]);
    let at = |path: &str| folder.path().join(path);
    let arguments = [at("missing"), at("*.none"), at("a[!"), at("empty"), at("emp*"), at("x")];
    let discovery = discover(&arguments);
    assert_eq!(found(&folder, &discovery), ["x"]);
    let problems = &discovery.1;
    assert!(matches!(&problems[0], DiscoveryError::NotFound { .. }));
    assert!(matches!(&problems[1], DiscoveryError::NoMatch { .. }));
    assert!(matches!(&problems[2], DiscoveryError::InvalidPattern { .. }));
    assert!(matches!(&problems[3], DiscoveryError::NoFiles { .. }));
    assert!(matches!(&problems[4], DiscoveryError::NoFiles { .. }));
    assert_eq!(problems.len(), 5);
    for (problem, argument) in problems.iter().zip(&arguments) {
        assert!(problem.to_string().starts_with(&argument.display().to_string()), "{problem}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_neither_a_file_nor_a_folder_is_refused() {
    let discovery = discover(&["/dev/null"]);
    assert!(matches!(&discovery.1[..], [DiscoveryError::NotAFile { .. }]));
}
