//! One learner: details, record, and who looked. Each is a page of its own, so that only what is looked at is entered.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use futures_util::future::try_join_all;
use skillsyms_core::{EnrolmentStatus, LearnerId, ModuleId, Outcome, Problem, ProgrammeId};
use skillsyms_people::page::LIMIT_MAX;
use skillsyms_people::{ByAge, Limit, PageAsk};
use skillsyms_records::enrolments::ListEnrolments;
use skillsyms_records::enrolments::reach::Only;
use skillsyms_records::evidence::ListEvidence;
use skillsyms_records::learners::{Access, FormerId, Learner, LearnerDetails, ReadAccesses, ReadLearner, ReadProfile};
use skillsyms_records::programmes::{Programme, ReadProgramme};
use skillsyms_records::results::ListResults;
use skillsyms_records::statements::ListStatements;

use super::fields::{self, Told};
use crate::extract::{Empty, Id};
use crate::pages::kit::list::{Days, by_age};
use crate::pages::kit::when::day_of;
use crate::pages::kit::{Address, Choice, Layout, Pager, SignedIn, When, Words, csv, html};
use crate::problem::{Answer, Refused};

/// `Thandi Grace Nkosi`.
pub(super) fn full_name(details: &LearnerDetails) -> String {
    let parts = [&details.first_name, &details.middle_name, &details.last_name];
    let parts: Vec<&str> = parts.into_iter().filter_map(|part| part.as_deref()).collect();
    parts.join(" ")
}

/// What the three pages have in common.
struct Head {
    name: String,
    tabs: Vec<(String, String)>,
    here: String,
}

fn head(l: Layout, id: LearnerId, (name, here): (String, &str)) -> (Layout, Head) {
    let at = |rest: &str| l.href(&format!("learners/{id}{rest}"));
    let mut tabs = Vec::new();
    if l.may("learner.profile") {
        tabs.push((at(""), l.get("learner-tab-details")));
    }
    tabs.push((at("/record"), l.get("learner-tab-record")));
    if l.may("learner.accesses") {
        tabs.push((at("/accesses"), l.get("learner-tab-accesses")));
    }
    let here = at(here);
    let (home, list) = (l.get("nav-home"), l.get("learners-title"));
    (l.crumb("", home).crumb("learners", list), Head { name, tabs, here })
}

#[derive(Template)]
#[template(path = "learners/details.html")]
struct DetailsPage {
    l: Layout,
    head: Head,
    id: LearnerId,
    id_masked: String,
    former: Vec<(String, When)>,
    warnings: Vec<String>,
    groups: Vec<Told>,
}

pub(super) async fn details(page: SignedIn, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    let profile = page.enter().view(ReadProfile { id }).await?;
    let words = page.words();
    let name = full_name(&profile.details);
    let mut l = page.layout(words.with("learner-title", "name", name.as_str())).await?;
    l = match page.asked().query() {
        "done=registered" => l.notice(words.get("learner-registered")),
        "done=changed" => l.notice(words.get("learner-changed")),
        "done=corrected" => l.notice(words.get("learner-id-corrected")),
        _ => l,
    };
    let (l, head) = head(l, id, (name, ""));
    let former = |former: &FormerId| (former.id_masked.clone(), former.corrected_at.into());
    html(&DetailsPage {
        head,
        id,
        former: profile.former_ids.iter().map(former).collect(),
        warnings: profile
            .warnings
            .iter()
            .map(|warning| warning.message.to_owned())
            .collect(),
        groups: fields::told(words, &profile.details),
        id_masked: profile.id_masked,
        l,
    })
}

#[derive(Template)]
#[template(path = "learners/record.html")]
struct RecordPage {
    l: Layout,
    head: Head,
    id: LearnerId,
    enrolments: Vec<EnrolmentLine>,
    results: Vec<ResultLine>,
    statements: Vec<StatementLine>,
}

struct EnrolmentLine {
    href: String,
    programme: String,
    status: String,
    tone: &'static str,
    since: String,
    evidence: usize,
}

