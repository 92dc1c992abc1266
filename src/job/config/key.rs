//! Keys, and how they are declared.

use std::ffi::OsStr;

use super::{Config, checks};

/// One key of the configuration.
#[derive(Debug)]
pub struct Key {
    /// Its name, with its section: `dumps.threads`.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// The flag that overrules it, without its hyphens, and what stands for its value in help.
    pub flag: Option<(&'static str, &'static str)>,
    /// The default as it would be written in a file; `None` where without a value there is none.
    pub default: Option<String>,
    /// What it may look like in a file: the default, where there is one.
    pub like: String,
    /// What has to be written.
    pub expected: String,
    /// The words that it can be and what they mean, where these are a closed list.
    pub words: Vec<(&'static str, &'static str)>,
    /// Whether a text on the command line or in the environment can be its value.
    pub accepts: fn(&OsStr) -> bool,
}

impl Key {
    /// The name without the section.
    pub fn own_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// The section; empty before the first.
    pub fn section(&self) -> &'static str {
        self.name.rsplit_once('.').map_or("", |(section, _)| section)
    }

    /// The variable of the environment that overrules it in the file.
    pub fn variable(&self) -> String {
        variable(self.name)
    }
}

/// What the variables of all keys begin with.
pub(super) const PREFIX: &str = "USAGE_REPORT_";

/// The variable of the key with this name.
pub(super) fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.replace('.', "_").to_uppercase())
}

/// Some keys that belong together.
#[derive(Debug)]
pub struct Section {
    /// Its name; empty for the keys before the first section.
    pub name: &'static str,
    /// What it is about.
    pub doc: &'static str,
    /// Its keys.
    pub keys: Vec<Key>,
}

/// Declares the configuration: see the head of the module.
macro_rules! configuration {
    (
        $all:ident { $($top:tt)* }
        $($(#[doc = $about:literal])+ $section:ident: $type:ident { $($keys:tt)* })*
        $(list $(#[doc = $each:literal])+ $list:ident: $item:ident { $($of_item:tt)* })*
    ) => {
        configuration! { @section ["", "", ""] Top { $($top)* } }
        $(configuration! {
            @section [stringify!($section), concat!(stringify!($section), "."), concat!($($about),+)] $type { $($keys)* }
        })*
        $(configuration! {
            @section [stringify!($list), concat!(stringify!($list), "."), concat!($($each),+)] $item { $($of_item)* }
        })*

        #[doc = "Every key with the value that it has."]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $all {
            #[doc = "The keys before the first section."]
            pub top: Top,
            $($(#[doc = $about])+ pub $section: $type,)*
            $($(#[doc = $each])+ pub $list: Vec<$item>,)*
        }

        impl $all {
            #[doc = "Every section, in the order of the file."]
            pub fn sections() -> &'static [Section] {
                static SECTIONS: std::sync::LazyLock<Vec<Section>> =
                    std::sync::LazyLock::new(|| vec![Top::section(), $($type::section()),*]);
                &SECTIONS
            }

            #[doc = "Every list of tables, with the keys of one of them; they come after all sections."]
            pub fn lists() -> &'static [Section] {
                static LISTS: std::sync::LazyLock<Vec<Section>> =
                    std::sync::LazyLock::new(|| vec![$($item::section()),*]);
                &LISTS
            }

            #[doc = "Every key that is there once, in the order of the file."]
            pub fn keys() -> impl Iterator<Item = &'static Key> {
                Self::sections().iter().flat_map(|section| &section.keys)
            }

            fn decided(by: &mut decide::Deciding<'_>) -> Self {
                Self {
                    top: Top::decided(by),
                    $($section: $type::decided(by),)*
                    $($list: by.list(stringify!($list), $item::decided),)*
                }
            }
        }
    };
    (
        @section [$name:expr, $prefix:expr, $about:expr] $type:ident {
            $(
                $(#[doc = $doc:literal])+
                $(#[flag($flag:literal, $placeholder:literal)])?
                $key:ident: $value:ty = $default:expr $(, like $like:literal)?;
            )*
        }
    ) => {
        #[doc = "Values of one section."]
        #[derive(Clone, Debug, PartialEq)]
        pub struct $type {
            $($(#[doc = $doc])+ pub $key: $value,)*
        }

        impl $type {
            fn section() -> Section {
                let mut keys = Vec::new();
                $({
                    let default = <$value as Value>::to_toml(&$default);
                    let like: &[&str] = &[$($like)?];
                    keys.push(Key {
                        name: concat!($prefix, stringify!($key)),
                        doc: concat!($($doc),+).trim_ascii(),
                        flag: [$(($flag, $placeholder))?].first().copied(),
                        like: like.first().map_or_else(|| default.clone().unwrap_or_default(), |like| (*like).to_owned()),
                        default: default.filter(|_| like.is_empty()),
                        expected: <$value as Value>::expected(),
                        words: <$value as Value>::words(),
                        accepts: |text| <$value as Value>::from_text(text).is_some(),
                    });
                })*
                Section { name: $name, doc: $about.trim_ascii(), keys }
            }

            fn decided(by: &mut decide::Deciding<'_>) -> Self {
                Self { $($key: by.value(concat!($prefix, stringify!($key)), $default)),* }
            }
        }
    };
}
pub(super) use configuration;

/// A file with every key, all of them commented out: what it says is what holds without it.
pub fn example() -> String {
    let mut text = String::from(
        "# Every key of usage-report, with its default or, where it has none, with what it may look like.\n\
         # Remove the # before a key to set it. Relative paths start from the folder of this file.\n\
         # A flag or the variable USAGE_REPORT_<SECTION>_<KEY> overrules what is here.\n",
    );
    for section in Config::sections() {
        if !section.name.is_empty() {
            text += &format!("\n{}\n[{}]\n", comment(&format!("{}.", section.doc)), section.name);
        }
        for key in &section.keys {
            let default = if key.default.is_some() { "" } else { " (no default)" };
            let words: Vec<_> = key.words.iter().map(|(word, _)| *word).collect();
            let words = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
            let meaning = comment(&format!("{}{words}{default}", key.doc));
            text += &format!("\n{meaning}\n#{} = {}\n", key.own_name(), key.like);
        }
    }
    for list in Config::lists() {
        text += &format!("\n{}\n#\n", comment(&format!("{}. No flag and no variable says any of it.", list.doc)));
        for key in &list.keys {
            let words: Vec<_> = key.words.iter().map(|(word, _)| *word).collect();
            let words = if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) };
            let default = key.default.as_ref().map_or_else(String::new, |default| format!(" (default {default})"));
            text += &format!("{}\n", comment(&format!("{}: {}{words}{default}.", key.own_name(), key.doc)));
        }
    }
    for check in checks::examples() {
        text += "\n";
        check.lines().for_each(|line| text += &format!("#{line}\n"));
    }
    text
}

/// Prose as comments.
fn comment(text: &str) -> String {
    textwrap::fill(text, textwrap::Options::new(100).initial_indent("# ").subsequent_indent("# "))
}
