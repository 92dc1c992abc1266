//! Releases with noise: differential privacy.
//!
//! What is released says next to nothing of any one project: whether it is in the data or not changes the probability of
//! every possible release by a factor of at most e^ε. Nothing else has to be hidden, and no attack by other tables or
//! releases can undo it; of several releases the ε add up.
//!
//! The unit of privacy is the project (definitions, Grain). Each counts once in every dimension, with its main value
//! (`queries/views/main_values.sql`), so that a vector of counts, one for each value, changes by at most 1 in one place. The
//! values are those of closed lists, never of the data: that a value is there says nothing. Two vectors of every dimension
//! get noise of the discrete Laplace distribution, by OpenDP's `make_laplace`, whose maps say what each costs:
//!
//! * the number of projects with a run of known outcome; one project changes it by 1;
//! * the sum of these projects' own success rates, in thousandths above or below a half; one project changes it by at most
//!   500.
//!
//! Each of the two gets the same part of ε. A rate is a half plus the second by the first; like everything that is made of
//! noisy numbers alone it costs nothing.

use std::collections::HashMap;

use opendp::accuracy::discrete_laplacian_scale_to_accuracy;
use opendp::domains::{AtomDomain, VectorDomain};
use opendp::error::Error as OpenDpError;
use opendp::measurements::make_laplace;
use opendp::measures::MaxDivergence;
use opendp::metrics::L1Distance;
use polars::prelude::*;
use serde::Serialize;
use thiserror::Error;

use crate::event::{Adapter, Engine, Environment, Os, Word};
use crate::query::{Catalog, Kind, Library, OTHER, QueryError};

/// The view of each project's main values.
const MAIN_VALUES: &str = "main_values";

/// By how much one project changes the sum of rates, in thousandths.
const HALF: i64 = 500;

/// How sure the intervals of a row are to hold what they are of, all of them together.
const CONFIDENCE: f64 = 0.95;

/// A release with noise failed.
#[derive(Debug, Error)]
pub enum NoiseError {
    /// A query of it.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Its rows.
    #[error("the release with noise: {0}")]
    Rows(#[from] PolarsError),
    /// The noise itself.
    #[error("the noise of the release: {0}")]
    Noise(String),
}

impl From<OpenDpError> for NoiseError {
    fn from(error: OpenDpError) -> Self {
        Self::Noise(error.to_string())
    }
}

/// What a release with noise is made of.
#[derive(Debug)]
pub struct NoisyRelease {
    /// A row for each value of each dimension: `projects` and `success_rate`, each with an interval for its noise.
    pub frame: DataFrame,
    /// What was measured, with its noise and cost.
    pub measurements: Vec<Measured>,
}

/// One measurement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Measured {
    /// The dimension.
    pub dimension: &'static str,
    /// What of it.
    pub measure: &'static str,
    /// By how much one project changes it, summed over all values.
    pub sensitivity: i64,
    /// The scale of the discrete Laplace distribution.
    pub scale: f64,
    /// What it costs.
    pub epsilon: f64,
}

/// The numbers of one value of a dimension.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    /// Projects with a run of known outcome.
    projects: i64,
    /// Their success rates, in thousandths above a half.
    rates: i64,
}

impl NoisyRelease {
    /// That of some tables, for a privacy loss of `epsilon` in all.
    ///
    /// # Errors
    /// When the query cannot be run, or there is no noise to be had.
    pub fn of(catalog: &Catalog, library: &Library, epsilon: f64) -> Result<Self, NoiseError> {
        let view = library.get(Kind::View, MAIN_VALUES);
        let view = view.ok_or_else(|| NoiseError::Noise(format!("there is no view {MAIN_VALUES}")))?;
        let main_values = catalog.run(view.name, view.sql)?;
        let dimensions = dimensions();
        let each = epsilon / (2 * dimensions.len()) as f64;
        let (mut measurements, mut rows) = (Vec::new(), Rows::default());
        for (dimension, values) in &dimensions {
            let sums = sums(&main_values, dimension, values)?;
            let (projects, of_projects) = noisy(sums.iter().map(|sums| sums.projects).collect(), 1, each)?;
            let (rates, of_rates) = noisy(sums.iter().map(|sums| sums.rates).collect(), HALF, each)?;
            for (value, (projects, rates)) in values.iter().zip(projects.into_iter().zip(rates)) {
                rows.push(dimension, value.as_deref(), projects, rates, (of_projects.error, of_rates.error));
            }
            for (measure, sensitivity, noise) in
                [("projects", 1, of_projects), ("sum of success rates, in thousandths above a half", HALF, of_rates)]
            {
                measurements.push(Measured {
                    dimension,
                    measure,
                    sensitivity,
                    scale: noise.scale,
                    epsilon: noise.epsilon,
                });
            }
        }
        Ok(Self { frame: rows.frame()?, measurements })
    }
}

