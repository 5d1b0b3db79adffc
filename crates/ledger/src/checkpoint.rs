//! Checkpoints in the form of C2SP tlog-checkpoint (c2sp.org/tlog-checkpoint): origin, size and root of a tree, as
//! a signed note.

use crate::merkle::Hash;
use crate::note::{Note, NoteError, Signer, Verifier};
use crate::proof::TreeHead;

/// What a log says of its tree at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log it is. The same as the name of the key that signs.
    pub origin: String,
    /// Size and root of the tree.
    pub tree: TreeHead,
    /// Further lines. We write none, and keep those of others.
    pub extensions: Vec<String>,
}

/// Why a checkpoint was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note itself was not taken.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text of the note is not that of a checkpoint.
    #[error("not a checkpoint: origin, size and root hash must stand on lines of their own")]
    Malformed,
    /// It is a checkpoint of another log.
    #[error("a checkpoint of another log")]
    Origin,
}

impl Checkpoint {
    /// The checkpoint of a tree, without extensions.
    #[must_use]
    pub fn new(origin: &str, tree: TreeHead) -> Self {
        Self {
            origin: origin.to_owned(),
            tree,
            extensions: Vec::new(),
        }
    }

    /// The text that is signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n{}\n", self.origin, self.tree.size, self.tree.root);
        for line in &self.extensions {
            text.push_str(line);
            text.push('\n');
        }
        text
    }

    /// Reads the text of a note.
    ///
    /// # Errors
    /// If a line is missing or empty, the size is not a plain decimal, or the root is not 32 bytes of base64.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').ok_or(CheckpointError::Malformed)?;
        if lines.split('\n').any(str::is_empty) {
            return Err(CheckpointError::Malformed);
        }
        let mut lines = lines.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(CheckpointError::Malformed);
        };
        let size = parse_size(size).ok_or(CheckpointError::Malformed)?;
        let root = Hash::parse(root).ok_or(CheckpointError::Malformed)?;
        let extensions = lines.map(str::to_owned).collect();
        Ok(Self {
            origin: origin.to_owned(),
            tree: TreeHead { size, root },
            extensions,
        })
    }

    /// The checkpoint as a signed note.
    ///
    /// # Errors
    /// If the signer is not this log's, or a line holds what may not stand in a note.
    pub fn sign(&self, signer: &Signer) -> Result<String, CheckpointError> {
        if self.origin != signer.name() {
            return Err(CheckpointError::Origin);
        }
        let text = self.to_text();
        // A line with a newline inside would read back as another checkpoint.
        if Self::parse(&text)? != *self {
            return Err(CheckpointError::Malformed);
        }
        Ok(signer.sign(&text)?)
    }

    /// Reads a signed note that this log's key vouches for.
    ///
    /// # Errors
    /// If the note is damaged, not signed by the key, or of another log.
    pub fn open(note: &str, verifier: &Verifier) -> Result<Self, CheckpointError> {
        let note = Note::parse(note)?;
        let checkpoint = Self::parse(note.open(verifier)?)?;
        if checkpoint.origin == verifier.name() {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Origin)
        }
    }
}

/// A decimal number without sign and leading zeros, so that a size has one form only.
fn parse_size(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::merkle::{empty_root, leaf_hash};

    /// The example of c2sp.org/tlog-checkpoint: its key is not published, its form is.
    const SOFA: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    const ROOT: &str = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";

    fn signer() -> Signer {
        Signer::from_seed("example.com/log", &[1; 32]).unwrap()
    }

    #[test]
    fn the_published_example_reads() {
        let note = Note::parse(SOFA).unwrap();
        let checkpoint = Checkpoint::parse(note.unverified_text()).unwrap();
        assert_eq!(checkpoint.origin, "example.com/behind-the-sofa");
        assert_eq!(checkpoint.tree.size, 20_852_163);
        assert_eq!(checkpoint.tree.root.to_string(), ROOT);
        assert_eq!(checkpoint.to_text(), note.unverified_text());
    }

    #[test]
    fn malformed_texts_are_refused() {
        for text in [
            String::new(),
            "\n".to_owned(),
            "a\n1\n".to_owned(),
            format!("a\n1\n{ROOT}"),
            format!("\n1\n{ROOT}\n"),
            format!("a\n01\n{ROOT}\n"),
            format!("a\n+1\n{ROOT}\n"),
            format!("a\n-1\n{ROOT}\n"),
            format!("a\n\n{ROOT}\n"),
            format!("a\n18446744073709551616\n{ROOT}\n"),
            format!("a\n1\n{ROOT}\n\n"),
            format!("a\n1\n{ROOT}\nx\n\ny\n"),
            format!("a\n1\n{}\n", &ROOT[4..]),
            format!("a\n1\n{}\n", ROOT.trim_end_matches('=')),
            format!("a\n1\n{}\n", ROOT.replace("q2I=", "q2J=")),
        ] {
            assert_eq!(Checkpoint::parse(&text), Err(CheckpointError::Malformed), "{text}");
        }
    }

    #[test]
    fn only_its_own_log_vouches_for_a_checkpoint() {
        let tree = TreeHead {
            size: 0,
            root: empty_root(),
        };
        assert_eq!(
            Checkpoint::new("example.com/other", tree).sign(&signer()),
            Err(CheckpointError::Origin)
        );
        let text = Checkpoint::new("example.com/other", tree).to_text();
        let note = signer().sign(&text).unwrap();
        assert_eq!(
            Checkpoint::open(&note, signer().verifier()),
            Err(CheckpointError::Origin)
        );
        let stranger = Signer::from_seed("example.com/log", &[2; 32]).unwrap();
        let note = Checkpoint::new("example.com/log", tree).sign(&stranger).unwrap();
        let wrong = Checkpoint::open(&note, signer().verifier());
        assert_eq!(wrong, Err(CheckpointError::Note(NoteError::Unsigned)));
    }

    #[test]
    fn extensions_cannot_smuggle_lines() {
        let tree = TreeHead {
            size: 1,
            root: leaf_hash(b""),
        };
        let mut checkpoint = Checkpoint::new("example.com/log", tree);
        for line in ["", "a\nb", "a\n"] {
            checkpoint.extensions = vec![line.to_owned()];
            assert_eq!(checkpoint.sign(&signer()), Err(CheckpointError::Malformed));
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_opens(size in any::<u64>(), root in any::<[u8; 32]>(), extensions in prop::collection::vec("[ -~]{1,20}", 0..3)) {
            let tree = TreeHead { size, root: Hash::new(root) };
            let checkpoint = Checkpoint { extensions, ..Checkpoint::new("example.com/log", tree) };
            let note = checkpoint.sign(&signer()).unwrap();
            prop_assert_eq!(Checkpoint::open(&note, signer().verifier()), Ok(checkpoint));
        }
    }
}
