//! Accounts.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{PersonId, Role};
use skillsyms_people::accounts::register::RegistrationInput;
use skillsyms_people::accounts::{
    Invite, Invited, ListPeople, ListStaff, PersonState, PersonView, ReadPerson, Register, Registered, Restore,
    Restored, RolesSet, SetRoles, Staff, Suspend, Suspended,
};
use skillsyms_people::factors::{FactorsReset, ResetFactors};
use skillsyms_people::sessions::{EndSessions, Ended};
use skillsyms_people::{ByName, Cursor, Limit, Page, PageAsk};
use skillsyms_vault::Secret;

use super::answer::json;
use crate::etag::{IfMatch, MayMatch, versioned};
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::idempotency::made;
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::post("/api/v1/people", invite)
            .act::<Invite>("Invite somebody by a link that works once, for seven days. It is mailed; its token is in the answer where there is no mail, or if the link goes by hand")
            .takes::<Invite>()
            .makes::<Invited>(),
        Route::get("/api/v1/people", list)
            .view::<ListPeople>("People with an account, by last name")
            .query::<PeopleAsk>()
            .gives::<Page<PersonView>>(),
        Route::post("/api/v1/people/search", search)
            .view::<ListPeople>(
                "Find people by the beginning of their last name, by their whole name or by e-mail address",
            )
            .takes::<PeopleSearch>()
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
        Route::post("/api/v1/people/{id}/reset-factors", reset_factors)
            .act::<ResetFactors>("Take somebody's second factors away, who lost them; their sessions end")
            .gives::<FactorsReset>(),
    ]
}

/// Which people.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PeopleAsk {
    /// In this state only.
    #[serde(default)]
    state: Option<PersonState>,
    /// With this role only.
    #[serde(default)]
    role: Option<Role>,
    /// In which order: `name`, from A to Z, or `-name`.
    #[serde(default)]
    sort: ByName,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

impl PeopleAsk {
    fn list(self, search: Option<Secret<String>>) -> ListPeople {
        ListPeople {
            page: PageAsk {
                limit: self.limit,
                cursor: self.cursor,
            },
            sort: self.sort,
            state: self.state,
            role: self.role,
            search,
        }
    }
}

/// Whom to find. It goes in a body, because names and addresses do not belong into an address.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PeopleSearch {
    /// The beginning of a last name, a whole name, or an e-mail address.
    #[schemars(with = "String")]
    search: Secret<String>,
    /// In this state only.
    #[serde(default)]
    state: Option<PersonState>,
    /// With this role only.
    #[serde(default)]
    role: Option<Role>,
    /// In which order: `name`, from A to Z, or `-name`.
    #[serde(default)]
    sort: ByName,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// The roles that somebody is to have.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Roles {
    /// All of them.
    roles: Vec<Role>,
}

async fn invite(caller: Caller, Json { mut value, digest }: Json<Invite>) -> Answer {
    value.sending = caller.house().sign_in().sending();
    let once = caller
        .make(value, &digest, |invited: &Invited| Some(invited.id.uuid()))
        .await?;
    Ok(made(once, "/api/v1/people", |invited| (invited.id.uuid(), invited)))
}

async fn list(caller: Caller, Query(ask): Query<PeopleAsk>, _: Empty) -> Answer {
    Ok(json(&caller.enter().view(ask.list(None)).await?))
}

async fn search(caller: Caller, Json { value, .. }: Json<PeopleSearch>) -> Answer {
    let ask = PeopleAsk {
        state: value.state,
        role: value.role,
        sort: value.sort,
        limit: value.limit,
        cursor: value.cursor,
    };
    Ok(json(&caller.enter().view(ask.list(Some(value.search))).await?))
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

async fn reset_factors(caller: Caller, Id(person): Id<PersonId>, _: Empty) -> Answer {
    let sending = caller.house().sign_in().sending();
    Ok(json(&caller.enter().run(ResetFactors { person, sending }).await?))
}
