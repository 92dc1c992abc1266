//! Numbers in few bytes, those of all pieces in one block of memory: many small blocks leave holes when they are given back,
//! into which nothing fits that comes later.

use std::mem;
use std::ops::Range;

use polars::prelude::*;
use polars_arrow::array::PrimitiveArray;
use polars_arrow::bitmap::MutableBitmap;

/// Numbers, each with as few bytes as the largest needs.
pub(super) enum Numbers {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Longs(Vec<IdxSize>),
}

/// Whole numbers, days or truths: how much each is more than one below the least of its piece; 0 is a missing one.
pub(super) struct Whole {
    /// The least and the largest of each piece, if there is one.
    ends: Vec<Option<(i64, i64)>>,
    numbers: Numbers,
}

/// Numbers with a fraction.
pub(super) struct Floats {
    values: Vec<f64>,
    known: MutableBitmap,
}

impl Numbers {
    /// So many, all of them 0. Memory that is zero of itself is taken only when it is written to.
    pub(super) fn zero(count: usize) -> Self {
        Self::Bytes(vec![0; count])
    }

    /// Puts one in a place.
    pub(super) fn set(&mut self, place: usize, number: IdxSize) {
        match self {
            Self::Bytes(bytes) => match u8::try_from(number) {
                Ok(number) => bytes[place] = number,
                Err(_) => {
                    *self = Self::Shorts(wider(mem::take(bytes)));
                    self.set(place, number);
                }
            },
            Self::Shorts(shorts) => match u16::try_from(number) {
                Ok(number) => shorts[place] = number,
                Err(_) => {
                    *self = Self::Longs(wider(mem::take(shorts)));
                    self.set(place, number);
                }
            },
            Self::Longs(longs) => longs[place] = number,
        }
    }

    /// How many bytes they take.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => size_of_val(bytes.as_slice()),
            Self::Shorts(shorts) => size_of_val(shorts.as_slice()),
            Self::Longs(longs) => size_of_val(longs.as_slice()),
        }
    }

    /// Those in some places.
    pub(super) fn some(&self, places: Range<usize>) -> Vec<IdxSize> {
        match self {
            Self::Bytes(bytes) => bytes[places].iter().copied().map(IdxSize::from).collect(),
            Self::Shorts(shorts) => shorts[places].iter().copied().map(IdxSize::from).collect(),
            Self::Longs(longs) => longs[places].to_vec(),
        }
    }

    /// Makes each in some places larger that is not 0.
    fn raise(&mut self, places: Range<usize>, by: IdxSize) {
        for (place, number) in places.clone().zip(self.some(places)) {
            if number > 0 {
                self.set(place, number + by);
            }
        }
    }
}

/// The same numbers with more bytes each.
fn wider<N, M: From<N>>(numbers: Vec<N>) -> Vec<M> {
    numbers.into_iter().map(M::from).collect()
}

impl Whole {
    /// So many in so many pieces, all of them missing.
    pub(super) fn missing(pieces: usize, count: usize) -> Self {
        Self { ends: vec![None; pieces], numbers: Numbers::zero(count) }
    }

    /// Puts values in their places, `None` in none. `pieces` are the places of each piece, and how many of them have been
    /// taken. `false`, and nothing is put anywhere, if values of a piece are too far apart for that.
    pub(super) fn add(&mut self, values: &Int64Chunked, of_rows: &[u16], pieces: &mut [Taken]) -> PolarsResult<bool> {
        let mut all_ends = self.ends.clone();
        for (value, of) in values.iter().zip(of_rows) {
            if let (Some(value), Some(ends)) = (value, all_ends.get_mut(usize::from(*of))) {
                *ends = Some(ends.map_or((value, value), |(least, most)| (least.min(value), most.max(value))));
            }
        }
        if all_ends.iter().flatten().any(|(least, most)| above(*most, *least).is_none()) {
            return Ok(false);
        }
        for ((before, ends), piece) in self.ends.iter().zip(&all_ends).zip(pieces.iter()) {
            if let (Some((before, _)), Some((least, _))) = (before, ends)
                && let Some(lower @ 1..) = above(*before, *least).map(|number| number - 1)
            {
                self.numbers.raise(piece.first..piece.next, lower);
            }
        }
        self.ends = all_ends;
        for ((value, of), place) in values.iter().zip(of_rows).zip(places(of_rows, pieces)) {
            if let (Some(value), Some(place)) = (value, place) {
                let number = self.ends[usize::from(*of)].and_then(|(least, _)| above(value, least));
                let number = number.ok_or_else(|| polars_err!(ComputeError: "a number beyond the ends of all"))?;
                self.numbers.set(place, number);
            }
        }
        Ok(true)
    }

    /// How many bytes they take.
    pub(super) fn size(&self) -> usize {
        self.numbers.size()
    }

