//! Which columns of a table a screen has room for.

use super::{Column, PADDING};
use crate::report::text::columns_of;

/// How wide a chart is at least.
const LEAST_CHART: usize = 12;

/// How wide it is at most, and where there is no screen.
const MOST_CHART: usize = 40;
const CHART: usize = 24;

/// What is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fit {
    /// The columns, by their places in the result, in order.
    pub columns: Vec<usize>,
    /// How wide the chart is, if there is room for it.
    pub chart: Option<usize>,
}

/// What of a table is more important than the rest, and comes first where there is little room.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranks {
    /// Columns that tell rows apart or are drawn. If all of them fit, the chart comes next.
    pub first: Vec<String>,
    /// Columns that come then.
    pub second: Vec<String>,
    /// Whether there is a chart.
    pub has_chart: bool,
}

/// What of a table is shown: by rank, and of one rank in the order of the columns, until one does not fit. The first column
/// always stays. The chart takes what is left, within reason.
pub(super) fn fit(columns: &[Column], ranks: &Ranks, width: Option<usize>) -> Fit {
    let Some(width) = width else {
        return Fit { columns: (0..columns.len()).collect(), chart: ranks.has_chart.then_some(CHART) };
    };
    let is_of = |names: &[String], place: usize| names.contains(&columns[place].name);
    let is_first = |place: &usize| *place == 0 || is_of(&ranks.first, *place);
    let (first, mut others): (Vec<usize>, Vec<usize>) = (0..columns.len()).partition(is_first);
    others.sort_by_key(|place| !is_of(&ranks.second, *place));

    let mut rest = width;
    let mut takes = |width: usize| {
        let fits = width + PADDING <= rest;
        rest -= if fits { width + PADDING } else { 0 };
        fits
    };
    let fitting = first.iter().take_while(|place| takes(width_of(&columns[**place])) || **place == 0);
    let mut shown: Vec<usize> = fitting.copied().collect();
    let are_all = shown.len() == first.len();
    let has_chart = are_all && ranks.has_chart && takes(LEAST_CHART);
    if are_all {
        shown.extend(others.into_iter().take_while(|place| takes(width_of(&columns[*place]))));
    }
    shown.sort_unstable();
    Fit { columns: shown, chart: has_chart.then_some((LEAST_CHART + rest).min(MOST_CHART)) }
}

/// Columns of the screen that a column takes; its header has a word a line.
pub(super) fn width_of(column: &Column) -> usize {
    let header = column.name.split('_').map(columns_of).max();
    let cells = column.cells.iter().map(|cell| columns_of(cell)).max();
    header.max(cells).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Column> {
        let column =
            |name: &str, width| Column { name: name.to_owned(), cells: vec!["x".repeat(width)], numeric: false };
        vec![column("adapter", 7), column("runs", 5), column("projects", 8), column("success_rate", 7)]
    }

    fn fitting(width: Option<usize>) -> (Vec<usize>, Option<usize>) {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let ranks = Ranks { first: names(&["adapter", "success_rate"]), second: names(&["projects"]), has_chart: true };
        let Fit { columns, chart } = fit(&columns(), &ranks, width);
        (columns, chart)
    }

    #[test]
    fn a_chart_takes_what_is_left_within_reason() {
        assert_eq!(fitting(None), (vec![0, 1, 2, 3], Some(CHART)));
        assert_eq!(fitting(Some(200)), (vec![0, 1, 2, 3], Some(MOST_CHART)));
        // The columns take 9, 7, 10 and 9, the chart 2 more than it is wide.
        assert_eq!(fitting(Some(60)), (vec![0, 1, 2, 3], Some(23)));
        assert_eq!(fitting(Some(49)), (vec![0, 1, 2, 3], Some(12)));
    }

    #[test]
    fn what_is_drawn_and_its_chart_stay_longer_than_the_rest() {
        assert_eq!(fitting(Some(48)), (vec![0, 2, 3], Some(18)));
        assert_eq!(fitting(Some(41)), (vec![0, 3], Some(21)));
        assert_eq!(fitting(Some(32)), (vec![0, 3], Some(12)));
        assert_eq!(fitting(Some(31)), (vec![0, 2, 3], None));
        assert_eq!(fitting(Some(10)), (vec![0], None));
        assert_eq!(fitting(Some(3)), (vec![0], None));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let column =
            |name: &str, cell: &str| Column { name: name.to_owned(), cells: vec![cell.to_owned()], numeric: false };
        assert_eq!(width_of(&column("a", "表計算")), 6);
        assert_eq!(width_of(&column("longer_name", "e\u{301}")), 6);
    }
}
