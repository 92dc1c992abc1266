//! A document as one session: its commands, in its order, in a clone of their own.
//!
//! `usage-report` and `cargo run --release --` are the program that is tested, `python` and `python3` the tests'
//! interpreter. Folders of a machine on which the job is set up (`/etc/usage-report` and others) are folders of the test.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::super::dumps::payload_lines;
use super::super::harness::{KEY, PROGRAM, Place, Run, files_under, project};
use super::super::python::interpreter;
use super::markdown::{Block, Document};

/// What of the project commands need.
const CLONE: [&str; 8] =
    ["README.md", "CONTRIBUTING.md", "deploy", "docs", "queries", "sample_data", "tests/python", "tests/queries"];

/// Folders of the machine.
const MACHINE: [&str; 3] = ["/etc/usage-report", "/var/lib/usage-report", "/srv/dumps"];

/// Runs all of a document that can be run, and looks at the syntax of the rest.
pub fn run(document: &Document) {
    let place = clone();
    let script: Vec<String> = document.blocks.iter().filter_map(|block| step(&place, document, block)).collect();
    if script.is_empty() {
        return;
    }
    place.write("clone/.session/script.sh", script.concat());
    let run = shell(&place, &["-eux", ".session/script.sh"]);
    assert!(
        run.code == Some(0),
        "{}: a command does not work as written: the last one below ended with {:?}\n{}",
        document.name,
        run.code,
        run.stderr
    );
    // How far apart columns are is no matter.
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let output = plain(&String::from_utf8_lossy(&run.output()));
    for block in document.blocks.iter().filter(|block| block.is_printed) {
        // What is left out is `…`.
        let mut pieces = block.text.lines().flat_map(|line| line.split('…')).map(plain);
        let missing = pieces.find(|piece| !output.contains(piece.as_str()));
        assert!(missing.is_none(), "{}:{}: no command prints this any more: {missing:?}", document.name, block.line);
    }
}

/// What a block adds to the session.
fn step(place: &Place, document: &Document, block: &Block) -> Option<String> {
    let Block { line, language, text, not_run, .. } = block;
    let text = on_machine(place, text);
    let file = |ending: &str| {
        let name = format!(".session/line-{line}.{ending}");
        place.write(&format!("clone/{name}"), &text);
        name
    };
    let commands = match language.as_str() {
        "sh" => {
            let syntax = shell(place, &["-n", &file("sh")]);
            assert!(syntax.code == Some(0), "{}:{line}: {syntax}", document.name);
            without(&text, block)
        }
        "python" => format!("python3 {}\n", file("python")),
        "sql" => {
            // A report of one's own is a file of a folder.
            let name = format!(".session/line-{line}");
            place.write(&format!("clone/{name}/own.sql"), &text);
            let check =
                if text.contains("-- title:") { format!("usage-report query --check {name}\n") } else { String::new() };
            format!("usage-report query -f {name}/own.sql\n{check}")
        }
        // A part of a configuration: what each must have is said by others.
        "toml" => format!(
            "USAGE_REPORT_DUMPS_PATHS=sample_data USAGE_REPORT_KEY='{KEY}' usage-report config check {}\n",
            file("toml")
        ),
        _ => return None,
    };
    let is_run = not_run.iter().all(|of| of.command.is_some());
    is_run.then(|| format!(": {}:{line}\n{commands}", document.name))
}

/// The commands of a block but those that no test can run.
fn without(text: &str, block: &Block) -> String {
    let is_out = |line: &str| {
        block.not_run.iter().filter_map(|of| of.command.as_deref()).any(|command| line.starts_with(command))
    };
    text.lines().filter(|line| !is_out(line)).map(|line| format!("{line}\n")).collect()
}

/// A new clone beside a machine on which the job is set up.
fn clone() -> Place {
    let place = Place::new();
    for name in CLONE {
        copy(&place, name);
    }
    for (name, program) in [
        ("bin/usage-report", format!("exec '{PROGRAM}' \"$@\"")),
        (
            "bin/cargo",
            "[ \"$1 $2 $3\" = 'run --release --' ] || exit 127\nshift 3\nexec usage-report \"$@\"".to_owned(),
        ),
        ("bin/python3", format!("exec '{}' \"$@\"", interpreter().display())),
        ("bin/python", "exec python3 \"$@\"".to_owned()),
        ("clone/target/test-python/bin/python", "exec python3 \"$@\"".to_owned()),
    ] {
        let path = place.write(name, format!("#!/bin/sh\n{program}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a program");
    }
    let toml = fs::read_to_string(place.path("clone/deploy/usage-report.toml")).expect("a configuration");
    place.write("machine/etc/usage-report/usage-report.toml", on_machine(&place, &toml));
    place.write("machine/etc/usage-report/key", "a key of some length in a file\n");
    place.write("machine/srv/dumps/a.ndjson", payload_lines().join("\n"));
    place
}

/// Copies a file or folder of the project.
fn copy(place: &Place, name: &str) {
    let from = project(name);
    if from.is_file() {
        place.write(&format!("clone/{name}"), fs::read(from).expect("a file"));
        return;
    }
    for (path, bytes) in files_under(&from) {
        place.write(&format!("clone/{name}/{}", path.display()), bytes);
    }
}

/// A text with the folders of the machine where they are here.
fn on_machine(place: &Place, text: &str) -> String {
    let root = place.path("machine");
    MACHINE.iter().fold(text.to_owned(), |text, folder| text.replace(folder, &format!("{}{folder}", root.display())))
}

/// Runs the shell in the clone, as somebody who has just made it: without a key, and with an empty home.
fn shell(place: &Place, arguments: &[&str]) -> Run {
    let mut command = place.here(Command::new("sh"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let own = std::iter::once(place.path("bin"));
    let path = std::env::join_paths(own.chain(std::env::split_paths(&path))).expect("a path");
    command.args(arguments).current_dir(place.path("clone")).env_remove("USAGE_REPORT_KEY").env("PATH", path);
    command.env("HOME", place.path("home")).env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::null());
    Run::of(command)
}

/// A file of the project as text.
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
