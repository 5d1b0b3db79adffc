//! Who looked at one's record, and the questions about it.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::{Problem, QueryId};
use skillsyms_people::{ByAge, Cursor, Limit, PageAsk};
use skillsyms_records::access::{AccessQuery, AnswerQuery, Answered, Asked, ListQueries, QueryAccess, QueryState};
use skillsyms_records::learners::Access;
use skillsyms_records::learning::{ReadLookers, Whose};
use skillsyms_vault::Secret;
use uuid::Uuid;

use super::kit::list::{Days, Orders, by_age};
use super::kit::{Address, Choice, Form, FormView, Layout, Pager, SignedIn, When, Words, csv, html, html_with, see};
use crate::extract::{Empty, Id, OF_NOTHING};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Entries on one page: a screen or two on a phone.
const ENTRIES: i64 = 25;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/who-looked", lookers)
            .view::<ReadLookers>("Who looked at one's own record")
            .nav("nav-who-looked", 30),
        Route::page("/t/{slug}/who-looked/{id}", entry).view::<ReadLookers>("One entry, and the form to ask about it"),
        Route::form("/t/{slug}/who-looked/{id}", ask).act::<QueryAccess>("Ask about an entry on one's own record"),
        Route::page("/t/{slug}/access-questions", questions)
            .view::<ListQueries>("Questions about entries on records")
            .nav("nav-access-questions", 35),
        Route::form("/t/{slug}/access-questions/search", search).view::<ListQueries>("Find questions by what they say"),
        Route::page("/t/{slug}/access-questions/{id}", question).view::<ListQueries>("One question, and its answer"),
        Route::form("/t/{slug}/access-questions/{id}", answer)
            .act::<AnswerQuery>("Answer a question about an entry on a record"),
    ]
}

/// An entry's place in the log, as it stands in an address. What is no number goes on as a place that no entry has, and is
/// answered like it.
struct Leaf(u64);

impl FromStr for Leaf {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        if text == OF_NOTHING {
            return Ok(Self(u64::MAX));
        }
        text.parse().map(Self)
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            u64::MAX => f.write_str(OF_NOTHING),
            leaf => write!(f, "{leaf}"),
        }
    }
}

/// An entry as a learner reads it.
struct EntryShown {
    href: String,
    at: When,
    who: String,
    what: String,
    purpose: String,
    categories: String,
    outcome: Option<String>,
    count: Option<String>,
}

impl EntryShown {
    fn of(page: &SignedIn, access: Access, l: &Layout) -> Self {
        let words = page.words();
        let known = |family: &str, word: &str, plain: &str| {
            let key = format!("{family}{}", word.replace(['.', '_'], "-"));
            words.find(&key).unwrap_or_else(|| plain.to_owned())
        };
        let categories: Vec<String> = access
            .categories
            .iter()
            .map(|word| known("category-", word, word))
            .collect();
        Self {
            href: page.href(&format!("who-looked/{}", access.leaf)),
            at: access.at.into(),
            who: who(words, &access, l.provider().unwrap_or_default()),
            // These words speak to the learner; whoever answers them reads the plain name of the act.
            what: if l.may("access.answer") {
                access.what.clone()
            } else {
                known("did-", &access.act, &access.what)
            },
            purpose: access.purpose.unwrap_or_default(),
            categories: categories.join(", "),
            outcome: (access.outcome != "done").then(|| known("ended-", access.outcome, access.outcome)),
            count: access
                .count
                .filter(|count| *count > 1)
                .map(|count| words.with("looked-count", "count", count)),
        }
    }
}

/// Name, role and organisation, in words.
fn who(words: Words, access: &Access, provider: &str) -> String {
    let roles: Vec<String> = access
        .roles
        .iter()
        .map(|role| words.find(&format!("role-{role}")).unwrap_or_else(|| role.clone()))
        .collect();
    let name = access
        .person
        .clone()
        .unwrap_or_else(|| words.get(&format!("looker-{}", access.actor_kind)));
    // Who comes from outside belongs to no organisation that is known.
    let from = if ["person", "key"].contains(&access.actor_kind.as_str()) {
        provider
    } else {
        ""
    };
    let parts = [name, roles.join(", "), from.to_owned()];
    parts
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
}

#[derive(Template)]
#[template(path = "access/lookers.html")]
struct LookersPage {
    l: Layout,
    entries: Vec<EntryShown>,
    pending: bool,
    all: bool,
    other: String,
    days: Days,
    orders: Vec<Choice>,
    is_filtered: bool,
    pager: Pager,
}

fn page_ask(address: &Address) -> Result<PageAsk, Problem> {
    let text = address.get("cursor");
    let cursor = if text.is_empty() {
        None
    } else {
        Some(Cursor::parse(text)?)
    };
    Ok(PageAsk {
        limit: Limit::new(ENTRIES)?,
        cursor,
    })
}

