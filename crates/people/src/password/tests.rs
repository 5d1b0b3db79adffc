use uuid::Uuid;

use super::*;

/// As little work as Argon2 allows.
const CHEAP: HashingPolicy = HashingPolicy {
    memory_kib: 8,
    passes: 1,
    lanes: 1,
    at_once: 1,
    waiting: 1,
};
const RIGHT: &str = "correct horse battery";

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

fn person() -> PersonId {
    PersonId::new(Uuid::from_u128(1))
}

fn challenge(phc: Option<&PasswordHash>) -> Challenge {
    Challenge {
        person: phc.map(|_| person()),
        session: None,
        phc: phc.map(|hash| hash.0.clone()),
        names: Vec::new(),
        has_factor: false,
        roles: Vec::new(),
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

async fn hashed(hasher: &Hasher) -> PasswordHash {
    hasher
        .hash(NewPassword::parse(secret(RIGHT), Beside::Nothing).unwrap(), Vec::new())
        .await
        .unwrap()
}

#[test]
fn the_right_password_is_right_and_no_other() {
    run(async {
        let hasher = Hasher::new(CHEAP).unwrap();
        let hash = hashed(&hasher).await;
        assert!(hash.phc().starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
        let checked = hasher.check(challenge(Some(&hash)), secret(RIGHT)).await.unwrap();
        assert_eq!(checked.right(), Some((person(), hash.phc())));
        let long = "a".repeat(1_000_000);
        for wrong in ["", " ", "correct horse battery ", "Correct horse battery", &long] {
            let checked = hasher.check(challenge(Some(&hash)), secret(wrong)).await.unwrap();
            assert!(checked.right().is_none(), "{}", wrong.len());
            assert_eq!(checked.person(), Some(person()));
        }
    });
}

#[test]
fn an_account_that_is_not_there_has_no_password() {
    run(async {
        let hasher = Hasher::new(CHEAP).unwrap();
        for tried in ["", RIGHT] {
            assert!(
                hasher
                    .check(challenge(None), secret(tried))
                    .await
                    .unwrap()
                    .right()
                    .is_none()
            );
        }
        let broken = Challenge {
            person: Some(person()),
            session: None,
            phc: Some(Zeroizing::new("plain".into())),
            names: Vec::new(),
            has_factor: false,
            roles: Vec::new(),
        };
        assert!(hasher.check(broken, secret("plain")).await.unwrap().right().is_none());
    });
}

#[test]
fn an_older_hash_still_opens_after_the_parameters_rose() {
    run(async {
        let hash = hashed(&Hasher::new(CHEAP).unwrap()).await;
        let dearer = Hasher::new(HashingPolicy {
            memory_kib: 16,
            passes: 2,
            ..CHEAP
        })
        .unwrap();
        let checked = dearer.check(challenge(Some(&hash)), secret(RIGHT)).await.unwrap();
        assert!(checked.right().is_some());
        let renewed = checked.renewed().unwrap().clone();
        assert!(renewed.phc().starts_with("$argon2id$v=19$m=16,t=2,p=1$"));
        // The new hash opens, and is renewed no further; nor does a cheaper hasher take it down again.
        for hasher in [dearer.clone(), Hasher::new(CHEAP).unwrap()] {
            let again = hasher.check(challenge(Some(&renewed)), secret(RIGHT)).await.unwrap();
            assert!(again.right().is_some() && again.renewed().is_none());
        }
        // Who does not know the password changes nothing.
        let wrong = dearer
            .check(challenge(Some(&hash)), secret("wrong horse"))
            .await
            .unwrap();
        assert!(wrong.renewed().is_none());
    });
}

#[test]
fn what_is_easily_guessed_is_refused() {
    let names: Vec<Zeroizing<String>> = ["Karoo Skills Academy", "naledi.mokoena@karoo.example", "Naledi Mokoena"]
        .iter()
        .map(|name| Zeroizing::new((*name).to_owned()))
        .collect();
    let code = |text: &str| {
        let new = NewPassword::parse(secret(text), Beside::Factor).unwrap();
        new.check_strength(&names).err().map(|problem| problem.fields[0].code)
    };
    for common in [
        "password1234",
        "qwertyuiop123",
        "123456789012",
        "iloveyou2026",
        "P@ssw0rd1234",
        "abcabcabcabc",
        "skillsyms2026",
        "Karoo-Skills-1",
        "karooskills2026",
        "NalediMokoena1",
        "naledi.mokoena",
        "mokoenakaroo1",
    ] {
        assert_eq!(code(common), Some("password.common"), "{common}");
    }
    for good in [
        "four words in a row",
        "correct horse battery",
        "ngiyabonga kakhulu",
        "x7#Lm2!pQz9w",
        "karoo lamps burn late",
    ] {
        assert_eq!(code(good), None, "{good}");
    }
    // The longest that may be typed is judged too, and soon.
    assert_eq!(code(&"ab".repeat(64)), Some("password.common"));
}

#[test]
fn a_hash_that_cannot_be_read_is_not_renewed() {
    let now = Params::new(16, 2, 1, None).unwrap();
    for (phc, expected) in [
        ("$argon2id$v=19$m=16,t=2,p=1$c2FsdA$aGFzaA", false),
        ("$argon2id$v=19$m=32,t=3,p=2$c2FsdA$aGFzaA", false),
        ("$argon2id$v=19$m=8,t=9,p=1$c2FsdA$aGFzaA", true),
        ("$argon2id$v=19$m=16,t=1,p=1$c2FsdA$aGFzaA", true),
        ("$argon2i$v=19$m=16,t=2,p=1$c2FsdA$aGFzaA", true),
        ("plain", false),
        ("$argon2id$v=19$m=x,t=2,p=1$", false),
        ("", false),
    ] {
        assert_eq!(is_cheaper(phc, &now), expected, "{phc}");
    }
}

#[test]
fn two_hashes_of_one_password_differ() {
    run(async {
        let hasher = Hasher::new(CHEAP).unwrap();
        assert_ne!(hashed(&hasher).await.phc(), hashed(&hasher).await.phc());
    });
}

#[test]
fn a_full_queue_is_busy() {
    run(async {
        let hasher = Hasher::new(CHEAP).unwrap();
        let places = Arc::clone(&hasher.queue).acquire_many_owned(2).await.unwrap();
        let refused = hasher.check(challenge(None), secret(RIGHT)).await.unwrap_err();
        assert_eq!(refused.code, &BUSY);
        drop(places);
        assert!(hasher.check(challenge(None), secret(RIGHT)).await.is_ok());
    });
}

#[test]
fn new_passwords_have_a_form() {
    let refused = |text: &str| NewPassword::parse(secret(text), Beside::Nothing).unwrap_err().fields[0].code;
    assert_eq!(refused(""), "password.short");
    assert_eq!(refused("fourteen chars"), "password.short");
    assert_eq!(refused("éééééééééééééé"), "password.short");
    assert_eq!(refused("aaaaaaaaaaaaaaaa"), "password.plain");
    assert_eq!(refused(&"ab".repeat(65)), "password.long");
    assert_eq!(refused(&"ab".repeat(500_000)), "password.long");
    assert!(NewPassword::parse(secret(&"ab".repeat(64)), Beside::Nothing).is_ok());
    assert!(NewPassword::parse(secret("ngiyabonga kakhulu"), Beside::Nothing).is_ok());
    // A second factor allows three characters less, and no fewer.
    for (text, alone, beside) in [
        ("eleven char", false, false),
        ("twelve chars", false, true),
        ("fourteen chars", false, true),
        ("fifteen letters", true, true),
        ("ééééééééééé", false, false),
    ] {
        assert_eq!(
            NewPassword::parse(secret(text), Beside::Nothing).is_ok(),
            alone,
            "{text}"
        );
        assert_eq!(
            NewPassword::parse(secret(text), Beside::Factor).is_ok(),
            beside,
            "{text}"
        );
    }
    assert!(!format!("{:?}", NewPassword::parse(secret(RIGHT), Beside::Nothing).unwrap()).contains(RIGHT));
}

#[test]
fn unusable_parameters_are_refused() {
    for policy in [
        HashingPolicy { memory_kib: 0, ..CHEAP },
        HashingPolicy { passes: 0, ..CHEAP },
        HashingPolicy { at_once: 0, ..CHEAP },
    ] {
        assert!(Hasher::new(policy).is_err());
    }
}
