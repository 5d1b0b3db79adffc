//! The keys of one cell, unwrapped: one random key for each purpose, with id and history.

use std::fmt;
use std::sync::OnceLock;

use aws_lc_rs::aead::LessSafeKey;
use skillsyms_core::{CellId, Rng};
use zeroize::Zeroizing;

use crate::aead::{self, KEY_LEN, NONCE_LEN, Refused};
use crate::index::{self, BlindIndex};
use crate::seal::{Place, SealError};

/// What a key is for. One key never serves two purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// SQLCipher's raw key.
    Database,
    /// Sealed columns.
    Fields,
    /// Blind indexes.
    Index,
    /// Evidence and other files.
    Files,
    /// Exports that are kept for their receiver.
    Exports,
    /// Backups and the archive of the write-ahead log.
    Backup,
    /// Seed of the ledger's signing key.
    Ledger,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 7] = [
        Self::Database,
        Self::Fields,
        Self::Index,
        Self::Files,
        Self::Exports,
        Self::Backup,
        Self::Ledger,
    ];

    /// Stable name, as the wrapped keyring spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Fields => "fields",
            Self::Index => "index",
            Self::Files => "files",
            Self::Exports => "exports",
            Self::Backup => "backup",
            Self::Ledger => "ledger",
        }
    }

    /// Reads a stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == name)
    }
}

/// One key with its id. The cipher made of it is kept, because preparing it costs more than sealing a short value.
pub struct Key {
    id: u32,
    bytes: Zeroizing<[u8; KEY_LEN]>,
    cipher: OnceLock<LessSafeKey>,
}

impl Key {
    pub const fn new(id: u32, bytes: Zeroizing<[u8; KEY_LEN]>) -> Self {
        Self {
            id,
            bytes,
            cipher: OnceLock::new(),
        }
    }

    fn random(id: u32, rng: &dyn Rng) -> Self {
        Self::new(id, random_key(rng))
    }

    pub const fn id(&self) -> u32 {
        self.id
    }

    pub fn bytes(&self) -> &[u8; KEY_LEN] {
        &self.bytes
    }

    /// AES-256-GCM-SIV under this key.
    pub fn cipher(&self) -> Result<&LessSafeKey, Refused> {
        if let Some(cipher) = self.cipher.get() {
            return Ok(cipher);
        }
        let made = aead::siv(&self.bytes)?;
        Ok(self.cipher.get_or_init(|| made))
    }
}

/// The keys of one purpose: the one that seals, and those that only open what they sealed before.
pub struct Keys {
    active: Key,
    retired: Vec<Key>,
}

impl Keys {
    pub const fn new(active: Key, retired: Vec<Key>) -> Self {
        Self { active, retired }
    }

    fn random(rng: &dyn Rng) -> Self {
        Self::new(Key::random(1, rng), Vec::new())
    }

    pub const fn active(&self) -> &Key {
        &self.active
    }

    pub fn retired(&self) -> &[Key] {
        &self.retired
    }

    pub fn find(&self, id: u32) -> Option<&Key> {
        std::iter::once(&self.active)
            .chain(&self.retired)
            .find(|key| key.id == id)
    }
}

/// One set of keys for each purpose.
pub struct Purposes {
    pub database: Keys,
    pub fields: Keys,
    pub index: Keys,
    pub files: Keys,
    pub exports: Keys,
    pub backup: Keys,
    pub ledger: Keys,
}

/// The unwrapped keys of one cell. It prints as the cell's id and nothing else; all keys are wiped when it is dropped.
pub struct Keyring {
    cell: CellId,
    tenant: Zeroizing<[u8; KEY_LEN]>,
    purposes: Purposes,
}

impl Keyring {
    /// Draws all keys of a new cell.
    #[must_use]
    pub fn generate(cell: CellId, rng: &dyn Rng) -> Self {
        let purposes = Purposes {
            database: Keys::random(rng),
            fields: Keys::random(rng),
            index: Keys::random(rng),
            files: Keys::random(rng),
            exports: Keys::random(rng),
            backup: Keys::random(rng),
            ledger: Keys::random(rng),
        };
        Self {
            cell,
            tenant: random_key(rng),
            purposes,
        }
    }

