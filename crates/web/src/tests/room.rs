//! Files for which there is no room, or no place any more: who sends them is told why, and nothing of them stays. And files
//! whose sender goes away at the end.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use http::{Method, Request, header};
use serde_json::{Value, json};

use super::files::{Broken, enrolled, post};
use super::house::{Built, Got, PASSWORD};
use super::pages::{Browser, field};

const PART: &str = "application/partial-upload";

fn pdf(len: usize) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let rest = len - file.len();
    file.extend((0..rest).map(|n| (n % 251) as u8));
    file
}

/// How often a look is repeated until it shows what is to come.
const TRIES: usize = 200;
const A_WHILE: Duration = Duration::from_millis(25);

/// Does this in so many steps and lets it go, unless it is done by then: as when the line breaks.
async fn broken_after<T>(steps: usize, work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    let mut left = steps;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        work.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Files in this folder, and in those below it.
fn count(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
}

/// A learner's enrolment, and whoever brings evidence for it.
struct Desk<'b> {
    built: &'b Built,
    browser: Browser<'b>,
    token: String,
    enrolment: String,
    module: String,
    form: String,
}

impl<'b> Desk<'b> {
    async fn at(built: &'b Built) -> Self {
        let browser = Browser::signed_in(built).await;
        let got = built.sign_in("demo", "admin@example.org", PASSWORD).await;
        let token = got.json()["token"].as_str().unwrap().to_owned();
        let (enrolment, module) = enrolled(built, &token).await;
        let form = browser.token("/t/demo/account").await;
        Self {
            built,
            browser,
            token,
            enrolment,
            module,
            form,
        }
    }

    /// Announces a file as the script does: the number of the file among those of its page, and its bytes.
    async fn announce(&self, part: &str, length: usize) -> Got {
        let length = length.to_string();
        let pairs = [
            ("form", self.form.as_str()),
            ("module", &self.module),
            ("name", "Film.pdf"),
            ("length", &length),
            ("part", part),
        ];
        let path = format!("/t/demo/learning/{}/uploads", self.enrolment);
        self.browser.post(&path, &pairs).await
    }

    async fn add(&self, to: &str, file: Vec<u8>) -> Got {
        let request = Request::patch(to)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, PART)
            .header("upload-offset", 0)
            .header("upload-complete", "?1");
        self.browser.send_as(request, Body::from(file)).await
    }

    /// Sends a whole file over the API.
    async fn whole(&self, file: impl Into<Body>) -> Got {
        let path = format!("/api/v1/enrolments/{}/evidence?module={}", self.enrolment, self.module);
        post(self.built, &path, &self.token, "application/pdf", file).await
    }

    async fn interrupt(&self) {
        let path = format!("/api/v1/enrolments/{}", self.enrolment);
        let read = self.built.ask(Method::GET, &path, &self.token, &Value::Null).await;
        let bearer = format!("Bearer {}", self.token);
        let headers = [
            ("authorization", bearer.as_str()),
            ("if-match", read.headers[header::ETAG].to_str().unwrap()),
        ];
        let why = json!({ "reason": "Away for the harvest." });
        let path = format!("{path}/suspend");
        let got = self.built.ask_with(Method::POST, &path, &headers, &why).await;
        assert!(got.status.is_success(), "{}", got.json());
    }

    /// Where the part of this upload lies.
    fn part(&self, to: &str) -> PathBuf {
        let cell = self.built.tenant.uuid().simple().to_string();
        let name = to.rsplit('/').next().unwrap().replace('-', "");
        self.built.door.data().join("files/parts").join(cell).join(name)
    }

    /// Whether this upload was ended, once nobody writes to it any more.
    async fn is_ended(&self, to: &str) -> bool {
        for _ in 0..TRIES {
            let standing = self.browser.get(to).await;
            match standing.status.as_u16() {
                204 => return standing.headers["upload-complete"] == "?1",
                // It was ended between the two looks of the one who asked.
                409 => tokio::time::sleep(A_WHILE).await,
                other => panic!("{other} {}", standing.text()),
            }
        }
        panic!("{to} does not come to rest");
    }

    async fn give_up(&self, to: &str) {
        let path = format!("/api/v1/uploads/{}", to.rsplit('/').next().unwrap());
        let got = self.built.ask(Method::DELETE, &path, &self.token, &Value::Null).await;
        assert_eq!(got.status, 204, "{}", got.json());
    }

    fn stored(&self) -> usize {
        let files = self.built.door.data().join("files");
        count(&files) - count(&files.join("parts")) - count(&files.join("incoming"))
    }
}

