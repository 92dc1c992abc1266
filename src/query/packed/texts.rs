//! The texts of a column, each once.

use std::hash::BuildHasher;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use polars::prelude::*;
use polars_arrow::array::MutableBinaryViewArray;

/// The texts of a column, while rows are added. A missing one is number 0.
pub(super) struct Texts {
    texts: MutableBinaryViewArray<str>,
    /// The numbers of all, by their texts, which are not there a second time.
    numbers: HashTable<IdxSize>,
    hasher: PlRandomState,
}

impl Texts {
    /// None yet.
    pub(super) fn new() -> Self {
        let mut texts = MutableBinaryViewArray::new();
        texts.push_null();
        Self { texts, numbers: HashTable::new(), hasher: PlRandomState::default() }
    }

    /// The number of a text, which it gets if it is new.
    pub(super) fn number(&mut self, text: Option<&str>) -> PolarsResult<IdxSize> {
        let Some(text) = text else { return Ok(0) };
        let (texts, hasher) = (&self.texts, &self.hasher);
        let of = |number: &IdxSize| texts.value(*number as usize);
        let entry = self.numbers.entry(
            hasher.hash_one(text),
            |number| of(number) == text,
            |number| hasher.hash_one(of(number)),
        );
        match entry {
            Entry::Occupied(known) => Ok(*known.get()),
            Entry::Vacant(new) => {
                let number = IdxSize::try_from(texts.len());
                let number = number.map_err(|_| polars_err!(ComputeError: "more than 2^32 texts"))?;
                new.insert(number);
                self.texts.push_value(text);
                Ok(number)
            }
        }
    }

    /// The text of each number.
    pub(super) fn made(self) -> StringChunked {
        StringChunked::with_chunk(PlSmallStr::EMPTY, self.texts.freeze())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number_and_a_missing_one_is_none() {
        let mut texts = Texts::new();
        let long = "a text that no view holds within itself";
        let mut given: Vec<Option<String>> = (0..1000).map(|number| Some(format!("{long} {number}"))).collect();
        given.extend([None, Some(String::new()), Some("a".to_owned())]);
        let numbers = |texts: &mut Texts| {
            let numbers = given.iter().map(|text| texts.number(text.as_deref()));
            numbers.collect::<PolarsResult<Vec<_>>>().expect("numbers")
        };
        let first = numbers(&mut texts);
        assert_eq!(numbers(&mut texts), first);
        assert_eq!(first[1000], 0);
        let made = texts.made();
        assert_eq!(made.len(), given.len());
        let of = |number: &IdxSize| made.get(*number as usize).map(str::to_owned);
        assert_eq!(first.iter().map(of).collect::<Vec<_>>(), given);
    }
}
