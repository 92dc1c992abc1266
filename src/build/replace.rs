//! Replaces the files of stale days so that a reader finds no invocation twice, whenever it comes.
//!
//! Late events may show that an invocation began a day earlier: it is then in the new file of that day and in the old one
//! of the next. So the latest day is replaced first: in between the invocation is nowhere, and who reads the days in their
//! order never has it twice.
//!
//! Rarely one moves the other way: rows that said that it began earlier count no more. It is then withheld from the later
//! day until the earlier one is replaced, too. A file that lacks something is never said to be built from what it should
//! have been: after a crash its day is stale.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;
use std::sync::{Condvar, Mutex, PoisonError};

use polars::prelude::*;

use super::computed::Parts;
use super::plan::Plan;
use crate::event::Day;
use crate::lake::{BuiltFrom, Part, Store, Upload, layout};
use crate::query::{Described, MartRows, QueryError, read_text_column, write_parts, write_rows};

/// The mart that says on which day an invocation began.
const INVOCATIONS: &str = "invocations";
/// The column of a row's day, which the file's folder says.
const DAY: &str = "day";
/// Its key, which other marts refer to it by.
const KEY: &str = "invocation_id";

/// New files of a day, which nobody sees yet.
pub(super) struct DayFiles {
    store: Store,
    /// The invocations that the day before has now: these files may not have them before its own are replaced.
    before: HashSet<String>,
    /// Files that are visible at the turn of their day,
    now: Vec<Upload>,
    /// and those that wait for the day before theirs.
    later: Vec<Upload>,
}

impl DayFiles {
    /// Writes the file of a mart, to this place, of rows that are made from this.
    ///
    /// # Errors
    /// When it cannot be written, or a file that its rows come from cannot be read.
    pub(super) fn add(
        &mut self,
        mart: Described<'_>,
        path: &str,
        rows: &MartRows,
        built_from: &BuiltFrom,
    ) -> Result<(), QueryError> {
        let whole = self.upload(mart, path, rows, built_from.footer_entries())?;
        let rest = without(rows, &self.before);
        match rest.map_err(|reason| QueryError::File { path: self.store.place(path), reason })? {
            None => self.now.push(whole),
            Some(rest) => {
                self.now.push(self.upload(mart, path, &rest, Vec::new())?);
                self.later.push(whole);
            }
        }
        Ok(())
    }

    /// Writes the file of a mart's day of rows that another engine has computed, one part after the other.
    ///
    /// # Errors
    /// When it cannot be written, a part cannot be read, or has rows of another day.
    pub(super) fn add_parts(
        &mut self,
        mart: Described<'_>,
        day: Day,
        parts: &Parts<'_>,
        built_from: &BuiltFrom,
    ) -> Result<(), QueryError> {
        let path = &layout::mart_day(mart.query.name, day);
        let place = self.store.place(path);
        let mut schema = parts.schema().as_ref().clone();
        schema.shift_remove(DAY);
        let mut withheld = false;
        let whole = parts.each().map(|part| {
            let part = part?;
            let is_of_day =
                part.column(DAY).and_then(|days| is_of(days, day)).map_err(|reason| failed(&place, reason))?;
            if !is_of_day {
                let reason = polars_err!(ComputeError: "rows of other days than {day} were computed for it");
                return Err(failed(&place, reason));
            }
            withheld |= without_frame(&part, &self.before).map_err(|reason| failed(&place, reason))?.is_some();
            part.drop(DAY).map_err(|reason| failed(&place, reason))
        });
        let mut upload = self.store.create(path)?;
        write_parts(whole, &schema, &mut upload, &place, built_from.footer_entries(), mart)?;
        if !withheld {
            self.now.push(upload);
            return Ok(());
        }
        self.later.push(upload);
        let rest = parts.each().map(|part| {
            let part = part?;
            let rest = without_frame(&part, &self.before).map_err(|reason| failed(&place, reason))?.unwrap_or(part);
            rest.drop(DAY).map_err(|reason| failed(&place, reason))
        });
        let mut upload = self.store.create(path)?;
        write_parts(rest, &schema, &mut upload, &place, Vec::new(), mart)?;
        self.now.push(upload);
        Ok(())
    }

