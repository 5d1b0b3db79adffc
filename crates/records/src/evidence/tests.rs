//! Evidence through the door and the store, attacks first.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use skillsyms_core::{EvidenceId, Outcome, Problem, Role};
use skillsyms_door::{Actor, Principal};
use skillsyms_vault::sha256;
use uuid::Uuid;

use super::media::samples;
use super::*;
use crate::enrolments::reach::Only;
use crate::enrolments::school::School;

impl School {
    pub(super) async fn begin(&self, by: Actor, pupil: usize) -> Result<Upload, Problem> {
        let begin = BeginUpload {
            enrolment: self.pupils[pupil].enrolment,
            module: self.modules[0],
        };
        self.house.run(by, begin).await.map(|(upload, _)| upload)
    }

    pub(super) async fn store(&self, upload: Upload, bytes: &[u8]) -> Result<Stored, FileError> {
        let mut receiving = self.files.receive(upload)?;
        for part in bytes.chunks(10_007) {
            receiving = receiving.take(part.to_vec()).await?;
        }
        receiving.close().await
    }

    pub(super) async fn bring(&self, by: Actor, pupil: usize, name: &str, bytes: &[u8]) -> Result<EvidenceId, Problem> {
        let upload = self.begin(by, pupil).await?;
        let stored = self.store(upload, bytes).await.map_err(|error| error.problem())?;
        self.house
            .run(
                by,
                AttachEvidence {
                    stored,
                    name: name.to_owned(),
                },
            )
            .await
            .map(|attached| attached.evidence)
    }

    pub(super) async fn fetch(&self, by: Actor, id: EvidenceId) -> Result<Download, Problem> {
        self.house
            .view(
                by,
                ReadEvidence {
                    id,
                    wanted: None,
                    files: self.files.clone(),
                },
            )
            .await
    }

    async fn listed(&self, by: Actor) -> Vec<Evidence> {
        self.house.view(by, ListEvidence::default()).await.unwrap().items
    }
}

pub(super) fn pdf(len: usize) -> Vec<u8> {
    let mut bytes = samples::PDF.to_vec();
    let filler = b"the quick brown learner ".iter().copied().cycle();
    bytes.extend(filler.take(len - bytes.len()));
    bytes
}

pub(super) fn files_in(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_in(&path))
        } else {
            found.push(path)
        }
    }
    found
}

#[tokio::test]
async fn a_file_goes_in_and_comes_out_and_lies_sealed_between() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let bytes = pdf(300_000);
    let id = school.bring(me, 0, "Logbook week 3.pdf", &bytes).await.unwrap();
    let mut got = school.fetch(school.assessor.actor, id).await.unwrap();
    let mut back = Vec::new();
    got.content.as_mut().unwrap().read_to_end(&mut back).unwrap();
    assert!(back == bytes);
    assert_eq!(got.evidence.name, "Logbook week 3.pdf");
    assert_eq!(got.evidence.media_type, "application/pdf");
    assert_eq!(got.evidence.size, 300_000);
    let hex: String = sha256(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(got.evidence.sha256, hex);
    // In parts, as the web gives it.
    let mut content = school.fetch(me, id).await.unwrap().content.unwrap();
    let mut parts = Vec::new();
    while let Some((part, rest)) = content.next().await.unwrap() {
        parts.extend(part);
        content = rest;
    }
    assert!(parts == bytes);
    let files = files_in(&school.house.folder.path().join("files"));
    assert_eq!(files.len(), 1);
    let sealed = std::fs::read(&files[0]).unwrap();
    assert!(!sealed.windows(17).any(|part| part == b"quick brown learn"));
    let entry = school.house.entries().await.join("\n");
    assert!(!entry.contains("Logbook"), "names stay out of the ledger");
}

