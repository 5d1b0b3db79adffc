//! The administrator's pages of learners, as somebody would look at them who wants an ID number.

use axum::body::Body;
use http::{Request, header};

use super::house::{Built, Got, PASSWORD};
use super::pages::{Browser, field};

const NUMBER: &str = "9001014800089";
const LEARNER: [(&str, &str); 11] = [
    ("first_name", "Nomvula"),
    ("last_name", "Ḓuvha"),
    ("equity", "BA"),
    ("nationality", "SA"),
    ("home_language", "Zul"),
    ("citizen_status", "SA"),
    ("socioeconomic_status", "01"),
    ("disability_status", "N"),
    ("province", "7"),
    ("popi_consent", "no"),
    ("id_number", NUMBER),
];

async fn registered(browser: &Browser<'_>) -> String {
    let token = browser.token("/t/demo/learners/new").await;
    let typed = [&[("form", token.as_str())], LEARNER.as_slice()].concat();
    let done = browser.post("/t/demo/learners/new", &typed).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let again = browser.post("/t/demo/learners/new", &typed).await;
    assert_eq!(again.place(), done.place(), "sent twice, done once");
    done.place().split('?').next().unwrap().to_owned()
}

fn holds_no_number(got: &Got) {
    assert!(!got.text().contains(NUMBER), "{}", got.text());
    assert!(!got.place().contains(NUMBER), "{}", got.place());
}

#[tokio::test]
async fn the_number_stands_in_one_page_for_half_a_minute_and_in_no_other() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let learner = registered(&browser).await;
    for rest in ["", "/record", "/accesses", "/edit", "/reveal", "/enrol"] {
        let got = browser.get(&format!("{learner}{rest}")).await;
        assert_eq!(got.status, 200, "{rest}: {}", got.text());
        assert_eq!(got.headers[header::CACHE_CONTROL], "no-store");
        holds_no_number(&got);
    }
    let token = browser.token("/t/demo/learners").await;
    let found = browser
        .post("/t/demo/learners", &[("form", &token), ("q", NUMBER)])
        .await;
    assert_eq!(found.place(), learner);
    let missed = browser
        .post("/t/demo/learners", &[("form", &token), ("q", "900101480008")])
        .await;
    assert!(
        !missed.text().contains("900101480008"),
        "a wrong number is somebody's too"
    );
    let token = browser.token("/t/demo/learners/new").await;
    let twin = browser
        .post(
            "/t/demo/learners/new",
            &[&[("form", token.as_str())], LEARNER.as_slice()].concat(),
        )
        .await;
    assert_eq!(twin.status, 422);
    assert!(
        twin.text().contains(&format!("href=\"{learner}\"")),
        "the record that has it is named"
    );
    holds_no_number(&twin);

    let reveal = format!("{learner}/reveal");
    let token = browser.token(&reveal).await;
    let why = browser.post(&reveal, &[("form", &token), ("purpose", " ")]).await;
    assert_eq!(why.status, 422, "{}", why.text());
    holds_no_number(&why);
    let asked = browser.post(&reveal, &[("form", &token), ("purpose", "Compare")]).await;
    assert_eq!(asked.status, 403, "the password is asked for first: {}", asked.text());
    holds_no_number(&asked);
    let fresh = browser.token("/t/demo/step-up").await;
    let confirmed = browser
        .post("/t/demo/step-up", &[("form", &fresh), ("password", PASSWORD)])
        .await;
    assert_eq!(confirmed.status, 303, "{}", confirmed.text());
    let shown = browser
        .post(&reveal, &[("form", &token), ("purpose", "Compare with the document")])
        .await;
    assert!(shown.text().contains(NUMBER), "{}", shown.text());
    assert_eq!(shown.headers["refresh"], format!("30; url={learner}").as_str());
    assert_eq!(shown.headers[header::CACHE_CONTROL], "no-store");
    holds_no_number(&browser.get(&learner).await);
}

