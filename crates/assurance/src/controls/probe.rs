//! What a probe is: a look at something real, with a version, and a proof that it can fail.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use skillsyms_core::{Clock, Instant};
use skillsyms_vault::sha256;

/// What probes may look at. Whoever starts them fills in what is there; a probe that misses what it needs says that it
/// could not look.
#[derive(Default)]
pub struct Context {
    /// The folder with the cells' databases, keys and files.
    pub data_dir: Option<PathBuf>,
    /// The folder with the sealed files of the portfolios.
    pub files_dir: Option<PathBuf>,
    /// Files that hold keys or secrets.
    pub key_files: Vec<PathBuf>,
    /// Plain values that are in the database for certain, and must not be readable in its files.
    pub needles: Vec<Needle>,
    /// The address at which the server speaks TLS.
    pub tls: Option<TlsTarget>,
    /// A folder in which positive controls may plant what must be found; the system's temporary folder if absent.
    pub scratch: Option<PathBuf>,
}

impl Context {
    /// The folder for positive controls.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.scratch.clone().unwrap_or_else(std::env::temp_dir)
    }
}

/// A value that must not be found. It is never printed.
#[derive(Clone)]
pub struct Needle(String);

/// Bytes that a needle needs: shorter ones would be found by chance.
const NEEDLE_MIN_LEN: usize = 8;

impl Needle {
    /// Wraps a value; `None` if it is too short to search for.
    #[must_use]
    pub fn new(value: &str) -> Option<Self> {
        (value.len() >= NEEDLE_MIN_LEN).then(|| Self(value.to_owned()))
    }

    pub(super) fn forms(&self) -> [Vec<u8>; 2] {
        [
            self.0.as_bytes().to_vec(),
            self.0.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        ]
    }
}

impl std::fmt::Debug for Needle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[needle]")
    }
}

/// Where a server speaks TLS, and whom its certificate is from.
#[derive(Clone, Debug)]
pub struct TlsTarget {
    /// The address.
    pub addr: SocketAddr,
    /// The name that the certificate is for.
    pub name: String,
    /// The certificates of the authority, PEM.
    pub ca_pem: String,
}

/// What a look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// What is promised was seen.
    Holds,
    /// Something else was seen.
    Fails,
    /// Nothing could be seen, which proves nothing.
    Unknown,
}

impl Verdict {
    /// The word in records.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "fails",
            Self::Unknown => "unknown",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Holds, Self::Fails, Self::Unknown]
            .into_iter()
            .find(|verdict| verdict.as_str() == word)
    }
}

/// What a probe found. The detail says where, in words and paths of ours; it never repeats a value that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What the look says.
    pub verdict: Verdict,
    /// What was looked at, or what is wrong and where.
    pub detail: String,
}

impl Finding {
    /// What is promised was seen.
    pub fn holds(detail: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Holds,
            detail: detail.into(),
        }
    }

    /// Something else was seen.
    pub fn fails(detail: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Fails,
            detail: detail.into(),
        }
    }

    /// Nothing could be seen.
    pub fn unknown(detail: impl Into<String>) -> Self {
        Self {
            verdict: Verdict::Unknown,
            detail: detail.into(),
        }
    }
}

/// Proves one or more promises by looking.
pub trait Probe: Send + Sync {
    /// The name that `probe` in `controls/` gives.
    fn name(&self) -> &'static str;
    /// Rises when the probe starts to look at something else, so that old evidence can be told from new.
    fn version(&self) -> u32;
    /// What it looks at, in a few words, for the evidence.
    fn source(&self) -> &'static str;
    /// Looks.
    fn run(&self, cx: &Context) -> Finding;
    /// Looks in the same way at something that is wrong on purpose. Anything but [`Verdict::Fails`] shows that the probe
    /// is blind.
    fn prove_it_can_fail(&self, cx: &Context) -> Finding;
}

/// A look at the system by a closure.
pub type Look = Box<dyn Fn(&Context) -> Finding + Send + Sync>;

/// A probe made of closures, for what only the layers above or beside can see: isolation, masks, the ledger.
pub struct Checked {
    name: &'static str,
    version: u32,
    source: &'static str,
    look: Look,
    wrong: Look,
}

impl Checked {
    /// A probe of this name: `look` looks at the system, `wrong` in the same way at something that is wrong on purpose.
    #[must_use]
    pub fn new(name: &'static str, source: &'static str, look: Look, wrong: Look) -> Self {
        Self {
            name,
            version: 1,
            source,
            look,
            wrong,
        }
    }

    /// With another version than 1.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }
}

impl Probe for Checked {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn source(&self) -> &'static str {
        self.source
    }

    fn run(&self, cx: &Context) -> Finding {
        (self.look)(cx)
    }

    fn prove_it_can_fail(&self, cx: &Context) -> Finding {
        (self.wrong)(cx)
    }
}

/// What a probe saw, and when. It becomes [`Evidence`] for each control that the probe proves.
#[derive(Clone, Debug)]
pub struct Observation {
    /// The probe.
    pub probe: &'static str,
    /// Its version.
    pub version: u32,
    /// What it looked at.
    pub source: &'static str,
    /// What it found.
    pub finding: Finding,
    /// When it began to look: what changed afterwards is not covered.
    pub at: Instant,
}

