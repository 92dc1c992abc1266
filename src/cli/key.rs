//! Where the pseudonymization key comes from: a file that is named, the environment, or, for a first try,
//! one made and kept in the lake.

use std::path::Path;

use anyhow::{Context as _, bail};

use super::printer::Printer;
use crate::lake::{Store, layout};
use crate::objects;
use crate::privacy::Key;

/// The variable that holds the key itself.
pub(super) const VARIABLE: &str = "USAGE_REPORT_KEY";

/// The key that is given: in a file, or in the environment; `None` if neither is.
pub(super) fn given(file: Option<&Path>) -> anyhow::Result<Option<Key>> {
    if let Some(file) = file {
        let secret = objects::read(file).with_context(|| format!("cannot read the key file {}", file.display()))?;
        return long_enough(&secret, &format!("the key file {}", file.display())).map(Some);
    }
    let secret = std::env::var_os(VARIABLE).filter(|secret| !secret.is_empty());
    secret.map(|secret| long_enough(secret.as_encoded_bytes(), VARIABLE)).transpose()
}

/// The key that is given, or that of the lake.
pub(super) fn existing(file: Option<&Path>, store: &Store, printer: &Printer) -> anyhow::Result<Key> {
    let known = known(file, store, printer)?;
    known.with_context(|| format!("there is no key: give the lake's, by --key-file or {VARIABLE}"))
}

/// Random bytes for a key.
pub(super) fn random() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)
        .map_err(|reason| anyhow::anyhow!("the system gives no random bytes for a key: {reason}"))?;
    Ok(bytes)
}

/// The key that is given, or that of the lake; `None` if there is none yet.
pub(super) fn known(file: Option<&Path>, store: &Store, printer: &Printer) -> anyhow::Result<Option<Key>> {
    if let Some(key) = given(file)? {
        return Ok(Some(key));
    }
    let Some(secret) = store.read(layout::KEY)? else { return Ok(None) };
    let path = store.place(layout::KEY);
    printer.warning(&format!("using the key in {}, beside the data: {}", path.display(), advice()));
    long_enough(&secret, &path.display().to_string()).map(Some)
}

fn advice() -> String {
    format!("whoever has it can recompute pseudonyms; set {VARIABLE} or --key-file in earnest")
}

/// The key that is known; if there is none yet, one is made.
pub(super) fn find(file: Option<&Path>, store: &Store, printer: &Printer) -> anyhow::Result<Key> {
    if let Some(key) = known(file, store, printer)? {
        return Ok(key);
    }
    if store.is_remote() {
        bail!(
            "there is no key, and none is made for a lake in an object store: make one (openssl rand -hex 32) and give it \
             by --key-file or {VARIABLE}"
        );
    }
    let mut secret: String = random()?.iter().map(|byte| format!("{byte:02x}")).collect();
    secret.push('\n');
    store.put_private(layout::KEY, secret.as_bytes())?;
    let path = store.place(layout::KEY);
    printer.warning(&format!(
        "no key given: made one and kept it in {}, beside the data: {}",
        path.display(),
        advice()
    ));
    long_enough(secret.as_bytes(), layout::KEY)
}

pub(super) fn long_enough(secret: &[u8], from: &str) -> anyhow::Result<Key> {
    match Key::from_secret(secret) {
        Some(key) => Ok(key),
        None => bail!("{from} holds fewer than {} bytes: too short to protect anything", Key::MIN_BYTES),
    }
}