/// An operator who gave the password again.
async fn operator(built: &Built) -> Browser<'_> {
    let operator = Browser::operator(built).await;
    let form = operator.token("/platform/step-up").await;
    let typed = [("form", form.as_str()), ("password", PASSWORD)];
    let got = operator.post("/platform/step-up", &typed).await;
    assert_eq!(got.status, 303, "{}", got.text());
    operator
}

/// Says how many megabytes of evidence the provider may have.
async fn may_have(built: &Built, operator: &Browser<'_>, megabytes: &str) {
    let path = format!("/platform/tenants/{}/quotas", built.tenant);
    let page = operator.get(&path).await.text();
    let (form, version) = (field(&page, "form"), field(&page, "version"));
    let pairs = [
        ("form", form.as_str()),
        ("version", &version),
        ("evidence_bytes", megabytes),
    ];
    let got = operator.post(&path, &pairs).await;
    assert_eq!(got.status, 303, "{}", got.text());
}

fn refused(got: &Got, says: &str) {
    let said = got.json()["refused"].as_str().unwrap_or_default().to_owned();
    assert!(
        got.status == 200 && said.contains(says),
        "{} {}",
        got.status,
        got.text()
    );
}

#[tokio::test]
async fn the_script_is_told_why_a_file_is_not_taken() {
    let built = Built::new().await;
    let desk = Desk::at(&built).await;
    let operator = operator(&built).await;
    let to = async |part: &str| {
        let said = desk.announce(part, 100_000).await.json();
        said["to"].as_str().unwrap().to_owned()
    };
    let (one, two) = (to("1").await, to("2").await);
    may_have(&built, &operator, "0").await;
    refused(&desk.add(&one, pdf(100_000)).await, "as much as was agreed");
    may_have(&built, &operator, "").await;
    desk.interrupt().await;
    refused(&desk.add(&two, pdf(100_000)).await, "not in a state");
    refused(&desk.announce("3", 100_000).await, "not in a state");
    assert_eq!(desk.stored(), 0);
}

#[tokio::test]
async fn no_file_is_sent_for_which_the_provider_has_no_room() {
    let built = Built::new().await;
    let desk = Desk::at(&built).await;
    let operator = operator(&built).await;
    may_have(&built, &operator, "1").await;
    refused(&desk.announce("1", 1_500_000).await, "as much as was agreed");
    assert!(desk.announce("2", 500_000).await.json()["to"].is_string());
    // How long this one is nobody says before its end. Nothing of it stays.
    let got = desk.whole(pdf(1_500_000)).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (409, "quota.reached"));
    assert_eq!(desk.stored(), 0);
    assert_eq!(desk.whole(pdf(500_000)).await.status, 201);
    may_have(&built, &operator, "0").await;
    // Not a byte of this one is read: the first would break off.
    let unread = Broken(Vec::<Vec<u8>>::new().into_iter());
    let got = desk.whole(Body::new(unread)).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (409, "quota.reached"));
    assert_eq!(desk.stored(), 1);
}

#[tokio::test]
async fn a_file_whose_sender_goes_away_at_the_end_cannot_be_written_over() {
    let built = Built::new().await;
    let desk = Desk::at(&built).await;
    let mut ended_alone = 0;
    let mut steps = 0;
    for turn in 1..TRIES {
        steps += 1;
        let announced = desk.announce(&turn.to_string(), 40_000).await.json();
        let to = announced["to"]
            .as_str()
            .unwrap_or_else(|| panic!("{announced}"))
            .to_owned();
        let added = broken_after(steps, desk.add(&to, pdf(40_000))).await;
        if desk.is_ended(&to).await {
            // Nothing is left with which somebody who opened it before could go on.
            let part = || std::fs::read(desk.part(&to)).unwrap();
            for _ in 0..TRIES {
                if part().iter().all(|byte| *byte == 0) {
                    break;
                }
                tokio::time::sleep(A_WHILE).await;
            }
            assert!(part().iter().all(|byte| *byte == 0), "after {steps} steps");
            ended_alone += usize::from(added.is_none());
        } else {
            assert!(added.is_none());
            desk.give_up(&to).await;
        }
        // How many steps it takes is not the same each time, as other threads work on it too: the last one may be
        // missed. Then it is looked for again.
        if added.is_some() {
            if ended_alone > 0 {
                break;
            }
            steps = 0;
        }
    }
    assert!(ended_alone > 0, "no line broke between the last byte and the answer");
}
