//! Enrolments: putting learners into a programme, who works with them there, leaving and coming back.

mod pause;
mod team;

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::problem::{INTERNAL, STALE};
use skillsyms_core::{EnrolmentId, EnrolmentStatus, LearnerId, PersonId, Problem, ProgrammeId, Role};
use skillsyms_door::Once;
use skillsyms_people::PageAsk;
use skillsyms_people::accounts::{ListStaff, PersonState, Staff};
use skillsyms_people::page::{LIMIT_MAX, Limit};
use skillsyms_records::enrolments::{
    AssignTeam, Changed, CreateEnrolment, CreateEnrolments, ListPauses, MANY_MAX, NewEnrolment, ReadEnrolment,
    Reinstate, ResumeEnrolment, SuspendEnrolment, Team, Withdraw,
};
use skillsyms_records::learners::{ListLearners, ReadLearner};
use skillsyms_records::programmes::{ListProgrammes, ReadProgramme};

use super::kit::carry::Pairs;
use super::kit::when::day_of;
use super::kit::{Form, FormView, Layout, SignedIn, When, html, html_with, see};
use super::learners::{sorted_name, status};
use crate::extract::{Empty, Id};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Pages of programmes in a list to choose from: 500 programmes are more than anybody is accredited for.
const PROGRAMME_PAGES_MAX: usize = 5;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/learners/{id}/enrol", enrol_page)
            .act::<CreateEnrolment>("The form to enrol a learner")
            .then_view::<ReadLearner>()
            .then_view::<ListProgrammes>()
            .then_view::<ListStaff>(),
        Route::form("/t/{slug}/learners/{id}/enrol", enrol)
            .act::<CreateEnrolment>("Enrol a learner in a programme")
            .then_view::<ReadLearner>()
            .then_view::<ListProgrammes>()
            .then_view::<ListStaff>(),
        Route::page("/t/{slug}/programmes/{id}/enrol", many_page)
            .act::<CreateEnrolments>("The form to enrol many learners")
            .then_view::<ReadProgramme>()
            .then_view::<ListLearners>()
            .then_view::<ListStaff>(),
        Route::form("/t/{slug}/programmes/{id}/enrol", many)
            .act::<CreateEnrolments>("Enrol many learners in a programme")
            .then_view::<ReadProgramme>()
            .then_view::<ListLearners>()
            .then_view::<ListStaff>(),
        Route::page("/t/{slug}/enrolments/{id}", read)
            .view::<ReadEnrolment>("An enrolment, and what may be done with it")
            .then_view::<ReadLearner>()
            .then_view::<ReadProgramme>()
            .then_view::<ListStaff>()
            .then_view::<ListPauses>(),
        Route::page("/t/{slug}/enrolments/{id}/team", team::page)
            .act::<AssignTeam>("The form to say who works with a learner")
            .then_view::<ReadEnrolment>()
            .then_view::<ListStaff>(),
        Route::form("/t/{slug}/enrolments/{id}/team", team::set)
            .act::<AssignTeam>("Say who facilitates, assesses, moderates and verifies")
            .then_view::<ReadEnrolment>()
            .then_view::<ListStaff>(),
        Route::form("/t/{slug}/enrolments/{id}/withdraw", withdraw)
            .act::<Withdraw>("Withdraw a learner from a programme"),
        Route::form("/t/{slug}/enrolments/{id}/reinstate", reinstate)
            .act::<Reinstate>("Take a learner back who was withdrawn"),
        Route::page("/t/{slug}/enrolments/{id}/suspend", pause::ask_suspend)
            .act::<SuspendEnrolment>("The form to interrupt an enrolment")
            .then_view::<ReadEnrolment>()
            .then_view::<ReadLearner>(),
        Route::form("/t/{slug}/enrolments/{id}/suspend", pause::suspend)
            .act::<SuspendEnrolment>("Interrupt an enrolment")
            .then_view::<ReadEnrolment>()
            .then_view::<ReadLearner>(),
        Route::page("/t/{slug}/enrolments/{id}/resume", pause::ask_resume)
            .act::<ResumeEnrolment>("The form to let an interrupted enrolment go on")
            .then_view::<ReadEnrolment>()
            .then_view::<ReadLearner>(),
        Route::form("/t/{slug}/enrolments/{id}/resume", pause::resume)
            .act::<ResumeEnrolment>("Let an interrupted enrolment go on")
            .then_view::<ReadEnrolment>()
            .then_view::<ReadLearner>(),
    ]
}

/// Fields that are read one by one.
#[derive(Deserialize)]
struct Any {}