struct ResultLine {
    module: String,
    outcome: String,
    tone: &'static str,
    in_force: bool,
    at: When,
}

struct StatementLine {
    href: String,
    number: String,
    at: When,
}

/// The word of a state, and the tone that goes with it.
pub(crate) const fn status(status: EnrolmentStatus) -> (&'static str, &'static str) {
    match status {
        EnrolmentStatus::Enrolled => ("enrolment-status-enrolled", "busy"),
        EnrolmentStatus::Completed => ("enrolment-status-completed", "good"),
        EnrolmentStatus::Withdrawn => ("enrolment-status-withdrawn", "warn"),
        EnrolmentStatus::Discontinued => ("enrolment-status-discontinued", "bad"),
        EnrolmentStatus::Reinstated => ("enrolment-status-reinstated", "busy"),
        EnrolmentStatus::Suspended => ("enrolment-status-suspended", "warn"),
    }
}

const fn outcome(outcome: Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Competent => ("record-competent", "good"),
        Outcome::NotYetCompetent => ("record-not-yet", "warn"),
        Outcome::Absent => ("record-absent", "calm"),
    }
}

/// The programmes of some enrolments, by id: they hold nothing about a person.
pub(crate) async fn programmes(
    page: &SignedIn,
    ids: impl Iterator<Item = ProgrammeId>,
) -> Result<BTreeMap<ProgrammeId, Programme>, Refused> {
    let ids: BTreeSet<ProgrammeId> = ids.collect();
    let read = async |id| Ok::<_, Refused>((id, page.enter().view(ReadProgramme { id }).await?));
    Ok(try_join_all(ids.into_iter().map(read)).await?.into_iter().collect())
}

fn name_of(learner: &Learner) -> String {
    let parts = [&learner.first_name, &learner.middle_name, &learner.last_name];
    let parts: Vec<&str> = parts
        .into_iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(" ")
}

/// The statements of a learner. Who works with a learner sees the work; these are the learner's and the administrators'.
async fn statements(page: &SignedIn, l: &Layout, only: Only, all: PageAsk) -> Result<Vec<StatementLine>, Problem> {
    if !l.may("statement.list") {
        return Ok(Vec::new());
    }
    let found = page.enter().view(ListStatements { only, page: all }).await?;
    let lines = found.items.into_iter().map(|item| StatementLine {
        href: l.href(&format!("learners/statements/{}", item.id)),
        number: item.number,
        at: item.issued_at.into(),
    });
    Ok(lines.collect())
}

pub(super) async fn record(page: SignedIn, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    let only = Only {
        learner: Some(id),
        enrolment: None,
    };
    // More than a hundred of anything is more than one learner has; the API gives all of it.
    let all = PageAsk {
        limit: Limit::new(LIMIT_MAX)?,
        cursor: None,
    };
    let mut l = page.layout(String::new()).await?;
    let (learner, enrolments, evidence, results, statements) = tokio::try_join!(
        page.enter().view(ReadLearner { id }),
        page.enter().view(ListEnrolments {
            learner: Some(id),
            page: all
        }),
        page.enter().view(ListEvidence { only, page: all }),
        page.enter().view(ListResults { only, page: all }),
        statements(&page, &l, only, all),
    )?;
    let programmes = programmes(&page, enrolments.items.iter().map(|item| item.programme)).await?;
    let name = name_of(&learner);
    l.title = page.words().with("learner-record-title", "name", name.as_str());
    let enrolment = if l.may("enrolment.create") { "" } else { "/work" };
    let (l, head) = head(l, id, (name, "/record"));
    let module = |id: ModuleId| {
        let all = programmes.values().flat_map(|programme| &programme.modules);
        let found = all.into_iter().find(|module| module.id == id);
        found.map_or_else(
            || id.to_string(),
            |module| format!("{} {}", module.code.as_str(), module.title),
        )
    };
    let enrolments = enrolments.items.iter().map(|item| EnrolmentLine {
        href: l.href(&format!("enrolments/{}{enrolment}", item.id)),
        programme: programmes
            .get(&item.programme)
            .map_or_else(String::new, |found| found.programme.title.clone()),
        status: l.get(status(item.status).0),
        tone: status(item.status).1,
        since: day_of(&item.enrolled_on),
        evidence: evidence.items.iter().filter(|file| file.enrolment == item.id).count(),
    });
    let results = results
        .items
        .iter()
        .filter(|item| item.reverses.is_none())
        .map(|item| ResultLine {
            module: module(item.module),
            outcome: l.get(outcome(item.outcome).0),
            tone: outcome(item.outcome).1,
            in_force: item.in_force,
            at: item.created_at.into(),
        });
    html(&RecordPage {
        enrolments: enrolments.collect(),
        results: results.collect(),
        statements,
        id,
        head,
        l,
    })
}

