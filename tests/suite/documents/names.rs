//! What documents name is there: commands, flags, keys of the configuration, files, and where links lead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::super::harness::{Place, project};
use super::markdown::Document;
use super::session;

/// Flags of other programs that documents name.
const FOREIGN_FLAGS: [&str; 4] =
    ["--collector.textfile.directory", "--no-anonymous-usage-stats", "--no-send-anonymous-usage-stats", "--release"];

/// Folders of the project: what begins with one is a path.
const FOLDERS: [&str; 9] =
    ["docs/", "src/", "queries/", "tests/", "deploy/", "sample_data/", "fuzz/", "benches/", ".ci/"];

/// What the program says of itself.
pub struct Program {
    /// The help of each command, by its words.
    help: BTreeMap<String, String>,
    /// Sections and keys of the configuration.
    keys: BTreeSet<String>,
}

impl Program {
    /// Asks the program.
    pub fn ask() -> Self {
        let place = Place::new();
        let help = |words: &[&str]| place.run(0, words.iter().copied().chain(["--help"])).text();
        let mut all = BTreeMap::from([(String::new(), help(&[]))]);
        for command in commands(&all[""]) {
            let text = help(&[&command]);
            for inner in commands(&text) {
                all.insert(format!("{command} {inner}"), help(&[&command, &inner]));
            }
            all.insert(command, text);
        }
        let example = place.run(0, ["config", "example"]).text();
        Self { help: all, keys: keys(&example) }
    }

    /// Every command, without those of commands.
    pub fn commands(&self) -> Vec<String> {
        commands(&self.help[""])
    }

    /// What is wrong with a command line that begins with `usage-report`.
    fn wrong(&self, line: &str) -> Option<String> {
        let words: Vec<&str> = line.split_whitespace().skip(1).collect();
        let is_word = |word: &str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-');
        let command = words.first().copied().filter(|word| is_word(word)).unwrap_or_default();
        let inner = words.get(1).map(|word| format!("{command} {word}"));
        let help = inner.and_then(|inner| self.help.get(&inner)).or_else(|| self.help.get(command));
        let Some(help) = help else { return Some(format!("there is no command {command}")) };
        let unknown = words.iter().map(|word| flag(word)).find(|word| word.starts_with('-') && !has_flag(help, word));
        unknown.map(|word| format!("{command} has no {word}"))
    }

    /// Whether some command has a flag.
    fn has_flag(&self, flag: &str) -> bool {
        self.help.values().any(|help| has_flag(help, flag))
    }
}

/// The commands that a help lists.
fn commands(help: &str) -> Vec<String> {
    let listed = help.split_once("Commands:\n").map_or("", |(_, rest)| rest.split("\n\n").next().unwrap_or_default());
    let names = listed.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

/// A word as a flag: without its value and what follows it in a sentence.
fn flag(word: &str) -> &str {
    word.split(['=', ',', '`', ';', ')', ']']).next().unwrap_or(word).trim_start_matches('[')
}

/// Whether a help has a flag, as a word of its own.
fn has_flag(help: &str, flag: &str) -> bool {
    help.split(|c: char| c.is_whitespace() || ",<[".contains(c)).any(|word| word == flag) || flag == "-"
}

/// Sections, and keys with their section, of the example of a configuration.
fn keys(example: &str) -> BTreeSet<String> {
    let (mut keys, mut section) = (BTreeSet::new(), String::new());
    for line in example.lines().map(|line| line.trim_start_matches('#').trim()) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            section = name.trim_start_matches('[').to_owned();
            keys.insert(section.clone());
        } else if let Some((key, _)) = line.split_once(" = ") {
            keys.insert(if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") });
        }
    }
    keys
}

