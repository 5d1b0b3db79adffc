//! Who comes to the door for what takes more than one step through it.

use std::net::IpAddr;

use skillsyms_core::{CellId, Reference};
use skillsyms_door::{Actor, Door, Entrance};

/// Who comes to the door, and from where.
#[derive(Clone, Copy)]
pub struct Caller<'d> {
    pub(crate) door: &'d Door,
    pub(crate) actor: Actor,
    pub(crate) from: Option<IpAddr>,
    pub(crate) reference: Option<Reference>,
}

impl<'d> Caller<'d> {
    /// Somebody at this door.
    #[must_use]
    pub const fn new(door: &'d Door, actor: Actor) -> Self {
        Self {
            door,
            actor,
            from: None,
            reference: None,
        }
    }

    /// Somebody without a credential, in this cell.
    #[must_use]
    pub const fn nobody(door: &'d Door, cell: CellId) -> Self {
        Self::new(door, Actor::Nobody(cell))
    }

    /// The caller's network address.
    #[must_use]
    pub const fn from(mut self, address: Option<IpAddr>) -> Self {
        self.from = address;
        self
    }

    /// The reference that the caller was given. All steps carry it.
    #[must_use]
    pub const fn reference(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// The same caller, for what goes on when the answer has left.
    pub(crate) fn kept(&self) -> KeptCaller {
        KeptCaller {
            door: self.door.clone(),
            from: self.from,
            reference: self.reference,
        }
    }

    pub(crate) fn enter(&self) -> Entrance<'d> {
        let entrance = self.door.enter(self.actor).from(self.from);
        match self.reference {
            Some(reference) => entrance.reference(reference),
            None => entrance,
        }
    }
}

/// Nobody, from somewhere, for longer than the request lasts.
pub(crate) struct KeptCaller {
    door: Door,
    from: Option<IpAddr>,
    reference: Option<Reference>,
}

impl KeptCaller {
    /// Enters the door of a cell.
    pub(crate) fn at(&self, cell: CellId) -> Entrance<'_> {
        Caller {
            from: self.from,
            reference: self.reference,
            ..Caller::nobody(&self.door, cell)
        }
        .enter()
    }
}
