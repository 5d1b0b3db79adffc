//! Views: the samples in reach, what was chosen in one, and where in the log a decision stands.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::Read;
use skillsyms_core::{
    AssessmentId, Decision, EnrolmentId, Instant, LearnerId, ModuleId, Outcome, PersonId, Problem, ProgrammeId, Role,
    SampleId,
};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Scope, Target, View};
use skillsyms_ledger::Part;
use skillsyms_people::{ByAge, Cursor, Page, PageAsk, Span};

use super::decide::Decide;
use super::rows::{self, ChosenLine, SampleLine};
use crate::assessments::RecordAssessment;
use crate::ledger::fault;
use crate::{assessments, enrolments};

/// Entries of one learner that are looked through for those of one assessment. Learners have hundreds.
const ENTRIES_MAX: usize = 5_000;
/// Entries that are read at once.
const ENTRIES_AT_ONCE: usize = 100;

/// A sample, as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SampleSummary {
    /// Its id.
    pub id: SampleId,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// Title of the programme.
    pub programme_title: String,
    /// From how many assessments it was drawn.
    pub population: i64,
    /// How many were chosen.
    pub drawn: i64,
    /// When it was drawn.
    pub created_at: Instant,
}

/// Lists the samples in reach.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListSamples {
    /// Of this programme only.
    pub programme: Option<ProgrammeId>,
    /// Drawn in this time.
    pub span: Span,
    /// In which order; the newest first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
}

impl View for ListSamples {
    const NAME: &'static str = "moderation.samples";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Page<SampleSummary>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::list("Sample"))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<SampleSummary>, Fault> {
        let of = match cx.scope() {
            Scope::All => None,
            Scope::Assigned | Scope::Own => Some(cx.person()?),
        };
        let sort = self.sort.unwrap_or(ByAge::Newest);
        let bounds = self.page.bounds(sort, self.span.ids())?;
        let found = rows::samples_in_reach(tx, (of, self.programme), (sort, bounds), self.page.limit.rows())?;
        Ok(Page::cut(found, self.page.limit, |line: &SampleLine| {
            Cursor::after_id(line.0.uuid())
        })
        .map(summary))
    }

    fn entry(&self, output: &Page<SampleSummary>) -> Note {
        Note::none().count(output.items.len() as u64)
    }
}

fn summary((id, programme, programme_title, population, drawn, created_at): SampleLine) -> SampleSummary {
    SampleSummary {
        id,
        programme,
        programme_title,
        population,
        drawn,
        created_at,
    }
}

/// A chosen assessment of a sample, with its words.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Chosen {
    /// The assessment.
    pub assessment: AssessmentId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Code of the module.
    pub module_code: String,
    /// Title of the module.
    pub module_title: String,
    /// Of which learner.
    pub learner: LearnerId,
    /// First name of the learner.
    pub first_name: String,
    /// Last name of the learner.
    pub last_name: String,
    /// What the assessor decided.
    pub outcome: Outcome,
    /// What the moderator decided; null while it waits.
    pub decision: Option<Decision>,
    /// When.
    pub decided_at: Option<Instant>,
}

impl std::fmt::Debug for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chosen")
            .field("assessment", &self.assessment)
            .finish_non_exhaustive()
    }
}

/// Lists what was chosen in a sample: of those whom one moderates or verifies; for administrators and keys, all.
#[derive(Clone, Copy, Debug)]
pub struct ReadChosen {
    /// Of which sample.
    pub sample: SampleId,
    /// In which order; the oldest assessment first unless said.
    pub sort: Option<ByAge>,
    /// Which page.
    pub page: PageAsk,
}

impl View for ReadChosen {
    const NAME: &'static str = "moderation.chosen";
    const DISCLOSES: Disclosure = Disclosure::Masked;
    type Output = Page<Chosen>;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        rows::sample(tx, self.sample)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Sample", self.sample.uuid()).assigned_to(rows::people(tx, self.sample)?))
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Page<Chosen>, Fault> {
        // The sample is one thing to the policies; its rows are not all of one team.
        let of = cx.actor().person.filter(|_| !cx.actor().roles.contains(&Role::Admin));
        let sort = self.sort.unwrap_or(ByAge::Oldest);
        let beyond = AssessmentId::new(self.page.beyond(sort)?);
        let found = rows::chosen(tx, (self.sample, of), (sort, beyond), self.page.limit.rows())?;
        let page = Page::cut(found, self.page.limit, |line| Cursor::after_id(line.assessment.uuid()));
        Ok(page.map(chosen))
    }

