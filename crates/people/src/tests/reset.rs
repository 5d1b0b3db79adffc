//! A new password by a link, as strangers and thieves would try it; and the mails that carry the links.

use skillsyms_cells::schema::{mails, resets};

use super::*;
use crate::mail::{self, *};
use crate::reset::{self, *};

const NEW: &str = "seven green lamps tonight";

impl App {
    /// With mail.
    fn mailing(mut self) -> Self {
        self.sign_in = self.sign_in.with_mail(Sending::On);
        self
    }

    async fn ask(&self, email: &str) -> Result<(), Problem> {
        let typed = RequestInput {
            email: secret(email),
            language: "af",
        };
        self.sign_in
            .request_reset(&Caller::nobody(&self.door, self.cell), typed)
            .await
    }

    async fn reset(&self, token: &str, password: &str) -> Result<(), Problem> {
        let typed = ResetInput {
            token: secret(token),
            password: secret(password),
        };
        // The cell is the one in the link, wherever it is brought.
        let caller = Caller::nobody(&self.door, self.other);
        self.sign_in.reset(&caller, typed, "en-ZA").await
    }

    async fn take(&self) -> Vec<Outgoing> {
        self.door
            .enter(Actor::System(self.cell))
            .run(TakeMail)
            .await
            .unwrap()
            .mails
    }

    async fn settle(&self, mails: &[Outgoing], came: Came) {
        let mails = mails.iter().map(|mail| (mail.id, came)).collect();
        let settled = self.door.enter(Actor::System(self.cell)).run(SettleMail { mails });
        settled.await.unwrap();
    }

    /// The token of the only mail that is due.
    async fn mailed(&self) -> String {
        let mails = self.take().await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        self.settle(&mails, Came::Sent).await;
        mails[0].token.as_ref().unwrap().expose().to_owned()
    }

    async fn next(&self) -> Option<Instant> {
        self.door.enter(Actor::System(self.cell)).view(NextMail).await.unwrap()
    }

    async fn send(&self, admin: Actor, person: PersonId, sending: Sending) -> Result<ResetSent, Problem> {
        self.door.enter(admin).run(SendReset { person, sending }).await
    }

    async fn suspend(&self, admin: Actor, person: PersonId) {
        let act = Suspend { person, expected: None };
        self.door.enter(admin).run(act).await.unwrap();
    }

    /// Entries of an act, the newest last: how they ended, and their bytes.
    async fn entries(&self, act: &'static str) -> Vec<(String, Vec<u8>)> {
        self.planted(move |tx| {
            use diesel::prelude::*;
            use skillsyms_cells::schema::ledger_entries as l;
            let of_it = l::table.filter(l::act.eq(act)).order(l::leaf);
            Ok(tx.load(of_it.select((l::outcome, l::body)).limit(100))?)
        })
        .await
    }

    /// Does something to the cell, by the name of an act that the platform has.
    pub(super) async fn planted<T: Send + 'static>(
        &self,
        what: impl Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + Sync + 'static,
    ) -> T {
        self.door
            .enter(Actor::System(self.cell))
            .run(Plant(what, std::marker::PhantomData))
            .await
            .unwrap()
    }
}

struct Plant<T, F>(F, std::marker::PhantomData<fn() -> T>);

impl<T, F> Act for Plant<T, F>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T, Fault> + Send + Sync + 'static,
{
    const NAME: &'static str = TakeMail::NAME;
    const DISCLOSES: Disclosure = Disclosure::None;
    type Ready = ();
    type Output = T;

    fn prepare(&self, _: &Cx) -> Result<(), Fault> {
        Ok(())
    }

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, (): &(), tx: &mut Tx<'_>) -> Result<T, Fault> {
        (self.0)(tx)
    }

    fn entry(&self, _: &T) -> Note {
        Note::none()
    }
}

#[tokio::test]
async fn a_link_sets_the_password_once_and_ends_every_session() {
    let app = app().await.mailing();
    let (id, session) = app.admin().await;
    app.ask(" Admin@Karoo.EXAMPLE").await.unwrap();
    let mails = app.take().await;
    assert_eq!(
        (mails.len(), mails[0].kind, mails[0].language.as_str()),
        (1, MailKind::Reset, "af")
    );
    assert_eq!(mails[0].to.expose(), ADMIN);
    app.settle(&mails, Came::Sent).await;
    let token = mails[0].token.as_ref().unwrap().expose().to_owned();
    app.me(session).await.unwrap();
    for weak in ["short", "password1234", "KarooSkills2026", "admin.karoo.example"] {
        let refused = app.reset(&token, weak).await.unwrap_err();
        assert_eq!(refused.fields[0].field, "password", "{weak}");
    }
    app.reset(&token, NEW).await.unwrap();
    refused(app.me(session).await, &UNAUTHENTICATED);
    refused(app.open(ADMIN, PASSWORD).await, &sessions::WRONG);
    app.open(ADMIN, NEW).await.unwrap();
    refused(app.reset(&token, "another long pass phrase").await, &reset::LINK);
    let told = app.take().await;
    assert_eq!((told.len(), told[0].kind), (1, MailKind::PasswordChanged));
    assert!(told[0].token.is_none() && told[0].to.expose() == ADMIN);
    let entries = app.entries("reset.apply").await;
    // What a link does that is none is not entered: anybody could fill the log with it.
    assert_eq!(entries.iter().filter(|(outcome, _)| *outcome == "done").count(), 1);
    let (outcome, body) = entries.last().unwrap();
    let named = id.to_string();
    assert_eq!(outcome, "done");
    assert!(
        body.windows(named.len()).any(|bytes| bytes == named.as_bytes()),
        "it says whose"
    );
}

