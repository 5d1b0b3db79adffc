//! Acts of an upload that may stop and go on: announce the file, ask where to go on, give it up. Between them the bytes come,
//! outside any transaction; at the end the file is attached as every other one is.

use schemars::JsonSchema;
use serde::Serialize;
use skillsyms_cells::{Read, Tx};
use skillsyms_core::problem::FORBIDDEN;
use skillsyms_core::{EnrolmentId, EvidenceId, Instant, LearnerId, ModuleId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Target, View};
use skillsyms_vault::{Place, Sealed};
use uuid::Uuid;

use super::media::MediaType;
use super::partial::Partial;
use super::receive::{FILE_BYTES_MAX, blocking};
use super::rows::{self, UploadRow};
use super::store::{EMPTY, FileError, FileStore, TOO_LARGE};
use super::upload::{begun_by, check_open, check_quota, check_room, target_of_enrolment};
use super::{MANY, name};
use crate::enrolments;

/// Seconds in which an upload that stopped may go on: until the same hour of the next day, when the line is free or there is
/// data again.
pub const RESUMABLE_SECONDS: i64 = 24 * 3_600;
/// Bytes of announced files that one person or key may have open: ten of the largest. More is a fault or an attack on the disk.
pub const ANNOUNCED_BYTES_MAX: u64 = 10 * FILE_BYTES_MAX;

/// Announces a file that comes in parts: the policy is asked before the first byte.
#[derive(Clone)]
pub struct AnnounceUpload {
    /// For which enrolment.
    pub enrolment: EnrolmentId,
    /// For which of its programme's modules.
    pub module: ModuleId,
    /// Bytes of the whole file.
    pub length: u64,
    /// What it is called.
    pub name: String,
}

impl std::fmt::Debug for AnnounceUpload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnnounceUpload")
            .field("enrolment", &self.enrolment)
            .field("module", &self.module)
            .field("length", &self.length)
            .finish_non_exhaustive()
    }
}

/// What announcing answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// The upload; the evidence will have the same id.
    pub id: EvidenceId,
    /// Its learner.
    pub learner: LearnerId,
    /// Until when it may go on.
    pub expires_at: Instant,
}

impl Act for AnnounceUpload {
    const NAME: &'static str = "evidence.announce";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = i64;
    type Output = Announced;

    fn prepare(&self, _: &Cx) -> Result<i64, Fault> {
        if self.length == 0 {
            return Err(Problem::new(&EMPTY).into());
        }
        if self.length > FILE_BYTES_MAX {
            return Err(Problem::new(&TOO_LARGE).into());
        }
        // Which ending it gets is known when its first bytes are; whether it can be a name is known now.
        name::clean(&self.name, MediaType::Pdf)?;
        Ok(i64::try_from(self.length).unwrap_or(i64::MAX))
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of_enrolment(tx, self.enrolment)
    }

    fn run(&self, cx: &Cx, length: &i64, tx: &mut Tx<'_>) -> Result<Announced, Fault> {
        let by = cx.actor().id().ok_or_else(|| Problem::new(&FORBIDDEN))?;
        let enrolment = enrolments::rows::one(&mut tx.read(), self.enrolment)?.ok_or_else(Problem::not_found)?;
        check_open(&mut tx.read(), &enrolment, self.module)?;
        rows::forget_uploads(tx, cx.now())?;
        check_room(&mut tx.read(), by, enrolment.id, self.module)?;
        let announced = rows::announced_bytes(&mut tx.read(), by)?;
        if announced.saturating_add(self.length) > ANNOUNCED_BYTES_MAX {
            return Err(Problem::new(&MANY).into());
        }
        check_quota(cx, &mut tx.read(), *length)?;
        let id = EvidenceId::new(cx.fresh());
        let expires_at = cx.now().plus_seconds(RESUMABLE_SECONDS);
        let name = Sealed::seal(cx.keys(), place(id), &self.name, cx.rng())?;
        rows::insert_upload(
            tx,
            UploadRow {
                id,
                enrolment: enrolment.id,
                module: self.module,
                learner: enrolment.learner,
                begun_by: by.as_bytes().to_vec(),
                begun_at: cx.now(),
                expires_at,
                length: Some(*length),
                name: Some(name),
            },
        )?;
        Ok(Announced {
            id,
            learner: enrolment.learner,
            expires_at,
        })
    }

