//! Entries that were changed, removed, moved, slipped in.

use super::*;

#[tokio::test]
async fn one_changed_bit_of_a_body() {
    // 'r' and 's' differ in one bit.
    let found = found(
        700,
        &[
            "UPDATE ledger_entries SET body = CAST(replace(CAST(body AS TEXT), 'learner.read', 'learner.sead') AS BLOB) WHERE leaf = 300",
        ],
    );
    let found = found.await;
    assert!(found.contains(&Finding::Changed { leaf: 300 }), "{found:?}");
    assert!(
        found.contains(&Finding::Column {
            leaf: 300,
            column: "act"
        }),
        "{found:?}"
    );
    assert!(
        found.contains(&Finding::Node {
            level: 8,
            index: 1,
            from: 256,
            to: 512
        }),
        "{found:?}"
    );
    assert!(found.contains(&Finding::Root { size: 700 }), "{found:?}");
    assert!(found.contains(&Finding::NotPrefix { outside: 700 }), "{found:?}");
}

/// Flips one bit of a body or a hash, and back again by the same call.
async fn flip(bench: &Bench, leaf: i64, bit: usize) {
    let flip = |bytes: &mut Vec<u8>, bit: usize| {
        let length = bytes.len();
        bytes[bit / 8 % length] ^= 1 << (bit % 8);
    };
    let row = ledger_entries::table.filter(ledger_entries::leaf.eq(leaf));
    let done = bench.write(move |tx| {
        let columns = (ledger_entries::body, ledger_entries::hash);
        let (mut body, mut hash): (Vec<u8>, Vec<u8>) = tx.first(row.select(columns).limit(1))?.unwrap();
        // Every fourth bit goes to the hash.
        if bit.is_multiple_of(4) {
            flip(&mut hash, bit / 4)
        } else {
            flip(&mut body, bit)
        }
        tx.execute(diesel::update(row).set((ledger_entries::body.eq(body), ledger_entries::hash.eq(hash))))
    });
    assert_eq!(done.await.unwrap(), 1);
}

#[tokio::test]
async fn one_changed_bit_anywhere() {
    let bench = Bench::on_sqlite().await.filled(300).await;
    bench.tamper(&[]).await;
    for n in 0..80_u64 {
        let [a, b, c, ..] = skillsyms_vault::sha256(&n.to_be_bytes());
        let leaf = (i64::from(a) * 256 + i64::from(b)) % 300;
        let bit = usize::from(b) * 256 + usize::from(c);
        flip(&bench, leaf, bit).await;
        let found = check(&bench, None).await.findings;
        assert!(
            found.contains(&Finding::Changed { leaf: leaf as u64 }),
            "{leaf} {bit}: {found:?}"
        );
        flip(&bench, leaf, bit).await;
    }
    assert!(check(&bench, None).await.ok);
}

#[tokio::test]
async fn one_changed_bit_of_each_column() {
    let cases: [(&'static [&'static str], &[Finding]); 6] = [
        (
            &["UPDATE ledger_entries SET hash = (SELECT hash FROM ledger_entries WHERE leaf = 8) WHERE leaf = 7"],
            &[Finding::Changed { leaf: 7 }],
        ),
        (
            &["UPDATE ledger_entries SET at = at + 1 WHERE leaf = 7"],
            &[Finding::Column { leaf: 7, column: "at" }],
        ),
        (
            &["UPDATE ledger_entries SET act = 'learner.sead' WHERE leaf = 7"],
            &[Finding::Column { leaf: 7, column: "act" }],
        ),
        (
            &["UPDATE ledger_entries SET outcome = 'refused' WHERE leaf = 7"],
            &[Finding::Column {
                leaf: 7,
                column: "outcome",
            }],
        ),
        (
            &["UPDATE ledger_entries SET actor = x'00' WHERE leaf = 7"],
            &[Finding::Column {
                leaf: 7,
                column: "actor",
            }],
        ),
        (
            &["UPDATE ledger_entries SET id = x'00' WHERE leaf = 7"],
            &[Finding::Column { leaf: 7, column: "id" }],
        ),
    ];
    for (statements, expected) in cases {
        assert_eq!(found(20, statements).await, expected, "{statements:?}");
    }
}

#[tokio::test]
async fn an_entry_that_is_no_entry() {
    let found = found(20, &["UPDATE ledger_entries SET body = x'7b7d' WHERE leaf = 7"]).await;
    assert!(found.contains(&Finding::Unreadable { leaf: 7 }), "{found:?}");
    assert!(found.contains(&Finding::Changed { leaf: 7 }), "{found:?}");
}

#[tokio::test]
async fn one_removed_entry() {
    assert_eq!(
        found(20, &["DELETE FROM ledger_entries WHERE leaf = 7"]).await,
        [Finding::Gap { from: 7, to: 8 }]
    );
    assert_eq!(
        found(20, &["DELETE FROM ledger_entries WHERE leaf = 0"]).await,
        [Finding::Gap { from: 0, to: 1 }]
    );
}

#[tokio::test]
async fn one_removed_entry_with_the_rest_moved_up() {
    let found = found(
        20,
        &[
            "DELETE FROM ledger_entries WHERE leaf = 7",
            "UPDATE ledger_entries SET leaf = -leaf WHERE leaf > 7",
            "UPDATE ledger_entries SET leaf = -leaf - 1 WHERE leaf < 0",
        ],
    );
    let found = found.await;
    assert!(found.contains(&Finding::Gap { from: 19, to: 20 }), "{found:?}");
    assert!(
        found.contains(&Finding::Truncated { size: 19, outside: 20 }),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_reordered_pair() {
    let found = found(
        20,
        &[
            "UPDATE ledger_entries SET leaf = -7 WHERE leaf = 7",
            "UPDATE ledger_entries SET leaf = 7 WHERE leaf = 8",
            "UPDATE ledger_entries SET leaf = 8 WHERE leaf = -7",
        ],
    );
    let found = found.await;
    assert_eq!(
        found,
        [
            Finding::Order { leaf: 8 },
            Finding::Root { size: 20 },
            Finding::NotPrefix { outside: 20 }
        ]
    );
}

#[tokio::test]
async fn an_entry_that_was_slipped_in() {
    let copy = "INSERT INTO ledger_entries SELECT 20, id, at, act, outcome, actor, body, hash FROM ledger_entries WHERE leaf = 19";
    let statements: &'static [&'static str] = Box::leak(Box::new([copy]));
    assert_eq!(found(20, statements).await, [Finding::Surplus { leaf: 20 }]);
    let found = found(20, &["UPDATE ledger_entries SET leaf = -1 WHERE leaf = 19"]).await;
    assert!(found.contains(&Finding::Surplus { leaf: -1 }), "{found:?}");
    assert!(found.contains(&Finding::Gap { from: 19, to: 20 }), "{found:?}");
}
