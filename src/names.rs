//! Names that nobody knows, answered with what was meant.

/// How much alike two names have to be for the one to be meant by the other, of 1.
const ALIKE: f64 = 0.8;

/// The name most like another, if there is one that is much like it. A right name in a wrong section is.
pub fn nearest<K: AsRef<str>>(name: &str, known: impl Iterator<Item = K>) -> Option<K> {
    let own = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    let likeness = |known: &str| {
        let whole = strsim::jaro_winkler(name, known);
        whole.max(strsim::jaro_winkler(&own(name), &own(known)))
    };
    let nearest = known.map(|known| (likeness(known.as_ref()), known)).max_by(|a, b| a.0.total_cmp(&b.0));
    nearest.filter(|(likeness, _)| *likeness > ALIKE).map(|(_, known)| known)
}

/// That there is no such thing, and which was meant or, where none is like it, which there are.
pub fn unknown<K: AsRef<str>>(what: &str, name: &str, known: &[K]) -> String {
    let known = || known.iter().map(AsRef::as_ref);
    match nearest(name, known()) {
        Some(nearest) => format!("there is no {what} {name}; did you mean {nearest}?"),
        None => format!("there is no {what} {name}; there are: {}", known().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_known_is_answered_with_what_was_meant() {
        let known = ["success_by_version", "success_by_adapter", "platform_os"];
        let told = |name| unknown("report", name, &known);
        assert_eq!(told("sucess_by_versoin"), "there is no report sucess_by_versoin; did you mean success_by_version?");
        assert_eq!(told("plaform_os"), "there is no report plaform_os; did you mean platform_os?");
        assert_eq!(
            told("weather"),
            "there is no report weather; there are: success_by_version, success_by_adapter, platform_os"
        );
    }

    #[test]
    fn a_right_name_in_a_wrong_section_is_meant() {
        assert_eq!(nearest("lake.threads", ["dumps.threads", "lake"].into_iter()), Some("dumps.threads"));
        assert_eq!(nearest("zzz", ["dumps.threads", "lake"].into_iter()), None);
    }
}