/// What is wrong with the code within a document's lines, and with commands in its blocks that are not run.
pub fn wrong_names(document: &Document, program: &Program) -> Vec<String> {
    let mut wrong = Vec::new();
    let in_blocks = document.blocks.iter().filter(|block| block.language == "sh").flat_map(|block| {
        block.text.lines().map(move |line| (block.line, line.split('#').next().unwrap_or(line).trim().to_owned()))
    });
    let in_lines = document.code.iter().cloned();
    for (line, code) in in_lines.chain(in_blocks) {
        let first = code.split_whitespace().next().unwrap_or_default();
        let of = if first == "usage-report" {
            program.wrong(&code)
        } else if first.starts_with("--") && first.len() > 2 {
            let flag = flag(first);
            let is_known = program.has_flag(flag) || FOREIGN_FLAGS.contains(&flag);
            (!is_known).then(|| format!("no command has {flag}"))
        } else if FOLDERS.iter().any(|folder| code.starts_with(folder)) {
            (!is_there(&code, &document.name)).then(|| format!("there is no {code}"))
        } else {
            wrong_key(&code, program)
        };
        wrong.extend(of.map(|of| format!("{}:{line}: {of} (`{code}`)", document.name)));
    }
    wrong
}

/// Whether a path, which may have a pattern, leads somewhere from the project's root or the document's folder.
fn is_there(path: &str, document: &str) -> bool {
    let path = path.split_whitespace().next().unwrap_or(path);
    // `<table>` and `…` stand for names.
    let whole = path.split(['<', '…']).next().unwrap_or(path);
    let whole = if whole == path { path } else { whole.rsplit_once('/').map_or(whole, |(folder, _)| folder) };
    let made = ["fuzz/corpus", "fuzz/artifacts"].iter().any(|folder| whole.starts_with(folder));
    let beside = Path::new(document).parent().unwrap_or(Path::new("")).join(whole);
    let leads = |pattern: &Path| {
        glob::glob(&project(&pattern.to_string_lossy()).to_string_lossy()).is_ok_and(|mut found| found.next().is_some())
    };
    made || leads(Path::new(whole)) || leads(&beside)
}

/// What is wrong with a key of the configuration, if it is one: a section that there is, and a key.
fn wrong_key(code: &str, program: &Program) -> Option<String> {
    let (section, key) = code.split_once('.')?;
    let is_key = |c: char| c.is_ascii_lowercase() || c == '_';
    let is_one = program.keys.contains(section) && !key.is_empty() && key.chars().all(is_key);
    let is_file =
        Path::new(code).extension().is_some_and(|ending| ["json", "toml", "rs", "sql"].iter().any(|of| ending == *of));
    (is_one && !is_file && !program.keys.contains(code)).then(|| format!("the configuration has no {code}"))
}

/// Which links of a document lead nowhere.
pub fn wrong_links(document: &Document) -> Vec<String> {
    let here = project(&document.name);
    let leads_nowhere = |(line, target): &(usize, String)| {
        let is_elsewhere = target.starts_with("https://");
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let folder = here.parent().expect("a document is in a folder");
        let to = if path.is_empty() { here.clone() } else { folder.join(path) };
        let has_anchor = || {
            anchor.is_empty() || Document::parse(path, &session::text(&to)).anchors.iter().any(|name| name == anchor)
        };
        let is_fine = is_elsewhere || (to.exists() && has_anchor());
        (!is_fine).then(|| format!("{}:{line}: the link leads nowhere: {target}", document.name))
    };
    document.links.iter().filter_map(leads_nowhere).collect()
}

#[test]
fn names_that_are_not_there_are_found() {
    let text = "`usage-report run --no-such`, `usage-report nothing`, `--no-such 3`,\n\
                `reports.no_such_key`, `src/none.rs`, `docs/*.none`; `usage-report run --dry-run`, `usage-report config check FILE`,\n\
                `--lake DIR`, `reports.window`, `src/lib.rs`, `docs/*.md`, `runs.json`\n\n```sh\nusage-report gc --none # --x\n```\n\
                [a](none.md) [b](docs/design.md#none) [c](docs/design.md#coverage) [d](https://example.com)\n";
    let document = Document::parse("x.md", text);
    let wrong = wrong_names(&document, &Program::ask());
    let names = [
        "run has no --no-such",
        "no command nothing",
        "no command has --no-such",
        "no_such_key",
        "src/none.rs",
        "docs/*.none",
        "gc has no --none",
    ];
    assert_eq!(wrong.len(), names.len(), "{wrong:?}");
    for (wrong, name) in wrong.iter().zip(names) {
        assert!(wrong.contains(name), "{wrong} is not {name}");
    }
    assert_eq!(wrong_links(&document).len(), 2);
}
