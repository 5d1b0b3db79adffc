//! A learner's own pages: progress, evidence, results and statements, what is held about them.

mod bring;
mod send;

use askama::Template;
use axum::response::IntoResponse;
use http::{HeaderValue, header};
use skillsyms_core::{EnrolmentId, EvidenceId, ModuleId, StatementId};
use skillsyms_people::{Limit, PageAsk};
use skillsyms_records::enrolments::reach::Only;
use skillsyms_records::evidence::ReadEvidence;
use skillsyms_records::learning::{
    Course, CourseLine, ListLearning, ModuleProgress, ModuleState, NextStep, ReadDetails, ReadLearning,
};
use skillsyms_records::statements::{IssuedStatement, ListStatements, ReadStatement, Status};

use super::kit::when::day_of;
use super::kit::{Address, Layout, SignedIn, When, csv, html};
use crate::api::evidence::download;
use crate::extract::{Empty, Id, Ranged};
use crate::pages::held::{self, Held};
use crate::problem::Answer;
use crate::routes::Route;

/// Programmes that somebody learns in, on one page.
const COURSES: PageAsk = PageAsk {
    limit: Limit::MAX,
    cursor: None,
};

pub(super) fn routes() -> Vec<Route> {
    let own = vec![
        Route::page("/t/{slug}/learning", courses)
            .view::<ListLearning>("One's own progress in every programme")
            .nav("nav-learning", 10),
        Route::page("/t/{slug}/learning/{id}", course)
            .view::<ReadLearning>("One's own progress, outcomes, feedback and evidence in one programme"),
        Route::page("/t/{slug}/learning-files/{id}", file).view::<ReadEvidence>("A file of one's own evidence"),
        Route::page("/t/{slug}/my-results", results)
            .view::<ListLearning>("One's own results and statements")
            .then_view::<ListStatements>()
            .nav("nav-my-results", 20),
        Route::page("/t/{slug}/my-results/{id}", statement).view::<ReadStatement>("One's own statement of results"),
        Route::page("/t/{slug}/my-record", record)
            .view::<ReadDetails>("What is held about oneself, and why")
            .nav("nav-my-record", 40),
    ];
    [own, bring::routes(), send::routes()].concat()
}

#[derive(Template)]
#[template(path = "learning/courses.html")]
struct CoursesPage {
    l: Layout,
    courses: Vec<CourseShown>,
}

/// A programme as it is shown in a list.
struct CourseShown {
    line: CourseLine,
    status: String,
    percent: usize,
    step: String,
    step_href: String,
    from: String,
    until: Option<String>,
}

impl CourseShown {
    fn of(page: &SignedIn, line: CourseLine) -> Self {
        let words = page.words();
        let module = line.next_module.clone().unwrap_or_default();
        let (step, to) = match line.next {
            NextStep::TryAgain(id) => (words.with("learn-step-try-again", "module", module), Some(id)),
            NextStep::Bring(id) => (words.with("learn-step-bring", "module", module), Some(id)),
            NextStep::Ask(_) => (words.with("learn-step-ask", "module", module), None),
            NextStep::Wait => (words.get("learn-step-wait"), None),
            NextStep::Done => (words.get("learn-step-done"), None),
            NextStep::Over => (words.get("learn-step-over"), None),
        };
        Self {
            status: words.get(&format!("learn-status-{}", line.status.as_str())),
            percent: line.achieved.saturating_mul(100).checked_div(line.modules).unwrap_or(0),
            step,
            step_href: to.map_or_else(String::new, |id| {
                page.href(&format!("learning/{}/evidence?module={id}", line.id))
            }),
            from: day_of(&line.enrolled_on),
            until: line.expected_on.as_deref().map(day_of),
            line,
        }
    }
}

async fn courses(page: SignedIn, _: Empty) -> Answer {
    let found = page.enter().view(ListLearning { page: COURSES }).await?;
    let l = page.layout(page.words().get("learning-title")).await?;
    let l = l.crumb("", page.words().get("nav-home"));
    html(&CoursesPage {
        courses: found
            .items
            .into_iter()
            .map(|line| CourseShown::of(&page, line))
            .collect(),
        l,
    })
}

