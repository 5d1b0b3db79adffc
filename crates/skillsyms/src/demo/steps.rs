//! Progress on a terminal; plain lines where there is none.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::out;

/// The steps of the demo as they go by.
#[derive(Default)]
pub struct Steps(MultiProgress);

impl Steps {
    /// A bar for a step of so many parts.
    #[must_use]
    pub fn bar(&self, what: &'static str, parts: usize) -> ProgressBar {
        let bar = self.0.add(ProgressBar::new(parts as u64));
        if let Ok(style) = ProgressStyle::with_template("{msg:<34} {bar:32} {pos:>6}/{len} {elapsed}") {
            bar.set_style(style);
        }
        bar.set_message(what);
        bar
    }

    /// A step that was done.
    pub fn done(&self, what: &str) {
        if self.0.is_hidden() {
            out::note(format!("✓ {what}"));
        } else {
            let _ = self.0.println(format!("✓ {what}"));
        }
    }
}
