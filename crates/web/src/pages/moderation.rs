//! Moderating: the samples and how they were drawn, one chosen assessment beside the form of the decision, and the proof that
//! a decision stands in the log.

use askama::Template;
use axum::response::Response;
use futures_util::future::try_join_all;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::problem::{FORBIDDEN, NOT_FOUND};
use skillsyms_core::{AssessmentId, Decision, EnrolmentId, Problem, ProgrammeId, SampleId, TaskKind};
use skillsyms_people::{ByAge, Cursor, PageAsk};
use skillsyms_records::ledger::{LedgerProof, ProofAsk, ProveLedger};
use skillsyms_records::moderation::{
    Chosen, DECIDED, Decide, DrawSample, ListSamples, NOT_CHOSEN, ReadChosen, ReadSample, Sample, SampleSummary, Trace,
    TraceAssessment,
};
use skillsyms_records::programmes::ListProgrammes;
use skillsyms_records::tasks::{ModuleWork, ReadWork, Standing, Work};

use super::assessments::{Case, cursor_of, is_meanwhile, layout, outcome, read, status, why};
use super::kit::list::{Days, Orders, by_age};
use super::kit::{Address, Choice, Form, FormView, Layout, Pager, SignedIn, When, csv, html, html_with, see};
use super::tasks::{page_of, programmes};
use crate::extract::{Empty, Id, InModule};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Characters of a seed that tell two draws of one minute apart.
const SEED_SHOWN: usize = 8;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/samples", samples)
            .view::<ListSamples>("The samples that were drawn")
            .then_view::<ListProgrammes>()
            .nav("nav-samples", 30),
        Route::form("/t/{slug}/samples", draw)
            .act::<DrawSample>("Draw a sample, and release the others")
            .then_view::<ListSamples>()
            .then_view::<ListProgrammes>(),
        Route::page("/t/{slug}/samples/{id}", sample)
            .view::<ReadSample>("A sample: how it was drawn, and what was chosen")
            .then_view::<ReadChosen>(),
        Route::page("/t/{slug}/moderation/{id}/{module}", page)
            .view::<ReadWork>("A chosen assessment beside the form of the decision"),
        Route::form("/t/{slug}/moderation/{id}/{module}", decide)
            .act::<Decide>("Uphold an assessment, or return it with a reason")
            .then_view::<ReadWork>(),
        Route::page("/t/{slug}/proofs/{id}", proof)
            .view::<TraceAssessment>("The proof that an assessment and the decision on it stand in the log")
            .then_view::<ProveLedger>(),
    ]
}

/// A sample as the list shows it.
struct SampleRow {
    href: String,
    programme: String,
    at: When,
    population: i64,
    drawn: i64,
}

#[derive(Template)]
#[template(path = "moderation/samples.html")]
struct SamplesPage {
    l: Layout,
    form: FormView,
    lines: Vec<SampleRow>,
    choices: Vec<Choice>,
    orders: Vec<Choice>,
    days: Days,
    is_filtered: bool,
    to_draw: Vec<(String, String)>,
    pager: Pager,
}

async fn samples(page: SignedIn, _: Empty) -> Answer {
    show_samples(&page, None).await
}

async fn show_samples(page: &SignedIn, sent: Option<(Form<Wanted>, Problem)>) -> Answer {
    let address = Address::of(page.asked());
    let words = page.words();
    let wanted: Option<ProgrammeId> = address.get("programme").parse().ok();
    let days = Days::of(&address, words)?;
    let of = |page: PageAsk| ListSamples {
        programme: wanted,
        span: days.span,
        sort: address.age(),
        page,
    };
    if address.wants_csv() && !days.are_wrong {
        let heads = ["queue-programme", "samples-at", "samples-population", "samples-drawn"];
        let rows = |line: SampleSummary| {
            let numbers = [line.population.to_string(), line.drawn.to_string()];
            let texts = vec![line.programme_title, line.created_at.to_string()];
            vec![[texts, numbers.to_vec()].concat()]
        };
        return csv::whole(page, ("samples", &heads), of, rows).await;
    }
    let found = page.enter().view(of(page_of(&address)?)).await?;
    let mut l = page.layout(words.get("samples-title")).await?;
    l.is_refused = sent.is_some() || days.are_wrong;
    let l = l.crumb("", words.get("nav-home"));
    let status = sent.as_ref().map_or(StatusCode::OK, |(_, problem)| status(problem));
    let form = match sent {
        Some((sent, problem)) => SignedIn::form(&l).filled(sent.pairs).refused(problem, words)?,
        None => SignedIn::form(&l),
    };
    let choices = programmes(page, &address).await?;
    let mut to_draw = Vec::new();
    if l.may("moderation.draw") {
        let all = choices.iter().filter(|choice| !choice.value.is_empty());
        to_draw = all.map(|one| (one.value.clone(), one.text.clone())).collect();
    }
    html_with(
        status,
        &SamplesPage {
            lines: found
                .items
                .iter()
                .map(|line| SampleRow {
                    href: page.href(&format!("samples/{}", line.id)),
                    programme: line.programme_title.clone(),
                    at: line.created_at.into(),
                    population: line.population,
                    drawn: line.drawn,
                })
                .collect(),
            pager: Pager::new(&address, found.next.as_ref(), words),
            is_filtered: address.is_filtered(),
            orders: by_age(&address, ByAge::Newest, words),
            days,
            choices,
            to_draw,
            form,
            l,
        },
    )
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    programme: String,
}

