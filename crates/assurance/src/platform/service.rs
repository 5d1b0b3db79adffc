//! What an operator's act means beyond its own transaction: an invitation in the provider's cell, what the probes saw. Call these
//! on a task of their own: an operator who goes away must not leave them half done.

use std::net::IpAddr;

use skillsyms_core::{CellId, Problem, Reference, Role};
use skillsyms_door::{Actor, Door};
use skillsyms_people::Sending;
use skillsyms_people::accounts::{Invite, Invited, LinkBy};
use skillsyms_vault::Secret;

/// Where a request came from, for the entries in the provider's own log.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// The caller's network address.
    pub from: Option<IpAddr>,
    /// The reference that the caller was given.
    pub reference: Reference,
}

/// Who is to be a provider's first administrator.
#[derive(Debug)]
pub struct Administrator {
    /// Where they are reached.
    pub email: Secret<String>,
    /// Their name.
    pub name: Secret<String>,
}

/// Invites the first administrator in the provider's own cell, as the console does. Only for a provider for which an operator
/// did [`super::InviteAdministrator`].
///
/// # Errors
/// `person.has_administrator`; what is wrong with name or address.
pub async fn invite(
    door: &Door,
    cell: CellId,
    administrator: Administrator,
    around: Circumstances,
) -> Result<Invited, Problem> {
    let act = Invite {
        email: administrator.email,
        name: administrator.name,
        roles: vec![Role::Admin],
        learner: None,
        // Shown to the operator, once: what is mailed is in the provider's own hands.
        link: LinkBy::Hand,
        sending: Sending::Off,
    };
    door.enter(Actor::Console(cell))
        .from(around.from)
        .reference(around.reference)
        .run(act)
        .await
}

/// Lets the probes look, as an operator was allowed to by [`crate::controls::CheckControls`], and keeps what they saw.
///
/// # Errors
/// If the platform's cell fails.
pub async fn keep(door: &Door, evidence: Vec<crate::controls::Evidence>) -> Result<(), Problem> {
    let actor = Actor::System(door.platform());
    door.enter(actor)
        .run(crate::controls::RecordEvidence { evidence })
        .await
        .map(drop)
}
