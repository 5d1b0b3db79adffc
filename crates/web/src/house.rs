//! What the handlers share: the door, and the services that stand before it.

use std::sync::Arc;

use skillsyms_core::{CellId, Problem};
use skillsyms_door::Door;
use skillsyms_people::SignIn;
use skillsyms_records::evidence::FileStore;

use crate::idempotency::Turns;
use crate::pages::kit::who::{Known, PLATFORM};
use crate::platform::{AtPlatform, Probes};
use crate::promises::Promises;

/// Carries something out to its end, also when who asked for it goes away in the middle.
pub(crate) async fn apart<T: Send + 'static, E: From<Problem> + Send + 'static>(
    work: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T, E> {
    tokio::spawn(work).await.map_err(|_| Problem::internal())?
}

/// The state of the application. Cheap to clone.
#[derive(Clone)]
pub struct House(Arc<Inside>);

struct Inside {
    services: Services,
    known: Known,
    promises: Promises,
    turns: Turns,
    platform: AtPlatform,
}

/// What a house is put together from.
pub struct Services {
    /// The door.
    pub door: Door,
    /// Signing in and confirming.
    pub sign_in: SignIn,
    /// Where files of evidence lie.
    pub files: FileStore,
}

impl House {
    /// Puts it together.
    #[must_use]
    pub fn new(services: Services) -> Self {
        let since = services.door.clock().now();
        Self(Arc::new(Inside {
            services,
            known: Known::default(),
            promises: Promises::default(),
            turns: Turns::default(),
            platform: AtPlatform::new(since),
        }))
    }

    /// The door. Handlers do not use it: they enter as a [`crate::extract::Caller`] or a [`crate::extract::Visitor`].
    #[must_use]
    pub fn door(&self) -> &Door {
        &self.0.services.door
    }

    /// Signing in and confirming.
    #[must_use]
    pub fn sign_in(&self) -> &SignIn {
        &self.0.services.sign_in
    }

    /// Who an authenticator app says that its codes are for: the provider's name.
    ///
    /// # Errors
    /// If the provider cannot be read.
    pub(crate) async fn issuer(&self, cell: CellId) -> Result<String, Problem> {
        if cell == self.door().platform() {
            return Ok(PLATFORM.to_owned());
        }
        Ok(self.door().tenant_of(cell).await?.name)
    }

    /// Who is signed in, for the frame of pages.
    #[must_use]
    pub(crate) fn known(&self) -> &Known {
        &self.0.known
    }

    /// The promises, as they were last read.
    #[must_use]
    pub(crate) fn promises(&self) -> &Promises {
        &self.0.promises
    }

    /// Gives the house its probes, so that an operator can let them look. Once; without them only the console can.
    pub fn set_probes(&self, probes: Probes) {
        self.0.platform.set_probes(probes);
    }

    /// What operators need beside the door.
    #[must_use]
    pub(crate) fn platform(&self) -> &AtPlatform {
        &self.0.platform
    }

    /// Where files of evidence lie. What leaves and enters it goes through the door first.
    #[must_use]
    pub fn files(&self) -> &FileStore {
        &self.0.services.files
    }

    /// The requests with an idempotency key that stream in now.
    pub(crate) fn turns(&self) -> &Turns {
        &self.0.turns
    }
}