#[derive(Template)]
#[template(path = "learning/course.html")]
struct CoursePage {
    l: Layout,
    shown: CourseShown,
    parts: Vec<PartShown>,
}

/// A module as it is shown.
struct PartShown {
    id: ModuleId,
    code: String,
    title: String,
    kind: String,
    credits: i64,
    state: String,
    tone: &'static str,
    is_open: bool,
    attempts: String,
    outcomes: Vec<OutcomeShown>,
    files: Vec<FileShown>,
}

/// What an assessor decided.
struct OutcomeShown {
    outcome: String,
    tone: &'static str,
    on: String,
    feedback: Vec<String>,
}

/// A file of evidence.
struct FileShown {
    href: String,
    name: String,
    size: String,
    came: When,
}

impl PartShown {
    fn of(page: &SignedIn, course: &Course, part: &ModuleProgress) -> Self {
        let words = page.words();
        let outcomes = part.assessments.iter().map(|assessment| OutcomeShown {
            outcome: words.get(&format!("learn-outcome-{}", assessment.outcome.as_str())),
            tone: if assessment.outcome == skillsyms_core::Outcome::Competent {
                "good"
            } else {
                "warn"
            },
            on: day_of(&assessment.assessed_on),
            feedback: assessment
                .feedback
                .iter()
                .flat_map(|text| text.lines().map(str::to_owned))
                .collect(),
        });
        let files = part.evidence.iter().map(|file| FileShown {
            href: page.href(&format!("learning-files/{}", file.id)),
            name: file.name.clone(),
            size: size(file.size),
            came: file.created_at.into(),
        });
        let used = [
            ("used", part.attempts_used.into()),
            ("of", course.attempts_limit.into()),
        ];
        Self {
            id: part.id,
            code: part.code.clone(),
            title: part.title.clone(),
            kind: words.get(&format!("learn-kind-{}", part.kind.as_str())),
            credits: part.credits,
            state: words.get(&format!("learn-state-{}", part.state.as_str())),
            tone: tone(part.state),
            is_open: part.state.is_open() && course.line.status.is_active(),
            attempts: words.args("learning-attempts", used),
            outcomes: outcomes.collect(),
            files: files.collect(),
        }
    }
}

const fn tone(state: ModuleState) -> &'static str {
    match state {
        ModuleState::Competent => "good",
        ModuleState::Submitted | ModuleState::Checking => "busy",
        ModuleState::TryAgain => "warn",
        ModuleState::NoAttempts | ModuleState::NotYetCompetent => "bad",
        ModuleState::NotStarted => "calm",
    }
}

/// `1.2 MB`, `14 kB`: as file managers say it.
fn size(bytes: i64) -> String {
    const KILO: i64 = 1024;
    let tenths = bytes.saturating_mul(10) / (KILO * KILO);
    if tenths >= 10 {
        return format!("{}.{} MB", tenths / 10, tenths % 10);
    }
    format!("{} kB", bytes.saturating_add(KILO - 1) / KILO)
}

async fn course(page: SignedIn, Id(id): Id<EnrolmentId>, _: Empty) -> Answer {
    let course = page.enter().view(ReadLearning { id }).await?;
    let words = page.words();
    let mut l = page.layout(words.get("nav-learning")).await?;
    l = l
        .about(&course.line.title)
        .crumb("", words.get("nav-home"))
        .crumb("learning", words.get("nav-learning"));
    if let Ok(files) = Address::of(page.asked()).get("brought").parse::<u8>() {
        l = l.notice(words.with("learning-brought", "files", files));
    }
    html(&CoursePage {
        parts: course
            .parts
            .iter()
            .map(|part| PartShown::of(&page, &course, part))
            .collect(),
        shown: CourseShown::of(&page, course.line),
        l,
    })
}

async fn file(page: SignedIn, Id(id): Id<EvidenceId>, Ranged(wanted): Ranged, _: Empty) -> Answer {
    let files = page.caller().house().files().clone();
    Ok(download(page.enter().view(ReadEvidence { id, wanted, files }).await?))
}

#[derive(Template)]
#[template(path = "learning/results.html")]
struct ResultsPage {
    l: Layout,
    courses: Vec<CourseShown>,
    statements: Vec<StatementShown>,
}

struct StatementShown {
    href: String,
    number: String,
    programme: String,
    issued: When,
}

