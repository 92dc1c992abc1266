//! Brings the kept results of reports up to date.
//!
//! Like a mart, a result says in its footer what it was made from: the SQL of the report and of the views that it reads,
//! what the marts that it reads are built from, of a series the definition breaks, and, if it reads anything else of the
//! lake, its dumps, how each was read, which days are final, and which dumps are missing. A report of which nothing of
//! this has changed is not run again; that rows were written anew is no change.
//!
//! What columns mean is in the file, too, and is no part of what it was made from, but for the headers of the report and
//! of its views, which are in their SQL: a better description in `queries/columns.toml` changes no figure, and would cost
//! all of them. The file has the older words until its figures are made anew; in a lake that gets dumps that is soon.

use std::collections::BTreeMap;

use polars::prelude::DataFrame;

use super::computed::{Computed, Engine};
use super::restatement::{Comparison, Restatement};
use super::{BuildError, Built};
use crate::event::{Day, Timestamp};
use crate::lake::{
    BuiltFrom, Contents, Fingerprint, Holes, Maturity, Part, Publication, Retention, Sightings, Store, Upload,
    built_from_of, layout, read_built_from,
};
use crate::progress::{Progress, Stage};
use crate::query::{
    BuiltMarts, Catalog, Kind, Lake, Library, Query, QueryError, Rested, Series, Window, by_files, read_frame,
    write_frame,
};

/// The footer's key of whom a result is without.
const WITHOUT: &str = "usage_report.without";

/// A report's result.
pub struct Answer<'l> {
    /// The report.
    pub query: &'l Query,
    /// Its rows.
    pub frame: DataFrame,
}

/// The results of all reports.
pub struct Answers<'l> {
    /// One for each report.
    pub answers: Vec<Answer<'l>>,
    /// The figures of final days that are not what they were.
    pub restated: Vec<Restatement>,
    /// The days that they are over.
    pub window: Window,
}

/// What reports rest on besides the lake and the SQL.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Which days are final.
    pub maturity: Maturity,
    /// In which hours dumps are missing.
    pub holes: Holes,
    /// The days that reports are over.
    pub window: Window,
    /// How many rows of a mart they have in memory at once.
    pub rows_at_once: u64,
}

/// The results of all reports over a lake whose marts are built. Those whose input has changed are made anew and kept;
/// where figures of final days differ from those that were kept, that is kept too.
///
/// # Errors
/// Also when another run has replaced a file of a mart ([`QueryError::Changed`]): build, and ask again.
pub fn answer<'l>(
    (store, engine): (&Store, Engine),
    built: &Built,
    terms: &Terms,
    library: &'l Library,
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<Answers<'l>, BuildError> {
    let &Terms { maturity, ref holes, window, rows_at_once } = terms;
    let sightings = Sightings::read(store)?;
    let lake = Lake { store, contents: &built.contents, sightings: &sightings, maturity, holes };
    let publication =
        Publication { left_out: built.left_out.clone(), ..publication(&built.contents, maturity, library) };
    let publication = (publication.write(store)?, publication);
    let since = Retention::read(store)?.first_of_marts().max(window.since);
    let mut desk = Desk {
        lake,
        computed: engine.computed(store)?,
        built,
        library,
        publication,
        earlier: BTreeMap::new(),
        terms,
        since,
        now,
    };
    let reports: Vec<&Query> = library.of_kind(Kind::Report).collect();
    let before = by_files(store, &reports, |_, query| desk.before(query))?;
    let stale = || reports.iter().zip(&before).filter(|(_, before)| !before.is_fresh());
    // Mostly one: those of one run.
    for published in stale().filter_map(|(_, before)| before.kept.as_ref()?.0.published.as_ref()) {
        if !desk.earlier.contains_key(published) {
            desk.earlier.extend(Publication::read(store, published)?.map(|earlier| (published.clone(), earlier)));
        }
    }
    let catalog = match &desk.computed {
        None => {
            let queries: Vec<&Query> = stale().map(|(query, _)| *query).collect();
            Catalog::of_built(&desk.lake, library, &built.marts, window)
                .and_then(|catalog| catalog.at_once(rows_at_once).for_queries(library, &queries))
        }
        // What the rows rest on is told over tables without any.
        Some(computed) => {
            for (query, before) in stale() {
                if computed.attempt(&before.fingerprint).is_none() {
                    return Err(BuildError::NotComputed { what: query.name.to_owned() });
                }
            }
            Catalog::without_rows(library)
        }
    };
    let catalog = catalog.map_err(BuildError::Library)?;
    progress.begin(Stage::Report, reports.len(), 0);
    let made = catalog.each(&reports, |number, _| {
        let answer = desk.answer(&catalog, reports[number], &before[number]);
        progress.advance(1, 0, 0);
        answer
    })?;
    let mut answers = Answers { answers: Vec::new(), restated: Vec::new(), window };
    let mut uploads = Vec::new();
    for Made { answer, restated, upload } in made {
        answers.answers.push(answer);
        answers.restated.extend(restated);
        uploads.extend(upload);
    }
    store.commit(uploads)?;
    if let Some(computed) = &desk.computed {
        let made_from = stale().map(|(_, before)| &before.fingerprint).chain([&desk.publication.0]);
        computed.remove(store, made_from)?;
    }
    Ok(answers)
}

