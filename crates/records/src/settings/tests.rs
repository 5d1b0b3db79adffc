//! Settings through the door, attacks first.

use skillsyms_core::Problem;
use skillsyms_door::Actor;

use super::*;
use crate::enrolments::school::School;
use crate::programmes::{CreateProgramme, ReadProgramme, sample};
use crate::statements::{IssueStatement, IssuedStatement, Provider, ReadStatement, html};

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn full() -> ProviderSettings {
    let address = |line: &str, code: &str| {
        Some(PostalAddress {
            lines: vec![line.to_owned(), "Durban".to_owned()],
            postal_code: text(code),
        })
    };
    ProviderSettings {
        name: text("Provider One (Pty) Ltd"),
        provider_number: text("SDP-123"),
        quality_body: text("617"),
        physical_address: address("12 Long Street", "4001"),
        postal_address: address("PO Box 7", "4000"),
        telephone: text("031 555 1234"),
        email: text("office@example.org"),
        website: text("https://www.example.org.za"),
        sampling_percent: Some(40),
        sampling_floor: Some(5),
        time_zone: text("africa/maseru"),
    }
}

async fn change(school: &School, by: Actor, expected: i64, new: ProviderSettings) -> Result<Settings, Problem> {
    let expected = Some(expected);
    school.house.run(by, ChangeSettings { expected, new }).await
}

#[tokio::test]
async fn only_administrators_change_them_and_only_what_they_read() {
    let school = School::with(1).await;
    for actor in [
        school.pupils[0].actor,
        school.assessor.actor,
        school.verifier.actor,
        school.house.key(&["settings.change"]),
    ] {
        assert!(change(&school, actor, 1, full()).await.is_err(), "{actor:?}");
    }
    let before = school.house.view(school.pupils[0].actor, ReadSettings).await.unwrap();
    assert_eq!((before.version, before.changed_at), (1, None));
    assert_eq!(before.provider.time_zone.as_deref(), Some("Africa/Johannesburg"));
    assert_eq!(before.provider.sampling_percent, Some(25));
    assert_eq!(
        change(&school, school.admin, 2, full()).await.unwrap_err().code.name,
        "stale"
    );
    assert_eq!(change(&school, school.admin, 1, full()).await.unwrap().version, 2);
    assert_eq!(
        change(&school, school.admin, 1, full()).await.unwrap_err().code.name,
        "stale"
    );
    let mut other = full();
    other.telephone = None;
    let after = change(&school, school.admin, 2, other).await.unwrap();
    assert_eq!((after.version, &after.provider.telephone), (3, &None));
    assert_eq!(after.provider.quality_body.as_deref(), Some("W&RSETA"));
    assert_eq!(after.provider.time_zone.as_deref(), Some("Africa/Maseru"));
    assert_eq!(school.house.view(school.admin, ReadSettings).await.unwrap(), after);
    let entries = school.house.entries().await.join("\n");
    assert!(!entries.contains("example.org") && !entries.contains("SDP-123"));
}

#[tokio::test]
async fn every_field_that_is_wrong_is_named() {
    let school = School::with(0).await;
    let address = |lines: usize, code: &str| {
        Some(PostalAddress {
            lines: vec!["A line".to_owned(); lines],
            postal_code: text(code),
        })
    };
    let wrong = ProviderSettings {
        name: text(&"n".repeat(201)),
        provider_number: text("1\u{202e}2"),
        quality_body: text("SETA of nowhere"),
        physical_address: address(4, "4001"),
        postal_address: address(1, "40011"),
        telephone: text("call me"),
        email: text("nobody"),
        website: text("javascript:alert(1)"),
        sampling_percent: Some(0),
        sampling_floor: Some(1),
        time_zone: text("Africa/Nowhere"),
    };
    let problem = change(&school, school.admin, 1, wrong).await.unwrap_err();
    let mut fields: Vec<&str> = problem.fields.iter().map(|error| &*error.field).collect();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "/email",
            "/name",
            "/physical_address",
            "/postal_address",
            "/provider_number",
            "/quality_body",
            "/sampling_percent",
            "/telephone",
            "/time_zone",
            "/website"
        ]
    );
    for website in [
        "https://u@example.org",
        "https://example.org/\"onclick",
        "https://localhost",
        "//example.org",
    ] {
        let new = ProviderSettings {
            website: text(website),
            ..ProviderSettings::default()
        };
        assert!(change(&school, school.admin, 1, new).await.is_err(), "{website}");
    }
}

#[tokio::test]
async fn a_programme_that_says_nothing_is_sampled_as_the_provider_says() {
    let school = School::with(0).await;
    change(&school, school.admin, 1, full()).await.unwrap();
    let mut new = sample::retail_supervisor().unwrap();
    new.saqa_id = serde_json::from_value(serde_json::json!("99574")).unwrap();
    let mut said = new.clone();
    (new.sampling_percent, new.sampling_floor) = (None, None);
    let id = school.house.run(school.admin, CreateProgramme { new }).await.unwrap();
    let read = school.house.view(school.admin, ReadProgramme { id }).await.unwrap();
    assert_eq!(
        (read.programme.sampling_percent, read.programme.sampling_floor),
        (40, 5)
    );
    said.saqa_id = serde_json::from_value(serde_json::json!("99575")).unwrap();
    (said.sampling_percent, said.sampling_floor) = (Some(30), None);
    let id = school
        .house
        .run(school.admin, CreateProgramme { new: said })
        .await
        .unwrap();
    let read = school.house.view(school.admin, ReadProgramme { id }).await.unwrap();
    assert_eq!(
        (read.programme.sampling_percent, read.programme.sampling_floor),
        (30, 5)
    );
}

async fn issue(school: &School) -> IssuedStatement {
    let provider = Provider {
        name: "One".to_owned(),
        number: None,
        code: None,
        address: None,
        contact: None,
    };
    let enrolment = school.pupils[0].enrolment;
    let act = IssueStatement { enrolment, provider };
    let id = school.house.run(school.house.confirmed_admin(), act).await.unwrap().id;
    school
        .house
        .view(school.pupils[0].actor, ReadStatement { id })
        .await
        .unwrap()
}

#[tokio::test]
async fn a_statement_names_the_provider_as_it_was_then() {
    let school = School::with(1).await;
    school.complete(0).await;
    let bare = issue(&school).await;
    assert_eq!(bare.statement.provider.name, "One");
    change(&school, school.admin, 1, full()).await.unwrap();
    let first = issue(&school).await;
    let page = html(&first).unwrap();
    for part in [
        "Provider One (Pty) Ltd",
        "SDP-123 (W&#38;RSETA)",
        "12 Long Street, Durban, 4001; postal: PO Box 7, Durban, 4000",
        "office@example.org; https://www.example.org.za",
    ] {
        assert!(page.contains(part), "{part}\n{page}");
    }
    let mut moved = full();
    moved.provider_number = text("SDP-9");
    change(&school, school.admin, 2, moved).await.unwrap();
    let again = ReadStatement { id: first.id };
    assert_eq!(school.house.view(school.pupils[0].actor, again).await.unwrap(), first);
    assert_eq!(
        issue(&school).await.statement.provider.number.as_deref(),
        Some("SDP-9 (W&RSETA)")
    );
}
