//! Who acts: a credential as it came, and the principal it turns out to be inside the act's own transaction.

use std::net::IpAddr;

use skillsyms_cells::{Read, Tx};
use skillsyms_core::problem::{SECOND_FACTOR, SECOND_FACTOR_SETUP};
use skillsyms_core::{ApiKeyId, CellId, Code, Instant, LearnerId, PersonId, Role, SessionId};

use crate::act::Fault;
use crate::notice::Notice;

/// A credential and the cell that it names. Nothing is believed of it until the transaction has looked it up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A session, by the SHA-256 of its token.
    Session {
        /// The cell that the token names.
        cell: CellId,
        /// SHA-256 of the token.
        hash: [u8; 32],
    },
    /// An API key, by the SHA-256 of its secret.
    Key {
        /// The cell that the key names.
        cell: CellId,
        /// SHA-256 of the key.
        hash: [u8; 32],
    },
    /// Nobody yet: signing in, accepting an invitation.
    Nobody(CellId),
    /// The operator at this machine's console.
    Console(CellId),
    /// The platform itself, on schedule.
    System(CellId),
}

impl Actor {
    /// The cell in which the act happens. It comes from the credential and from nowhere else.
    #[must_use]
    pub const fn cell(&self) -> CellId {
        match self {
            Self::Session { cell, .. } | Self::Key { cell, .. } => *cell,
            Self::Nobody(cell) | Self::Console(cell) | Self::System(cell) => *cell,
        }
    }

    /// What is looked up: nothing of those who are what they are by where they come from.
    ///
    /// # Errors
    /// Their kind.
    pub(crate) const fn shown(&self) -> Result<Shown, Kind> {
        match self {
            Self::Session { hash, .. } => Ok(Shown::Session(*hash)),
            Self::Key { hash, .. } => Ok(Shown::Key(*hash)),
            Self::Nobody(_) => Err(Kind::Nobody),
            Self::Console(_) => Err(Kind::Console),
            Self::System(_) => Err(Kind::System),
        }
    }
}

/// What somebody shows who is to be looked up.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shown {
    /// A session, by the SHA-256 of its token.
    Session([u8; 32]),
    /// An API key, by the SHA-256 of its secret.
    Key([u8; 32]),
}

impl std::fmt::Debug for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self {
            Self::Session { .. } => "Session",
            Self::Key { .. } => "Key",
            Self::Nobody(_) => "Nobody",
            Self::Console(_) => "Console",
            Self::System(_) => "System",
        };
        write!(f, "{kind}@{}", self.cell())
    }
}

/// What kind of principal acts. Each is an entity type of the policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody signed in.
    Person,
    /// An integration with an API key.
    Key,
    /// The operator at this machine's console.
    Console,
    /// The platform itself.
    System,
    /// No credential.
    Nobody,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Person, Self::Key, Self::Console, Self::System, Self::Nobody];

    /// Name of the entity type, and the word in ledger entries in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "Person",
            Self::Key => "Key",
            Self::Console => "Console",
            Self::System => "System",
            Self::Nobody => "Nobody",
        }
    }
}

/// What somebody signed in must do before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Owes {
    /// Show their second factor.
    Factor,
    /// Set one up: their role takes one.
    Enrol,
}

impl Owes {
    /// The word, as SQL, JSON and the policies have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Factor => "factor",
            Self::Enrol => "enrol",
        }
    }

    /// What is owed by this word. An empty one is nothing; any other is damage, and `None` outside.
    #[must_use]
    pub fn parse(text: &str) -> Option<Option<Self>> {
        match text {
            "" => Some(None),
            "factor" => Some(Some(Self::Factor)),
            "enrol" => Some(Some(Self::Enrol)),
            _ => None,
        }
    }

    /// What whoever owes it is told, whatever they try.
    pub(crate) const fn code(self) -> &'static Code {
        match self {
            Self::Factor => &SECOND_FACTOR,
            Self::Enrol => &SECOND_FACTOR_SETUP,
        }
    }
}

