//! Programmes and their modules.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::problem::INTERNAL;
use skillsyms_core::{
    Credits, FieldError, ModuleCode, ModuleKind, NqfLevel, Problem, ProgrammeError, ProgrammeId, ProgrammeKind, SaqaId,
};
use skillsyms_door::Once;
use skillsyms_people::{ByAge, Limit, PageAsk};
use skillsyms_records::programmes::{
    CreateProgramme, ListProgrammes, NewModule, NewProgramme, ProgrammeLine, ReadProgramme,
};

use super::kit::carry::Pairs;
use super::kit::list::by_age;
use super::kit::{Address, Choice, Form, FormView, Layout, Pager, SignedIn, When, csv, html, html_with, see};
use crate::extract::{Empty, Id};
use crate::problem::{Answer, Refused};
use crate::routes::Route;

/// Modules that the page takes at once, so that a form keeps within its limits. The API takes 200.
const MODULES_MAX: usize = 60;
/// Rows for modules on an empty form.
const MODULES_SHOWN: usize = 3;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/programmes", list)
            .view::<ListProgrammes>("What the provider teaches")
            .nav_staff("nav-programmes", 30),
        Route::page("/t/{slug}/programmes/new", create_page).act::<CreateProgramme>("The form to register a programme"),
        Route::form("/t/{slug}/programmes/new", create).act::<CreateProgramme>("Register a programme with its modules"),
        Route::page("/t/{slug}/programmes/{id}", read).view::<ReadProgramme>("A programme with its modules"),
    ]
}

const fn kind(kind: ProgrammeKind) -> &'static str {
    match kind {
        ProgrammeKind::Qualification => "programme-kind-qualification",
        ProgrammeKind::PartQualification => "programme-kind-part",
        ProgrammeKind::SkillsProgramme => "programme-kind-skills",
        ProgrammeKind::Learnership => "programme-kind-learnership",
    }
}

const fn module_kind(kind: ModuleKind) -> &'static str {
    match kind {
        ModuleKind::Knowledge => "module-kind-knowledge",
        ModuleKind::Practical => "module-kind-practical",
        ModuleKind::Workplace => "module-kind-workplace",
        ModuleKind::UnitStandard => "module-kind-standard",
    }
}

#[derive(Template)]
#[template(path = "programmes/list.html")]
struct ListPage {
    l: Layout,
    q: String,
    goes_on: bool,
    kinds: Vec<Choice>,
    orders: Vec<Choice>,
    is_filtered: bool,
    lines: Vec<Line>,
    pager: Pager,
}

struct Line {
    href: String,
    title: String,
    kind: String,
    saqa_id: String,
    nqf_level: i64,
    credits: i64,
}

fn line(l: &Layout, programme: &ProgrammeLine) -> Line {
    Line {
        href: l.href(&format!("programmes/{}", programme.id)),
        title: programme.title.clone(),
        kind: l.get(kind(programme.kind)),
        saqa_id: programme.saqa_id.clone(),
        nqf_level: programme.nqf_level,
        credits: programme.credits,
    }
}

async fn list(page: SignedIn, _: Empty) -> Answer {
    let address = Address::of(page.asked());
    let words = page.words();
    let of = |page: PageAsk| ListProgrammes {
        search: Some(address.get("q").to_owned()),
        kind: ProgrammeKind::parse(address.get("kind")),
        sort: address.age(),
        page,
    };
    if address.wants_csv() {
        return file(&page, of).await;
    }
    let found = page.enter().view(of(address.page(Limit::default())?)).await?;
    let l = page.layout(words.get("programmes-title")).await?;
    let l = l.crumb("", words.get("nav-home"));
    let kinds = ProgrammeKind::ALL.iter();
    let kinds = kinds.map(|one| Choice::of(&address, "kind", one.as_str(), words.get(kind(*one))));
    html(&ListPage {
        q: address.get("q").to_owned(),
        goes_on: found.next.is_some(),
        kinds: Choice::any(&address, "kind", words.get("filter-any"), kinds),
        orders: by_age(&address, ByAge::Oldest, words),
        is_filtered: address.is_filtered(),
        lines: found.items.iter().map(|programme| line(&l, programme)).collect(),
        pager: Pager::new(&address, found.next.as_ref(), words),
        l,
    })
}