/// Noise as it was drawn.
#[derive(Clone, Copy, Debug)]
struct Noise {
    scale: f64,
    epsilon: f64,
    /// How far a number is from what it was at most, but for half of what [`CONFIDENCE`] leaves.
    error: i64,
}

/// Numbers that one project changes by at most `sensitivity` in all, with noise that costs `epsilon` at most.
fn noisy(numbers: Vec<i64>, sensitivity: i64, epsilon: f64) -> Result<(Vec<i64>, Noise), NoiseError> {
    let scale = sensitivity as f64 / epsilon;
    let domain = VectorDomain::new(AtomDomain::<i64>::default());
    let laplace = make_laplace::<_, _, MaxDivergence>(domain, L1Distance::<i64>::default(), scale, None)?;
    let cost = laplace.map(&sensitivity)?;
    // Rounding may take it a little above, and never far.
    if cost > epsilon * (1.0 + 1e-9) {
        return Err(NoiseError::Noise(format!("it would cost {cost}, not {epsilon}")));
    }
    // A row has two numbers.
    let alpha = (1.0 - CONFIDENCE) / 2.0;
    let error = discrete_laplacian_scale_to_accuracy(scale, alpha)?.ceil() as i64;
    Ok((laplace.invoke(&numbers)?, Noise { scale, epsilon: cost, error }))
}

/// The dimensions, each with every value that it can have: words of the program, a range of versions, what is none of these,
/// and what is unknown.
fn dimensions() -> Vec<(&'static str, Vec<Option<String>>)> {
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let minors = |major: u32, minors: std::ops::RangeInclusive<u32>| {
        minors.map(move |minor| format!("{major}.{minor}")).collect::<Vec<_>>()
    };
    let versions = [minors(0, 13..=21), minors(1, 0..=20), minors(2, 0..=10)].concat();
    let closed = [
        ("version", versions),
        ("adapter", words(Adapter::WORDS)),
        ("environment", words(Environment::WORDS)),
        ("os", words(Os::WORDS)),
        ("python", minors(3, 5..=20)),
        ("engine", words(Engine::WORDS)),
    ];
    let rest = [Some(OTHER.to_owned()), None];
    let all = closed.into_iter().map(|(dimension, values)| {
        let values = values.into_iter().map(Some).chain(rest.clone());
        (dimension, values.collect())
    });
    all.collect()
}

/// The numbers of each value of a dimension.
fn sums(main_values: &DataFrame, dimension: &str, values: &[Option<String>]) -> PolarsResult<Vec<Sums>> {
    let places: HashMap<Option<&str>, usize> =
        values.iter().enumerate().map(|(at, value)| (value.as_deref(), at)).collect();
    let other = places.get(&Some(OTHER)).copied().unwrap_or_default();
    let mut sums = vec![Sums::default(); values.len()];
    let (dimensions, of_rows) = (main_values.column("dimension")?.str()?, main_values.column("value")?.str()?);
    let rates = main_values.column("success_rate")?.f64()?;
    for ((of, value), rate) in dimensions.iter().zip(of_rows.iter()).zip(rates.iter()) {
        // A project without a run of known outcome has no rate.
        if let (Some(of), Some(rate)) = (of, rate)
            && of == dimension
            && let Some(sums) = sums.get_mut(places.get(&value).copied().unwrap_or(other))
        {
            sums.projects = sums.projects.saturating_add(1);
            sums.rates = sums.rates.saturating_add(((rate.clamp(0.0, 1.0) - 0.5) * 1000.0).round() as i64);
        }
    }
    Ok(sums)
}

