//! `usage-report rotate-key`

use std::path::{self, Path};

use anyhow::{Context as _, bail};

use super::args::RotateKeyCommand;
use super::meter::Meter;
use super::printer::Printer;
use super::{Outcome, key, lake, results};
use crate::job::config::Config;
use crate::lake::{Store, layout};
use crate::maintenance::{Rekeyed, rekey};
use crate::privacy::Key;

pub(super) fn run(command: &RotateKeyCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let (store, _) = lake::contents(config)?;
    let is_given = key::given(config.top.key_file.as_deref())?.is_some();
    let old = key::existing(config.top.key_file.as_deref(), &store, printer)?;
    let new = new_key(&command.to, &old)?;
    let Rekeyed { batches, rows } = rekey(&store, &old, &new, &Meter::new(printer))?;
    printer.note(&format!("rotate-key: {rows} rows of {batches} batches have other pseudonyms"));
    results::bring_up(config, &store, printer)?;
    if !is_given {
        // One that was made for a first try. It is a part of the new one, and would be taken for the lake's.
        store.remove(layout::KEY)?;
    }
    let to = command.to.display();
    printer.note(&format!(
        "rotate-key: from now on the lake's key is that in {to}, which only you may read: keep a copy in a safe place"
    ));
    Ok(Outcome::Done)
}

/// The new key: made and written, or that of a rotation that was broken off.
fn new_key(file: &Path, old: &Key) -> anyhow::Result<Key> {
    if file.exists() {
        let secret = std::fs::read(file).with_context(|| format!("cannot read the key file {}", file.display()))?;
        let new = key::long_enough(&secret, &format!("the key file {}", file.display()))?;
        if new.before().is_none_or(|before| before.fingerprint() != old.fingerprint()) {
            bail!(
                "{} is there already, and is no key that this one is rotated to: name a file that is not there",
                file.display()
            );
        }
        return Ok(new);
    }
    let new = old.rotated(key::random()?);
    // Of a bare name the folder would be empty, which is none that can be opened.
    let absolute = path::absolute(file).with_context(|| format!("the folder of {}", file.display()))?;
    let (Some(folder), Some(name)) = (absolute.parent(), absolute.file_name()) else {
        bail!("{} names no file", file.display());
    };
    // Before anything is made with it.
    Store::new(folder).put_private(&name.to_string_lossy(), new.chain().as_bytes())?;
    Ok(new)
}
