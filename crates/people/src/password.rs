//! Passwords: Argon2id, hashed and checked outside every transaction, a few at a time.
//!
//! What the acts believe of a password is a [`PasswordHash`] or a [`Checked`], and only the [`Hasher`] makes those. A check of an
//! account that is not there costs as much as one that is: it runs against a fixed hash that nothing matches.
//!
//! A new password is held against lists of common ones and against the words that stand around it (the provider's name, the
//! person's own); one that opened is hashed anew when the parameters have risen since.

use std::fmt;
use std::sync::Arc;

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use skillsyms_core::problem::{BUSY, INTERNAL};
use skillsyms_core::{PersonId, Problem, Rng, Role, SessionId};
use skillsyms_vault::{Secret, SystemRng, Zeroizing};
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

/// Fewest characters of a new password beside a second factor (NIST SP 800-63B-4, section 3.1.1.2, asks for 8).
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Fewest characters of a new password that is the only factor (the same section).
pub const PASSWORD_ALONE_MIN_CHARS: usize = 15;
/// Most characters: passphrases fit, and hashing has an end.
pub const PASSWORD_MAX_CHARS: usize = 128;
/// Most bytes of [`PASSWORD_MAX_CHARS`] in UTF-8; what is longer is not even counted.
const PASSWORD_MAX_BYTES: usize = PASSWORD_MAX_CHARS * 4;
/// Bytes of a salt: what RFC 9106 recommends.
const SALT_BYTES: usize = 16;
/// Longest hash in PHC form that is read back.
const PHC_MAX_CHARS: usize = 256;
/// How hard a new password must be to guess: zxcvbn's third step of four, above a hundred million guesses. With Argon2id those are
/// months of a core.
const SCORE_MIN: Score = Score::Three;
/// The product's own name is no part of a good password.
const PRODUCT: &str = "skillsyms";
/// Characters that a password must have besides the names in it.
const LEFT_MIN_CHARS: usize = 8;
/// Characters of the shortest part of a name that counts.
const PART_MIN_CHARS: usize = 3;
/// What is hashed for an account that is not there. No password is empty, so nothing matches.
const NO_PASSWORD: &[u8] = b"";

/// How dear a guess is, and how many are worked on at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashingPolicy {
    /// Memory of one hash, in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
    /// Hashes worked on at a time.
    pub at_once: usize,
    /// Hashes waiting at most; more are answered as busy.
    pub waiting: usize,
}

impl Default for HashingPolicy {
    /// 19 MiB, two passes, one lane: OWASP's first recommendation for Argon2id. Two at a time, so that a flood of
    /// sign-ins takes neither all cores nor more than 38 MiB.
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1_024,
            passes: 2,
            lanes: 1,
            at_once: 2,
            waiting: 64,
        }
    }
}

/// The hasher cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// The parameters are not ones that Argon2 takes, or nothing could ever be hashed.
    #[error("the parameters of password hashing are not usable: memory, passes, lanes and numbers must be above zero")]
    Parameters,
}

/// What a new password stands beside. Decided where the account is known, never by whoever types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beside {
    /// Nothing: it opens the account by itself.
    Nothing,
    /// A second factor that is confirmed, or that a role demands before anything else.
    Factor,
}

/// A new password of acceptable form.
#[derive(Debug)]
pub struct NewPassword(Secret<String>);

impl NewPassword {
    /// Checks the form of a new password.
    ///
    /// # Errors
    /// A problem if it is too short, too long, or one character again and again.
    pub fn parse(text: Secret<String>, beside: Beside) -> Result<Self, Problem> {
        let refuse = |code, message| Err(Problem::field("password", code, message));
        if text.expose().len() > PASSWORD_MAX_BYTES || text.expose().chars().count() > PASSWORD_MAX_CHARS {
            return refuse("password.long", "Use at most 128 characters.");
        }
        let (least, message) = match beside {
            Beside::Nothing => (
                PASSWORD_ALONE_MIN_CHARS,
                "Use at least 15 characters. A few words in a row are easy to remember.",
            ),
            Beside::Factor => (
                PASSWORD_MIN_CHARS,
                "Use at least 12 characters. A few words in a row are easy to remember.",
            ),
        };
        if text.expose().chars().count() < least {
            return refuse("password.short", message);
        }
        let mut chars = text.expose().chars();
        let first = chars.next();
        if chars.all(|next| Some(next) == first) {
            return refuse("password.plain", "Do not use one character again and again.");
        }
        Ok(Self(text))
    }

