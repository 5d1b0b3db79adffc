//! The statements of this slice.

use std::collections::HashSet;

use diesel::prelude::*;
use skillsyms_cells::schema::{evidence, uploads};
use skillsyms_cells::{CellError, Read, Tx};
use skillsyms_core::{EnrolmentId, EvidenceId, Instant, LearnerId, ModuleId};
use skillsyms_vault::Sealed;
use uuid::Uuid;

use crate::enrolments::reach::{Reach, load_in_reach};

/// An upload that was begun.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = uploads, treat_none_as_default_value = false)]
pub struct UploadRow {
    /// The id that the evidence will have.
    pub id: EvidenceId,
    /// For which enrolment.
    pub enrolment: EnrolmentId,
    /// For which module.
    pub module: ModuleId,
    /// For which learner.
    pub learner: LearnerId,
    /// Which person or key began it.
    pub begun_by: Bytes16,
    /// When.
    pub begun_at: Instant,
    /// Until when it may be ended.
    pub expires_at: Instant,
    /// Bytes of the file, if it was announced to come in parts.
    pub length: Option<i64>,
    /// What it is called, if it was announced.
    pub name: Option<Sealed<String>>,
}

/// The id of a person or of a key: the two have one column.
pub type Bytes16 = Vec<u8>;

/// A file of evidence.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = evidence, treat_none_as_default_value = false)]
pub struct EvidenceRow {
    /// Its id; its file lies under it.
    pub id: EvidenceId,
    /// Of which enrolment.
    pub enrolment: EnrolmentId,
    /// Of which module.
    pub module: ModuleId,
    /// Of which learner.
    pub learner: LearnerId,
    /// What its first bytes told.
    pub media_type: String,
    /// Its name.
    pub name: Sealed<String>,
    /// Bytes before sealing.
    pub size: i64,
    /// SHA-256 before sealing.
    pub sha256: Vec<u8>,
    /// Which person or key brought it.
    pub uploaded_by: Bytes16,
    /// When.
    pub created_at: Instant,
}

/// Inserts an upload.
pub(super) fn insert_upload(tx: &mut Tx<'_>, row: UploadRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(uploads::table).values(row))?;
    Ok(())
}

/// One upload.
pub(super) fn upload(tx: &mut Read<'_>, id: EvidenceId) -> Result<Option<UploadRow>, CellError> {
    tx.first(uploads::table.filter(uploads::id.eq(id)).limit(1))
}

/// How many uploads somebody has open.
pub(super) fn open_uploads(tx: &mut Read<'_>, by: Uuid) -> Result<i64, CellError> {
    let of = uploads::table.filter(uploads::begun_by.eq(by.as_bytes().to_vec()));
    Ok(tx.first(of.count())?.unwrap_or(0))
}

/// Bytes of the files that somebody has announced. They have few open, so their lengths are added here.
pub(super) fn announced_bytes(tx: &mut Read<'_>, by: Uuid) -> Result<u64, CellError> {
    let of = uploads::table.filter(uploads::begun_by.eq(by.as_bytes().to_vec()));
    let lengths: Vec<Option<i64>> = tx.load(of.select(uploads::length))?;
    let lengths = lengths
        .into_iter()
        .flatten()
        .map(|length| u64::try_from(length).unwrap_or(0));
    Ok(lengths.fold(0, u64::saturating_add))
}

/// Files of an enrolment that somebody announced, and that may go on now; the oldest first.
pub(super) fn unfinished(
    tx: &mut Read<'_>,
    enrolment: EnrolmentId,
    (by, now): (Uuid, Instant),
) -> Result<Vec<UploadRow>, CellError> {
    let of = uploads::table
        .filter(uploads::begun_by.eq(by.as_bytes().to_vec()))
        .filter(uploads::enrolment.eq(enrolment))
        .filter(uploads::expires_at.ge(now))
        .filter(uploads::length.is_not_null());
    tx.load(of.order(uploads::id))
}

/// Forgets uploads that were not ended in time.
pub(super) fn forget_uploads(tx: &mut Tx<'_>, now: Instant) -> Result<(), CellError> {
    tx.execute(diesel::delete(uploads::table.filter(uploads::expires_at.lt(now))))?;
    Ok(())
}

/// Forgets one upload.
pub(super) fn forget_upload(tx: &mut Tx<'_>, id: EvidenceId) -> Result<(), CellError> {
    tx.execute(diesel::delete(uploads::table.filter(uploads::id.eq(id))))?;
    Ok(())
}

/// Inserts a file of evidence.
pub(super) fn insert(tx: &mut Tx<'_>, row: EvidenceRow) -> Result<(), CellError> {
    tx.execute(diesel::insert_into(evidence::table).values(row))?;
    Ok(())
}

/// One file of evidence.
pub(super) fn one(tx: &mut Read<'_>, id: EvidenceId) -> Result<Option<EvidenceRow>, CellError> {
    tx.first(evidence::table.filter(evidence::id.eq(id)).limit(1))
}

/// Which of these ids a row names, as evidence or as an upload that was begun.
pub(super) fn named(tx: &mut Read<'_>, ids: &[EvidenceId]) -> Result<HashSet<EvidenceId>, CellError> {
    let attached: Vec<EvidenceId> = tx.load(
        evidence::table
            .filter(evidence::id.eq_any(ids.to_vec()))
            .select(evidence::id),
    )?;
    let begun: Vec<EvidenceId> = tx.load(
        uploads::table
            .filter(uploads::id.eq_any(ids.to_vec()))
            .select(uploads::id),
    )?;
    Ok(attached.into_iter().chain(begun).collect())
}

/// How many files a module of an enrolment has.
pub(super) fn count(tx: &mut Read<'_>, enrolment: EnrolmentId, module: ModuleId) -> Result<i64, CellError> {
    let of = evidence::table
        .filter(evidence::enrolment.eq(enrolment))
        .filter(evidence::module.eq(module));
    Ok(tx.first(of.count())?.unwrap_or(0))
}

/// The files of a module of an enrolment, the oldest first.
pub(crate) fn of_module(
    tx: &mut Read<'_>,
    enrolment: EnrolmentId,
    module: ModuleId,
) -> Result<Vec<EvidenceRow>, CellError> {
    let of = evidence::table
        .filter(evidence::enrolment.eq(enrolment))
        .filter(evidence::module.eq(module));
    tx.load(of.order(evidence::id))
}

/// Evidence in reach after this id.
pub(super) fn page(
    tx: &mut Read<'_>,
    reach: Reach,
    after: EvidenceId,
    rows: i64,
) -> Result<Vec<EvidenceRow>, CellError> {
    let from = evidence::table
        .filter(evidence::id.gt(after))
        .order(evidence::id)
        .limit(rows);
    load_in_reach!(tx, from, evidence::enrolment, reach)
}
