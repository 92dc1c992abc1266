//! The chart of a report, as its header says it in a sentence.
//!
//! ```text
//! -- chart: table
//! -- chart: dot of success_rate by adapter
//! -- chart: line of share_of_projects by week for each engine
//! -- chart: line of p50_seconds, p90_seconds by week on a log scale
//! -- chart: histogram of runs by seconds_from to seconds_to for each command
//! -- chart: heatmap of retention_rate by weeks_after, cohort
//! ```
//!
//! It says which columns are drawn and how, not what else a column brings with it: of a figure `success_rate` the columns
//! `success_rate_low` and `success_rate_high` are its interval, `is_final` says which rows can still change, `projects` on
//! how many a row rests.

/// How figures are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartKind {
    /// Amounts, from zero.
    Bar,
    /// Figures that have an interval, or of which differences matter more than size.
    Dot,
    /// A series.
    Line,
    /// Amounts by buckets of a measurement.
    Histogram,
    /// A figure by two columns, as colour.
    Heatmap,
}

impl ChartKind {
    const ALL: [Self; 5] = [Self::Bar, Self::Dot, Self::Line, Self::Histogram, Self::Heatmap];

    /// Its name in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Dot => "dot",
            Self::Line => "line",
            Self::Histogram => "histogram",
            Self::Heatmap => "heatmap",
        }
    }
}

/// Which columns of a report are drawn, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// How they are drawn.
    pub kind: ChartKind,
    /// The columns that are measured; several are drawn beside each other.
    pub figures: Vec<String>,
    /// The column along the chart: a category, a time, the beginning of a bucket.
    pub by: String,
    /// Of a histogram the column of the bucket's end, of a heat map that of its rows.
    pub second: Option<String>,
    /// The columns that tell several series or panels apart.
    pub each: Vec<String>,
    /// Whether equal ratios are equally long.
    pub is_log: bool,
}

/// What a header's line has to look like.
const FORM: &str = "a chart is `table`, or `bar of FIGURE, … by COLUMN`, also with `for each COLUMN, …` and then `on a log scale`; \
                    instead of bar: dot, line, `histogram of FIGURE by FROM to TO`, `heatmap of FIGURE by COLUMN, ROW`";

impl Chart {
    /// Reads the line of a header; a table is no chart. Says what is wrong with it.
    ///
    /// # Errors
    /// With the form that it has to have.
    pub fn parse(text: &str) -> Result<Option<Self>, String> {
        if text == "table" {
            return Ok(None);
        }
        Self::read(text).map(Some).ok_or_else(|| FORM.to_owned())
    }

    fn read(text: &str) -> Option<Self> {
        let (text, is_log) = text.strip_suffix(" on a log scale").map_or((text, false), |text| (text, true));
        let (text, each) = text.split_once(" for each ").map_or((text, None), |(text, each)| (text, Some(each)));
        let (kind, text) = text.split_once(" of ")?;
        let (figures, by) = text.split_once(" by ")?;
        let kind = ChartKind::ALL.into_iter().find(|known| known.as_str() == kind)?;
        let figures = names(figures)?;
        let (by, second) = match kind {
            ChartKind::Histogram => by.split_once(" to ").map(|(from, to)| (from, Some(to)))?,
            ChartKind::Heatmap => by.split_once(", ").map(|(by, row)| (by, Some(row)))?,
            _ => (by, None),
        };
        let by = name(by)?;
        let second = second.map(name).map_or(Some(None), |second| second.map(Some))?;
        let each = each.map_or(Some(Vec::new()), names)?;
        let is_one = figures.len() == 1;
        let fits = match kind {
            ChartKind::Histogram | ChartKind::Heatmap => is_one && !is_log,
            // Two things cannot be told apart by one colour.
            _ => is_one || each.is_empty(),
        };
        fits.then_some(Self { kind, figures, by, second, each, is_log })
    }

    /// Every column that it names.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        let of_axes = [&self.by].into_iter().chain(&self.second);
        self.figures.iter().chain(of_axes).chain(&self.each).map(String::as_str)
    }

    /// The columns of the interval of a figure, whether there are any or not: of `p50_seconds` `p50_low` and `p50_high`.
    pub fn interval(figure: &str) -> [String; 2] {
        let stem = figure.strip_suffix("_seconds").unwrap_or(figure);
        ["low", "high"].map(|end| format!("{stem}_{end}"))
    }
}

fn name(text: &str) -> Option<String> {
    let is_name = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_name.then(|| text.to_owned())
}

fn names(text: &str) -> Option<Vec<String>> {
    text.split(", ").map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_a_chart() {
        let parse = |text| Chart::parse(text).expect("in order").expect("a chart");
        let chart = parse("line of p50_seconds, p90_seconds by week on a log scale");
        assert_eq!((chart.kind, chart.is_log, chart.each.len()), (ChartKind::Line, true, 0));
        assert_eq!(chart.columns().collect::<Vec<_>>(), ["p50_seconds", "p90_seconds", "week"]);
        let chart = parse("histogram of runs by seconds_from to seconds_to for each command");
        assert_eq!((chart.kind, chart.second.as_deref()), (ChartKind::Histogram, Some("seconds_to")));
        assert_eq!(chart.columns().collect::<Vec<_>>(), ["runs", "seconds_from", "seconds_to", "command"]);
        let chart = parse("heatmap of retention_rate by weeks_after, cohort");
        assert_eq!((chart.by.as_str(), chart.second.as_deref()), ("weeks_after", Some("cohort")));
        let chart = parse("dot of share by reason for each engine, is_test");
        assert_eq!(chart.each, ["engine", "is_test"]);
        assert_eq!(Chart::parse("table"), Ok(None));
        assert_eq!(Chart::interval("p50_seconds"), ["p50_low", "p50_high"]);
        assert_eq!(Chart::interval("success_rate"), ["success_rate_low", "success_rate_high"]);
    }

    #[test]
    fn another_sentence_is_told_what_one_looks_like() {
        for wrong in [
            "bar",
            "pie of runs by os",
            "bar of runs",
            "bar of runs by ",
            "bar of a b by os",
            "histogram of runs by seconds_from",
            "heatmap of runs by hour",
            "heatmap of runs, projects by hour, weekday",
            "line of runs, projects by week for each engine",
            "bar of runs by os for each ",
        ] {
            let told = Chart::parse(wrong).expect_err(wrong);
            assert!(told.starts_with("a chart is `table`, or `bar of"), "{told}");
        }
    }
}