    /// Refuses what others chose before, and what is made of the words around it.
    fn check_strength(&self, names: &[Zeroizing<String>]) -> Result<(), Problem> {
        let mut words: Vec<Zeroizing<String>> = vec![Zeroizing::new(PRODUCT.to_owned())];
        for name in names {
            words.extend(parts(name));
        }
        let mut words: Vec<&str> = words.iter().map(|word| word.as_str()).collect();
        words.retain(|word| !word.is_empty());
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let is_made_of_names = left_of(self.0.expose(), &words).is_some_and(|left| left < LEFT_MIN_CHARS);
        if is_made_of_names || zxcvbn(self.0.expose(), &words).score() < SCORE_MIN {
            return Err(Problem::field(
                "password",
                "password.common",
                "This is easy to guess: it is common, or made of names that stand around it. Use a few words that have nothing to do with each other.",
            ));
        }
        Ok(())
    }
}

/// Characters that are left of a password without these words, the longest of which come first; none if it has none of them.
fn left_of(password: &str, words: &[&str]) -> Option<usize> {
    let mut left = Zeroizing::new(password.to_lowercase());
    let mut has_any = false;
    for word in words {
        if left.contains(word) {
            has_any = true;
            *left = left.replace(word, " ");
        }
    }
    has_any.then(|| left.chars().filter(|c| !c.is_whitespace()).count())
}

/// A name as a password may have it: each of its words, and all of them in one.
fn parts(name: &str) -> Vec<Zeroizing<String>> {
    let words = name.split(|c: char| !c.is_alphanumeric());
    let mut parts: Vec<Zeroizing<String>> = words
        .filter(|word| word.chars().count() >= PART_MIN_CHARS)
        .map(|word| Zeroizing::new(word.to_lowercase()))
        .collect();
    let whole: String = parts.iter().map(|part| part.as_str()).collect();
    parts.push(Zeroizing::new(whole));
    parts
}

/// The hash of a new password, in PHC form. Only the [`Hasher`] makes one.
#[derive(Clone)]
pub struct PasswordHash(Zeroizing<String>);

impl PasswordHash {
    pub(crate) fn phc(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([secret])")
    }
}

/// What a password is checked against: what the cell keeps of one account, or of none.
pub struct Challenge {
    pub(crate) person: Option<PersonId>,
    pub(crate) session: Option<SessionId>,
    pub(crate) phc: Option<Zeroizing<String>>,
    /// What a new password must not be made of.
    pub(crate) names: Vec<Zeroizing<String>>,
    /// Whether there is a second factor.
    pub(crate) has_factor: bool,
    /// The roles of whoever chooses a new password.
    pub(crate) roles: Vec<Role>,
}

impl Challenge {
    /// Of no account.
    pub(crate) const NOBODY: Self = Self {
        person: None,
        session: None,
        phc: None,
        names: Vec::new(),
        has_factor: false,
        roles: Vec::new(),
    };

    /// Whether there is no account behind it.
    pub(crate) const fn is_nobody(&self) -> bool {
        self.person.is_none()
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Challenge([secret])")
    }
}

/// The outcome of a check, with the hash that was checked, so that the act can see in its transaction that it is still
/// the account's. Only the [`Hasher`] makes one.
pub struct Checked {
    challenge: Challenge,
    right: bool,
    renewed: Option<PasswordHash>,
}

impl Checked {
    /// The person and the hash, if the password was right.
    pub(crate) fn right(&self) -> Option<(PersonId, &str)> {
        let phc = self.challenge.phc.as_ref().filter(|_| self.right)?;
        Some((self.challenge.person?, phc))
    }

    /// The same password hashed with the present parameters, if it was right and its hash is a cheaper one.
    pub(crate) const fn renewed(&self) -> Option<&PasswordHash> {
        self.renewed.as_ref()
    }

    /// The account that was tried, if there is one.
    pub(crate) const fn person(&self) -> Option<PersonId> {
        self.challenge.person
    }

    /// The session in which the check was asked for.
    pub(crate) const fn session(&self) -> Option<SessionId> {
        self.challenge.session
    }
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Checked({})", self.right)
    }
}

/// Hashes and checks passwords on threads of their own.
#[derive(Clone)]
pub struct Hasher {
    argon: Argon2<'static>,
    nobody: Arc<str>,
    work: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher")
    }
}