/// The places of a team: field, word, role.
const PLACES: [(&str, &str, Role); 4] = [
    ("team/facilitator", "role-facilitator", Role::Facilitator),
    ("team/assessor", "role-assessor", Role::Assessor),
    ("team/moderator", "role-moderator", Role::Moderator),
    ("team/verifier", "role-verifier", Role::Verifier),
];

/// A place on the team, to be filled.
struct Place {
    field: &'static str,
    label: String,
    choices: Vec<(String, String)>,
}

fn places(l: &Layout, staff: &Staff) -> Vec<Place> {
    let able = |role: Role| {
        let held = staff
            .items
            .iter()
            .filter(move |person| person.roles.contains(&role) && person.state != PersonState::Suspended);
        held.map(|person| (person.id.to_string(), person.name.as_str().to_owned()))
            .collect()
    };
    let place = |(field, word, role): (&'static str, &str, Role)| Place {
        field,
        label: l.get(word),
        choices: able(role),
    };
    PLACES.map(place).into()
}

fn text<'p>(pairs: &'p Pairs, name: &str) -> &'p str {
    let found = pairs.iter().find(|(found, _)| found == name);
    found.map_or("", |(_, value)| value.trim())
}

fn person(pairs: &Pairs, field: &str) -> Option<PersonId> {
    text(pairs, field).parse().ok()
}

fn team_of(pairs: &Pairs) -> Team {
    Team {
        facilitator: person(pairs, "team/facilitator"),
        assessor: person(pairs, "team/assessor"),
        moderator: person(pairs, "team/moderator"),
        verifier: person(pairs, "team/verifier"),
    }
}

/// The enrolment that a form describes.
fn new_enrolment(pairs: &Pairs, programme: Option<ProgrammeId>) -> Result<NewEnrolment, Problem> {
    let Some(programme) = programme else {
        return Err(Problem::field("programme", "choice.missing", "Choose one."));
    };
    let expected = text(pairs, "expected_on");
    Ok(NewEnrolment {
        programme,
        enrolled_on: text(pairs, "enrolled_on").to_owned(),
        expected_on: (!expected.is_empty()).then(|| expected.to_owned()),
        team: team_of(pairs),
    })
}

/// The empty form begins today.
fn from_today(page: &SignedIn, form: FormView) -> FormView {
    let today = page.caller().door().clock().now().south_african_date();
    form.fill("enrolled_on", today.to_string())
}

#[derive(Template)]
#[template(path = "enrolments/new.html")]
struct NewPage {
    l: Layout,
    form: FormView,
    id: LearnerId,
    name: String,
    programmes: Vec<(String, String)>,
    places: Vec<Place>,
}

async fn new_page(page: &SignedIn, id: LearnerId) -> Result<NewPage, Refused> {
    let l = page
        .layout_for("enrolment.create", page.words().get("enrol-title"))
        .await?;
    let (learner, staff) = tokio::try_join!(page.enter().view(ReadLearner { id }), page.enter().view(ListStaff))?;
    let name = sorted_name(&learner);
    let (home, list) = (l.get("nav-home"), l.get("learners-title"));
    let l = l
        .about(&name)
        .crumb("", home)
        .crumb("learners", list)
        .crumb(&format!("learners/{id}/record"), name.as_str());
    Ok(NewPage {
        form: SignedIn::form(&l),
        places: places(&l, &staff),
        programmes: choices(page).await?,
        id,
        name,
        l,
    })
}

/// The programmes to choose from.
async fn choices(page: &SignedIn) -> Result<Vec<(String, String)>, Refused> {
    let mut ask = PageAsk {
        limit: Limit::new(LIMIT_MAX)?,
        cursor: None,
    };
    let mut found = Vec::new();
    for _ in 0..PROGRAMME_PAGES_MAX {
        let some = page
            .enter()
            .view(ListProgrammes {
                page: ask,
                ..ListProgrammes::default()
            })
            .await?;
        let pairs = some
            .items
            .iter()
            .map(|one| (one.id.to_string(), format!("{} ({})", one.title, one.saqa_id)));
        found.extend(pairs);
        ask.cursor = some.next;
        if ask.cursor.is_none() {
            break;
        }
    }
    found.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(found)
}

async fn enrol_page(page: SignedIn, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    let mut shown = new_page(&page, id).await?;
    shown.form = from_today(&page, shown.form);
    html(&shown)
}

