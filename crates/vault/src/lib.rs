//! Keys and sealing. A root key wraps one key for each tenant; that wraps one random key for each purpose.
//! Sealed fields and files open only where they were sealed, and only with a [`Keyring`] that the door lends.
//!
//! Every cipher, hash and signature here is aws-lc-rs: this crate lays out bytes and keeps keys, nothing more.

mod aead;
mod carried;
mod digest;
pub mod file;
mod index;
mod keyring;
pub mod mask;
pub mod part;
mod root;
mod seal;
mod secret;
mod sign;
mod wrap;

pub use carried::Carried;
pub use digest::{Sha256, SystemRng, constant_time_eq, sha256, token};
pub use file::{FileOpener, FileSealer, Last, OpenedFile, OpenedReader, SealedWriter};
pub use index::BlindIndex;
pub use keyring::{Keyring, Purpose};
pub use part::PartKey;
pub use root::RootKey;
pub use seal::{Json, Place, SealError, Sealable, Sealed};
pub use secret::Secret;
pub use sign::{Signer, verify};
pub use wrap::KeyError;
pub use zeroize::Zeroizing;
