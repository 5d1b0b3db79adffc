//! Registrations of assessors and moderators.

use super::*;

#[tokio::test]
async fn registrations_count_while_they_are_valid() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let (id, actor) = app.person("two@karoo.example", &[Role::Assessor]).await;
    let register = |kind, from: &str, until: &str| Register {
        person: id,
        registration: RegistrationInput {
            kind,
            number: secret("ETDP-1"),
            body: secret("ETDP SETA"),
            valid_from: from.to_owned(),
            valid_until: until.to_owned(),
        },
    };
    let add = |kind, from, until| app.door.enter(admin).run(register(kind, from, until));
    assert!(
        add(RegistrationKind::Assessor, "2026-11-22", "2026-11-21")
            .await
            .is_err()
    );
    assert!(
        add(RegistrationKind::Assessor, "2026-11-22", "2046-11-22")
            .await
            .is_err()
    );
    add(RegistrationKind::Assessor, "2026-11-23", "2027-11-22")
        .await
        .unwrap();
    assert_eq!(app.me(actor).await.unwrap().assessor_until, None);
    let first = add(RegistrationKind::Assessor, "2026-11-22", "2026-11-22")
        .await
        .unwrap();
    assert_eq!(app.me(actor).await.unwrap().assessor_until, Some(first.valid_until));
    assert_eq!(first.valid_until.to_string(), "2026-11-22T22:00:00Z");
    // A registration in a role that somebody does not hold gives them nothing.
    add(RegistrationKind::Moderator, "2026-11-22", "2027-01-01")
        .await
        .unwrap();
    assert_eq!(app.me(actor).await.unwrap().moderator_until, None);
    let person = app.door.enter(admin).view(ReadPerson { person: id }).await.unwrap();
    assert_eq!(person.registrations.len(), 2);
    let oneself = app
        .door
        .enter(actor)
        .run(register(RegistrationKind::Assessor, "2026-11-22", "2030-01-01"))
        .await;
    refused(oneself, &FORBIDDEN);
}

fn register(person: PersonId, from: &str, until: &str) -> Register {
    Register {
        person,
        registration: RegistrationInput {
            kind: RegistrationKind::Assessor,
            number: secret("ETDP-1"),
            body: secret("ETDP SETA"),
            valid_from: from.to_owned(),
            valid_until: until.to_owned(),
        },
    }
}

#[tokio::test]
async fn no_registration_makes_a_day_valid_that_is_over() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let (id, _) = app.person("two@karoo.example", &[Role::Assessor]).await;
    let add = async |admin: Actor, from: &str, until: &str| {
        let done = app.door.enter(admin).run(register(id, from, until)).await;
        done.map(|_| ()).map_err(|problem| problem.fields[0].code)
    };
    let past = Err("registration.past");
    assert_eq!(add(admin, "2026-11-21", "2027-11-21").await, past);
    assert_eq!(add(admin, "2026-01-01", "2026-06-30").await, past);
    add(admin, "2026-11-22", "2026-11-30").await.unwrap();
    app.clock.advance_seconds(2 * 24 * 60 * 60);
    let admin = app.actor(ADMIN).await;
    app.step_up(admin, PASSWORD).await.unwrap();
    // It keeps its days, is cut short and prolonged; it does not begin earlier.
    add(admin, "2026-11-22", "2027-11-21").await.unwrap();
    assert_eq!(add(admin, "2026-11-21", "2027-11-21").await, past);
    // Its last day was yesterday: it goes on from there without a gap.
    add(admin, "2026-11-22", "2026-11-23").await.unwrap();
    add(admin, "2026-11-22", "2026-11-24").await.unwrap();
    // Its last day was the one before: yesterday stays without.
    add(admin, "2026-11-22", "2026-11-22").await.unwrap();
    assert_eq!(add(admin, "2026-11-22", "2026-11-30").await, past);
    add(admin, "2026-11-24", "2026-11-30").await.unwrap();
}
