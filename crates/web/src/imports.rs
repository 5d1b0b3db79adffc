//! Files of learners, from the API or from a page's form: imported as they stream in, or kept until their columns are looked at.

use skillsyms_core::{ImportId, Problem};
use skillsyms_door::{Before, Once};
use skillsyms_records::imports::{HoldImport, ImportSummary, Importer, ReceiveImport, held};

use crate::extract::{Caller, Upload};
use crate::idempotency::{Stream, streamed};
use crate::problem::Refused;

/// Imports as this caller.
pub(crate) fn importer(caller: &Caller) -> Importer {
    Importer {
        door: caller.door().clone(),
        actor: caller.actor(),
        from: caller.from(),
        reference: Some(caller.reference()),
    }
}

/// What a file is known by when it is sent again: its name and its content.
pub(crate) fn digest(name: &str, sha256: &[u8; 32]) -> [u8; 32] {
    streamed(&[name.as_bytes()], sha256)
}

/// Keeps a file until somebody says what its columns mean: the policy is asked before its first byte is read. Sent again under
/// the same key, it is not kept twice.
pub(crate) async fn hold(caller: &Caller, name: &str, body: Upload) -> Result<Once<ImportSummary>, Refused> {
    match caller.streams().await? {
        Stream::Again(before) => again(caller, before, name, body).await,
        Stream::First(turn) => {
            let held = receive(caller, body).await?;
            let act = HoldImport {
                held: held.clone(),
                file_name: name.to_owned(),
            };
            let id = |summary: &ImportSummary| Some(summary.id.uuid());
            let done = caller.make(act, &digest(name, held.sha256()), id).await;
            // Refused, or there already: no row names this one. After another error nobody knows, and it is swept.
            let is_named = match &done {
                Ok(Once::Done(_)) => true,
                Ok(Once::Before { .. }) => false,
                Err(Refused(problem)) => problem.code.status >= 500,
            };
            if !is_named {
                held::forget(caller.house().files(), &held).await;
            }
            drop(turn);
            done
        }
    }
}

/// The import that was made.
pub(crate) fn id_of(once: &Once<ImportSummary>) -> Result<ImportId, Problem> {
    match once {
        Once::Done(summary) => Ok(summary.id),
        Once::Before { resources } => resources
            .first()
            .copied()
            .map(ImportId::new)
            .ok_or_else(Problem::internal),
    }
}

async fn again(caller: &Caller, before: Before, name: &str, mut body: Upload) -> Result<Once<ImportSummary>, Refused> {
    let sent = digest(name, &body.sha256().await?);
    let resources = caller.of(before, &sent)?;
    Ok(Once::Before { resources })
}

async fn receive(caller: &Caller, mut body: Upload) -> Result<held::Held, Refused> {
    let files = caller.house().files().clone();
    let mut incoming = caller.enter().view(ReceiveImport { files }).await?;
    while let Some(piece) = body.next().await? {
        incoming = incoming.take(piece).await?;
    }
    Ok(incoming.finish().await?)
}
