//! Runs the program in a temporary folder and shows command, exit code and output when a test fails.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Map, Value};
use tempfile::TempDir;

/// The key of every test: the same pseudonyms in every run.
pub const KEY: &str = "the key that all tests use";

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_usage-report");

/// One row of a result.
pub type Row = Map<String, Value>;

/// A file or folder of the project, by its path from the root.
pub fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder of one test, in which the program runs. It is removed at the end.
pub struct Place {
    folder: TempDir,
}

impl Place {
    /// A new, empty folder.
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// A place with some dumps in its lake `lake`, and marts and reports over them.
    pub fn with_lake_of(dumps: &Path) -> Self {
        let place = Self::new();
        let run = place.run_any(["run".as_ref(), dumps.as_os_str()]);
        assert!(matches!(run.code, Some(0 | 1)), "{run}");
        place
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders that lead to it.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("folders");
        fs::write(&path, bytes).expect("a file");
        path
    }

    /// The program, ready to be started.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments);
        self.here(command)
    }

    /// A command that runs in this folder: with the tests' key, and with nothing else of the environment but where
    /// programs are.
    pub fn here(&self, mut command: Command) -> Command {
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("USAGE_REPORT_KEY", KEY)
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end, however it ends.
    pub fn run_any<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        Run::of(self.command(arguments))
    }

    /// Runs the program; it must end with this exit code.
    pub fn run<S: AsRef<OsStr>>(&self, code: i32, arguments: impl IntoIterator<Item = S>) -> Run {
        let run = self.run_any(arguments);
        assert!(run.code == Some(code), "expected exit code {code}\n{run}");
        run
    }

    /// The rows that a statement gives in the lake `lake`.
    pub fn query(&self, sql: &str) -> Vec<Row> {
        self.query_in("lake", sql)
    }

    /// The rows that a statement gives in a lake.
    pub fn query_in(&self, lake: &str, sql: &str) -> Vec<Row> {
        self.run(0, ["query", sql, "--lake", lake, "--format", "json"]).rows()
    }

    /// The one number that a statement gives in the lake `lake`.
    pub fn count(&self, sql: &str) -> i64 {
        let rows = self.query(sql);
        let [row] = rows.as_slice() else { panic!("{sql}: expected one row, not {rows:?}") };
        let values: Vec<&Value> = row.values().collect();
        let [value] = values.as_slice() else { panic!("{sql}: expected one column, not {rows:?}") };
        value.as_i64().unwrap_or_else(|| panic!("{sql}: expected a whole number, not {value}"))
    }

    /// How often each value of an expression occurs in a table; null is `None`, as in the files of truth.
    pub fn tally(&self, expression: &str, table: &str) -> BTreeMap<String, i64> {
        let rows = self.query(&format!(
            "WITH cells AS (SELECT {expression} AS cell FROM {table}) SELECT cell, COUNT(*) AS n FROM cells GROUP BY cell"
        ));
        rows.iter()
            .map(|row| (row["cell"].as_str().unwrap_or("None").to_owned(), row["n"].as_i64().expect("a count")))
            .collect()
    }

    /// All files of a lake that say nothing of when and where: neither where dumps were last seen, nor how runs went.
    pub fn lake(&self, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = self.files(name);
        files.retain(|path, _| !path.starts_with("sightings") && !path.starts_with("runs"));
        files
    }

    /// All files under a folder of this place, by their path from there, with their bytes.
    pub fn files(&self, folder: &str) -> BTreeMap<PathBuf, Vec<u8>> {
        files_under(&self.path(folder))
    }
}

/// All files under a folder, by their path from there, with their bytes.
pub fn files_under(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("a file under the root").to_owned();
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// One run of the program. Shown as what a person would have seen.
pub struct Run {
    command: String,
    /// The exit code; none after a signal.
    pub code: Option<i32>,
    /// The result.
    pub stdout: Vec<u8>,
    /// The talk.
    pub stderr: String,
}

impl Run {
    /// Runs a command to its end.
    pub fn of(mut command: Command) -> Self {
        let output = command.output().expect("the program starts");
        Self {
            command: format!("{command:?}"),
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The result as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Everything that was printed.
    pub fn output(&self) -> Vec<u8> {
        [&self.stdout, self.stderr.as_bytes()].concat()
    }

    /// The result as an array of objects.
    pub fn rows(&self) -> Vec<Row> {
        match serde_json::from_slice(&self.stdout) {
            Ok(rows) => rows,
            Err(error) => panic!("no array of objects ({error})\n{self}"),
        }
    }

    /// All of these texts must be in the talk.
    pub fn says<S: AsRef<str>>(&self, texts: impl IntoIterator<Item = S>) -> &Self {
        for text in texts {
            assert!(self.stderr.contains(text.as_ref()), "expected on stderr: {}\n{self}", text.as_ref());
        }
        self
    }

    /// All of these texts must be in the result.
    pub fn shows<S: AsRef<str>>(&self, texts: impl IntoIterator<Item = S>) -> &Self {
        for text in texts {
            assert!(self.text().contains(text.as_ref()), "expected on stdout: {}\n{self}", text.as_ref());
        }
        self
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "command: {}", self.command)?;
        writeln!(f, "exit code: {:?}", self.code)?;
        writeln!(f, "--- stdout\n{}", self.text())?;
        write!(f, "--- stderr\n{}", self.stderr)
    }
}

/// Two numbers that may differ by rounding.
pub fn close(actual: f64, expected: f64) -> bool {
    (actual - expected).abs() <= 1e-9 * expected.abs().max(1.0)
}
