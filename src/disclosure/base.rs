//! Bases: what the figures of tables are sums over, runs or node runs.
//!
//! An atom of a base is what all runs of one project have in common that have the same values of all dimensions. Every
//! figure that adds up is a sum over atoms, and one figure follows from others if its atoms do.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use polars::prelude::*;

use super::cell::Cell;
use super::span::Random;
use crate::query::{Catalog, Kind, Library, QueryError};

/// Which atoms a figure sums, by their places, in order.
pub(super) type Atoms = Arc<[u32]>;

/// The atoms of cells, by the numbers of their values.
pub(super) type ByCell = HashMap<Vec<u32>, Atoms>;

/// Values of dimensions that the atoms of a figure have beside those of its cell: with the first, this value.
pub(super) type Condition = &'static [(&'static str, &'static str)];

/// A base by its view in `queries/views`.
pub(super) struct Source {
    /// The view. Its whole numbers are measures; its texts are dimensions, but for the project.
    pub view: &'static str,
    /// What tables are limited to, where they are not about all.
    conditions: &'static [Condition],
    /// Dimensions that belong together, so that nobody is astonished by any combination of the values of several such parts.
    /// The first dimension is given: it is of another part, and the same in both. Dimensions that are in none are of the
    /// first part.
    parts: &'static [(Option<&'static str>, &'static [&'static str])],
    /// Measures that rest on the projects of another one.
    rests: &'static [(&'static str, &'static str)],
    /// The measure of everything.
    all: &'static str,
}

impl Source {
    /// The number of the part that a dimension is of.
    fn part_of(&self, name: &str) -> usize {
        self.parts.iter().position(|(_, names)| names.contains(&name)).unwrap_or_default()
    }
}

/// The bases. Their parts are those that dbt's events have: what ran, the engine, the machine, the project, where, when.
pub(super) const SOURCES: [Source; 2] = [
    Source {
        view: "run_figures",
        conditions: &[&[], &[("has_project", "true")], &[("os", "linux")], &[("is_prerelease", "true")]],
        parts: &[
            (None, &["command"]),
            (None, &["engine", "dbt_version", "dbt_minor", "is_prerelease"]),
            (Some("engine"), &["os", "arch", "libc", "python_minor"]),
            (Some("command"), &["has_project", "is_template_project", "adapter"]),
            (None, &["environment"]),
            (None, &["country"]),
            (None, &["day", "week", "month"]),
        ],
        rests: &[
            ("successes", "known_runs"),
            ("failures", "failures"),
            ("by_report", "known_runs"),
            ("by_nodes", "known_runs"),
            ("known_runs", "known_runs"),
            ("active_runs", "active_runs"),
            ("timed_runs", "timed_runs"),
            ("active_timed_runs", "active_timed_runs"),
        ],
        all: "runs",
    },
    Source {
        view: "node_figures",
        conditions: &[
            &[],
            &[("is_test", "false")],
            &[("materialization", "incremental")],
            &[("is_test", "false"), ("materialization", "incremental")],
        ],
        parts: &[
            (None, &["resource_type"]),
            (None, &["engine", "dbt_minor"]),
            (None, &["has_project", "adapter", "adapter_version"]),
            (None, &["day", "week"]),
        ],
        rests: &[("known_nodes", "known_nodes"), ("successes", "known_nodes"), ("timed_nodes", "timed_nodes")],
        all: "nodes",
    },
];

/// The project of an atom that has none that is known.
const NOBODY: u32 = u32::MAX;

/// How many atoms at most are made up.
const MOST_MADE_UP: usize = 20_000;

/// What the figures of tables are sums over.
pub(super) struct Base {
    source: &'static Source,
    dimensions: BTreeMap<String, Dimension>,
    measures: Vec<(String, Vec<i64>)>,
    projects: Vec<u32>,
}

/// A dimension: the values that there are, and the number of that of each atom.
struct Dimension {
    values: HashMap<Option<String>, u32>,
    of: Vec<u32>,
}

impl Base {
    /// That of the tables of a catalog.
    ///
    /// # Errors
    /// When its view cannot be computed.
    pub fn of(catalog: &Catalog, library: &Library, source: &'static Source) -> Result<Self, QueryError> {
        let none =
            || QueryError::Engine { query: source.view.to_owned(), reason: polars_err!(ComputeError: "no view") };
        let view = library.get(Kind::View, source.view).ok_or_else(none)?;
        let frame = catalog.run(view.name, view.sql)?;
        Self::new(source, &frame).map_err(|reason| QueryError::Engine { query: view.name.to_owned(), reason })
    }

