//! Re-parse rules: how to read what would be refused, declared in a file.
//!
//! ```toml
//! [[rename]]                      # a fork that uses a vendor of its own
//! name = "acme-fork"
//! from = "com.acme/run_model/1"   # vendor/name/model
//! to = "run_model"
//!
//! [[accept]]                      # a schema that is not known, read as one that is
//! name = "invocation-2"
//! schema = "invocation/2"         # name/model of com.dbt
//! read_as = "invocation"
//!
//! [[supply]]                      # a field that is missing or null
//! name = "ends-without-progress"
//! schema = "invocation"
//! field = "progress"
//! value = "end"
//! ```
//!
//! They are applied to the contexts of Snowplow events, and only to those of an event that would be refused: what can
//! be read without them is read without them. All rules are applied, in the order above, and those that change
//! something are counted if the event can then be read.

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::contexts::SCHEMAS;
use super::entries::{self, Entry, flatten};
use crate::names::unknown;

/// A file of rules that cannot be used.
#[derive(Debug, Error)]
pub enum RulesError {
    /// No TOML, or not of this form.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// A rule that says something impossible.
    #[error("rule {rule}: {reason}")]
    Rule {
        /// Its name.
        rule: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Rules, in the order in which they are applied.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    text: String,
}

#[derive(Clone, Debug, PartialEq)]
struct Rule {
    name: String,
    action: Action,
}

#[derive(Clone, Debug, PartialEq)]
enum Action {
    /// Contexts of the one schema become those of the other; both as the Analytics SDKs spell them.
    ReadAs { from: String, to: String },
    /// The field of contexts of the schema gets a value where it has none.
    Supply { schema: String, field: String, value: Value },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rename: Vec<Rename>,
    #[serde(default)]
    accept: Vec<Accept>,
    #[serde(default)]
    supply: Vec<Supply>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    name: String,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Accept {
    name: String,
    schema: String,
    read_as: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Supply {
    name: String,
    schema: String,
    field: String,
    value: Value,
}

impl Rules {
    /// Reads a file of rules.
    ///
    /// # Errors
    /// When it is no TOML of this form, or names a schema or field that is not read.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        let file: File = toml::from_str(text)?;
        let mut rules = Vec::new();
        for rule in file.rename {
            let refuse = |reason| RulesError::Rule { rule: rule.name.clone(), reason };
            let from =
                schema_of(&rule.from).ok_or_else(|| refuse(expected("from", "vendor/name/model", &rule.from)))?;
            let to = known(&rule.to).map_err(refuse)?;
            rules.push(Rule { name: rule.name, action: Action::ReadAs { from, to } });
        }
        for rule in file.accept {
            let refuse = |reason| RulesError::Rule { rule: rule.name.clone(), reason };
            let from = schema_of(&format!("com.dbt/{}", rule.schema))
                .ok_or_else(|| refuse(expected("schema", "name/model", &rule.schema)))?;
            let to = known(&rule.read_as).map_err(refuse)?;
            rules.push(Rule { name: rule.name, action: Action::ReadAs { from, to } });
        }
        for rule in file.supply {
            let refuse = |reason| RulesError::Rule { rule: rule.name.clone(), reason };
            let schema = known(&rule.schema).map_err(refuse)?;
            let fields = SCHEMAS.iter().find(|(name, _)| *name == rule.schema).map_or(&[][..], |(_, fields)| fields);
            if !fields.contains(&rule.field.as_str()) {
                return Err(refuse(format!(
                    "{} has no field {} that is read; it has: {}",
                    rule.schema,
                    rule.field,
                    fields.join(", ")
                )));
            }
            let action = Action::Supply { schema, field: rule.field, value: rule.value };
            rules.push(Rule { name: rule.name, action });
        }
        for (at, rule) in rules.iter().enumerate() {
            if rules[..at].iter().any(|other| other.name == rule.name) {
                let reason = "another rule has the same name".to_owned();
                return Err(RulesError::Rule { rule: rule.name.clone(), reason });
            }
        }
        Ok(Self { rules, text: text.to_owned() })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The file as it was read: what makes one set of rules another than the next.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the rules, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.name.as_str())
    }

    /// The contexts in a wrapper, rewritten, and the rules that did so; `None` if none did.
    pub(super) fn rewrite(&self, wrapper: &str) -> Option<(String, Vec<usize>)> {
        self.rewrite_entries(entries::of_wrapper(wrapper)?)
    }