    pub(crate) const fn from_parts(cell: CellId, tenant: Zeroizing<[u8; KEY_LEN]>, purposes: Purposes) -> Self {
        Self { cell, tenant, purposes }
    }

    /// The cell whose keys these are.
    #[must_use]
    pub const fn cell(&self) -> CellId {
        self.cell
    }

    /// SQLCipher's raw key.
    #[must_use]
    pub fn database_key(&self) -> &[u8; KEY_LEN] {
        self.purposes.database.active.bytes()
    }

    /// Seed of the ledger's Ed25519 key.
    #[must_use]
    pub fn ledger_seed(&self) -> &[u8; KEY_LEN] {
        self.purposes.ledger.active.bytes()
    }

    /// Seals a value for one place: another row, column, table or cell does not open it.
    ///
    /// Layout: version 1 | key id (u32, big endian) | nonce (12) | AES-256-GCM-SIV ciphertext and tag.
    ///
    /// # Errors
    /// [`SealError::Refused`] if the cipher refuses, which a value under 4 GiB never meets.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, SealError> {
        crate::seal::seal(self, place, plain, rng)
    }

    /// Opens a value sealed for this place.
    ///
    /// # Errors
    /// [`SealError`]: damaged, moved, sealed with an unknown key, or by a newer version.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        crate::seal::open(self, place, sealed)
    }

    /// The blind index of a normalised value: HMAC-SHA-256 over kind, zero byte and value.
    #[must_use]
    pub fn index(&self, kind: &'static str, normalised: &[u8]) -> [u8; 32] {
        index::compute(self.purposes.index.active.bytes(), kind, normalised)
    }

    /// The blind index as a column.
    #[must_use]
    pub fn blind_index(&self, kind: &'static str, normalised: &[u8]) -> BlindIndex {
        BlindIndex::new(self.index(kind, normalised))
    }

    /// Retires the key of a purpose and draws a new one; what the old one sealed still opens. Returns the new id.
    /// Wrap and store the keyring before anything is sealed with it.
    pub fn rotate(&mut self, purpose: Purpose, rng: &dyn Rng) -> u32 {
        let keys = self.keys_mut(purpose);
        let id = keys.active.id.saturating_add(1);
        let old = std::mem::replace(&mut keys.active, Key::random(id, rng));
        keys.retired.push(old);
        id
    }

    /// Draws a new tenant key. The purposes' keys stay; wrap and store the keyring again.
    pub fn rotate_tenant(&mut self, rng: &dyn Rng) {
        self.tenant = random_key(rng);
    }

    /// Id of the key that seals for a purpose now.
    #[must_use]
    pub const fn active_id(&self, purpose: Purpose) -> u32 {
        self.keys(purpose).active.id
    }

    pub(crate) fn tenant(&self) -> &[u8; KEY_LEN] {
        &self.tenant
    }

    pub(crate) const fn keys(&self, purpose: Purpose) -> &Keys {
        match purpose {
            Purpose::Database => &self.purposes.database,
            Purpose::Fields => &self.purposes.fields,
            Purpose::Index => &self.purposes.index,
            Purpose::Files => &self.purposes.files,
            Purpose::Exports => &self.purposes.exports,
            Purpose::Backup => &self.purposes.backup,
            Purpose::Ledger => &self.purposes.ledger,
        }
    }

    const fn keys_mut(&mut self, purpose: Purpose) -> &mut Keys {
        match purpose {
            Purpose::Database => &mut self.purposes.database,
            Purpose::Fields => &mut self.purposes.fields,
            Purpose::Index => &mut self.purposes.index,
            Purpose::Files => &mut self.purposes.files,
            Purpose::Exports => &mut self.purposes.exports,
            Purpose::Backup => &mut self.purposes.backup,
            Purpose::Ledger => &mut self.purposes.ledger,
        }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("cell", &self.cell)
            .finish_non_exhaustive()
    }
}

fn random_key(rng: &dyn Rng) -> Zeroizing<[u8; KEY_LEN]> {
    let mut bytes = Zeroizing::new([0; KEY_LEN]);
    rng.fill(&mut *bytes);
    bytes
}

/// A random nonce.
pub fn random_nonce(rng: &dyn Rng) -> [u8; NONCE_LEN] {
    let mut nonce = [0; NONCE_LEN];
    rng.fill(&mut nonce);
    nonce
}
