//! What is read as text: credentials, cursors, ID numbers, signed notes.

use std::sync::LazyLock;

use skillsyms_core::SaId;
use skillsyms_ledger::note::Note;
use skillsyms_ledger::{Checkpoint, Hash, Signer, TreeHead, Verifier};
use skillsyms_people::Cursor;
use skillsyms_people::token::{Credential, Named, TokenKind};

const LOG: &str = "skillsyms.example/fuzz";

fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok()
}

/// A text is at most one kind of credential.
pub fn token(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let kinds = [TokenKind::Session, TokenKind::ApiKey, TokenKind::Invitation];
    let read: Vec<Named> = kinds.into_iter().filter_map(|kind| Named::parse(kind, text)).collect();
    assert!(read.len() <= 1, "two kinds");
    if let Some(actor) = Credential::parse(text) {
        assert_eq!(actor.cell(), read[0].cell);
        assert!(
            text.contains(&actor.cell().uuid().simple().to_string()),
            "another cell than it names"
        );
    }
}

/// A cursor has one spelling.
pub fn cursor(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Ok(cursor) = Cursor::parse(text) else { return };
    assert_eq!(cursor.to_string(), text, "a cursor with two spellings");
    assert!(cursor.id().is_ok() != cursor.number().is_ok());
}

/// What is taken for an ID number has 13 digits, a day on which somebody may be born, and does not show itself.
pub fn said(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let Ok(id) = SaId::parse(text) else { return };
    let digits = id.expose();
    assert!(digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    assert!(!id.birth_date_candidates().is_empty());
    assert!(SaId::parse(digits).is_ok());
    for shown in [id.masked(), format!("{id}"), format!("{id:?}")] {
        assert!(!shown.contains(digits), "it shows itself");
    }
    let _ = (id.warnings(), id.gender(), id.citizenship());
}

struct Signed {
    note: String,
    tree: TreeHead,
    verifier: Verifier,
}

static SIGNED: LazyLock<Signed> = LazyLock::new(|| {
    let signer = Signer::from_seed(LOG, &[7; 32]).expect("a signer");
    let root = Hash::parse("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").expect("a hash");
    let tree = TreeHead { size: 4_711, root };
    let note = Checkpoint::new(LOG, tree).sign(&signer).expect("a note");
    let verifier = signer.verifier().clone();
    Signed { note, tree, verifier }
});

/// Notes, checkpoints and names of keys are read or refused, and what is believed is what was signed.
pub fn note(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let _ = Verifier::parse(text);
    if let Ok(note) = Note::parse(text) {
        assert!(text.starts_with(note.unverified_text()));
        let _ = (note.signatures().len(), note.open(&SIGNED.verifier).is_ok());
    }
    if let Ok(checkpoint) = Checkpoint::parse(text) {
        assert_eq!(checkpoint.to_text(), text, "a checkpoint with two forms");
    }
    believed(text);
    // A piece of the good note replaced by this text: random bytes alone never get as far.
    let at = usize::from(*data.first().unwrap_or(&0)) % (SIGNED.note.len() + 1);
    let (before, after) = SIGNED.note.split_at_checked(at).unwrap_or((&SIGNED.note, ""));
    believed(&format!("{before}{text}{after}"));
    believed(&format!(
        "{before}{text}{}",
        after.get(text.len()..).unwrap_or_default()
    ));
}

fn believed(text: &str) {
    if let Ok(checkpoint) = Checkpoint::open(text, &SIGNED.verifier) {
        assert_eq!(checkpoint.tree, SIGNED.tree, "a checkpoint that was never signed");
    }
}