/// Lets a probe prove that it can fail, and then look.
#[must_use]
pub fn observe(probe: &dyn Probe, cx: &Context, clock: &dyn Clock) -> Observation {
    let at = clock.now();
    let control = probe.prove_it_can_fail(cx);
    let finding = match control.verdict {
        Verdict::Fails => probe.run(cx),
        Verdict::Holds => Finding::fails("the probe is blind: it did not find what was planted for it"),
        Verdict::Unknown => Finding::fails(format!(
            "the probe could not prove that it can fail: {}",
            control.detail
        )),
    };
    Observation {
        probe: probe.name(),
        version: probe.version(),
        source: probe.source(),
        finding,
        at,
    }
}

/// Evidence for one control. Its hash covers everything else in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The control.
    pub control: String,
    /// What was looked at.
    pub source: String,
    /// The probe.
    pub probe: String,
    /// Its version.
    pub probe_version: u32,
    /// What the look says.
    pub verdict: Verdict,
    /// What was found, and where.
    pub detail: String,
    /// When it was seen.
    pub observed_at: Instant,
    /// When it was written down.
    pub recorded_at: Instant,
    /// SHA-256 over all of the above.
    pub hash: [u8; 32],
}

impl Evidence {
    /// Writes an observation down for one control.
    #[must_use]
    pub fn record(control: &str, seen: &Observation, recorded_at: Instant) -> Self {
        let mut evidence = Self {
            control: control.to_owned(),
            source: seen.source.to_owned(),
            probe: seen.probe.to_owned(),
            probe_version: seen.version,
            verdict: seen.finding.verdict,
            detail: seen.finding.detail.clone(),
            observed_at: seen.at,
            recorded_at,
            hash: [0; 32],
        };
        evidence.hash = evidence.digest();
        evidence
    }

    /// Whether it still is what was written down.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.hash == self.digest()
    }

    /// Every field with its length before it, so that no two records have one form.
    fn digest(&self) -> [u8; 32] {
        let mut form = b"skillsyms-evidence-v1".to_vec();
        for field in [
            &self.control,
            &self.source,
            &self.probe,
            self.verdict.as_str(),
            &self.detail,
        ] {
            form.extend(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
            form.extend(field.as_bytes());
        }
        form.extend(self.probe_version.to_be_bytes());
        form.extend(self.observed_at.micros().to_be_bytes());
        form.extend(self.recorded_at.micros().to_be_bytes());
        sha256(&form)
    }
}

/// A path as evidence may show it: below the folder that was searched, never the machine's own.
pub(super) fn shown(root: &Path, file: &Path) -> String {
    file.strip_prefix(root).unwrap_or(file).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use skillsyms_core::ManualClock;

    fn probe(look: Finding, wrong: Finding) -> Checked {
        Checked::new(
            "test",
            "a test",
            Box::new(move |_| look.clone()),
            Box::new(move |_| wrong.clone()),
        )
    }

    fn verdict(look: Finding, wrong: Finding) -> Verdict {
        let clock = ManualClock::at(Instant::from_micros(0));
        observe(&probe(look, wrong), &Context::default(), &clock)
            .finding
            .verdict
    }

    #[test]
    fn a_probe_that_can_fail_is_believed() {
        assert_eq!(verdict(Finding::holds(""), Finding::fails("")), Verdict::Holds);
        assert_eq!(verdict(Finding::fails(""), Finding::fails("")), Verdict::Fails);
        assert_eq!(verdict(Finding::unknown(""), Finding::fails("")), Verdict::Unknown);
    }

    #[test]
    fn a_probe_that_cannot_fail_is_what_fails() {
        assert_eq!(verdict(Finding::holds(""), Finding::holds("")), Verdict::Fails);
        assert_eq!(verdict(Finding::holds(""), Finding::unknown("")), Verdict::Fails);
    }

    #[test]
    fn evidence_shows_every_change() {
        let clock = ManualClock::at(Instant::from_micros(5));
        let seen = observe(
            &probe(Finding::fails("x"), Finding::fails("")),
            &Context::default(),
            &clock,
        );
        let good = Evidence::record("S-12", &seen, Instant::from_micros(9));
        assert!(good.is_intact());
        let changes: [fn(&mut Evidence); 7] = [
            |e| e.control = "S-13".to_owned(),
            |e| e.verdict = Verdict::Holds,
            |e| e.detail.clear(),
            |e| e.probe_version = 2,
            |e| e.observed_at = Instant::from_micros(6),
            |e| e.recorded_at = Instant::from_micros(8),
            |e| (e.source, e.probe) = (e.probe.clone(), e.source.clone()),
        ];
        for change in changes {
            let mut altered = good.clone();
            change(&mut altered);
            assert!(!altered.is_intact());
        }
    }

    #[test]
    fn a_needle_is_long_enough_and_never_printed() {
        assert!(Needle::new("short").is_none());
        assert_eq!(format!("{:?}", Needle::new("long enough").unwrap()), "[needle]");
    }
}
