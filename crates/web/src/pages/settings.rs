//! The provider's settings.

use askama::Template;
use http::StatusCode;
use serde::Deserialize;
use skillsyms_core::Problem;
use skillsyms_core::problem::STALE;
use skillsyms_records::settings::{
    ChangeSettings, PostalAddress, ProviderSettings, ReadSettings, Settings, TIME_ZONES,
};

use super::kit::{Form, FormView, Layout, SignedIn, When, Words, html_with, see};
use crate::extract::Empty;
use crate::problem::{Answer, Refused};
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/t/{slug}/settings", page).view::<ReadSettings>("The provider's settings"),
        Route::form("/t/{slug}/settings", change)
            .act::<ChangeSettings>("Change the provider's settings")
            .then_view::<ReadSettings>()
            // Everybody may read them; in the navigation they stand for those who may change them.
            .nav("nav-settings", 90),
    ]
}

#[derive(Template)]
#[template(path = "settings/settings.html")]
struct SettingsPage {
    l: Layout,
    form: FormView,
    zones: Vec<(String, String)>,
    changed: Option<When>,
    stale: Vec<(String, String, String)>,
}

/// What stands in the fields.
type Fields = Vec<(&'static str, String)>;

fn fields(of: &ProviderSettings) -> Fields {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let lines = |address: &Option<PostalAddress>| address.as_ref().map(|a| a.lines.join("\n")).unwrap_or_default();
    let code = |address: &Option<PostalAddress>| {
        let code = address.as_ref().and_then(|address| address.postal_code.clone());
        code.unwrap_or_default()
    };
    vec![
        ("name", text(&of.name)),
        ("provider_number", text(&of.provider_number)),
        ("quality_body", text(&of.quality_body)),
        ("physical_address", lines(&of.physical_address)),
        ("physical_code", code(&of.physical_address)),
        ("postal_address", lines(&of.postal_address)),
        ("postal_code", code(&of.postal_address)),
        ("telephone", text(&of.telephone)),
        ("email", text(&of.email)),
        ("website", text(&of.website)),
        (
            "sampling_percent",
            of.sampling_percent
                .map(|percent| percent.to_string())
                .unwrap_or_default(),
        ),
        (
            "sampling_floor",
            of.sampling_floor.map(|floor| floor.to_string()).unwrap_or_default(),
        ),
        ("time_zone", text(&of.time_zone)),
    ]
}

fn zones() -> Vec<(String, String)> {
    TIME_ZONES
        .iter()
        .map(|zone| ((*zone).to_owned(), zone.replace('_', " ")))
        .collect()
}

async fn layout(page: &SignedIn) -> Result<Layout, Refused> {
    let words = page.words();
    Ok(page
        .layout(words.get("settings-title"))
        .await?
        .crumb("", words.get("nav-home")))
}

fn filled(l: &Layout, settings: &Settings) -> FormView {
    let form = SignedIn::form(l).fill("version", settings.version.to_string());
    let fields = fields(&settings.provider).into_iter();
    fields.fold(form, |form, (name, value)| form.fill(name, value))
}

async fn page(page: SignedIn, _: Empty) -> Answer {
    let settings = page.enter().view(ReadSettings).await?;
    let mut l = layout(&page).await?;
    if page.asked().query() == "done=saved" {
        l = l.notice(page.words().get("settings-saved"));
    }
    let form = filled(&l, &settings);
    show(StatusCode::OK, l, form, &settings, Vec::new())
}

fn show(
    status: StatusCode,
    l: Layout,
    form: FormView,
    settings: &Settings,
    stale: Vec<(String, String, String)>,
) -> Answer {
    let changed = settings.changed_at.map(When::from);
    let zones = zones();
    html_with(
        status,
        &SettingsPage {
            l,
            form,
            zones,
            changed,
            stale,
        },
    )
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    version: Option<i64>,
    name: String,
    provider_number: String,
    quality_body: String,
    physical_address: String,
    physical_code: String,
    postal_address: String,
    postal_code: String,
    telephone: String,
    email: String,
    website: String,
    sampling_percent: String,
    sampling_floor: String,
    time_zone: String,
}

impl Typed {
    fn settings(&self) -> Result<ProviderSettings, Problem> {
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let address = |lines: &str, code: &str| {
            let lines: Vec<String> = lines.lines().filter_map(some).collect();
            let postal_code = some(code);
            (!lines.is_empty() || postal_code.is_some()).then_some(PostalAddress { lines, postal_code })
        };
        Ok(ProviderSettings {
            name: some(&self.name),
            provider_number: some(&self.provider_number),
            quality_body: some(&self.quality_body),
            physical_address: address(&self.physical_address, &self.physical_code),
            postal_address: address(&self.postal_address, &self.postal_code),
            telephone: some(&self.telephone),
            email: some(&self.email),
            website: some(&self.website),
            sampling_percent: number("sampling_percent", &self.sampling_percent)?,
            sampling_floor: number("sampling_floor", &self.sampling_floor)?,
            time_zone: some(&self.time_zone),
        })
    }
}

fn number<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<Option<T>, Problem> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let read = text.trim().parse();
    read.map(Some)
        .map_err(|_| Problem::field(field, "settings.number", "Write a whole number."))
}

async fn change(page: SignedIn, form: Form<Typed>) -> Answer {
    let done = match form.value.settings() {
        Err(problem) => Err(problem),
        Ok(new) => {
            let expected = form.value.version;
            page.enter().run(ChangeSettings { expected, new }).await
        }
    };
    let Err(problem) = done else {
        return Ok(see(&page.href("settings?done=saved")));
    };
    let present = page.enter().view(ReadSettings).await;
    if problem.code == &STALE {
        let present = present?;
        let l = layout(&page).await?.refused();
        let stale = differing(page.words(), &present, &form.pairs);
        // What was typed stays in the fields; sent again, it goes over the version that is shown here.
        let pairs = form.pairs.into_iter().filter(|(name, _)| name != "version").collect();
        let form = SignedIn::form(&l)
            .filled(pairs)
            .fill("version", present.version.to_string());
        return show(StatusCode::PRECONDITION_FAILED, l, form, &present, stale);
    }
    let mut checked = FormView::default().filled(form.pairs).refused(problem, page.words())?;
    let l = layout(&page).await?.refused();
    checked.token.clone_from(&l.token);
    show(StatusCode::UNPROCESSABLE_ENTITY, l, checked, &present?, Vec::new())
}

/// The fields in which what was typed is not what is there now.
fn differing(words: Words, present: &Settings, typed: &[(String, String)]) -> Vec<(String, String, String)> {
    let rows = fields(&present.provider).into_iter().filter_map(|(name, theirs)| {
        let yours = typed.iter().find(|(found, _)| found == name).map(|(_, value)| value)?;
        let is_same = yours.replace("\r\n", "\n").trim() == theirs;
        (!is_same).then(|| (words.get(label(name)), theirs, yours.clone()))
    });
    rows.collect()
}

fn label(name: &str) -> &'static str {
    match name {
        "name" => "settings-name",
        "provider_number" => "settings-number",
        "quality_body" => "settings-body",
        "physical_address" => "settings-physical",
        "physical_code" | "postal_code" => "settings-code",
        "postal_address" => "settings-postal",
        "telephone" => "settings-telephone",
        "email" => "settings-email",
        "website" => "settings-website",
        "sampling_percent" => "settings-percent",
        "sampling_floor" => "settings-floor",
        _ => "settings-zone",
    }
}