/// Reports whose kept result is not of what is in the lake.
pub struct Stale<'l> {
    /// Each with the fingerprint of what it is to be made from.
    pub reports: Vec<(&'l Query, Fingerprint)>,
    /// The name of what all of them are to be made from.
    pub publication: Fingerprint,
}

/// The reports whose kept result is not of what is in a lake whose marts are these.
///
/// # Errors
/// When the lake cannot be read.
pub fn stale<'l>(
    store: &Store,
    contents: &Contents,
    marts: &BuiltMarts,
    terms: &Terms,
    library: &'l Library,
) -> Result<Stale<'l>, BuildError> {
    let publication = publication(contents, terms.maturity, library);
    let mut reports = Vec::new();
    for query in library.of_kind(Kind::Report) {
        let fingerprint = fingerprint(query, &publication, terms, marts, library).map_err(BuildError::Library)?;
        let there = read_built_from(store, &layout::report(query.name)).ok().flatten();
        if there.is_none_or(|there| there.fingerprint != fingerprint) {
            reports.push((query, fingerprint));
        }
    }
    Ok(Stale { reports, publication: publication.name() })
}

/// What all reports are made from.
fn publication(contents: &Contents, maturity: Maturity, library: &Library) -> Publication {
    let queries = Kind::ALL.into_iter().flat_map(|kind| library.of_kind(kind));
    let sql =
        queries.map(|query| (query.name.to_owned(), Fingerprint::of([("sql", query.definition().as_str())]))).collect();
    Publication::new(contents, sql, maturity.final_until)
}

/// What answering reports needs.
struct Desk<'d, 'l> {
    lake: Lake<'d>,
    /// What another engine has computed, where it does.
    computed: Option<Computed>,
    built: &'d Built,
    library: &'l Library,
    publication: (Fingerprint, Publication),
    /// What results were made from that are kept and stale.
    earlier: BTreeMap<Fingerprint, Publication>,
    terms: &'d Terms,
    /// The first day whose figures are compared with what they were.
    since: Option<Day>,
    now: Timestamp,
}

/// A report that is answered, and its result if it is a new one, which nobody sees yet.
struct Made<'l> {
    answer: Answer<'l>,
    restated: Option<Restatement>,
    upload: Option<Upload>,
}

/// What is known of a report before it is answered.
struct Before {
    /// What its result is to be made from.
    fingerprint: Fingerprint,
    /// The result that is kept, and what it was made from.
    kept: Option<(BuiltFrom, DataFrame)>,
}

impl Before {
    /// Whether nothing has changed since.
    fn is_fresh(&self) -> bool {
        self.kept.as_ref().is_some_and(|(from, _)| from.fingerprint == self.fingerprint)
    }
}

