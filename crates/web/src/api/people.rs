//! Accounts.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{PersonId, Role};
use skillsyms_people::accounts::register::RegistrationInput;
use skillsyms_people::accounts::{
    Invite, Invited, ListPeople, ListStaff, PersonView, ReadPerson, Register, Registered, Restore, Restored, RolesSet, SetRoles,
    Staff, Suspend, Suspended,
};
use skillsyms_people::sessions::{EndSessions, Ended};
use skillsyms_people::{Page, PageAsk};

use super::answer::json;
use crate::etag::{IfMatch, MayMatch, versioned};
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::made;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/people", invite)
            .act::<Invite>("Invite somebody. The token is for a link that works once, for seven days")
            .takes::<Invite>()
            .makes::<Invited>(),
        Route::get("/api/v1/people", list)
            .view::<ListPeople>("People with an account")
            .query::<PageAsk>()
            .gives::<Page<PersonView>>(),
        Route::get("/api/v1/staff", staff)
            .view::<ListStaff>("Names and roles of those who work here")
            .gives::<Staff>(),
        Route::get("/api/v1/people/{id}", read)
            .view::<ReadPerson>("One account")
            .gives::<PersonView>()
            .etag(),
        Route::post("/api/v1/people/{id}/suspend", suspend)
            .act::<Suspend>("Suspend an account; its sessions end and its keys stop. If-Match is optional")
            .gives::<Suspended>()
            .etag(),
        Route::post("/api/v1/people/{id}/restore", restore)
            .act::<Restore>("Restore a suspended account. If-Match is optional")
            .gives::<Restored>()
            .etag(),
        Route::put("/api/v1/people/{id}/roles", set_roles)
            .act::<SetRoles>("Replace somebody's roles; their sessions end")
            .takes::<Roles>()
            .gives::<RolesSet>()
            .if_match(),
        Route::post("/api/v1/people/{id}/registrations", register)
            .act::<Register>("Enter somebody's registration as an assessor or moderator")
            .takes::<RegistrationInput>()
            .makes::<Registered>(),
        Route::delete("/api/v1/people/{id}/sessions", end_sessions)
            .act::<EndSessions>("End all of somebody's sessions")
            .gives::<Ended>(),
    ]
}

/// The roles that somebody is to have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Roles {
    /// All of them.
    roles: Vec<Role>,
}

async fn invite(caller: Caller, Json { value, digest }: Json<Invite>) -> Answer {
    let once = caller
        .make(value, &digest, |invited: &Invited| Some(invited.id.uuid()))
        .await?;
    Ok(made(once, "/api/v1/people", |invited| (invited.id.uuid(), invited)))
}

async fn list(caller: Caller, Query(page): Query<PageAsk>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ListPeople { page }).await?))
}

async fn staff(caller: Caller, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ListStaff).await?))
}

async fn read(caller: Caller, Id(person): Id<PersonId>, _: Empty) -> Answer {
    let view = caller.enter().view(ReadPerson { person }).await?;
    Ok(versioned(view.version, &view))
}

async fn suspend(caller: Caller, Id(person): Id<PersonId>, MayMatch(expected): MayMatch, _: Empty) -> Answer {
    let done = caller.enter().run(Suspend { person, expected }).await?;
    Ok(versioned(done.version, &done))
}

async fn restore(caller: Caller, Id(person): Id<PersonId>, MayMatch(expected): MayMatch, _: Empty) -> Answer {
    let done = caller.enter().run(Restore { person, expected }).await?;
    Ok(versioned(done.version, &done))
}

async fn set_roles(
    caller: Caller,
    Id(person): Id<PersonId>,
    IfMatch(version): IfMatch,
    Json { value, .. }: Json<Roles>,
) -> Answer {
    let act = SetRoles {
        person,
        roles: value.roles,
        expected: Some(version),
    };
    let done = caller.enter().run(act).await?;
    Ok(versioned(done.version, &done))
}

async fn register(caller: Caller, Id(person): Id<PersonId>, Json { value, digest }: Json<RegistrationInput>) -> Answer {
    let act = Register {
        person,
        registration: value,
    };
    let once = caller
        .make(act, &digest, |registered: &Registered| Some(registered.id.uuid()))
        .await?;
    Ok(made(
        once,
        &format!("/api/v1/people/{person}/registrations"),
        |registered| (registered.id.uuid(), registered),
    ))
}

async fn end_sessions(caller: Caller, Id(person): Id<PersonId>, _: Empty) -> Answer {
    Ok(json(&caller.enter().run(EndSessions { person }).await?))
}