    fn entry(&self, output: &Announced) -> Note {
        let note = Note::on("Evidence", output.id.uuid()).and("Enrolment", self.enrolment.uuid());
        note.about(output.learner).category("evidence")
    }
}

fn place(id: EvidenceId) -> Place<'static> {
    Place::new("uploads", "name", *id.bytes())
}

/// A file of which not all came yet.
#[derive(Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unfinished {
    /// The upload: it goes on, or is given up, under this id.
    pub id: EvidenceId,
    /// For which module.
    pub module: ModuleId,
    /// What it is called.
    pub name: String,
    /// Bytes of the whole file.
    pub length: i64,
    /// Until when it may go on.
    pub expires_at: Instant,
}

impl std::fmt::Debug for Unfinished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Unfinished")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// The files of an enrolment that the one who asks announced, and that may go on.
pub(crate) fn unfinished(cx: &Cx, tx: &mut Read<'_>, enrolment: EnrolmentId) -> Result<Vec<Unfinished>, Fault> {
    let Some(by) = cx.actor().id() else {
        return Ok(Vec::new());
    };
    let found = rows::unfinished(tx, enrolment, (by, cx.now()))?.into_iter();
    let opened = found.map(|row| {
        let name = row.name.as_ref().map(|name| name.open(cx.keys(), place(row.id)));
        Ok(Unfinished {
            id: row.id,
            module: row.module,
            name: name.transpose()?.unwrap_or_default(),
            length: row.length.unwrap_or_default(),
            expires_at: row.expires_at,
        })
    });
    opened.collect()
}

/// Opens what came of an announced file, to say where to go on, or to go on.
#[derive(Clone, Debug)]
pub struct ResumeUpload {
    /// Which.
    pub id: EvidenceId,
    /// Where the files are.
    pub files: FileStore,
}

/// How far an upload is.
#[derive(Debug)]
pub enum Resumed {
    /// It may go on.
    Open(Box<Partial>),
    /// It was ended: the file is evidence.
    Ended {
        /// Its bytes.
        length: u64,
    },
}

/// What is known of an upload, whether it was ended or not.
struct Known {
    target: Target,
    by: Vec<u8>,
    enrolment: EnrolmentId,
    learner: LearnerId,
    open: Option<UploadRow>,
    length: i64,
}

/// An upload that was announced, or the evidence that became of it. One that was begun to be sent at once is none.
fn known(tx: &mut Read<'_>, id: EvidenceId) -> Result<Known, Fault> {
    let of = |by: &[u8], target: Target| target.of_person(begun_by(by));
    if let Some(row) = rows::upload(tx, id)? {
        let length = row.length.ok_or_else(Problem::not_found)?;
        let enrolment = enrolments::rows::one(tx, row.enrolment)?.ok_or_else(Problem::not_found)?;
        let target = Target::of("Evidence", id.uuid()).owned_by(row.learner);
        return Ok(Known {
            target: of(&row.begun_by, target.assigned_to(enrolment.facilitator)),
            by: row.begun_by.clone(),
            enrolment: row.enrolment,
            learner: row.learner,
            length,
            open: Some(row),
        });
    }
    let row = rows::one(tx, id)?.ok_or_else(Problem::not_found)?;
    let target = Target::of("Evidence", id.uuid()).owned_by(row.learner);
    Ok(Known {
        target: of(&row.uploaded_by, target),
        by: row.uploaded_by,
        enrolment: row.enrolment,
        learner: row.learner,
        length: row.size,
        open: None,
    })
}

