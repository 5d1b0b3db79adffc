//! The statements of this slice.

use diesel::dsl::{exists, not};
use diesel::prelude::*;
use skillsyms_cells::schema::{
    assessments, enrolments, learners, moderations, modules, programmes, sample_items, samples,
};
use skillsyms_cells::{CellError, Read, Tx, load_boxed};
use skillsyms_core::{
    AssessmentId, AssessmentKind, Decision, EnrolmentId, Instant, LearnerId, ModerationId, ModuleId, Outcome, PersonId,
    ProgrammeId, SampleId,
};
use skillsyms_people::ByAge;
use skillsyms_people::page::Bounds;
use skillsyms_vault::Sealed;

use crate::enrolments::reach::{Reach, load_in_reach};

/// Rows of one insert: well under what either engine takes as parameters of one statement.
const ROWS_PER_INSERT: usize = 500;

/// A sample as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = samples, treat_none_as_default_value = false)]
pub struct SampleRow {
    /// Its id.
    pub id: SampleId,
    /// Of which programme.
    pub programme: ProgrammeId,
    /// Share in percent.
    pub percent: i64,
    /// Fewest.
    pub floor: i64,
    /// Seed of the draw, 8 bytes, big endian.
    pub seed: Vec<u8>,
    /// From how many.
    pub population: i64,
    /// How many were chosen.
    pub drawn: i64,
    /// Who drew it.
    pub created_by: PersonId,
    /// When.
    pub created_at: Instant,
}

/// An assessment in a sample.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sample_items, treat_none_as_default_value = false)]
pub struct ItemRow {
    /// Which sample.
    pub sample: SampleId,
    /// Which assessment.
    pub assessment: AssessmentId,
    /// Of which enrolment: who may see the sample is told from it.
    pub enrolment: EnrolmentId,
    /// 1 if it was chosen, 0 if it was released.
    pub chosen: i64,
}

/// A decision as it is kept.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = moderations, treat_none_as_default_value = false)]
pub struct DecisionRow {
    /// Its id.
    pub id: ModerationId,
    /// Of which sample.
    pub sample: SampleId,
    /// On which assessment.
    pub assessment: AssessmentId,
    /// Upheld or returned.
    pub decision: Decision,
    /// What the moderator wrote.
    pub reason: Option<Sealed<String>>,
    /// Who decided.
    pub moderator: PersonId,
    /// When.
    pub created_at: Instant,
}

/// An assessment that may be drawn.
#[derive(Clone, Copy, Debug, Queryable)]
pub struct Candidate {
    /// Its id.
    pub assessment: AssessmentId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// Its outcome.
    pub outcome: Outcome,
}

/// A decision's id, what was decided, why, by whom and when.
pub type Verdict = (ModerationId, Decision, Option<Sealed<String>>, PersonId, Instant);

/// A chosen assessment with its decision, if there is one.
#[derive(Clone, Debug, Queryable)]
pub struct ChosenRow {
    /// Which sample.
    pub sample: SampleId,
    /// Which assessment.
    pub assessment: AssessmentId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// Its outcome.
    pub outcome: Outcome,
    /// Who assessed.
    pub assessor: PersonId,
    /// The day of the assessment.
    pub assessed_on: String,
    /// The decision, if there is one.
    pub decided: Option<Verdict>,
}

/// Summative assessments of a programme with this outcome that no draw has seen and that are at least this attempt, in the
/// order of their ids.
pub(super) fn candidates(
    tx: &mut Read<'_>,
    programme: ProgrammeId,
    (outcome, attempt): (Outcome, i64),
    rows: i64,
) -> Result<Vec<Candidate>, CellError> {
    let seen = sample_items::table.filter(sample_items::assessment.eq(assessments::id));
    let from = assessments::table
        .inner_join(enrolments::table.on(enrolments::id.eq(assessments::enrolment)))
        .filter(enrolments::programme.eq(programme))
        .filter(assessments::kind.eq(AssessmentKind::Summative))
        .filter(assessments::outcome.eq(outcome))
        .filter(assessments::attempt.ge(attempt))
        .filter(not(exists(seen)));
    let columns = (
        assessments::id,
        assessments::enrolment,
        assessments::module,
        assessments::learner,
        assessments::outcome,
    );
    tx.load(from.order(assessments::id).limit(rows).select(columns))
}

