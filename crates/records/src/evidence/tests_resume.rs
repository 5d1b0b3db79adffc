//! Uploads that stop and go on, through the door and the store; and parts of files on their way back. Attacks first.

use std::io::Read as _;
use std::path::PathBuf;

use skillsyms_core::{EvidenceId, Outcome, Problem, Role};
use skillsyms_door::{Actor, Principal};
use skillsyms_vault::part::{PART_HEADER_LEN, PIECE_LEN, SEALED_PIECE_LEN};
use uuid::Uuid;

use super::media::samples;
use super::tests::{files_in, pdf};
use super::*;
use crate::enrolments::school::School;

const PIECE: u64 = PIECE_LEN as u64;

impl School {
    async fn announce(&self, by: Actor, pupil: usize, length: usize) -> Result<EvidenceId, Problem> {
        let act = AnnounceUpload {
            enrolment: self.pupils[pupil].enrolment,
            module: self.modules[0],
            length: length as u64,
            name: "Logbook week 3.pdf".to_owned(),
        };
        self.house.run(by, act).await.map(|announced| announced.id)
    }

    async fn resume_upload(&self, by: Actor, id: EvidenceId) -> Result<Resumed, Problem> {
        let files = self.files.clone();
        let resumed = self.house.view(by, ResumeUpload { id, files }).await?;
        Ok(resumed.state)
    }

    async fn open(&self, by: Actor, id: EvidenceId) -> Box<Partial> {
        match self.resume_upload(by, id).await.unwrap() {
            Resumed::Open(partial) => partial,
            Resumed::Ended { .. } => panic!("it was ended"),
        }
    }

    async fn go_on(&self, by: Actor, id: EvidenceId) -> Writing {
        self.open(by, id).await.go_on().await.unwrap()
    }

    /// Adds these bytes of a file from where it stopped, and stops again.
    async fn add(&self, by: Actor, id: EvidenceId, file: &[u8], until: usize) -> u64 {
        let mut writing = self.go_on(by, id).await;
        let from = writing.offset() as usize;
        for piece in file[from..until].chunks(10_007) {
            writing = writing.take(piece.to_vec()).await.unwrap();
        }
        writing.keep().await.unwrap()
    }

    /// Adds the rest of a file, and attaches it.
    async fn end(&self, by: Actor, id: EvidenceId, file: &[u8]) -> Result<EvidenceId, Problem> {
        let writing = self.go_on(by, id).await;
        let rest = file[writing.offset() as usize..].to_vec();
        let whole = writing.take(rest).await.map_err(|error| error.problem())?;
        let whole = whole.finish().await.map_err(|error| error.problem())?;
        let attach = AttachEvidence {
            stored: whole.stored.clone(),
            name: whole.name.clone(),
        };
        let attached = self.house.run(by, attach).await?;
        whole.done().await;
        Ok(attached.evidence)
    }

    async fn part(&self, by: Actor, id: EvidenceId, span: Span) -> Result<Option<Vec<u8>>, std::io::Error> {
        let wanted = Some(Wanted { span, only_of: None });
        let files = self.files.clone();
        let got = self.house.view(by, ReadEvidence { id, wanted, files }).await.unwrap();
        let Some(mut content) = got.content else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }
}

fn parts(school: &School) -> Vec<PathBuf> {
    let folder = school.house.folder.path().join("files/parts");
    if folder.exists() { files_in(&folder) } else { Vec::new() }
}

fn whole_files(school: &School) -> usize {
    files_in(&school.house.folder.path().join("files")).len() - parts(school).len()
}

#[tokio::test]
async fn nobody_goes_on_with_the_upload_of_another() {
    let school = School::with(2).await;
    let (me, other) = (school.pupils[0].actor, school.pupils[1].actor);
    let id = school.announce(me, 0, 100_000).await.unwrap();
    let absent = EvidenceId::new(Uuid::from_u128(7));
    let elsewhere = Principal::person(school.verifier.id, vec![Role::Admin]);
    let elsewhere = school.house.session_in(school.house.other, elsewhere);
    let keys = school.house.key(&["evidence.resume", "evidence.discard"]);
    for actor in [
        other,
        school.admin,
        school.facilitator.actor,
        school.assessor.actor,
        elsewhere,
        keys,
    ] {
        // An absent upload and that of another are answered alike.
        let unknown = school.resume_upload(actor, absent).await.unwrap_err();
        assert_eq!(school.resume_upload(actor, id).await.unwrap_err(), unknown, "{actor:?}");
        let unknown = school.house.run(actor, DiscardUpload { id: absent }).await.unwrap_err();
        let refused = school.house.run(actor, DiscardUpload { id }).await.unwrap_err();
        assert_eq!(refused, unknown, "{actor:?}");
        assert!([403, 404].contains(&refused.code.status));
    }
    // Who judges evidence announces none, and nobody announces for a learner who is not theirs.
    for actor in [
        other,
        school.assessor.actor,
        school.moderator.actor,
        school.verifier.actor,
        elsewhere,
    ] {
        assert!(school.announce(actor, 0, 1_000).await.is_err(), "{actor:?}");
    }
    assert!(school.announce(school.facilitator.actor, 0, 1_000).await.is_ok());
    // An upload that was begun to be sent at once is none of these.
    let begin = BeginUpload {
        enrolment: school.pupils[0].enrolment,
        module: school.modules[0],
    };
    let (begun, _) = school.house.run(me, begin).await.unwrap();
    assert_eq!(school.resume_upload(me, begun.id).await.unwrap_err().code.status, 404);
}

