//! A keyring at rest: JSON in which the root key wraps the tenant's key, and that wraps the key of each purpose.

use std::io;
use std::path::PathBuf;

use aws_lc_rs::aead::LessSafeKey;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use skillsyms_core::{CellId, Rng};

use crate::aead;
use crate::keyring::{Key, Keyring, Keys, Purpose, Purposes};
use crate::root::RootKey;

/// Version of the layout of a wrapped keyring.
const VERSION: u32 = 1;
/// Says what the JSON is.
const FORMAT: &str = "skillsyms-keyring";
/// Begins the associated data of a tenant's key.
const TENANT_DOMAIN: &[u8] = b"keyring";
/// Begins the associated data of a purpose's key.
const PURPOSE_DOMAIN: &[u8] = b"keyring-purpose";

/// A key could not be read, made or unwrapped. It never says what the key was.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no key file.
    #[error("there is no key file at {}", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The key file is not safe to use.
    #[error("the key file {} is refused: {why}", path.display())]
    Unsafe {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The key file could not be read or written.
    #[error("the key file {} cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        error: io::Error,
    },
    /// Not a key.
    #[error("a root key is 64 hexadecimal digits, not all of them zero; this is not one")]
    Malformed,
    /// Another root key wrapped this.
    #[error("this data folder was made with root key {made_with}, the one given is {given}")]
    WrongRootKey {
        /// Name of the key that wrapped it.
        made_with: String,
        /// Name of the key that was given.
        given: String,
    },
    /// The keyring of another cell.
    #[error("this keyring belongs to another cell")]
    WrongCell,
    /// Made by a later version of this program.
    #[error("the keyring was made by a newer version of this program (layout {version}; this one knows up to {known})")]
    Newer {
        /// The layout found.
        version: u32,
        /// The newest that is known here.
        known: u32,
    },
    /// The keyring was changed or cut off.
    #[error("the keyring is damaged: {0}")]
    Damaged(&'static str),
}

/// What every version of the layout has, read first.
#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    format: String,
    version: u32,
    root: String,
    cell: CellId,
    tenant_key: String,
    keys: Vec<WrappedKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrappedKey {
    purpose: String,
    id: u32,
    state: State,
    key: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Active,
    Retired,
}

impl State {
    /// Its byte in the associated data, so that a retired key cannot be made active again by an edit.
    const fn byte(self) -> u8 {
        match self {
            Self::Active => 1,
            Self::Retired => 2,
        }
    }
}

impl Keyring {
    /// The keyring as it is stored: JSON, every key wrapped.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] if the cipher refuses, which does not happen with keys of the right length.
    pub fn wrap(&self, root: &RootKey, rng: &dyn Rng) -> Result<Vec<u8>, KeyError> {
        const FAILED: KeyError = KeyError::Damaged("a key could not be wrapped");
        let root_cipher = aead::gcm(root.bytes()).map_err(|_| FAILED)?;
        let tenant_cipher = aead::gcm(self.tenant()).map_err(|_| FAILED)?;
        let tenant_key = aead::wrap(&root_cipher, &tenant_data(self.cell()), self.tenant(), rng).map_err(|_| FAILED)?;
        let mut keys = Vec::new();
        for purpose in Purpose::ALL {
            let set = self.keys(purpose);
            let retired = set.retired().iter().map(|key| (key, State::Retired));
            for (key, state) in retired.chain([(set.active(), State::Active)]) {
                let data = purpose_data(self.cell(), purpose, key.id(), state);
                let wrapped = aead::wrap(&tenant_cipher, &data, key.bytes(), rng).map_err(|_| FAILED)?;
                let key = WrappedKey {
                    purpose: purpose.as_str().to_owned(),
                    id: key.id(),
                    state,
                    key: STANDARD.encode(wrapped),
                };
                keys.push(key);
            }
        }
        let wrapped = Wrapped {
            format: FORMAT.to_owned(),
            version: VERSION,
            root: root.id(),
            cell: self.cell(),
            tenant_key: STANDARD.encode(tenant_key),
            keys,
        };
        serde_json::to_vec_pretty(&wrapped).map_err(|_| FAILED)
    }

