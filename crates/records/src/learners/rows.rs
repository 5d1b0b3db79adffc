//! The SQL of learners, one function a statement.

use diesel::prelude::*;
use skillsyms_cells::schema::{enrolments, identity_corrections, learners, people, team_learners};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::person::{Contact, Profile};
use skillsyms_core::{ImportId, Instant, LearnerId, PersonId};
use skillsyms_vault::{BlindIndex, Json, Sealed};

use crate::dashboard::{self, Counter};

/// A learner who is registered and not erased.
pub(crate) const ACTIVE: &str = "active";

/// Former identities that are shown of one learner. More than a few is a fault that somebody looks into.
const CORRECTIONS_SHOWN: i64 = 20;

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = learners, treat_none_as_default_value = false)]
pub(crate) struct NewRow {
    pub(crate) id: LearnerId,
    pub(crate) id_kind: &'static str,
    pub(crate) id_index: BlindIndex,
    pub(crate) identity: Sealed<String>,
    pub(crate) first_name: String,
    pub(crate) middle_name: String,
    pub(crate) last_name: String,
    pub(crate) title: &'static str,
    pub(crate) fold: String,
    pub(crate) contact: Sealed<Json<Contact>>,
    pub(crate) profile: Sealed<Json<Profile>>,
    pub(crate) state: &'static str,
    pub(crate) import: Option<ImportId>,
    pub(crate) version: i64,
    pub(crate) created_at: Instant,
    pub(crate) changed_at: Instant,
}

/// What a masked view needs of a learner.
#[derive(Queryable, Selectable)]
#[diesel(table_name = learners)]
pub(crate) struct Row {
    pub(crate) id: LearnerId,
    pub(crate) id_kind: String,
    pub(crate) identity: Sealed<String>,
    pub(crate) first_name: String,
    pub(crate) middle_name: String,
    pub(crate) last_name: String,
    pub(crate) title: String,
    pub(crate) state: String,
    pub(crate) version: i64,
    pub(crate) created_at: Instant,
    pub(crate) changed_at: Instant,
}

/// All that is kept of a learner.
#[derive(Queryable)]
pub(crate) struct WholeRow {
    pub(crate) identity: Sealed<String>,
    pub(crate) first_name: String,
    pub(crate) middle_name: String,
    pub(crate) last_name: String,
    pub(crate) title: String,
    pub(crate) contact: Sealed<Json<Contact>>,
    pub(crate) profile: Sealed<Json<Profile>>,
    pub(crate) version: i64,
}

/// What an update replaces.
#[derive(AsChangeset)]
#[diesel(table_name = learners)]
pub(crate) struct ChangedRow {
    pub(crate) first_name: String,
    pub(crate) middle_name: String,
    pub(crate) last_name: String,
    pub(crate) title: &'static str,
    pub(crate) fold: String,
    pub(crate) contact: Sealed<Json<Contact>>,
    pub(crate) profile: Sealed<Json<Profile>>,
    pub(crate) version: i64,
    pub(crate) changed_at: Instant,
}

/// What a correction of the ID number replaces.
#[derive(AsChangeset)]
#[diesel(table_name = learners)]
pub(crate) struct CorrectedRow {
    pub(crate) id_kind: &'static str,
    pub(crate) id_index: BlindIndex,
    pub(crate) identity: Sealed<String>,
    pub(crate) profile: Sealed<Json<Profile>>,
    pub(crate) version: i64,
    pub(crate) changed_at: Instant,
}

/// What identified a learner before it was corrected.
#[derive(Queryable, Insertable)]
#[diesel(table_name = identity_corrections, treat_none_as_default_value = false)]
pub(crate) struct CorrectionRow {
    pub(crate) id: Vec<u8>,
    pub(crate) learner: LearnerId,
    pub(crate) identity: Sealed<String>,
    /// The person who corrected it.
    pub(crate) corrected_by: Vec<u8>,
    pub(crate) corrected_at: Instant,
}