#[tokio::test]
async fn a_file_that_stopped_goes_on_and_is_the_same() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(300_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    assert_eq!(school.go_on(me, id).await.offset(), 0);
    // What does not fill a piece is lost with the line; the rest is kept.
    assert_eq!(school.add(me, id, &file, 100).await, 0);
    assert_eq!(school.add(me, id, &file, 100_000).await, 6 * PIECE);
    // Another process, as after a kill: nothing but the folder is left.
    let again = FileStore::open(school.house.folder.path()).unwrap();
    let act = ResumeUpload { id, files: again };
    let Resumed::Open(partial) = school.house.view(me, act).await.unwrap().state else {
        panic!("it was ended");
    };
    assert_eq!(partial.go_on().await.unwrap().offset(), 6 * PIECE);
    assert_eq!(
        school.add(me, id, &file, 6 * PIECE_LEN).await,
        6 * PIECE,
        "nothing new came"
    );
    assert_eq!(school.end(me, id, &file).await.unwrap(), id);
    let files = school.files.clone();
    let got = school
        .house
        .view(
            me,
            ReadEvidence {
                id,
                wanted: None,
                files,
            },
        )
        .await
        .unwrap();
    assert_eq!(got.evidence.name, "Logbook week 3.pdf");
    let mut back = Vec::new();
    got.content.unwrap().read_to_end(&mut back).unwrap();
    assert!(back == file);
    assert!(matches!(
        school.resume_upload(me, id).await.unwrap(),
        Resumed::Ended { length: 300_000 }
    ));
    assert_eq!(whole_files(&school), 1);
    let entries = school.house.entries().await.join("\n");
    for act in ["evidence.announce", "evidence.resume", "evidence.attach"] {
        assert!(entries.contains(act), "{act}");
    }
    assert!(!entries.contains("Logbook"), "names stay out of the ledger");
}

#[tokio::test]
async fn a_part_lies_sealed_and_a_torn_end_is_taken_away() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(200_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    school.add(me, id, &file, 100_000).await;
    let path = parts(&school).pop().unwrap();
    let lies = std::fs::read(&path).unwrap();
    assert_eq!(lies.len(), PART_HEADER_LEN + 6 * SEALED_PIECE_LEN);
    assert!(!lies.windows(17).any(|part| part == b"quick brown learn"));
    // Killed in the middle of a piece; and a piece of which not all reached the disk.
    std::fs::write(&path, &lies[..lies.len() - 5_000]).unwrap();
    assert_eq!(school.go_on(me, id).await.offset(), 5 * PIECE);
    let mut torn = lies.clone();
    let end = torn.len();
    torn[end - 2 * SEALED_PIECE_LEN + 9..].fill(0);
    std::fs::write(&path, &torn).unwrap();
    assert_eq!(school.go_on(me, id).await.offset(), 4 * PIECE);
    assert_eq!(school.end(me, id, &file).await.unwrap(), id);
    // One in the middle is found at the end, and no file comes of it.
    let id = school.announce(me, 0, file.len()).await.unwrap();
    school.add(me, id, &file, 100_000).await;
    let path = parts(&school)
        .into_iter()
        .find(|path| path.ends_with(id.uuid().simple().to_string()))
        .unwrap();
    let mut bad = std::fs::read(&path).unwrap();
    bad[PART_HEADER_LEN + SEALED_PIECE_LEN + 7] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    assert_eq!(school.end(me, id, &file).await.unwrap_err().code, &BROKEN);
    assert_eq!(whole_files(&school), 1);
}

