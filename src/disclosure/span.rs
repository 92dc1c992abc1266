//! What follows from sums: whether a hidden figure can be had by combining figures that are shown.
//!
//! Every figure that is shown is an equation: the sum of some atoms is known. Another sum follows if it is a combination of
//! these. That is solved for modulo a prime, which is exact, of random sums of atoms instead of the atoms themselves: there
//! are many more of them than equations, and what depends on each other before does so after.

/// Random are taken modulo this prime: exact, and a product of two fits into 62 bits.
const PRIME: u32 = (1 << 31) - 1;

/// Into how many of the sums each atom goes.
const TIMES: usize = 4;

/// All that follows from some equations.
pub(super) struct Span {
    width: usize,
    /// Equations and their combinations, of which each has a place in which it is 1 and all others are 0.
    rows: Vec<(usize, Rest)>,
}

/// What is left of a sum of atoms, and which multiples of the equations have been taken off.
#[derive(Clone)]
pub(super) struct Rest {
    sums: Vec<u32>,
    multiples: Vec<u32>,
}

impl Span {
    /// Of the atoms of each equation.
    pub fn of(equations: &[&[u32]]) -> Self {
        // With a quarter more sums than equations these depend on each other only if the equations do.
        let width = equations.len() + equations.len() / 4 + 32;
        let mut rows: Vec<(usize, Rest)> = Vec::new();
        for (number, atoms) in equations.iter().enumerate() {
            let mut row = Rest { sums: sums(width, atoms), multiples: vec![0; equations.len()] };
            if let Some(multiple) = row.multiples.get_mut(number) {
                *multiple = 1;
            }
            for (pivot, known) in &rows {
                let times = row.sums.get(*pivot).copied().unwrap_or_default();
                row.subtract(known, times);
            }
            let Some(pivot) = row.sums.iter().position(|sum| *sum != 0) else { continue };
            row.scale(inverse(row.sums.get(pivot).copied().unwrap_or(1)));
            for (_, known) in &mut rows {
                let times = known.sums.get(pivot).copied().unwrap_or_default();
                known.subtract(&row, times);
            }
            rows.push((pivot, row));
        }
        Self { width, rows }
    }

    /// What of a sum of atoms does not follow.
    pub fn rest(&self, atoms: &[u32]) -> Rest {
        let multiples = self.rows.first().map_or(0, |(_, row)| row.multiples.len());
        let mut row = Rest { sums: sums(self.width, atoms), multiples: vec![0; multiples] };
        for (pivot, known) in &self.rows {
            let times = row.sums.get(*pivot).copied().unwrap_or_default();
            row.subtract(known, times);
        }
        row
    }
}

impl Rest {
    fn subtract(&mut self, other: &Self, times: u32) {
        if times != 0 {
            add(&mut self.sums, &other.sums, PRIME - times);
            add(&mut self.multiples, &other.multiples, PRIME - times);
        }
    }

    fn scale(&mut self, by: u32) {
        for number in self.sums.iter_mut().chain(&mut self.multiples) {
            *number = product(*number, by);
        }
    }

    /// Whether there is none: it follows.
    pub fn is_nothing(&self) -> bool {
        self.sums.iter().all(|sum| *sum == 0)
    }

    /// The numbers of the equations that it follows from, or what there is of it.
    pub fn equations(&self) -> impl Iterator<Item = usize> {
        self.multiples.iter().enumerate().filter(|(_, times)| **times != 0).map(|(number, _)| number)
    }

    /// Both together.
    pub fn and(mut self, other: &Self) -> Self {
        add(&mut self.sums, &other.sums, 1);
        add(&mut self.multiples, &other.multiples, 1);
        self
    }

    /// A number that is 0 for nothing, and the sum of two for both together, [`modulo`](together) the prime.
    pub fn mark(&self) -> u32 {
        let mut random = Random::new(1);
        let marks = self.sums.iter().map(|sum| product(*sum, random.below_prime()));
        together(marks)
    }
}

/// The mark of rests together by theirs.
pub(super) fn together(marks: impl Iterator<Item = u32>) -> u32 {
    marks.fold(0, |sum, mark| reduced(u64::from(sum) + u64::from(mark)))
}

/// The mark that is nothing together with another.
pub(super) fn opposite(mark: u32) -> u32 {
    if mark == 0 { 0 } else { PRIME - mark }
}

