//! What waits for whom, and the work that it is about.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{EnrolmentId, EnrolmentStatus, ModuleId, ProgrammeId, TaskKind};
use skillsyms_people::{ByAge, Cursor, Limit, Page, PageAsk};
use skillsyms_records::tasks::{Age, Group, ListGroups, ListTasks, Place, ReadWork, Task, Work};

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Json, Query};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/tasks", list)
            .view::<ListTasks>("What waits for you to assess or moderate; for keys, all that waits")
            .query::<TasksAsk>()
            .gives::<Page<Task>>(),
        Route::post("/api/v1/tasks/search", find)
            .view::<ListTasks>("What waits for you, of learners whose last names begin like this")
            .takes::<TasksSearch>()
            .gives::<Page<Task>>(),
        Route::get("/api/v1/tasks/groups", groups)
            .view::<ListGroups>("Your learners with their progress by module; for keys, all")
            .query::<GroupsAsk>()
            .gives::<Page<Group>>(),
        Route::post("/api/v1/tasks/groups/search", find_groups)
            .view::<ListGroups>("Your learners whose last names begin like this, with their progress by module")
            .takes::<GroupsSearch>()
            .gives::<Page<Group>>(),
        Route::get("/api/v1/enrolments/{id}/work", work)
            .view::<ReadWork>("Evidence, attempts and decisions of an enrolment")
            .query::<WorkAsk>()
            .gives::<Work>(),
    ]
}

/// What is listed of what waits.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TasksAsk {
    /// To assess, or to moderate; both unless said.
    #[serde(default)]
    kind: Option<TaskKind>,
    /// Of this programme only.
    #[serde(default)]
    programme: Option<ProgrammeId>,
    /// `overdue` for what waits for longer than 14 days; any age unless said.
    #[serde(default)]
    age: Age,
    /// In which order; what waits longest first unless said.
    #[serde(default)]
    sort: Option<ByAge>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Whose learners are listed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GroupsAsk {
    /// In which place you are on their team: `facilitator` unless said, or `verifier`.
    #[serde(default)]
    place: Place,
    /// Of this programme only.
    #[serde(default)]
    programme: Option<ProgrammeId>,
    /// With this status only.
    #[serde(default)]
    status: Option<EnrolmentStatus>,
    /// In which order; the oldest enrolment first unless said.
    #[serde(default)]
    sort: Option<ByAge>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Whose tasks to find. It goes in a body, because names do not belong into an address.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TasksSearch {
    /// The beginning of a learner's last name; accents and case do not matter.
    search: String,
    /// To assess, or to moderate; both unless said.
    #[serde(default)]
    kind: Option<TaskKind>,
    /// Of this programme only.
    #[serde(default)]
    programme: Option<ProgrammeId>,
    /// `overdue` for what waits for longer than 14 days; any age unless said.
    #[serde(default)]
    age: Age,
    /// In which order; what waits longest first unless said.
    #[serde(default)]
    sort: Option<ByAge>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Which learners to find. It goes in a body, because names do not belong into an address.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GroupsSearch {
    /// The beginning of a learner's last name; accents and case do not matter.
    search: String,
    /// In which place you are on their team: `facilitator` unless said, or `verifier`.
    #[serde(default)]
    place: Place,
    /// Of this programme only.
    #[serde(default)]
    programme: Option<ProgrammeId>,
    /// With this status only.
    #[serde(default)]
    status: Option<EnrolmentStatus>,
    /// In which order; the oldest enrolment first unless said.
    #[serde(default)]
    sort: Option<ByAge>,
    /// How many items; 50 unless said.
    #[serde(default)]
    limit: Limit,
    /// The `next` of the page before; absent for the first page.
    #[serde(default)]
    cursor: Option<Cursor>,
}

/// Which part of the work is read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct WorkAsk {
    /// Of this module only.
    #[serde(default)]
    module: Option<ModuleId>,
}

async fn list(caller: Caller, Query(ask): Query<TasksAsk>, _: Empty) -> Answer {
    let view = ListTasks {
        kind: ask.kind,
        programme: ask.programme,
        age: ask.age,
        search: None,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn find(caller: Caller, Json { value, .. }: Json<TasksSearch>) -> Answer {
    let view = ListTasks {
        kind: value.kind,
        programme: value.programme,
        age: value.age,
        search: Some(value.search),
        sort: value.sort,
        page: PageAsk {
            limit: value.limit,
            cursor: value.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn find_groups(caller: Caller, Json { value, .. }: Json<GroupsSearch>) -> Answer {
    let view = ListGroups {
        place: value.place,
        programme: value.programme,
        status: value.status,
        search: Some(value.search),
        sort: value.sort,
        page: PageAsk {
            limit: value.limit,
            cursor: value.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn groups(caller: Caller, Query(ask): Query<GroupsAsk>, _: Empty) -> Answer {
    let view = ListGroups {
        place: ask.place,
        programme: ask.programme,
        status: ask.status,
        search: None,
        sort: ask.sort,
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn work(caller: Caller, Id(enrolment): Id<EnrolmentId>, Query(ask): Query<WorkAsk>, _: Empty) -> Answer {
    let view = ReadWork {
        enrolment,
        module: ask.module,
    };
    Ok(json(&caller.enter().view(view).await?))
}
