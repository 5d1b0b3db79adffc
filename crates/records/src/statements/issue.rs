//! Act: issue a statement of results.

use std::collections::HashMap;

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{AssessmentId, EnrolmentId, LearnerId, Outcome, Problem, Rng, StatementId};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};
use skillsyms_vault::{Json, Place, Sealed};

use super::NOTHING;
use super::body::{ModuleLine, Provider, Qualification, StatedLearner, Statement, Status};
use super::rows::{self, StatementRow};
use crate::dashboard::{self, Counter};
use crate::enrolments::{self, rows::EnrolmentRow};
use crate::learners;
use crate::programmes::{self, plain, rows::ModuleRow};
use crate::results::{self, rows::ResultRow};
use crate::settings;

/// Crockford's base 32: no letter that reads like a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Random characters of a number: 50 bits, so that numbers can be neither guessed nor counted.
const NUMBER_CHARS: usize = 10;
/// Random characters of a code: 60 bits more, which only who holds the statement knows.
const CODE_CHARS: usize = 12;
/// Characters of a code that stand together, so that people can type them.
const CODE_GROUP: usize = 4;
/// Longest name, number, address or contact of a provider, in characters.
const PROVIDER_CHARS_MAX: usize = 300;

/// Issues a statement of what is in force in an enrolment.
#[derive(Clone, Debug)]
pub struct IssueStatement {
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Who issues it, as far as it is known outside the tenant's cell; what the settings say goes before it.
    pub provider: Provider,
}

/// What issuing answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its id.
    pub id: StatementId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which learner.
    pub learner: LearnerId,
    /// What it says.
    pub statement: Statement,
}

impl Act for IssueStatement {
    const NAME: &'static str = "statement.issue";
    const DISCLOSES: Disclosure = Disclosure::Full;
    type Ready = (StatementId, String, String);
    type Output = Issued;

    fn prepare(&self, cx: &Cx) -> Result<Self::Ready, Fault> {
        let invalid = |error| Problem::invalid(vec![error]);
        plain::line(&self.provider.name, "/provider/name", PROVIDER_CHARS_MAX).map_err(invalid)?;
        for (text, field) in [
            (&self.provider.number, "/provider/number"),
            (&self.provider.code, "/provider/code"),
            (&self.provider.address, "/provider/address"),
            (&self.provider.contact, "/provider/contact"),
        ] {
            if let Some(text) = text {
                plain::line(text, field, PROVIDER_CHARS_MAX).map_err(invalid)?;
            }
        }
        let number = number(cx.today().year(), self.provider.code.as_deref(), cx.rng());
        Ok((StatementId::new(cx.fresh()), number, code(cx.rng())))
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = enrolments::rows::one(tx, self.enrolment)?.ok_or_else(Problem::not_found)?;
        Ok(row.target("Enrolment", row.id.uuid()))
    }

    fn run(&self, cx: &Cx, (id, number, code): &Self::Ready, tx: &mut Tx<'_>) -> Result<Issued, Fault> {
        let enrolment = enrolments::rows::one(&mut tx.read(), self.enrolment)?.ok_or_else(Problem::not_found)?;
        let statement = self.write(cx, &mut tx.read(), &enrolment, (number, code))?;
        let place = Place::new("statements", "body", *id.bytes());
        let sealed = Sealed::seal(cx.keys(), place, &Json(statement.clone()), cx.rng())?;
        rows::insert(
            tx,
            StatementRow {
                id: *id,
                number: number.clone(),
                enrolment: enrolment.id,
                learner: enrolment.learner,
                body: sealed,
                issued_by: cx.person()?,
                issued_at: cx.now(),
            },
        )?;
        dashboard::count(tx, Counter::Statements, cx.now(), 1)?;
        Ok(Issued {
            id: *id,
            enrolment: enrolment.id,
            learner: enrolment.learner,
            statement,
        })
    }

    fn entry(&self, output: &Issued) -> Note {
        let note = Note::on("Statement", output.id.uuid()).and("Enrolment", output.enrolment.uuid());
        note.about(output.learner).category("identity").category("results")
    }
}

