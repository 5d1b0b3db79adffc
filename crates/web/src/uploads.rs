//! A file that comes in, from the API or from a page's form: begin, stream, attach.

use std::time::Duration;

use skillsyms_core::ModuleId;
use skillsyms_door::{Before, Once};
use skillsyms_records::evidence::{AttachEvidence, Attached, BeginUpload, FILE_BYTES_MAX, Stored, UPLOAD_SECONDS};
use uuid::Uuid;

use crate::extract::{Caller, Upload};
use crate::idempotency::{Stream, streamed};
use crate::problem::Refused;

/// Bytes of a request with a file: the largest, and one more, so that the store says of it what it has to say.
pub(crate) const FILE_MAX_BYTES: usize = FILE_BYTES_MAX as usize + 1;
/// Time for it: 25 MB over a line of 60 kbit/s.
pub(crate) const FILE_TIME_MAX: Duration = Duration::from_secs(UPLOAD_SECONDS.unsigned_abs());

/// What is said of a file before its bytes come.
pub(crate) struct Declared {
    /// Where it belongs.
    pub(crate) begin: BeginUpload,
    /// What it is called, as the sender says.
    pub(crate) name: String,
}

/// Takes a file: the policy is asked before its first byte is read. Sent again under the same key, it is not stored twice.
pub(crate) async fn take(caller: &Caller, declared: &Declared, body: Upload) -> Result<Once<Attached>, Refused> {
    match caller.streams().await? {
        Stream::Again(before) => again(caller, before, declared, body).await,
        Stream::First(turn) => {
            let stored = receive(caller, declared.begin, body).await?;
            let attached = attach(caller, stored, declared).await;
            drop(turn);
            attached
        }
    }
}

/// What a file is known by when it is sent again: where it belongs, its name and its content.
fn digest(module: ModuleId, name: &str, sha256: &[u8; 32]) -> [u8; 32] {
    streamed(&[module.bytes(), name.as_bytes()], sha256)
}

/// The same file again is answered as before, and not stored a second time.
async fn again(
    caller: &Caller,
    before: Before,
    declared: &Declared,
    mut body: Upload,
) -> Result<Once<Attached>, Refused> {
    let sent = digest(declared.begin.module, &declared.name, &body.sha256().await?);
    let resources: Vec<Uuid> = caller.of(before, &sent)?;
    Ok(Once::Before { resources })
}

/// Asks the policy, then takes the file, with one chunk of memory.
async fn receive(caller: &Caller, begin: BeginUpload, mut body: Upload) -> Result<Stored, Refused> {
    let (upload, _) = caller.enter().run(begin).await?;
    let mut receiving = caller.house().files().receive(upload)?;
    while let Some(piece) = body.next().await? {
        receiving = receiving.take(piece).await?;
    }
    Ok(receiving.close().await?)
}

/// Names the file in a row. A file that came a second time is removed, and one that was refused: sent again it is another.
async fn attach(caller: &Caller, stored: Stored, declared: &Declared) -> Result<Once<Attached>, Refused> {
    let act = AttachEvidence {
        stored: stored.clone(),
        name: declared.name.clone(),
    };
    let digest = digest(declared.begin.module, &declared.name, stored.sha256());
    let attached = caller
        .make(act, &digest, |attached: &Attached| Some(attached.evidence.uuid()))
        .await;
    let is_in_vain = match &attached {
        Ok(Once::Done(_)) => false,
        Ok(Once::Before { resources }) => !resources.contains(&stored.id().uuid()),
        // After any other error the row may be there: an act that lost its connection while it committed is run again, and
        // finds its upload gone. The sweep asks the cell before it removes anything.
        Err(Refused(problem)) => matches!(problem.code.status, 403 | 409 | 413 | 415 | 422),
    };
    if is_in_vain && let Err(error) = caller.house().files().discard(&stored) {
        tracing::warn!(%error, "a file that no row names stays until it is swept");
    }
    attached
}
