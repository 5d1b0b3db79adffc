//! Acts: invite somebody, by a link that works once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use skillsyms_cells::{CellKind, Read, Tx};
use skillsyms_core::{Instant, InvitationId, LearnerId, PersonId, Problem, Role};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Kind, Note, Quotas, Target};
use skillsyms_vault::{BlindIndex, Sealed, Secret};

use super::rows::{self, NewInvitation, NewPerson};
use super::{DUPLICATE, HAS_ADMIN, PersonState, check_roles};
use crate::field::{Email, NAME_MAX_CHARS, line};
use crate::mail::{self, Letter, MailKind, Sending};
use crate::token::{Minted, OneTimeText, TokenKind};

/// Seconds for which an invitation works: seven days, so that one sent on a Friday is still good on the Thursday.
pub const INVITATION_SECONDS: i64 = 7 * 24 * 60 * 60;

/// Invites somebody. Inviting again somebody who has not come yet gives a new link and ends the old one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// E-mail address, with which they will sign in.
    #[schemars(with = "String")]
    pub email: Secret<String>,
    /// Name, as their colleagues will see it.
    #[schemars(with = "String")]
    pub name: Secret<String>,
    /// Their roles.
    pub roles: Vec<Role>,
    /// The learner's record that is their own. The role learner needs it.
    #[serde(default)]
    pub learner: Option<LearnerId>,
    /// How the link reaches them. By mail, unless said; where there is no mail it is always shown.
    #[serde(default)]
    pub link: LinkBy,
    /// Whether there is mail: said by the face, not by whoever invites.
    #[serde(skip)]
    pub sending: Sending,
}

/// How a link reaches somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LinkBy {
    /// By mail, and it is shown to nobody else.
    #[default]
    Mail,
    /// It is shown once to whoever invites, to be handed over.
    Hand,
}

/// What came of an invitation. The token is shown here and never again, and not at all if it was mailed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Invited {
    /// The account.
    pub id: PersonId,
    /// The secret of the link, to be handed over; absent if it is mailed. It works once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<OneTimeText>,
    /// Until when it works.
    pub expires_at: Instant,
}

/// What was prepared: fields checked and sealed, the token drawn.
pub struct Ready {
    id: PersonId,
    invitation: InvitationId,
    index: BlindIndex,
    email: Sealed<String>,
    name: String,
    token: Minted,
    letter: Letter,
}

impl Act for Invite {
    const NAME: &'static str = "person.invite";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Ready;
    type Output = Invited;

    fn prepare(&self, cx: &Cx) -> Result<Ready, Fault> {
        let email = Email::parse(&self.email)?;
        let name = line("name", &self.name, NAME_MAX_CHARS)?;
        let id = PersonId::new(cx.fresh());
        let token = Minted::new(TokenKind::Invitation, cx.cell(), cx.rng());
        Ok(Ready {
            id,
            invitation: InvitationId::new(cx.fresh()),
            index: email.index(cx.keys()),
            email: Sealed::seal(cx.keys(), Email::place(id), &email.as_str().to_owned(), cx.rng())?,
            name,
            letter: Letter::new(cx, MailKind::Invitation, Some(&token.text), crate::LANGUAGE)?,
            token,
        })
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<Invited, Fault> {
        let is_console = cx.actor().kind == Kind::Console;
        check_roles(&self.roles, self.learner.is_some(), cx.cell_kind())?;
        // The operator makes a provider's first administrator. From then on the provider decides who gets in: an
        // operator who could invite would have a way to the records that nobody there agreed to.
        let is_tenant = cx.cell_kind() == CellKind::Tenant;
        if is_console && is_tenant && rows::other_admin(&mut tx.read(), ready.id)? {
            return Err(Problem::new(&HAS_ADMIN).into());
        }
        if let Some(learner) = self.learner
            && is_tenant
            && !rows::learner_exists(&mut tx.read(), learner)?
        {
            return Err(Problem::field("learner", "learner.unknown", "There is no such learner. Check the id.").into());
        }
        let person = self.place(cx, ready, tx)?;
        rows::withdraw_invitations(tx, person, cx.now())?;
        let expires_at = cx.now().plus_seconds(INVITATION_SECONDS);
        rows::insert_invitation(
            tx,
            &NewInvitation {
                id: ready.invitation,
                person,
                token_hash: ready.token.hash,
                created_by: cx.actor().person,
                now: cx.now(),
                expires_at,
            },
        )?;
        mail::rows::withdraw(tx, person, MailKind::Invitation)?;
        let token = if self.sending == Sending::On && self.link == LinkBy::Mail {
            mail::check_room(tx)?;
            ready.letter.post(cx, tx, person, Some(expires_at))?;
            None
        } else {
            Some(ready.token.text.clone())
        };
        Ok(Invited {
            id: person,
            token,
            expires_at,
        })
    }

    fn entry(&self, output: &Invited) -> Note {
        let note = Note::on("Person", output.id.uuid());
        match self.learner {
            Some(learner) => note.about(learner),
            None => note,
        }
    }
}

impl Invite {
    /// The account for which the invitation is: a new one, or the one that was invited before and never used.
    fn place(&self, cx: &Cx, ready: &Ready, tx: &mut Tx<'_>) -> Result<PersonId, Fault> {
        let new = NewPerson {
            id: ready.id,
            index: ready.index,
            email: &ready.email,
            name: &ready.name,
            learner: self.learner,
            roles: &self.roles,
            now: cx.now(),
        };
        let taken = |fault: Fault| {
            let fault = fault.on_unique("people_learner", Problem::new(&DUPLICATE));
            fault.on_unique("people_email_index", Problem::new(&DUPLICATE))
        };
        let Some(before) = rows::by_email(&mut tx.read(), ready.index)? else {
            Quotas::check(cx.quotas().people, "people", 1, || Ok(rows::count_all(&mut tx.read())?))?;
            rows::insert(tx, &new).map_err(Fault::from).map_err(taken)?;
            return Ok(ready.id);
        };
        if before.state != PersonState::Invited {
            return Err(Problem::new(&DUPLICATE).into());
        }
        rows::reinvite(tx, before.id, &new)
            .map_err(Fault::from)
            .map_err(taken)?;
        Ok(before.id)
    }
}