    /// Of the rows of its view.
    ///
    /// What does not happen is no knowledge: nobody knows of a combination that it does not happen to be there. So there are
    /// made-up atoms besides, of parts of several, which add nothing to any figure.
    ///
    /// # Errors
    /// When a column is not what it should be.
    pub fn new(source: &'static Source, frame: &DataFrame) -> PolarsResult<Self> {
        let mut base = Self { source, dimensions: BTreeMap::new(), measures: Vec::new(), projects: Vec::new() };
        for column in frame.columns() {
            let name = column.name().to_string();
            if !column.dtype().is_string() {
                base.measures.push((name, column.cast(&DataType::Int64)?.i64()?.into_no_null_iter().collect()));
                continue;
            }
            let mut values = HashMap::new();
            let of = column.str()?.iter().map(|value| {
                let next = u32::try_from(values.len()).unwrap_or(NOBODY);
                *values.entry(value.map(str::to_owned)).or_insert(next)
            });
            let of: Vec<u32> = of.collect();
            if name == "project_key" {
                let nobody = values.get(&None).copied();
                base.projects =
                    of.into_iter().map(|project| if Some(project) == nobody { NOBODY } else { project }).collect();
            } else {
                base.dimensions.insert(name, Dimension { values, of });
            }
        }
        base.make_up();
        Ok(base)
    }

    fn make_up(&mut self) {
        let real = self.projects.len();
        let mut random = Random::new(7);
        let made_up: Vec<Vec<usize>> = {
            // The atoms of each value of the dimensions that are given.
            let given = self.source.parts.iter().filter_map(|(given, _)| *given);
            let alike: BTreeMap<&str, HashMap<u32, Vec<usize>>> = given
                .filter_map(|name| {
                    let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
                    for (atom, value) in self.dimensions.get(name)?.of.iter().enumerate() {
                        places.entry(*value).or_default().push(atom);
                    }
                    Some((name, places))
                })
                .collect();
            (0..real.min(MOST_MADE_UP))
                .map(|_| {
                    let mut picked: Vec<usize> = Vec::new();
                    for (given, _) in self.source.parts {
                        let like = given.and_then(|name| {
                            let value = self.dimensions.get(name)?.of.get(*picked.get(self.source.part_of(name))?)?;
                            alike.get(name)?.get(value)
                        });
                        picked.push(match like {
                            Some(atoms) => atoms.get(random.below(atoms.len())).copied().unwrap_or_default(),
                            None => random.below(real),
                        });
                    }
                    picked
                })
                .collect()
        };
        for (name, dimension) in &mut self.dimensions {
            let part = self.source.part_of(name);
            let from = made_up.iter().filter_map(|picked| dimension.of.get(*picked.get(part)?).copied());
            let from: Vec<u32> = from.collect();
            dimension.of.extend(from);
        }
        for (_, measure) in &mut self.measures {
            measure.resize(real + made_up.len(), 0);
        }
        self.projects.resize(real + made_up.len(), NOBODY);
    }

    /// How many measures there are.
    pub fn measures(&self) -> usize {
        self.measures.len()
    }

