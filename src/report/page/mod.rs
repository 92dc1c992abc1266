//! All reports as one page: a single HTML file that needs no network, no server and no build, for reading, printing and
//! sending.
//!
//! Charts are Vega-Lite specifications, which the page's own copy of Vega draws when they come into view. What each
//! rests on is beside it: its table, which is there without scripts too, its meaning, its SQL. Text of data is escaped by
//! the templates; a policy in the page's head lets nothing be loaded, and no script run but the page's own.

mod article;
mod facts;
mod summary;

use std::io::{self, Write};

use askama::Template;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use polars::prelude::DataFrame;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::chart::DARK;
use crate::query::{Break, Described, HeaderColumn, Query};
use article::Article;
use summary::Summary;

/// What the page looks like.
const STYLE: &str = include_str!("page.css");

/// What it does.
const SCRIPT: &str = include_str!("page.js");

/// What draws its charts (`vega/README.md` says what it is and how it is made).
const VEGA: &str = include_str!("vega/vega.js");

/// How large a page may be, in bytes: what mail takes without asking.
const MOST_BYTES: usize = 2_900_000;

/// How many bytes a table may have: the largest with which the page is not too large.
const MOST_OF_TABLES: [usize; 12] =
    [200_000, 100_000, 70_000, 50_000, 40_000, 30_000, 25_000, 20_000, 15_000, 10_000, 5_000, 1_000];

/// A report on the page.
pub struct PageReport<'q> {
    /// The report.
    pub query: &'q Query,
    /// What its columns mean.
    pub described: Described<'q>,
    /// Its result.
    pub frame: &'q DataFrame,
    /// The definition breaks that touch it.
    pub breaks: Vec<&'q Break>,
    /// What the columns of marts mean that it rests on, each with the name of its mart.
    pub rests_on: Vec<(&'q str, &'q HeaderColumn)>,
}

/// A section: the reports of a folder.
struct Section {
    id: String,
    title: String,
    articles: Vec<Article>,
}

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'p> {
    title: &'static str,
    about: &'p str,
    version: &'static str,
    policy: String,
    style: &'static str,
    script: &'static str,
    vega: &'static str,
    dark: String,
    has_charts: bool,
    summary: Summary,
    sections: Vec<Section>,
    breaks: Vec<&'p Break>,
}

/// Writes the page of some reports. `about` says, in a sentence or two, what all of them are over.
///
/// # Errors
/// When it cannot be written.
pub fn write_page(reports: &[PageReport<'_>], about: &str, to: &mut impl Write) -> io::Result<()> {
    let mut html = String::new();
    for most in MOST_OF_TABLES {
        html = render(reports, about, most)?;
        if html.len() <= MOST_BYTES {
            break;
        }
    }
    writeln!(to, "{html}")
}

fn render(reports: &[PageReport<'_>], about: &str, most_of_table: usize) -> io::Result<String> {
    let mut sections: Vec<Section> = Vec::new();
    for report in reports {
        let id = report.query.header.get("section").unwrap_or("own");
        let article = Article::of(report, most_of_table)?;
        match sections.iter_mut().find(|section| section.id == id) {
            Some(section) => section.articles.push(article),
            None => {
                sections.push(Section { id: id.to_owned(), title: capitalized(id), articles: vec![article] });
            }
        }
    }
    let has_charts = sections.iter().flat_map(|section| &section.articles).any(|article| article.has_charts);
    let scripts: &[&str] = if has_charts { &[VEGA, SCRIPT] } else { &[SCRIPT] };
    let dark = json!(DARK.into_iter().collect::<std::collections::BTreeMap<_, _>>()).to_string();
    let page = Page {
        title: "How dbt is used",
        about,
        version: env!("CARGO_PKG_VERSION"),
        policy: policy(scripts),
        style: STYLE,
        script: SCRIPT,
        vega: VEGA,
        dark,
        has_charts,
        summary: Summary::of(reports)?,
        sections,
        breaks: all_breaks(reports),
    };
    page.render().map_err(io::Error::other)
}

/// The definition breaks that touch any of the reports, in the order of their dates.
fn all_breaks<'q>(reports: &[PageReport<'q>]) -> Vec<&'q Break> {
    let mut breaks: Vec<&Break> = reports.iter().flat_map(|report| report.breaks.iter().copied()).collect();
    breaks.sort_by_key(|of| (of.date, &of.id));
    breaks.dedup_by_key(|of| &of.id);
    breaks
}

/// The content security policy: nothing is loaded, and of scripts only these are run.
fn policy(scripts: &[&str]) -> String {
    let hash = |text: &&str| format!("'sha256-{}'", BASE64_STANDARD.encode(Sha256::digest(text.as_bytes())));
    let scripts: Vec<String> = scripts.iter().map(hash).collect();
    let scripts = scripts.join(" ");
    format!("default-src 'none'; script-src {scripts}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'")
}

fn capitalized(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// JSON that may stand in a page: nothing in it ends a script.
fn embedded(json: &serde_json::Value) -> String {
    json.to_string().replace('<', "\\u003c").replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