async fn enrol(page: SignedIn, Id(learner): Id<LearnerId>, form: Form<Any>) -> Answer {
    let done = match new_enrolment(&form.pairs, text(&form.pairs, "programme").parse().ok()) {
        Ok(new) => {
            let act = CreateEnrolment { learner, new };
            page.make(act, &form, |(id, _): &(EnrolmentId, LearnerId)| Some(id.uuid()))
                .await
        }
        Err(problem) => Err(Refused(problem)),
    };
    let problem = match done {
        Ok(Once::Done((id, _))) => return Ok(see(&page.href(&format!("enrolments/{id}?done=enrolled")))),
        Ok(Once::Before { resources }) => {
            let id = resources.first().ok_or(&INTERNAL)?;
            return Ok(see(&page.href(&format!("enrolments/{id}?done=enrolled"))));
        }
        Err(Refused(problem)) => problem,
    };
    let mut shown = new_page(&page, learner).await?;
    shown.form = shown.form.filled(form.pairs).refused(problem, page.words())?;
    shown.l = shown.l.refused();
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

#[derive(Template)]
#[template(path = "enrolments/many.html")]
struct ManyPage {
    l: Layout,
    form: FormView,
    id: ProgrammeId,
    programme: String,
    places: Vec<Place>,
    learners: Vec<(String, String)>,
    /// Chosen on other pages of the list.
    kept: Vec<String>,
    next: Option<String>,
}

/// What the form of many does.
#[derive(Default, Deserialize)]
struct Step {
    #[serde(default, rename = "do")]
    what: String,
    #[serde(default)]
    q: String,
}

async fn many_page(page: SignedIn, Id(id): Id<ProgrammeId>, _: Empty) -> Answer {
    let form = from_today(&page, FormView::default());
    html(&many_shown(&page, id, &Step::default(), (form, Vec::new())).await?)
}

async fn many_shown(
    page: &SignedIn,
    id: ProgrammeId,
    step: &Step,
    (form, chosen): (FormView, Vec<String>),
) -> Result<ManyPage, Refused> {
    let l = page
        .layout_for("enrolment.create_many", page.words().get("enrol-many-title"))
        .await?;
    let cursor = step
        .what
        .strip_prefix("next-")
        .map(skillsyms_people::Cursor::parse)
        .transpose()?;
    let view = ListLearners {
        page: PageAsk {
            limit: Limit::default(),
            cursor,
        },
        search: Some(step.q.trim().to_owned()).filter(|name| !name.is_empty()),
        ..ListLearners::default()
    };
    let (programme, found, staff) = tokio::try_join!(
        page.enter().view(ReadProgramme { id }),
        page.enter().view(view),
        page.enter().view(ListStaff),
    )?;
    let programme = programme.programme.title;
    let l = l.about(&programme);
    let (home, list) = (l.get("nav-home"), l.get("programmes-title"));
    let l = l
        .crumb("", home)
        .crumb("programmes", list)
        .crumb(&format!("programmes/{id}"), programme.as_str());
    let learners: Vec<(String, String)> = found
        .items
        .iter()
        .map(|learner| {
            (
                learner.id.to_string(),
                format!("{} · {}", sorted_name(learner), learner.id_masked),
            )
        })
        .collect();
    let is_shown = |one: &String| learners.iter().any(|(id, _)| id == one);
    Ok(ManyPage {
        form: form.with_token(&l.token),
        places: places(&l, &staff),
        kept: chosen.into_iter().filter(|one| !is_shown(one)).collect(),
        next: found.next.map(|cursor| format!("next-{cursor}")),
        learners,
        id,
        programme,
        l,
    })
}

async fn many(page: SignedIn, Id(id): Id<ProgrammeId>, form: Form<Step>) -> Answer {
    let chosen: Vec<String> = form
        .all("learners")
        .take(MANY_MAX.saturating_add(1))
        .map(str::to_owned)
        .collect();
    if form.value.what != "enrol" {
        let view = FormView::default().filled(form.pairs);
        return html(&many_shown(&page, id, &form.value, (view, chosen)).await?);
    }
    let learners = chosen.iter().filter_map(|text| text.parse().ok()).collect();
    let done = match new_enrolment(&form.pairs, Some(id)) {
        Ok(new) => {
            let act = CreateEnrolments { learners, new };
            page.make(act, &form, |made: &Vec<EnrolmentId>| made.first().map(|id| id.uuid()))
                .await
        }
        Err(problem) => Err(Refused(problem)),
    };
    let Err(Refused(problem)) = done else {
        return Ok(see(&page.href(&format!("programmes/{id}?done=enrolled"))));
    };
    let step = Step {
        q: form.value.q,
        ..Step::default()
    };
    let view = FormView::default().filled(form.pairs).refused(problem, page.words())?;
    let mut shown = many_shown(&page, id, &step, (view, chosen)).await?;
    shown.l = shown.l.refused();
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}

#[derive(Template)]
#[template(path = "enrolments/read.html")]
struct ReadPage {
    l: Layout,
    id: EnrolmentId,
    learner: (String, String),
    programme: (String, String),
    status: (String, &'static str),
    enrolled_on: String,
    expected_on: Option<String>,
    since: When,
    team: Vec<(String, String)>,
    version: i64,
    is_active: bool,
    is_suspended: bool,
    may_return: bool,
    pauses: Vec<pause::Line>,
}

async fn read(page: SignedIn, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    let enrolment = page.enter().view(ReadEnrolment { id }).await?;
    let (learner, programme, staff) = tokio::try_join!(
        page.enter().view(ReadLearner { id: enrolment.learner }),
        page.enter().view(ReadProgramme {
            id: enrolment.programme
        }),
        page.enter().view(ListStaff),
    )?;
    let words = page.words();
    let mut l = page.layout(words.get("enrolment-title")).await?;
    l = match page.asked().query() {
        "done=enrolled" => l.notice(words.get("enrolment-made")),
        "done=team" => l.notice(words.get("enrolment-team-set")),
        "done=withdrawn" => l.notice(words.get("enrolment-withdrawn")),
        "done=reinstated" => l.notice(words.get("enrolment-reinstated")),
        "done=suspended" => l.notice(words.get("enrolment-suspended")),
        "done=resumed" => l.notice(words.get("enrolment-resumed")),
        "done=stale" => l.notice(words.get("enrolment-stale")),
        _ => l,
    };
    let name = sorted_name(&learner);
    let back = format!("learners/{}/record", learner.id);
    let l = l
        .about(&format!("{name}; {}", programme.programme.title))
        .crumb("", words.get("nav-home"))
        .crumb("learners", words.get("learners-title"))
        .crumb(&back, name.as_str());
    let named = |id: Option<PersonId>| {
        let found = id.and_then(|id| staff.items.iter().find(|person| person.id == id));
        found.map_or_else(
            || words.get("enrolment-nobody"),
            |person| person.name.as_str().to_owned(),
        )
    };
    let team = enrolment.team;
    let held = [team.facilitator, team.assessor, team.moderator, team.verifier];
    let team = PLACES
        .iter()
        .zip(held)
        .map(|((_, word, _), id)| (l.get(word), named(id)));
    let (word, tone) = status(enrolment.status);
    let pauses = pause::lines(&page, &l, id, &named).await?;
    html(&ReadPage {
        id,
        learner: (l.href(&back), name),
        programme: (
            l.href(&format!("programmes/{}", programme.programme.id)),
            programme.programme.title.clone(),
        ),
        status: (l.get(word), tone),
        enrolled_on: day_of(&enrolment.enrolled_on),
        expected_on: enrolment.expected_on.as_deref().map(day_of),
        since: enrolment.created_at.into(),
        team: team.collect(),
        version: enrolment.version,
        is_active: enrolment.status.is_active(),
        is_suspended: enrolment.status == EnrolmentStatus::Suspended,
        pauses,
        may_return: matches!(
            enrolment.status,
            EnrolmentStatus::Withdrawn | EnrolmentStatus::Discontinued
        ),
        l,
    })
}

fn version(pairs: &Pairs) -> i64 {
    // No version is none that a record has.
    text(pairs, "version").parse().unwrap_or(0)
}

async fn withdraw(page: SignedIn, Id(id): Id<EnrolmentId>, form: Form<Any>) -> Answer {
    let expected = Some(version(&form.pairs));
    let act = Withdraw { id, expected };
    let done = page
        .make(act, &form, |changed: &Changed| Some(changed.enrolment.uuid()))
        .await;
    moved(&page, id, (done.map(|_| ()), "withdrawn"))
}

async fn reinstate(page: SignedIn, Id(id): Id<EnrolmentId>, form: Form<Any>) -> Answer {
    let expected = Some(version(&form.pairs));
    let act = Reinstate { id, expected };
    let done = page
        .make(act, &form, |changed: &Changed| Some(changed.enrolment.uuid()))
        .await;
    moved(&page, id, (done.map(|_| ()), "reinstated"))
}

/// Back to the enrolment. If somebody changed it meanwhile, it is shown as it is now, and one decides again.
fn moved(page: &SignedIn, id: EnrolmentId, (done, word): (Result<(), Refused>, &str)) -> Answer {
    let word = match done {
        Ok(()) => word,
        Err(Refused(problem)) if problem.code == &STALE => "stale",
        Err(refused) => return Err(refused),
    };
    Ok(see(&page.href(&format!("enrolments/{id}?done={word}"))))
}