async fn results(page: SignedIn, _: Empty) -> Answer {
    let found = page.enter().view(ListLearning { page: COURSES }).await?;
    let of = ListStatements {
        only: Only::default(),
        page: COURSES,
    };
    let mut statements = page.enter().view(of).await?.items;
    // The latest first, and only one's own: who is an administrator as well sees all of them elsewhere.
    statements.reverse();
    let titled = |id: EnrolmentId| {
        found
            .items
            .iter()
            .find(|line| line.id == id)
            .map(|line| line.title.clone())
    };
    let statements = statements.into_iter().filter_map(|line| {
        Some(StatementShown {
            programme: titled(line.enrolment)?,
            href: page.href(&format!("my-results/{}", line.id)),
            number: line.number,
            issued: line.issued_at.into(),
        })
    });
    let statements: Vec<StatementShown> = statements.collect();
    if Address::of(page.asked()).wants_csv() {
        let words = page.words();
        let head = ["statement-number", "statement-programme", "statement-issued"]
            .map(|key| words.get(key))
            .to_vec();
        let rows = statements
            .into_iter()
            .map(|line| vec![line.number, line.programme, line.issued.iso()]);
        return Ok(csv::file("statements", &[vec![head], rows.collect()].concat()));
    }
    let l = page.layout(page.words().get("my-results-title")).await?;
    let l = l.crumb("", page.words().get("nav-home"));
    html(&ResultsPage {
        courses: found
            .items
            .into_iter()
            .map(|line| CourseShown::of(&page, line))
            .collect(),
        statements,
        l,
    })
}

#[derive(Template)]
#[template(path = "learning/statement.html")]
struct StatementPage {
    l: Layout,
    issued: IssuedStatement,
    name: String,
    birth: String,
    on: String,
    modules: Vec<(String, String, i64, String, String)>,
    json: String,
}

async fn statement(page: SignedIn, Id(id): Id<StatementId>, _: Empty) -> Answer {
    let issued = page.enter().view(ReadStatement { id }).await?;
    let address = Address::of(page.asked());
    if address.get("format") == "json" {
        let mut answer = axum::Json(&issued).into_response();
        let name = HeaderValue::from_static("attachment; filename=\"statement.json\"");
        answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
        return Ok(answer);
    }
    let words = page.words();
    let l = page
        .layout(words.with("statement-title", "number", issued.statement.number.as_str()))
        .await?;
    let l = l
        .crumb("", words.get("nav-home"))
        .crumb("my-results", words.get("nav-my-results"));
    let learner = &issued.statement.learner;
    let names = [&learner.first_name, &learner.middle_name, &learner.last_name];
    let names: Vec<&str> = names
        .into_iter()
        .map(String::as_str)
        .filter(|name| !name.is_empty())
        .collect();
    let modules = issued.statement.modules.iter().map(|module| {
        let on = module.assessed_on.as_deref().map_or_else(|| "–".to_owned(), day_of);
        let status = words.get(stated(module.status));
        (module.code.clone(), module.title.clone(), module.credits, status, on)
    });
    html(&StatementPage {
        name: names.join(" "),
        birth: day_of(&learner.birth_date),
        on: day_of(&issued.statement.issued_on),
        modules: modules.collect(),
        json: address.with("format", "json"),
        issued,
        l,
    })
}

const fn stated(status: Status) -> &'static str {
    match status {
        Status::Competent => "learn-outcome-competent",
        Status::NotYetCompetent => "learn-outcome-not_yet_competent",
        Status::Outstanding => "statement-outstanding",
    }
}

#[derive(Template)]
#[template(path = "learning/record.html")]
struct RecordPage {
    l: Layout,
    details: Vec<(String, String)>,
    contact: Vec<(String, String)>,
    profile: Vec<(String, String)>,
    held: Vec<Held>,
}

async fn record(page: SignedIn, _: Empty) -> Answer {
    let found = page.enter().view(ReadDetails).await?;
    let words = page.words();
    let l = page
        .layout(words.get("record-title"))
        .await?
        .crumb("", words.get("nav-home"));
    let [details, contact, profile] = held::shown(&found, words);
    html(&RecordPage {
        l,
        details,
        contact,
        profile,
        held: held::all(words),
    })
}
