//! Rows of marts and reports that another engine has computed.
//!
//! They lie in the lake, in a folder whose name is the fingerprint of what they were made from. So rows are taken for a mart's
//! day, or a report, only where they are of just what it is to be made from, whatever has become of the lake since they were
//! asked for. Below that folder each attempt has one of its own, and one that is whole has the file `_SUCCESS`: that is how
//! Spark marks it. Attempts are alike; the first that is whole is taken.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use crate::lake::{Fingerprint, Part, Store, StoreError, StoredFile, layout};
use crate::query::{QueryError, read_frame};

/// Who computes the rows of marts and reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// This program's.
    Own,
    /// Another one, which has left them in the lake.
    Another,
}

impl Engine {
    /// Which it is, where rows may have been computed elsewhere.
    pub fn of(computed: bool) -> Self {
        if computed { Self::Another } else { Self::Own }
    }

    /// What another one has computed by now; `None` of the program's own.
    ///
    /// # Errors
    /// When the store does not say.
    pub(super) fn computed(self, store: &Store) -> Result<Option<Computed>, StoreError> {
        match self {
            Self::Own => Ok(None),
            Self::Another => Computed::read(store).map(Some),
        }
    }
}

/// The file that an attempt has which is whole.
const WHOLE: &str = "_SUCCESS";

/// What has been computed, as it lay there at one time.
pub struct Computed {
    /// All files, sorted, by the folder for what they are made from.
    files: BTreeMap<String, Vec<StoredFile>>,
}

impl Computed {
    /// What has been computed by now.
    ///
    /// # Errors
    /// When the store does not say.
    pub fn read(store: &Store) -> Result<Self, StoreError> {
        let mut files: BTreeMap<String, Vec<StoredFile>> = BTreeMap::new();
        for file in store.walk(layout::COMPUTED, usize::MAX)? {
            let folder = file.path.split('/').take(2).collect::<Vec<_>>().join("/");
            files.entry(folder).or_default().push(file);
        }
        Ok(Self { files })
    }

    /// All files for what is made from this.
    fn files(&self, made_from: &Fingerprint) -> &[StoredFile] {
        self.files.get(&layout::computed(made_from)).map_or(&[], Vec::as_slice)
    }

    /// The folder of the first attempt that is whole at rows that are made from this; `None`: nobody has computed them.
    pub fn attempt(&self, made_from: &Fingerprint) -> Option<&str> {
        let whole = self.files(made_from).iter().filter_map(|file| file.path.strip_suffix(WHOLE)?.strip_suffix('/'));
        whole.min()
    }

    /// The rows that are made from this, with the columns that the program's own engine would give; `None`: nobody has
    /// computed them.
    pub(super) fn parts<'s>(&self, store: &'s Store, made_from: &Fingerprint, schema: SchemaRef) -> Option<Parts<'s>> {
        let attempt = self.attempt(made_from)?;
        let of_attempt = |path: &str| path.strip_prefix(attempt).is_some_and(|rest| rest.starts_with('/'));
        let files = self.files(made_from).iter();
        let files = files.filter(|file| of_attempt(&file.path) && file.path.ends_with(".parquet"));
        Some(Parts { store, files: files.cloned().collect(), schema })
    }

    /// Removes rows that are in their places now, with all attempts at them.
    ///
    /// # Errors
    /// When a file cannot be removed; then they stay until `gc` finds them old.
    pub(super) fn remove<'f>(
        &self,
        store: &Store,
        made_from: impl Iterator<Item = &'f Fingerprint>,
    ) -> Result<(), StoreError> {
        let made_from: BTreeSet<_> = made_from.collect();
        let files: Vec<&str> =
            made_from.into_iter().flat_map(|of| self.files(of)).map(|file| file.path.as_str()).collect();
        store.remove_all(&files)
    }
}

/// Rows that have been computed, in parts. Spark writes as many as it has tasks for, in the order of the rows, so that none
/// is larger for there being more rows.
pub(super) struct Parts<'s> {
    store: &'s Store,
    files: Vec<StoredFile>,
    schema: SchemaRef,
}

