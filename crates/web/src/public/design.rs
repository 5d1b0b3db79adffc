//! The living page of all parts: what a new page is put together from, and where a change of style is looked at.

use askama::Template;
use skillsyms_core::problem::{FieldError, STALE};
use skillsyms_core::{Instant, Problem};

use crate::extract::Empty;
use crate::pages::kit::form::problem_text;
use crate::pages::kit::{Address, Asked, FormView, Heading, Layout, Pager, When, html};
use crate::pages::plot::{Kind, Plot, Series};
use crate::problem::Answer;
use crate::routes::Route;

pub(super) fn routes() -> Vec<Route> {
    vec![
        Route::page("/design", page)
            .public()
            .about("The parts of all pages, with invented content"),
    ]
}

#[derive(Template)]
#[template(path = "public/design.html")]
struct DesignPage {
    l: Layout,
    form: FormView,
    wrong: FormView,
    headings: Vec<Heading>,
    pager: Pager,
    when: When,
    plots: Vec<Plot>,
    stale: String,
}

async fn page(asked: Asked, _: Empty) -> Answer {
    let words = asked.words();
    let address = Address::of(&asked);
    let said = |field, code, message| FieldError { field, code, message };
    let problem = Problem::invalid(vec![
        said(
            "full_name".into(),
            "design.name",
            "Write the name as it stands in the identity document.",
        ),
        said("colour".into(), "design.choice", "Choose one."),
    ]);
    let wrong = FormView::default().fill("full_name", "T").refused(problem, words)?;
    let l = Layout::open(&asked, words.get("design-title")).notice(words.get("design-notice"));
    html(&DesignPage {
        form: FormView::default()
            .fill("full_name", "Thandi Nkosi")
            .fill("colour", "blue"),
        wrong,
        headings: vec![
            Heading::sorting(&address, "name", words.get("design-name")),
            Heading::plain(words.get("design-state")),
            Heading::plain(words.get("design-number")),
        ],
        pager: Pager::new(&address, None, words),
        // An instant that stays, so that two pictures of the page can be compared.
        when: Instant::from_micros(1_795_334_707_250_000).into(),
        plots: [Kind::Bars, Kind::Stacked, Kind::Line]
            .into_iter()
            .map(|kind| plot(&l, kind))
            .collect(),
        stale: problem_text(words, &STALE),
        l,
    })
}

fn plot(l: &Layout, kind: Kind) -> Plot {
    let (id, title) = match kind {
        Kind::Bars => ("plot-bars", "design-bars"),
        Kind::Stacked => ("plot-stacked", "design-stacked"),
        Kind::Line => ("plot-line", "design-line"),
    };
    let series = |name: &str, values: &[u64]| Series {
        name: l.get(name),
        values: values.to_vec(),
    };
    Plot {
        id,
        title: l.get(title),
        summary: l.get("design-plot-summary"),
        unit: l.get("design-month"),
        table: l.get("plot-table"),
        kind,
        labels: ["Jan", "Feb", "Mar", "Apr", "May", "Jun"].map(str::to_owned).to_vec(),
        series: vec![
            series("design-enrolled", &[12, 19, 31, 44, 52, 61]),
            series("design-completed", &[2, 4, 9, 15, 22, 30]),
        ],
    }
}