#[tokio::test]
async fn two_who_use_one_link_at_a_time_set_one_password() {
    let app = app().await.mailing();
    app.admin().await;
    app.ask(ADMIN).await.unwrap();
    let token = app.mailed().await;
    let (one, other) = tokio::join!(app.reset(&token, NEW), app.reset(&token, "nine quiet owls below"));
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let (right, wrong) = if one.is_ok() {
        (NEW, "nine quiet owls below")
    } else {
        ("nine quiet owls below", NEW)
    };
    app.open(ADMIN, right).await.unwrap();
    refused(app.open(ADMIN, wrong).await, &sessions::WRONG);
}

#[tokio::test]
async fn asking_says_nothing_of_whether_there_is_an_account() {
    let app = app().await.mailing();
    let (id, admin) = app.admin().await;
    let (gone, _) = app.person("gone@karoo.example", &[Role::Verifier]).await;
    app.step_up(admin, PASSWORD).await.unwrap();
    app.suspend(admin, gone).await;
    app.invited("invited@karoo.example", &[Role::Verifier]).await;
    let asked = [
        ADMIN,
        "nobody@karoo.example",
        "no address",
        "gone@karoo.example",
        "invited@karoo.example",
    ];
    for email in asked {
        app.ask(email).await.unwrap();
    }
    // One entry each, of one length, and none names the account; one row each, too.
    let entries = app.entries("reset.request").await;
    assert_eq!(entries.len(), asked.len());
    let named = id.to_string();
    for (outcome, body) in &entries {
        assert_eq!((outcome.as_str(), body.len()), ("done", entries[0].1.len()));
        assert!(!body.windows(named.len()).any(|bytes| bytes == named.as_bytes()));
    }
    let rows: Vec<Vec<u8>> = app
        .planted(|tx| Ok(tx.load(resets::table.select(resets::id).limit(100))?))
        .await;
    assert_eq!(rows.len(), asked.len());
    // Only the active account is written to.
    let to: Vec<String> = app.take().await.iter().map(|mail| mail.to.expose().clone()).collect();
    assert_eq!(to, [ADMIN]);
}

#[tokio::test]
async fn strangers_cause_three_mails_an_hour_and_the_newest_link_works() {
    let app = app().await.mailing();
    let (id, admin) = app.admin().await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        app.ask(ADMIN).await.unwrap();
        tokens.push(app.mailed().await);
    }
    for _ in 0..5 {
        app.ask(ADMIN).await.unwrap();
    }
    assert!(app.take().await.is_empty());
    for old in &tokens[..2] {
        refused(app.reset(old, NEW).await, &reset::LINK);
    }
    // What strangers did keeps no administrator from helping; who sends too many is told.
    for _ in 0..3 {
        app.send(admin, id, Sending::On).await.unwrap();
    }
    refused(app.send(admin, id, Sending::On).await, &reset::OFTEN);
    refused(app.reset(&tokens[2], NEW).await, &reset::LINK);
    let newest = app.mailed().await;
    app.clock.advance_seconds(reset::RESET_SECONDS - 1);
    app.reset(&newest, NEW).await.unwrap();
    app.clock.advance_seconds(3_600);
    app.ask(ADMIN).await.unwrap();
    assert!(app.take().await.iter().any(|mail| mail.kind == MailKind::Reset));
}

#[tokio::test]
async fn what_strangers_make_a_cell_write_has_an_end() {
    let app = app().await.mailing();
    let mut asking = tokio::task::JoinSet::new();
    for n in 0..70 {
        let (sign_in, door, cell) = (app.sign_in.clone(), app.door.clone(), app.cell);
        asking.spawn(async move {
            let email = secret(&format!("n{n}@karoo.example"));
            let language = "af";
            let caller = Caller::nobody(&door, cell);
            sign_in.request_reset(&caller, RequestInput { email, language }).await
        });
    }
    for answer in asking.join_all().await {
        answer.unwrap();
    }
    // Some may go on after their answer.
    let settled = async {
        while app.entries("reset.request").await.len() < 60 {
            tokio::time::sleep(SOON).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), settled)
        .await
        .unwrap();
    tokio::time::sleep(SOON).await;
    assert_eq!(app.entries("reset.request").await.len(), 60);
}