impl Parts<'_> {
    /// Their columns.
    pub(super) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// One part after the other, each read when its turn comes. A part fails that cannot be read, or has other columns: the
    /// job was written by another version of the program.
    pub(super) fn each(&self) -> impl Iterator<Item = Result<DataFrame, QueryError>> {
        self.files.iter().map(|file| {
            let place = self.store.place(&file.path);
            // Another run has put the rows in their places, and removed them here.
            let changed = || QueryError::Changed { path: file.path.clone() };
            let content = self.store.open(&file.path, Part::Whole)?.ok_or_else(changed)?;
            let rows = as_own(read_frame(content, &place)?, &self.schema);
            rows.map_err(|reason| QueryError::File { path: place, reason })
        })
    }

    /// All of them together.
    ///
    /// # Errors
    /// When a part cannot be read.
    pub(super) fn all(&self) -> Result<DataFrame, QueryError> {
        let mut rows = DataFrame::empty_with_schema(&self.schema);
        for part in self.each() {
            let below = rows.vstack_mut_owned(part?);
            below.map_err(|reason| QueryError::File { path: self.store.place(layout::COMPUTED), reason })?;
        }
        rows.rechunk_mut_par();
        Ok(rows)
    }
}

/// Rows with the types of the program's own engine, of which others have not all.
fn as_own(rows: DataFrame, schema: &Schema) -> PolarsResult<DataFrame> {
    let columns = |names: Vec<&PlSmallStr>| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let (theirs, own): (Vec<_>, Vec<_>) = (rows.schema().iter_names().collect(), schema.iter_names().collect());
    polars_ensure!(theirs == own, SchemaMismatch: "columns are {}, and should be {}", columns(theirs), columns(own));
    let typed = |(name, data_type): (&PlSmallStr, &DataType)| rows.column(name)?.strict_cast(data_type);
    let typed = schema.iter().map(typed).collect::<PolarsResult<Vec<_>>>()?;
    DataFrame::new(rows.height(), typed)
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;
    use crate::query::write_frame;

    fn put(store: &Store, made_from: &Fingerprint, path: &str, values: &[i64]) {
        let (mut frame, mut bytes) = (df!("runs" => values).expect("a frame"), Vec::new());
        write_frame(&mut frame, &mut bytes, Path::new(path), Vec::new(), None).expect("written");
        store.put(&format!("{}/{path}", layout::computed(made_from)), &bytes).expect("put");
    }

    #[test]
    fn rows_are_those_of_one_whole_attempt_in_the_order_of_its_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(folder.path());
        let made_from = Fingerprint::of([("a", "test")]);
        let schema = |name: &str| Arc::new(Schema::from_iter([Field::new(name.into(), DataType::UInt32)]));
        let computed = || Computed::read(&store).expect("listed");
        let rows = |schema| Some(computed().parts(&store, &made_from, schema)?.all());
        let values = || {
            let rows = rows(schema("runs"))?.expect("readable");
            Some(rows.column("runs").expect("a column").u32().expect("its type").to_vec())
        };
        assert!(values().is_none() && computed().attempt(&made_from).is_none());
        put(&store, &made_from, "b/part-00001.parquet", &[3]);
        put(&store, &made_from, "b/part-00000.parquet", &[1, 2]);
        put(&store, &made_from, "a/part-00000.parquet", &[9]);
        assert!(values().is_none(), "no attempt is whole");
        store.put(&format!("{}/b/{WHOLE}", layout::computed(&made_from)), b"").expect("put");
        assert_eq!(values(), Some(vec![Some(1), Some(2), Some(3)]));
        let other = Fingerprint::of([("another", "test")]);
        store.put(&format!("{}/c/{WHOLE}", layout::computed(&other)), b"").expect("put");
        let all = computed();
        let attempt = all.attempt(&made_from).expect("computed");
        assert!(attempt.starts_with("computed/") && attempt.ends_with("/b"), "{attempt}");

        // What the program's own engine could not give is no row of its.
        put(&store, &made_from, "b/part-00002.parquet", &[-1]);
        assert!(rows(schema("runs")).is_some_and(|rows| rows.is_err()));
        let error = rows(schema("nodes")).expect("parts").expect_err("other columns").to_string();
        assert!(error.contains("columns are runs, and should be nodes"), "{error}");

        all.remove(&store, [&made_from].into_iter()).expect("removed");
        assert!(computed().attempt(&made_from).is_none() && computed().attempt(&other).is_some());
        all.remove(&store, [&made_from, &other].into_iter()).expect("removed, and what is gone already");
        assert!(
            !store.walk(layout::COMPUTED, usize::MAX).expect("listed").iter().any(|file| file.path.ends_with(WHOLE))
        );
    }
}
