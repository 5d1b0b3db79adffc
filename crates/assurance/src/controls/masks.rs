//! View: what a list of learners shows, searched for ID numbers. Answers counts, never what it saw.

use skillsyms_cells::Read;
use skillsyms_core::{Problem, SaId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_people::PageAsk;
use skillsyms_records::learners::ListLearners;

/// Digits of an ID number.
const DIGITS: usize = 13;

/// Lists a page of learners as staff would see it, and counts the ID numbers in it.
pub struct CheckMasks;

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Masks {
    /// Learners on the page.
    pub learners: usize,
    /// ID numbers that stood on it in full. Anything but none is a broken promise.
    pub in_full: usize,
}

impl View for CheckMasks {
    const NAME: &'static str = "control.masks";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Masks;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Learner"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Masks, Fault> {
        let page = ListLearners {
            page: PageAsk::default(),
            ..ListLearners::default()
        }
        .run(cx, tx)?;
        let shown = serde_json::to_string(&page.items).map_err(|_| Problem::internal())?;
        Ok(Masks {
            learners: page.items.len(),
            in_full: id_numbers_in(&shown),
        })
    }

    fn entry(&self, seen: &Masks) -> Note {
        Note::none().count(u64::try_from(seen.learners).unwrap_or(u64::MAX))
    }
}

/// How many ID numbers stand in a text in full.
#[must_use]
pub fn id_numbers_in(text: &str) -> usize {
    let runs = text.split(|c: char| !c.is_ascii_digit());
    runs.filter(|run| run.len() == DIGITS && SaId::parse(run).is_ok())
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_number_is_counted_and_other_digits_are_not() {
        assert_eq!(id_numbers_in("{\"id\":\"8001015009087\",\"cell\":\"0821234567\"}"), 1);
        assert_eq!(id_numbers_in("8001015009088 80010150090870 *********9087"), 0);
    }
}