#[tokio::test]
async fn what_is_missing_in_a_form_is_said_for_its_lists() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let form = browser.token("/t/demo/learners/new").await;
    let empty = [
        ("form", form.as_str()),
        ("equity", ""),
        ("gender", ""),
        ("popi_consent", "perhaps"),
    ];
    let refused = browser.post("/t/demo/learners/new", &empty).await;
    assert_eq!(refused.status, 422);
    let refused = refused.text();
    for said in [
        "Choose one from the list. If it is not known",
        "give the kind and the number of another ID",
    ] {
        assert!(refused.contains(said), "{said}: {refused}");
    }
    for word_of_files in ["own code for unknown", "M or F", "alternate id with its type"] {
        assert!(!refused.contains(word_of_files), "{word_of_files}: {refused}");
    }
}

#[tokio::test]
async fn two_who_change_one_record_see_both_versions() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let edit = format!("{}/edit", registered(&browser).await);
    let mine = browser.get(&edit).await.text();
    let (token, version) = (field(&mine, "form"), field(&mine, "version"));
    let other = browser.token(&edit).await;
    let theirs = [("form", other.as_str()), ("version", &version), ("first_name", "Grace")];
    assert_eq!(browser.post(&edit, &theirs).await.status, 303);
    let typed = [("form", token.as_str()), ("version", &version), ("first_name", "Anne")];
    let stale = browser.post(&edit, &typed).await;
    let page = stale.text();
    assert_eq!(stale.status, 412, "{page}");
    let both = "<td data-label=\"As it is now\">Grace</td><td data-label=\"As you had it\">Anne</td>";
    assert!(page.contains(both), "{page}");
    let (token, version) = (field(&page, "form"), field(&page, "version"));
    let chosen = [("form", token.as_str()), ("version", &version), ("first_name", "Anne")];
    assert_eq!(browser.post(&edit, &chosen).await.status, 303);
    let nothing = [("form", token.as_str()), ("first_name", "Zola")];
    assert_eq!(
        browser.post(&edit, &nothing).await.status,
        422,
        "the form's key was used for another change"
    );
}

#[tokio::test]
async fn a_file_is_taken_with_the_token_of_the_form_and_not_without() {
    let built = Built::new().await;
    let browser = Browser::signed_in(&built).await;
    let token = browser.token("/t/demo/imports/new").await;
    let columns = LEARNER.map(|(name, _)| name).join(",");
    let row = LEARNER.map(|(_, value)| value).join(",");
    let form = |token: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"form\"\r\n\r\n{token}\r\n--x\r\nContent-Disposition: form-data; \
             name=\"file\"; filename=\"../a.csv\"\r\nContent-Type: text/csv\r\n\r\n{columns}\n{row}\n1{row}\n\r\n--x--\r\n"
        )
    };
    let send = async |token: &str| {
        let request = Request::post("/t/demo/imports/new")
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
        browser.send_as(request, Body::from(form(token))).await
    };
    let forged = send("a.b.c").await;
    assert_eq!(forged.status, 403, "{}", forged.text());
    let sent = send(&token).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let again = send(&token).await;
    assert_eq!(again.place(), sent.place(), "sent twice, kept once");
    let columns = browser.get(&sent.place()).await;
    assert!(
        columns.text().contains("1 of 2 rows would be refused"),
        "{}",
        columns.text()
    );
    holds_no_number(&columns);
    let token = field(&columns.text(), "form");
    let names: Vec<String> = (0..LEARNER.len()).map(|at| format!("c{at}")).collect();
    let mut pairs = vec![("form", token.as_str())];
    pairs.extend(names.iter().map(String::as_str).zip(LEARNER.map(|(name, _)| name)));
    let mut left_out = pairs.clone();
    left_out[1].1 = "";
    let refused = browser.post(&sent.place(), &left_out).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("Some columns are needed"), "{}", refused.text());
    pairs.push(("do", "look"));
    assert_eq!(browser.post(&sent.place(), &pairs).await.status, 200);
    pairs.pop();
    let done = browser.post(&sent.place(), &pairs).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let page = browser.get(&done.place()).await;
    assert!(
        page.text().contains("Finished") && page.text().contains("Line "),
        "{}",
        page.text()
    );
    holds_no_number(&page);
    let file = browser.get(&format!("{}?format=csv", done.place())).await;
    assert!(file.text().contains("id_number"), "{}", file.text());
    holds_no_number(&file);
}
