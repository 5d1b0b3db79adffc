//! What waits for whom, and the work that it is about.

use schemars::JsonSchema;
use serde::Deserialize;
use skillsyms_core::{EnrolmentId, ModuleId, ProgrammeId, TaskKind};
use skillsyms_people::{Cursor, Limit, Page, PageAsk};
use skillsyms_records::tasks::{Age, Group, ListGroups, ListTasks, Place, ReadWork, Task, Work};

use super::answer::json;
use crate::extract::{Caller, Empty, Id, Query};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/v1/tasks", list)
            .view::<ListTasks>("What waits for you to assess or moderate, the longest first; for keys, all that waits")
            .query::<TasksAsk>()
            .gives::<Page<Task>>(),
        Route::get("/api/v1/tasks/groups", groups)
            .view::<ListGroups>("Your learners with their progress by module; for keys, all")
            .query::<GroupsAsk>()
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
        page: PageAsk {
            limit: ask.limit,
            cursor: ask.cursor,
        },
    };
    Ok(json(&caller.enter().view(view).await?))
}

async fn groups(caller: Caller, Query(ask): Query<GroupsAsk>, _: Empty) -> Answer {
    let view = ListGroups {
        place: ask.place,
        programme: ask.programme,
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
