use proptest::prelude::*;

use super::*;

/// An entry with id and nonce made from `n`, at second `n`.
pub(crate) fn sample(n: u64) -> Entry {
    let id = EntryId::new(Uuid::from_u128(0x7000_8000_0000_0000_0000 | u128::from(n)));
    let nonce = Nonce::new(u128::from(n).to_be_bytes());
    let at = Instant::from_micros(1_795_000_000_000_000).plus_seconds(n as i64);
    Entry::new(id, nonce, at, "learner.read".into(), Who::system())
}

fn full() -> Entry {
    let id = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);
    Entry {
        actor: Who {
            kind: "person".into(),
            id: Some(id),
            roles: vec!["assessor".into(), "moderator".into()],
        },
        via: Some(id),
        on: vec![("enrolment".into(), id), ("learner".into(), id)],
        learners: vec![LearnerId::new(id)],
        categories: vec!["identity".into()],
        purpose: Some("Checking \"the\" name, for n\u{f4}".to_owned()),
        from: Some("2001:db8::1%eth0".to_owned()),
        outcome: Outcome::Refused,
        code: Some("learner.no_such".into()),
        count: Some(2),
        reference: Some(Reference::new(id)),
        origin: Some("import".into()),
        ..sample(1)
    }
}

#[test]
fn the_form_stays_as_it_is() {
    let text = String::from_utf8(sample(1).to_bytes().unwrap()).unwrap();
    assert_eq!(
        text,
        r#"{"v":1,"id":"00000000-0000-7000-8000-000000000001","nonce":"AAAAAAAAAAAAAAAAAAAAAQ==","at":1795000001000000,"act":"learner.read","actor":{"kind":"system"},"outcome":"done"}"#
    );
    let text = String::from_utf8(full().to_bytes().unwrap()).unwrap();
    let id = "01980000-0000-7000-8000-000000000001";
    let tail = format!(
        r#""actor":{{"kind":"person","id":"{id}","roles":["assessor","moderator"]}},"via":"{id}","on":[["enrolment","{id}"],["learner","{id}"]],"learners":["{id}"],"categories":["identity"],"purpose":"Checking \"the\" name, for n{}","from":"2001:db8::1%eth0","outcome":"refused","code":"learner.no_such","count":2,"reference":"{id}","origin":"import"}}"#,
        '\u{f4}'
    );
    assert!(text.ends_with(&tail), "{text}");
}

#[test]
fn an_entry_reads_what_it_writes() {
    for entry in [sample(7), full()] {
        assert_eq!(Entry::from_bytes(&entry.to_bytes().unwrap()).as_ref(), Ok(&entry));
    }
}

#[test]
fn any_other_form_is_refused() {
    let text = String::from_utf8(full().to_bytes().unwrap()).unwrap();
    for (from, to) in [
        ("{\"v\":1,", "{ \"v\":1,"),
        ("\"via\"", "\"extra\":1,\"via\""),
        ("\"count\":2", "\"count\":2.0"),
        ("\"count\":2", "\"count\":null"),
        ("\"origin\":\"import\"", "\"origin\":\"import\",\"origin\":\"import\""),
        ("\"origin\":\"import\"", "\"origin\":\"\\u0069mport\""),
        ("\"learners\":[", "\"learners\":[] ,\"x\":["),
        ("\"refused\"", "\"Refused\""),
        ("\"code\"", "\"on\":[],\"code\""),
    ] {
        let other = text.replacen(from, to, 1);
        assert_ne!(other, text);
        assert_eq!(
            Entry::from_bytes(other.as_bytes()),
            Err(EntryError::Malformed),
            "{other}"
        );
    }
    let newer = text.replacen("\"v\":1", "\"v\":2", 1);
    assert_eq!(Entry::from_bytes(newer.as_bytes()), Err(EntryError::Newer(2)));
    assert_eq!(
        Entry::from_bytes(&vec![b' '; ENTRY_BYTES_MAX + 1]),
        Err(EntryError::TooLarge)
    );
}

#[test]
fn what_is_above_a_limit_is_not_written() {
    let id = Uuid::nil();
    let error = |entry: Entry| entry.to_bytes().unwrap_err();
    assert_eq!(
        error(Entry {
            act: "two words".into(),
            ..sample(1)
        }),
        EntryError::Word("act")
    );
    assert_eq!(
        error(Entry {
            act: "".into(),
            ..sample(1)
        }),
        EntryError::Word("act")
    );
    assert_eq!(
        error(Entry {
            from: Some("x".repeat(65)),
            ..sample(1)
        }),
        EntryError::Word("from")
    );
    assert_eq!(
        error(Entry {
            purpose: Some("x".repeat(201)),
            ..sample(1)
        }),
        EntryError::Purpose
    );
    assert_eq!(
        error(Entry {
            purpose: Some("a\nb".to_owned()),
            ..sample(1)
        }),
        EntryError::Purpose
    );
    let on = vec![("learner".into(), id); IDS_MAX + 1];
    assert_eq!(error(Entry { on, ..sample(1) }), EntryError::TooMany("ids"));
    let (on, learners) = (vec![("learner".into(), id); IDS_MAX], vec![LearnerId::new(id); IDS_MAX]);
    assert_eq!(
        error(Entry {
            on: on.clone(),
            learners,
            ..sample(1)
        }),
        EntryError::TooLarge
    );
    assert!(
        Entry {
            on,
            purpose: Some("\u{f4}".repeat(200)),
            ..sample(1)
        }
        .to_bytes()
        .is_ok()
    );
}

#[test]
fn debug_shows_no_person_purpose_or_address() {
    let shown = format!("{:?}", full());
    assert!(
        !shown.contains("Checking") && !shown.contains("2001:db8") && !shown.contains("01980000"),
        "{shown}"
    );
}

fn words(max: usize) -> impl Strategy<Value = Vec<Word>> {
    prop::collection::vec("[a-z0-9._:-]{1,64}".prop_map(Word::from), 0..max)
}

prop_compose! {
    fn any_entry()(
        (n, at, act, roles) in (any::<u128>(), any::<i64>(), "[a-z.]{1,64}", words(4)),
        ids in prop::collection::vec(any::<u128>().prop_map(Uuid::from_u128), 0..20),
        (categories, purpose) in (words(3), prop::option::of("[^\\x00-\\x1f\\x7f-\\x9f]{0,200}")),
        (outcome, count) in (0_usize..3, any::<Option<u64>>()),
    ) -> Entry {
        let id = Uuid::from_u128(n);
        Entry {
            actor: Who { kind: "person".into(), id: Some(id), roles },
            via: ids.first().copied(),
            on: ids.iter().map(|id| ("learner".into(), *id)).collect(),
            learners: ids.iter().copied().map(LearnerId::new).collect(),
            categories,
            purpose,
            outcome: [Outcome::Done, Outcome::Refused, Outcome::Failed][outcome],
            count,
            ..Entry::new(EntryId::new(id), Nonce::new(n.to_be_bytes()), Instant::from_micros(at), act.into(), Who::system())
        }
    }
}

proptest! {
    #[test]
    fn every_entry_reads_what_it_writes(entry in any_entry()) {
        let bytes = entry.to_bytes().unwrap();
        prop_assert_eq!(Entry::from_bytes(&bytes), Ok(entry));
    }

    #[test]
    fn noise_does_not_panic(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Entry::from_bytes(&noise).is_err());
    }
}
