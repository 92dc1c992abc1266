//! Flags that overrule keys of the configuration: made of the keys' declarations, so that each is described once.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use clap::builder::{PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::job::config::{Config, Key};

/// Which keys, or all of which sections, a command takes as flags.
const OF_COMMANDS: [(&str, &[&str]); 19] = [
    ("run", &["lake", "key_file", "dumps", "limits", "reports.queries"]),
    ("ingest", &["lake", "key_file", "dumps", "limits"]),
    ("reparse", &["lake", "key_file", "dumps.format", "dumps.rules", "dumps.threads", "dumps.memory", "limits"]),
    ("plan", &["lake", "key_file", "dumps", "limits", "reports.queries"]),
    ("spark", &["lake", "key_file"]),
    ("build", &["lake"]),
    ("report", &["lake", "reports.queries"]),
    ("publish", &["lake", "reports.queries"]),
    ("query", &["lake"]),
    ("rejects", &["lake"]),
    ("explain", &["lake", "reports.queries"]),
    ("dictionary", &["reports.queries"]),
    ("changes", &["lake", "reports.queries"]),
    ("check", &["lake"]),
    ("forget", &["lake", "key_file"]),
    ("rotate-key", &["lake", "key_file"]),
    ("compact", &["lake"]),
    ("gc", &["lake", "maintenance"]),
    ("health", &["lake", "health"]),
];

/// The key that every command takes as a flag.
const EVERYWHERE: &str = "log";

/// A word of a key that is a flag of every command, so that it is quick to say.
struct Switch {
    key: &'static str,
    word: &'static str,
    short: char,
    help: &'static str,
}

/// All of them; of a key one at a time.
const SWITCHES: [Switch; 2] = [
    Switch { key: "log.level", word: "quiet", short: 'q', help: "Say only what is wrong; show no progress" },
    Switch {
        key: "log.level",
        word: "verbose",
        short: 'v',
        help: "Say also what is done: each dump, day and report, and what was decided",
    },
];

impl Switch {
    fn flag(&self) -> Arg {
        let others = SWITCHES.iter().filter(|other| other.key == self.key && other.word != self.word);
        Arg::new(self.word)
            .long(self.word)
            .short(self.short)
            .action(ArgAction::SetTrue)
            .global(true)
            .conflicts_with_all(others.map(|other| other.word))
            .help(format!("{} [key: {}]", self.help, self.key))
    }
}

/// The flags of some keys, or of all of some sections.
fn flags(of: &[&str]) -> impl Iterator<Item = Arg> {
    Config::keys().filter(|key| of.iter().any(|name| key.name == *name || key.section() == *name)).filter_map(flag)
}

/// The flag of a key, if it has one.
fn flag(key: &'static Key) -> Option<Arg> {
    let (flag, placeholder) = key.flag?;
    let default =
        key.default.as_ref().map_or_else(String::new, |text| format!(" [default: {}]", text.trim_matches('"')));
    let help = format!("{}{default} [key: {}]", key.doc, key.name);
    let flag = Arg::new(key.name).long(flag).value_name(placeholder).help(help).value_parser(OfKey(key));
    Some(if key.section() == "limits" { flag.help_heading("Limits") } else { flag })
}

/// The command line with the flags of all keys.
pub(super) fn with_flags(line: Command) -> Command {
    let mut line =
        line.args(flags(&[EVERYWHERE]).map(|flag| flag.global(true))).args(SWITCHES.iter().map(Switch::flag));
    for (command, of) in OF_COMMANDS {
        line = line.mut_subcommand(command, |command| command.args(flags(of)));
    }
    let all: Vec<_> =
        Config::sections().iter().map(|section| section.name).filter(|name| *name != EVERYWHERE).collect();
    line.mut_subcommand("config", |config| config.mut_subcommand("show", |show| show.args(flags(&all))))
}

/// The flags that were given, by the names of their keys.
pub(super) fn given(mut matches: &ArgMatches) -> BTreeMap<&'static str, OsString> {
    let mut given = BTreeMap::new();
    loop {
        for key in Config::keys() {
            // A command does not know the flags of others.
            if let Ok(Some(mut values)) = matches.try_get_raw(key.name)
                && let Some(value) = values.next()
            {
                given.insert(key.name, value.to_owned());
            }
        }
        for switch in SWITCHES.iter().filter(|switch| matches.get_flag(switch.word)) {
            given.insert(switch.key, switch.word.into());
        }
        match matches.subcommand() {
            Some((_, of_command)) => matches = of_command,
            None => return given,
        }
    }
}

/// Takes what the key takes, as it was written.
#[derive(Clone)]
struct OfKey(&'static Key);

impl TypedValueParser for OfKey {
    type Value = OsString;

    fn parse_ref(&self, command: &Command, flag: Option<&Arg>, value: &OsStr) -> Result<OsString, clap::Error> {
        if (self.0.accepts)(value) {
            return Ok(value.to_owned());
        }
        let (value, flag) = (value.to_string_lossy(), flag.map(ToString::to_string).unwrap_or_default());
        let reason = format!("invalid value '{value}' for '{flag}': expected {}\n", self.0.expected);
        Err(clap::Error::raw(ErrorKind::ValueValidation, reason).with_cmd(command))
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        let values = || self.0.words.iter().map(|(word, meaning)| PossibleValue::new(*word).help(*meaning));
        (!self.0.words.is_empty()).then(|| Box::new(values()) as Box<_>)
    }
}