type RowColumns = (
    learners::id,
    learners::id_kind,
    learners::identity,
    learners::first_name,
    learners::middle_name,
    learners::last_name,
    learners::title,
    learners::state,
    learners::version,
    learners::created_at,
    learners::changed_at,
);

const ROW: RowColumns = (
    learners::id,
    learners::id_kind,
    learners::identity,
    learners::first_name,
    learners::middle_name,
    learners::last_name,
    learners::title,
    learners::state,
    learners::version,
    learners::created_at,
    learners::changed_at,
);

/// Where a page of the list begins and ends, in the order of (fold, id).
pub(crate) struct Window {
    /// The folded name that the page begins with or after.
    pub(crate) from: String,
    /// The id at which it begins or ends, among those of that name.
    pub(crate) at: LearnerId,
    /// The folded name before which it ends; backwards, the one with or before which it ends.
    pub(crate) until: String,
    /// How many rows.
    pub(crate) rows: i64,
}

impl Window {
    /// Whether a learner of this name stands behind where the page begins, and before where it ends.
    pub(crate) fn has(&self, fold: &str, id: LearnerId) -> bool {
        (self.from.as_str()..self.until.as_str()).contains(&fold) && (fold > self.from.as_str() || id > self.at)
    }

    /// The same, backwards.
    pub(crate) fn has_before(&self, fold: &str, id: LearnerId) -> bool {
        (self.from.as_str()..=self.until.as_str()).contains(&fold) && (fold < self.until.as_str() || id < self.at)
    }
}

/// Inserts and counts a learner.
pub(crate) fn insert(tx: &mut Tx<'_>, row: &NewRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(learners::table).values(row))?;
    dashboard::count(tx, Counter::Learners, row.created_at, 1)
}

/// Inserts learners of one act, and counts them at once.
pub(crate) fn insert_all(tx: &mut Tx<'_>, rows: &[&NewRow]) -> Result<(), CellError> {
    let Some(first) = rows.first() else { return Ok(()) };
    if tx.is_in_process() {
        for row in rows {
            tx.execute(diesel::insert_into(learners::table).values(*row))?;
        }
    } else {
        tx.execute(diesel::insert_into(learners::table).values(rows.to_vec()))?;
    }
    dashboard::count_all(tx, Counter::Learners, first.created_at, rows.len())
}

/// Puts a corrected identity in the place of the one before, its blind index included.
pub(crate) fn correct(tx: &mut Tx<'_>, id: LearnerId, row: &CorrectedRow) -> Result<(), CellError> {
    tx.execute(diesel::update(learners::table.filter(learners::id.eq(id))).set(row))?;
    Ok(())
}

pub(crate) fn insert_correction(tx: &mut Tx<'_>, row: CorrectionRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(identity_corrections::table).values(row))?;
    Ok(())
}

/// What identified a learner before, the latest first.
pub(crate) fn corrections(read: &mut Read<'_>, id: LearnerId) -> Result<Vec<CorrectionRow>, CellError> {
    read.load(
        identity_corrections::table
            .filter(identity_corrections::learner.eq(id))
            .order(identity_corrections::id.desc())
            .limit(CORRECTIONS_SHOWN),
    )
}

/// Which of these blind indexes are taken.
pub(crate) fn taken(tx: &mut Tx<'_>, indexes: &[BlindIndex]) -> Result<Vec<BlindIndex>, CellError> {
    let wanted: Vec<&[u8]> = indexes.iter().map(|index| index.bytes().as_slice()).collect();
    tx.load(
        learners::table
            .filter(learners::id_index.eq_any(wanted))
            .select(learners::id_index),
    )
}

pub(crate) fn by_id(read: &mut Read<'_>, id: LearnerId) -> Result<Option<Row>, CellError> {
    read.first(learners::table.filter(learners::id.eq(id)).select(ROW).limit(1))
}

