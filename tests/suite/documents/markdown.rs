//! As much of Markdown as the documents use: fenced blocks, code within lines, links and headings.

/// A document, taken apart.
pub struct Document {
    /// Its path from the project's root.
    pub name: String,
    /// Its fenced blocks.
    pub blocks: Vec<Block>,
    /// Code within lines, with the line in which it begins.
    pub code: Vec<(usize, String)>,
    /// Where its links and pictures lead, with their lines.
    pub links: Vec<(usize, String)>,
    /// Its headings, as links name them.
    pub anchors: Vec<String>,
}

/// A fenced block.
pub struct Block {
    /// The line of its fence.
    pub line: usize,
    /// The word after the fence.
    pub language: String,
    /// What is in it.
    pub text: String,
    /// What of it no test can run.
    pub not_run: Vec<NotRun>,
    /// Whether a comment `<!-- printed -->` before it says that commands print what is in it.
    pub is_printed: bool,
}

/// A comment `<!-- not run: REASON -->` or, of single commands, `<!-- not run (COMMAND): REASON -->` before a block, which
/// a reader of the document does not see.
pub struct NotRun {
    /// How the command begins; none where it is all of the block.
    pub command: Option<String>,
    /// Why it cannot be run in a test.
    pub reason: String,
}

impl NotRun {
    fn parse(line: &str) -> Option<Self> {
        let comment = line.trim().strip_prefix("<!-- not run")?.strip_suffix("-->")?;
        let (command, reason) = comment
            .split_once("): ")
            .map_or((None, comment), |(command, reason)| (command.trim().strip_prefix('(').map(str::to_owned), reason));
        Some(Self { command, reason: reason.trim_start_matches(':').trim().to_owned() })
    }
}

impl Document {
    /// Takes a text apart.
    pub fn parse(name: &str, text: &str) -> Self {
        let (mut blocks, mut anchors, mut not_run, mut is_printed) = (Vec::new(), Vec::new(), Vec::new(), false);
        // The prose, with as many lines as the text.
        let mut prose = String::new();
        let mut lines = text.lines().enumerate();
        while let Some((at, line)) = lines.next() {
            if let Some(language) = line.trim_start().strip_prefix("```") {
                let inside: Vec<&str> =
                    lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim_start() != "```").collect();
                prose.push_str(&"\n".repeat(inside.len() + 2));
                let (language, not_run) = (language.trim().to_owned(), std::mem::take(&mut not_run));
                blocks.push(Block { line: at + 1, language, text: inside.join("\n") + "\n", not_run, is_printed });
                is_printed = false;
                continue;
            }
            not_run.extend(NotRun::parse(line));
            is_printed |= line == "<!-- printed -->";
            if let Some(heading) = line.strip_prefix('#') {
                anchors.push(anchor(heading.trim_start_matches('#').trim()));
            }
            prose.push_str(line);
            prose.push('\n');
        }
        let (code, rest) = code(&prose);
        Self { name: name.to_owned(), blocks, code, links: links(&rest), anchors }
    }
}

/// A heading as links name it.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect()
}

/// Code within lines, and the text without it. Code may go on in the next line, not in the next paragraph.
fn code(prose: &str) -> (Vec<(usize, String)>, String) {
    let (mut found, mut rest, mut at) = (Vec::new(), String::new(), 0);
    while let Some(begin) = prose[at..].find('`').map(|of| at + of) {
        rest.push_str(&prose[at..begin]);
        let ticks = prose[begin..].chars().take_while(|c| *c == '`').count();
        let inside = begin + ticks;
        let end = prose[inside..].find(&"`".repeat(ticks)).map(|of| inside + of);
        let Some(end) = end.filter(|end| !prose[inside..*end].contains("\n\n")) else {
            at = inside;
            continue;
        };
        let text = prose[inside..end].replace('\n', " ").replace("\\|", "|");
        found.push((line_of(prose, begin), text.trim().to_owned()));
        rest.push_str(&"\n".repeat(prose[inside..end].matches('\n').count()));
        at = end + ticks;
    }
    rest.push_str(&prose[at..]);
    (found, rest)
}

/// Where `[…](…)` leads.
fn links(prose: &str) -> Vec<(usize, String)> {
    let targets = prose.match_indices("](").filter_map(|(at, found)| {
        let target = prose[at + found.len()..].split(')').next()?;
        Some((line_of(prose, at), target.to_owned()))
    });
    targets.collect()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[test]
fn a_document_is_taken_apart() {
    let text = "# A `b` c\n\nSee [d](e.md#f), `g\nh`.\n\n<!-- not run (i -j): k: l -->\n```sh\ni -j\nm\n```\n![n](o.png)\n\
                <!-- not run: p -->\n<!-- printed -->\n```text\n`q`\n```\n`r|`\n";
    let document = Document::parse("x.md", text);
    assert_eq!(document.anchors, ["a-b-c"]);
    assert_eq!(document.links, [(3, "e.md#f".to_owned()), (11, "o.png".to_owned())]);
    let code: Vec<(usize, &str)> = document.code.iter().map(|(line, text)| (*line, text.as_str())).collect();
    assert_eq!(code, [(1, "b"), (3, "g h"), (17, "r|")]);
    let [first, second] = document.blocks.as_slice() else { panic!("two blocks") };
    assert_eq!((first.line, first.language.as_str(), first.text.as_str()), (7, "sh", "i -j\nm\n"));
    let marks = |block: &Block| {
        let marks = block.not_run.iter().map(|of| (of.command.clone(), of.reason.clone()));
        marks.collect::<Vec<_>>()
    };
    assert_eq!(marks(first), [(Some("i -j".to_owned()), "k: l".to_owned())]);
    assert_eq!(marks(second), [(None, "p".to_owned())]);
    assert_eq!((first.is_printed, second.is_printed), (false, true));
}
