//! What the handlers share: the door, and the services that stand before it.

use std::sync::Arc;

use skillsyms_door::Door;
use skillsyms_people::SignIn;

/// The state of the application. Cheap to clone.
#[derive(Clone)]
pub struct House(Arc<Inner>);

struct Inner {
    door: Door,
    sign_in: SignIn,
}

impl House {
    /// Puts it together.
    #[must_use]
    pub fn new(door: Door, sign_in: SignIn) -> Self {
        Self(Arc::new(Inner { door, sign_in }))
    }

    /// The door. Handlers do not use it: they enter as a [`crate::extract::Caller`] or a [`crate::extract::Visitor`].
    #[must_use]
    pub fn door(&self) -> &Door {
        &self.0.door
    }

    /// Signing in and confirming.
    #[must_use]
    pub fn sign_in(&self) -> &SignIn {
        &self.0.sign_in
    }
}
