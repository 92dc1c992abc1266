//! Whole numbers in few bytes.

use std::mem;

use polars::prelude::*;

/// Numbers, in as few bytes as the largest needs.
pub(super) enum Numbers {
    Bytes(Vec<u8>),
    Shorts(Vec<u16>),
    Longs(Vec<IdxSize>),
}

/// Whole numbers or days of a piece: how much each is more than one below the least; 0 is a missing one.
#[derive(Default)]
pub(super) struct Whole {
    /// The least and the largest, if there is one.
    ends: Option<(i64, i64)>,
    numbers: Numbers,
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Bytes(Vec::new())
    }
}

impl Numbers {
    pub(super) fn push(&mut self, number: IdxSize) {
        match self {
            Self::Bytes(bytes) => match u8::try_from(number) {
                Ok(number) => bytes.push(number),
                Err(_) => {
                    *self = Self::Shorts(mem::take(bytes).into_iter().map(u16::from).collect());
                    self.push(number);
                }
            },
            Self::Shorts(shorts) => match u16::try_from(number) {
                Ok(number) => shorts.push(number),
                Err(_) => {
                    *self = Self::Longs(mem::take(shorts).into_iter().map(IdxSize::from).collect());
                    self.push(number);
                }
            },
            Self::Longs(longs) => longs.push(number),
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

    pub(super) fn all(&self) -> Vec<IdxSize> {
        match self {
            Self::Bytes(bytes) => bytes.iter().copied().map(IdxSize::from).collect(),
            Self::Shorts(shorts) => shorts.iter().copied().map(IdxSize::from).collect(),
            Self::Longs(longs) => longs.clone(),
        }
    }

    /// Makes each that is not 0 larger.
    fn raise(&mut self, by: IdxSize) {
        let all = self.all();
        *self = Self::default();
        all.into_iter().for_each(|number| self.push(if number == 0 { 0 } else { number + by }));
    }

    /// Gives back memory that no number has.
    pub(super) fn shrink(&mut self) {
        match self {
            Self::Bytes(bytes) => bytes.shrink_to_fit(),
            Self::Shorts(shorts) => shorts.shrink_to_fit(),
            Self::Longs(longs) => longs.shrink_to_fit(),
        }
    }
}

impl Whole {
    /// Adds values, each to the piece of its row if there is one; `false`, and nothing is added, if they are too far apart
    /// for that.
    pub(super) fn add(pieces: &mut [Self], values: &Int64Chunked, of_rows: &[u16]) -> PolarsResult<bool> {
        let mut all_ends: Vec<Option<(i64, i64)>> = pieces.iter().map(|piece| piece.ends).collect();
        for (value, of) in values.iter().zip(of_rows) {
            if let (Some(value), Some(ends)) = (value, all_ends.get_mut(usize::from(*of))) {
                *ends = Some(ends.map_or((value, value), |(least, most)| (least.min(value), most.max(value))));
            }
        }
        if all_ends.iter().flatten().any(|(least, most)| above(*most, *least).is_none()) {
            return Ok(false);
        }
        for (piece, ends) in pieces.iter_mut().zip(all_ends) {
            if let (Some((before, _)), Some((least, _))) = (piece.ends, ends)
                && let Some(lower @ 1..) = above(before, least).map(|number| number - 1)
            {
                piece.numbers.raise(lower);
            }
            piece.ends = ends;
        }
        for (value, of) in values.iter().zip(of_rows) {
            if let Some(piece) = pieces.get_mut(usize::from(*of)) {
                let least = piece.ends.map_or(0, |(least, _)| least);
                let number = value.map_or(Some(0), |value| above(value, least));
                let number = number.ok_or_else(|| polars_err!(ComputeError: "a number beyond the ends of all"))?;
                piece.numbers.push(number);
            }
        }
        Ok(true)
    }

    /// They are all.
    pub(super) fn shrink(&mut self) {
        self.numbers.shrink();
    }

    /// How many bytes they take.
    pub(super) fn size(&self) -> usize {
        self.numbers.size()
    }

    /// What they are, as a column of a name and a type.
    pub(super) fn column(&self, name: PlSmallStr, dtype: &DataType) -> PolarsResult<Column> {
        let least = self.ends.map_or(0, |(least, _)| least);
        let values = self.numbers.all().into_iter();
        let values = values.map(|number| (number > 0).then(|| least + (i64::from(number) - 1)));
        let whole = Int64Chunked::from_iter_options(name, values).into_column();
        // Days are numbers of 32 bits.
        if *dtype == DataType::Date { whole.cast(&DataType::Int32)?.cast(dtype) } else { whole.cast(dtype) }
    }
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
            let mut numbers = Numbers::default();
            list.iter().for_each(|number| numbers.push(*number));
            assert_eq!((numbers.all(), numbers.size()), (list, bytes));
        }
    }

    #[test]
    fn values_below_all_before_them_are_added_to_those() {
        let mut pieces = [Whole::default(), Whole::default()];
        let mut add = |values: &[Option<i64>], of_rows: &[u16]| {
            let values = Int64Chunked::from_iter_options(PlSmallStr::EMPTY, values.iter().copied());
            Whole::add(&mut pieces, &values, of_rows).expect("numbers")
        };
        assert!(add(&[Some(500), None, Some(7), None], &[0, 0, 1, 2]));
        assert!(add(&[Some(-300), Some(499), None], &[0, 0, 1]));
        // Too far from those that are there; nothing of it is added, to no piece.
        assert!(!add(&[Some(1), Some(1 << 40)], &[1, 0]));
        assert!(!add(&[Some(i64::MIN), Some(i64::MAX)], &[0, 0]));
        assert!(add(&[Some(-1_000_000)], &[0]));
        let values = |piece: &Whole| {
            let column = piece.column("runs".into(), &DataType::Int64).expect("a column");
            column.i64().expect("numbers").iter().collect::<Vec<_>>()
        };
        assert_eq!(values(&pieces[0]), [Some(500), None, Some(-300), Some(499), Some(-1_000_000)]);
        assert_eq!(values(&pieces[1]), [Some(7), None]);
        assert_eq!([pieces[0].size(), pieces[1].size()], [20, 2]);
    }
}
