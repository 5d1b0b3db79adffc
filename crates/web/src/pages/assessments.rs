//! Assessing: the evidence of one module beside the form of the decision.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::problem::{FORBIDDEN, NOT_FOUND, STALE};
use skillsyms_core::{AssessmentKind, Code, EnrolmentId, EvidenceId, ModuleId, Outcome, Problem, TaskKind};
use skillsyms_people::Cursor;
use skillsyms_records::assessments::{ATTEMPTS, NewAssessment, RecordAssessment};
use skillsyms_records::evidence::{Evidence, ReadEvidence};
use skillsyms_records::results::LOCKED;
use skillsyms_records::tasks::{Attempt, ModuleWork, ReadWork, Standing, Work};

use super::kit::{Form, FormView, Layout, SignedIn, When, Words, html_with, see};
use super::tasks::{name, state, team};
use crate::api::evidence::shown;
use crate::extract::{Empty, Id, InModule, Ranged};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/assessments/{id}/{module}", page)
            .view::<ReadWork>("The evidence of a module beside the form of the decision"),
        Route::form("/t/{slug}/assessments/{id}/{module}", record)
            .act::<RecordAssessment>("Record the outcome of one attempt at a module")
            .then_view::<ReadWork>(),
        Route::page("/t/{slug}/evidence/{id}/view", view)
            .view::<ReadEvidence>("The content of a file, to be looked at"),
    ]
}

/// A file as the page shows it.
pub(super) struct FileLine {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) kind: &'static str,
    pub(super) size: String,
    pub(super) at: When,
}

/// An attempt as the page shows it.
pub(super) struct AttemptLine {
    pub(super) number: i64,
    pub(super) kind: String,
    pub(super) outcome: String,
    pub(super) tone: &'static str,
    pub(super) on: String,
    pub(super) assessor: String,
    pub(super) feedback: Option<String>,
    pub(super) criteria: Vec<(String, bool)>,
    pub(super) sampled: String,
    pub(super) decision: Option<DecisionLine>,
    pub(super) proof: String,
}

/// A decision as the page shows it.
pub(super) struct DecisionLine {
    pub(super) text: String,
    pub(super) tone: &'static str,
    pub(super) by: String,
    pub(super) at: When,
    pub(super) reason: Option<String>,
}

/// What pages about one module have in common.
pub(super) struct Case {
    pub(super) learner: String,
    pub(super) programme: String,
    pub(super) code: String,
    pub(super) module: String,
    pub(super) state: String,
    pub(super) tone: &'static str,
    pub(super) files: Vec<FileLine>,
    pub(super) attempts: Vec<AttemptLine>,
    pub(super) result: Option<(String, When)>,
    pub(super) team: Vec<(String, String)>,
    pub(super) work_href: String,
}

impl Case {
    pub(super) fn of(page: &SignedIn, work: &Work, module: &ModuleWork) -> Self {
        let words = page.words();
        let (state, tone) = state(words, module.state);
        let lines = module.attempts.iter();
        Self {
            learner: name(work),
            programme: work.programme_title.clone(),
            code: module.module.code.clone(),
            module: module.module.title.clone(),
            state,
            tone,
            files: module.evidence.iter().map(|file| file_line(page, file)).collect(),
            attempts: lines.map(|attempt| attempt_line(page, module, attempt)).collect(),
            result: module
                .result
                .map(|result| (outcome(words, result.outcome).0, result.at.into())),
            team: team(work, words),
            work_href: page.href(&format!("enrolments/{}/work", work.enrolment)),
        }
    }
}

fn file_line(page: &SignedIn, file: &Evidence) -> FileLine {
    FileLine {
        href: page.href(&format!("evidence/{}/view", file.id)),
        name: file.name.clone(),
        kind: match file.media_type.as_str() {
            "image/jpeg" | "image/png" => "image",
            "video/mp4" => "video",
            "application/pdf" => "pdf",
            _ => "file",
        },
        size: size(file.size),
        at: file.created_at.into(),
    }
}