    /// Reads a stored keyring.
    ///
    /// # Errors
    /// [`KeyError::Newer`], [`KeyError::WrongRootKey`], [`KeyError::WrongCell`], or [`KeyError::Damaged`].
    pub fn unwrap(root: &RootKey, cell: CellId, stored: &[u8]) -> Result<Self, KeyError> {
        let head: Head = serde_json::from_slice(stored).map_err(|_| KeyError::Damaged("it is not a keyring"))?;
        if head.format != FORMAT {
            return Err(KeyError::Damaged("it is not a keyring"));
        }
        if head.version > VERSION {
            return Err(KeyError::Newer {
                version: head.version,
                known: VERSION,
            });
        }
        let wrapped: Wrapped =
            serde_json::from_slice(stored).map_err(|_| KeyError::Damaged("its fields are not those of a keyring"))?;
        if wrapped.root != root.id() {
            return Err(KeyError::WrongRootKey {
                made_with: printable(&wrapped.root),
                given: root.id(),
            });
        }
        if wrapped.cell != cell {
            return Err(KeyError::WrongCell);
        }
        const TENANT: KeyError = KeyError::Damaged("the tenant's key does not open");
        let root_cipher = aead::gcm(root.bytes()).map_err(|_| TENANT)?;
        let tenant =
            aead::unwrap_key(&root_cipher, &tenant_data(cell), &decode(&wrapped.tenant_key)?).map_err(|_| TENANT)?;
        let tenant_cipher = aead::gcm(&tenant).map_err(|_| TENANT)?;
        let purposes = unwrap_purposes(&tenant_cipher, cell, &wrapped.keys)?;
        Ok(Self::from_parts(cell, tenant, purposes))
    }
}

fn unwrap_purposes(tenant: &LessSafeKey, cell: CellId, stored: &[WrappedKey]) -> Result<Purposes, KeyError> {
    if stored.iter().any(|key| Purpose::parse(&key.purpose).is_none()) {
        return Err(KeyError::Damaged("it has a key for an unknown purpose"));
    }
    let keys = |purpose| unwrap_keys(tenant, cell, purpose, stored);
    Ok(Purposes {
        database: keys(Purpose::Database)?,
        fields: keys(Purpose::Fields)?,
        index: keys(Purpose::Index)?,
        files: keys(Purpose::Files)?,
        exports: keys(Purpose::Exports)?,
        backup: keys(Purpose::Backup)?,
        ledger: keys(Purpose::Ledger)?,
    })
}

fn unwrap_keys(tenant: &LessSafeKey, cell: CellId, of: Purpose, stored: &[WrappedKey]) -> Result<Keys, KeyError> {
    let mut active = None;
    let mut retired = Vec::new();
    for key in stored.iter().filter(|key| key.purpose == of.as_str()) {
        let data = purpose_data(cell, of, key.id, key.state);
        let bytes = aead::unwrap_key(tenant, &data, &decode(&key.key)?)
            .map_err(|_| KeyError::Damaged("the key of a purpose does not open"))?;
        let opened = Key::new(key.id, bytes);
        match key.state {
            State::Retired => retired.push(opened),
            State::Active if active.is_none() => active = Some(opened),
            State::Active => return Err(KeyError::Damaged("a purpose has two active keys")),
        }
    }
    let active = active.ok_or(KeyError::Damaged("a purpose has no active key"))?;
    let newest = retired.iter().map(Key::id).max();
    if newest.is_some_and(|id| id >= active.id()) {
        return Err(KeyError::Damaged("a retired key is newer than the active one"));
    }
    Ok(Keys::new(active, retired))
}

fn tenant_data(cell: CellId) -> Vec<u8> {
    [TENANT_DOMAIN, cell.bytes()].concat()
}

fn purpose_data(cell: CellId, purpose: Purpose, id: u32, state: State) -> Vec<u8> {
    let name = purpose.as_str().as_bytes();
    [
        PURPOSE_DOMAIN,
        cell.bytes(),
        name,
        &[0],
        &id.to_be_bytes(),
        &[state.byte()],
    ]
    .concat()
}

fn decode(text: &str) -> Result<Vec<u8>, KeyError> {
    STANDARD
        .decode(text)
        .map_err(|_| KeyError::Damaged("a key is not base64"))
}