#[tokio::test]
async fn a_program_under_the_name_of_a_pdf_is_refused_and_leaves_nothing() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    for (bytes, code) in [
        (samples::EXE, &TYPE),
        (b"".as_slice(), &EMPTY),
        (b"<script>".as_slice(), &TYPE),
    ] {
        let problem = school.bring(me, 0, "logbook.pdf", bytes).await.unwrap_err();
        assert_eq!(problem.code, code);
    }
    let mut long = samples::EXE.to_vec();
    long.resize(200_000, 0);
    assert_eq!(school.bring(me, 0, "logbook.pdf", &long).await.unwrap_err().code, &TYPE);
    assert!(files_in(&school.house.folder.path().join("files")).is_empty());
    assert!(school.listed(school.admin).await.is_empty());
}

#[tokio::test]
async fn twenty_five_megabytes_are_taken_and_one_byte_more_is_not() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let mut bytes = pdf(FILE_BYTES_MAX as usize);
    let id = school.bring(me, 0, "film.pdf", &bytes).await.unwrap();
    assert_eq!(school.fetch(me, id).await.unwrap().evidence.size as u64, FILE_BYTES_MAX);
    bytes.push(0);
    assert_eq!(
        school.bring(me, 0, "film.pdf", &bytes).await.unwrap_err().code,
        &TOO_LARGE
    );
    assert_eq!(files_in(&school.house.folder.path().join("files")).len(), 1);
}

#[tokio::test]
async fn hostile_names_name_nothing_but_themselves() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    for name in [
        "../../../../tmp/evil.pdf",
        "..\\..\\evil.exe",
        "a\0\r\n\u{202e}fdp.exe",
        "/",
        "",
    ] {
        school.bring(me, 0, name, samples::PDF).await.unwrap();
    }
    for long in ["n".repeat(10_000), "../".repeat(4_000)] {
        assert_eq!(
            school.bring(me, 0, &long, samples::PDF).await.unwrap_err().code.status,
            422
        );
    }
    for item in school.listed(me).await {
        assert!(
            item.name.ends_with(".pdf") && !item.name.contains(['/', '\\']),
            "{}",
            item.name
        );
        assert!(
            !item.name.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{}",
            item.name
        );
    }
    let root = school.house.folder.path().join("files");
    for file in files_in(&root) {
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{name}"
        );
    }
}

#[tokio::test]
async fn nobody_reads_or_brings_the_evidence_of_another_learner() {
    let school = School::with(2).await;
    let (me, other) = (school.pupils[0].actor, school.pupils[1].actor);
    let id = school.bring(me, 0, "mine.pdf", samples::PDF).await.unwrap();
    let absent = school
        .fetch(other, EvidenceId::new(Uuid::from_u128(7)))
        .await
        .unwrap_err();
    let stranger = school.stranger(&[Role::Assessor, Role::Facilitator]).await.actor;
    for actor in [other, stranger] {
        // An absent file and a forbidden one are answered alike.
        assert_eq!(school.fetch(actor, id).await.unwrap_err(), absent);
        assert!(school.listed(actor).await.is_empty());
        assert!(school.begin(actor, 0).await.is_err());
    }
    let elsewhere = Principal::person(school.verifier.id, vec![Role::Admin]);
    let elsewhere = school.house.session_in(school.house.other, elsewhere);
    assert_eq!(school.fetch(elsewhere, id).await.unwrap_err(), absent);
    assert!(school.fetch(school.house.key(&["evidence.list"]), id).await.is_err());
    assert!(school.fetch(school.house.key(&["evidence.read"]), id).await.is_ok());
    for actor in [
        me,
        school.assessor.actor,
        school.moderator.actor,
        school.verifier.actor,
        school.facilitator.actor,
    ] {
        assert!(school.fetch(actor, id).await.is_ok());
        assert_eq!(school.listed(actor).await.len(), 1);
    }
    // Who judges evidence does not bring it.
    assert!(school.begin(school.assessor.actor, 0).await.is_err());
    assert!(school.begin(school.facilitator.actor, 0).await.is_ok());
}