/// Columns of the result.
#[derive(Default)]
struct Rows {
    dimension: Vec<String>,
    value: Vec<Option<String>>,
    projects: [Vec<i64>; 3],
    rate: [Vec<Option<f64>>; 3],
}

impl Rows {
    /// Adds a row of noisy numbers, whose errors are at most these.
    fn push(&mut self, dimension: &str, value: Option<&str>, projects: i64, rates: i64, (error, of_rates): (i64, i64)) {
        self.dimension.push(dimension.to_owned());
        self.value.push(value.map(str::to_owned));
        let (low, high) = (projects.saturating_sub(error).max(0), projects.saturating_add(error).max(0));
        for (column, number) in self.projects.iter_mut().zip([projects.max(0), low, high]) {
            column.push(number);
        }
        // Rates that are said of nobody for sure are none.
        let ends = (low > 0).then(|| {
            let rate = |rates: i64, projects: i64| (0.5 + rates as f64 / 1000.0 / projects as f64).clamp(0.0, 1.0);
            let (least, most) = (rates.saturating_sub(of_rates), rates.saturating_add(of_rates));
            // The further from a half the fewer projects it is divided by.
            let low_by = if least < 0 { low } else { high };
            let high_by = if most < 0 { high } else { low };
            [rate(rates, projects), rate(least, low_by), rate(most, high_by)]
        });
        for (number, column) in self.rate.iter_mut().enumerate() {
            column.push(ends.and_then(|ends| ends.get(number).copied()));
        }
    }