/// Who acts, as the act's own transaction sees them.
#[derive(Clone, Debug)]
pub struct Principal {
    /// What kind.
    pub kind: Kind,
    /// The person, for `Person`.
    pub person: Option<PersonId>,
    /// The learner's record that is the person's own.
    pub learner: Option<LearnerId>,
    /// The session they came with.
    pub session: Option<SessionId>,
    /// The key they came with.
    pub key: Option<ApiKeyId>,
    /// Roles of the person.
    pub roles: Vec<Role>,
    /// Scopes of the key: names of acts.
    pub scopes: Vec<String>,
    /// When the person last confirmed their credential in this session.
    pub step_up_at: Option<Instant>,
    /// Until when the person is registered as an assessor.
    pub assessor_until: Option<Instant>,
    /// Until when the person is registered as a moderator.
    pub moderator_until: Option<Instant>,
    /// A suspended account does nothing.
    pub suspended: bool,
    /// What is to be done first, in this session.
    pub owes: Option<Owes>,
    /// When the session or key was last noted as used.
    pub seen_at: Option<Instant>,
}

impl Principal {
    /// A principal of a kind that has no attributes.
    #[must_use]
    pub const fn bare(kind: Kind) -> Self {
        Self {
            kind,
            person: None,
            learner: None,
            session: None,
            key: None,
            roles: Vec::new(),
            scopes: Vec::new(),
            step_up_at: None,
            assessor_until: None,
            moderator_until: None,
            suspended: false,
            owes: None,
            seen_at: None,
        }
    }

    /// A signed-in person with these roles.
    #[must_use]
    pub fn person(person: PersonId, roles: Vec<Role>) -> Self {
        Self {
            person: Some(person),
            roles,
            ..Self::bare(Kind::Person)
        }
    }

    /// An API key with these scopes.
    #[must_use]
    pub fn api_key(key: ApiKeyId, scopes: Vec<String>) -> Self {
        Self {
            key: Some(key),
            scopes,
            ..Self::bare(Kind::Key)
        }
    }

    /// The id that stands in ledger entries and idempotency keys: the person's or the key's.
    #[must_use]
    pub fn id(&self) -> Option<uuid::Uuid> {
        self.person.map(PersonId::uuid).or_else(|| self.key.map(ApiKeyId::uuid))
    }
}

/// Seconds for which a confirmation of the credential lasts (DESIGN: sensitive acts need one within five minutes).
pub const STEP_UP_SECONDS: i64 = 300;

/// When a credential is shown, and from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Showing {
    /// When.
    pub now: Instant,
    /// The caller's network address, as the edge knows it; none if nobody said.
    pub from: Option<IpAddr>,
}

/// What a directory finds behind a credential that it knows.
#[derive(Clone, Debug)]
pub enum Found {
    /// Whoever it belongs to.
    Principal(Principal),
    /// A key that works, shown from where it may not be used. It is answered like an unknown one.
    Elsewhere(Stray),
}

/// A key that was shown from where it may not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stray {
    /// Which.
    pub key: ApiKeyId,
    /// Whether the ledger is to say so: not each time, or whoever has the key could fill it.
    pub is_news: bool,
}

/// Looks credentials up. `people` is one; the door calls it inside the act's own transaction, so that a session
/// ended a moment ago does nothing more.
pub trait Directory: Send + Sync + 'static {
    /// The principal behind a session or key that is valid at that time and place.
    ///
    /// # Errors
    /// [`skillsyms_core::problem::UNAUTHENTICATED`] if there is none.
    fn principal(&self, tx: &mut Read<'_>, shown: &Shown, showing: &Showing) -> Result<Found, Fault>;

    /// Notes that the session or key was used, and answers what the ledger is to say of it. Called after an act, at most once a
    /// minute for each, unless `seen_at` of the principal says that it must be.
    ///
    /// # Errors
    /// If the cell fails.
    fn seen(&self, tx: &mut Tx<'_>, principal: &Principal, showing: &Showing) -> Result<Option<Notice>, Fault> {
        let _ = (tx, principal, showing);
        Ok(None)
    }

    /// Notes that a key was shown from where it may not be used, and answers what the ledger is to say of it: nothing if
    /// another request was quicker.
    ///
    /// # Errors
    /// If the cell fails.
    fn strayed(&self, tx: &mut Tx<'_>, stray: &Stray, showing: &Showing) -> Result<Option<Notice>, Fault> {
        let _ = (tx, stray, showing);
        Ok(None)
    }
}
