//! Who is signed in, for the frame of their pages: name, provider, and which links lead somewhere.
//!
//! It is read through the door like everything else, and kept for a minute, so that not each page leaves an entry about its
//! own header. Nothing is decided by it: what a page shows or does asks the door itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use skillsyms_core::{Instant, Role};
use skillsyms_door::{Door, Principal, matrix};
use skillsyms_people::sessions::{Me, ReadMe};

use super::asked::Session;
use super::place::Place;
use crate::extract::Caller;
use crate::problem::Refused;

/// Seconds for which it is kept. A new role shows in the navigation after this long at most.
const KEPT_SECONDS: i64 = 60;
/// Sessions that are kept: 10,000 of some 500 bytes.
const KEPT_MAX: usize = 10_000;

/// What stands in the place of a provider's name for operators.
pub(crate) const PLATFORM: &str = "skillsyms platform";

/// Somebody who is signed in.
#[derive(Debug)]
pub struct Who {
    /// What the door says of them.
    pub me: Me,
    /// Registered name of the provider.
    pub provider: String,
    /// Where their pages are.
    place: Place,
    rights: Arc<Rights>,
}

/// The acts that some roles may ever do, and whether with more than what is their own.
type Rights = BTreeMap<&'static str, bool>;

/// What rights depend on: the roles; whether one is a learner; whether one's registrations as assessor and moderator hold.
type RightsOf = (Vec<Role>, bool, bool, bool);

impl Who {
    /// Their name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.me.person.as_ref().map_or("", |person| person.name.as_str())
    }

    /// Their roles.
    pub fn roles(&self) -> impl Iterator<Item = Role> {
        self.me.person.iter().flat_map(|person| person.roles.iter().copied())
    }

    /// Whether their roles may ever do this act.
    #[must_use]
    pub fn may(&self, act: &str) -> bool {
        self.rights.contains_key(act)
    }

    /// Whether their roles may do it with more than what is their own.
    #[must_use]
    pub fn may_beyond(&self, act: &str) -> bool {
        self.rights.get(act).is_some_and(|is_beyond| *is_beyond)
    }
}

/// Who it is, and until when that is believed.
type Kept = (Instant, Arc<Who>);

/// What is kept.
#[derive(Debug, Default)]
pub struct Known {
    /// By the hash of the session.
    people: Mutex<HashMap<[u8; 32], Kept>>,
    /// Policies do not change while the program runs, and asking all of them takes milliseconds. As many as there are sets of
    /// roles that people hold.
    rights: Mutex<HashMap<RightsOf, Arc<Rights>>>,
}

impl Known {
    /// Who this is.
    ///
    /// # Errors
    /// What the door says.
    pub async fn of(&self, caller: &Caller, hash: [u8; 32]) -> Result<Arc<Who>, Refused> {
        let now = caller.door().clock().now();
        if let Some(who) = self.fresh(hash, now) {
            return Ok(who);
        }
        let me = caller.enter().view(ReadMe).await?;
        self.learn(caller.door(), hash, me).await
    }

    /// Keeps what was just read.
    ///
    /// # Errors
    /// If the provider cannot be read.
    pub async fn learn(&self, door: &Door, hash: [u8; 32], me: Me) -> Result<Arc<Who>, Refused> {
        let now = door.clock().now();
        let (provider, place) = if me.tenant == door.platform() {
            (PLATFORM.to_owned(), Place::Platform)
        } else {
            let tenant = door.tenant_of(me.tenant).await?;
            (tenant.name, Place::Tenant(tenant.slug))
        };
        let rights = self.rights(door, &me);
        let who = Arc::new(Who {
            me,
            provider,
            place,
            rights,
        });
        let mut kept = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT_MAX {
            kept.retain(|_, (until, _)| *until > now);
        }
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(hash, (now.plus_seconds(KEPT_SECONDS), Arc::clone(&who)));
        Ok(who)
    }

    /// Forgets a session that ends.
    pub fn forget(&self, hash: &[u8; 32]) {
        self.people.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }

    fn rights(&self, door: &Door, me: &Me) -> Arc<Rights> {
        let roles = me.person.as_ref().map_or_else(Vec::new, |person| person.roles.clone());
        let is_learner = me.person.as_ref().is_some_and(|person| person.learner.is_some());
        let of = (
            roles,
            is_learner,
            me.assessor_until.is_some(),
            me.moderator_until.is_some(),
        );
        let mut kept = self.rights.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(kept.entry(of).or_insert_with(|| Arc::new(rights_of(door, me))))
    }

    /// Who this was at a place within the last minute, without asking the door.
    pub(super) fn fresh_at(&self, place: &Place, session: &Session, now: Instant) -> Option<Arc<Who>> {
        let who = self.fresh(session.hash, now)?;
        (who.place == *place && who.me.tenant == session.actor.cell()).then_some(who)
    }

    /// Who this was within the last minute.
    fn fresh(&self, hash: [u8; 32], now: Instant) -> Option<Arc<Who>> {
        let kept = self.people.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, who) = kept.get(&hash)?;
        (*until > now).then(|| Arc::clone(who))
    }
}

/// The acts that somebody's roles may ever do, by the policies themselves.
fn rights_of(door: &Door, me: &Me) -> Rights {
    let Some(person) = &me.person else {
        return Rights::new();
    };
    let mut principal = Principal::person(person.id, person.roles.clone());
    principal.learner = person.learner;
    principal.assessor_until = me.assessor_until;
    principal.moderator_until = me.moderator_until;
    let cells = door.registry().all().map(|info| {
        let cell = matrix::cell(door.policies(), info, &principal);
        (info.name, cell)
    });
    let allowed = cells.filter(|(_, cell)| cell != "-");
    allowed.map(|(name, cell)| (name, !cell.starts_with("own"))).collect()
}
