//! What a cell keeps of people, as it is kept.

use super::*;

#[tokio::test]
async fn no_address_or_secret_stands_readable_in_a_cell() {
    let app = app().await;
    let (id, admin) = app.admin().await;
    let key = app.key(admin, &["me.read"]).await.unwrap();
    app.open("canary.unknown@karoo.example", PASSWORD).await.unwrap_err();
    app.open(ADMIN, "canary of a wrong one").await.unwrap_err();
    let kept = app.door.enter(admin).view(Spy).await.unwrap();
    let holds = |text: &str| {
        kept.iter()
            .any(|value| value.windows(text.len()).any(|window| window == text.as_bytes()))
    };
    assert!(holds("session.wrong") && holds("Thandi Nkosi") && holds(&id.to_string()));
    let secret_part = &key.key.expose()[42..];
    for canary in [ADMIN, "karoo.example", "canary", PASSWORD, secret_part] {
        assert!(!holds(canary), "{canary}");
    }
}

type Kept = (Vec<u8>, Vec<u8>, Vec<u8>, String, Option<String>);

/// Reads what a cell keeps of people, keys, sessions and its ledger, as it is kept.
pub(super) struct Spy;

impl View for Spy {
    const NAME: &'static str = ReadMe::NAME;
    const DISCLOSES: Disclosure = Disclosure::None;
    type Output = Vec<Vec<u8>>;

    fn target(&self, _: &mut Read<'_>) -> Result<Target, Fault> {
        Ok(Target::tenant())
    }

    fn run(&self, _: &Cx, tx: &mut Read<'_>) -> Result<Vec<Vec<u8>>, Fault> {
        use skillsyms_cells::schema::{api_keys, ledger_entries, people, sessions};
        let mut all: Vec<Vec<u8>> = tx.load(ledger_entries::table.select(ledger_entries::body))?;
        let people: Vec<Kept> = tx.load(people::table.select((
            people::id,
            people::email,
            people::email_index,
            people::name,
            people::password,
        )))?;
        for (id, email, index, name, password) in people {
            let id = Uuid::from_slice(&id).unwrap().to_string().into_bytes();
            all.extend([
                id,
                email,
                index,
                name.into_bytes(),
                password.unwrap_or_default().into_bytes(),
            ]);
        }
        all.extend(tx.load::<Vec<u8>, _>(sessions::table.select(sessions::token_hash))?);
        all.extend(tx.load::<Vec<u8>, _>(api_keys::table.select(api_keys::hash))?);
        Ok(all)
    }

    fn entry(&self, _: &Vec<Vec<u8>>) -> Note {
        Note::none()
    }
}