/// Inserts a sample.
pub(super) fn insert_sample(tx: &mut Tx<'_>, row: SampleRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(samples::table).values(row))?;
    Ok(())
}

/// Inserts what it was drawn from.
pub(super) fn insert_items(tx: &mut Tx<'_>, rows: &[ItemRow]) -> Result<(), CellError> {
    for part in rows.chunks(ROWS_PER_INSERT) {
        tx.execute(diesel::insert_into(sample_items::table).values(part.to_vec()))?;
    }
    Ok(())
}

/// Inserts a decision.
pub(super) fn insert_decision(tx: &mut Tx<'_>, row: DecisionRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(moderations::table).values(row))?;
    Ok(())
}

/// One sample.
pub(super) fn sample(tx: &mut Read<'_>, id: SampleId) -> Result<Option<SampleRow>, CellError> {
    tx.first(samples::table.filter(samples::id.eq(id)).limit(1))
}

/// The place of an assessment in a sample.
pub(super) fn item(tx: &mut Read<'_>, assessment: AssessmentId) -> Result<Option<ItemRow>, CellError> {
    tx.first(
        sample_items::table
            .filter(sample_items::assessment.eq(assessment))
            .limit(1),
    )
}

/// The places of these assessments in samples.
pub(crate) fn places(tx: &mut Read<'_>, of: &[AssessmentId]) -> Result<Vec<ItemRow>, CellError> {
    tx.load(sample_items::table.filter(sample_items::assessment.eq_any(of.to_vec())))
}

/// The decisions on these assessments.
pub(crate) fn decisions(tx: &mut Read<'_>, of: &[AssessmentId]) -> Result<Vec<DecisionRow>, CellError> {
    tx.load(moderations::table.filter(moderations::assessment.eq_any(of.to_vec())))
}

/// The whole population of a sample, in the order of the draw.
pub(super) fn items(tx: &mut Read<'_>, sample: SampleId) -> Result<Vec<ItemRow>, CellError> {
    tx.load(
        sample_items::table
            .filter(sample_items::sample.eq(sample))
            .order(sample_items::assessment),
    )
}

/// Who moderates and verifies the enrolments in a sample.
pub(super) fn people(tx: &mut Read<'_>, sample: SampleId) -> Result<Vec<PersonId>, CellError> {
    // An enrolment has many assessments in a sample: each is looked at once.
    let drawn = sample_items::table
        .filter(sample_items::sample.eq(sample))
        .select(sample_items::enrolment);
    let of = enrolments::table.filter(enrolments::id.eq_any(drawn));
    let found: Vec<(Option<PersonId>, Option<PersonId>)> =
        tx.load(of.select((enrolments::moderator, enrolments::verifier)).distinct())?;
    Ok(found
        .into_iter()
        .flat_map(|(moderator, verifier)| [moderator, verifier])
        .flatten()
        .collect())
}

/// Chosen assessments in reach after this id.
pub(super) fn page(
    tx: &mut Read<'_>,
    reach: Reach,
    (after, waiting): (AssessmentId, super::Waiting),
    rows: i64,
) -> Result<Vec<ChosenRow>, CellError> {
    let columns = (
        sample_items::sample,
        sample_items::assessment,
        assessments::enrolment,
        assessments::module,
        assessments::learner,
        assessments::outcome,
        assessments::assessor,
        assessments::assessed_on,
        (
            moderations::id,
            moderations::decision,
            moderations::reason,
            moderations::moderator,
            moderations::created_at,
        )
            .nullable(),
    );
    let from = sample_items::table
        .inner_join(assessments::table.on(assessments::id.eq(sample_items::assessment)))
        .left_join(moderations::table.on(moderations::assessment.eq(sample_items::assessment)))
        .filter(sample_items::chosen.eq(1))
        .filter(sample_items::assessment.gt(after))
        .order(sample_items::assessment)
        .limit(rows)
        .select(columns);
    match waiting {
        super::Waiting::All => load_in_reach!(tx, from, assessments::enrolment, reach),
        super::Waiting::Open => {
            let open = from.filter(moderations::id.is_null());
            load_in_reach!(tx, open, assessments::enrolment, reach)
        }
    }
}

