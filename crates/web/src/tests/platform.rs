//! Pages of operators.

use super::house::{Built, PASSWORD};
use super::pages::{Browser, field};

/// An operator with the password confirmed a moment ago.
async fn confirmed(built: &Built) -> Browser<'_> {
    let browser = Browser::operator(built).await;
    let form = browser.token("/platform/step-up").await;
    let got = browser
        .post("/platform/step-up", &[("form", &form), ("password", PASSWORD)])
        .await;
    assert_eq!(got.status, 303, "{}", got.text());
    browser
}

fn typed(name: &str, value: &str) -> String {
    format!("name=\"{name}\" type=\"text\" value=\"{value}\"")
}

#[tokio::test]
async fn a_quota_that_was_not_touched_stays_to_the_byte() {
    let built = Built::new().await;
    let operator = confirmed(&built).await;
    let path = format!("/platform/tenants/{}/quotas", built.tenant);
    for (learners, evidence) in [("5", "1234.567891"), ("6", "1234.567891")] {
        let page = operator.get(&path).await.text();
        let (form, version) = (field(&page, "form"), field(&page, "version"));
        let sent = [
            ("form", form.as_str()),
            ("version", &version),
            ("learners", learners),
            ("people", ""),
            ("evidence_bytes", evidence),
        ];
        assert_eq!(operator.post(&path, &sent).await.status, 303);
        let page = operator.get(&path).await.text();
        assert!(page.contains(&typed("evidence_bytes", evidence)), "{page}");
        assert!(page.contains(&typed("learners", learners)), "{page}");
    }
}

#[tokio::test]
async fn quotas_that_were_changed_meanwhile_are_shown_beside_and_put_over_by_the_next_click() {
    let built = Built::new().await;
    let operator = confirmed(&built).await;
    let path = format!("/platform/tenants/{}/quotas", built.tenant);
    let page = operator.get(&path).await.text();
    let version = field(&page, "version");
    let send = async |form: &str, version: &str, learners: &str| {
        let sent = [
            ("form", form),
            ("version", version),
            ("learners", learners),
            ("people", "7"),
        ];
        operator.post(&path, &sent).await
    };
    assert_eq!(send(&field(&page, "form"), &version, "41").await.status, 303);
    let stale = send(&field(&page, "form"), &version, "42").await;
    assert_eq!(stale.status, 412);
    let page = stale.text();
    assert!(
        page.contains("<td>41</td><td>42</td>") && page.contains("<td>7</td><td>7</td>"),
        "{page}"
    );
    assert!(page.contains(&typed("learners", "42")), "what was typed stays");
    assert_eq!(
        send(&field(&page, "form"), &field(&page, "version"), "42").await.status,
        303
    );
    assert!(operator.get(&path).await.text().contains(&typed("learners", "42")));
}