/// `12 kB`, `3.4 MB`.
fn size(bytes: i64) -> String {
    if bytes < 1_000_000 {
        return format!("{} kB", (bytes / 1_000).max(1));
    }
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

/// What an outcome is called, and its tone.
pub(super) fn outcome(words: Words, outcome: Outcome) -> (String, &'static str) {
    let (key, tone) = match outcome {
        Outcome::Competent => ("state-outcome-competent", "good"),
        Outcome::NotYetCompetent => ("state-outcome-not-yet", "warn"),
        Outcome::Absent => ("state-outcome-absent", "calm"),
    };
    (words.get(key), tone)
}

fn attempt_line(page: &SignedIn, module: &ModuleWork, attempt: &Attempt) -> AttemptLine {
    let words = page.words();
    let one = &attempt.assessment;
    let (text, tone) = outcome(words, one.outcome);
    let criteria = module.module.criteria.iter().zip(1..);
    AttemptLine {
        number: one.attempt,
        kind: words.get(match one.kind {
            AssessmentKind::Formative => "assess-formative",
            AssessmentKind::Summative => "assess-summative",
        }),
        outcome: text,
        tone,
        on: day(&one.assessed_on),
        assessor: attempt.assessor_name.clone(),
        feedback: one.feedback.clone(),
        criteria: criteria
            .map(|(text, number)| (text.clone(), one.criteria_met.contains(&number)))
            .collect(),
        sampled: words.get(match (attempt.sample, attempt.is_chosen) {
            (Some(_), true) => "assess-chosen",
            (Some(_), false) => "assess-released",
            (None, _) => "assess-not-drawn",
        }),
        decision: attempt.verdict.as_ref().map(|verdict| {
            let (key, tone) = match verdict.decision {
                skillsyms_core::Decision::Upheld => ("moderate-upheld", "good"),
                skillsyms_core::Decision::Returned => ("moderate-returned", "warn"),
            };
            DecisionLine {
                text: words.get(key),
                tone,
                by: verdict.moderator.name.clone(),
                at: verdict.at.into(),
                reason: verdict.reason.clone(),
            }
        }),
        proof: page.href(&format!("proofs/{}", one.id)),
    }
}

fn day(text: &str) -> String {
    skillsyms_core::date::parse_date(text).map_or_else(|_| text.to_owned(), super::kit::when::day)
}

/// Why one may not judge, in words.
pub(super) fn why(words: Words, standing: Standing) -> Option<String> {
    let key = match standing {
        Standing::Open => return None,
        Standing::OwnLearning => "state-why-own-learning",
        Standing::OwnAssessment => "state-why-own-assessment",
        Standing::NotYours => "state-why-not-yours",
        Standing::Registration => "state-why-registration",
        Standing::Inactive => "state-why-inactive",
        Standing::Nothing => "state-why-nothing",
    };
    Some(words.get(key))
}

#[derive(Template)]
#[template(path = "assessments/assess.html")]
struct AssessPage {
    l: Layout,
    case: Case,
    form: FormView,
    action: String,
    criteria: Vec<(String, String)>,
    outcomes: Vec<(&'static str, String)>,
    kinds: Vec<(&'static str, String)>,
    attempt: usize,
    attempts_limit: i64,
    why: Option<String>,
    is_duty: bool,
    meanwhile: bool,
    typed: String,
    skip: String,
}

/// What goes wrong because somebody else was faster.
pub(super) fn is_meanwhile(problem: &Problem, others: &[&'static Code]) -> bool {
    problem.code == &STALE || others.contains(&problem.code)
}

/// The work of one learner in one module.
pub(super) async fn read(
    page: &SignedIn,
    enrolment: EnrolmentId,
    module: ModuleId,
) -> Result<(Work, ModuleWork), Refused> {
    let view = ReadWork {
        enrolment,
        module: Some(module),
    };
    let mut work = page.enter().view(view).await?;
    let module = work.modules.pop().ok_or_else(Problem::not_found)?;
    Ok((work, module))
}

async fn page(page: SignedIn, Id(enrolment): Id<EnrolmentId>, InModule(module): InModule, _: Empty) -> Answer {
    let found = read(&page, enrolment, module).await?;
    show(&page, &found, None).await
}

/// What was sent and not taken.
struct Sent {
    form: Form<Typed>,
    problem: Problem,
}

async fn show(page: &SignedIn, (work, module): &(Work, ModuleWork), sent: Option<Sent>) -> Answer {
    let words = page.words();
    let case = Case::of(page, work, module);
    let title = words.args(
        "assess-title",
        [
            ("module", module.module.code.as_str().into()),
            ("learner", case.learner.as_str().into()),
        ],
    );
    let l = layout(page, title, sent.is_some()).await?;
    let task = cursor_of(module, TaskKind::Assess);
    let meanwhile = sent
        .as_ref()
        .is_some_and(|sent| is_meanwhile(&sent.problem, &[&LOCKED, &ATTEMPTS]));
    let status = sent.as_ref().map_or(StatusCode::OK, |sent| status(&sent.problem));
    let typed = sent
        .as_ref()
        .map(|sent| sent.form.value.feedback.clone())
        .unwrap_or_default();
    let today = page.caller().door().clock().now().south_african_date().to_string();
    let form = match sent {
        Some(sent) => filled(SignedIn::form(&l), sent, (meanwhile, words))?,
        None => SignedIn::form(&l).fill("kind", "summative").fill("assessed_on", today),
    };
    let form = form
        .fill("seen", module.attempts.len().to_string())
        .fill("task", task.as_str());
    let summative = module.attempts.iter();
    let summative = summative.filter(|attempt| attempt.assessment.kind == AssessmentKind::Summative);
    html_with(
        status,
        &AssessPage {
            action: page.href(&format!("assessments/{}/{}", work.enrolment, module.module.id)),
            criteria: (1_usize..)
                .map(|n| n.to_string())
                .zip(module.module.criteria.clone())
                .collect(),
            outcomes: [Outcome::Competent, Outcome::NotYetCompetent, Outcome::Absent]
                .into_iter()
                .map(|one| (one.as_str(), outcome(words, one).0))
                .collect(),
            kinds: vec![
                ("summative", words.get("assess-summative")),
                ("formative", words.get("assess-formative")),
            ],
            attempt: summative.count().saturating_add(1),
            attempts_limit: work.attempts_limit,
            why: why(words, module.assess),
            is_duty: matches!(
                module.assess,
                Standing::OwnLearning | Standing::NotYours | Standing::Registration
            ),
            meanwhile,
            typed,
            skip: page.href(&format!("queue/next?kind=assess&after={task}")),
            case,
            form,
            l,
        },
    )
}

/// The layout of a page in the queue, with what was just done.
pub(super) async fn layout(page: &SignedIn, title: String, is_refused: bool) -> Result<Layout, Refused> {
    let words = page.words();
    let mut l = page.layout(title).await?;
    l = match page.asked().query() {
        "done=assessed" => l.notice(words.get("assess-done")),
        "done=upheld" | "done=returned" => l.notice(words.get("moderate-done")),
        _ => l,
    };
    l.is_refused = is_refused;
    let (rest, key) = if l.may("task.list") {
        ("queue", "nav-queue")
    } else {
        ("groups", "nav-groups")
    };
    Ok(l.crumb("", words.get("nav-home")).crumb(rest, words.get(key)))
}

/// The place in the queue of what waits in a module; empty if nothing does.
pub(super) fn cursor_of(module: &ModuleWork, kind: TaskKind) -> String {
    let task = module.tasks.iter().find(|task| task.kind == kind);
    task.map(|task| Cursor::after_id(task.id.uuid()).to_string())
        .unwrap_or_default()
}

pub(super) fn status(problem: &Problem) -> StatusCode {
    StatusCode::from_u16(problem.code.status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY)
}

/// The form with what was filled in. What is only for pages to know is made anew.
fn filled(form: FormView, sent: Sent, (meanwhile, words): (bool, Words)) -> Result<FormView, Refused> {
    let Sent { form: sent, problem } = sent;
    let mut pairs = sent.pairs;
    pairs.retain(|(name, _)| !["seen", "task"].contains(&name.as_str()));
    let form = form.filled(pairs);
    if meanwhile || problem.code == &FORBIDDEN || problem.code == &NOT_FOUND {
        return Ok(form);
    }
    form.refused(problem, words)
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    assessed_on: String,
    #[serde(default)]
    feedback: String,
    #[serde(default)]
    seen: String,
    #[serde(default)]
    task: String,
}

async fn record(
    page: SignedIn,
    Id(enrolment): Id<EnrolmentId>,
    InModule(module): InModule,
    form: Form<Typed>,
) -> Answer {
    let done = match new(module, &form) {
        Ok(new) => {
            let act = RecordAssessment { enrolment, new };
            page.make(act, &form, |recorded| Some(recorded.assessment.uuid()))
                .await
                .map(|_| ())
        }
        Err(problem) => Err(problem.into()),
    };
    let Err(Refused(problem)) = done else {
        let after = Cursor::parse(&form.value.task).map(|cursor| cursor.to_string());
        let after = after.unwrap_or_default();
        return Ok(see(
            &page.href(&format!("queue/next?kind=assess&after={after}&done=assessed"))
        ));
    };
    if problem.code.status == 401 || problem.code.status >= 500 {
        return Err(problem.into());
    }
    let found = read(&page, enrolment, module).await?;
    show(&page, &found, Some(Sent { form, problem })).await
}

fn new(module: ModuleId, form: &Form<Typed>) -> Result<NewAssessment, Problem> {
    let outcome = Outcome::parse(&form.value.outcome)
        .ok_or_else(|| Problem::field("/outcome", "assessment.outcome", "Choose what you decided."))?;
    Ok(NewAssessment {
        module,
        kind: AssessmentKind::parse(&form.value.kind).unwrap_or(AssessmentKind::Summative),
        outcome,
        assessed_on: form.value.assessed_on.clone(),
        feedback: Some(form.value.feedback.clone()),
        criteria_met: form
            .all("criteria_met")
            .filter_map(|number| number.parse().ok())
            .collect(),
        seen: form.value.seen.parse().ok(),
    })
}

/// The file as it is, from an address where nothing runs: its policy is a sandbox without scripts, and its type is the one
/// that its first bytes told. Its entry is durable before the first byte.
async fn view(page: SignedIn, Id(id): Id<EvidenceId>, Ranged(wanted): Ranged, _: Empty) -> Answer {
    let files = page.caller().house().files().clone();
    Ok(shown(page.enter().view(ReadEvidence { id, wanted, files }).await?))
}
