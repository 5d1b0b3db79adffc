//! What can be wrong with a log.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Finding {
    /// The row of the head is missing.
    NoHead,
    /// The head's checkpoint is damaged, or not signed by this cell's key.
    HeadSignature,
    /// The head's row says something else than its checkpoint.
    HeadColumns,
    /// An entry's body does not give its hash.
    Changed {
        /// Which entry.
        leaf: u64,
    },
    /// A column of an entry says something else than its body.
    Column {
        /// Which entry.
        leaf: u64,
        /// Which column.
        column: &'static str,
    },
    /// A body is not an entry in its canonical form.
    Unreadable {
        /// Which entry.
        leaf: u64,
    },
    /// Entries are missing.
    Gap {
        /// The first that is missing.
        from: u64,
        /// The first that is there again, or the size that the head says.
        to: u64,
    },
    /// An entry stands where the head says that there is none.
    Surplus {
        /// Its number, which may be negative.
        leaf: i64,
    },
    /// An entry's time is before its predecessor's.
    Order {
        /// The later of the two.
        leaf: u64,
    },
    /// A stored node of the tree is missing or differs from the entries below it.
    Node {
        /// Levels above the leaves.
        level: u32,
        /// Which node of that level.
        index: u64,
        /// The first entry below it.
        from: u64,
        /// The entry after the last below it.
        to: u64,
    },
    /// There are more stored nodes than the tree has.
    NodeSurplus,
    /// The tree over the entries is not the one that the head signs: something was changed, moved or replaced.
    Root {
        /// At which size.
        size: u64,
    },
    /// The checkpoint from outside is damaged, or not signed by this cell's key.
    OutsideSignature,
    /// The file with the checkpoint from outside is gone, and the platform's cell knows of one.
    OutsideMissing {
        /// The size that the platform's cell knows.
        outside: u64,
    },
    /// The file with the checkpoint from outside is older than the platform's cell knows, or is none.
    OutsideOlder {
        /// The size that the file says.
        file: u64,
        /// The size that the platform's cell knows.
        outside: u64,
    },
    /// The file and the platform's cell keep checkpoints of two logs.
    OutsideTwo {
        /// The size that both say.
        outside: u64,
    },
    /// The log is shorter than it was when the outside checkpoint was kept: its tail was cut off.
    Truncated {
        /// Entries that there are.
        size: u64,
        /// Entries that there were.
        outside: u64,
    },
    /// The head is older than the outside checkpoint.
    HeadOlder {
        /// The head's size.
        head: u64,
        /// The size that was kept outside.
        outside: u64,
    },
    /// The log does not begin with what the outside checkpoint signs: its past was rewritten.
    NotPrefix {
        /// The size that was kept outside.
        outside: u64,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHead => write!(f, "the head is missing"),
            Self::HeadSignature => write!(f, "the head is not signed by this cell's key"),
            Self::HeadColumns => write!(f, "the head's row differs from its signed checkpoint"),
            Self::Changed { leaf } => write!(f, "entry {leaf} was changed: its body does not give its hash"),
            Self::Column { leaf, column } => {
                write!(f, "entry {leaf} was changed: column {column} differs from its body")
            }
            Self::Unreadable { leaf } => write!(f, "entry {leaf} is not in canonical form"),
            Self::Gap { from, to } => write!(f, "entries {from} up to {to} are missing"),
            Self::Surplus { leaf } => write!(f, "entry {leaf} is outside the range that the head signs"),
            Self::Order { leaf } => write!(f, "entry {leaf} is earlier than the one before it"),
            Self::Node { level, index, from, to } => {
                write!(
                    f,
                    "node {index} of level {level} does not fit entries {from} up to {to}"
                )
            }
            Self::NodeSurplus => write!(f, "there are more nodes than the tree has"),
            Self::Root { size } => write!(f, "the tree over {size} entries is not the one that the head signs"),
            Self::OutsideSignature => write!(f, "the checkpoint from outside is not signed by this cell's key"),
            Self::OutsideMissing { outside } => {
                write!(
                    f,
                    "the checkpoint in the folder heads is gone: there was one of {outside} entries"
                )
            }
            Self::OutsideOlder { file, outside } => {
                write!(
                    f,
                    "the checkpoint in the folder heads is of {file} entries, and there was one of {outside}"
                )
            }
            Self::OutsideTwo { outside } => {
                write!(f, "two checkpoints of {outside} entries are kept outside, of two logs")
            }
            Self::Truncated { size, outside } => {
                write!(f, "the tail was cut off: {size} entries, and there were {outside}")
            }
            Self::HeadOlder { head, outside } => {
                write!(
                    f,
                    "the head is of {head} entries, older than the {outside} of the checkpoint from outside"
                )
            }
            Self::NotPrefix { outside } => {
                write!(
                    f,
                    "the first {outside} entries are not those of the checkpoint from outside"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_read_as_sentences_and_as_json() {
        let finding = Finding::Gap { from: 7, to: 8 };
        assert_eq!(finding.to_string(), "entries 7 up to 8 are missing");
        assert_eq!(
            serde_json::to_string(&finding).unwrap(),
            r#"{"finding":"gap","from":7,"to":8}"#
        );
    }
}