    fn frame(self) -> PolarsResult<DataFrame> {
        let height = self.dimension.len();
        let mut columns =
            vec![Column::new("dimension".into(), self.dimension), Column::new("value".into(), self.value)];
        for (name, values) in ["projects", "projects_low", "projects_high"].into_iter().zip(self.projects) {
            columns.push(Column::new(name.into(), values));
        }
        for (name, values) in
            ["project_success_rate", "project_success_rate_low", "project_success_rate_high"].into_iter().zip(self.rate)
        {
            columns.push(Column::new(name.into(), values));
        }
        DataFrame::new(height, columns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Main values of so many projects: `adapter` by the list, every rate the same.
    fn main_values(projects: &[(Option<&str>, usize)], rate: f64) -> DataFrame {
        let values: Vec<Option<&str>> = projects.iter().flat_map(|(value, count)| vec![*value; *count]).collect();
        let (dimension, rates) = (vec!["adapter"; values.len()], vec![Some(rate); values.len()]);
        df!("dimension" => dimension, "value" => values, "success_rate" => rates).expect("main values")
    }

    #[test]
    fn every_project_is_in_one_place_and_what_is_on_no_list_is_other() {
        let values: Vec<Option<String>> =
            [Some("glue"), Some(OTHER), None].map(|value| value.map(str::to_owned)).to_vec();
        let rows = main_values(&[(Some("glue"), 3), (Some("made up"), 2), (None, 1)], 0.9);
        let expected = [(3, 1200), (2, 800), (1, 400)].map(|(projects, rates)| Sums { projects, rates });
        assert_eq!(sums(&rows, "adapter", &values).expect("sums"), expected);
        assert_eq!(sums(&rows, "os", &values).expect("sums"), vec![Sums::default(); 3]);
    }

    #[test]
    fn values_are_told_once_and_do_not_come_from_the_data() {
        for (dimension, values) in dimensions() {
            let distinct: std::collections::HashSet<_> = values.iter().collect();
            assert_eq!(distinct.len(), values.len(), "{dimension}");
            assert!(values.contains(&None) && values.contains(&Some(OTHER.to_owned())), "{dimension}");
        }
    }

    #[test]
    fn the_costs_of_all_measurements_are_the_epsilon_that_was_asked_for() {
        let library = Library::load().expect("the library");
        let catalog = Catalog::without_rows(&library).expect("tables");
        let release = NoisyRelease::of(&catalog, &library, 0.7).expect("a release");
        let cost: f64 = release.measurements.iter().map(|measured| measured.epsilon).sum();
        assert!((cost - 0.7).abs() < 1e-6, "{cost}");
        assert_eq!(release.measurements.len(), 12);
        for measured in &release.measurements {
            assert!((measured.sensitivity as f64 / measured.scale - measured.epsilon).abs() < 1e-9, "{measured:?}");
        }
    }

    /// Noise is drawn anew in every run of the test, so that its bounds are so wide that one in 10^9 runs breaks them: of
    /// 20,000 draws a share of 5 % has a standard error of 0.15 points, and six of these are one.
    #[test]
    fn the_error_is_what_the_interval_says() {
        let draws = 20_000;
        let (numbers, noise) = noisy(vec![1000; draws], 1, 0.1).expect("noise");
        let beyond =
            numbers.iter().filter(|number| (**number - 1000).abs() > noise.error).count() as f64 / draws as f64;
        assert!(beyond < 0.025 + 0.0067, "{beyond} are beyond {}", noise.error);
        let within =
            numbers.iter().filter(|number| (**number - 1000).abs() < noise.error / 2).count() as f64 / draws as f64;
        assert!(within < 0.95, "{within}: the error is told far too large");
        // The mean of the absolute value of a Laplace distribution is its scale, as is its standard deviation.
        let mean = numbers.iter().map(|number| (*number - 1000).abs() as f64).sum::<f64>() / draws as f64;
        assert!((mean / noise.scale - 1.0).abs() < 0.05, "{mean} for {}", noise.scale);
    }

    /// The definition itself, as far as draws can show it: no output is more likely by more than e^epsilon with one project
    /// more. With 50,000 draws an output of 1,500 has a standard error of 2.6 %, of which six are allowed for.
    #[test]
    fn one_project_more_changes_no_probability_by_more_than_the_epsilon_says() {
        let (draws, epsilon) = (50_000, 0.5);
        let outputs = |count: i64| {
            let (numbers, _) = noisy(vec![count; draws], 1, epsilon).expect("noise");
            let mut times: HashMap<i64, usize> = HashMap::new();
            numbers.into_iter().for_each(|number| *times.entry(number).or_default() += 1);
            times
        };
        let (without, with) = (outputs(20), outputs(21));
        let mut compared = 0;
        for (output, times) in &with {
            let other = without.get(output).copied().unwrap_or_default();
            if *times > 1500 && other > 0 {
                compared += 1;
                let ratio = *times as f64 / other as f64;
                assert!(ratio < epsilon.exp() * 1.22 && ratio > (-epsilon).exp() / 1.22, "{output}: {ratio}");
            }
        }
        assert!(compared > 5, "{compared}");
    }

    #[test]
    fn rates_of_a_row_lie_in_their_interval_and_those_of_nobody_are_none() {
        let mut rows = Rows::default();
        rows.push("adapter", Some("glue"), 200, 80_000, (10, 5_000));
        rows.push("adapter", Some("spark"), 200, -80_000, (10, 5_000));
        rows.push("adapter", None, 5, 100, (10, 5_000));
        let frame = rows.frame().expect("rows");
        let rate = |name: &str, row: usize| frame.column(name).expect("a column").f64().expect("numbers").get(row);
        for row in [0, 1] {
            let [low, of, high] = ["project_success_rate_low", "project_success_rate", "project_success_rate_high"]
                .map(|name| rate(name, row).expect("a rate"));
            assert!(low < of && of < high, "{low} {of} {high}");
        }
        assert_eq!(rate("project_success_rate", 0), Some(0.9));
        assert!((rate("project_success_rate_low", 0).expect("a rate") - (0.5 + 75.0 / 210.0)).abs() < 1e-12);
        assert_eq!(rate("project_success_rate", 2), None);
        assert_eq!(frame.column("projects_low").expect("a column").i64().expect("numbers").get(2), Some(0));
    }
}
