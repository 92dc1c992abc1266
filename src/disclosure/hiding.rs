//! Which rows are hidden: those that rest on too few projects, and those by which they would come back.
//!
//! A figure of a hidden row comes back if it follows from figures that are shown, in whichever tables. So does the sum of
//! several hidden rows that rest on too few projects together. Where one follows, the smallest row that it follows from is
//! hidden as well, in every table that shows the same; until nothing of few projects follows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use polars::prelude::*;
use rayon::prelude::*;

use super::base::{Atoms, Base};
use super::cell::{Cell, TIMES};
use super::span::{Rest, Span, opposite, together};
use super::system::{By, Figure, Place, System, row};
use super::table::Table;

/// How figures of all tables follow from each other.
pub(super) struct Systems<'b> {
    all: Vec<System<'b>>,
    /// Rows that tell of a cell beside their own, with the rows of that cell.
    beside: Vec<(Place, Vec<Place>)>,
}

/// A sum that is known.
struct Equation {
    atoms: Atoms,
    /// By whom: all of them have to be silent, so that it is not.
    told: Silence,
}

/// What is not told any more.
#[derive(Default)]
struct Silence {
    /// Rows that are hidden.
    rows: BTreeSet<Place>,
    /// Tables whose hidden rows are left out instead of folded.
    unfolded: BTreeSet<usize>,
    /// Totals of the system that are not taken as known by everybody.
    totals: BTreeSet<usize>,
}

/// A figure that is hidden, and what of it does not follow.
struct Hidden<'s> {
    figure: &'s Figure,
    rest: Rest,
    mark: u32,
}

