//! Act: say what came of mails that were taken.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::MailId;
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::{TRIES_MAX, rows, wait_seconds};

/// What came of one mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// A server took it.
    Sent,
    /// A server refused it for good.
    Refused,
    /// It is to be tried again.
    Later,
    /// It was not tried: another failed before it.
    Untried,
}

/// Settles mails: those that are done with are removed, the others wait.
#[derive(Clone, Debug)]
pub struct SettleMail {
    /// Which, and what came of each.
    pub mails: Vec<(MailId, Came)>,
}

impl Act for SettleMail {
    const NAME: &'static str = "mail.settle";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = ();

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<(), Fault> {
        for (id, came) in &self.mails {
            // One that was withdrawn meanwhile has no row.
            let Some(tried) = rows::tries(&mut tx.read(), *id)? else {
                continue;
            };
            let tries = tried.saturating_add(i64::from(*came == Came::Later));
            match came {
                Came::Sent | Came::Refused => {
                    rows::remove(tx, &[*id])?;
                }
                Came::Later if tries >= TRIES_MAX => {
                    rows::remove(tx, &[*id])?;
                }
                Came::Later | Came::Untried => {
                    rows::put_off(tx, *id, tries, cx.now().plus_seconds(wait_seconds(tries)))?;
                }
            }
        }
        Ok(())
    }

    fn entry(&self, (): &()) -> Note {
        let on = self.mails.iter().map(|(id, _)| ("Mail", id.uuid())).collect();
        Note { on, ..Note::none() }
    }
}