pub(crate) fn by_index(read: &mut Read<'_>, index: &BlindIndex) -> Result<Option<Row>, CellError> {
    read.first(
        learners::table
            .filter(learners::id_index.eq(index))
            .select(ROW)
            .limit(1),
    )
}

pub(crate) fn whole(read: &mut Read<'_>, id: LearnerId) -> Result<Option<WholeRow>, CellError> {
    let columns = (
        learners::identity,
        learners::first_name,
        learners::middle_name,
        learners::last_name,
        learners::title,
        learners::contact,
        learners::profile,
        learners::version,
    );
    read.first(learners::table.filter(learners::id.eq(id)).select(columns).limit(1))
}

pub(crate) fn is_there(read: &mut Read<'_>, id: LearnerId) -> Result<bool, CellError> {
    let found: Option<i64> = read.first(
        learners::table
            .filter(learners::id.eq(id))
            .select(learners::version)
            .limit(1),
    )?;
    Ok(found.is_some())
}

pub(crate) fn fold_of(read: &mut Read<'_>, id: LearnerId) -> Result<Option<String>, CellError> {
    read.first(
        learners::table
            .filter(learners::id.eq(id))
            .select(learners::fold)
            .limit(1),
    )
}

pub(crate) fn update(tx: &mut Tx<'_>, id: LearnerId, row: &ChangedRow) -> Result<(), CellError> {
    tx.execute(diesel::update(learners::table.filter(learners::id.eq(id))).set(row))?;
    Ok(())
}

type Team = (Option<PersonId>, Option<PersonId>, Option<PersonId>, Option<PersonId>);

/// Everybody who stands in an enrolment of this learner.
pub(crate) fn team(read: &mut Read<'_>, id: LearnerId) -> Result<Vec<PersonId>, CellError> {
    let columns = (
        enrolments::facilitator,
        enrolments::assessor,
        enrolments::moderator,
        enrolments::verifier,
    );
    let rows: Vec<Team> = read.load(enrolments::table.filter(enrolments::learner.eq(id)).select(columns))?;
    Ok(rows
        .into_iter()
        .flat_map(|(a, b, c, d)| [a, b, c, d])
        .flatten()
        .collect())
}

pub(crate) fn page(read: &mut Read<'_>, window: &Window) -> Result<Vec<Row>, CellError> {
    read.load(
        learners::table
            .filter(learners::fold.ge(&window.from).and(learners::fold.lt(&window.until)))
            .filter(learners::fold.gt(&window.from).or(learners::id.gt(window.at)))
            .order((learners::fold.asc(), learners::id.asc()))
            .select(ROW)
            .limit(window.rows),
    )
}

/// The page that ends before the window's learner, the nearest first.
pub(crate) fn page_before(read: &mut Read<'_>, window: &Window) -> Result<Vec<Row>, CellError> {
    read.load(
        learners::table
            .filter(learners::fold.ge(&window.from).and(learners::fold.le(&window.until)))
            .filter(learners::fold.lt(&window.until).or(learners::id.lt(window.at)))
            .order((learners::fold.desc(), learners::id.desc()))
            .select(ROW)
            .limit(window.rows),
    )
}

/// Learners registered before this one, the latest first.
pub(crate) fn older(read: &mut Read<'_>, than: LearnerId, rows: i64) -> Result<Vec<Row>, CellError> {
    let found = learners::table.filter(learners::id.lt(than));
    read.load(found.order(learners::id.desc()).select(ROW).limit(rows))
}

/// Learners registered after this one, the nearest first.
pub(crate) fn newer(read: &mut Read<'_>, than: LearnerId, rows: i64) -> Result<Vec<Row>, CellError> {
    let found = learners::table.filter(learners::id.gt(than));
    read.load(found.order(learners::id.asc()).select(ROW).limit(rows))
}

/// A learner of a team's list, and the folded name by which the list is in order.
pub(crate) type OfTeam = (Row, String);