/// The random sums of some atoms: each is in a few, so many times.
fn sums(width: usize, atoms: &[u32]) -> Vec<u32> {
    let mut sums = vec![0; width];
    for atom in atoms {
        let mut random = Random::new(u64::from(*atom));
        for _ in 0..TIMES {
            let (place, times) = (random.below(width), random.below_prime());
            if let Some(sum) = sums.get_mut(place) {
                *sum = reduced(u64::from(*sum) + u64::from(times));
            }
        }
    }
    sums
}

/// Adds numbers so many times.
fn add(numbers: &mut [u32], others: &[u32], times: u32) {
    for (number, other) in numbers.iter_mut().zip(others) {
        *number = reduced(u64::from(*number) + u64::from(*other) * u64::from(times));
    }
}

fn product(one: u32, two: u32) -> u32 {
    reduced(u64::from(one) * u64::from(two))
}

/// The remainder of a number below 2^62. Of a prime that is a power of two less one, it is had by shifts.
#[expect(clippy::cast_possible_truncation, reason = "it is below 2^32, and then below the prime")]
fn reduced(number: u64) -> u32 {
    let folded = ((number & u64::from(PRIME)) + (number >> 31)) as u32;
    if folded >= PRIME { folded - PRIME } else { folded }
}

/// The number that a number times is one: by Fermat, its power of two less than the prime.
fn inverse(number: u32) -> u32 {
    let (mut base, mut exponent, mut result) = (number, PRIME - 2, 1);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = product(result, base);
        }
        base = product(base, base);
        exponent /= 2;
    }
    result
}

/// Random numbers that are the same every time: a release is the same once more.
pub(super) struct Random(u64);

impl Random {
    /// Begins with a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    /// The next one (SplitMix64).
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// The next one below the prime.
    #[expect(clippy::cast_possible_truncation, reason = "it is below the prime")]
    fn below_prime(&mut self) -> u32 {
        (self.next() % u64::from(PRIME)) as u32
    }

    /// The next one below a bound; 0 if that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX);
        usize::try_from(self.next().checked_rem(bound).unwrap_or_default()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of so many atoms follow from sums of them.
    fn determined(atoms: u32, equations: &[Vec<u32>]) -> Vec<u32> {
        let equations: Vec<&[u32]> = equations.iter().map(Vec::as_slice).collect();
        let span = Span::of(&equations);
        (0..atoms).filter(|atom| span.rest(&[*atom]).is_nothing()).collect()
    }

    #[test]
    fn a_single_part_is_had_by_subtraction_and_one_of_two_is_not() {
        assert_eq!(determined(3, &[vec![0], vec![1, 2]]), [0]);
        assert_eq!(determined(2, &[]), [0_u32; 0]);
    }

    #[test]
    fn two_rows_and_two_columns_hold_what_they_hide() {
        // 0 1
        // 2 3
        assert_eq!(determined(4, &[vec![0, 1], vec![2, 3], vec![0, 2], vec![1, 3]]), [0_u32; 0]);
    }

    #[test]
    fn a_bridge_between_two_cycles_is_determined_for_all_that_every_total_has_two_parts() {
        // 0 1 . .      Rows and columns of hidden parts: two squares, and 4 between them.
        // 2 3 4 .
        // . . 5 6
        // . . 7 8
        let rows = [vec![0, 1], vec![2, 3, 4], vec![5, 6], vec![7, 8]];
        let columns = [vec![0, 2], vec![1, 3], vec![4, 5, 7], vec![6, 8]];
        let equations: Vec<Vec<u32>> = rows.into_iter().chain(columns).collect();
        assert!(equations.iter().all(|equation| equation.len() >= 2));
        assert_eq!(determined(9, &equations), [4]);
    }

    #[test]
    fn differences_of_totals_determine() {
        assert_eq!(determined(3, &[vec![0, 1, 2], vec![1, 2]]), [0]);
        assert_eq!(determined(4, &[vec![0, 1], vec![1, 2], vec![0, 2]]), [0, 1, 2]);
        assert_eq!(determined(4, &[vec![0, 1], vec![1, 2], vec![2, 3], vec![3, 0]]), [0_u32; 0]);
    }

    #[test]
    fn what_follows_says_from_what_and_marks_add_up() {
        let span = Span::of(&[&[0, 1, 2], &[1, 2], &[3]]);
        assert_eq!(span.rest(&[0]).equations().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(span.rest(&[0]).mark(), 0);
        let (one, two) = (span.rest(&[1]), span.rest(&[2]));
        assert!(!one.is_nothing() && one.mark() != 0 && two.mark() == opposite(one.mark()));
        assert_eq!(together([one.mark(), two.mark()].into_iter()), 0);
        assert!(one.and(&two).is_nothing());
    }
}