#[tokio::test]
async fn the_answer_takes_as_long_with_and_without_a_provider() {
    let app = app().await.mailing();
    for email in [ADMIN, "no address"] {
        let began = std::time::Instant::now();
        app.ask(email).await.unwrap();
        assert!(began.elapsed() >= SOON);
    }
    let began = std::time::Instant::now();
    app.sign_in.request_reset_nowhere().await.unwrap();
    assert!(began.elapsed() >= SOON);
}

#[tokio::test]
async fn a_link_ends_by_time_by_suspension_and_in_another_cell() {
    let app = app().await.mailing();
    let (_, admin) = app.admin().await;
    let (id, _) = app.person("two@karoo.example", &[Role::Verifier]).await;
    app.ask("two@karoo.example").await.unwrap();
    let token = app.mailed().await;
    let moved = token.replace(
        &app.cell.uuid().simple().to_string(),
        &app.other.uuid().simple().to_string(),
    );
    let nowhere = token.replace(&app.cell.uuid().simple().to_string(), &"0".repeat(32));
    let invitation = token.replace("skr_", "ski_");
    for forged in [
        moved.as_str(),
        nowhere.as_str(),
        &invitation,
        &token[..token.len() - 1],
        "",
        "skr_",
    ] {
        refused(app.reset(forged, NEW).await, &reset::LINK);
    }
    refused(app.accept(&invitation, NEW).await, &accounts::INVITATION);
    app.step_up(admin, PASSWORD).await.unwrap();
    app.suspend(admin, id).await;
    refused(app.reset(&token, NEW).await, &reset::LINK);
    app.door
        .enter(admin)
        .run(Restore {
            person: id,
            expected: None,
        })
        .await
        .unwrap();
    refused(app.reset(&token, NEW).await, &reset::LINK);
    app.ask("two@karoo.example").await.unwrap();
    let late = app.mailed().await;
    app.clock.advance_seconds(reset::RESET_SECONDS);
    refused(app.reset(&late, NEW).await, &reset::LINK);
    app.open("two@karoo.example", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn without_mail_strangers_get_nothing_and_an_administrator_sees_the_link_once() {
    let app = app().await;
    let (_, admin) = app.admin().await;
    let (id, _) = app.person("two@karoo.example", &[Role::Verifier]).await;
    refused(app.ask("two@karoo.example").await, &reset::NO_MAIL);
    app.step_up(admin, PASSWORD).await.unwrap();
    let sent = app.send(admin, id, Sending::Off).await.unwrap();
    app.reset(sent.token.unwrap().expose(), NEW).await.unwrap();
    app.open("two@karoo.example", NEW).await.unwrap();
    assert_eq!(app.next().await, None);
    let invited = app.invited("three@karoo.example", &[Role::Verifier]).await;
    refused(app.send(admin, invited.id, Sending::Off).await, &accounts::STATE);
    let (_, verifier) = app.person("four@karoo.example", &[Role::Verifier]).await;
    refused(app.send(verifier, id, Sending::Off).await, &FORBIDDEN);
    app.clock.advance_seconds(301);
    refused(app.send(admin, id, Sending::Off).await, &STEP_UP);
}

#[tokio::test]
async fn an_invitation_is_mailed_or_shown_and_not_both() {
    let app = app().await.mailing();
    let (_, admin) = app.admin().await;
    let by = |link| Invite {
        link,
        sending: Sending::On,
        ..invite("two@karoo.example", &[Role::Verifier])
    };
    let mailed = app.door.enter(admin).run(by(LinkBy::Mail)).await.unwrap();
    assert!(mailed.token.is_none());
    let token = app.mailed().await;
    // Asked for again before the mail went out, only the newest is sent.
    app.door.enter(admin).run(by(LinkBy::Mail)).await.unwrap();
    app.door.enter(admin).run(by(LinkBy::Mail)).await.unwrap();
    refused(app.accept(&token, PASSWORD).await, &accounts::INVITATION);
    let newest = app.mailed().await;
    let shown = app.door.enter(admin).run(by(LinkBy::Hand)).await.unwrap();
    assert!(app.take().await.is_empty());
    refused(app.accept(&newest, PASSWORD).await, &accounts::INVITATION);
    app.accept(shown.token.unwrap().expose(), PASSWORD).await.unwrap();
}

#[tokio::test]
async fn mail_is_tried_again_later_and_given_up_in_the_end() {
    let app = app().await.mailing();
    let (_, admin) = app.admin().await;
    let mailed = Invite {
        link: LinkBy::Mail,
        sending: Sending::On,
        ..invite("two@karoo.example", &[Role::Verifier])
    };
    let person = app.door.enter(admin).run(mailed).await.unwrap().id;
    let first = app.take().await;
    assert!(app.take().await.is_empty(), "nobody else gets it meanwhile");
    app.settle(&first, Came::Later).await;
    assert!(app.take().await.is_empty());
    app.clock.advance_seconds(30);
    let again = app.take().await;
    assert_eq!(
        again[0].token.as_ref().unwrap().expose(),
        first[0].token.as_ref().unwrap().expose()
    );
    // A crash in between: nothing was settled, and it comes back.
    app.clock.advance_seconds(15 * 60);
    let back = app.take().await;
    assert_eq!(back.len(), 1);
    app.settle(&back, Came::Untried).await;
    app.clock.advance_seconds(mail::KEPT_SECONDS);
    let taken = app.door.enter(Actor::System(app.cell)).run(TakeMail).await.unwrap();
    assert_eq!((taken.mails.len(), taken.given_up), (0, 1));
    assert_eq!(app.next().await, None);
    // For somebody who was suspended meanwhile it is not sent.
    let mailed = Invite {
        link: LinkBy::Mail,
        sending: Sending::On,
        ..invite("two@karoo.example", &[Role::Verifier])
    };
    let admin = app.actor(ADMIN).await;
    app.step_up(admin, PASSWORD).await.unwrap();
    app.door.enter(admin).run(mailed).await.unwrap();
    app.suspend(admin, person).await;
    let taken = app.door.enter(Actor::System(app.cell)).run(TakeMail).await.unwrap();
    assert_eq!((taken.mails.len(), taken.given_up), (0, 1));
}

#[tokio::test]
async fn tries_have_an_end_and_refused_mail_is_gone() {
    let app = app().await.mailing();
    let (_, admin) = app.admin().await;
    for (email, tries) in [("two@karoo.example", 1), ("three@karoo.example", mail::TRIES_MAX)] {
        let mailed = Invite {
            link: LinkBy::Mail,
            sending: Sending::On,
            ..invite(email, &[Role::Verifier])
        };
        app.door.enter(admin).run(mailed).await.unwrap();
        let ids = app.take().await;
        app.planted(move |tx| {
            tx.execute(diesel::update(mails::table).set(diesel::ExpressionMethods::eq(mails::tries, tries - 1)))?;
            Ok(())
        })
        .await;
        app.settle(&ids, if tries == 1 { Came::Refused } else { Came::Later })
            .await;
        assert_eq!(app.next().await, None, "{email}");
    }
}

#[tokio::test]
async fn only_the_platform_reads_the_outbox() {
    let app = app().await.mailing();
    let (_, admin) = app.admin().await;
    app.ask(ADMIN).await.unwrap();
    refused(app.door.enter(admin).run(TakeMail).await, &FORBIDDEN);
    refused(
        app.door.enter(Actor::Nobody(app.cell)).run(TakeMail).await,
        &UNAUTHENTICATED,
    );
    refused(app.door.enter(Actor::Console(app.cell)).run(TakeMail).await, &FORBIDDEN);
    let none = SettleMail { mails: Vec::new() };
    refused(app.door.enter(admin).run(none).await, &FORBIDDEN);
    refused(app.door.enter(admin).view(NextMail).await, &FORBIDDEN);
    assert_eq!(app.take().await.len(), 1);
}

#[tokio::test]
async fn a_full_outbox_answers_known_and_unknown_alike() {
    let app = app().await.mailing();
    let (id, _) = app.admin().await;
    app.planted(move |tx| {
        use diesel::prelude::*;
        for n in 0..mail::WAITING_MAX {
            let row = u128::try_from(n).unwrap();
            tx.execute(diesel::insert_into(mails::table).values((
                mails::id.eq(Uuid::from_u128(row).as_bytes().to_vec()),
                mails::kind.eq("reset"),
                mails::person.eq(id),
                mails::content.eq(vec![0_u8]),
                mails::tries.eq(0_i64),
                mails::due_at.eq(0_i64),
                mails::ends_at.eq(0_i64),
                mails::created_at.eq(0_i64),
            )))?;
        }
        Ok(())
    })
    .await;
    // Told apart from a provider that is not there, it would tell that there is one.
    for email in [ADMIN, "nobody@karoo.example"] {
        app.ask(email).await.unwrap();
    }
    let outcomes: Vec<String> = app
        .entries("reset.request")
        .await
        .into_iter()
        .map(|(how, _)| how)
        .collect();
    assert_eq!(outcomes, ["failed", "failed"]);
    // The next round empties it: all of it is too old.
    assert!(app.take().await.is_empty());
    app.ask(ADMIN).await.unwrap();
}
