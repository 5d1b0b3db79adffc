//! The start page of administrators, and the same figures in the API.

use http::Method;
use serde_json::Value;

use super::files::{HEADER, ROW, enrolled, post};
use super::house::{Built, PASSWORD};
use super::pages::Browser;

#[tokio::test]
async fn a_new_provider_is_told_what_to_do_and_then_how_it_stands() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let first = browser.get("/t/demo/").await.text();
    for text in [
        "What to do first",
        "/t/demo/settings",
        "/t/demo/programmes/new",
        "/t/demo/imports/new",
    ] {
        assert!(first.contains(text), "no {text}: {first}");
    }
    assert!(
        !first.contains("class=\"tiles\"") && !first.contains("<svg viewBox"),
        "{first}"
    );

    let session = built.sign_in("demo", "admin@example.org", PASSWORD).await.json();
    let admin = session["token"].as_str().unwrap().to_owned();
    enrolled(&built, &admin).await;
    let page = browser.get("/t/demo/").await;
    assert_eq!(page.status, 200);
    let page = page.text();
    assert_eq!(
        page.matches("<svg viewBox").count(),
        4,
        "the learner came by an import: {page}"
    );
    assert!(
        page.contains("<strong>1</strong> learner<") && page.contains("<strong>1</strong> active enrolment<"),
        "{page}"
    );
    assert!(
        page.contains("Days, weeks and months are those of South Africa"),
        "{page}"
    );
    assert!(
        page.contains("To do") && page.contains("Done"),
        "settings are still to be set: {page}"
    );

    let figures = built.ask(Method::GET, "/api/v1/dashboard", &admin, &Value::Null).await;
    assert_eq!(figures.status, 200, "{}", figures.json());
    let figures = figures.json();
    assert_eq!(figures["months"][11]["enrolled"], 1, "{figures}");
    assert_eq!(figures["months"].as_array().unwrap().len(), 12);
    assert_eq!(figures["weeks"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn a_reason_names_its_column_in_words_and_its_file_as_the_file_has_it() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let session = built.sign_in("demo", "admin@example.org", PASSWORD).await.json();
    let admin = session["token"].as_str().unwrap().to_owned();
    enrolled(&built, &admin).await;
    let again = format!("{HEADER}\n{ROW}\n");
    post(&built, "/api/v1/imports", &admin, "text/csv", again).await;
    let page = browser.get("/t/demo/").await.text();
    assert!(
        page.contains("<strong>South African ID number</strong>") && !page.contains("id_number"),
        "{page}"
    );
    let file = browser.get("/t/demo/?table=reasons&format=csv").await.text();
    assert!(file.contains("\"id_number\",\"learner.duplicate\""), "{file}");
}

#[tokio::test]
async fn every_table_is_a_file_of_its_own() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    for (table, heading, lines) in [
        ("months", "Month", 13),
        ("weeks", "Week from", 13),
        ("waiting", "Waits for", 5),
        ("reasons", "Column", 1),
        ("no-such-table", "Column", 1),
    ] {
        let got = browser.get(&format!("/t/demo/?table={table}&format=csv")).await;
        assert_eq!(got.status, 200, "{table}");
        assert_eq!(got.headers["content-type"], "text/csv; charset=utf-8", "{table}");
        let text = got.text();
        assert!(text.starts_with(&format!("\u{feff}\"{heading}\"")), "{table}: {text}");
        assert_eq!(text.lines().count(), lines, "{table}: {text}");
    }
}
