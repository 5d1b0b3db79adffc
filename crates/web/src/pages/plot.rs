//! Plots as SVG, drawn here from the figures, without script: bars, stacked bars, lines. The table behind each stands below
//! it, because a picture alone tells nothing to somebody who does not see it. Put one into a template with `{{ plot }}`.

use askama::Template;
use askama::filters::HtmlSafe;

/// Width of the drawing, in its own units.
const WIDTH: f64 = 640.0;
/// Height of the drawing.
const HEIGHT: f64 = 260.0;
/// Room for the figures of the axis on the left.
const LEFT: f64 = 52.0;
/// Room for the labels below.
const BOTTOM: f64 = 34.0;
/// Room above.
const TOP: f64 = 14.0;
/// Labels that fit below a plot before they touch: more are thinned out.
const LABELS_MAX: usize = 8;
/// Width of a letter below a plot on a phone, where letters are largest, in a wide typeface.
const LETTER: f64 = 14.0;
/// Width of a space there.
const SPACE: f64 = 7.0;
/// Lines of the axis.
const TICKS: u32 = 4;

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One bar beside the other.
    Bars,
    /// One series on the other.
    Stacked,
    /// A line for each series.
    Line,
}

/// One series of figures: a name, and one figure for each label.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it counts.
    pub name: String,
    /// How many.
    pub values: Vec<u64>,
}

/// A plot and its table.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/plot.html")]
pub struct Plot {
    /// Names it in the page; unlike that of any other there.
    pub id: &'static str,
    /// What it shows.
    pub title: String,
    /// What one sees in it, in one sentence.
    pub summary: String,
    /// What stands above the table's first column.
    pub unit: String,
    /// What the link to the table says.
    pub table: String,
    /// How it is drawn.
    pub kind: Kind,
    /// Labels of the axis below.
    pub labels: Vec<String>,
    /// The figures, at most six series: there are so many colours that differ for everybody.
    pub series: Vec<Series>,
}

impl HtmlSafe for Plot {}

/// A bar.
struct Bar {
    x: String,
    y: String,
    width: String,
    height: String,
    series: usize,
    says: String,
}

/// A label or a line of the axis.
struct Tick {
    at: String,
    text: String,
}

impl Plot {
    fn is_line(&self) -> bool {
        self.kind == Kind::Line
    }

    fn top(&self) -> u64 {
        let at = |label: usize| {
            self.series
                .iter()
                .map(move |series| series.values.get(label).copied().unwrap_or(0))
        };
        let highest = (0..self.labels.len()).map(|label| match self.kind {
            Kind::Stacked => at(label).sum::<u64>(),
            _ => at(label).max().unwrap_or(0),
        });
        round_up(highest.max().unwrap_or(0))
    }

    fn y(&self, value: u64) -> f64 {
        let share = as_f64(value) / as_f64(self.top());
        (HEIGHT - BOTTOM) - share * (HEIGHT - BOTTOM - TOP)
    }

    fn step(&self) -> f64 {
        (WIDTH - LEFT) / as_f64(u64::try_from(self.labels.len().max(1)).unwrap_or(1))
    }

    fn middle(&self, label: usize) -> f64 {
        LEFT + self.step() * (as_f64(u64::try_from(label).unwrap_or(0)) + 0.5)
    }

    fn ticks(&self) -> Vec<Tick> {
        let top = self.top();
        let lines = (0..=TICKS).map(|line| top.saturating_mul(u64::from(line)) / u64::from(TICKS));
        let mut lines: Vec<u64> = lines.collect();
        lines.dedup();
        lines
            .into_iter()
            .map(|value| Tick {
                at: px(self.y(value)),
                text: value.to_string(),
            })
            .collect()
    }

    fn marks(&self) -> Vec<Tick> {
        let widths: Vec<f64> = self.labels.iter().map(|label| width(label)).collect();
        let every = (1..self.labels.len()).find(|every| {
            let apart = self.step() * as_f64(u64::try_from(*every).unwrap_or(1));
            let shown: Vec<&f64> = widths.iter().step_by(*every).collect();
            shown.len() <= LABELS_MAX
                && shown
                    .windows(2)
                    .all(|pair| pair.iter().map(|width| *width / 2.0).sum::<f64>() <= apart)
        });
        let every = every.unwrap_or_else(|| self.labels.len().max(1));
        let shown = self.labels.iter().enumerate().filter(|(at, _)| at % every == 0);
        shown
            .map(|(at, text)| Tick {
                at: px(self.middle(at)),
                text: text.clone(),
            })
            .collect()
    }

    fn bars(&self) -> Vec<Bar> {
        let count = as_f64(u64::try_from(self.series.len().max(1)).unwrap_or(1));
        let room = self.step() * 0.72;
        let width = if self.kind == Kind::Stacked { room } else { room / count };
        let mut bars = Vec::new();
        for (label, named) in self.labels.iter().enumerate() {
            let mut below = 0_u64;
            for (number, series) in self.series.iter().enumerate() {
                let value = series.values.get(label).copied().unwrap_or(0);
                let offset = if self.kind == Kind::Stacked {
                    0.0
                } else {
                    width * as_f64(u64::try_from(number).unwrap_or(0))
                };
                let base = if self.kind == Kind::Stacked { below } else { 0 };
                let (top, bottom) = (self.y(base.saturating_add(value)), self.y(base));
                below = below.saturating_add(value);
                bars.push(Bar {
                    x: px(self.middle(label) - room / 2.0 + offset),
                    y: px(top),
                    width: px(width),
                    height: px(bottom - top),
                    series: number + 1,
                    says: format!("{named}, {}: {value}", series.name),
                });
            }
        }
        bars
    }