impl<'b> Systems<'b> {
    /// Those of some tables.
    ///
    /// # Errors
    /// When a count is none.
    pub fn of(tables: &[Table<'_>], bases: &'b [Base]) -> PolarsResult<Self> {
        let mut by_cell: BTreeMap<&Cell, Vec<Place>> = BTreeMap::new();
        for (number, table) in tables.iter().enumerate() {
            for (row, of) in table.rows.iter().enumerate() {
                by_cell.entry(&of.told.own).or_default().push((number, row));
            }
        }
        let mut beside = Vec::new();
        for (number, table) in tables.iter().enumerate() {
            for (row, of) in table.rows.iter().enumerate() {
                let rows = of.told.also.iter().filter_map(|cell| by_cell.get(cell)).flatten().copied();
                let rows: Vec<Place> = rows.collect();
                if !rows.is_empty() {
                    beside.push(((number, row), rows));
                }
            }
        }
        Ok(Self { all: System::all(tables, bases)?, beside })
    }

    /// Hides what has to be hidden, given what is.
    pub fn settle(&self, tables: &mut [Table<'_>]) {
        let mut withdrawn: Vec<BTreeSet<usize>> = vec![BTreeSet::new(); self.all.len()];
        // How much was hidden when a system was last looked at.
        let mut seen: Vec<Option<usize>> = vec![None; self.all.len()];
        // Only more is hidden each time, so that it ends.
        loop {
            self.hide_beside(tables);
            let states = self.all.iter().zip(&withdrawn);
            let states: Vec<usize> = states.map(|(system, withdrawn)| system.state(tables) + withdrawn.len()).collect();
            let news: Vec<usize> =
                (0..states.len()).filter(|of| seen.get(*of) != Some(&states.get(*of).copied())).collect();
            if news.is_empty() {
                break;
            }
            let silences: Vec<(usize, Silence)> = {
                let tables: &[Table<'_>] = tables;
                let silence = |&of: &usize| {
                    let (system, withdrawn) = self.all.get(of).zip(withdrawn.get(of))?;
                    Some((of, given_away(system, tables, withdrawn)))
                };
                news.par_iter().filter_map(silence).collect()
            };
            for (of, silence) in silences {
                if let Some(seen) = seen.get_mut(of) {
                    *seen = states.get(of).copied();
                }
                for place in silence.rows {
                    hide(tables, place);
                }
                for table in silence.unfolded {
                    if let Some(table) = tables.get_mut(table) {
                        table.folds = false;
                    }
                }
                if let Some(withdrawn) = withdrawn.get_mut(of) {
                    withdrawn.extend(silence.totals);
                }
            }
        }
    }

    /// Hides rows that tell of a cell beside their own that no table shows.
    fn hide_beside(&self, tables: &mut [Table<'_>]) {
        for (place, others) in &self.beside {
            let is_shown = |place: &Place| row(tables, *place).is_some_and(|row| !row.is_hidden);
            if !others.iter().any(is_shown) {
                hide(tables, *place);
            }
        }
    }
}

impl System<'_> {
    /// How much of its tables is hidden, or not folded.
    fn state(&self, tables: &[Table<'_>]) -> usize {
        let hidden = self.figures.iter().filter(|figure| is_hidden(tables, figure)).count();
        let unfolded = self.figures.iter().filter(|figure| tables.get(figure.of.0).is_some_and(|table| !table.folds));
        hidden.saturating_add(unfolded.count())
    }
}

fn hide(tables: &mut [Table<'_>], (table, row): Place) {
    if let Some(row) = tables.get_mut(table).and_then(|table| table.rows.get_mut(row)) {
        row.is_hidden = true;
    }
}

/// Whether no row shows a figure.
fn is_hidden(tables: &[Table<'_>], figure: &Figure) -> bool {
    figure.is_blank || figure.place.and_then(|place| row(tables, place)).is_none_or(|row| row.is_hidden)
}

/// What has to be silent so that nothing that rests on few projects follows from the figures of a system.
fn given_away(system: &System<'_>, tables: &[Table<'_>], withdrawn: &BTreeSet<usize>) -> Silence {
    // A figure is hidden if no row of its table shows it.
    let mut by_figure: BTreeMap<((usize, usize), &[u32]), &Figure> = BTreeMap::new();
    for figure in system.figures.iter().filter(|figure| is_hidden(tables, figure)) {
        by_figure.entry((figure.of, &figure.atoms)).or_insert(figure);
    }
    for figure in system.figures.iter().filter(|figure| !is_hidden(tables, figure)) {
        by_figure.remove(&(figure.of, &*figure.atoms));
    }
    if !by_figure.values().any(|figure| figure.is_few) {
        return Silence::default();
    }
    let (equations, by_atoms) = equations(system, tables, withdrawn);
    let span = Span::of(&equations.iter().map(|equation| &*equation.atoms).collect::<Vec<_>>());
    let mut breaks = Breaks { equations: &equations, tables, silence: Silence::default(), broken: BTreeSet::new() };
    let mut by_table: BTreeMap<(usize, usize), Vec<Hidden<'_>>> = BTreeMap::new();
    let mut rests: HashMap<&[u32], Rest> = HashMap::new();
    for (&(of, atoms), &figure) in &by_figure {
        let rest = rests.entry(atoms).or_insert_with(|| span.rest(atoms)).clone();
        if rest.is_nothing() {
            if figure.is_few && figure.place.is_some() {
                breaks.add(of.0, &rest, by_atoms.get(atoms).copied());
            }
            continue;
        }
        by_table.entry(of).or_default().push(Hidden { figure, mark: rest.mark(), rest });
    }
    for (of, hidden) in &by_table {
        for members in groups(hidden) {
            let some: Vec<&Hidden<'_>> = members.iter().filter_map(|member| hidden.get(*member)).collect();
            let Some((first, others)) = some.split_first() else { continue };
            let rest = others.iter().fold(first.rest.clone(), |all, one| all.and(&one.rest));
            let figures: Vec<&Figure> = some.iter().map(|one| one.figure).collect();
            let is_something = figures.iter().map(|figure| figure.value).sum::<i64>() != 0;
            if rest.is_nothing() && is_something && system.is_few(tables, &figures) {
                breaks.add(of.0, &rest, None);
            }
        }
    }
    breaks.silence
}

/// What is known, each once.
fn equations(
    system: &System<'_>,
    tables: &[Table<'_>],
    withdrawn: &BTreeSet<usize>,
) -> (Vec<Equation>, HashMap<Atoms, usize>) {
    let mut equations: Vec<Equation> = Vec::new();
    let mut by_atoms: HashMap<Atoms, usize> = HashMap::new();
    let mut known = |atoms: &Atoms, told: Silence| {
        if atoms.is_empty() {
            return;
        }
        let next = equations.len();
        let number = *by_atoms.entry(Atoms::clone(atoms)).or_insert(next);
        if number == next {
            equations.push(Equation { atoms: Atoms::clone(atoms), told: Silence::default() });
        }
        if let Some(equation) = equations.get_mut(number) {
            equation.told.rows.extend(told.rows);
            equation.told.unfolded.extend(told.unfolded);
            equation.told.totals.extend(told.totals);
        }
    };
    let rows = |rows: BTreeSet<Place>| Silence { rows, ..Silence::default() };
    for figure in system.figures.iter().filter(|figure| !is_hidden(tables, figure)) {
        known(&figure.atoms, rows(figure.place.into_iter().collect()));
    }
    for (number, total) in system.totals.iter().enumerate() {
        let shown = |places: &[Place]| -> BTreeSet<Place> {
            places.iter().filter(|place| row(tables, **place).is_some_and(|row| !row.is_hidden)).copied().collect()
        };
        let folded = |places: &[Place]| -> BTreeSet<usize> {
            let hidden = places.iter().filter(|place| row(tables, **place).is_some_and(|row| row.is_hidden));
            let folds = hidden.filter(|(table, _)| tables.get(*table).is_some_and(|table| table.folds));
            folds.map(|(table, _)| *table).collect()
        };
        let told = match &total.by {
            By::Everybody if withdrawn.contains(&number) => continue,
            By::Everybody => Silence { totals: BTreeSet::from([number]), ..Silence::default() },
            By::Rows(places) => Silence { rows: shown(places), unfolded: folded(places), ..Silence::default() },
            By::UnfoldedRows(places) if !folded(places).is_empty() => continue,
            By::OwnRows(places) | By::UnfoldedRows(places) => rows(shown(places)),
        };
        if !(told.rows.is_empty() && told.unfolded.is_empty() && told.totals.is_empty()) {
            known(&total.atoms, told);
        }
    }
    for (table, figures) in folded(system, tables) {
        let atoms: BTreeSet<u32> = figures.iter().flat_map(|figure| figure.atoms.iter().copied()).collect();
        // What rests on too few projects is not shown.
        let is_one = atoms.len() == figures.iter().map(|figure| figure.atoms.len()).sum::<usize>();
        if is_one && !system.is_few(tables, &figures) {
            known(&atoms.into_iter().collect(), Silence { unfolded: BTreeSet::from([table]), ..Silence::default() });
        }
    }
    (equations, by_atoms)
}

/// The figures of hidden rows that are folded together, each with its table.
fn folded<'s>(system: &'s System<'_>, tables: &[Table<'_>]) -> Vec<(usize, Vec<&'s Figure>)> {
    type Times<'a> = Vec<&'a Option<String>>;
    let mut groups: BTreeMap<((usize, usize), Times<'_>), Vec<&Figure>> = BTreeMap::new();
    for figure in &system.figures {
        let Some(row) = figure.place.and_then(|place| row(tables, place)) else { continue };
        if row.is_hidden && tables.get(figure.of.0).is_some_and(|table| table.folds) {
            let times = TIMES.iter().filter_map(|time| row.told.own.get(*time)).collect();
            groups.entry((figure.of, times)).or_default().push(figure);
        }
    }
    groups.into_iter().map(|((of, _), figures)| (of.0, figures)).collect()
}

/// What has to be silent, so that combinations of equations break.
struct Breaks<'a> {
    equations: &'a [Equation],
    tables: &'a [Table<'a>],
    silence: Silence,
    /// The equations that are none any more.
    broken: BTreeSet<usize>,
}

impl Breaks<'_> {
    /// Breaks what of a table follows: of the equations that it follows from, the one whose rows rest on fewest projects is
    /// none any more, if there is one of this table. Where it is one of the equations itself, that is the one.
    fn add(&mut self, table: usize, rest: &Rest, itself: Option<usize>) {
        let used: Vec<usize> = match itself {
            Some(number) => vec![number],
            None => rest.equations().collect(),
        };
        if used.iter().any(|number| self.broken.contains(number)) {
            return;
        }
        let cost = |number: usize| {
            let told = &self.equations.get(number)?.told;
            let rows = told.rows.iter().filter_map(|place| row(self.tables, *place));
            let projects: Vec<u64> = rows.map(|row| row.projects).collect();
            // What rests on few projects, and is shown, is so for good reasons.
            let is_few = projects.iter().any(|projects| *projects < self.tables.first().map_or(0, |table| table.least));
            let is_beside = told.rows.iter().any(|place| place.0 == table);
            Some((told.totals.len(), told.unfolded.len(), !is_beside, is_few, projects.iter().sum::<u64>(), number))
        };
        if let Some((.., number)) = used.into_iter().filter_map(cost).min() {
            self.broken.insert(number);
            if let Some(equation) = self.equations.get(number) {
                self.silence.rows.extend(&equation.told.rows);
                self.silence.unfolded.extend(&equation.told.unfolded);
                self.silence.totals.extend(&equation.told.totals);
            }
        }
    }
}

/// Sums of hidden figures of a table that may follow: of all with the same values of some dimensions, of two, and of three.
fn groups(hidden: &[Hidden<'_>]) -> BTreeSet<Vec<usize>> {
    let mut found = BTreeSet::new();
    let dimensions = hidden.first().map_or(0, |hidden| hidden.figure.key.len());
    for some in 0_u32..(1 << dimensions.min(8)) {
        let mut alike: BTreeMap<Vec<u32>, Vec<usize>> = BTreeMap::new();
        for (place, hidden) in hidden.iter().enumerate() {
            let key = hidden.figure.key.iter().enumerate().filter(|(number, _)| some >> number & 1 == 1);
            alike.entry(key.map(|(_, value)| *value).collect()).or_default().push(place);
        }
        let marks = |members: &[usize]| together(members.iter().filter_map(|one| Some(hidden.get(*one)?.mark)));
        found.extend(alike.into_values().filter(|members| members.len() > 1 && marks(members) == 0));
    }
    let few: Vec<(usize, u32)> =
        hidden.iter().enumerate().filter(|(_, one)| one.figure.is_few).map(|(place, one)| (place, one.mark)).collect();
    let mut by_mark: HashMap<u32, Vec<usize>> = HashMap::new();
    for (place, mark) in &few {
        by_mark.entry(*mark).or_default().push(*place);
    }
    for (number, (one, mark)) in few.iter().enumerate() {
        let alone = by_mark.get(&opposite(*mark)).into_iter().flatten();
        found.extend(alone.filter(|two| *two > one).map(|two| vec![*one, *two]));
        for (two, of_two) in few.iter().skip(number + 1) {
            let three = by_mark.get(&opposite(together([*mark, *of_two].into_iter()))).into_iter().flatten();
            found.extend(three.filter(|three| *three > two).map(|three| vec![*one, *two, *three]));
        }
    }
    found
}
