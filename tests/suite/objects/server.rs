//! An S3 server: `s3s-fs`, whose objects are files of a folder. The test command brings it and names it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use tempfile::TempDir;

use crate::harness::{Place, files_under};

const VARIABLE: &str = "USAGE_REPORT_TEST_S3_SERVER";

/// Its one bucket.
pub const BUCKET: &str = "bucket";

/// What opens it.
const ACCESS_KEY: &str = "the-access-key";
const SECRET_KEY: &str = "the-secret-key-that-no-message-may-show";

/// A server of one test, with one bucket. It ends with the test.
pub struct Server {
    folder: TempDir,
    process: Child,
    /// Where it listens.
    pub port: u16,
}

impl Server {
    /// Starts it at a port that is free.
    pub fn start() -> Self {
        let Some(program) = std::env::var_os(VARIABLE) else {
            panic!("{VARIABLE} names no S3 server: run python3 tests/all.py, which does");
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let mut process = Command::new(&program)
            .args(["--host", "127.0.0.1", "--port", "0", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY])
            .arg(folder.path())
            .env("RUST_LOG", "s3s_fs=info")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let mut lines = BufReader::new(process.stdout.take().expect("its talk"));
        let mut port = None;
        while port.is_none() {
            let mut line = String::new();
            assert!(lines.read_line(&mut line).expect("its talk") > 0, "the server ended before it listened");
            port = line.split_once("http://127.0.0.1:").and_then(|(_, port)| port.trim().parse().ok());
        }
        // What it says besides would stop it when nobody reads.
        thread::spawn(move || lines.read_to_end(&mut Vec::new()));
        Self { folder, process, port: port.expect("a port") }
    }

    /// The program, ready to be started in a place, with all that it needs to reach the server at a port.
    pub fn command<S: AsRef<std::ffi::OsStr>>(
        &self,
        place: &Place,
        port: u16,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let temporary = place.path("temporary");
        fs::create_dir_all(&temporary).expect("a folder");
        let mut command = place.command(arguments);
        command.envs(self.environment(port)).env("TMPDIR", temporary);
        command
    }

    /// What tells a program where the server is, at a port, and opens it.
    pub fn environment(&self, port: u16) -> [(&'static str, String); 3] {
        [
            ("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}")),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ]
    }

    /// Where an object is a file.
    pub fn path(&self, key: &str) -> PathBuf {
        self.folder.path().join(BUCKET).join(key)
    }

    /// Writes an object.
    pub fn put(&self, key: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(key);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, bytes).expect("an object");
    }

    /// Makes objects of all files of a folder.
    pub fn put_all(&self, folder: &str, of: &Path) {
        for (path, bytes) in files_under(of) {
            self.put(&format!("{folder}/{}", path.display()), bytes);
        }
    }

    /// The objects below a folder, by their names from there, with their bytes.
    pub fn files(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let path = self.path(folder);
        if path.is_dir() { files_under(&path) } else { BTreeMap::new() }
    }

    /// Those of a lake that say nothing of when and where.
    pub fn lake(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = self.files(folder);
        files.retain(|path, _| !path.starts_with("sightings") && !path.starts_with("runs"));
        files
    }

    /// No secret of the server is in what was said.
    pub fn assert_silent(said: &[u8]) {
        let said = String::from_utf8_lossy(said);
        assert!(!said.contains(SECRET_KEY), "a secret is told: {said}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