/// For people the policy says whose upload it is; a key carries no person that it could compare.
fn check_theirs(cx: &Cx, by: &[u8]) -> Result<(), Fault> {
    let id: Option<Uuid> = cx.actor().id();
    if id.is_none_or(|id| id.as_bytes().as_slice() != by) {
        return Err(Problem::not_found().into());
    }
    Ok(())
}

/// What resuming answers.
#[derive(Debug)]
pub struct Resuming {
    /// How far it is.
    pub state: Resumed,
    id: EvidenceId,
    enrolment: EnrolmentId,
    learner: LearnerId,
}

impl View for ResumeUpload {
    const NAME: &'static str = "evidence.resume";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Resuming;

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(known(tx, self.id)?.target)
    }

    fn run(&self, cx: &Cx, tx: &mut Read<'_>) -> Result<Resuming, Fault> {
        let known = known(tx, self.id)?;
        check_theirs(cx, &known.by)?;
        let length = u64::try_from(known.length).unwrap_or_default();
        let state = match &known.open {
            None => Resumed::Ended { length },
            // It is swept within the hour.
            Some(row) if cx.now() > row.expires_at => return Err(Problem::not_found().into()),
            Some(row) => {
                let name = row.name.as_ref().map(|name| name.open(cx.keys(), place(row.id)));
                let (key, header, upload) = Partial::keys(cx, &self.files, row.id)?;
                Resumed::Open(Box::new(Partial {
                    store: self.files.clone(),
                    upload,
                    key,
                    header,
                    length,
                    name: name.transpose()?.unwrap_or_default(),
                    expires_at: row.expires_at,
                }))
            }
        };
        Ok(Resuming {
            state,
            id: self.id,
            enrolment: known.enrolment,
            learner: known.learner,
        })
    }

    fn entry(&self, output: &Resuming) -> Note {
        let note = Note::on("Evidence", output.id.uuid()).and("Enrolment", output.enrolment.uuid());
        note.about(output.learner).category("evidence")
    }
}

/// Gives up an announced file that is not attached. What came of it is removed by [`FileStore::give_up`].
#[derive(Clone, Copy, Debug)]
pub struct DiscardUpload {
    /// Which.
    pub id: EvidenceId,
}

/// An upload that was given up: nothing will ever name its file.
#[derive(Clone, Copy, Debug)]
pub struct Discarded {
    id: EvidenceId,
    cell: skillsyms_core::CellId,
    enrolment: EnrolmentId,
    learner: LearnerId,
}

impl Act for DiscardUpload {
    const NAME: &'static str = "evidence.discard";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = Discarded;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let known = known(tx, self.id)?;
        known
            .open
            .is_some()
            .then_some(known.target)
            .ok_or_else(|| Problem::not_found().into())
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Discarded, Fault> {
        let row = rows::upload(&mut tx.read(), self.id)?.ok_or_else(Problem::not_found)?;
        check_theirs(cx, &row.begun_by)?;
        rows::forget_upload(tx, row.id)?;
        Ok(Discarded {
            id: row.id,
            cell: cx.cell(),
            enrolment: row.enrolment,
            learner: row.learner,
        })
    }

    fn entry(&self, output: &Discarded) -> Note {
        let note = Note::on("Evidence", output.id.uuid()).and("Enrolment", output.enrolment.uuid());
        note.about(output.learner).category("evidence")
    }
}

impl FileStore {
    /// Removes what came of an upload that was given up. Whoever still writes to it is told to stop.
    ///
    /// # Errors
    /// What the file system says.
    pub async fn give_up(&self, upload: Discarded) -> Result<(), FileError> {
        let turn = self.turns().take(upload.id).await;
        let store = self.clone();
        blocking(move || {
            store.remove_part(upload.cell, upload.id)?;
            store.remove(upload.cell, upload.id)?;
            drop(turn);
            Ok(())
        })
        .await
    }
}