/// The name of a key comes from a file: it is shown only if it looks like one.
fn printable(name: &str) -> String {
    let is_name = name.len() <= 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_name {
        name.to_owned()
    } else {
        "(unreadable)".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, proptest};
    use uuid::Uuid;

    use super::*;
    use crate::digest::SystemRng;
    use crate::seal::Place;

    const PLACE: Place<'_> = Place::new("learner", "email", [1; 16]);

    fn cell(n: u128) -> CellId {
        CellId::new(Uuid::from_u128(n))
    }

    fn made() -> (RootKey, Keyring, Vec<u8>) {
        let root = RootKey::generate(&SystemRng);
        let keyring = Keyring::generate(cell(1), &SystemRng);
        let stored = keyring.wrap(&root, &SystemRng).unwrap();
        (root, keyring, stored)
    }

    fn edited(stored: &[u8], edit: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let mut json = serde_json::from_slice(stored).unwrap();
        edit(&mut json);
        serde_json::to_vec(&json).unwrap()
    }

    #[test]
    fn a_keyring_comes_back_with_its_history() {
        let (root, mut keyring, _) = made();
        let old = keyring.seal(PLACE, b"old", &SystemRng).unwrap();
        keyring.rotate(Purpose::Fields, &SystemRng);
        let new = keyring.seal(PLACE, b"new", &SystemRng).unwrap();
        keyring.rotate_tenant(&SystemRng);
        let stored = keyring.wrap(&root, &SystemRng).unwrap();
        let again = Keyring::unwrap(&root, cell(1), &stored).unwrap();
        assert_eq!(again.database_key(), keyring.database_key());
        assert_eq!(again.ledger_seed(), keyring.ledger_seed());
        assert_eq!(again.index("id_number", b"1"), keyring.index("id_number", b"1"));
        assert_eq!(again.open(PLACE, &old).unwrap().as_slice(), b"old");
        assert_eq!(again.open(PLACE, &new).unwrap().as_slice(), b"new");
        assert_eq!(again.active_id(Purpose::Fields), 2);
    }

    #[test]
    fn no_key_stands_in_clear() {
        let (_, keyring, stored) = made();
        let text = String::from_utf8(stored).unwrap();
        for purpose in Purpose::ALL {
            assert!(!text.contains(&STANDARD.encode(keyring.keys(purpose).active().bytes())));
        }
        assert_eq!(format!("{keyring:?}"), format!("Keyring {{ cell: {}, .. }}", cell(1)));
    }

    #[test]
    fn the_wrong_root_key_names_both() {
        let (root, _, stored) = made();
        let other = RootKey::generate(&SystemRng);
        let error = Keyring::unwrap(&other, cell(1), &stored).unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, KeyError::WrongRootKey { .. }));
        assert!(text.contains(&root.id()) && text.contains(&other.id()), "{text}");
    }

    #[test]
    fn a_root_keys_name_that_was_edited_still_does_not_open() {
        let (_, _, stored) = made();
        let other = RootKey::generate(&SystemRng);
        let forged = edited(&stored, |json| json["root"] = other.id().into());
        assert!(matches!(
            Keyring::unwrap(&other, cell(1), &forged),
            Err(KeyError::Damaged(_))
        ));
    }

    #[test]
    fn another_cells_keyring_does_not_open() {
        let (root, _, stored) = made();
        assert!(matches!(
            Keyring::unwrap(&root, cell(2), &stored),
            Err(KeyError::WrongCell)
        ));
        let forged = edited(&stored, |json| json["cell"] = cell(2).to_string().into());
        assert!(matches!(
            Keyring::unwrap(&root, cell(2), &forged),
            Err(KeyError::Damaged(_))
        ));
    }

    #[test]
    fn a_newer_layout_says_so_whatever_else_it_has() {
        let (root, _, _) = made();
        let newer = br#"{"format": "skillsyms-keyring", "version": 2, "something": "new"}"#;
        let error = Keyring::unwrap(&root, cell(1), newer).unwrap_err();
        assert!(matches!(error, KeyError::Newer { version: 2, known: 1 }));
    }

    #[test]
    fn edits_are_found() {
        let (root, mut keyring, _) = made();
        keyring.rotate(Purpose::Index, &SystemRng);
        let stored = keyring.wrap(&root, &SystemRng).unwrap();
        let edits: [fn(&mut serde_json::Value); 7] = [
            |json| json["format"] = "other".into(),
            |json| drop(json["keys"].as_array_mut().unwrap().remove(0)),
            |json| json["keys"][0]["purpose"] = "fields".into(),
            |json| json["keys"][0]["purpose"] = "unheard of".into(),
            |json| json["keys"][0]["id"] = 5.into(),
            |json| json["keys"][0]["key"] = json["keys"][1]["key"].clone(),
            // The retired index key made the active one.
            |json| {
                let keys = json["keys"].as_array_mut().unwrap();
                let at = keys.iter().position(|key| key["state"] == "retired").unwrap();
                keys[at]["state"] = "active".into();
                drop(keys.remove(at + 1));
            },
        ];
        for (n, edit) in edits.into_iter().enumerate() {
            let error = Keyring::unwrap(&root, cell(1), &edited(&stored, edit)).unwrap_err();
            assert!(matches!(error, KeyError::Damaged(_)), "{n}: {error:?}");
        }
    }

    #[test]
    fn an_index_depends_on_kind_value_and_cell() {
        let (_, keyring, _) = made();
        let index = keyring.index("id_number", b"8001015009087");
        assert_eq!(index, keyring.index("id_number", b"8001015009087"));
        assert_ne!(index, keyring.index("passport", b"8001015009087"));
        assert_ne!(index, keyring.index("id_number", b"8001015009088"));
        assert_ne!(index, made().1.index("id_number", b"8001015009087"));
        assert_eq!(
            format!("{:?}", keyring.blind_index("id_number", b"1")),
            "BlindIndex([masked])"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn a_changed_byte_never_gives_other_keys(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let (root, keyring, mut stored) = made();
            let at = at.index(stored.len());
            stored[at] = byte;
            // Space and the case of a digit may change without meaning; a key never does.
            if let Ok(read) = Keyring::unwrap(&root, cell(1), &stored) {
                for purpose in Purpose::ALL {
                    prop_assert_eq!(read.keys(purpose).active().bytes(), keyring.keys(purpose).active().bytes());
                }
            }
        }
    }
}
