//! How a learner is kept: what is sealed, for which place, and under which blind index.

use skillsyms_cells::CellError;
use skillsyms_core::person::{CheckedLearner, Contact, Identity, Profile};
use skillsyms_core::{ImportId, LearnerId};
use skillsyms_door::{Cx, Fault};
use skillsyms_vault::{BlindIndex, Json, Keyring, Place, SealError, Sealed};
use uuid::Uuid;

use super::rows::{ACTIVE, NewRow};

/// Kind of the blind index of ID numbers.
const INDEX_SA_ID: &str = "learner.sa_id";
/// Kind of the blind index of alternate ids; the value under it begins with the alternate id's own kind.
const INDEX_ALTERNATE: &str = "learner.alt";

const TABLE: &str = "learners";

/// The blind index under which an identity is found.
pub(crate) fn index_of(keys: &Keyring, identity: &Identity) -> BlindIndex {
    let kind = if identity.sa_id().is_some() {
        INDEX_SA_ID
    } else {
        INDEX_ALTERNATE
    };
    keys.blind_index(kind, identity.index_value().as_bytes())
}

/// Seals a checked learner into a new row with a fresh id.
pub(crate) fn seal_new(cx: &Cx, learner: CheckedLearner, import: Option<ImportId>) -> Result<NewRow, SealError> {
    let id = LearnerId::new(cx.fresh());
    let identity = seal_identity(cx, id, &learner.identity)?;
    Ok(NewRow {
        id,
        id_kind: learner.identity.kind(),
        id_index: index_of(cx.keys(), &learner.identity),
        identity,
        fold: learner.fold(),
        contact: seal_contact(cx, id, learner.contact)?,
        profile: seal_profile(cx, id, learner.profile)?,
        first_name: learner.first_name,
        middle_name: learner.middle_name.unwrap_or_default(),
        last_name: learner.last_name,
        title: learner.title.unwrap_or_default(),
        state: ACTIVE,
        import,
        version: 1,
        created_at: cx.now(),
        changed_at: cx.now(),
    })
}

pub(crate) fn seal_identity(cx: &Cx, id: LearnerId, identity: &Identity) -> Result<Sealed<String>, SealError> {
    Sealed::seal(cx.keys(), place(id, "identity"), &*identity.to_text(), cx.rng())
}

/// Seals what identified a learner before, for the record of its correction.
pub(crate) fn seal_former(cx: &Cx, correction: Uuid, identity: &Identity) -> Result<Sealed<String>, SealError> {
    Sealed::seal(cx.keys(), former(correction), &*identity.to_text(), cx.rng())
}

/// Opens what identified a learner before. It prints masked.
pub(crate) fn open_former(keys: &Keyring, correction: Uuid, sealed: &Sealed<String>) -> Result<Identity, Fault> {
    read_identity(&keys.open(former(correction), sealed.bytes())?)
}

const fn former(correction: Uuid) -> Place<'static> {
    Place::new("identity_corrections", "identity", *correction.as_bytes())
}

fn read_identity(plain: &[u8]) -> Result<Identity, Fault> {
    let text = std::str::from_utf8(plain).ok();
    let identity = text.and_then(Identity::from_text);
    identity.ok_or_else(|| CellError::Damaged("a sealed identity is not one").into())
}

pub(crate) fn seal_contact(cx: &Cx, id: LearnerId, contact: Contact) -> Result<Sealed<Json<Contact>>, SealError> {
    Sealed::seal(cx.keys(), place(id, "contact"), &Json(contact), cx.rng())
}

pub(crate) fn seal_profile(cx: &Cx, id: LearnerId, profile: Profile) -> Result<Sealed<Json<Profile>>, SealError> {
    Sealed::seal(cx.keys(), place(id, "profile"), &Json(profile), cx.rng())
}

/// Opens what identifies a learner. It prints masked.
pub(crate) fn open_identity(keys: &Keyring, id: LearnerId, sealed: &Sealed<String>) -> Result<Identity, Fault> {
    read_identity(&keys.open(place(id, "identity"), sealed.bytes())?)
}

pub(crate) fn open_contact(keys: &Keyring, id: LearnerId, sealed: &Sealed<Json<Contact>>) -> Result<Contact, Fault> {
    Ok(sealed.open(keys, place(id, "contact"))?.0)
}

pub(crate) fn open_profile(keys: &Keyring, id: LearnerId, sealed: &Sealed<Json<Profile>>) -> Result<Profile, Fault> {
    Ok(sealed.open(keys, place(id, "profile"))?.0)
}

const fn place(id: LearnerId, column: &'static str) -> Place<'static> {
    Place::new(TABLE, column, *id.bytes())
}