    /// The same for contexts as values.
    pub(super) fn rewrite_entries(&self, mut entries: Vec<Entry>) -> Option<(String, Vec<usize>)> {
        let mut fired = Vec::new();
        for (number, rule) in self.rules.iter().enumerate() {
            let mut changed = false;
            for entry in &mut entries {
                changed |= rule.action.apply(entry);
            }
            if changed {
                fired.push(number);
            }
        }
        (!fired.is_empty()).then(|| (entries::wrap(&entries), fired))
    }
}

impl Action {
    /// Changes a context; says whether it did.
    fn apply(&self, entry: &mut Entry) -> bool {
        match self {
            Self::ReadAs { from, to } if entry.schema == *from => {
                entry.schema.clone_from(to);
                true
            }
            Self::Supply { schema, field, value } if entry.schema == *schema => match entry.data.as_object_mut() {
                Some(data) if data.get(field).is_none_or(Value::is_null) => {
                    data.insert(field.clone(), value.clone());
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// `vendor/name/model` as the Analytics SDKs spell it.
fn schema_of(text: &str) -> Option<String> {
    let mut parts = text.split('/');
    let (vendor, name, model) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = parts.next().is_none() && !vendor.is_empty() && !name.is_empty();
    if whole { flatten(vendor, name, model) } else { None }
}

/// A schema that is read, as the Analytics SDKs spell it.
fn known(name: &str) -> Result<String, String> {
    if SCHEMAS.iter().any(|(known, _)| *known == name) {
        return Ok(format!("com_dbt_{name}_1"));
    }
    let names: Vec<&str> = SCHEMAS.iter().map(|(name, _)| *name).collect();
    Err(unknown("schema", name, &names))
}

fn expected(key: &str, form: &str, found: &str) -> String {
    format!("{key}: expected {form}, found {found}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const RULES: &str = r#"
        [[rename]]
        name = "acme-fork"
        from = "com.acme/runModel/1"
        to = "run_model"
        [[accept]]
        name = "invocation-2"
        schema = "invocation/2"
        read_as = "invocation"
        [[supply]]
        name = "progress"
        schema = "invocation"
        field = "progress"
        value = "end"
    "#;

    fn entry(schema: &str, data: Value) -> Entry {
        Entry { schema: schema.to_owned(), data }
    }

    #[test]
    fn rules_rewrite_what_they_name_and_nothing_else() {
        let rules = Rules::parse(RULES).expect("rules");
        assert_eq!(rules.names().collect::<Vec<_>>(), ["acme-fork", "invocation-2", "progress"]);
        let of = |entries: &[Entry]| {
            rules
                .rewrite_entries(entries.to_vec())
                .map(|(json, fired)| (entries::of_wrapper(&json).expect("JSON"), fired))
        };
        assert_eq!(
            of(&[entry("com_acme_run_model_1", json!({"a": 1}))]),
            Some((vec![entry("com_dbt_run_model_1", json!({"a": 1}))], vec![0]))
        );
        // A supplied field also of a context that another rule has made.
        assert_eq!(
            of(&[entry("com_dbt_invocation_2", json!({"progress": null}))]),
            Some((vec![entry("com_dbt_invocation_1", json!({"progress": "end"}))], vec![1, 2]))
        );
        assert_eq!(of(&[entry("com_dbt_invocation_1", json!({"progress": "start"}))]), None);
        assert_eq!(of(&[entry("com_acme_run_model_2", json!({}))]), None);
        assert_eq!(of(&[entry("com_dbt_invocation_1", json!([]))]), None);
    }

    #[test]
    fn a_rule_that_cannot_work_is_refused_by_name() {
        let fails = |text: &str| Rules::parse(text).expect_err(text).to_string();
        let rename = |from: &str, to: &str| format!("[[rename]]\nname = \"r\"\nfrom = \"{from}\"\nto = \"{to}\"");
        assert!(fails(&rename("acme", "run_model")).contains("rule r: from: expected vendor/name/model, found acme"));
        assert!(fails(&rename("a/b/1", "run_modle")).contains("there is no schema run_modle; did you mean run_model?"));
        let supply = "[[supply]]\nname = \"s\"\nschema = \"invocation\"\nfield = \"options\"\nvalue = 1";
        assert!(fails(supply).contains("invocation has no field options that is read; it has: progress,"));
        assert!(fails(&[rename("a/b/1", "run_model"), rename("a/c/1", "run_model")].join("\n")).contains("same name"));
        assert!(fails("[[renam]]\nname = \"r\"").contains("renam"));
        assert!(Rules::parse("").expect("no rules").is_empty());
    }
}
