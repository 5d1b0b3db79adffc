//! Who works with a learner in one programme.

use askama::Template;
use http::StatusCode;
use skillsyms_core::problem::STALE;
use skillsyms_core::{EnrolmentId, PersonId};
use skillsyms_people::accounts::ListStaff;
use skillsyms_records::enrolments::{AssignTeam, Changed, ReadEnrolment, Team};

use super::{Any, PLACES, Place, places, team_of, version};
use crate::extract::{Empty, Id};
use crate::pages::kit::{Form, FormView, Layout, SignedIn, html, html_with, see};
use crate::problem::{Answer, Refused};

#[derive(Template)]
#[template(path = "enrolments/team.html")]
struct TeamPage {
    l: Layout,
    form: FormView,
    id: EnrolmentId,
    places: Vec<Place>,
    /// Place, who holds it now, who I had chosen.
    stale: Vec<(String, String, String)>,
}

/// The page, and the enrolment as it is now.
async fn team_shown(page: &SignedIn, id: EnrolmentId) -> Result<(TeamPage, Team, i64), Refused> {
    let l = page
        .layout_for("enrolment.assign", page.words().get("team-title"))
        .await?;
    let enrolment = page.enter().view(ReadEnrolment { id }).await?;
    let staff = page.enter().view(ListStaff).await?;
    let (home, back) = (l.get("nav-home"), l.get("enrolment-title"));
    let l = l.crumb("", home).crumb(&format!("enrolments/{id}"), back);
    let shown = TeamPage {
        form: SignedIn::form(&l),
        places: places(&l, &staff),
        stale: Vec::new(),
        id,
        l,
    };
    Ok((shown, enrolment.team, enrolment.version))
}

fn held(team: &Team) -> [Option<PersonId>; 4] {
    [team.facilitator, team.assessor, team.moderator, team.verifier]
}

pub(super) async fn page(page: SignedIn, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    let (mut shown, team, version) = team_shown(&page, id).await?;
    let form = shown.form.fill("version", version.to_string());
    let filled = PLACES
        .iter()
        .zip(held(&team))
        .filter_map(|((field, ..), id)| Some((field, id?)));
    shown.form = filled.fold(form, |form, (field, id)| form.fill(field, id.to_string()));
    html(&shown)
}

pub(super) async fn set(page: SignedIn, Id(id): Id<EnrolmentId>, form: Form<Any>) -> Answer {
    let act = AssignTeam {
        id,
        team: team_of(&form.pairs),
        expected: Some(version(&form.pairs)),
    };
    let mine = act.team;
    let done = page
        .make(act, &form, |changed: &Changed| Some(changed.enrolment.uuid()))
        .await;
    let Err(Refused(problem)) = done else {
        return Ok(see(&page.href(&format!("enrolments/{id}?done=team"))));
    };
    let (mut shown, theirs, version) = team_shown(&page, id).await?;
    if problem.code == &STALE {
        let nobody = page.words().get("enrolment-nobody");
        let name = |place: &Place, id: Option<PersonId>| {
            let id = id.map(|id| id.to_string());
            let found = place.choices.iter().find(|(known, _)| Some(known) == id.as_ref());
            found.map_or_else(|| nobody.clone(), |(_, name)| name.clone())
        };
        let both = shown.places.iter().zip(held(&theirs)).zip(held(&mine));
        let rows = both.map(|((place, theirs), mine)| (place.label.clone(), name(place, theirs), name(place, mine)));
        shown.stale = rows.collect();
        shown.form = shown.form.filled(form.pairs).instead("version", version.to_string());
        return html_with(StatusCode::PRECONDITION_FAILED, &shown);
    }
    shown.form = shown.form.filled(form.pairs).refused(problem, page.words())?;
    shown.l = shown.l.refused();
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}
