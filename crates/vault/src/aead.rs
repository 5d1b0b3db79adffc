//! One place where the AEAD of aws-lc-rs is called: nonce, ciphertext and tag stand one after the other.

use aws_lc_rs::aead::{AES_256_GCM, AES_256_GCM_SIV, Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use skillsyms_core::Rng;
use zeroize::Zeroizing;

/// Length of a nonce in bytes (NIST SP 800-38D, RFC 8452).
pub const NONCE_LEN: usize = 12;
/// Length of a tag in bytes.
pub const TAG_LEN: usize = 16;
/// Length of a key in bytes: AES-256 everywhere.
pub const KEY_LEN: usize = 32;

/// The cipher refused. It never says why: a reason would help only whoever forges.
#[derive(Debug)]
pub struct Refused;

/// AES-256-GCM-SIV (RFC 8452): random nonces may collide without giving away more than equality, so it is the
/// cipher wherever one key seals many values.
pub fn siv(key: &[u8; KEY_LEN]) -> Result<LessSafeKey, Refused> {
    cipher(&AES_256_GCM_SIV, key)
}

/// AES-256-GCM (NIST SP 800-38D), for keys whose nonces are counted or that seal a handful of values.
pub fn gcm(key: &[u8; KEY_LEN]) -> Result<LessSafeKey, Refused> {
    cipher(&AES_256_GCM, key)
}

fn cipher(algorithm: &'static Algorithm, key: &[u8; KEY_LEN]) -> Result<LessSafeKey, Refused> {
    UnboundKey::new(algorithm, key)
        .map(LessSafeKey::new)
        .map_err(|_| Refused)
}

/// Appends ciphertext and tag of `plain` to `out`.
pub fn seal_onto(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    plain: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), Refused> {
    let start = out.len();
    out.reserve_exact(plain.len().saturating_add(TAG_LEN));
    out.extend_from_slice(plain);
    let body = out.get_mut(start..).ok_or(Refused)?;
    let tag = key
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), body)
        .map_err(|_| Refused)?;
    out.extend_from_slice(tag.as_ref());
    Ok(())
}

/// Opens ciphertext and tag.
pub fn open(
    key: &LessSafeKey,
    nonce: [u8; NONCE_LEN],
    aad: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Refused> {
    let mut buffer = Zeroizing::new(sealed.to_vec());
    let length = key
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(aad), &mut buffer)
        .map_err(|_| Refused)?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

/// A random nonce, then ciphertext and tag: the form in which keys are wrapped.
pub fn wrap(key: &LessSafeKey, aad: &[u8], plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, Refused> {
    let mut nonce = [0; NONCE_LEN];
    rng.fill(&mut nonce);
    let mut out = nonce.to_vec();
    seal_onto(key, nonce, aad, plain, &mut out)?;
    Ok(out)
}

/// Opens what [`wrap`] made of a key.
pub fn unwrap_key(key: &LessSafeKey, aad: &[u8], wrapped: &[u8]) -> Result<Zeroizing<[u8; KEY_LEN]>, Refused> {
    let (nonce, body) = wrapped.split_first_chunk::<NONCE_LEN>().ok_or(Refused)?;
    let plain = open(key, *nonce, aad, body)?;
    let key: &[u8; KEY_LEN] = plain.as_slice().try_into().map_err(|_| Refused)?;
    Ok(Zeroizing::new(*key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn gcm_siv_gives_the_vectors_of_rfc_8452_appendix_c_2() {
        let (mut key, mut nonce) = ([0; KEY_LEN], [0; NONCE_LEN]);
        (key[0], nonce[0]) = (1, 3);
        let seal = |plain: &[u8]| {
            let mut out = Vec::new();
            seal_onto(&siv(&key).unwrap(), nonce, &[], plain, &mut out).unwrap();
            hex(&out)
        };
        assert_eq!(seal(&[]), "07f5f4169bbf55a8400cd47ea6fd400f");
        assert_eq!(
            seal(&[1, 0, 0, 0, 0, 0, 0, 0]),
            "c2ef328e5c71c83b843122130f7364b761e0b97427e3df28"
        );
    }

    #[test]
    fn a_wrapped_key_of_the_wrong_length_is_refused() {
        let key = gcm(&[1; KEY_LEN]).unwrap();
        let short = wrap(&key, b"aad", &[0; 16], &crate::SystemRng).unwrap();
        assert!(unwrap_key(&key, b"aad", &short).is_err());
        assert!(unwrap_key(&key, b"aad", &short[..5]).is_err());
    }
}
