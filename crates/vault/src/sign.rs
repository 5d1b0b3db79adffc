//! Ed25519 (RFC 8032), for the checkpoints of the ledger.

use std::fmt;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::wrap::KeyError;

/// Length of a seed and of a public key in bytes.
const KEY_LEN: usize = 32;
/// Length of a signature in bytes.
const SIGNATURE_LEN: usize = 64;

/// A signing key.
pub struct Signer {
    pair: Ed25519KeyPair,
    public: [u8; KEY_LEN],
}

impl Signer {
    /// The key of a seed.
    ///
    /// # Errors
    /// [`KeyError::Damaged`] if the library refuses the seed.
    pub fn from_seed(seed: &[u8; KEY_LEN]) -> Result<Self, KeyError> {
        const REFUSED: KeyError = KeyError::Damaged("the signing key was refused");
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| REFUSED)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| REFUSED)?;
        Ok(Self { pair, public })
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; SIGNATURE_LEN] {
        let signature = self.pair.sign(message);
        let mut out = [0; SIGNATURE_LEN];
        // Both are 64 bytes: Ed25519 has no other length.
        for (to, from) in out.iter_mut().zip(signature.as_ref()) {
            *to = *from;
        }
        out
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> [u8; KEY_LEN] {
        self.public
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer([secret])")
    }
}

/// Whether `signature` is that of `message` by the holder of `public`.
#[must_use]
pub fn verify(public: &[u8; KEY_LEN], message: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, public)
        .verify(message, signature)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let all: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap())
            .collect();
        all.try_into().unwrap()
    }

    #[test]
    fn the_second_vector_of_rfc_8032_holds() {
        let seed = bytes("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        let signer = Signer::from_seed(&seed).unwrap();
        assert_eq!(
            signer.public_key(),
            bytes("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        );
        let signature = signer.sign(&[0x72]);
        assert_eq!(
            signature,
            bytes(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            )
        );
        assert!(verify(&signer.public_key(), &[0x72], &signature));
        assert!(!verify(&signer.public_key(), &[0x73], &signature));
        assert!(!verify(&signer.public_key(), &[0x72], &signature[..63]));
        assert_eq!(format!("{signer:?}"), "Signer([secret])");
    }
}