    /// What tables may be limited to.
    pub fn conditions(&self) -> &'static [Condition] {
        self.source.conditions
    }

    /// Whether it has all of some dimensions.
    pub fn has(&self, names: &BTreeSet<&str>) -> bool {
        names.iter().all(|name| self.dimensions.contains_key(*name))
    }

    /// The atoms that fulfil a condition, by their values of some dimensions.
    pub fn cells(&self, names: &BTreeSet<&str>, condition: Condition) -> ByCell {
        let of: Vec<&Dimension> = names.iter().filter_map(|name| self.dimensions.get(*name)).collect();
        let wanted = condition.iter().map(|(name, value)| {
            let dimension = self.dimensions.get(*name)?;
            Some((dimension, *dimension.values.get(&Some((*value).to_owned()))?))
        });
        // Of a value that nobody has there is no atom.
        let Some(wanted) = wanted.collect::<Option<Vec<_>>>() else { return HashMap::new() };
        let mut cells: HashMap<Vec<u32>, Vec<u32>> = HashMap::new();
        for atom in 0..self.projects.len() {
            if wanted.iter().all(|(dimension, value)| dimension.of.get(atom) == Some(value)) {
                let key: Vec<u32> = of.iter().filter_map(|dimension| dimension.of.get(atom).copied()).collect();
                cells.entry(key).or_default().push(u32::try_from(atom).unwrap_or(NOBODY));
            }
        }
        cells.into_iter().map(|(key, atoms)| (key, atoms.into())).collect()
    }

    /// The numbers of a cell's values of some dimensions; `None` if no atom has such a value.
    pub fn key(&self, names: &BTreeSet<&str>, cell: &Cell) -> Option<Vec<u32>> {
        names.iter().map(|name| self.dimensions.get(*name)?.values.get(cell.get(*name)?).copied()).collect()
    }

    /// Whether an atom's values of some dimensions are all known.
    pub fn is_all_known(&self, names: &BTreeSet<&str>, atom: u32) -> bool {
        let of = names.iter().filter_map(|name| self.dimensions.get(*name));
        let mut is_unknown =
            of.map(|of| of.values.get(&None).is_some_and(|none| of.of.get(atom as usize) == Some(none)));
        !is_unknown.any(|is_unknown| is_unknown)
    }

    /// The sum of a measure over some atoms.
    pub fn sum(&self, atoms: &[u32], measure: usize) -> i64 {
        let Some((_, values)) = self.measures.get(measure) else { return 0 };
        atoms.iter().filter_map(|atom| values.get(*atom as usize)).sum()
    }

    /// The measure whose projects the sums of another one rest on.
    pub fn rests(&self, measure: usize) -> usize {
        let name = self.measures.get(measure).map_or("", |(name, _)| name.as_str());
        let rests = self.source.rests.iter().find(|(of, _)| *of == name).map_or(self.source.all, |(_, on)| on);
        self.measures.iter().position(|(of, _)| of == rests).unwrap_or(measure)
    }

    /// How many projects those of some atoms are of that have something of a measure.
    pub fn projects(&self, atoms: &[u32], measure: usize) -> u64 {
        let mut projects: Vec<u32> = self.projects_of(atoms, measure).collect();
        projects.sort_unstable();
        projects.dedup();
        projects.len() as u64
    }

    /// Whether sets of atoms, each with a measure, are of fewer projects together than so many.
    pub fn is_few<'s>(&self, mut sets: impl Iterator<Item = (&'s [u32], usize)>, least: u64) -> bool {
        let mut seen = HashSet::new();
        // Of most it is known after a few atoms that they are not.
        !sets.any(|(atoms, measure)| {
            self.projects_of(atoms, measure).any(|project| {
                seen.insert(project);
                seen.len() as u64 >= least
            })
        })
    }

    fn projects_of(&self, atoms: &[u32], measure: usize) -> impl Iterator<Item = u32> {
        let values = self.measures.get(measure).map_or(&[][..], |(_, values)| values);
        let some = atoms.iter().map(|atom| *atom as usize);
        let some = some.filter(|atom| values.get(*atom).is_some_and(|value| *value > 0));
        some.filter_map(|atom| self.projects.get(atom).copied()).filter(|project| *project != NOBODY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Base {
        let frame = df!(
            "project_key" => [Some("p1"), Some("p1"), Some("p2"), None],
            "has_project" => ["true", "true", "true", "false"],
            "engine" => [Some("core-1"), Some("core-1"), Some("fusion"), None],
            "os" => [Some("linux"), Some("macos"), None, None],
            "command" => ["run", "build", "run", "deps"],
            "runs" => [5_i64, 1, 2, 4],
            "known_runs" => [5_i64, 0, 2, 0],
            "successes" => [0_i64, 0, 1, 0],
        );
        Base::new(&SOURCES[0], &frame.expect("runs")).expect("a base")
    }

    fn names(names: &[&'static str]) -> BTreeSet<&'static str> {
        names.iter().copied().collect()
    }

    fn cell(name: &str, value: Option<&str>) -> Cell {
        Cell::from([(name.to_owned(), value.map(str::to_owned))])
    }

    #[test]
    fn a_cell_sums_what_is_there_and_rests_on_its_projects() {
        let base = base();
        let cells = base.cells(&names(&["command"]), &[]);
        let of = |command| {
            let key = base.key(&names(&["command"]), &cell("command", Some(command)));
            key.and_then(|key| cells.get(&key)).expect("atoms")
        };
        assert_eq!([0, 1, 2].map(|measure| base.sum(of("run"), measure)), [7, 7, 1]);
        assert_eq!([0, 1].map(|measure| base.projects(of("build"), measure)), [1, 0]);
        let is_few = |least| base.is_few([(&**of("run"), 0), (&**of("build"), 0)].into_iter(), least);
        assert_eq!([2, 3].map(is_few), [false, true]);
        // Of successes are those projects that have an outcome, and a run without a project is of none.
        assert_eq!((base.rests(2), base.projects(of("deps"), 0)), (1, 0));
        assert!(base.key(&names(&["command"]), &cell("command", Some("seed"))).is_none());
        assert!(base.has(&names(&["os"])) && !base.has(&names(&["os", "weather"])));
    }

    #[test]
    fn what_is_made_up_has_the_operating_system_of_its_engine_and_adds_nothing() {
        let base = base();
        let all: Vec<u32> = base.cells(&names(&[]), &[]).values().flat_map(|atoms| atoms.iter().copied()).collect();
        assert_eq!((all.len(), base.sum(&all, 0)), (8, 12));
        let by_engine = base.cells(&names(&["engine", "os"]), &[]);
        let of = |engine: Option<&str>, os: Option<&str>| {
            let both: Cell = cell("engine", engine).into_iter().chain(cell("os", os)).collect();
            base.key(&names(&["engine", "os"]), &both).is_some_and(|key| by_engine.contains_key(&key))
        };
        assert!(of(Some("fusion"), None) && !of(Some("fusion"), Some("linux")) && !of(Some("core-1"), None));
        let of_projects = base.cells(&names(&[]), &[("has_project", "true")]);
        let atoms = of_projects.values().next().expect("atoms");
        assert_eq!(base.sum(atoms, 0), 8);
        assert!(atoms.iter().all(|atom| base.is_all_known(&names(&["has_project"]), *atom)));
    }
}
