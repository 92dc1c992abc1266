//! What places, series and panels of a chart are called.

use super::super::cell::Cell;
use super::super::text::shortened;
use super::UNKNOWN;
use crate::query::Chart;

/// The most columns of a screen that a name has. Longer ones come from outside only.
const LENGTH: usize = 72;

/// Where in a row the names are.
pub(super) struct Labels<'c> {
    by: Bucket,
    second: Option<Bucket>,
    each: Vec<(&'c str, usize)>,
}

/// A column, and that of its bucket's end, if its values begin buckets.
struct Bucket {
    from: usize,
    to: Option<usize>,
}

impl Bucket {
    fn of(name: &str, columns: &[String]) -> Option<Self> {
        let place = |name: &str| columns.iter().position(|column| column == name);
        let to = name.strip_suffix("_from").and_then(|stem| place(&format!("{stem}_to")));
        Some(Self { from: place(name)?, to })
    }

    fn name(&self, cells: &[Cell]) -> String {
        let from = &cells[self.from];
        match self.to.map(|to| &cells[to]) {
            _ if *from == Cell::Absent => UNKNOWN.to_owned(),
            Some(Cell::Absent) => format!("{}+", name(from)),
            Some(to) if to != from => format!("{}–{}", name(from), name(to)),
            _ => name(from),
        }
    }
}

impl<'c> Labels<'c> {
    /// Those of a chart whose columns are there.
    pub(super) fn new(chart: &'c Chart, columns: &[String]) -> Self {
        let bucket = |name: &str| Bucket::of(name, columns);
        // Of a histogram the second column is the bucket's end, which the first one knows.
        let second = chart.second.as_deref().filter(|second| !second.ends_with("_to")).and_then(bucket);
        let each = chart.each.iter().filter_map(|name| Some((name.as_str(), bucket(name)?.from))).collect();
        Self { by: bucket(&chart.by).unwrap_or(Bucket { from: 0, to: None }), second, each }
    }

    /// The place along the chart.
    pub(super) fn by(&self, cells: &[Cell]) -> String {
        self.by.name(cells)
    }

    /// The row of a heat map.
    pub(super) fn second(&self, cells: &[Cell]) -> Option<String> {
        self.second.as_ref().map(|bucket| bucket.name(cells))
    }

    /// The series or panel.
    pub(super) fn each(&self, cells: &[Cell]) -> String {
        let names = self.each.iter().map(|(column, place)| match &cells[*place] {
            // Yes and no are no names.
            Cell::Flag(flag) => {
                let column = words(column);
                let of = column.strip_prefix("is ").unwrap_or(&column);
                if *flag { of.to_owned() } else { format!("no {of}") }
            }
            cell => name(cell),
        });
        shortened(&names.collect::<Vec<_>>().join(", "), LENGTH)
    }
}

/// A value as a name.
fn name(cell: &Cell) -> String {
    match cell {
        Cell::Absent => UNKNOWN.to_owned(),
        Cell::Flag(flag) => (if *flag { "yes" } else { "no" }).to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Number(number) => number.to_string(),
        // Of texts that only consist of what is not seen something has to be seen.
        Cell::Text(text) | Cell::Time(text) => match shortened(text, LENGTH) {
            short if short.trim().is_empty() => "(empty)".to_owned(),
            short => short,
        },
    }
}

/// The name of a column in words.
pub(in crate::report) fn words(column: &str) -> String {
    column.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_named_by_both_ends() {
        let chart = Chart::parse("histogram of runs by nodes_from to nodes_to for each engine, is_test");
        let chart = chart.expect("in order").expect("a chart");
        let columns: Vec<String> = ["engine", "is_test", "nodes_from", "nodes_to", "runs"].map(str::to_owned).into();
        let labels = Labels::new(&chart, &columns);
        let cells = |from, to, engine| [engine, Cell::Flag(false), from, to, Cell::Integer(3)];
        let number = Cell::Integer;
        assert_eq!(labels.by(&cells(number(4), number(7), Cell::Absent)), "4–7");
        assert_eq!(labels.by(&cells(number(1), number(1), Cell::Absent)), "1");
        assert_eq!(labels.by(&cells(number(64), Cell::Absent, Cell::Absent)), "64+");
        assert_eq!(labels.by(&cells(Cell::Absent, Cell::Absent, Cell::Absent)), "unknown");
        assert_eq!(labels.each(&cells(number(1), number(1), Cell::Text("core-1".to_owned()))), "core-1, no test");
        assert_eq!(labels.each(&cells(number(1), number(1), Cell::Text("\u{202e}".to_owned()))), "(empty), no test");
        assert_eq!(labels.second(&cells(number(1), number(1), Cell::Absent)), None);
    }
}
