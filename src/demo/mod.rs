//! Dumps of a population that is known, for demonstrations, tests and benchmarks: what dbt would have sent, and the
//! truth about it.
//!
//! The path of a number: a [`Plan`] and its seed say who there is (`population`, of the `world` with its releases and
//! adapters), when they run dbt (`load`), what a run does (`run`), what dbt says of it (`dbt1`, `dbt2`), in which form
//! that is kept (`snowplow`, `vortex`, `files`), and with which faults (`day`). What should be found is counted on the
//! way (`truth`). Nothing here knows of the pipeline that reads the dumps.
//!
//! Days are made side by side, each from random numbers of its own: the same plan gives the same bytes, whatever the
//! number of threads. In memory are the projects, one run for each thread, and four bytes of each run, its duration.

mod clock;
mod day;
mod dbt1;
mod dbt2;
mod dice;
mod files;
mod ids;
mod json;
mod load;
mod plan;
mod population;
mod run;
mod snowplow;
mod truth;
mod vortex;
mod world;

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use thiserror::Error;

pub use dice::Dice;
pub use plan::Plan;

/// A dump cannot be written.
#[derive(Debug, Error)]
#[error("cannot write {}", path.display())]
pub struct DemoError {
    path: PathBuf,
    source: io::Error,
}

/// Makes the dumps of a plan in a folder, over those of the same names, and gives the truth about them as JSON.
///
/// # Errors
///
/// A file cannot be written.
pub fn make(plan: &Plan, folder: &Path) -> Result<Vec<u8>, DemoError> {
    let projects = population::population(plan);
    let load = load::Load::new(plan, &projects);
    let days = (0..plan.days).into_par_iter().map(|day| day::make(plan, &load, day, folder));
    let truth = days.try_reduce(truth::Truth::default, |one, other| Ok(one.merge(other)))?;
    Ok(truth.into_json(plan))
}
