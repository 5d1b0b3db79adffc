//! Acts: begin an upload, and attach the file once it is durable. Between the two the file streams in, outside any
//! transaction.

use skillsyms_cells::{Read, Tx};
use skillsyms_core::{EnrolmentId, EvidenceId, LearnerId, ModuleId, PersonId, Problem};
use skillsyms_door::{Act, Cx, Disclosure, Fault, Note, Quotas, Target};
use skillsyms_vault::{FileSealer, Place, Sealed};
use uuid::Uuid;

use super::receive::{Stored, Upload};
use super::rows::{self, EvidenceRow, UploadRow};
use super::{CLOSED, FILES_MAX, LATE, MANY, UPLOAD_SECONDS, UPLOADS_MAX, name};
use crate::dashboard::{self, Counter};
use crate::enrolments::{self, rows::EnrolmentRow};
use crate::{programmes, results, tasks};

/// Begins an upload: the policy is asked before the first byte is read.
#[derive(Clone, Copy, Debug)]
pub struct BeginUpload {
    /// For which enrolment.
    pub enrolment: EnrolmentId,
    /// For which of its programme's modules.
    pub module: ModuleId,
}

impl Act for BeginUpload {
    const NAME: &'static str = "evidence.begin";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = (Upload, LearnerId);

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        target_of_enrolment(tx, self.enrolment)
    }

    fn run(&self, cx: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<Self::Output, Fault> {
        let by = cx
            .actor()
            .id()
            .ok_or_else(|| Problem::new(&skillsyms_core::problem::FORBIDDEN))?;
        let enrolment = enrolments::rows::one(&mut tx.read(), self.enrolment)?.ok_or_else(Problem::not_found)?;
        check_open(&mut tx.read(), &enrolment, self.module)?;
        rows::forget_uploads(tx, cx.now())?;
        check_room(&mut tx.read(), by, enrolment.id, self.module)?;
        // How long the file is nobody said: it has a byte.
        check_quota(cx, &mut tx.read(), 1)?;
        let id = EvidenceId::new(cx.fresh());
        rows::insert_upload(
            tx,
            UploadRow {
                id,
                enrolment: enrolment.id,
                module: self.module,
                learner: enrolment.learner,
                begun_by: by.as_bytes().to_vec(),
                begun_at: cx.now(),
                expires_at: cx.now().plus_seconds(UPLOAD_SECONDS),
                length: None,
                name: None,
            },
        )?;
        let (sealer, header) = FileSealer::new(cx.keys(), *id.bytes(), cx.rng())?;
        Ok((
            Upload {
                id,
                cell: cx.cell(),
                sealer,
                header,
            },
            enrolment.learner,
        ))
    }

    fn entry(&self, (upload, learner): &Self::Output) -> Note {
        let note = Note::on("Evidence", upload.id.uuid()).and("Enrolment", self.enrolment.uuid());
        note.about(*learner).category("evidence")
    }
}

/// Attaches a durable file to the module for which its upload was begun.
#[derive(Clone)]
pub struct AttachEvidence {
    /// The file.
    pub stored: Stored,
    /// What it is called.
    pub name: String,
}

impl std::fmt::Debug for AttachEvidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AttachEvidence")
            .field("stored", &self.stored)
            .finish_non_exhaustive()
    }
}

/// What attaching answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The evidence.
    pub evidence: EvidenceId,
    /// Its enrolment.
    pub enrolment: EnrolmentId,
    /// Its learner.
    pub learner: LearnerId,
}

impl Act for AttachEvidence {
    const NAME: &'static str = "evidence.attach";
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = Sealed<String>;
    type Output = Attached;

    fn prepare(&self, cx: &Cx) -> Result<Sealed<String>, Fault> {
        // A file lies in the folder of one cell and is sealed for it.
        if self.stored.cell() != cx.cell() {
            return Err(Problem::not_found().into());
        }
        let name = name::clean(&self.name, self.stored.media())?;
        let place = Place::new("evidence", "name", *self.stored.id().bytes());
        Ok(Sealed::seal(cx.keys(), place, &name, cx.rng())?)
    }

    fn target(&self, tx: &mut Read<'_>) -> Result<Target, Fault> {
        let upload = rows::upload(tx, self.stored.id())?.ok_or_else(Problem::not_found)?;
        let enrolment = enrolments::rows::one(tx, upload.enrolment)?.ok_or_else(Problem::not_found)?;
        let target = Target::of("Evidence", upload.id.uuid()).owned_by(upload.learner);
        Ok(target
            .assigned_to(enrolment.facilitator)
            .of_person(begun_by(&upload.begun_by)))
    }

