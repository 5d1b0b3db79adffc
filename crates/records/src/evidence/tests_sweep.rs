//! Files that no row names are swept, and no others.

use skillsyms_core::EvidenceId;
use uuid::Uuid;

use super::tests::{files_in, pdf};
use super::*;
use crate::enrolments::school::School;

/// A file that was stored, as if the process had ended before it was attached.
async fn leave(school: &School, pupil: usize) -> EvidenceId {
    let upload = school.begin(school.pupils[pupil].actor, pupil).await.unwrap();
    school.store(upload, &pdf(1_000)).await.unwrap().id()
}

#[tokio::test]
async fn what_no_row_names_is_swept_after_a_day_and_nothing_else() {
    let school = School::with(1).await;
    let me = school.pupils[0].actor;
    let folder = school.house.folder.path().join("files");
    let kept = school.bring(me, 0, "kept.pdf", &pdf(1_000)).await.unwrap();
    leave(&school, 0).await;
    let foreign = folder.join("notes.txt");
    std::fs::write(&foreign, "not ours").unwrap();
    let mut sweeper = Sweeper::new(school.house.door.clone(), school.files.clone());
    // As old as an upload may be, and older by less than a day.
    for seconds in [0, UPLOAD_SECONDS, LEFT_OVER_SECONDS - UPLOAD_SECONDS - 1] {
        school.house.clock.advance_seconds(seconds);
        assert_eq!(sweeper.sweep().await, Swept::default());
    }
    let coming = school.files.receive(school.begin(me, 0).await.unwrap()).unwrap();
    school.house.clock.advance_seconds(2);
    assert_eq!(
        sweeper.sweep().await,
        Swept {
            asked: 2,
            removed: 1,
            parts: 0
        }
    );
    assert_eq!(
        sweeper.sweep().await,
        Swept::default(),
        "what is named is asked about once"
    );
    assert!(school.fetch(me, kept).await.is_ok());
    assert_eq!(
        files_in(&folder).len(),
        3,
        "the kept one, the one that comes in, the foreign one"
    );
    drop(coming);
    let entries = school.house.entries().await;
    assert!(entries.iter().any(|entry| entry.contains("evidence.sweep")));
}

#[tokio::test]
async fn a_cell_that_cannot_be_asked_keeps_its_files() {
    let school = School::with(1).await;
    leave(&school, 0).await;
    school.house.clock.advance_seconds(LEFT_OVER_SECONDS + 1);
    school.house.door.suspend_tenant("one").await.unwrap();
    // A folder of a cell that nobody knows.
    let unknown = school
        .house
        .folder
        .path()
        .join("files")
        .join(Uuid::from_u128(7).simple().to_string());
    std::fs::create_dir_all(unknown.join("00")).unwrap();
    let stray = unknown.join("00").join(
        Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0000)
            .simple()
            .to_string(),
    );
    std::fs::write(&stray, "x").unwrap();
    let mut sweeper = Sweeper::new(school.house.door.clone(), school.files.clone());
    assert_eq!(sweeper.sweep().await, Swept::default());
    assert_eq!(files_in(&school.house.folder.path().join("files")).len(), 2);
    school.house.door.restore_tenant("one").await.unwrap();
    assert_eq!(
        sweeper.sweep().await,
        Swept {
            asked: 1,
            removed: 1,
            parts: 0
        }
    );
    assert!(stray.exists());
}

#[tokio::test]
async fn nobody_but_the_platform_sweeps() {
    let school = School::with(1).await;
    for actor in [
        school.admin,
        school.pupils[0].actor,
        school.house.key(&["evidence.sweep"]),
    ] {
        let ask = FindLeftOver { ids: Vec::new() };
        assert!(school.house.run(actor, ask).await.is_err());
    }
}
