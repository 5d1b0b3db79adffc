//! The catalogue: the promises of `controls/*.toml`, compiled in, so that a binary always knows what it promised.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The files of the catalogue. A new one needs a line here.
const FILES: [(&str, &str); 2] = [
    (
        "controls/platform.toml",
        include_str!("../../../../controls/platform.toml"),
    ),
    (
        "controls/services.toml",
        include_str!("../../../../controls/services.toml"),
    ),
];

/// How a promise can be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofKind {
    /// The running system is probed.
    Live,
    /// The effective configuration is read back.
    Cfg,
    /// The platform's own records are asked.
    Data,
    /// The act is performed end to end on a canary.
    Drill,
    /// Evidence comes from build and repository.
    Ci,
    /// A person signs, with an expiry.
    Attest,
}

impl ProofKind {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "live" => Self::Live,
            "cfg" => Self::Cfg,
            "data" => Self::Data,
            "drill" => Self::Drill,
            "ci" => Self::Ci,
            "attest" => Self::Attest,
            _ => return None,
        })
    }
}

/// Who may see a control's evidence. The state of a public promise is public whatever its evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everybody.
    Public,
    /// The tenants whose data it concerns.
    Tenant,
    /// Operators only.
    Internal,
}

/// One promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// `S-01` to `S-67`, `P-01` to `P-140`.
    pub id: String,
    /// The part of the page that it stands in.
    pub section: String,
    /// What is promised.
    pub claim: String,
    /// What makes it true.
    pub mechanism: String,
    /// How it can be proved.
    pub kinds: Vec<ProofKind>,
    /// What the proof does.
    pub proof: String,
    /// Who may see the evidence.
    pub visibility: Visibility,
    /// Seconds between two evaluations.
    pub cadence_seconds: i64,
    /// Seconds after which evidence is stale.
    pub max_age_seconds: i64,
    /// Who answers for it.
    pub owner: String,
    /// The probe that proves it, if there is one yet.
    pub probe: Option<String>,
}

/// The catalogue does not read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// A file is not in the form of the catalogue.
    #[error("{file}: {reason}")]
    Form {
        /// The file.
        file: &'static str,
        /// What the reader says.
        reason: String,
    },
    /// A word of a control is not one of those that may stand there.
    #[error("{id}: {field} is not understood")]
    Word {
        /// The control.
        id: String,
        /// The field.
        field: &'static str,
    },
    /// Two controls have one id.
    #[error("{0} is there twice")]
    Twice(String),
}

/// All promises, in the order of the pages.
#[derive(Clone, Debug)]
pub struct Catalogue(Vec<Control>);

impl Catalogue {
    /// Reads the catalogue that was compiled in.
    ///
    /// # Errors
    /// [`CatalogueError`], which a test excludes for every build.
    pub fn load() -> Result<Self, CatalogueError> {
        let mut controls = Vec::new();
        for (file, text) in FILES {
            controls.extend(read(file, text)?);
        }
        let mut seen = BTreeSet::new();
        for control in &controls {
            if !seen.insert(control.id.as_str()) {
                return Err(CatalogueError::Twice(control.id.clone()));
            }
        }
        Ok(Self(controls))
    }

    /// All controls, in order.
    pub fn all(&self) -> impl Iterator<Item = &Control> {
        self.0.iter()
    }

    /// One control.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Control> {
        self.0.iter().find(|control| control.id == id)
    }

    /// The controls that this probe proves.
    pub fn proved_by<'a>(&'a self, probe: &'a str) -> impl Iterator<Item = &'a Control> {
        self.0
            .iter()
            .filter(move |control| control.probe.as_deref() == Some(probe))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    control: Vec<Written>,
}

/// A control as it is written down.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    section: String,
    claim: String,
    mechanism: String,
    proof_kind: String,
    proof: String,
    visibility: Visibility,
    cadence: String,
    max_age: String,
    owner: String,
    probe: Option<String>,
}

fn read(file: &'static str, text: &str) -> Result<Vec<Control>, CatalogueError> {
    let read: File = toml::from_str(text).map_err(|error| CatalogueError::Form {
        file,
        reason: error.message().to_owned(),
    })?;
    read.control.into_iter().map(control).collect()
}

fn control(written: Written) -> Result<Control, CatalogueError> {
    let wrong = |field| CatalogueError::Word {
        id: written.id.clone(),
        field,
    };
    let kinds: Option<Vec<ProofKind>> = written.proof_kind.split('+').map(ProofKind::parse).collect();
    Ok(Control {
        kinds: kinds.ok_or_else(|| wrong("proof_kind"))?,
        cadence_seconds: seconds(&written.cadence).ok_or_else(|| wrong("cadence"))?,
        max_age_seconds: seconds(&written.max_age).ok_or_else(|| wrong("max_age"))?,
        id: written.id,
        section: written.section,
        claim: written.claim,
        mechanism: written.mechanism,
        proof: written.proof,
        visibility: written.visibility,
        owner: written.owner,
        probe: written.probe,
    })
}

/// Reads `15m`, `26h`, `7d`.
fn seconds(text: &str) -> Option<i64> {
    let unit = match text.chars().next_back()? {
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let number: u32 = text.get(..text.len().checked_sub(1)?)?.parse().ok()?;
    (number > 0).then_some(i64::from(number) * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_every_promise_once() {
        let catalogue = Catalogue::load().unwrap();
        let ids: Vec<&str> = catalogue.all().map(|control| control.id.as_str()).collect();
        let expected = (1..=67)
            .map(|n| format!("S-{n:02}"))
            .chain((1..=140).map(|n| format!("P-{n:02}")));
        assert_eq!(ids, expected.collect::<Vec<_>>());
    }

    #[test]
    fn evidence_outlives_the_time_between_two_evaluations() {
        for control in Catalogue::load().unwrap().all() {
            assert!(
                control.max_age_seconds > control.cadence_seconds,
                "{} would always be stale",
                control.id
            );
        }
    }

    #[test]
    fn a_probe_may_prove_several_promises() {
        let catalogue = Catalogue::load().unwrap();
        let ids: Vec<&str> = catalogue
            .proved_by("isolation")
            .map(|control| control.id.as_str())
            .collect();
        assert_eq!(ids, ["S-16", "S-17"]);
    }

    #[test]
    fn durations_have_a_unit_and_are_not_zero() {
        assert_eq!(seconds("15m"), Some(900));
        assert_eq!(seconds("26h"), Some(93_600));
        assert_eq!(seconds("7d"), Some(604_800));
        for wrong in ["", "d", "0d", "-1d", "7", "7w", "ad"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_word_that_is_not_understood_is_an_error() {
        let good = "[[control]]\nid='S-01'\nsection='s'\nclaim='c'\nmechanism='m'\nproof_kind='live'\nproof='p'\nvisibility='public'\ncadence='1d'\nmax_age='2d'\nowner='o'\n";
        assert!(read("test", good).is_ok());
        assert!(read("test", &good.replace("live", "hope")).is_err());
        assert!(read("test", &good.replace("2d", "2x")).is_err());
        assert!(read("test", &good.replace("public", "all")).is_err());
        assert!(read("test", &good.replace("owner", "boss")).is_err());
    }
}