#[tokio::test]
async fn what_is_added_is_what_was_announced_and_no_other_type() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    for (length, code) in [(0, &EMPTY), (FILE_BYTES_MAX as usize + 1, &TOO_LARGE)] {
        assert_eq!(school.announce(me, 0, length).await.unwrap_err().code, code);
    }
    let file = pdf(100_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    let mut longer = file.clone();
    longer.push(0);
    assert_eq!(school.end(me, id, &longer).await.unwrap_err().code, &LENGTH);
    assert_eq!(school.end(me, id, &file[..99_999]).await.unwrap_err().code, &LENGTH);
    // A program is told by its first bytes, before the rest is sent.
    let mut program = samples::EXE.to_vec();
    program.resize(20_000_000, 0);
    let id = school.announce(me, 0, program.len()).await.unwrap();
    let writing = school.go_on(me, id).await;
    let error = writing.take(program[..70_000].to_vec()).await.unwrap_err();
    assert_eq!(error.problem().code, &TYPE);
    // Nor does it get further when the process was killed at that moment.
    let writing = school.go_on(me, id).await;
    assert_eq!(writing.offset(), 4 * PIECE);
    let error = writing.take(program[..PIECE_LEN].to_vec()).await.unwrap_err();
    assert_eq!(error.problem().code, &TYPE);
    let small = school.announce(me, 0, samples::EXE.len()).await.unwrap();
    assert_eq!(school.end(me, small, samples::EXE).await.unwrap_err().code, &TYPE);
    assert_eq!(whole_files(&school), 0);
}

#[tokio::test]
async fn an_upload_that_was_ended_is_never_written_over() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(100_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    // Opened before anything came, and after some came: both wait while another ends the upload.
    let fresh = school.open(me, id).await;
    school.add(me, id, &file, 50_000).await;
    let later = school.open(me, id).await;
    school.end(me, id, &file).await.unwrap();
    for stale in [fresh, later] {
        let error = stale.go_on().await.unwrap_err();
        assert_eq!(error.problem().code, &OFFSET);
    }
    assert!(school.part(me, id, Span::From(0)).await.unwrap() == Some(file));
    assert_eq!(
        school
            .house
            .run(me, DiscardUpload { id })
            .await
            .unwrap_err()
            .code
            .status,
        404
    );
}

#[tokio::test]
async fn who_comes_last_goes_on_and_the_one_before_stops() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(100_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    let writing = school.go_on(me, id).await.take(file[..40_000].to_vec()).await.unwrap();
    let mut called = writing.called();
    let second = tokio::spawn(school.open(me, id).await.go_on());
    called.wait().await;
    assert!(!second.is_finished(), "two write at once");
    drop(writing);
    assert_eq!(second.await.unwrap().unwrap().offset(), 2 * PIECE);
}

#[tokio::test]
async fn uploads_expire_after_a_day_and_are_swept() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(100_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    school.add(me, id, &file, 50_000).await;
    let mut sweeper = Sweeper::new(school.house.door.clone(), school.files.clone());
    school.house.clock.advance_seconds(RESUMABLE_SECONDS - 10);
    assert_eq!(sweeper.sweep().await, Swept::default());
    assert_eq!(school.go_on(me, id).await.offset(), 3 * PIECE);
    let writing = school.go_on(me, id).await;
    school.house.clock.advance_seconds(11);
    assert_eq!(school.resume_upload(me, id).await.unwrap_err().code.status, 404);
    // A request that was under way ends too late.
    let rest = file[3 * PIECE_LEN..].to_vec();
    let whole = writing.take(rest).await.unwrap().finish().await.unwrap();
    let attach = AttachEvidence {
        stored: whole.stored.clone(),
        name: whole.name.clone(),
    };
    assert_eq!(school.house.run(me, attach).await.unwrap_err().code, &LATE);
    drop(whole);
    assert_eq!(sweeper.sweep().await.parts, 1);
    assert!(parts(&school).is_empty());
    school.house.clock.advance_seconds(LEFT_OVER_SECONDS);
    assert_eq!(sweeper.sweep().await.removed, 1);
    assert_eq!(whole_files(&school), 0);
}

