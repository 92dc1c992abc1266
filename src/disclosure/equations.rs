//! What follows from totals: whether a hidden figure can be had by combining several of them.
//!
//! Every total whose shown parts are subtracted is an equation: the sum of these hidden figures is known. A figure that all
//! of them together determine is no longer hidden. In a table of two dimensions that happens even where every total has
//! two hidden parts.

/// Numbers are taken modulo this prime, so that they stay small and exact. That a solution exists modulo it and not
/// otherwise needs a determinant that it divides: with coefficients of 0 and 1 that does not happen by chance.
const PRIME: u64 = 2_147_483_647;

/// Which of so many unknowns the sums of some of them determine. Each sum is the numbers of its unknowns.
pub(super) fn determined(unknowns: usize, sums: &[Vec<usize>]) -> Vec<usize> {
    let mut rows: Vec<Vec<u64>> = Vec::new();
    for sum in sums {
        let mut row = vec![0; unknowns];
        for unknown in sum {
            if let Some(coefficient) = row.get_mut(*unknown) {
                *coefficient = 1;
            }
        }
        rows.push(row);
    }
    // Gauss and Jordan: every pivot column has a one in its row and nothing else.
    let mut reduced: Vec<Vec<u64>> = Vec::new();
    for mut row in rows {
        for known in &reduced {
            subtract(&mut row, known, pivot(known));
        }
        let Some(of_row) = pivot(&row) else { continue };
        let by = inverse(row.get(of_row).copied().unwrap_or(1));
        row.iter_mut().for_each(|value| *value = *value * by % PRIME);
        for known in &mut reduced {
            subtract(known, &row, Some(of_row));
        }
        reduced.push(row);
    }
    let single = |row: &Vec<u64>| row.iter().filter(|value| **value != 0).count() == 1;
    let mut found: Vec<usize> = reduced.iter().filter(|row| single(row)).filter_map(|row| pivot(row)).collect();
    found.sort_unstable();
    found
}

/// The place of the first coefficient that is not zero.
fn pivot(row: &[u64]) -> Option<usize> {
    row.iter().position(|value| *value != 0)
}

/// Takes another row off as often as makes the coefficient at a place zero; there the other one has a one.
fn subtract(row: &mut [u64], other: &[u64], at: Option<usize>) {
    let Some(times) = at.and_then(|at| row.get(at)).copied().filter(|times| *times != 0) else { return };
    for (value, of_other) in row.iter_mut().zip(other) {
        *value = (*value + (PRIME - times) * of_other) % PRIME;
    }
}

/// The number that a number times is one: by Fermat, its power of two less than the prime.
fn inverse(number: u64) -> u64 {
    let (mut base, mut exponent, mut result) = (number % PRIME, PRIME - 2, 1);
    while exponent > 0 {
        if exponent % 2 == 1 {
            result = result * base % PRIME;
        }
        base = base * base % PRIME;
        exponent /= 2;
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_part_is_had_by_subtraction_and_one_of_two_is_not() {
        assert_eq!(determined(3, &[vec![0], vec![1, 2]]), [0]);
        assert_eq!(determined(2, &[]), [0_usize; 0]);
    }

    #[test]
    fn two_rows_and_two_columns_hold_what_they_hide() {
        // 0 1
        // 2 3
        assert_eq!(determined(4, &[vec![0, 1], vec![2, 3], vec![0, 2], vec![1, 3]]), [0_usize; 0]);
    }

    #[test]
    fn a_bridge_between_two_cycles_is_determined_for_all_that_every_total_has_two_parts() {
        // 0 1 . .      Rows and columns of hidden parts: two squares, and 4 between them.
        // 2 3 4 .
        // . . 5 6
        // . . 7 8
        let rows = [vec![0, 1], vec![2, 3, 4], vec![5, 6], vec![7, 8]];
        let columns = [vec![0, 2], vec![1, 3], vec![4, 5, 7], vec![6, 8]];
        let sums: Vec<Vec<usize>> = rows.into_iter().chain(columns).collect();
        assert!(sums.iter().all(|sum| sum.len() >= 2));
        assert_eq!(determined(9, &sums), [4]);
    }

    #[test]
    fn differences_of_totals_determine() {
        assert_eq!(determined(3, &[vec![0, 1, 2], vec![1, 2]]), [0]);
        assert_eq!(determined(4, &[vec![0, 1], vec![1, 2], vec![0, 2]]), [0, 1, 2]);
        assert_eq!(determined(4, &[vec![0, 1], vec![1, 2], vec![2, 3], vec![3, 0]]), [0_usize; 0]);
    }
}