    fn points(&self, series: &Series) -> String {
        let points = series.values.iter().take(self.labels.len()).enumerate();
        let points: Vec<String> = points
            .map(|(at, value)| format!("{},{}", px(self.middle(at)), px(self.y(*value))))
            .collect();
        points.join(" ")
    }

    /// The table as a file has it: headings first.
    #[must_use]
    pub fn lines(&self) -> Vec<Vec<String>> {
        let names = self.series.iter().map(|series| series.name.clone());
        let heads = std::iter::once(self.unit.clone()).chain(names).collect();
        let lines = self.rows().into_iter().map(|(label, values)| {
            let values = values.iter().map(u64::to_string);
            std::iter::once(label.to_owned()).chain(values).collect()
        });
        std::iter::once(heads).chain(lines).collect()
    }

    fn rows(&self) -> Vec<(&str, Vec<u64>)> {
        let of = |at: usize| {
            self.series
                .iter()
                .map(|series| series.values.get(at).copied().unwrap_or(0))
                .collect()
        };
        self.labels
            .iter()
            .enumerate()
            .map(|(at, label)| (label.as_str(), of(at)))
            .collect()
    }
}

/// Width of a label on a phone.
fn width(label: &str) -> f64 {
    label
        .chars()
        .map(|letter| if letter == ' ' { SPACE } else { LETTER })
        .sum()
}

fn px(value: f64) -> String {
    format!("{value:.1}")
}

/// Figures are counts: above 2^53 a picture has no use for the difference.
fn as_f64(value: u64) -> f64 {
    const EXACT_MAX: u64 = 1 << 53;
    let value = value.min(EXACT_MAX);
    let (high, low) = (
        u32::try_from(value >> 32).unwrap_or(u32::MAX),
        u32::try_from(value & 0xffff_ffff).unwrap_or(u32::MAX),
    );
    f64::from(high) * 4_294_967_296.0 + f64::from(low)
}

/// The next of 4, 8, 12, 20, 40, 60, 80, 100, ...: an axis with round figures in quarters.
fn round_up(value: u64) -> u64 {
    let mut scale = 1_u64;
    loop {
        for step in [4, 8, 12, 20] {
            let top = scale.saturating_mul(step);
            if value <= top {
                return top;
            }
        }
        scale = if scale == 1 { 10 } else { scale.saturating_mul(10) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(kind: Kind, values: &[&[u64]]) -> Plot {
        Plot {
            id: "p",
            title: "Learners <by> month".to_owned(),
            summary: "Rising.".to_owned(),
            unit: "Month".to_owned(),
            table: "Figures".to_owned(),
            kind,
            labels: vec!["January".to_owned(), "February".to_owned()],
            series: values
                .iter()
                .map(|values| Series {
                    name: "Active".to_owned(),
                    values: values.to_vec(),
                })
                .collect(),
        }
    }

    #[test]
    fn the_axis_has_round_figures() {
        for (value, top) in [
            (0, 4),
            (4, 4),
            (5, 8),
            (13, 20),
            (21, 40),
            (99, 120),
            (1_000, 1_200),
            (u64::MAX, u64::MAX),
        ] {
            assert_eq!(round_up(value), top, "{value}");
        }
    }

    #[test]
    fn every_figure_stands_in_the_table_and_nothing_breaks_out() {
        for kind in [Kind::Bars, Kind::Stacked, Kind::Line] {
            let html = plot(kind, &[&[3, 17], &[1, 2]]).to_string();
            for figure in ["<td>3</td>", "<td>17</td>", "<td>1</td>", "<td>2</td>"] {
                assert!(html.contains(figure), "{kind:?}: {html}");
            }
            assert!(html.contains("Learners &#60;by&#62; month"), "{html}");
            assert!(!html.contains("style=") && !html.contains("NaN"), "{html}");
        }
    }

    #[test]
    fn stacked_bars_do_not_leave_the_drawing() {
        let plot = plot(Kind::Stacked, &[&[10, 20], &[30, 40]]);
        for bar in plot.bars() {
            let (y, height): (f64, f64) = (bar.y.parse().unwrap(), bar.height.parse().unwrap());
            assert!(y >= TOP - 0.1 && y + height <= HEIGHT - BOTTOM + 0.1);
        }
    }

    #[test]
    fn labels_do_not_touch() {
        let mut plot = plot(Kind::Bars, &[&[1; 12]]);
        for (label, shown) in [("Nov", 6), ("16 Nov", 6), ("Nov 2026", 4), ("22 Nov, 10:05", 3)] {
            plot.labels = vec![label.to_owned(); 12];
            assert_eq!(plot.marks().len(), shown, "{label}");
        }
        // The bands of the dashboard are each a name of their own: none may be missing.
        plot.labels = ["0–7 days", "7–14 days", "14–28 days", "over 28 days"]
            .map(str::to_owned)
            .to_vec();
        assert_eq!(plot.marks().len(), 4);
    }

    #[test]
    fn a_file_has_the_figures_of_the_table() {
        let lines = plot(Kind::Bars, &[&[3, 17], &[1, 2]]).lines();
        let expected = [
            ["Month", "Active", "Active"],
            ["January", "3", "1"],
            ["February", "17", "2"],
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn no_figures_are_no_picture_of_nothing() {
        let html = plot(Kind::Line, &[]).to_string();
        assert!(!html.contains("NaN"), "{html}");
    }
}
