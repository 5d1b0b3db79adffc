//! View: the question that a passkey answers.

use skillsyms_cells::Read;
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};

use super::passkey::{Ceremony, Kept, Passkeys};
use super::rows;

/// Asks for the answer of a passkey: of one of one's own, or before anybody is signed in of any that says whose it is. Who has none is asked
/// nothing, and nobody is where there are no passkeys.
#[derive(Clone, Debug)]
pub struct AskPasskey {
    pub(crate) passkeys: Option<Passkeys>,
}

impl View for AskPasskey {
    const NAME: &'static str = "factor.ask";
    const DISCLOSES: Disclosure = Disclosure::None;
    const LEAVES_ENTRY: bool = false;
    type Output = Option<Ceremony>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Option<Ceremony>, Fault> {
        let Some(passkeys) = &self.passkeys else {
            return Ok(None);
        };
        let mut known = Vec::new();
        if let Some(person) = cx.actor().person {
            for row in rows::passkeys(tx, person)? {
                known.push(Kept::open(cx.keys(), &row)?.passkey());
            }
            if known.is_empty() {
                return Ok(None);
            }
        }
        passkeys.ask(cx, &known).map(Some)
    }

    fn entry(&self, _: &Option<Ceremony>) -> Note {
        Note::none()
    }
}