async fn file(page: &SignedIn, of: impl Fn(PageAsk) -> ListProgrammes + Send) -> Answer {
    let words = page.words();
    let headings = [
        "programme-title",
        "programme-kind",
        "programme-saqa",
        "programme-nqf",
        "programme-credits",
    ];
    let rows = |line: ProgrammeLine| {
        let numbers = [line.nqf_level.to_string(), line.credits.to_string()];
        let texts = vec![line.title, words.get(kind(line.kind)), line.saqa_id];
        vec![[texts, numbers.to_vec()].concat()]
    };
    csv::whole(page, ("programmes", &headings), of, rows).await
}

#[derive(Template)]
#[template(path = "programmes/read.html")]
struct ReadPage {
    l: Layout,
    id: ProgrammeId,
    programme: Line,
    sampling: (i64, i64),
    attempts: i64,
    since: When,
    modules: Vec<ModuleLine>,
}

struct ModuleLine {
    code: String,
    title: String,
    kind: String,
    nqf_level: i64,
    credits: i64,
}

async fn read(page: SignedIn, Id(id): Id<ProgrammeId>, _: Empty) -> Answer {
    let found = page.enter().view(ReadProgramme { id }).await?;
    let words = page.words();
    let mut l = page.layout(found.programme.title.clone()).await?;
    l = match page.asked().query() {
        "done=created" => l.notice(words.get("programme-created")),
        "done=enrolled" => l.notice(words.get("programme-enrolled")),
        _ => l,
    };
    let l = l
        .crumb("", words.get("nav-home"))
        .crumb("programmes", words.get("programmes-title"));
    let modules = found.modules.iter().map(|module| ModuleLine {
        code: module.code.clone(),
        title: module.title.clone(),
        kind: l.get(module_kind(module.kind)),
        nqf_level: module.nqf_level,
        credits: module.credits,
    });
    html(&ReadPage {
        id,
        programme: line(&l, &found.programme),
        sampling: (found.programme.sampling_percent, found.programme.sampling_floor),
        attempts: found.programme.attempts_limit,
        since: found.programme.created_at.into(),
        modules: modules.collect(),
        l,
    })
}

#[derive(Template)]
#[template(path = "programmes/new.html")]
struct NewPage {
    l: Layout,
    form: FormView,
    kinds: Vec<(String, String)>,
    module_kinds: Vec<(String, String)>,
    rows: Vec<Row>,
    may_add: bool,
}

/// The names of one module's fields.
struct Row {
    number: usize,
    code: String,
    kind: String,
    title: String,
    nqf_level: String,
    credits: String,
}

fn row(at: usize) -> Row {
    let name = |field: &str| format!("modules/{at}/{field}");
    Row {
        number: at.saturating_add(1),
        code: name("code"),
        kind: name("kind"),
        title: name("title"),
        nqf_level: name("nqf_level"),
        credits: name("credits"),
    }
}

/// What the form does: one more row, or the programme.
#[derive(Deserialize)]
struct Done {
    #[serde(default, rename = "do")]
    what: String,
    #[serde(default)]
    rows: usize,
}

async fn create_page(page: SignedIn, _: Empty) -> Answer {
    let l = page
        .layout_for("programme.create", page.words().get("programme-new-title"))
        .await?;
    let form = SignedIn::form(&l);
    html(&new_page(l, form, MODULES_SHOWN))
}

fn new_page(l: Layout, form: FormView, rows: usize) -> NewPage {
    let (home, list) = (l.get("nav-home"), l.get("programmes-title"));
    let kinds = ProgrammeKind::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), l.get(kind(*one))));
    let module_kinds = ModuleKind::ALL
        .iter()
        .map(|one| (one.as_str().to_owned(), l.get(module_kind(*one))));
    let rows = rows.clamp(1, MODULES_MAX);
    NewPage {
        kinds: kinds.collect(),
        module_kinds: module_kinds.collect(),
        rows: (0..rows).map(row).collect(),
        may_add: rows < MODULES_MAX,
        l: l.crumb("", home).crumb("programmes", list),
        form,
    }
}

async fn create(page: SignedIn, form: Form<Done>) -> Answer {
    let rows = form.value.rows.clamp(1, MODULES_MAX);
    if form.value.what == "add" {
        let l = page
            .layout_for("programme.create", page.words().get("programme-new-title"))
            .await?;
        let view = SignedIn::form(&l).filled(form.pairs);
        return html(&new_page(l, view, rows.saturating_add(1)));
    }
    let problem = match programme(&form.pairs, rows) {
        Ok(new) => {
            let done = page
                .make(CreateProgramme { new }, &form, |id: &ProgrammeId| Some(id.uuid()))
                .await;
            match done {
                Ok(Once::Done(id)) => return Ok(created(&page, &id.to_string())),
                Ok(Once::Before { resources }) => {
                    let id = resources.first().ok_or(&INTERNAL)?;
                    return Ok(created(&page, &id.to_string()));
                }
                Err(Refused(problem)) => problem,
            }
        }
        Err(errors) => Problem::invalid(errors),
    };
    let l = page
        .layout_for("programme.create", page.words().get("programme-new-title"))
        .await?
        .refused();
    let view = SignedIn::form(&l).filled(form.pairs).refused(problem, page.words())?;
    html_with(StatusCode::UNPROCESSABLE_ENTITY, &new_page(l, view, rows))
}