    /// What those of a piece are, in these places, as a column of a name and a type.
    pub(super) fn column(
        &self,
        piece: usize,
        places: Range<usize>,
        name: PlSmallStr,
        dtype: &DataType,
    ) -> PolarsResult<Column> {
        let least = self.ends[piece].map_or(0, |(least, _)| least);
        let values = self.numbers.some(places).into_iter();
        let values = values.map(|number| (number > 0).then(|| least + (i64::from(number) - 1)));
        let whole = Int64Chunked::from_iter_options(name, values).into_column();
        // Days are numbers of 32 bits.
        if *dtype == DataType::Date { whole.cast(&DataType::Int32)?.cast(dtype) } else { whole.cast(dtype) }
    }
}

impl Floats {
    /// So many, all of them missing.
    pub(super) fn missing(count: usize) -> Self {
        Self { values: vec![0.0; count], known: MutableBitmap::from_len_zeroed(count) }
    }

    /// Puts one in a place.
    pub(super) fn set(&mut self, place: usize, value: f64) {
        self.values[place] = value;
        self.known.set(place, true);
    }

    /// They are all; as a column, of which pieces are slices.
    pub(super) fn made(self) -> Column {
        let all = PrimitiveArray::from_vec(self.values).with_validity(Some(self.known.into()));
        Float64Chunked::with_chunk(PlSmallStr::EMPTY, all).into_column()
    }
}

/// The places of a piece, and which of them have been taken.
#[derive(Clone, Debug)]
pub(super) struct Taken {
    pub first: usize,
    pub next: usize,
}

impl Taken {
    /// None yet of those that begin with one.
    pub(super) fn none(first: usize) -> Self {
        Self { first, next: first }
    }

    /// Takes the next one.
    pub(super) fn take(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

/// The place of each row in its piece, which is taken with it; `None` where that is none of these.
pub(super) fn places(of_rows: &[u16], pieces: &mut [Taken]) -> impl Iterator<Item = Option<usize>> {
    of_rows.iter().map(|piece| pieces.get_mut(usize::from(*piece)).map(Taken::take))
}

/// How much a value is more than one below another one; `None` if that is no number of few bytes.
fn above(value: i64, least: i64) -> Option<IdxSize> {
    IdxSize::try_from(value.checked_sub(least)?.checked_add(1)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_as_few_bytes_as_the_largest_needs() {
        for (list, bytes) in [
            (vec![], 0),
            (vec![0, 255], 2),
            (vec![0, 256, 1], 6),
            (vec![256], 2),
            (vec![1, 65_536], 8),
            (vec![65_536, 1], 8),
            (vec![1, 300, 70_000, 2], 16),
        ] {
            let mut numbers = Numbers::zero(list.len());
            list.iter().enumerate().for_each(|(place, number)| numbers.set(place, *number));
            assert_eq!(numbers.some(0..list.len()), list);
            assert_eq!(numbers.size(), bytes);
        }
    }

    #[test]
    fn values_below_all_before_them_are_added_to_those() {
        // Five rows in the first piece, two in the second; of the third nothing is wanted.
        let mut pieces = [Taken::none(0), Taken::none(5)];
        let mut whole = Whole::missing(2, 7);
        let mut add = |values: &[Option<i64>], of_rows: &[u16]| {
            let values = Int64Chunked::from_iter_options(PlSmallStr::EMPTY, values.iter().copied());
            whole.add(&values, of_rows, &mut pieces).expect("numbers")
        };
        assert!(add(&[Some(500), None, Some(7), None], &[0, 0, 1, 2]));
        assert!(add(&[Some(-300), Some(499), None], &[0, 0, 1]));
        // Too far from those that are there; nothing of it is added, to no piece.
        assert!(!add(&[Some(1), Some(1 << 40)], &[1, 0]));
        assert!(!add(&[Some(i64::MIN), Some(i64::MAX)], &[0, 0]));
        assert!(add(&[Some(-1_000_000)], &[0]));
        let values = |piece, places| {
            let column = whole.column(piece, places, "runs".into(), &DataType::Int64).expect("a column");
            column.i64().expect("numbers").iter().collect::<Vec<_>>()
        };
        assert_eq!(values(0, 0..5), [Some(500), None, Some(-300), Some(499), Some(-1_000_000)]);
        assert_eq!(values(1, 5..7), [Some(7), None]);
        assert_eq!(whole.size(), 28);
    }

    #[test]
    fn fractions_are_what_they_were() {
        let mut floats = Floats::missing(4);
        floats.set(2, 0.1);
        floats.set(0, f64::NEG_INFINITY);
        let made = floats.made();
        assert_eq!(
            made.f64().expect("numbers").iter().collect::<Vec<_>>(),
            [Some(f64::NEG_INFINITY), None, Some(0.1), None]
        );
    }
}
