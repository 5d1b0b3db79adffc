//! The circumstances of an act: time, ids, keys, actor. Nothing in an act comes from anywhere else.

use std::cell::Cell as StdCell;
use std::net::IpAddr;
use std::sync::Arc;

use skillsyms_cells::CellKind;
use skillsyms_core::{CellId, Instant, PersonId, Problem, Reference, Rng};
use skillsyms_vault::{Keyring, SystemRng, sha256};
use uuid::Uuid;

use crate::actor::{Principal, Showing};
use crate::tenants::Quotas;

/// How much of a list the actor may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Everything in the cell.
    All,
    /// What is assigned to them.
    Assigned,
    /// Their own.
    Own,
}

impl Scope {
    /// Word in policies.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Assigned => "assigned",
            Self::Own => "own",
        }
    }
}

/// What stays the same however often the act is run.
#[derive(Clone)]
pub(crate) struct Base {
    pub now: Instant,
    pub reference: Reference,
    pub seed: [u8; 32],
    pub cell: CellId,
    pub kind: CellKind,
    pub quotas: Quotas,
    pub keys: Arc<Keyring>,
    pub purpose: Option<String>,
    pub from: Option<IpAddr>,
}

impl Base {
    /// When a credential is shown here, and from where.
    pub(crate) const fn showing(&self) -> Showing {
        Showing {
            now: self.now,
            from: self.from,
        }
    }
}

/// The circumstances of one run.
pub struct Cx {
    base: Base,
    principal: Principal,
    scope: Scope,
    phase: u8,
    drawn: StdCell<u32>,
}

impl Cx {
    pub(crate) const fn new(base: Base, principal: Principal, scope: Scope, phase: u8) -> Self {
        Self {
            base,
            principal,
            scope,
            phase,
            drawn: StdCell::new(0),
        }
    }

    /// The instant of the act; the same in every rerun.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.base.now
    }

    /// The calendar day of the act in South Africa.
    #[must_use]
    pub fn today(&self) -> jiff::civil::Date {
        self.base.now.south_african_date()
    }

    /// A fresh UUIDv7. A rerun draws the same ids in the same order.
    #[must_use]
    pub fn fresh(&self) -> Uuid {
        let n = self.drawn.get();
        self.drawn.set(n.wrapping_add(1));
        let mut material = [0_u8; 37];
        let (seed, rest) = material.split_at_mut(32);
        seed.copy_from_slice(&self.base.seed);
        rest.copy_from_slice(&[
            self.phase,
            n.to_be_bytes()[0],
            n.to_be_bytes()[1],
            n.to_be_bytes()[2],
            n.to_be_bytes()[3],
        ]);
        let digest = sha256(&material);
        let mut random = [0_u8; 10];
        random.copy_from_slice(digest.split_at(10).0);
        let millis = u64::try_from(self.base.now.micros() / 1_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Random bytes, for nonces and tokens. Draw in `prepare` what must be the same in a rerun.
    #[must_use]
    pub fn rng(&self) -> &'static dyn Rng {
        &SystemRng
    }

    /// The keys of the cell.
    #[must_use]
    pub fn keys(&self) -> &Keyring {
        &self.base.keys
    }

    /// The cell in which the act happens.
    #[must_use]
    pub const fn cell(&self) -> CellId {
        self.base.cell
    }

    /// Whether that is a tenant's cell or the platform's.
    #[must_use]
    pub const fn cell_kind(&self) -> CellKind {
        self.base.kind
    }

    /// What the tenant may use at most.
    #[must_use]
    pub const fn quotas(&self) -> Quotas {
        self.base.quotas
    }

    /// Who acts. In `prepare` this is nobody yet.
    #[must_use]
    pub const fn actor(&self) -> &Principal {
        &self.principal
    }

    /// The person who acts.
    ///
    /// # Errors
    /// A problem if it is not a person but a key or the platform.
    pub fn person(&self) -> Result<PersonId, Problem> {
        self.principal
            .person
            .ok_or_else(|| Problem::new(&skillsyms_core::problem::FORBIDDEN))
    }

    /// How much of a list the actor may see.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.scope
    }

    /// The stated purpose.
    #[must_use]
    pub fn purpose(&self) -> Option<&str> {
        self.base.purpose.as_deref()
    }

    /// The reference that the caller is given and the log carries.
    #[must_use]
    pub const fn reference(&self) -> Reference {
        self.base.reference
    }

    /// The caller's network address.
    #[must_use]
    pub const fn from(&self) -> Option<IpAddr> {
        self.base.from
    }
}