#[derive(Template)]
#[template(path = "learners/accesses.html")]
struct AccessesPage {
    l: Layout,
    head: Head,
    lines: Vec<AccessLine>,
    pending: u64,
    days: Days,
    orders: Vec<Choice>,
    is_filtered: bool,
    here: String,
    pager: Pager,
}

struct AccessLine {
    at: When,
    who: String,
    roles: String,
    what: String,
    purpose: Option<String>,
    categories: String,
    refused: bool,
}

pub(super) async fn accesses(page: SignedIn, Id(id): Id<LearnerId>, _: Empty) -> Answer {
    let (address, words) = (Address::of(page.asked()), page.words());
    let days = Days::of(&address, words)?;
    let (span, sort) = (days.span, address.age());
    let of = |page: PageAsk| ReadAccesses { id, span, sort, page };
    if address.wants_csv() && !days.are_wrong {
        return accesses_file(&page, of).await;
    }
    let found = page.enter().view(of(address.page(Limit::default())?)).await?;
    let lines: Vec<AccessLine> = found
        .items
        .into_iter()
        .map(|access| access_line(words, access))
        .collect();
    let profile = page.enter().view(ReadProfile { id }).await?;
    let name = full_name(&profile.details);
    let l = page.layout(words.with("accesses-title", "name", name.as_str())).await?;
    let (mut l, head) = head(l, id, (name, "/accesses"));
    l.is_refused = days.are_wrong;
    html(&AccessesPage {
        orders: by_age(&address, ByAge::Newest, words),
        is_filtered: address.is_filtered(),
        here: address.plain().to_owned(),
        days,
        pager: Pager::new(&address, found.next.as_ref(), words),
        pending: found.pending,
        lines,
        head,
        l,
    })
}

fn access_line(words: Words, access: Access) -> AccessLine {
    let roles: Vec<String> = access.roles.iter().map(|role| word(words, "role-", role)).collect();
    let kinds = access
        .categories
        .iter()
        .map(|kind| word(words, "learner-category-", kind));
    let kinds: Vec<String> = kinds.collect();
    AccessLine {
        at: access.at.into(),
        who: access
            .person
            .unwrap_or_else(|| word(words, "learner-actor-", &access.actor_kind)),
        roles: roles.join(", "),
        what: capital(&access.what),
        purpose: access.purpose,
        categories: kinds.join(", "),
        refused: access.outcome != "done",
    }
}

/// The titles of acts are parts of sentences; here they begin one.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", chars.as_str())
}

/// The word of a code, or the code.
fn word(words: Words, family: &str, code: &str) -> String {
    words
        .find(&format!("{family}{code}"))
        .unwrap_or_else(|| code.to_owned())
}

async fn accesses_file(page: &SignedIn, of: impl Fn(PageAsk) -> ReadAccesses + Send) -> Answer {
    let words = page.words();
    let headings = [
        "accesses-at",
        "accesses-who",
        "accesses-what",
        "accesses-purpose",
        "accesses-kinds",
    ];
    let rows = |access: Access| {
        let line = access_line(words, access);
        let purpose = line.purpose.unwrap_or_default();
        vec![vec![line.at.iso(), line.who, line.what, purpose, line.categories]]
    };
    csv::whole(page, ("who-looked", &headings), of, rows).await
}
