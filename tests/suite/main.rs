//! All integration tests: one binary, so that the program's dependencies are linked once.
//!
//! Most tests run the program as its users do, in a folder of their own, and look at what it prints and writes.
//! None reads the network, the home directory or another test's files; dumps come from `tests/fixtures` and
//! `sample_data`, or are made by the test.

mod bad_input;
mod canary;
mod captured;
mod changes;
mod checks;
mod cli;
mod config;
mod demo;
#[cfg(unix)]
mod documents;
mod dry_run;
mod dumps;
#[cfg(target_os = "linux")]
mod faults;
mod forget;
mod formats;
mod harness;
mod hostile;
mod job;
mod lake;
mod maintenance;
mod notebooks;
#[cfg(unix)]
mod objects;
mod own_queries;
mod page;
mod planted;
mod privacy;
mod publish;
mod python;
#[cfg(target_os = "linux")]
mod readers;
mod reparse;
mod retention;
mod rotation;
#[cfg(target_os = "linux")]
mod spark;
mod sql;
mod terminal;
mod traces;
mod truth;