async fn lookers(page: SignedIn, _: Empty) -> Answer {
    let address = Address::of(page.asked());
    let all = address.get("whose") == "all";
    let whose = if all { Whose::All } else { Whose::Others };
    let words = page.words();
    let days = Days::of(&address, words)?;
    let (span, sort) = (days.span, address.age());
    let of = |page: PageAsk| ReadLookers {
        whose,
        span,
        sort,
        page,
    };
    let mut l = page
        .layout(words.get("looked-title"))
        .await?
        .crumb("", words.get("nav-home"));
    l.is_refused = days.are_wrong;
    if address.wants_csv() && !days.are_wrong {
        let head = [
            "looked-when",
            "looked-who",
            "looked-what",
            "looked-purpose",
            "looked-categories",
        ];
        let rows = |access: Access| {
            let entry = EntryShown::of(&page, access, &l);
            vec![vec![
                entry.at.iso(),
                entry.who,
                entry.what,
                entry.purpose,
                entry.categories,
            ]]
        };
        return csv::whole(&page, ("who-looked", &head), of, rows).await;
    }
    let found = page.enter().view(of(page_ask(&address)?)).await?;
    let entries: Vec<EntryShown> = found
        .items
        .into_iter()
        .map(|access| EntryShown::of(&page, access, &l))
        .collect();
    html(&LookersPage {
        pager: Pager::new(&address, found.next.as_ref(), words),
        other: address.with("whose", if all { "" } else { "all" }),
        pending: found.pending > 0,
        orders: by_age(&address, ByAge::Newest, words),
        is_filtered: ["from", "until"].iter().any(|name| !address.get(name).is_empty()),
        days,
        all,
        entries,
        l,
    })
}

#[derive(Template)]
#[template(path = "access/entry.html")]
struct EntryPage {
    l: Layout,
    form: FormView,
    entry: EntryShown,
}

