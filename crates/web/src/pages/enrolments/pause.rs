//! Interrupting an enrolment and letting it go on: what happens is said first, and a reason is asked for.

use askama::Template;
use http::StatusCode;
use skillsyms_core::problem::STALE;
use skillsyms_core::{EnrolmentChange, EnrolmentId, EnrolmentStatus, PersonId, Problem};
use skillsyms_records::enrolments::{Changed, ListPauses, ReadEnrolment, ResumeEnrolment, STATE, SuspendEnrolment};
use skillsyms_records::learners::ReadLearner;

use super::{Any, sorted_name, text, version};
use crate::extract::{Empty, Id};
use crate::pages::kit::{Form, FormView, Layout, SignedIn, When, html, html_with, see};
use crate::problem::{Answer, Refused};

/// One interruption, or its end.
pub(super) struct Line {
    pub(super) word: String,
    pub(super) reason: String,
    pub(super) by: String,
    pub(super) at: When,
}

/// What happened, for whoever may read why.
pub(super) async fn lines(
    page: &SignedIn,
    l: &Layout,
    id: EnrolmentId,
    named: impl Fn(Option<PersonId>) -> String,
) -> Result<Vec<Line>, Refused> {
    if !l.may("enrolment.pauses") {
        return Ok(Vec::new());
    }
    let found = page.enter().view(ListPauses { id }).await?.items.into_iter();
    let lines = found.map(|pause| Line {
        word: match pause.change {
            EnrolmentChange::Suspend => l.get("pause-suspended"),
            _ => l.get("pause-resumed"),
        },
        by: named(Some(pause.created_by)),
        at: pause.created_at.into(),
        reason: pause.reason,
    });
    Ok(lines.collect())
}

/// Which way it goes.
#[derive(Clone, Copy)]
enum Way {
    Suspend,
    Resume,
}

impl Way {
    const fn path(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }

    const fn act(self) -> &'static str {
        match self {
            Self::Suspend => "enrolment.suspend",
            Self::Resume => "enrolment.resume",
        }
    }

    /// Whether an enrolment in this status can go this way.
    const fn is_open(self, status: EnrolmentStatus) -> bool {
        match self {
            Self::Suspend => status.is_active(),
            Self::Resume => matches!(status, EnrolmentStatus::Suspended),
        }
    }
}

#[derive(Template)]
#[template(path = "enrolments/pause.html")]
struct PausePage {
    l: Layout,
    form: FormView,
    id: EnrolmentId,
    path: &'static str,
    suspends: bool,
}

async fn asking(page: &SignedIn, id: EnrolmentId, way: Way) -> Result<PausePage, Refused> {
    let words = page.words();
    let title = match way {
        Way::Suspend => words.get("pause-title"),
        Way::Resume => words.get("resume-title"),
    };
    let l = page.layout_for(way.act(), title).await?;
    let enrolment = page.enter().view(ReadEnrolment { id }).await?;
    if !way.is_open(enrolment.status) {
        return Err(Problem::new(&STATE).into());
    }
    let learner = page.enter().view(ReadLearner { id: enrolment.learner }).await?;
    let l = l
        .about(&sorted_name(&learner))
        .crumb("", words.get("nav-home"))
        .crumb("learners", words.get("learners-title"))
        .crumb(&format!("learners/{}/record", learner.id), sorted_name(&learner))
        .crumb(&format!("enrolments/{id}"), words.get("enrolment-title"));
    Ok(PausePage {
        form: SignedIn::form(&l).fill("version", enrolment.version.to_string()),
        id,
        path: way.path(),
        suspends: matches!(way, Way::Suspend),
        l,
    })
}

pub(super) async fn ask_suspend(page: SignedIn, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    html(&asking(&page, id, Way::Suspend).await?)
}

pub(super) async fn ask_resume(page: SignedIn, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    html(&asking(&page, id, Way::Resume).await?)
}

pub(super) async fn suspend(page: SignedIn, Id(id): Id<EnrolmentId>, form: Form<Any>) -> Answer {
    let act = SuspendEnrolment {
        id,
        reason: text(&form.pairs, "reason").to_owned(),
        expected: Some(version(&form.pairs)),
    };
    let done = page
        .make(act, &form, |done: &Changed| Some(done.enrolment.uuid()))
        .await;
    answered(&page, (id, Way::Suspend), form, done.map(|_| ())).await
}

pub(super) async fn resume(page: SignedIn, Id(id): Id<EnrolmentId>, form: Form<Any>) -> Answer {
    let act = ResumeEnrolment {
        id,
        reason: text(&form.pairs, "reason").to_owned(),
        expected: Some(version(&form.pairs)),
    };
    let done = page
        .make(act, &form, |done: &Changed| Some(done.enrolment.uuid()))
        .await;
    answered(&page, (id, Way::Resume), form, done.map(|_| ())).await
}

/// Back to the enrolment, or the form again. If somebody changed it meanwhile, it is shown as it is now.
async fn answered(
    page: &SignedIn,
    (id, way): (EnrolmentId, Way),
    form: Form<Any>,
    done: Result<(), Refused>,
) -> Answer {
    let problem = match (done, way) {
        (Ok(()), Way::Suspend) => return Ok(see(&page.href(&format!("enrolments/{id}?done=suspended")))),
        (Ok(()), Way::Resume) => return Ok(see(&page.href(&format!("enrolments/{id}?done=resumed")))),
        (Err(Refused(problem)), _) if problem.code == &STALE => {
            return Ok(see(&page.href(&format!("enrolments/{id}?done=stale"))));
        }
        (Err(Refused(problem)), _) => problem,
    };
    let view = FormView::default().filled(form.pairs).refused(problem, page.words())?;
    let mut shown = asking(page, id, way).await?;
    shown.form = view.with_token(&shown.l.token);
    shown.l = shown.l.refused();
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &shown)
}