    fn run(&self, cx: &Cx, name: &Sealed<String>, tx: &mut Tx<'_>) -> Result<Attached, Fault> {
        let upload = rows::upload(&mut tx.read(), self.stored.id())?.ok_or_else(Problem::not_found)?;
        // For people the policy says so; a key carries no person that it could compare.
        if cx
            .actor()
            .id()
            .is_none_or(|id| id.as_bytes().as_slice() != upload.begun_by)
        {
            return Err(Problem::not_found().into());
        }
        if cx.now() > upload.expires_at {
            return Err(Problem::new(&LATE).into());
        }
        let enrolment = enrolments::rows::one(&mut tx.read(), upload.enrolment)?.ok_or_else(Problem::not_found)?;
        check_open(&mut tx.read(), &enrolment, upload.module)?;
        let size = i64::try_from(self.stored.size()).unwrap_or(i64::MAX);
        check_quota(cx, &mut tx.read(), size)?;
        rows::forget_upload(tx, upload.id)?;
        rows::insert(
            tx,
            EvidenceRow {
                id: upload.id,
                enrolment: upload.enrolment,
                module: upload.module,
                learner: upload.learner,
                media_type: self.stored.media().as_str().to_owned(),
                name: name.clone(),
                size,
                sha256: self.stored.sha256().to_vec(),
                uploaded_by: upload.begun_by,
                created_at: cx.now(),
            },
        )?;
        dashboard::count(tx, Counter::Evidence, cx.now(), 1)?;
        dashboard::count(tx, Counter::EvidenceBytes, cx.now(), size)?;
        tasks::assess(cx, tx, &enrolment, upload.module)?;
        Ok(Attached {
            evidence: upload.id,
            enrolment: upload.enrolment,
            learner: upload.learner,
        })
    }

    fn entry(&self, output: &Attached) -> Note {
        let note = Note::on("Evidence", output.evidence.uuid()).and("Enrolment", output.enrolment.uuid());
        note.about(output.learner).category("evidence")
    }
}

/// Of the team, only the facilitator brings evidence: whoever judges it must not have made it.
pub(super) fn target_of_enrolment(tx: &mut Read<'_>, id: EnrolmentId) -> Result<Target, Fault> {
    let row = enrolments::rows::one(tx, id)?.ok_or_else(Problem::not_found)?;
    Ok(Target::of("Enrolment", row.id.uuid())
        .owned_by(row.learner)
        .assigned_to(row.facilitator))
}

pub(super) fn begun_by(id: &[u8]) -> PersonId {
    PersonId::new(Uuid::from_slice(id).unwrap_or_default())
}

/// Whether this person or key may have one more upload open, and the module one more file.
pub(super) fn check_room(tx: &mut Read<'_>, by: Uuid, enrolment: EnrolmentId, module: ModuleId) -> Result<(), Fault> {
    let is_full = rows::open_uploads(tx, by)? >= UPLOADS_MAX || rows::count(tx, enrolment, module)? >= FILES_MAX;
    if is_full {
        return Err(Problem::new(&MANY).into());
    }
    Ok(())
}

/// Whether the provider may have so many bytes of evidence more. Asked before the first byte, so that nobody sends a file in
/// vain, and again when it is attached: others came meanwhile.
pub(super) fn check_quota(cx: &Cx, tx: &mut Read<'_>, more: i64) -> Result<(), Fault> {
    let used = || Ok(dashboard::total(tx, Counter::EvidenceBytes)?);
    Quotas::check(cx.quotas().evidence_bytes, "evidence", more, used)
}

/// Evidence is taken while the learner is learning and the module is not closed by a locked result.
pub(super) fn check_open(tx: &mut Read<'_>, enrolment: &EnrolmentRow, module: ModuleId) -> Result<(), Fault> {
    let of = programmes::rows::module(tx, module)?.map(|module| module.programme);
    if of != Some(enrolment.programme) {
        return Err(Problem::field(
            "/module",
            "evidence.module",
            "This module is not one of the enrolment's programme.",
        )
        .into());
    }
    if !enrolment.status.is_active() {
        return Err(Problem::new(&enrolments::STATE).into());
    }
    let locked = results::in_force(tx, &[enrolment.id])?;
    if locked.iter().any(|result| result.module == module) {
        return Err(Problem::new(&CLOSED).into());
    }
    Ok(())
}
