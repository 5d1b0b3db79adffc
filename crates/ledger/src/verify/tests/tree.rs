//! Nodes and the head.

use super::*;

#[tokio::test]
async fn nodes_that_do_not_fit() {
    assert_eq!(
        found(600, &["UPDATE ledger_nodes SET hash = x'00' WHERE idx = 1"]).await,
        [Finding::Node {
            level: 8,
            index: 1,
            from: 256,
            to: 512
        }]
    );
    assert_eq!(
        found(600, &["DELETE FROM ledger_nodes WHERE idx = 0"]).await,
        [Finding::Node {
            level: 8,
            index: 0,
            from: 0,
            to: 256
        }]
    );
    assert_eq!(
        found(600, &["INSERT INTO ledger_nodes VALUES (16, 0, x'00')"]).await,
        [Finding::NodeSurplus]
    );
}

#[tokio::test]
async fn a_head_that_was_changed() {
    for statements in [
        &["UPDATE ledger_head SET size = 19"],
        &["UPDATE ledger_head SET size = -1"],
        &["UPDATE ledger_head SET frontier = x'00'"],
    ] {
        assert_eq!(found(20, statements).await, [Finding::HeadColumns], "{statements:?}");
    }
    assert_eq!(found(20, &["DELETE FROM ledger_head"]).await, [Finding::NoHead]);
    assert_eq!(
        found(
            20,
            &["UPDATE ledger_head SET checkpoint = replace(checkpoint, '20', '21')"]
        )
        .await,
        [Finding::HeadSignature]
    );
}

#[test]
fn nodes_are_counted_by_level() {
    for (size, nodes) in [
        (0, 0),
        (255, 0),
        (256, 1),
        (65_535, 255),
        (65_536, 257),
        (1 << 24, 65_536 + 256 + 1),
    ] {
        assert_eq!(nodes_of(size), nodes, "{size}");
    }
}
