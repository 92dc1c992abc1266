//! Fields of an object that are not known here, by their names.

/// The most new fields of one object that are named.
const NEW_FIELDS: usize = 64;

/// Fields that a later dbt added to an object, each once; those of an object inside of it as `adapter_info.name`.
#[derive(Debug, Default)]
pub(in crate::decode) struct NewFields(Vec<String>);

impl NewFields {
    pub(super) fn add(&mut self, name: &str) {
        if self.0.len() < NEW_FIELDS && !self.0.iter().any(|known| known == name) {
            self.0.push(name.to_owned());
        }
    }

    pub(super) fn add_inside(&mut self, object: &str, fields: &Self) {
        for field in fields.names() {
            self.add(&format!("{object}.{field}"));
        }
    }

    /// The names.
    pub(in crate::decode) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

/// The name of a schema or field; `(other)` for what is no name as dbt forms them and so could be any text.
pub(in crate::decode) fn shown(name: &str) -> &str {
    let proper = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if proper { name } else { "(other)" }
}