/// The entry of this leaf: the first before the next one, if it is the one.
async fn show_entry(page: &SignedIn, leaf: u64, refused: Option<(super::kit::carry::Pairs, Problem)>) -> Answer {
    let after = i64::try_from(leaf).unwrap_or(i64::MAX).saturating_add(1);
    let ask = PageAsk {
        limit: Limit::new(1)?,
        cursor: Some(Cursor::after_number(after)),
    };
    let found = page
        .enter()
        .view(ReadLookers {
            whose: Whose::All,
            page: ask,
            ..ReadLookers::default()
        })
        .await?;
    let access = found
        .items
        .into_iter()
        .next()
        .filter(|access| access.leaf == leaf)
        .ok_or_else(Problem::not_found)?;
    let words = page.words();
    let l = page.layout(words.get("query-title")).await?;
    let mut l = l
        .about(&leaf.to_string())
        .crumb("", words.get("nav-home"))
        .crumb("who-looked", words.get("nav-who-looked"));
    let mut form = SignedIn::form(&l);
    let mut status = StatusCode::OK;
    if let Some((pairs, problem)) = refused {
        form = form.filled(pairs).refused(problem, words)?;
        l = l.refused();
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let entry = EntryShown::of(page, access, &l);
    html_with(status, &EntryPage { l, form, entry })
}

async fn entry(page: SignedIn, Id(Leaf(leaf)): Id<Leaf>, _: Empty) -> Answer {
    show_entry(&page, leaf, None).await
}

#[derive(Deserialize)]
struct Question {
    question: String,
}

async fn ask(page: SignedIn, Id(Leaf(leaf)): Id<Leaf>, form: Form<Question>) -> Answer {
    let act = QueryAccess {
        learner: page.learner().await?,
        leaf,
        question: form.value.question.clone(),
    };
    match page.make(act, &form, |asked: &Asked| Some(asked.id.uuid())).await {
        Ok(_) => Ok(see(&page.href("access-questions?done=asked"))),
        Err(Refused(problem)) => show_entry(&page, leaf, Some((form.pairs, problem))).await,
    }
}

/// A question as it is shown.
struct QueryShown {
    href: String,
    learner: String,
    asked: When,
    question: Vec<String>,
    entry: Option<EntryShown>,
    answer: Vec<String>,
    answered: Option<(When, String)>,
}

impl QueryShown {
    fn of(page: &SignedIn, query: AccessQuery, l: &Layout) -> Self {
        let lines = |text: &str| text.lines().map(str::to_owned).collect();
        Self {
            href: page.href(&format!("access-questions/{}", query.id)),
            learner: query.learner_name,
            asked: query.asked_at.into(),
            question: lines(&query.question),
            entry: query.entry.map(|entry| EntryShown::of(page, entry, l)),
            answer: lines(query.answer.as_deref().unwrap_or_default()),
            answered: query
                .answered_at
                .map(|at| (at.into(), query.answered_by.unwrap_or_default())),
        }
    }
}

#[derive(Template)]
#[template(path = "access/questions.html")]
struct QuestionsPage {
    l: Layout,
    queries: Vec<QueryShown>,
    answers: bool,
    is_filtered: bool,
    links: [(String, String); 3],
    here: String,
    orders: Orders,
    choices: Vec<Choice>,
    searched: Option<String>,
    goes_on: bool,
    pager: Pager,
}

async fn questions(page: SignedIn, _: Empty) -> Answer {
    show_questions(&page, &Address::of(page.asked()), None).await
}

/// What is looked for. It comes in a form: names stand in no address.
#[derive(Deserialize)]
struct Typed {
    search: Secret<String>,
}

async fn search(page: SignedIn, form: Form<Typed>) -> Answer {
    let address = Address::of_form(page.href("access-questions/search"), &form.pairs);
    show_questions(&page, &address, Some(form.value.search)).await
}

async fn show_questions(page: &SignedIn, address: &Address, search: Option<Secret<String>>) -> Answer {
    let state = match address.get("state") {
        "open" => Some(QueryState::Open),
        "answered" => Some(QueryState::Answered),
        _ => None,
    };
    let sort = address.age();
    let of = |page: PageAsk| ListQueries {
        state,
        search: search.clone(),
        sort,
        page,
    };
    let words = page.words();
    let mut l = page
        .layout(words.get("questions-title"))
        .await?
        .crumb("", words.get("nav-home"));
    match address.get("done") {
        "asked" => l = l.notice(words.get("questions-asked")),
        "answered" => l = l.notice(words.get("questions-answered")),
        _ => {}
    }
    if address.wants_csv() {
        let rows = |query: AccessQuery| vec![row_of(QueryShown::of(page, query, &l))];
        return csv::whole(page, ("questions", &HEADINGS), of, rows).await;
    }
    let found = page.enter().view(of(page_ask(address)?)).await?;
    let queries: Vec<QueryShown> = found
        .items
        .into_iter()
        .map(|query| QueryShown::of(page, query, &l))
        .collect();
    // The tabs lead out of a search, because a name stands in no address.
    let plain = Address::of_form(page.href("access-questions"), &[]);
    let tabs = if search.is_some() { &plain } else { address };
    let link = |state: &str, key: &str| (tabs.with("state", state), words.get(key));
    html(&QuestionsPage {
        answers: l.may("access.answer"),
        is_filtered: address.is_filtered(),
        links: [
            link("", "questions-all"),
            link("open", "questions-open"),
            link("answered", "questions-done"),
        ],
        here: address.with("state", address.get("state")),
        choices: by_age(address, ByAge::Newest, words),
        orders: Orders::new(address, by_age(address, ByAge::Newest, words), words),
        pager: Pager::found(address, found.next.as_ref(), (&l.token, words)),
        searched: search.as_ref().map(|text| text.expose().clone()),
        goes_on: found.next.is_some(),
        queries,
        l,
    })
}

/// Headings of the file of questions.
const HEADINGS: [&str; 4] = [
    "questions-learner",
    "questions-when",
    "questions-question",
    "questions-answer",
];

fn row_of(query: QueryShown) -> Vec<String> {
    vec![
        query.learner,
        query.asked.iso(),
        query.question.join(" "),
        query.answer.join(" "),
    ]
}

#[derive(Template)]
#[template(path = "access/question.html")]
struct QuestionPage {
    l: Layout,
    form: FormView,
    query: QueryShown,
    answers: bool,
}

/// The question of this id: the first before the next id, if it is the one.
async fn show_question(page: &SignedIn, id: QueryId, refused: Option<(super::kit::carry::Pairs, Problem)>) -> Answer {
    let after = Uuid::from_u128(id.uuid().as_u128().saturating_add(1));
    let ask = PageAsk {
        limit: Limit::new(1)?,
        cursor: Some(Cursor::after_id(after)),
    };
    let found = page
        .enter()
        .view(ListQueries {
            page: ask,
            ..ListQueries::default()
        })
        .await?;
    let query = found
        .items
        .into_iter()
        .next()
        .filter(|query| query.id == id)
        .ok_or_else(Problem::not_found)?;
    let words = page.words();
    let l = page.layout(words.get("question-title")).await?;
    let mut l = l
        .crumb("", words.get("nav-home"))
        .crumb("access-questions", words.get("nav-access-questions"));
    let mut form = SignedIn::form(&l);
    let mut status = StatusCode::OK;
    if let Some((pairs, problem)) = refused {
        form = form.filled(pairs).refused(problem, words)?;
        l = l.refused();
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let query = QueryShown::of(page, query, &l);
    let answers = l.may("access.answer") && query.answered.is_none();
    html_with(
        status,
        &QuestionPage {
            l,
            form,
            query,
            answers,
        },
    )
}

async fn question(page: SignedIn, Id(id): Id<QueryId>, _: Empty) -> Answer {
    show_question(&page, id, None).await
}

#[derive(Deserialize)]
struct Reply {
    answer: String,
}

async fn answer(page: SignedIn, Id(id): Id<QueryId>, form: Form<Reply>) -> Answer {
    let answer = form.value.answer.clone();
    match page
        .make(AnswerQuery { id, answer }, &form, |answered: &Answered| {
            Some(answered.id.uuid())
        })
        .await
    {
        Ok(_) => Ok(see(&page.href("access-questions?done=answered"))),
        Err(Refused(problem)) => show_question(&page, id, Some((form.pairs, problem))).await,
    }
}
