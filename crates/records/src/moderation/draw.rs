//! Act: draw a sample, release the rest.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{LearnerId, Outcome, Problem, ProgrammeId, SampleId, SamplingRule};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target};

use super::NOTHING;
use super::rows::{self, Candidate, ItemRow, SampleRow};
use crate::assessments;
use crate::programmes::{self, rows::ProgrammeRow};
use crate::results::{self, Lock};
use crate::tasks;

/// Most assessments of one draw: the writer is held for some tens of milliseconds. What is left is drawn next.
pub const DRAW_MAX: usize = 1_000;

/// Draws a sample of the assessments of a programme that wait for moderation, and releases the others.
#[derive(Clone, Copy, Debug)]
pub struct DrawSample {
    /// Which programme.
    pub programme: ProgrammeId,
}

/// What a draw answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Drawn {
    /// The sample.
    pub sample: SampleId,
    /// From how many assessments it was drawn.
    pub population: usize,
    /// How many were chosen; the others were released.
    pub chosen: usize,
    /// Whether more assessments wait than one draw takes: then draw again.
    pub more: bool,
    /// Learners whose assessments were released.
    #[serde(skip)]
    pub released: Vec<LearnerId>,
}

impl Act for DrawSample {
    const NAME: &'static str = "moderation.draw";
    const DISCLOSES: Disclosure = Disclosure::None;
    /// The seed. It is drawn before the transaction, so that a rerun draws the same sample; nobody sees it before the
    /// population is fixed, since both are committed together.
    type Ready = [u8; 8];
    type Output = Drawn;

    fn prepare(&self, cx: &Cx) -> Result<[u8; 8], Fault> {
        let mut seed = [0; 8];
        cx.rng().fill(&mut seed);
        Ok(seed)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        programmes::rows::one(tx, self.programme)?.ok_or_else(Problem::not_found)?;
        Ok(Target::of("Programme", self.programme.uuid()))
    }

    fn run(&self, cx: &Cx, seed: &[u8; 8], tx: &mut Tx<'_>) -> Result<Drawn, Fault> {
        let programme = programmes::rows::one(&mut tx.read(), self.programme)?.ok_or_else(Problem::not_found)?;
        let rule = rule(&programme)?;
        let mut population = population(&mut tx.read(), &programme)?;
        let more = population.len() > DRAW_MAX;
        population.truncate(DRAW_MAX);
        if population.is_empty() {
            return Err(Problem::new(&NOTHING).into());
        }
        let positions = rule.draw(population.len(), u64::from_be_bytes(*seed));
        let sample = SampleId::new(cx.fresh());
        rows::insert_sample(
            tx,
            SampleRow {
                id: sample,
                programme: programme.id,
                percent: rule.percent().into(),
                floor: rule.floor().into(),
                seed: seed.to_vec(),
                population: count(population.len()),
                drawn: count(positions.len()),
                created_by: cx.person()?,
                created_at: cx.now(),
            },
        )?;
        let is_chosen = |at: usize| positions.binary_search(&at).is_ok();
        let items = population.iter().enumerate();
        let items: Vec<ItemRow> = items
            .map(|(at, item)| ItemRow {
                sample,
                assessment: item.assessment,
                enrolment: item.enrolment,
                chosen: is_chosen(at).into(),
            })
            .collect();
        rows::insert_items(tx, &items)?;
        let released = population
            .iter()
            .enumerate()
            .filter(|(at, _)| !is_chosen(*at))
            .map(|(_, item)| lock_of(item));
        let released: Vec<Lock> = released.collect();
        results::lock(cx, tx, &released)?;
        let chosen = population.iter().enumerate().filter(|(at, _)| is_chosen(*at));
        let chosen: Vec<_> = chosen.map(|(_, item)| (item.enrolment, item.module)).collect();
        tasks::moderate(cx, tx, &chosen)?;
        let mut learners: Vec<LearnerId> = released.iter().map(|lock| lock.learner).collect();
        learners.sort_unstable();
        learners.dedup();
        Ok(Drawn {
            sample,
            population: population.len(),
            chosen: positions.len(),
            more,
            released: learners,
        })
    }

    fn entry(&self, output: &Drawn) -> Note {
        let note = Note::on("Sample", output.sample.uuid()).and("Programme", self.programme.uuid());
        let note = note.about_all(output.released.iter().copied());
        note.category("results").count(output.population as u64)
    }
}

fn lock_of(item: &Candidate) -> Lock {
    Lock {
        enrolment: item.enrolment,
        module: item.module,
        learner: item.learner,
        assessment: item.assessment,
        outcome: item.outcome,
    }
}

fn rule(programme: &ProgrammeRow) -> Result<SamplingRule, Fault> {
    let percent = u8::try_from(programme.sampling_percent).ok();
    let floor = u32::try_from(programme.sampling_floor).ok();
    let rule = percent
        .zip(floor)
        .and_then(|(percent, floor)| SamplingRule::new(percent, floor).ok());
    Ok(rule.ok_or(CellError::Damaged("the sampling rule of a programme"))?)
}

/// Final assessments that no draw has seen, in the order of their ids; one more than a draw takes, if there are.
fn population(tx: &mut Read<'_>, programme: &ProgrammeRow) -> Result<Vec<Candidate>, Fault> {
    let rows = count(DRAW_MAX).saturating_add(1);
    let mut found = rows::candidates(tx, programme.id, (Outcome::Competent, 0), rows)?;
    // Numbers of attempts count absences too, so this leaves out only what cannot be the last attempt.
    let open = rows::candidates(
        tx,
        programme.id,
        (Outcome::NotYetCompetent, programme.attempts_limit),
        rows,
    )?;
    for candidate in open {
        if is_last(tx, programme, &candidate)? {
            found.push(candidate);
        }
    }
    found.sort_unstable_by_key(|candidate| candidate.assessment);
    Ok(found)
}

/// Whether no further attempt is open after this one.
fn is_last(tx: &mut Read<'_>, programme: &ProgrammeRow, of: &Candidate) -> Result<bool, Fault> {
    let history = assessments::rows::history(tx, of.enrolment, of.module)?;
    let ids: Vec<_> = history.iter().map(|row| row.id).collect();
    let returned = assessments::rows::returned(tx, &ids)?;
    let reversed = results::rows::reversed_assessments(tx, of.enrolment, of.module)?;
    let standing: Vec<_> = assessments::rows::standing(&history, &returned, &reversed)
        .filter(|row| row.outcome != Outcome::Absent)
        .collect();
    let used_up = count(standing.len()) >= programme.attempts_limit;
    Ok(used_up && standing.last().is_some_and(|last| last.id == of.assessment))
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}