impl IssueStatement {
    fn write(
        &self,
        cx: &Cx,
        tx: &mut Read<'_>,
        of: &EnrolmentRow,
        (number, code): (&str, &str),
    ) -> Result<Statement, Fault> {
        let locked = results::in_force(tx, &[of.id])?;
        if locked.is_empty() {
            return Err(Problem::new(&NOTHING).into());
        }
        let programme = programmes::rows::one(tx, of.programme)?.ok_or_else(Problem::not_found)?;
        let all = programmes::rows::modules(tx, of.programme)?;
        let modules = modules(tx, all, &locked)?;
        let achieved = modules.iter().filter(|module| module.status == Status::Competent);
        Ok(Statement {
            number: number.to_owned(),
            code: code.to_owned(),
            issued_on: cx.today().to_string(),
            issued_at: cx.now(),
            provider: settings::letterhead(cx, tx, &self.provider)?,
            learner: learner(cx, tx, of.learner)?,
            qualification: Qualification {
                kind: programme.kind,
                title: programme.title,
                saqa_id: programme.saqa_id.into(),
                nqf_level: programme.nqf_level,
                credits: programme.credits,
            },
            credits_achieved: achieved.map(|module| module.credits).sum(),
            modules,
        })
    }
}

/// `SOR-2026-`, ten random characters, and the provider's short name.
fn number(year: i16, provider: Option<&str>, rng: &dyn Rng) -> String {
    let drawn = draw::<NUMBER_CHARS>(rng);
    provider.map_or_else(
        || format!("SOR-{year:04}-{drawn}"),
        |provider| format!("SOR-{year:04}-{drawn}-{provider}"),
    )
}

/// Twelve random characters in groups of four.
fn code(rng: &dyn Rng) -> String {
    let drawn: Vec<char> = draw::<CODE_CHARS>(rng).chars().collect();
    let groups: Vec<String> = drawn.chunks(CODE_GROUP).map(|group| group.iter().collect()).collect();
    groups.join("-")
}

fn draw<const N: usize>(rng: &dyn Rng) -> String {
    let mut random = [0_u8; N];
    rng.fill(&mut random);
    // 256 is a multiple of 32, so no character is likelier than another.
    let drawn = random.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
    drawn.map(|byte| char::from(*byte)).collect()
}

fn learner(cx: &Cx, tx: &mut Read<'_>, id: LearnerId) -> Result<StatedLearner, Fault> {
    let row = learners::rows::whole(tx, id)?.ok_or_else(Problem::not_found)?;
    let identity = learners::sealing::open_identity(cx.keys(), id, &row.identity)?;
    let profile = learners::sealing::open_profile(cx.keys(), id, &row.profile)?;
    let id_number = match (identity.sa_id(), identity.alternate()) {
        (Some(sa_id), _) => sa_id.expose(),
        (None, Some(alternate)) => alternate.expose(),
        (None, None) => "",
    };
    Ok(StatedLearner {
        first_name: row.first_name,
        middle_name: row.middle_name,
        last_name: row.last_name,
        id_kind: identity.kind().to_owned(),
        id_number: id_number.to_owned(),
        birth_date: profile.birth_date.to_string(),
    })
}

fn modules(tx: &mut Read<'_>, all: Vec<ModuleRow>, locked: &[ResultRow]) -> Result<Vec<ModuleLine>, Fault> {
    let assessments: Vec<AssessmentId> = locked.iter().map(|row| row.assessment).collect();
    let days: HashMap<AssessmentId, String> = rows::days(tx, &assessments)?.into_iter().collect();
    let line = |module: ModuleRow| {
        let result = locked
            .iter()
            .find(|row| row.module == module.id && row.outcome != Outcome::Absent);
        ModuleLine {
            code: module.code.into(),
            kind: module.kind,
            title: module.title,
            nqf_level: module.nqf_level,
            credits: module.credits,
            status: result.map_or(Status::Outstanding, |row| Status::of(row.outcome)),
            assessed_on: result.and_then(|row| days.get(&row.assessment).cloned()),
        }
    };
    Ok(all.into_iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use skillsyms_vault::SystemRng;

    use super::*;

    #[test]
    fn numbers_have_a_form_and_do_not_repeat() {
        let one = number(2026, None, &SystemRng);
        assert_eq!((one.len(), &one[..9]), (19, "SOR-2026-"));
        assert!(one[9..].bytes().all(|byte| ALPHABET.contains(&byte)));
        assert_ne!(one, number(2026, None, &SystemRng));
        let one = number(2026, Some("thuto-college"), &SystemRng);
        assert_eq!((one.len(), &one[19..]), (33, "-thuto-college"));
        let code = code(&SystemRng);
        assert_eq!((code.len(), code.matches('-').count()), (14, 2));
    }
}
