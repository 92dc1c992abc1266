//! Pictures of one line, out of characters.

/// Blocks that grow to the right, by eighths.
const WIDER: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// Blocks that grow upwards, by eighths.
const HIGHER: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Marks that tell several figures of one row apart.
pub(super) const MARKS: [char; 4] = ['●', '◆', '▲', '■'];

/// What is measured, from one end to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    pub least: f64,
    pub most: f64,
    is_log: bool,
}

impl Scale {
    /// From the least to the most of some values. On a log scale what is not above zero stands at its beginning.
    pub(super) fn over(values: impl Iterator<Item = f64>, is_log: bool) -> Option<Self> {
        let ends = |ends: Option<(f64, f64)>, value: f64| {
            Some(ends.map_or((value, value), |(least, most)| (least.min(value), most.max(value))))
        };
        let (least, most) = values.filter(|value| !is_log || *value > 0.0).fold(None, ends)?;
        Some(Self { least, most, is_log })
    }

    /// From zero to the largest of some values.
    pub(super) fn from_zero(values: impl Iterator<Item = f64>) -> Option<Self> {
        Self::over(values.chain([0.0]), false)
    }

    /// Where a value is, from 0 to 1; `None` where all values are the same.
    fn share(&self, value: f64) -> Option<f64> {
        let of = |value: f64| if self.is_log { value.max(self.least).ln() } else { value };
        let (least, most) = (of(self.least), of(self.most));
        (most > least).then(|| ((of(value) - least) / (most - least)).clamp(0.0, 1.0))
    }

    /// Which of so many steps, from 0, a value is at.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share is from 0 to 1")]
    #[expect(clippy::cast_precision_loss, reason = "nothing is so wide")]
    fn step(&self, value: f64, steps: usize) -> Option<usize> {
        self.share(value).map(|share| (share * steps.saturating_sub(1) as f64).round() as usize)
    }

    /// Whether zero is between its ends.
    pub(super) fn has_both_signs(&self) -> bool {
        self.least < 0.0 && self.most > 0.0
    }
}

/// A bar; what is more than nothing can be seen.
pub(super) fn bar(value: f64, scale: &Scale, width: usize) -> String {
    let eighths = scale.step(value, 8 * width + 1).unwrap_or(0);
    let eighths = if value > 0.0 { eighths.max(1) } else { eighths };
    let mut bar = "█".repeat(eighths / 8);
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        bar.push(WIDER[rest]);
    }
    bar
}

/// A figure in its interval.
pub(super) fn strip(value: f64, interval: Option<[f64; 2]>, scale: &Scale, width: usize) -> String {
    let mut cells = vec![' '; width];
    let cell = |value| scale.step(value, width).unwrap_or(width / 2);
    if let Some([low, high]) = interval {
        let (low, high) = (cell(low), cell(high));
        cells[low..=high].fill('─');
        (cells[low], cells[high]) = if low == high { ('│', '│') } else { ('├', '┤') };
    }
    if scale.has_both_signs() {
        let zero = &mut cells[cell(0.0)];
        *zero = match *zero {
            '─' => '┼',
            ' ' => '│',
            end => end,
        };
    }
    cells[cell(value)] = MARKS[0];
    trimmed(&cells)
}

/// Several figures of one row, joined from the first to the last.
pub(super) fn marks(values: &[Option<f64>], scale: &Scale, width: usize) -> String {
    let at: Vec<Option<usize>> =
        values.iter().map(|value| value.map(|value| scale.step(value, width).unwrap_or(width / 2))).collect();
    let mut cells = vec![' '; width];
    let known = || at.iter().flatten().copied();
    if let (Some(first), Some(last)) = (known().min(), known().max()) {
        cells[first..=last].fill('─');
    }
    for (at, mark) in at.iter().zip(MARKS.iter().cycle()) {
        if let Some(at) = at {
            cells[*at] = *mark;
        }
    }
    trimmed(&cells)
}

/// A series; what is not known is a gap.
pub(super) fn spark(values: impl Iterator<Item = Option<f64>>, scale: &Scale) -> String {
    let flat = if scale.most > 0.0 { HIGHER.len() / 2 - 1 } else { 0 };
    let block = |value: f64| HIGHER[scale.step(value, HIGHER.len()).unwrap_or(flat)];
    values.map(|value| value.map_or(' ', block)).collect()
}

fn trimmed(cells: &[char]) -> String {
    cells.iter().collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(least: f64, most: f64) -> Scale {
        Scale::over([least, most].into_iter(), false).expect("values")
    }

    #[test]
    fn bars_grow_by_eighths_and_what_is_there_is_seen() {
        let scale = Scale::from_zero([8.0, 3.0].into_iter()).expect("values");
        let bars = [8.0, 4.0, 3.0, 0.5, 0.01, 0.0].map(|value| bar(value, &scale, 4));
        assert_eq!(bars, ["████", "██", "█▌", "▎", "▏", ""]);
        let none = Scale::from_zero([0.0].into_iter()).expect("values");
        assert_eq!(bar(0.0, &none, 4), "");
    }

    #[test]
    fn strips_show_the_interval_on_one_scale() {
        let of = |value, interval| strip(value, interval, &scale(0.0, 1.0), 11);
        assert_eq!(of(0.4, Some([0.1, 0.8])), " ├──●───┤");
        assert_eq!(of(1.0, Some([0.5, 1.0])), "     ├────●");
        assert_eq!(of(0.5, Some([0.5, 0.5])), "     ●");
        assert_eq!(of(0.3, None), "   ●");
        // Where all are the same there is no scale.
        assert_eq!(strip(0.5, None, &scale(0.5, 0.5), 5), "  ●");
    }

    #[test]
    fn zero_is_marked_where_there_are_both_signs() {
        let of = |value, interval| strip(value, interval, &scale(-1.0, 1.0), 11);
        assert_eq!(of(0.4, Some([-0.4, 0.8])), "   ├─┼─●─┤");
        assert_eq!(of(-0.6, Some([-1.0, -0.4])), "├─●┤ │");
        assert_eq!(of(0.6, Some([0.0, 1.0])), "     ├──●─┤");
    }

    #[test]
    fn several_figures_are_marks_on_one_line() {
        let log = Scale::over([1.0, 100.0, 0.0].into_iter(), true).expect("values");
        assert_eq!(marks(&[Some(1.0), Some(10.0), Some(100.0)], &log, 9), "●───◆───▲");
        assert_eq!(marks(&[None, Some(10.0), Some(100.0)], &log, 9), "    ◆───▲");
        assert_eq!(marks(&[Some(0.0), None, None], &log, 9), "●");
        assert_eq!(marks(&[None, None, None], &log, 9), "");
    }

    #[test]
    fn sparklines_go_from_the_least_to_the_most_and_have_gaps() {
        let of = |values: &[Option<f64>]| {
            let scale = Scale::over(values.iter().flatten().copied(), false).expect("values");
            spark(values.iter().copied(), &scale)
        };
        assert_eq!(of(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0].map(Some)), "▁▂▃▄▅▆▇█");
        assert_eq!(of(&[Some(0.9), None, Some(0.8)]), "█ ▁");
        assert_eq!(of(&[Some(5.0), Some(5.0)]), "▄▄");
        assert_eq!(of(&[Some(0.0), Some(0.0)]), "▁▁");
        assert_eq!(Scale::over(std::iter::empty(), false), None);
    }
}