/// The part of the list that is assigned to this person.
pub(crate) fn page_of_team(read: &mut Read<'_>, me: PersonId, window: &Window) -> Result<Vec<OfTeam>, CellError> {
    let (fold, id) = (team_learners::fold, team_learners::learner);
    read.load(
        team_learners::table
            .inner_join(learners::table.on(learners::id.eq(id)))
            .filter(team_learners::person.eq(me))
            .filter(fold.ge(&window.from).and(fold.lt(&window.until)))
            .filter(fold.gt(&window.from).or(id.gt(window.at)))
            .order((fold.asc(), id.asc()))
            .select((ROW, fold))
            .limit(window.rows),
    )
}

/// The same, before the window's learner, the nearest first.
pub(crate) fn page_of_team_before(
    read: &mut Read<'_>,
    me: PersonId,
    window: &Window,
) -> Result<Vec<OfTeam>, CellError> {
    let (fold, id) = (team_learners::fold, team_learners::learner);
    read.load(
        team_learners::table
            .inner_join(learners::table.on(learners::id.eq(id)))
            .filter(team_learners::person.eq(me))
            .filter(fold.ge(&window.from).and(fold.le(&window.until)))
            .filter(fold.lt(&window.until).or(id.lt(window.at)))
            .order((fold.desc(), id.desc()))
            .select((ROW, fold))
            .limit(window.rows),
    )
}

/// Those of the team registered before this one, the latest first.
pub(crate) fn older_of_team(
    read: &mut Read<'_>,
    me: PersonId,
    (than, rows): (LearnerId, i64),
) -> Result<Vec<OfTeam>, CellError> {
    let id = team_learners::learner;
    let mine = team_learners::table.inner_join(learners::table.on(learners::id.eq(id)));
    let found = mine.filter(team_learners::person.eq(me)).filter(id.lt(than));
    read.load(found.order(id.desc()).select((ROW, team_learners::fold)).limit(rows))
}

/// Those of the team registered after this one, the nearest first.
pub(crate) fn newer_of_team(
    read: &mut Read<'_>,
    me: PersonId,
    (than, rows): (LearnerId, i64),
) -> Result<Vec<OfTeam>, CellError> {
    let id = team_learners::learner;
    let mine = team_learners::table.inner_join(learners::table.on(learners::id.eq(id)));
    let found = mine.filter(team_learners::person.eq(me)).filter(id.gt(than));
    read.load(found.order(id.asc()).select((ROW, team_learners::fold)).limit(rows))
}

/// The part of the list that is this learner's own record.
pub(crate) fn page_of_own(read: &mut Read<'_>, own: LearnerId, window: &Window) -> Result<Vec<Row>, CellError> {
    read.load(
        learners::table
            .filter(learners::id.eq(own))
            .filter(learners::fold.ge(&window.from).and(learners::fold.lt(&window.until)))
            .filter(learners::fold.gt(&window.from).or(learners::id.gt(window.at)))
            .select(ROW)
            .limit(window.rows),
    )
}

/// First and last names of the learners with these ids.
pub(crate) fn full_names(read: &mut Read<'_>, ids: &[LearnerId]) -> Result<Vec<(LearnerId, String)>, CellError> {
    let of_id = learners::id.eq_any(ids.to_vec());
    let rows: Vec<(LearnerId, String, String)> = read.load(learners::table.filter(of_id).select((
        learners::id,
        learners::first_name,
        learners::last_name,
    )))?;
    let names = rows
        .into_iter()
        .map(|(id, first, last)| (id, format!("{first} {last}")));
    Ok(names.collect())
}

/// Names of the people with these ids.
pub(crate) fn names(read: &mut Read<'_>, ids: &[PersonId]) -> Result<Vec<(PersonId, String)>, CellError> {
    let wanted: Vec<&[u8]> = ids.iter().map(|id| id.bytes().as_slice()).collect();
    read.load(
        people::table
            .filter(people::id.eq_any(wanted))
            .select((people::id, people::name)),
    )
}
