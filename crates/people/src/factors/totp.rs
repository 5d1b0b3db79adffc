//! One-time codes by time (RFC 6238), as every authenticator app makes them: HMAC-SHA-1, six digits, thirty seconds.

use skillsyms_core::{Instant, Rng};
use skillsyms_vault::Zeroizing;
use totp_rs::{Algorithm, Builder, Totp};

/// Seconds of a step (RFC 6238, section 5.2).
pub const STEP_SECONDS: i64 = 30;
/// Digits of a code.
const DIGITS: u8 = 6;
/// Steps before and after the present one whose codes are taken: clocks differ, and people type slowly.
const SKEW: u16 = 1;
/// Bytes of a secret: 160 bits (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;

/// The secret of an authenticator.
pub(crate) struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    pub(crate) fn draw(rng: &dyn Rng) -> Self {
        let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
        rng.fill(&mut bytes);
        Self(bytes)
    }

    pub(crate) const fn kept(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    pub(crate) fn bytes(&self) -> &Vec<u8> {
        &self.0
    }

    /// What an authenticator app reads: the secret in base32, and the same with names around it.
    pub(crate) fn shown(&self, issuer: &str, account: &str) -> Option<(String, String)> {
        // A colon would end the name of the issuer.
        let plain = |text: &str| text.replace(':', " ");
        let totp = self.totp(|builder| {
            builder
                .with_issuer(Some(plain(issuer)))
                .with_account_name(plain(account))
        })?;
        Some((totp.secret().to_base32(), totp.to_url().ok()?))
    }

    /// The step whose code this is, if it is of now or beside it and later than the last one that was used.
    pub(crate) fn step_of(&self, code: &str, now: Instant, last: i64) -> Option<i64> {
        let seconds = u64::try_from(now.micros() / 1_000_000).ok()?;
        let totp = self.totp(|builder| builder)?;
        let step = i64::try_from(totp.check(code, seconds)?).ok()?;
        (step > last).then_some(step)
    }

    fn totp(&self, with: impl FnOnce(Builder) -> Builder) -> Option<Totp> {
        let builder = Builder::new()
            .with_algorithm(Algorithm::SHA1)
            .with_digits(DIGITS)
            .with_skew(SKEW)
            .with_step_duration(STEP_SECONDS.unsigned_abs())
            .with_secret(self.0.as_slice());
        let built = with(builder).build();
        built
            .inspect_err(|error| tracing::error!(%error, "an authenticator"))
            .ok()
    }
}

/// The code that an authenticator with this secret, in base32, shows in a step. For those who play one: the demo, the tests.
#[must_use]
pub fn code_at(secret: &str, step: i64) -> Option<String> {
    let secret = totp_rs::Secret::try_from_base32(secret).ok()?;
    let own = TotpSecret(Zeroizing::new(secret.as_ref().to_vec()));
    let totp = own.totp(|builder| builder)?;
    let seconds = u64::try_from(step.checked_mul(STEP_SECONDS)?).ok()?;
    Some(totp.generate(seconds).to_string())
}

/// The step of an instant.
#[must_use]
pub const fn step_at(now: Instant) -> i64 {
    now.micros() / 1_000_000 / STEP_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, for SHA-1, of which an app shows the last six digits.
    const KNOWN: [(i64, &str); 5] = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
    ];

    fn secret() -> TotpSecret {
        TotpSecret(Zeroizing::new(b"12345678901234567890".to_vec()))
    }

    fn at(seconds: i64) -> Instant {
        Instant::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, code) in KNOWN {
            assert_eq!(secret().step_of(code, at(seconds), 0), Some(seconds / STEP_SECONDS));
            let base32 = secret().shown("a", "b").unwrap().0;
            assert_eq!(code_at(&base32, seconds / STEP_SECONDS).as_deref(), Some(code));
        }
    }

    #[test]
    fn a_code_is_good_beside_its_step_and_once() {
        let (seconds, code) = KNOWN[1];
        let step = seconds / STEP_SECONDS;
        let begins = step * STEP_SECONDS;
        for (now, is_good) in [
            (begins - 31, false),
            (begins - 30, true),
            (begins + 59, true),
            (begins + 60, false),
        ] {
            assert_eq!(secret().step_of(code, at(now), 0).is_some(), is_good, "{now}");
        }
        assert_eq!(secret().step_of(code, at(seconds), step - 1), Some(step));
        assert_eq!(secret().step_of(code, at(seconds), step), None);
        assert_eq!(secret().step_of(code, at(seconds), step + 1), None);
    }

    #[test]
    fn what_is_no_code_is_none() {
        let now = at(KNOWN[0].0);
        for code in ["", "28708", "2870822", "abcdef", "２８７０８２", "-87082", "287082\0"] {
            assert_eq!(secret().step_of(code, now, 0), None, "{code:?}");
        }
    }

    #[test]
    fn what_an_app_reads_names_provider_and_account() {
        let (base32, uri) = secret().shown("Thuto: Skills", "a@b.example").unwrap();
        assert_eq!(base32, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(
            uri.starts_with("otpauth://totp/Thuto%20%20Skills:a%40b.example?secret=GEZDGNBV"),
            "{uri}"
        );
    }
}