    fn upload(
        &self,
        mart: Described<'_>,
        path: &str,
        rows: &MartRows,
        footer: Vec<(String, String)>,
    ) -> Result<Upload, QueryError> {
        let mut upload = self.store.create(path)?;
        write_rows(rows, &mut upload, &self.store.place(path), footer, mart)?;
        Ok(upload)
    }
}

/// Lets days be replaced one after the other, in the order of their numbers.
pub(super) struct Turns<'s> {
    store: &'s Store,
    /// The days, by number.
    days: Vec<Day>,
    stale: BTreeSet<Day>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The number of the day whose turn it is.
    turn: usize,
    /// A day could not be built or replaced: those after it must stay as they are.
    failed: bool,
    /// Files that wait for the day before theirs.
    held: BTreeMap<Day, Vec<Upload>>,
}

impl<'s> Turns<'s> {
    pub(super) fn new(store: &'s Store, plan: &Plan) -> Self {
        let days: Vec<Day> = plan.days.iter().rev().map(|planned| planned.day).collect();
        let stale = days.iter().copied().collect();
        Self { store, days, stale, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Whether a day could not be built or replaced: then no other one will be.
    pub(super) fn have_failed(&self) -> bool {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).failed
    }

    /// New files, none yet, of the day with this number.
    ///
    /// # Errors
    /// When a file that they may not go together with cannot be read.
    pub(super) fn files_of(&self, number: usize) -> Result<DayFiles, QueryError> {
        let before = self.old_invocations(self.days[number].plus(-1))?;
        Ok(DayFiles { store: self.store.clone(), before, now: Vec::new(), later: Vec::new() })
    }

    /// Replaces the files of the day with this number as soon as its turn comes.
    ///
    /// # Errors
    /// When the day could not be built, or a file cannot be replaced. Where another day has failed before, no file is
    /// replaced and nothing is wrong.
    pub(super) fn replace(&self, number: usize, built: Result<DayFiles, QueryError>) -> Result<(), QueryError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.turn != number && !state.failed {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.failed {
            return built.map(drop);
        }
        let replaced = built.and_then(|DayFiles { now, later, .. }| {
            self.store.commit(now)?;
            let day = self.days[number];
            if !later.is_empty() {
                state.held.insert(day, later);
            }
            Ok(self.store.commit(state.held.remove(&day.plus(1)).unwrap_or_default())?)
        });
        state.turn += 1;
        state.failed = replaced.is_err();
        self.changed.notify_all();
        replaced
    }

    /// The invocations that a day has now and that its new file may not have.
    fn old_invocations(&self, day: Day) -> Result<HashSet<String>, QueryError> {
        let path = layout::mart_day(INVOCATIONS, day);
        match self.stale.contains(&day).then(|| self.store.open(&path, Part::Columns(&[KEY]))).transpose()?.flatten() {
            Some(file) => read_text_column(file, &self.store.place(&path), KEY),
            None => Ok(HashSet::new()),
        }
    }
}

/// Whether all of some days are this one.
fn is_of(days: &Column, day: Day) -> PolarsResult<bool> {
    Ok(days.date()?.physical().iter().all(|of| of == Some(day.number())))
}

fn failed(place: &Path, reason: PolarsError) -> QueryError {
    QueryError::File { path: place.to_owned(), reason }
}

/// The rows of a part of other invocations than these; `None` if there is no row of one of these.
fn without_frame(part: &DataFrame, invocations: &HashSet<String>) -> PolarsResult<Option<DataFrame>> {
    if invocations.is_empty() || !part.schema().contains(KEY) {
        return Ok(None);
    }
    let others = others(part.column(KEY)?, invocations)?;
    if others.all() { Ok(None) } else { part.filter_seq(&others).map(Some) }
}

/// Which rows are of other invocations than these.
fn others(keys: &Column, invocations: &HashSet<String>) -> PolarsResult<BooleanChunked> {
    Ok(keys.str()?.iter().map(|key| key.is_none_or(|key| !invocations.contains(key))).collect())
}

/// The rows of other invocations than these; `None` if there is no row of one of these.
fn without(rows: &MartRows, invocations: &HashSet<String>) -> PolarsResult<Option<MartRows>> {
    if invocations.is_empty() || !rows.schema().contains(KEY) {
        return Ok(None);
    }
    let others = others(&rows.column(KEY)?, invocations)?;
    if others.all() { Ok(None) } else { rows.filter(&others).map(Some) }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use std::sync::LazyLock;

    use super::*;
    use crate::build::computed::Computed;
    use crate::build::plan::PlannedDay;
    use crate::lake::{Fingerprint, Inputs, read_built_from};
    use crate::query::{Kind, Library, write_frame};

    const FIRST: i32 = 20_000;

    fn day(number: i32) -> Day {
        Day::from_number(FIRST + number)
    }

    fn built_from(text: &str) -> BuiltFrom {
        BuiltFrom::of(Fingerprint::of([("a test", text)]))
    }

    /// The mart, whose header is not that of these rows.
    fn mart() -> Described<'static> {
        static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::load().expect("the library"));
        LIBRARY.described(LIBRARY.get(Kind::Mart, INVOCATIONS).expect("a mart"))
    }

    /// The files of a day, whose turn it is at this number, with these invocations.
    fn files(turns: &Turns<'_>, number: usize, invocations: &[&str], version: &str) -> DayFiles {
        let rows = df!(KEY => invocations, "runs" => vec![1; invocations.len()]).map(MartRows::of_frame);
        let path = layout::mart_day(INVOCATIONS, turns.days[number]);
        let mut files = turns.files_of(number).expect("readable");
        files.add(mart(), &path, &rows.expect("a frame"), &built_from(version)).expect("written");
        files
    }

    /// A lake whose days, from 0 on, have these invocations, and turns to replace all of them.
    fn with_lake(old: &[&[&str]], test: impl FnOnce(&Store, &Turns<'_>)) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        let days = (0..).zip(old).map(|(number, _)| PlannedDay {
            day: day(number),
            inputs: Inputs::default(),
            stale: Vec::new(),
            causes: BTreeSet::new(),
        });
        let plan = Plan { days: days.collect(), ..Plan::default() };
        let turns = Turns::new(&store, &plan);
        for (number, invocations) in old.iter().rev().enumerate() {
            turns.replace(number, Ok(files(&turns, number, invocations, "old"))).expect("replaced");
        }
        test(&store, &Turns::new(&store, &plan));
    }

    /// The invocations of a day, sorted, and whether its file says what it is built from.
    fn there(store: &Store, number: i32) -> (Vec<String>, bool) {
        let path = layout::mart_day(INVOCATIONS, day(number));
        let file = store.open(&path, Part::Whole).expect("readable").expect("there");
        let mut invocations: Vec<_> =
            read_text_column(file, &store.place(&path), KEY).expect("a column").into_iter().collect();
        invocations.sort_unstable();
        (invocations, read_built_from(store, &path).expect("a footer") == Some(built_from("new")))
    }

    #[test]
    fn the_latest_day_is_replaced_first_whichever_is_built_first() {
        with_lake(&[&["a"], &["b"], &["c"]], |store, turns| {
            thread::scope(|scope| {
                for number in [2, 1] {
                    scope.spawn(move || turns.replace(number, Ok(files(turns, number, &["x"], "new"))));
                }
                assert_eq!([0, 1, 2].map(|of| there(store, of).1), [false; 3]);
                turns.replace(0, Ok(files(turns, 0, &["c"], "new"))).expect("replaced");
            });
            assert_eq!([0, 1, 2].map(|of| there(store, of).1), [true; 3]);
        });
    }

    #[test]
    fn an_invocation_that_moves_to_a_later_day_waits_for_the_earlier_one() {
        with_lake(&[&["moves", "stays"], &["other"]], |store, turns| {
            turns.replace(0, Ok(files(turns, 0, &["moves", "other"], "new"))).expect("replaced");
            assert_eq!(there(store, 1), (vec!["other".to_owned()], false));
            turns.replace(1, Ok(files(turns, 1, &["stays"], "new"))).expect("replaced");
            assert_eq!(there(store, 0), (vec!["stays".to_owned()], true));
            assert_eq!(there(store, 1), (vec!["moves".to_owned(), "other".to_owned()], true));
        });
    }

    /// The same files, of rows that another engine has computed, in parts of these invocations.
    fn taken(turns: &Turns<'_>, number: usize, parts: &[&[&str]], of: Day) -> Result<DayFiles, QueryError> {
        let made_from = Fingerprint::of([("computed for", format!("{number} {parts:?}").as_str())]);
        let folder = format!("{}/attempt", layout::computed(&made_from));
        let mut schema = None;
        for (number, invocations) in parts.iter().enumerate() {
            let days: Int32Chunked = invocations.iter().map(|_| Some(of.number())).collect();
            let mut frame = df!(KEY => *invocations, "runs" => vec![1; invocations.len()]).expect("a frame");
            frame.with_column(days.with_name(DAY.into()).into_date().into_column()).expect("a column");
            schema = Some(frame.schema().clone());
            let (path, mut bytes) = (format!("{folder}/part-{number:05}.parquet"), Vec::new());
            write_frame(&mut frame, &mut bytes, Path::new(&path), Vec::new(), None).expect("written");
            turns.store.put(&path, &bytes).expect("put");
        }
        turns.store.put(&format!("{folder}/_SUCCESS"), b"").expect("put");
        let computed = Computed::read(turns.store).expect("listed");
        let parts = computed.parts(turns.store, &made_from, schema.expect("a part")).expect("whole");
        let mut files = turns.files_of(number)?;
        files.add_parts(mart(), turns.days[number], &parts, &built_from("new")).map(|()| files)
    }

    #[test]
    fn rows_that_another_engine_has_computed_are_withheld_alike() {
        with_lake(&[&["moves", "stays"], &["other"]], |store, turns| {
            turns.replace(0, taken(turns, 0, &[&["moves"], &["other"]], day(1))).expect("replaced");
            assert_eq!(there(store, 1), (vec!["other".to_owned()], false));
            turns.replace(1, taken(turns, 1, &[&["stays"]], day(0))).expect("replaced");
            assert_eq!(there(store, 0), (vec!["stays".to_owned()], true));
            assert_eq!(there(store, 1), (vec!["moves".to_owned(), "other".to_owned()], true));
        });
        with_lake(&[&["a"]], |_, turns| {
            let error = taken(turns, 0, &[&["a"]], day(1)).err().expect("of another day").to_string();
            assert!(error.contains("rows of other days than"), "{error}");
        });
    }

    #[test]
    fn after_a_failure_earlier_days_stay_as_they_are() {
        with_lake(&[&["a"], &["b"]], |store, turns| {
            let failure = QueryError::NoTable { table: "t".to_owned(), known: Vec::new() };
            assert!(turns.replace(0, Err(failure)).is_err() && turns.have_failed());
            turns.replace(1, Ok(files(turns, 1, &["b"], "new"))).expect("nothing is wrong with it");
            assert_eq!([0, 1].map(|of| there(store, of).1), [false; 2]);
            assert_eq!(store.walk("marts", usize::MAX).expect("listed").len(), 2, "something unfinished is left");
        });
    }
}
