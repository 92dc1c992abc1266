//! One column of a table by pieces.

use std::ops::Range;

use polars::prelude::*;

use super::numbers::{Floats, Numbers, Taken, Whole, places};
use super::rows_of_pieces;
use super::texts::{Alike, AllAlike, Texts};

/// One column, of so many pieces, one behind the other.
pub(super) struct PackedColumn {
    pieces: usize,
    values: Values<StringChunked, AllAlike, Column>,
}

/// One column to which files are added.
pub(super) struct Unfinished {
    /// Of the pieces the places in which there is something.
    pieces: Vec<Taken>,
    values: Values<Texts, Alike, Floats>,
}

/// What is in a column, by its type: of some types it is another thing when all is there than while more is added.
enum Values<T, A, F> {
    Text { texts: T, numbers: Numbers },
    Alike(A),
    Whole { dtype: DataType, numbers: Whole },
    Float { numbers: F },
    Other { pieces: Vec<Column> },
}

impl Unfinished {
    /// Nothing of a column like this one, for pieces that begin at all but the last of these places, where they end.
    pub(super) fn of(column: &Column, starts: &[usize]) -> PolarsResult<Self> {
        let (count, starts) = starts.split_last().map_or((0, starts), |(end, starts)| (*end, starts));
        let pieces = starts.len();
        let values = match column.dtype() {
            DataType::String => match Alike::to(column.str()?, count)? {
                Some(alike) => Values::Alike(alike),
                None => Values::Text { texts: Texts::new(), numbers: Numbers::zero(count) },
            },
            dtype @ (DataType::Int64 | DataType::Int32 | DataType::UInt32 | DataType::Date | DataType::Boolean) => {
                Values::Whole { dtype: dtype.clone(), numbers: Whole::missing(pieces, count) }
            }
            DataType::Float64 => Values::Float { numbers: Floats::missing(count) },
            _ => Values::Other { pieces: vec![column.clear(); pieces] },
        };
        Ok(Self { pieces: starts.iter().copied().map(Taken::none).collect(), values })
    }

    /// Adds rows, each to its piece if that is one of these.
    pub(super) fn add(&mut self, column: &Column, of_rows: &[u16]) -> PolarsResult<()> {
        let Self { pieces, values } = self;
        match values {
            Values::Text { texts, numbers } => {
                for (text, place) in column.str()?.iter().zip(places(of_rows, pieces)) {
                    if let Some(place) = place {
                        numbers.set(place, texts.number(text)?);
                    }
                }
                Ok(())
            }
            Values::Alike(alike) => {
                if alike.takes(column.str()?) {
                    for pair in column.str()?.iter().zip(places(of_rows, pieces)) {
                        if let (Some(text), Some(place)) = pair {
                            alike.set(place, text);
                        }
                    }
                    return Ok(());
                }
                let (texts, numbers) = alike.numbered(pieces)?;
                *values = Values::Text { texts, numbers };
                self.add(column, of_rows)
            }
            Values::Whole { dtype, numbers } => {
                let whole = column.to_physical_repr().cast(&DataType::Int64)?;
                if numbers.add(whole.i64()?, of_rows, pieces)? {
                    return Ok(());
                }
                let so_far = pieces.iter().enumerate();
                let so_far = so_far.map(|(piece, Taken { first, next })| {
                    numbers.column(piece, *first..*next, column.name().clone(), dtype)
                });
                *values = Values::Other { pieces: so_far.collect::<PolarsResult<_>>()? };
                self.add(column, of_rows)
            }
            Values::Float { numbers } => {
                for pair in column.f64()?.iter().zip(places(of_rows, pieces)) {
                    if let (Some(value), Some(place)) = pair {
                        numbers.set(place, value);
                    }
                }
                Ok(())
            }
            Values::Other { pieces } => {
                let rows = rows_of_pieces(of_rows.iter().copied(), pieces.len())?;
                for (piece, rows) in pieces.iter_mut().zip(&rows) {
                    piece.append_owned(column.take(rows)?)?;
                }
                Ok(())
            }
        }
    }

    /// All rows are added.
    pub(super) fn finished(self) -> PackedColumn {
        let values = match self.values {
            Values::Text { texts, numbers } => Values::Text { texts: texts.made(), numbers },
            Values::Alike(alike) => Values::Alike(alike.made()),
            Values::Whole { dtype, numbers } => Values::Whole { dtype, numbers },
            Values::Float { numbers } => Values::Float { numbers: numbers.made() },
            Values::Other { pieces } => {
                Values::Other { pieces: pieces.into_iter().map(|piece| piece.rechunk()).collect() }
            }
        };
        PackedColumn { pieces: self.pieces.len(), values }
    }
}

impl PackedColumn {
    /// That of texts by their numbers, of so many pieces.
    pub(super) fn of_texts(texts: StringChunked, numbers: Numbers, pieces: usize) -> Self {
        Self { pieces, values: Values::Text { texts, numbers } }
    }

    /// Of how many pieces it is.
    pub(super) fn pieces(&self) -> usize {
        self.pieces
    }

    /// A piece, which is in these places, or some rows of it, as a column of a name.
    pub(super) fn some(
        &self,
        name: PlSmallStr,
        piece: usize,
        places: Range<usize>,
        rows: Option<&IdxCa>,
    ) -> PolarsResult<Column> {
        let of_piece = match &self.values {
            Values::Text { texts, numbers } => {
                let numbers = IdxCa::from_vec(PlSmallStr::EMPTY, numbers.some(places));
                let numbers = match rows {
                    Some(rows) => numbers.take(rows)?,
                    None => numbers,
                };
                return Ok(texts.take(&numbers)?.with_name(name).into_column());
            }
            Values::Alike(alike) => return Ok(alike.some(places, rows)?.with_name(name).into_column()),
            Values::Whole { dtype, numbers } => numbers.column(piece, places, name, dtype)?,
            Values::Float { numbers } => {
                let first = i64::try_from(places.start).map_err(|_| polars_err!(ComputeError: "too many rows"))?;
                numbers.slice(first, places.len()).with_name(name)
            }
            Values::Other { pieces } => pieces[piece].clone(),
        };
        match rows {
            Some(rows) => of_piece.take(rows),
            None => Ok(of_piece),
        }
    }

    /// How many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        let size = |column: &Column| column.as_materialized_series().estimated_size();
        match &self.values {
            Values::Text { texts, numbers } => numbers.size() + texts.clone().into_series().estimated_size(),
            Values::Alike(alike) => alike.size(),
            Values::Whole { numbers, .. } => numbers.size(),
            Values::Float { numbers } => size(numbers),
            Values::Other { pieces } => pieces.iter().map(size).sum(),
        }
    }
}