impl<'l> Desk<'_, 'l> {
    fn before(&self, query: &Query) -> Result<Before, BuildError> {
        let (store, path) = (self.lake.store, layout::report(query.name));
        let (publication, marts) = (&self.publication.1, &self.built.marts);
        let fingerprint =
            fingerprint(query, publication, self.terms, marts, self.library).map_err(BuildError::Library)?;
        // A kept result that cannot be read is made anew, like one that is not there.
        let kept = store.open(&path, Part::Whole)?.and_then(|file| {
            let there = built_from_of(&file, &path).ok().flatten()?;
            Some((there, read_frame(file, &store.place(&path)).ok()?))
        });
        Ok(Before { fingerprint, kept })
    }

    fn answer(&self, catalog: &Catalog, query: &'l Query, before: &Before) -> Result<Made<'l>, BuildError> {
        let (store, path) = (self.lake.store, layout::report(query.name));
        if before.is_fresh()
            && let Some((_, frame)) = &before.kept
        {
            return Ok(Made { answer: Answer { query, frame: frame.clone() }, restated: None, upload: None });
        }
        let mut frame = self.rows(catalog, query, &before.fingerprint)?;
        let restated = match &before.kept {
            Some((there, kept)) => self.restated(query, there.published.as_ref(), kept, &frame)?,
            None => None,
        };
        let (name, _) = &self.publication;
        // Before the figures themselves: a crash in between leads to the same once more.
        if let Some(restated) = &restated {
            restated.write(store, &name.to_string())?;
        }
        let built_from = BuiltFrom { published: Some(name.clone()), ..BuiltFrom::of(before.fingerprint.clone()) };
        let mut upload = store.create(&path)?;
        let entries = built_from.footer_entries().into_iter().chain(self.without()).collect();
        let described = Some(self.library.described(query));
        write_frame(&mut frame, &mut upload, &store.place(&path), entries, described).map_err(BuildError::Library)?;
        Ok(Made { answer: Answer { query, frame }, restated, upload: Some(upload) })
    }

    /// The rows of a report, computed here or taken from where another engine has left them.
    fn rows(&self, catalog: &Catalog, query: &Query, made_from: &Fingerprint) -> Result<DataFrame, BuildError> {
        let rested = Rested::of(catalog, self.library, query).map_err(BuildError::Library)?;
        let Some(computed) = &self.computed else {
            return Ok(rested.frame);
        };
        let schema = catalog.schema_of(query.name, query.sql).map_err(BuildError::Library)?;
        let parts = computed.parts(self.lake.store, made_from, schema);
        let parts = parts.ok_or_else(|| BuildError::NotComputed { what: query.name.to_owned() })?;
        let rows = parts.all().map_err(BuildError::Library)?;
        let failed = |reason| BuildError::Library(QueryError::Engine { query: query.name.to_owned(), reason });
        rested.marked(query, rows).map_err(failed)
    }

    /// The footer's entry that says whom a result is without, if somebody was forgotten.
    fn without(&self) -> Option<(String, String)> {
        let events: u64 = self.lake.contents.sources().map(|(_, source)| source.counts.forgotten).sum();
        (events > 0).then(|| (WITHOUT.to_owned(), format!("{events} events of users and projects that were forgotten")))
    }

    /// The figures of final days that differ from those of an earlier publication.
    fn restated(
        &self,
        query: &Query,
        before: Option<&Fingerprint>,
        kept: &DataFrame,
        frame: &DataFrame,
    ) -> Result<Option<Restatement>, BuildError> {
        let store = self.lake.store;
        let Some(before) = before.and_then(|name| self.earlier.get(name)) else {
            return Ok(None);
        };
        let (library, after) = (self.library, (&self.publication.1, frame));
        let comparison = Comparison { query, library, store, before: (before, kept), after, since: self.since };
        let figures = comparison.figures().map_err(BuildError::Library)?;
        let restatement = Restatement { report: query.name.to_owned(), at: self.now.to_string(), figures };
        Ok((!restatement.figures.is_empty()).then_some(restatement))
    }
}

/// What a report's result is made from.
fn fingerprint(
    query: &Query,
    publication: &Publication,
    Terms { holes, window, .. }: &Terms,
    marts: &BuiltMarts,
    library: &Library,
) -> Result<Fingerprint, QueryError> {
    let tables = library.tables_of(query)?;
    let mut inputs = vec![(query.name, query.definition())];
    for view in library.of_kind(Kind::View).filter(|view| tables.contains(view.name)) {
        inputs.push((view.name, view.definition()));
    }
    inputs.extend(window.since.map(|since| ("since", since.to_string())));
    let is_read = |mart: &str, day: Day| tables.contains(mart) && window.contains(day);
    for ((mart, day), fingerprint) in marts.iter().filter(|((mart, day), _)| is_read(mart, *day)) {
        inputs.push((mart, format!("{day} {fingerprint}")));
    }
    if Series::of(query).is_some() {
        inputs.push(("breaks", library.breaks().fingerprint().to_string()));
    }
    let of_queries =
        |table: &String| library.get(Kind::View, table).is_some() || library.get(Kind::Mart, table).is_some();
    if !tables.iter().all(of_queries) {
        inputs.extend(publication.dumps.iter().map(|dumps| ("dumps", dumps.to_string())));
        inputs.extend(publication.final_until.map(|day| ("final until", day.to_string())));
        inputs.extend(holes.text().map(|holes| ("holes", holes)));
    }
    Ok(Fingerprint::of(inputs.iter().map(|(name, value)| (*name, value.as_str()))))
}