    fn entry(&self, output: &Page<Chosen>) -> Note {
        let note = Note::on("Sample", self.sample.uuid()).count(output.items.len() as u64);
        note.about_all(output.items.iter().map(|item| item.learner))
            .category("results")
    }
}

fn chosen(line: ChosenLine) -> Chosen {
    Chosen {
        assessment: line.assessment,
        enrolment: line.enrolment,
        module: line.module.0,
        module_code: line.module.1,
        module_title: line.module.2,
        learner: line.learner.0,
        first_name: line.learner.1,
        last_name: line.learner.2,
        outcome: line.outcome,
        decision: line.decided.map(|(decision, _)| decision),
        decided_at: line.decided.map(|(_, at)| at),
    }
}

/// An entry of the log about one assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trace {
    /// Its place in the log, counted from 0.
    pub leaf: u64,
    /// The SHA-256 of the leaf, in base64.
    pub hash: String,
    /// What was done: the name of the act.
    pub act: String,
    /// By whom.
    pub person: Option<PersonId>,
    /// When.
    pub at: Instant,
}

/// Where in the log an assessment and the decision on it stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Traces {
    /// The entries, the latest first.
    pub items: Vec<Trace>,
    /// Entries of the log that the index by learner does not hold yet: what was decided in the last minute may be among
    /// them.
    pub pending: u64,
}

/// Finds the entries of the log that record an assessment and the decision on it.
#[derive(Clone, Copy, Debug)]
pub struct TraceAssessment {
    /// Of which assessment.
    pub assessment: AssessmentId,
}

impl View for TraceAssessment {
    const NAME: &'static str = "moderation.trace";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Traces;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let row = assessments::rows::one(tx, self.assessment)?.ok_or_else(Problem::not_found)?;
        let enrolment = enrolments::rows::one(tx, row.enrolment)?.ok_or_else(Problem::not_found)?;
        let target = Target::of("Assessment", row.id.uuid()).owned_by(row.learner);
        Ok(target.assigned_to(enrolment.moderator.into_iter().chain(enrolment.verifier)))
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Traces, Fault> {
        let row = assessments::rows::one(tx, self.assessment)?.ok_or_else(Problem::not_found)?;
        let size = skillsyms_ledger::read::size(tx).map_err(fault)?;
        let (mut items, mut part, mut looked) = (Vec::new(), Part::newest(None), 0);
        loop {
            let found = skillsyms_ledger::accesses(tx, row.learner, part, ENTRIES_AT_ONCE).map_err(fault)?;
            looked += ENTRIES_AT_ONCE;
            items.extend(found.items.into_iter().filter_map(|logged| self.trace(logged)));
            // Nothing is older about an assessment than its record.
            let is_whole = items.iter().any(|trace: &Trace| trace.act == RecordAssessment::NAME);
            match found.rest {
                Some(rest) if looked < ENTRIES_MAX && !is_whole => part = rest,
                _ => {
                    let pending = size.saturating_sub(found.indexed);
                    return Ok(Traces { items, pending });
                }
            }
        }
    }

    fn entry(&self, _: &Traces) -> Note {
        Note::on("Assessment", self.assessment.uuid())
    }
}

impl TraceAssessment {
    fn trace(&self, logged: skillsyms_ledger::Logged) -> Option<Trace> {
        let entry = logged.entry;
        let is_judgement = [RecordAssessment::NAME, Decide::NAME].contains(&entry.act.as_ref());
        let id = self.assessment.uuid();
        if !is_judgement || !entry.on.iter().any(|(kind, on)| kind == "Assessment" && *on == id) {
            return None;
        }
        Some(Trace {
            leaf: logged.leaf,
            hash: logged.hash.to_string(),
            act: entry.act.into_owned(),
            person: entry.actor.id.map(PersonId::new),
            at: entry.at,
        })
    }
}
