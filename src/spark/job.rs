//! The job: the files that `spark-submit` is given.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use super::types::{Column, columns};
use super::{Untranslated, translated};
use crate::lake::{Store, StoreError};
use crate::query::{Catalog, Kind, Library, Query, QueryError};
use crate::staging::dictionary;

/// The job itself: what Spark runs.
const SCRIPT: (&str, &str) = ("job.py", include_str!("job.py"));
/// Statements in Spark's dialect, and the columns of tables and results.
const QUERIES: &str = "queries.json";
/// The configuration, decided.
const CONFIGURATION: &str = "usage-report.toml";
/// This program.
const PROGRAM: &str = "usage-report";

/// A job that cannot be written.
#[derive(Debug, Error)]
pub enum JobError {
    /// Queries that Spark would not run, or would understand otherwise: all of them.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Untranslated(Vec<Untranslated>),
    /// A query that is not in order.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Where the job is written to.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program itself.
    #[error("cannot copy the program {}: {reason}", path.display())]
    Program {
        /// Where it is.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
}

/// What Spark is asked.
#[derive(Debug, Serialize)]
struct Queries {
    /// The version of the program that has written it.
    version: &'static str,
    /// The columns of every table that queries read, those of staging with `day` at their end.
    tables: BTreeMap<String, Vec<Column>>,
    /// Tables of events, each of which is seen once.
    events: Vec<&'static str>,
    marts: Vec<Statement>,
    views: Vec<Statement>,
    reports: Vec<Statement>,
}

#[derive(Debug, Serialize)]
struct Statement {
    name: &'static str,
    sql: String,
    /// The columns of its result, as the program's own engine would give them.
    columns: Vec<Column>,
}

/// A job for one configuration.
#[derive(Debug)]
pub struct Job {
    queries: Queries,
    configuration: String,
}

impl Job {
    /// The job of a configuration that asks for the queries of a library.
    ///
    /// # Errors
    /// When a query has no faithful translation; with all that have none.
    pub fn of(library: &Library, configuration: String) -> Result<Self, JobError> {
        let catalog = Catalog::without_rows(library)?;
        let mut untranslated = Vec::new();
        let mut of_kind = |kind| {
            let mut statements = Vec::new();
            for query in library.of_kind(kind) {
                match statement(&catalog, query)? {
                    Ok(statement) => statements.push(statement),
                    Err(refused) => untranslated.push(refused),
                }
            }
            Ok::<_, QueryError>(statements)
        };
        let (marts, views, reports) = (of_kind(Kind::Mart)?, of_kind(Kind::View)?, of_kind(Kind::Report)?);
        let is_view = |name: &String| library.get(Kind::View, name).is_some();
        let mut tables = BTreeMap::new();
        for name in catalog.names().into_iter().filter(|name| !is_view(name)) {
            let schema = catalog.schema_of(&name, &format!("SELECT * FROM {name}"))?;
            match columns(&name, &schema) {
                Ok(columns) => drop(tables.insert(name, columns)),
                Err(refused) => untranslated.push(refused),
            }
        }
        if !untranslated.is_empty() {
            return Err(JobError::Untranslated(untranslated));
        }
        let has_id = |columns: &Vec<Column>| columns.iter().any(|(name, _)| name == "event_id");
        let events =
            dictionary().map(|table| table.name).filter(|name| tables.get(*name).is_some_and(has_id)).collect();
        let queries = Queries { version: env!("CARGO_PKG_VERSION"), tables, events, marts, views, reports };
        Ok(Self { queries, configuration })
    }

    /// Writes it, with a copy of the program.
    ///
    /// # Errors
    /// When something cannot be written, or the program not be read.
    pub fn write(&self, to: &Store, program: &Path) -> Result<(), JobError> {
        to.put(SCRIPT.0, SCRIPT.1.as_bytes())?;
        to.put_json(QUERIES, &self.queries)?;
        to.put(CONFIGURATION, self.configuration.as_bytes())?;
        let mut copy = to.create(PROGRAM)?;
        let copied = File::open(program).and_then(|mut program| io::copy(&mut program, &mut copy));
        copied.map_err(|reason| JobError::Program { path: program.to_owned(), reason })?;
        copy.commit()?;
        Ok(())
    }
}

/// A query as Spark runs it.
fn statement(catalog: &Catalog, query: &Query) -> Result<Result<Statement, Untranslated>, QueryError> {
    let schema = catalog.schema_of(query.name, query.sql)?;
    let of = |sql| Ok(Statement { name: query.name, sql, columns: columns(query.name, &schema)? });
    Ok(translated(query.name, query.sql).and_then(of))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::DUPLICATES;

    #[test]
    fn a_job_has_all_queries_and_the_columns_of_all_that_they_read() {
        let library = Library::load().expect("the library is in order");
        let job = Job::of(&library, "lake = \"lake\"\n".to_owned()).expect("a job");
        let count = |kind| library.of_kind(kind).count();
        assert_eq!(job.queries.marts.len(), count(Kind::Mart));
        assert_eq!(job.queries.views.len(), count(Kind::View));
        assert_eq!(job.queries.reports.len(), count(Kind::Report));
        for query in [Kind::Mart, Kind::View, Kind::Report].into_iter().flat_map(|kind| library.of_kind(kind)) {
            for table in library.tables_of(query).expect("tables") {
                let is_known = job.queries.tables.contains_key(&table) || library.get(Kind::View, &table).is_some();
                assert!(is_known, "{}: {table}", query.name);
            }
        }
        assert!(job.queries.events.contains(&"invocation_events") && !job.queries.events.contains(&"rejects"));
        assert!(job.queries.tables.contains_key(DUPLICATES));

        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("program");
        std::fs::write(&program, "a program").expect("written");
        job.write(&Store::new(folder.path().join("out")), &program).expect("written");
        assert_eq!(std::fs::read(folder.path().join("out").join(PROGRAM)).expect("a copy"), b"a program");
        assert!(job.write(&Store::new(folder.path().join("out")), Path::new("/no/program")).is_err());
    }
}
