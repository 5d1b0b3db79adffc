//! The first probes. Each is a plain function over what it looks at, and a [`Probe`](super::Probe) around it.

mod files;
mod id_numbers;
mod keys;
mod sealed;
mod tls;

pub use id_numbers::{IdSealed, no_id_numbers};
pub use keys::{KeysPrivate, keys_private};
pub use sealed::{FileSealed, SealedAtRest, files_sealed, sealed_at_rest};
pub use tls::{Tls13Only, tls13_only};
