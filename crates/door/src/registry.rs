//! The registry of all acts. What is not in it cannot be run: the door finds no policy slice for it.

use std::collections::BTreeMap;

use skillsyms_cells::CellKind;

use crate::act::{Act, Disclosure, View};

/// Acts that may show an unmasked ID number. The list is closed: an act that discloses fully and is not here stops
/// the start-up.
const FULL_DISCLOSURE: &[&str] = &["learner.reveal_id", "statement.issue", "statement.read"];

/// The shape of an act's target, from which the matrix and the tests make examples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The tenant as a whole.
    Tenant,
    /// A list of things of this type.
    List(&'static str),
    /// One thing of this type.
    One(&'static str),
}

impl Shape {
    /// The entity type of the target.
    #[must_use]
    pub const fn entity(self) -> &'static str {
        match self {
            Self::Tenant => "Tenant",
            Self::List(entity) | Self::One(entity) => entity,
        }
    }
}

/// In which cells an act may happen. An act whose realm does not take in the cell is refused before it loads anything:
/// a role of one realm is nothing in the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Realm {
    /// In tenants' cells: records, and what a provider does with them.
    Tenants,
    /// In the platform's own cell: what operators do.
    Platform,
    /// In both: accounts, sessions, the log.
    Both,
}

impl Realm {
    /// Whether it takes in the platform's cell, or else a tenant's.
    #[must_use]
    pub const fn takes_in(self, cell: CellKind) -> bool {
        matches!(
            (self, cell),
            (Self::Both, _) | (Self::Tenants, CellKind::Tenant) | (Self::Platform, CellKind::Platform)
        )
    }
}

/// One act as the registry knows it.
#[derive(Clone, Copy, Debug)]
pub struct ActInfo {
    /// Its name.
    pub name: &'static str,
    /// What it is in plain words, for people who read matrix and scopes.
    pub title: &'static str,
    /// How much it discloses.
    pub discloses: Disclosure,
    /// True if it changes something.
    pub changes: bool,
    /// The shape of its target.
    pub shape: Shape,
    /// In which cells it may happen: tenants' unless said.
    pub realm: Realm,
}

impl ActInfo {
    /// An act that changes something.
    #[must_use]
    pub const fn act<A: Act>(shape: Shape, title: &'static str) -> Self {
        Self {
            name: A::NAME,
            title,
            discloses: A::DISCLOSES,
            changes: true,
            shape,
            realm: Realm::Tenants,
        }
    }

    /// It happens in the platform's cell, and there only.
    #[must_use]
    pub const fn of_platform(mut self) -> Self {
        self.realm = Realm::Platform;
        self
    }

    /// It happens in every cell.
    #[must_use]
    pub const fn in_both(mut self) -> Self {
        self.realm = Realm::Both;
        self
    }

    /// A read.
    #[must_use]
    pub const fn view<V: View>(shape: Shape, title: &'static str) -> Self {
        Self {
            name: V::NAME,
            title,
            discloses: V::DISCLOSES,
            changes: false,
            shape,
            realm: Realm::Tenants,
        }
    }
}

/// The registry is not fit to start with.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// Two acts have one name.
    #[error("two acts are named {0}")]
    Twice(&'static str),
    /// An act discloses fully and is not on the closed list.
    #[error("{0} discloses ID numbers and is not on the closed list in door/src/registry.rs")]
    NotOnList(&'static str),
}

/// All acts, by name.
#[derive(Clone, Debug, Default)]
pub struct Registry(BTreeMap<&'static str, ActInfo>);

impl Registry {
    /// Collects the acts of all slices.
    ///
    /// # Errors
    /// [`RegistryError`] if two have one name or one discloses fully without being on the list.
    pub fn collect(slices: &[&[ActInfo]]) -> Result<Self, RegistryError> {
        let mut acts = BTreeMap::new();
        for info in slices.iter().copied().flatten() {
            if info.discloses == Disclosure::Full && !FULL_DISCLOSURE.contains(&info.name) {
                return Err(RegistryError::NotOnList(info.name));
            }
            if acts.insert(info.name, *info).is_some() {
                return Err(RegistryError::Twice(info.name));
            }
        }
        Ok(Self(acts))
    }

    /// All acts, in order of their names.
    pub fn all(&self) -> impl Iterator<Item = &ActInfo> {
        self.0.values()
    }

    /// One act.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ActInfo> {
        self.0.get(name)
    }
}