#[tokio::test]
async fn whoever_began_an_upload_ends_it_in_time_and_once() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let attach = |stored: &Stored| AttachEvidence {
        stored: stored.clone(),
        name: "mine.pdf".to_owned(),
    };
    let upload = school.begin(me, 0).await.unwrap();
    let stored = school.store(upload, samples::PDF).await.unwrap();
    for other in [
        school.admin,
        school.facilitator.actor,
        school.house.key(&["evidence.attach"]),
    ] {
        assert_eq!(
            school.house.run(other, attach(&stored)).await.unwrap_err().code.status,
            404
        );
    }
    let elsewhere = Principal::person(school.verifier.id, vec![Role::Admin]);
    let elsewhere = school.house.session_in(school.house.other, elsewhere);
    assert_eq!(
        school
            .house
            .run(elsewhere, attach(&stored))
            .await
            .unwrap_err()
            .code
            .status,
        404
    );
    school.house.run(me, attach(&stored)).await.unwrap();
    assert_eq!(
        school.house.run(me, attach(&stored)).await.unwrap_err().code.status,
        404
    );
    let upload = school.begin(me, 0).await.unwrap();
    let late = school.store(upload, samples::PDF).await.unwrap();
    school.house.clock.advance_seconds(UPLOAD_SECONDS + 1);
    assert_eq!(school.house.run(me, attach(&late)).await.unwrap_err().code, &LATE);
    school.files.discard(&late).unwrap();
    school.files.discard(&late).unwrap();
    assert_eq!(files_in(&school.house.folder.path().join("files")).len(), 1);
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let mut receiving = school.files.receive(school.begin(me, 0).await.unwrap()).unwrap();
    receiving.write(&pdf(200_000)).unwrap();
    let incoming = school.house.folder.path().join("files");
    assert_eq!(files_in(&incoming).len(), 1);
    drop(receiving);
    assert!(files_in(&incoming).is_empty());
    // A process that was killed leaves its file; the next start removes it.
    std::mem::forget(school.files.receive(school.begin(me, 0).await.unwrap()).unwrap());
    assert_eq!(files_in(&incoming).len(), 1);
    FileStore::open(school.house.folder.path()).unwrap();
    assert!(files_in(&incoming).is_empty());
}

#[tokio::test]
async fn a_file_that_was_changed_or_swapped_on_disk_does_not_come_out_whole() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let one = school.bring(me, 0, "one.pdf", &pdf(150_000)).await.unwrap();
    let path = |id: EvidenceId| {
        let files = files_in(&school.house.folder.path().join("files"));
        files
            .into_iter()
            .find(|file| file.ends_with(id.uuid().simple().to_string()))
            .unwrap()
    };
    let good = std::fs::read(path(one)).unwrap();
    for at in [90, 70_000, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(path(one), &bad).unwrap();
        let got = school.fetch(me, one).await.unwrap();
        assert!(got.content.unwrap().read_to_end(&mut Vec::new()).is_err(), "{at}");
    }
    std::fs::write(path(one), &good[..good.len() - 65_000]).unwrap();
    assert!(
        school
            .fetch(me, one)
            .await
            .unwrap()
            .content
            .unwrap()
            .read_to_end(&mut Vec::new())
            .is_err()
    );
    let two = school.bring(me, 0, "two.pdf", &pdf(150_000)).await.unwrap();
    std::fs::copy(path(two), path(one)).unwrap();
    assert_eq!(school.fetch(me, one).await.unwrap_err().code.status, 500);
    std::fs::remove_file(path(two)).unwrap();
    assert_eq!(school.fetch(me, two).await.unwrap_err().code.status, 500);
}

