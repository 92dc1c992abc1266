//! `usage-report forget`

use std::collections::BTreeSet;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use md5::{Digest as _, Md5};

use super::args::ForgetCommand;
use super::meter::Meter;
use super::printer::Printer;
use super::{Outcome, key, lake, results};
use crate::event::ids::is_uuid;
use crate::job::config::Config;
use crate::lake::forget;
use crate::maintenance::{LeftOutOfLake, leave_out, would_leave_out};
use crate::privacy::{Domain, Key, Pseudonym, Pseudonymizer};

/// The file that is stdin.
const STDIN: &str = "-";

pub(super) fn run(command: &ForgetCommand, config: &Config, printer: &Printer) -> anyhow::Result<Outcome> {
    let (store, contents) = lake::contents(config)?;
    let key = key::existing(config.top.key_file.as_deref(), &store, printer)?;
    contents.check_key(&key.fingerprint())?;
    let subjects = subjects(command, &key, printer)?;
    let count = |domain: Domain| subjects.iter().filter(|(of, _)| *of == domain).count();
    let who = format!("{} users, {} projects", count(Domain::User), count(Domain::Project));
    if command.dry_run {
        let would = would_leave_out(&store, &key, &subjects, &Meter::new(printer))?;
        printer.note(&format!("forget: a dry run; {who}: {}", told(&would, "would go")));
        return Ok(Outcome::Done);
    }
    forget(&store, &key, &subjects)?;
    let done = leave_out(&store, &key, &Meter::new(printer))?;
    printer.note(&format!("forget: {who}: {}", told(&done, "are gone")));
    results::bring_up(config, &store, printer)?;
    printer.note("forget: dumps that are kept elsewhere, and what was copied from the lake, still hold them");
    Ok(Outcome::Done)
}

fn told(left_out: &LeftOutOfLake, verb: &str) -> String {
    let LeftOutOfLake { batches, events, invocations, mart_rows } = left_out;
    let marts = match mart_rows {
        0 => String::new(),
        rows => format!(", and {rows} rows of days of marts that outlive their staging"),
    };
    format!("{events} events of {invocations} invocations {verb}, out of {batches} batches{marts}")
}

/// The pseudonyms of all who are named.
fn subjects(command: &ForgetCommand, key: &Key, printer: &Printer) -> anyhow::Result<Vec<(Domain, Pseudonym)>> {
    let pseudonymizer = Pseudonymizer::new(key);
    let users = command.users.as_deref().map(lines).transpose()?.unwrap_or_default();
    let odd = users.iter().filter(|id| !is_uuid(id)).count();
    if odd > 0 {
        printer.warning(&format!("{odd} of {} ids of users are no UUID, as dbt makes them", users.len()));
    }
    let projects = command.projects.as_deref().map(lines).transpose()?.unwrap_or_default();
    let projects: Vec<String> = projects.iter().map(|project| project_id(project)).collect();
    let pseudonyms = |domain: Domain, ids: &[String]| -> BTreeSet<Pseudonym> {
        ids.iter().map(|id| pseudonymizer.pseudonym(domain, id)).collect()
    };
    let users = pseudonyms(Domain::User, &users).into_iter().map(|id| (Domain::User, id));
    let projects = pseudonyms(Domain::Project, &projects).into_iter().map(|id| (Domain::Project, id));
    let subjects: Vec<_> = users.chain(projects).collect();
    if subjects.is_empty() {
        bail!("no ids are named");
    }
    Ok(subjects)
}

/// What dbt sends of a project: the MD5 of its name, if it is not that already.
fn project_id(line: &str) -> String {
    let is_md5 = line.len() == 32 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_md5 {
        return line.to_ascii_lowercase();
    }
    Md5::digest(line).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The lines of a file that hold something.
fn lines(file: &Path) -> anyhow::Result<Vec<String>> {
    let mut text = String::new();
    let read = if file == Path::new(STDIN) {
        io::stdin().lock().read_to_string(&mut text).map(drop)
    } else {
        std::fs::read_to_string(file).map(|whole| text = whole)
    };
    read.with_context(|| format!("cannot read the ids in {}", file.display()))?;
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_its_name_or_the_md5_of_it() {
        let md5 = "06e5b98c2db46f8a72cc4f66410e9b3b";
        assert_eq!(project_id(md5), md5);
        assert_eq!(project_id(&md5.to_uppercase()), md5);
        assert_eq!(project_id("jaffle_shop"), "06e5b98c2db46f8a72cc4f66410e9b3b");
    }
}