async fn draw(page: SignedIn, form: Form<Wanted>) -> Answer {
    let programme: Result<ProgrammeId, _> = form.value.programme.parse();
    let done = match programme {
        Ok(programme) => {
            let act = DrawSample { programme };
            page.make(act, &form, |drawn| Some(drawn.sample.uuid()))
                .await
                .map(|_| ())
        }
        Err(_) => Err(Problem::field("/programme", "moderation.programme", "Choose a programme.").into()),
    };
    match done {
        Ok(()) => Ok(see(&page.href("samples"))),
        Err(Refused(problem)) => show_samples(&page, Some((form, problem))).await,
    }
}

/// Positions of a draw that stand in its page, which is to have 20 kB at most; the file has all of them.
const POPULATION_SHOWN: usize = 100;

/// A chosen assessment as the page of its sample shows it.
struct ChosenRow {
    href: String,
    learner: String,
    module: String,
    outcome: String,
    tone: &'static str,
    decision: Option<(String, &'static str, When)>,
    proof: String,
}

#[derive(Template)]
#[template(path = "moderation/sample.html")]
struct SamplePage {
    l: Layout,
    seed: String,
    percent: i64,
    floor: i64,
    population: usize,
    drawn: i64,
    at: When,
    lines: Vec<ChosenRow>,
    ids: Vec<(usize, String, bool)>,
    all: String,
    orders: Orders,
    pager: Pager,
}

async fn sample(page: SignedIn, Id(id): Id<SampleId>, _: Empty) -> Answer {
    let address = Address::of(page.asked());
    let of = |page: PageAsk| ReadChosen {
        sample: id,
        sort: address.age(),
        page,
    };
    if address.wants_csv() {
        let heads = ["queue-learner", "queue-module", "assess-outcome", "moderate-decision"];
        let rows = |item: Chosen| {
            let line = chosen_row(&page, &item);
            let decision = line.decision.map(|(text, ..)| text).unwrap_or_default();
            vec![vec![line.learner, line.module, line.outcome, decision]]
        };
        return csv::whole(&page, ("sample", &heads), of, rows).await;
    }
    if address.get("format") == "population" {
        return Ok(population(&page, &page.enter().view(ReadSample { id }).await?));
    }
    let (drawn, found) = tokio::try_join!(
        page.enter().view(ReadSample { id }),
        page.enter().view(of(page_of(&address)?)),
    )?;
    let words = page.words();
    let lines: Vec<ChosenRow> = found.items.iter().map(|item| chosen_row(&page, item)).collect();
    let l = page.layout(words.get("sample-title")).await?;
    let seed: String = drawn.seed.chars().take(SEED_SHOWN).collect();
    let l = l
        .about(&format!("{} ({seed})", When::from(drawn.created_at).text()))
        .crumb("", words.get("nav-home"))
        .crumb("samples", words.get("nav-samples"));
    let members = drawn.population.iter().enumerate();
    html(&SamplePage {
        seed: drawn.seed.clone(),
        percent: drawn.percent,
        floor: drawn.floor,
        population: drawn.population.len(),
        drawn: drawn.drawn,
        at: drawn.created_at.into(),
        ids: members
            .take(POPULATION_SHOWN)
            .map(|(at, member)| (at, member.assessment.to_string(), member.chosen))
            .collect(),
        all: address.with("format", "population"),
        pager: Pager::new(&address, found.next.as_ref(), words),
        orders: Orders::new(&address, by_age(&address, ByAge::Oldest, words), words),
        lines,
        l,
    })
}

/// All positions of the draw, as a file.
fn population(page: &SignedIn, drawn: &Sample) -> Response {
    let words = page.words();
    let head = ["sample-position", "sample-assessment", "sample-is-chosen"].map(|key| words.get(key));
    let rows = drawn.population.iter().enumerate().map(|(at, member)| {
        let chosen = if member.chosen {
            words.get("sample-is-chosen")
        } else {
            String::new()
        };
        vec![at.to_string(), member.assessment.to_string(), chosen]
    });
    csv::file(
        "population",
        &std::iter::once(head.to_vec()).chain(rows).collect::<Vec<_>>(),
    )
}

fn chosen_row(page: &SignedIn, item: &Chosen) -> ChosenRow {
    let words = page.words();
    let (outcome, tone) = outcome(words, item.outcome);
    ChosenRow {
        href: page.href(&format!("moderation/{}/{}", item.enrolment, item.module)),
        learner: format!("{} {}", item.first_name, item.last_name),
        module: format!("{} {}", item.module_code, item.module_title),
        outcome,
        tone,
        decision: item.decision.zip(item.decided_at).map(|(decision, at)| {
            let (key, tone) = match decision {
                Decision::Upheld => ("moderate-upheld", "good"),
                Decision::Returned => ("moderate-returned", "warn"),
            };
            (words.get(key), tone, When::from(at))
        }),
        proof: page.href(&format!("proofs/{}", item.assessment)),
    }
}

#[derive(Template)]
#[template(path = "moderation/moderate.html")]
struct ModeratePage {
    l: Layout,
    case: Case,
    form: FormView,
    action: String,
    decisions: Vec<(&'static str, String)>,
    sample: Option<String>,
    percent: i64,
    floor: i64,
    why: Option<String>,
    is_duty: bool,
    meanwhile: bool,
    typed: String,
    skip: String,
}

async fn page(page: SignedIn, Id(enrolment): Id<EnrolmentId>, InModule(module): InModule, _: Empty) -> Answer {
    let found = read(&page, enrolment, module).await?;
    show(&page, &found, None).await
}

async fn show(page: &SignedIn, (work, module): &(Work, ModuleWork), sent: Option<(Form<Typed>, Problem)>) -> Answer {
    let words = page.words();
    let case = Case::of(page, work, module);
    let names = [
        ("module", module.module.code.as_str().into()),
        ("learner", case.learner.as_str().into()),
    ];
    let l = layout(page, words.args("moderate-title", names), sent.is_some()).await?;
    let task = cursor_of(module, TaskKind::Moderate);
    let problem = sent.as_ref().map(|(_, problem)| problem);
    let meanwhile = problem.is_some_and(|problem| is_meanwhile(problem, &[&DECIDED, &NOT_CHOSEN]));
    let status = problem.map_or(StatusCode::OK, status);
    let typed = sent
        .as_ref()
        .map(|(form, _)| form.value.reason.clone())
        .unwrap_or_default();
    let waiting = module.attempts.iter().find(|attempt| attempt.waits());
    let form = filled(SignedIn::form(&l), sent, (meanwhile, page))?;
    let form = form
        .fill(
            "assessment",
            waiting
                .map(|attempt| attempt.assessment.id.to_string())
                .unwrap_or_default(),
        )
        .fill("task", task.as_str());
    let chosen = module.attempts.iter().rev().find(|attempt| attempt.is_chosen);
    html_with(
        status,
        &ModeratePage {
            action: page.href(&format!("moderation/{}/{}", work.enrolment, module.module.id)),
            decisions: vec![
                ("upheld", words.get("moderate-uphold")),
                ("returned", words.get("moderate-return")),
            ],
            sample: chosen
                .and_then(|attempt| attempt.sample)
                .filter(|_| l.may("moderation.chosen"))
                .map(|id| page.href(&format!("samples/{id}"))),
            percent: work.sampling_percent,
            floor: work.sampling_floor,
            why: why(words, module.moderate),
            is_duty: !matches!(module.moderate, Standing::Open | Standing::Nothing),
            meanwhile,
            typed,
            skip: page.href(&format!("queue/next?kind=moderate&after={task}")),
            case,
            form,
            l,
        },
    )
}

fn filled(
    form: FormView,
    sent: Option<(Form<Typed>, Problem)>,
    (meanwhile, page): (bool, &SignedIn),
) -> Result<FormView, Refused> {
    let Some((sent, problem)) = sent else { return Ok(form) };
    let mut pairs = sent.pairs;
    pairs.retain(|(name, _)| !["assessment", "task"].contains(&name.as_str()));
    let form = form.filled(pairs);
    if meanwhile || problem.code == &FORBIDDEN || problem.code == &NOT_FOUND {
        return Ok(form);
    }
    form.refused(problem, page.words())
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    assessment: String,
    #[serde(default)]
    decision: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    task: String,
}

async fn decide(
    page: SignedIn,
    Id(enrolment): Id<EnrolmentId>,
    InModule(module): InModule,
    form: Form<Typed>,
) -> Answer {
    let done = match new(&form) {
        Ok(act) => {
            let made = page.make(act, &form, |decided| Some(decided.moderation.uuid())).await;
            made.map(|_| ())
        }
        Err(problem) => Err(problem.into()),
    };
    let Err(Refused(problem)) = done else {
        let after = Cursor::parse(&form.value.task).map(|cursor| cursor.to_string());
        let (after, done) = (after.unwrap_or_default(), form.value.decision.as_str());
        let done = Decision::parse(done).map_or("upheld", Decision::as_str);
        return Ok(see(
            &page.href(&format!("queue/next?kind=moderate&after={after}&done={done}"))
        ));
    };
    if problem.code.status == 401 || problem.code.status >= 500 {
        return Err(problem.into());
    }
    let found = read(&page, enrolment, module).await?;
    show(&page, &found, Some((form, problem))).await
}

fn new(form: &Form<Typed>) -> Result<Decide, Problem> {
    let decision = Decision::parse(&form.value.decision)
        .ok_or_else(|| Problem::field("/decision", "moderation.decision", "Choose what you decided."))?;
    let assessment: AssessmentId = form.value.assessment.parse().map_err(|_| Problem::not_found())?;
    Ok(Decide {
        assessment,
        decision,
        reason: Some(form.value.reason.clone()),
    })
}

/// An entry of the log with its proof.
struct Proved {
    what: String,
    at: When,
    leaf: u64,
    size: u64,
    hash: String,
    path: Vec<String>,
}

#[derive(Template)]
#[template(path = "moderation/proof.html")]
struct ProofPage {
    l: Layout,
    entries: Vec<Proved>,
    checkpoint: String,
    pending: u64,
}

/// A proof for each of these entries. Asking leaves an entry too, so the log grows between two questions: the others are
/// asked against the head that the first was proved against, and at once.
async fn proofs(page: &SignedIn, traces: &[&Trace]) -> Result<Vec<LedgerProof>, Refused> {
    let prove = |leaf: u64, size: Option<u64>| {
        let ask = ProofAsk::Inclusion { leaf, size };
        page.enter().view(ProveLedger { ask })
    };
    let Some((first, rest)) = traces.split_first() else {
        return Ok(Vec::new());
    };
    let first = prove(first.leaf, None).await?;
    let rest = rest.iter().map(|trace| prove(trace.leaf, Some(first.size)));
    let rest = try_join_all(rest).await?;
    Ok(std::iter::once(first).chain(rest).collect())
}

async fn proof(page: SignedIn, Id(assessment): Id<AssessmentId>, _: Empty) -> Answer {
    let found = page.enter().view(TraceAssessment { assessment }).await?;
    let words = page.words();
    let traces: Vec<&Trace> = found.items.iter().rev().collect();
    let proofs = proofs(&page, &traces).await?;
    let checkpoint = proofs.first().map(|proof| proof.checkpoint.clone()).unwrap_or_default();
    let proved = |(trace, proof): (&&Trace, LedgerProof)| Proved {
        what: words.get(match trace.act.as_str() {
            "moderation.decide" => "trace-decided",
            _ => "trace-assessed",
        }),
        at: trace.at.into(),
        leaf: trace.leaf,
        size: proof.size,
        hash: proof.hash.unwrap_or_else(|| trace.hash.clone()),
        path: proof.proof,
    };
    let entries: Vec<Proved> = traces.iter().zip(proofs).map(proved).collect();
    let l = page.layout(words.get("trace-title")).await?;
    let leaves: Vec<String> = entries.iter().map(|entry| entry.leaf.to_string()).collect();
    let l = l
        .about(&leaves.join(", "))
        .crumb("", words.get("nav-home"))
        .crumb("samples", words.get("nav-samples"));
    html(&ProofPage {
        pending: found.pending,
        entries,
        checkpoint,
        l,
    })
}
