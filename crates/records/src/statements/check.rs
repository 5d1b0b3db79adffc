//! View: whether a statement that somebody holds was issued here, and still holds.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{EnrolmentId, LearnerId, StatementId};
use skillsyms_door::{Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_vault::{Place, constant_time_eq};

use super::body::Statement;
use super::rows;
use crate::results;

/// Longest number or code that is looked at, in characters: a number with the longest short name has 83.
const TYPED_CHARS_MAX: usize = 120;
/// What a code of no statement is compared with, so that a miss does the work of a wrong code.
const NOTHING: &str = "0000-0000-0000";

/// Checks a statement by its number and code, both as somebody typed them.
#[derive(Clone)]
pub struct CheckStatement {
    /// Its number.
    pub number: String,
    /// Its code.
    pub code: String,
}

impl fmt::Debug for CheckStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CheckStatement")
    }
}

/// What is told of a statement to whoever holds it.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checked {
    /// Its number.
    pub number: String,
    /// Registered name of who issued it.
    pub provider: String,
    /// Initials and last name of the learner: enough to see that the name on the paper was not exchanged.
    pub name: String,
    /// Title of the programme.
    pub programme: String,
    /// Credits of the modules that were achieved.
    pub credits_achieved: i64,
    /// Credits of the programme.
    pub credits: i64,
    /// The day of issue.
    pub issued_on: String,
    /// Whether a result was reversed since.
    pub superseded: bool,
    #[serde(skip)]
    #[schemars(skip)]
    of: (StatementId, EnrolmentId, LearnerId),
}

impl fmt::Debug for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checked")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl View for CheckStatement {
    const NAME: &'static str = "statement.check";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    const IS_BRIEF: bool = true;
    type Output = Option<Checked>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Option<Checked>, Fault> {
        let row = rows::numbered(tx, &number(&self.number))?;
        let mut known = NOTHING.to_owned();
        let mut found = None;
        if let Some(row) = row {
            let body = row
                .body
                .open(cx.keys(), Place::new("statements", "body", *row.id.bytes()))?;
            known.clone_from(&body.0.code);
            let superseded = results::rows::reversed_since(tx, row.enrolment, row.issued_at)?;
            found = Some((body.0, superseded, (row.id, row.enrolment, row.learner)));
        }
        let is_right = constant_time_eq(characters(&self.code).as_bytes(), characters(&known).as_bytes());
        // A statement without a code is checked by nobody: an empty code opens nothing.
        let found = found.filter(|(statement, ..)| is_right && !statement.code.is_empty());
        Ok(found.map(|(statement, superseded, of)| told(statement, superseded, of)))
    }

    /// The learner sees that somebody had it checked. A miss is about nobody.
    fn entry(&self, output: &Option<Checked>) -> Note {
        let Some(checked) = output else { return Note::none() };
        let (statement, enrolment, learner) = checked.of;
        let note = Note::on("Statement", statement.uuid()).and("Enrolment", enrolment.uuid());
        note.about(learner).category("results")
    }
}

fn told(statement: Statement, superseded: bool, of: (StatementId, EnrolmentId, LearnerId)) -> Checked {
    let learner = &statement.learner;
    let initials = [&learner.first_name, &learner.middle_name];
    let initials = initials.iter().flat_map(|names| names.split_whitespace());
    let initials: String = initials
        .filter_map(|name| name.chars().next())
        .map(|initial| format!("{initial}. "))
        .collect();
    Checked {
        name: format!("{initials}{}", learner.last_name),
        number: statement.number,
        provider: statement.provider.name,
        programme: statement.qualification.title,
        credits_achieved: statement.credits_achieved,
        credits: statement.qualification.credits,
        issued_on: statement.issued_on,
        superseded,
        of,
    }
}

/// A number as it is kept: capitals but for the short name at its end, without space.
fn number(typed: &str) -> String {
    let typed: String = typed
        .chars()
        .filter(|c| !c.is_whitespace())
        .take(TYPED_CHARS_MAX)
        .collect();
    let mut parts = typed.splitn(4, '-');
    let head: Vec<String> = parts.by_ref().take(3).map(str::to_ascii_uppercase).collect();
    let short = parts.next().map(str::to_ascii_lowercase);
    head.into_iter().chain(short).collect::<Vec<_>>().join("-")
}

/// The characters of a code that count: without hyphens and space, and with the letters that read like digits as digits
/// (Crockford's base 32).
fn characters(code: &str) -> String {
    let counted = code.chars().filter(char::is_ascii_alphanumeric).take(TYPED_CHARS_MAX);
    let read = counted.map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_read_kindly() {
        assert_eq!(
            number(" sor-2026-0a1b2c3d4e-Thuto-College "),
            "SOR-2026-0A1B2C3D4E-thuto-college"
        );
        assert_eq!(number("SOR-2026-0A1B2C3D4E"), "SOR-2026-0A1B2C3D4E");
        assert_eq!(characters("abcd-efgh jkmn"), "ABCDEFGHJKMN");
        assert_eq!(characters("OIL0-11"), "011011");
        assert_eq!(characters("----"), "");
    }
}
