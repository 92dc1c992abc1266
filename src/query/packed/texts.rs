//! The texts of a column.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use polars::prelude::*;
use polars_arrow::array::{MutableBinaryViewArray, Utf8ViewArray, View};
use polars_arrow::bitmap::{Bitmap, MutableBitmap};
use polars_buffer::Buffer;

use super::numbers::{Numbers, Taken};

/// The texts of a column, each once, while rows are added. A missing one is number 0.
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

/// Texts of one length, few of which are there twice: pseudonyms. Each has its place and nothing besides, which is less than
/// half of what a number, a text and a place among all texts take.
pub(super) struct Alike {
    length: usize,
    bytes: Vec<u8>,
    known: MutableBitmap,
}

/// The same, when all are in their places.
pub(super) struct AllAlike {
    length: usize,
    bytes: Buffer<u8>,
    known: Bitmap,
}

/// Of fewer texts nothing is concluded about those that follow.
const LEAST_ALIKE: usize = 100;

impl Alike {
    /// So many places, with nothing in them, for texts like the first of a column; `None` if these are not alike.
    pub(super) fn to(column: &StringChunked, count: usize) -> PolarsResult<Option<Self>> {
        let known = column.len() - column.null_count();
        let Some(first) = column.iter().flatten().next() else { return Ok(None) };
        let empty = Self { length: first.len(), bytes: Vec::new(), known: MutableBitmap::new() };
        // What is shorter is within its view.
        let is_long = empty.length > View::MAX_INLINE_SIZE as usize;
        if known < LEAST_ALIKE || !is_long || !empty.takes(column) || 2 * column.n_unique()? < known {
            return Ok(None);
        }
        Ok(Some(Self { bytes: vec![0; count * empty.length], known: MutableBitmap::from_len_zeroed(count), ..empty }))
    }

    /// Whether all texts of a column are of its length.
    pub(super) fn takes(&self, column: &StringChunked) -> bool {
        column.iter().flatten().all(|text| text.len() == self.length)
    }

    /// Puts a text of its length in a place.
    pub(super) fn set(&mut self, place: usize, text: &str) {
        self.bytes[place * self.length..][..self.length].copy_from_slice(text.as_bytes());
        self.known.set(place, true);
    }

    /// What there is in some pieces, with a number for each text: where others follow that are not alike.
    pub(super) fn numbered(&self, pieces: &[Taken]) -> PolarsResult<(Texts, Numbers)> {
        let (mut texts, mut numbers) = (Texts::new(), Numbers::zero(self.known.len()));
        for place in pieces.iter().flat_map(|piece| piece.first..piece.next) {
            if self.known.get(place) {
                let text = str::from_utf8(&self.bytes[place * self.length..][..self.length]);
                let text = text.map_err(|reason| polars_err!(ComputeError: "{reason}"))?;
                numbers.set(place, texts.number(Some(text))?);
            }
        }
        Ok((texts, numbers))
    }

    /// All are in their places.
    pub(super) fn made(self) -> AllAlike {
        AllAlike { length: self.length, bytes: self.bytes.into(), known: self.known.into() }
    }
}

impl AllAlike {
    /// How many bytes they take.
    pub(super) fn size(&self) -> usize {
        self.bytes.len() + self.known.len() / 8
    }

    /// Those in some places, or in some rows of these: views of what is here.
    pub(super) fn some(&self, places: Range<usize>, rows: Option<&IdxCa>) -> PolarsResult<StringChunked> {
        let known = self.known.clone().sliced(places.start, places.len());
        let bytes = self.bytes.clone().sliced(places.start * self.length..places.end * self.length);
        let view = |row: usize| {
            let first = row * self.length;
            let offset = u32::try_from(first);
            let offset = offset.map_err(|_| polars_err!(ComputeError: "more than 4 GB of texts in one piece"))?;
            PolarsResult::Ok(View::new_from_bytes(&bytes[first..first + self.length], 0, offset))
        };
        let (views, known): (Vec<View>, Bitmap) = match rows {
            Some(rows) => {
                let rows: Vec<usize> = rows.iter().flatten().map(|row| row as usize).collect();
                let views = rows.iter().map(|row| view(*row)).collect::<PolarsResult<_>>()?;
                (views, rows.iter().map(|row| known.get_bit(*row)).collect())
            }
            None => ((0..places.len()).map(view).collect::<PolarsResult<_>>()?, known),
        };
        let buffers = vec![bytes].into();
        let texts = Utf8ViewArray::try_new(ArrowDataType::Utf8View, views.into(), buffers, Some(known))?;
        Ok(StringChunked::with_chunk(PlSmallStr::EMPTY, texts))
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

    /// Texts that are alike, each with its place, and what they are in all places.
    fn alike() -> (Vec<(usize, String)>, Vec<Option<String>>) {
        let text = |number: usize| format!("pseudonym {number:06}");
        // Some places have none, and they are not taken in their order.
        let texts: Vec<(usize, String)> = (0..300).map(|number| ((number * 7) % 400, text(number))).collect();
        let mut all = vec![None; 400];
        texts.iter().for_each(|(place, text)| all[*place] = Some(text.clone()));
        (texts, all)
    }

    #[test]
    fn texts_of_one_length_are_in_their_places() {
        let (texts, all) = alike();
        let column: StringChunked = texts.iter().map(|(_, text)| Some(text.as_str())).collect();
        let mut alike = Alike::to(&column, 400).expect("texts").expect("alike");
        texts.iter().for_each(|(place, text)| alike.set(*place, text));
        let made = alike.made();
        assert_eq!(made.size(), 400 * 16 + 50);
        let list = |texts: StringChunked| texts.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>();
        for places in [0..400, 0..0, 100..300, 399..400] {
            assert_eq!(list(made.some(places.clone(), None).expect("texts")), all[places]);
        }
        let rows: IdxCa = [Some(3), Some(0), Some(199)].into_iter().collect();
        let some = made.some(100..300, Some(&rows)).expect("texts");
        assert_eq!(list(some), [all[103].clone(), all[100].clone(), all[299].clone()]);
    }

    #[test]
    fn texts_are_not_alike_that_are_few_short_repeated_or_of_several_lengths() {
        let is_alike = |texts: &[String]| {
            let column: StringChunked = texts.iter().map(|text| Some(text.as_str())).collect();
            Alike::to(&column, 1).expect("texts").is_some()
        };
        let (texts, _) = alike();
        let mut texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
        assert!(is_alike(&texts) && is_alike(&texts[..100]) && !is_alike(&texts[..99]) && !is_alike(&[]));
        assert!(!is_alike(&texts.iter().map(|text| text[10..].to_owned()).collect::<Vec<_>>()));
        assert!(!is_alike(&texts.iter().map(|text| format!("{}0000", &text[..12])).collect::<Vec<_>>()));
        texts[299].push('x');
        assert!(!is_alike(&texts));
    }
}
