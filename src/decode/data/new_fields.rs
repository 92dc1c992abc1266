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

/// The name of a schema or field; `(other)` for what is no name as dbt forms them and so could be any text. A long run of
/// hexadecimal digits could be a hash of one.
pub(in crate::decode) fn shown(name: &str) -> &str {
    let proper = (1..=64).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !name.split('_').any(|part| part.len() >= 16 && part.bytes().all(|b| b.is_ascii_hexdigit()));
    if proper { name } else { "(other)" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_the_form_of_a_name_is_shown() {
        for name in ["run_model", "is_partial_parse_enabled", "a1", "dead_beef", &"a_".repeat(32)] {
            assert_eq!(shown(name), name);
        }
        let md5 = "e4d909c290d0fb1ca068ffaddf22cbd0";
        for name in
            ["", "Acme", "acme customers", "1a", "_a", "jane@example.com", md5, &format!("of_{md5}"), &"a".repeat(65)]
        {
            assert_eq!(shown(name), "(other)", "{name}");
        }
    }
}