/// Id, programme and its title, population, drawn, and time of a sample.
pub(super) type SampleLine = (SampleId, ProgrammeId, String, i64, i64, Instant);

/// Samples between these ids in the order that is asked for: all, or those in which somebody moderates or verifies; of one
/// programme, or of all.
pub(super) fn samples_in_reach(
    tx: &mut Read<'_>,
    (of, programme): (Option<PersonId>, Option<ProgrammeId>),
    (sort, (after, before)): (ByAge, Bounds),
    rows: i64,
) -> Result<Vec<SampleLine>, CellError> {
    load_boxed!(tx, {
        let mut found = samples::table
            .inner_join(programmes::table.on(programmes::id.eq(samples::programme)))
            .limit(rows)
            .select((
                samples::id,
                samples::programme,
                programmes::title,
                samples::population,
                samples::drawn,
                samples::created_at,
            ))
            .into_boxed::<DB>();
        if let Some(after) = after {
            found = found.filter(samples::id.gt(SampleId::new(after)));
        }
        if let Some(before) = before {
            found = found.filter(samples::id.lt(SampleId::new(before)));
        }
        if let Some(programme) = programme {
            found = found.filter(samples::programme.eq(programme));
        }
        if let Some(me) = of {
            let mine = sample_items::table
                .inner_join(enrolments::table.on(enrolments::id.eq(sample_items::enrolment)))
                .filter(sample_items::sample.eq(samples::id))
                .filter(enrolments::moderator.eq(me).or(enrolments::verifier.eq(me)))
                // Keeps PostgreSQL from joining all samples' items first: one of a sample is enough.
                .offset(0);
            found = found.filter(exists(mine));
        }
        match sort {
            ByAge::Newest => found.order(samples::id.desc()),
            ByAge::Oldest => found.order(samples::id.asc()),
        }
    })
}

/// A chosen assessment with the words that its line shows.
#[derive(Clone, Debug, Queryable)]
pub(super) struct ChosenLine {
    /// Which assessment.
    pub assessment: AssessmentId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Its outcome.
    pub outcome: Outcome,
    /// Id, code and title of the module.
    pub module: (ModuleId, String, String),
    /// Id, first and last name of the learner.
    pub learner: (LearnerId, String, String),
    /// The decision and its time, if there is one.
    pub decided: Option<(Decision, Instant)>,
}

/// What was chosen in a sample, behind this assessment in the order that is asked for: all, or what somebody moderates or verifies.
pub(super) fn chosen(
    tx: &mut Read<'_>,
    (sample, of): (SampleId, Option<PersonId>),
    (sort, beyond): (ByAge, AssessmentId),
    rows: i64,
) -> Result<Vec<ChosenLine>, CellError> {
    let from = sample_items::table
        .inner_join(assessments::table.on(assessments::id.eq(sample_items::assessment)))
        .inner_join(enrolments::table.on(enrolments::id.eq(assessments::enrolment)))
        .inner_join(modules::table.on(modules::id.eq(assessments::module)))
        .inner_join(learners::table.on(learners::id.eq(assessments::learner)))
        .left_join(moderations::table.on(moderations::assessment.eq(sample_items::assessment)))
        .filter(sample_items::sample.eq(sample))
        .filter(sample_items::chosen.eq(1))
        .limit(rows)
        .select((
            sample_items::assessment,
            assessments::enrolment,
            assessments::outcome,
            (modules::id, modules::code, modules::title),
            (learners::id, learners::first_name, learners::last_name),
            (moderations::decision, moderations::created_at).nullable(),
        ));
    macro_rules! in_order {
        ($from:expr) => {{
            let id = sample_items::assessment;
            match sort {
                ByAge::Oldest => tx.load($from.filter(id.gt(beyond)).order(id.asc())),
                ByAge::Newest => tx.load($from.filter(id.lt(beyond)).order(id.desc())),
            }
        }};
    }
    match of {
        None => in_order!(from),
        Some(me) => in_order!(from.filter(enrolments::moderator.eq(me).or(enrolments::verifier.eq(me)))),
    }
}
