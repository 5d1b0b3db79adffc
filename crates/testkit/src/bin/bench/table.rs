//! The table that is printed, and that `docs/PERFORMANCE.md` carries.

/// What was measured.
pub struct Row {
    /// Which case, on which engine.
    pub case: String,
    /// The figure.
    pub figure: String,
    /// The bare engine's.
    pub bare: String,
    /// The figure divided by the bare engine's, or whatever ratio the target is about.
    pub ratio: String,
    /// What is demanded.
    pub target: &'static str,
    /// Whether it is met.
    pub met: bool,
}

/// Prints the table of all cases in Markdown.
pub fn print(rows: &[Row]) {
    let lines = rows.iter().map(|row| {
        let met = if row.met { "yes" } else { "no" };
        [&row.case, &row.figure, &row.bare, &row.ratio, row.target, met].map(str::to_owned)
    });
    let headings = ["case", "figure", "bare engine", "ratio", "target", "met"];
    print_lines(headings, lines.collect());
}

/// Prints a table in Markdown.
pub fn print_lines<const N: usize>(headings: [&str; N], lines: Vec<[String; N]>) {
    let lines: Vec<[String; N]> = std::iter::once(headings.map(str::to_owned)).chain(lines).collect();
    let width = |column: usize| {
        lines
            .iter()
            .filter_map(|line| line.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or(0)).collect();
    for (at, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        crate::say(&format!("| {} |", cells.join(" | ")));
        if at == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
            crate::say(&format!("|{}|", rules.join("|")));
        }
    }
}

/// The middle of some figures.
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(0.0)
}

/// A figure with its thousands parted.
pub fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
