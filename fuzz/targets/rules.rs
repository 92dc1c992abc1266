#![no_main]
//! A file of rules and, after a zero, the contexts of an event: no file panics, what is refused is refused for a rule
//! that it has, and rules change only what would be refused.

use libfuzzer_sys::fuzz_target;
use usage_report_fuzz::decode::{Decoder, Format, Limits, Rules, RulesError};
use usage_report_fuzz::laws;

/// A line of enriched TSV with these contexts.
fn line(contexts: &[u8]) -> Vec<u8> {
    let mut cells = vec![Vec::new(); 131];
    cells[0] = b"dbt".to_vec();
    cells[3] = b"2026-10-01 12:00:00.500".to_vec();
    cells[6] = b"5f0d8e5a-8a3e-4c3b-9a92-0d5f4a1b2c3d".to_vec();
    cells[52] = contexts.iter().map(|byte| if *byte == b'\t' { b' ' } else { *byte }).collect();
    cells[55] = b"3f1a9c52-8c1e-4f39-9a55-6f5b8b6a2d01".to_vec();
    cells.join(&b'\t')
}

fuzz_target!(|input: &[u8]| {
    let end = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    let (text, contexts) = input.split_at(end);
    let record = line(contexts.strip_prefix(&[0]).unwrap_or_default());
    let (limits, none) = (Limits::default(), Rules::default());
    let told = laws::decode(&mut Decoder::new(&laws::PSEUDONYMIZER, &limits, &none), Format::EnrichedTsv, &record);
    laws::check_rules(Format::EnrichedTsv, &record, &told, &laws::RULES);

    let Ok(text) = std::str::from_utf8(text) else { return };
    match Rules::parse(text) {
        Ok(rules) => {
            let mut names: Vec<&str> = rules.names().collect();
            assert_eq!(names.is_empty(), rules.is_empty());
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "two rules of one name");
            laws::check_rules(Format::EnrichedTsv, &record, &told, &rules);
        }
        Err(error @ RulesError::Form(_)) => drop(error.to_string()),
        Err(error @ RulesError::Rule { .. }) => assert!(error.to_string().starts_with("rule ")),
    }
});