fn created(page: &SignedIn, id: &str) -> axum::response::Response {
    see(&page.href(&format!("programmes/{id}?done=created")))
}

/// Reads what was typed, and notes what is wrong with it.
struct Reader<'p> {
    pairs: &'p Pairs,
    errors: Vec<FieldError>,
}

impl<'p> Reader<'p> {
    fn text(&self, name: &str) -> &'p str {
        let found = self.pairs.iter().find(|(found, _)| found == name);
        found.map_or("", |(_, value)| value.trim())
    }

    fn keep<T>(&mut self, name: &str, read: Result<T, ProgrammeError>) -> Option<T> {
        read.map_err(|error| self.errors.push(error.at(name.to_owned()))).ok()
    }

    fn wrong(&mut self, name: &str, code: &'static str, message: &'static str) {
        let field = name.to_owned().into();
        self.errors.push(FieldError { field, code, message });
    }

    fn level(&mut self, name: &str) -> Option<NqfLevel> {
        let number = self.text(name).parse::<i64>().map_err(|_| ProgrammeError::NqfLevel);
        self.keep(name, number.and_then(NqfLevel::new))
    }

    fn credits(&mut self, name: &str) -> Option<Credits> {
        let number = self.text(name).parse::<i64>().map_err(|_| ProgrammeError::Credits);
        self.keep(name, number.and_then(Credits::new))
    }

    fn chosen<T>(&mut self, name: &str, found: Option<T>) -> Option<T> {
        if found.is_none() {
            self.wrong(name, "choice.missing", "Choose one.");
        }
        found
    }

    /// A number that may be left out.
    fn maybe<T: std::str::FromStr>(&mut self, name: &str) -> Option<T> {
        let text = self.text(name);
        let read = text.parse().ok();
        if read.is_none() && !text.is_empty() {
            self.wrong(name, "number.form", "Write a whole number, or leave it empty.");
        }
        read
    }

    fn module(&mut self, at: usize) -> Option<NewModule> {
        let row = row(at);
        let names = [&row.code, &row.title, &row.nqf_level, &row.credits];
        // A row without anything in it is one that was not needed.
        if names.iter().all(|name| self.text(name).is_empty()) {
            return None;
        }
        let code = self.keep(&row.code, ModuleCode::parse(self.text(&row.code)));
        let kind = self.chosen(&row.kind, ModuleKind::parse(self.text(&row.kind)));
        let title = self.text(&row.title).to_owned();
        if title.is_empty() {
            self.wrong(&row.title, "text.missing", "This must not be empty.");
        }
        let (nqf_level, credits) = (self.level(&row.nqf_level), self.credits(&row.credits));
        Some(NewModule {
            code: code?,
            kind: kind?,
            title,
            nqf_level: nqf_level?,
            credits: credits?,
            criteria: Vec::new(),
        })
    }
}

fn programme(pairs: &Pairs, rows: usize) -> Result<NewProgramme, Vec<FieldError>> {
    let mut read = Reader {
        pairs,
        errors: Vec::new(),
    };
    let kind = read.chosen("kind", ProgrammeKind::parse(read.text("kind")));
    let saqa_id = read.keep("saqa_id", SaqaId::parse(read.text("saqa_id")));
    let (nqf_level, credits) = (read.level("nqf_level"), read.credits("credits"));
    let (percent, floor) = (read.maybe("sampling_percent"), read.maybe("sampling_floor"));
    let attempts_limit = read.maybe("attempts_limit");
    let modules = (0..rows).filter_map(|at| read.module(at)).collect();
    let title = read.text("title").to_owned();
    if title.is_empty() {
        read.wrong("title", "text.missing", "This must not be empty.");
    }
    match (kind, saqa_id, nqf_level, credits) {
        (Some(kind), Some(saqa_id), Some(nqf_level), Some(credits)) if read.errors.is_empty() => Ok(NewProgramme {
            kind,
            title,
            saqa_id,
            nqf_level,
            credits,
            sampling_percent: percent,
            sampling_floor: floor,
            attempts_limit,
            modules,
        }),
        _ => Err(read.errors),
    }
}
