//! Gives a lake another key: that which it has, with one link more.
//!
//! Raw ids are not there any more, but a rotated key makes of a pseudonym what it makes of the id. All rows are written anew
//! as one batch, so that one receipt, the last thing that is written, changes the whole lake at once.

use super::frozen::Frozen;
use super::gc::remove_superseded;
use super::rewrite::{Change, Rekey, RewriteError, begin, rewrite};
use crate::lake::{Contents, Receipt, ReceiptError, Reseal, Store};
use crate::privacy::{Key, Pseudonymizer};
use crate::progress::Progress;

/// What was given another key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rekeyed {
    /// Batches that were written anew.
    pub batches: usize,
    /// Rows of theirs.
    pub rows: u64,
}

/// Gives a lake another key. Broken off, it is completed by the next call with the same keys; until then no dumps are
/// taken in.
///
/// # Errors
/// When the lake has a third key, or a file cannot be read or written.
pub fn rekey(store: &Store, old: &Key, new: &Key, progress: &dyn Progress) -> Result<Rekeyed, RewriteError> {
    let contents = Contents::read(store)?;
    let (before, after) = (old.fingerprint(), new.fingerprint());
    let of_a_third = |receipt: &&Receipt| receipt.key != before && receipt.key != after;
    if let Some(other) = contents.receipts().find(of_a_third) {
        return Err(ReceiptError::OtherKey { lake: other.key.clone(), given: before }.into());
    }
    let pseudonymizer = Pseudonymizer::new(new);
    let reseal = Reseal::new(old, new, &pseudonymizer);
    let resealed = reseal.forgotten(store)?;
    let batches = contents.receipts().filter(|receipt| receipt.key == before && contents.counts(receipt));
    let batches: Vec<&Receipt> = batches.collect();
    let mut done = Rekeyed { batches: batches.len(), rows: 0 };
    if !batches.is_empty() {
        begin(&contents, batches.iter().copied(), progress);
        let forgotten = (resealed.before, resealed.after);
        let rekey = Rekey { key: after, pseudonymizer: &pseudonymizer, reseal: &reseal, forgotten };
        let receipt = rewrite(store, &contents, &batches, Change::Rekey(&rekey), progress)?;
        done.rows = receipt.files.iter().map(|file| file.rows).sum();
    }
    Frozen::read(store)?.rekey(&new.fingerprint(), &pseudonymizer)?;
    remove_superseded(store, |receipt| receipt.key == before)?;
    for path in resealed.paths {
        store.remove(&path)?;
    }
    Ok(done)
}