impl Hasher {
    /// A hasher with these parameters. Hashes once itself, for the accounts that are not there.
    ///
    /// # Errors
    /// [`HasherError`] if the parameters are not usable.
    pub fn new(policy: HashingPolicy) -> Result<Self, HasherError> {
        if policy.at_once == 0 || policy.waiting == 0 {
            return Err(HasherError::Parameters);
        }
        let params =
            Params::new(policy.memory_kib, policy.passes, policy.lanes, None).map_err(|_| HasherError::Parameters)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // Random bytes that are forgotten at once: there is no password that matches.
        let mut forgotten = Zeroizing::new([0_u8; 32]);
        SystemRng.fill(&mut *forgotten);
        let nobody = hash_now(&argon, &*forgotten).ok_or(HasherError::Parameters)?;
        let queue = policy.waiting.saturating_add(policy.at_once);
        Ok(Self {
            argon,
            nobody: Arc::from(nobody.as_str()),
            work: Arc::new(Semaphore::new(policy.at_once.min(Semaphore::MAX_PERMITS))),
            queue: Arc::new(Semaphore::new(queue.min(Semaphore::MAX_PERMITS))),
        })
    }

    /// Hashes a new password. `names` are those around it: of the provider, of the person.
    ///
    /// # Errors
    /// A problem if it is easily guessed, or if too many are waiting.
    pub async fn hash(&self, password: NewPassword, names: Vec<Zeroizing<String>>) -> Result<PasswordHash, Problem> {
        let argon = self.argon.clone();
        let hashed = self.work(move || {
            password.check_strength(&names)?;
            let hashed = hash_now(&argon, password.0.expose().as_bytes());
            hashed.map(PasswordHash).ok_or_else(|| Problem::new(&INTERNAL))
        });
        hashed.await?
    }

    /// Checks a password. Takes as long for an account that is not there, and for a password of a form that none has.
    ///
    /// # Errors
    /// A problem if too many are waiting.
    pub async fn check(&self, challenge: Challenge, password: Secret<String>) -> Result<Checked, Problem> {
        let argon = self.argon.clone();
        let nobody = Arc::clone(&self.nobody);
        self.work(move || {
            let possible = (1..=PASSWORD_MAX_BYTES).contains(&password.expose().len());
            let known = challenge.phc.as_ref().filter(|_| possible);
            let tried = if possible {
                password.expose().as_bytes()
            } else {
                NO_PASSWORD
            };
            let matches = verify_now(&argon, tried, known.map_or(&*nobody, |phc| phc.as_str()));
            let right = matches && known.is_some();
            let is_cheaper = right && known.is_some_and(|phc| is_cheaper(phc, argon.params()));
            let renewed = is_cheaper.then(|| hash_now(&argon, tried)).flatten().map(PasswordHash);
            Checked {
                challenge,
                right,
                renewed,
            }
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
        let queued = Arc::clone(&self.queue)
            .try_acquire_owned()
            .map_err(|_| Problem::new(&BUSY))?;
        let working = Arc::clone(&self.work)
            .acquire_owned()
            .await
            .map_err(|_| Problem::new(&BUSY))?;
        // The permits go with the job: a caller who hangs up does not make room for another while the core is busy.
        let done = tokio::task::spawn_blocking(move || {
            let result = job();
            drop((queued, working));
            result
        });
        done.await.map_err(|error| {
            tracing::error!(%error, "password hashing stopped");
            Problem::new(&INTERNAL)
        })
    }
}

fn hash_now(argon: &Argon2<'_>, password: &[u8]) -> Option<Zeroizing<String>> {
    let mut salt = [0_u8; SALT_BYTES];
    SystemRng.fill(&mut salt);
    let hash: phc::PasswordHash = argon
        .hash_password_with_salt(password, &salt)
        .inspect_err(|error| tracing::error!(%error, "hashing a password"))
        .ok()?;
    Some(Zeroizing::new(hash.to_string()))
}

/// Verifies with the parameters that the hash itself names, so that older hashes still open.
fn verify_now(argon: &Argon2<'_>, password: &[u8], phc: &str) -> bool {
    phc.len() <= PHC_MAX_CHARS && argon.verify_password(password, phc).is_ok()
}

/// Whether a hash in PHC form took less work than it would now, in any of its parameters. One that cannot be read did not.
fn is_cheaper(phc: &str, now: &Params) -> bool {
    let mut fields = phc.split('$').skip(1);
    let (algorithm, parameters) = (fields.next(), fields.nth(1).unwrap_or_default());
    let value = |name: &str| {
        let mut all = parameters.split(',').filter_map(|pair| pair.split_once('='));
        all.find(|(key, _)| *key == name)
            .and_then(|(_, value)| value.parse::<u32>().ok())
    };
    let (Some(memory), Some(passes), Some(lanes)) = (value("m"), value("t"), value("p")) else {
        return false;
    };
    algorithm != Some("argon2id") || memory < now.m_cost() || passes < now.t_cost() || lanes < now.p_cost()
}

#[cfg(test)]
mod tests;