#[tokio::test]
async fn evidence_comes_while_the_module_is_open_and_only_for_a_module_of_the_programme() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let elsewhere = skillsyms_core::ModuleId::new(Uuid::from_u128(4));
    let begin = BeginUpload {
        enrolment: school.pupils[0].enrolment,
        module: elsewhere,
    };
    assert_eq!(school.house.run(me, begin).await.unwrap_err().code.status, 422);
    let before = school
        .store(school.begin(me, 0).await.unwrap(), samples::PDF)
        .await
        .unwrap();
    let assessment = school.assess(0, 0, Outcome::Competent).await.unwrap().assessment;
    school.draw().await.unwrap();
    school
        .decide(school.moderator.actor, assessment, skillsyms_core::Decision::Upheld)
        .await
        .unwrap();
    assert_eq!(school.begin(me, 0).await.unwrap_err().code, &CLOSED);
    let attach = AttachEvidence {
        stored: before,
        name: "late.pdf".to_owned(),
    };
    assert_eq!(school.house.run(me, attach).await.unwrap_err().code, &CLOSED);
    let withdraw = crate::enrolments::Withdraw {
        id: school.pupils[0].enrolment,
        expected: None,
    };
    school.house.run(school.admin, withdraw).await.unwrap();
    let begin = BeginUpload {
        enrolment: school.pupils[0].enrolment,
        module: school.modules[1],
    };
    assert_eq!(
        school.house.run(me, begin).await.unwrap_err().code,
        &crate::enrolments::STATE
    );
}

#[tokio::test]
async fn open_uploads_are_bounded() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    for _ in 0..UPLOADS_MAX {
        school.begin(me, 0).await.unwrap();
    }
    assert_eq!(school.begin(me, 0).await.unwrap_err().code, &MANY);
    school.house.clock.advance_seconds(UPLOAD_SECONDS + 1);
    assert!(school.begin(me, 0).await.is_ok(), "forgotten uploads make room");
}

#[tokio::test]
async fn a_list_is_narrowed_within_what_may_be_seen() {
    let school = School::with(2).await;
    school
        .bring(school.pupils[0].actor, 0, "one.png", samples::PNG)
        .await
        .unwrap();
    school
        .bring(school.pupils[1].actor, 1, "two.jpg", samples::JPEG)
        .await
        .unwrap();
    let of = |pupil: usize| ListEvidence {
        only: Only {
            enrolment: Some(school.pupils[pupil].enrolment),
            learner: None,
        },
        ..ListEvidence::default()
    };
    for (actor, count) in [
        (school.admin, 1),
        (school.assessor.actor, 1),
        (school.pupils[1].actor, 1),
        (school.pupils[0].actor, 0),
    ] {
        assert_eq!(
            school.house.view(actor, of(1)).await.unwrap().items.len(),
            count,
            "{actor:?}"
        );
    }
}

#[tokio::test]
async fn what_a_file_is_may_be_seen_by_whom_may_read_it() {
    let school = School::with(2).await;
    let me = school.pupils[0].actor;
    let id = school.bring(me, 0, "logbook.pdf", &pdf(1_000)).await.unwrap();
    let stranger = school.stranger(&[Role::Assessor]).await;
    let listed = school.listed(school.admin).await;
    for actor in [
        school.admin,
        me,
        school.facilitator.actor,
        school.assessor.actor,
        school.moderator.actor,
        school.verifier.actor,
        school.house.key(&["evidence.describe"]),
    ] {
        let seen = school.house.view(actor, DescribeEvidence { id }).await.unwrap();
        assert_eq!(seen, listed[0]);
    }
    let absent = EvidenceId::new(Uuid::from_u128(9));
    for actor in [school.pupils[1].actor, stranger.actor] {
        let refused = school.house.view(actor, DescribeEvidence { id }).await.unwrap_err();
        let missing = school
            .house
            .view(actor, DescribeEvidence { id: absent })
            .await
            .unwrap_err();
        assert_eq!(refused, missing, "absent and not yours answer alike");
        assert!(school.fetch(actor, id).await.is_err());
    }
    school.house.view(me, DescribeEvidence { id }).await.unwrap();
    let entry = school.house.last_entry().await;
    assert!(
        entry.contains("evidence.describe") && !entry.contains("logbook"),
        "{entry}"
    );
}
