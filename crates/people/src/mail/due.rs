//! View: when there is something to send. It names no mail and nobody, so it leaves no entry.

use skillsyms_cells::Read;
use skillsyms_core::Instant;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::rows;
use crate::api_keys::rows as keys;

/// Says when the next mail is due.
#[derive(Clone, Copy, Debug)]
pub struct NextMail;

impl View for NextMail {
    const NAME: &'static str = "mail.due";
    const DISCLOSES: Disclosure = Disclosure::None;
    const LEAVES_ENTRY: bool = false;
    const IS_BRIEF: bool = true;
    type Output = Option<Instant>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Option<Instant>, Fault> {
        let next = [rows::next(tx)?, keys::next_warning(tx)?];
        Ok(next.into_iter().flatten().min())
    }

    fn entry(&self, _: &Option<Instant>) -> Note {
        Note::none()
    }
}