#[tokio::test]
async fn announced_files_are_bounded_in_number_and_in_bytes() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let largest = FILE_BYTES_MAX as usize;
    let mut ids = Vec::new();
    for _ in 0..ANNOUNCED_BYTES_MAX / FILE_BYTES_MAX {
        ids.push(school.announce(me, 0, largest).await.unwrap());
    }
    assert_eq!(school.announce(me, 0, 1).await.unwrap_err().code, &MANY);
    let discarded = school.house.run(me, DiscardUpload { id: ids[0] }).await.unwrap();
    school.files.give_up(discarded).await.unwrap();
    for _ in ids.len() - 1..UPLOADS_MAX as usize {
        school.announce(me, 0, 1).await.unwrap();
    }
    assert_eq!(school.announce(me, 0, 1).await.unwrap_err().code, &MANY);
    school.house.clock.advance_seconds(RESUMABLE_SECONDS + 1);
    assert!(
        school.announce(me, 0, largest).await.is_ok(),
        "expired uploads make room"
    );
}

#[tokio::test]
async fn what_is_given_up_is_gone() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(100_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    school.add(me, id, &file, 50_000).await;
    let opened = school.open(me, id).await;
    let discarded = school.house.run(me, DiscardUpload { id }).await.unwrap();
    school.files.give_up(discarded).await.unwrap();
    assert!(parts(&school).is_empty());
    assert_eq!(opened.go_on().await.unwrap_err().problem().code, &OFFSET);
    assert!(parts(&school).is_empty(), "who opened it before leaves a file behind");
    assert_eq!(school.resume_upload(me, id).await.unwrap_err().code.status, 404);
    assert_eq!(
        school
            .house
            .run(me, DiscardUpload { id })
            .await
            .unwrap_err()
            .code
            .status,
        404
    );
}

#[tokio::test]
async fn a_module_that_was_closed_meanwhile_takes_no_file() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(50_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    let assessment = school.assess(0, 0, Outcome::Competent).await.unwrap().assessment;
    school.draw().await.unwrap();
    let decision = skillsyms_core::Decision::Upheld;
    school
        .decide(school.moderator.actor, assessment, decision)
        .await
        .unwrap();
    assert_eq!(school.end(me, id, &file).await.unwrap_err().code, &CLOSED);
    assert_eq!(school.announce(me, 0, 10).await.unwrap_err().code, &CLOSED);
}

#[tokio::test]
async fn parts_of_a_file_are_given_and_entered_each() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(200_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    school.end(me, id, &file).await.unwrap();
    let read = |entries: &[String]| entries.iter().filter(|entry| entry.contains("evidence.read")).count();
    let before = read(&school.house.entries().await);
    for (span, expected) in [
        (Span::From(0), Some(&file[..])),
        (Span::From(199_999), Some(&file[199_999..])),
        (Span::FromTo(65_535, 65_536), Some(&file[65_535..65_537])),
        (Span::FromTo(70_000, 140_000), Some(&file[70_000..140_001])),
        (Span::Last(10), Some(&file[199_990..])),
        (Span::From(200_000), None),
    ] {
        assert!(
            school.part(me, id, span).await.unwrap().as_deref() == expected,
            "{span:?}"
        );
    }
    let after = read(&school.house.entries().await);
    assert_eq!(after - before, 6, "each part is an access");
    let other = |only: &str| Wanted {
        span: Span::From(100),
        only_of: Some(only.to_owned()),
    };
    let files = school.files.clone();
    let wanted = Some(other("another file"));
    let got = school.house.view(me, ReadEvidence { id, wanted, files }).await.unwrap();
    assert_eq!(got.part, Part::Whole);
}

#[tokio::test]
async fn a_file_that_was_changed_on_disk_gives_none_of_the_changed_parts() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let file = pdf(200_000);
    let id = school.announce(me, 0, file.len()).await.unwrap();
    school.end(me, id, &file).await.unwrap();
    let folder = school.house.folder.path().join("files");
    let name = id.uuid().simple().to_string();
    let path = files_in(&folder)
        .into_iter()
        .find(|path| path.ends_with(&name) && !path.starts_with(folder.join("parts")))
        .unwrap();
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[70_000] ^= 1;
    std::fs::write(&path, &bad).unwrap();
    assert!(
        school.part(me, id, Span::FromTo(0, 10)).await.is_ok(),
        "only what is needed is read"
    );
    assert!(school.part(me, id, Span::FromTo(66_000, 66_010)).await.is_err());
    // Cut off at a chunk's border: no part of it is given, though the chunks that are left are whole.
    std::fs::write(
        &path,
        &good[..skillsyms_vault::file::HEADER_LEN + skillsyms_vault::file::SEALED_CHUNK_LEN],
    )
    .unwrap();
    let wanted = Some(Wanted {
        span: Span::FromTo(0, 10),
        only_of: None,
    });
    let files = school.files.clone();
    let refused = school.house.view(me, ReadEvidence { id, wanted, files }).await;
    assert_eq!(refused.unwrap_err().code.status, 500);
}
