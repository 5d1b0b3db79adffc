//! A statement as a page: plain, accessible, ready to print. No style or script is in it, so it stands under any content
//! security policy.

use askama::Template;

use super::body::{ModuleLine, Statement};
use super::read::IssuedStatement;

#[derive(Template)]
#[template(path = "statement.html")]
struct Page<'a> {
    statement: &'a Statement,
    superseded: bool,
}

impl Page<'_> {
    fn names(&self) -> String {
        let learner = &self.statement.learner;
        let names = [&learner.first_name, &learner.middle_name, &learner.last_name];
        names
            .into_iter()
            .filter(|name| !name.is_empty())
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn id_label(&self) -> &'static str {
        match self.statement.learner.id_kind.as_str() {
            "sa_id" => "South African ID number",
            "passport" => "Passport number",
            "refugee" => "Refugee number",
            _ => "ID number",
        }
    }

    fn day<'a>(&self, module: &'a ModuleLine) -> &'a str {
        module.assessed_on.as_deref().unwrap_or("–")
    }
}

/// The statement as HTML.
///
/// # Errors
/// Only if there is no memory: the template is checked when this is built.
pub fn html(issued: &IssuedStatement) -> Result<String, askama::Error> {
    Page {
        statement: &issued.statement,
        superseded: issued.superseded,
    }
    .render()
}

#[cfg(test)]
mod tests {
    use skillsyms_core::{EnrolmentId, Instant, LearnerId, ModuleKind, ProgrammeKind, StatementId};
    use uuid::Uuid;

    use super::super::body::{Provider, Qualification, StatedLearner, Status};
    use super::*;

    fn issued() -> IssuedStatement {
        let module = |code: &str, status, assessed_on: Option<&str>| ModuleLine {
            code: code.to_owned(),
            kind: ModuleKind::Knowledge,
            title: "Concepts & <b>principles</b>".to_owned(),
            nqf_level: 4,
            credits: 10,
            status,
            assessed_on: assessed_on.map(str::to_owned),
        };
        IssuedStatement {
            id: StatementId::new(Uuid::from_u128(1)),
            enrolment: EnrolmentId::new(Uuid::from_u128(2)),
            learner_id: LearnerId::new(Uuid::from_u128(3)),
            statement: Statement {
                number: "SOR-2026-0123456789".to_owned(),
                code: "ABCD-EFGH-JKMN".to_owned(),
                issued_on: "2026-11-22".to_owned(),
                issued_at: Instant::from_micros(0),
                provider: Provider {
                    name: "Provider \"One\"".to_owned(),
                    number: Some("SDP-1".to_owned()),
                    code: Some("one".to_owned()),
                    address: None,
                    contact: Some("results@example.org".to_owned()),
                },
                learner: StatedLearner {
                    first_name: "Thandi".to_owned(),
                    middle_name: String::new(),
                    last_name: "Dlámini".to_owned(),
                    id_kind: "sa_id".to_owned(),
                    id_number: "9001014800089".to_owned(),
                    birth_date: "1990-01-01".to_owned(),
                },
                qualification: Qualification {
                    kind: ProgrammeKind::Qualification,
                    title: "Occupational Certificate: Retail Supervisor".to_owned(),
                    saqa_id: "99573".to_owned(),
                    nqf_level: 4,
                    credits: 100,
                },
                modules: vec![
                    module("522201000-KM-01", Status::Competent, Some("2026-03-01")),
                    module("522201000-KM-02", Status::Outstanding, None),
                ],
                credits_achieved: 10,
            },
            superseded: false,
        }
    }

    #[test]
    fn all_that_is_mandatory_is_there() {
        let page = html(&issued()).unwrap();
        for part in [
            "<html lang=\"en-ZA\">",
            "Provider &#34;One&#34;",
            "SDP-1",
            "results@example.org",
            "Thandi Dlámini",
            "9001014800089",
            "1990-01-01",
            "Occupational Certificate: Retail Supervisor",
            "99573",
            "<th scope=\"col\">",
            "<th scope=\"row\">522201000-KM-01</th>",
            "2026-03-01",
            "Competent (C)",
            "Outstanding",
            "SOR-2026-0123456789",
            "ABCD-EFGH-JKMN",
            "<caption>",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
        assert!(!page.contains("superseded"));
    }

    #[test]
    fn nothing_that_was_typed_becomes_markup_style_or_script() {
        let page = html(&issued()).unwrap();
        assert!(
            page.contains("Concepts &#38; &#60;b&#62;principles&#60;/b&#62;"),
            "{page}"
        );
        for part in ["<script", "<style", "style=", "onload", "javascript:", "<b>"] {
            assert!(!page.contains(part), "{part}");
        }
    }

    #[test]
    fn a_statement_that_no_longer_holds_says_so() {
        let page = html(&IssuedStatement {
            superseded: true,
            ..issued()
        })
        .unwrap();
        assert!(page.contains("A result was reversed after this statement was issued"));
    }

    #[test]
    fn it_prints_no_personal_data() {
        let debug = format!("{:?}", issued());
        assert!(!debug.contains("9001014800089") && !debug.contains("Thandi"), "{debug}");
    }
}
