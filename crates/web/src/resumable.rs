//! A file that comes in parts over a line that breaks, from the API or from a page's script: announce, ask where to go on, add,
//! and at the end attach it. After the IETF draft "Resumable Uploads for HTTP"; `docs/decisions/0006-resumable-uploads.md` says
//! what is taken of it.

use http::{HeaderMap, HeaderName, HeaderValue};
use skillsyms_core::problem::Param;
use skillsyms_core::{Code, EvidenceId, Problem};
use skillsyms_records::evidence::{
    AttachEvidence, Attached, DiscardUpload, FILE_BYTES_MAX, FileError, OFFSET, Partial, ResumeUpload, Resumed, Whole,
    Writing,
};

use crate::extract::{Caller, Upload};
use crate::house::apart;
use crate::problem::{HEADER, Refused};

/// Bytes that are kept of a file; an integer (RFC 9651 section 3.3.1).
pub(crate) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
/// Bytes that the file will have; an integer.
pub(crate) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
/// Whether this is all of it; a boolean (RFC 9651 section 3.3.6).
pub(crate) const UPLOAD_COMPLETE: HeaderName = HeaderName::from_static("upload-complete");
/// What is taken at most; a dictionary (RFC 9651 section 3.2).
pub(crate) const UPLOAD_LIMIT: HeaderName = HeaderName::from_static("upload-limit");
/// The media type of what is added to an upload.
pub(crate) const PART: &str = "application/partial-upload";

/// The upload was ended.
pub(crate) static ENDED: Code = Code::new(
    "evidence.ended",
    400,
    "This upload is complete, and nothing is added to it. Announce another file.",
);

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Bytes that are kept.
    pub(crate) offset: u64,
    /// Bytes of the whole file.
    pub(crate) length: u64,
    /// Whether the file is evidence.
    pub(crate) is_ended: bool,
    /// Seconds that it may still go on.
    pub(crate) seconds_left: i64,
}

impl Standing {
    /// As headers say it.
    pub(crate) fn headers(self) -> [(HeaderName, HeaderValue); 4] {
        [
            (UPLOAD_OFFSET, self.offset.into()),
            (UPLOAD_LENGTH, self.length.into()),
            (UPLOAD_COMPLETE, boolean(self.is_ended)),
            (UPLOAD_LIMIT, limit(self.seconds_left)),
        ]
    }
}

/// What every upload may be at most, and how long this one may go on.
pub(crate) fn limit(seconds_left: i64) -> HeaderValue {
    let text = format!("max-size={FILE_BYTES_MAX}, max-age={}", seconds_left.max(0));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("max-size=0"))
}

/// A boolean of structured fields.
pub(crate) const fn boolean(value: bool) -> HeaderValue {
    HeaderValue::from_static(if value { "?1" } else { "?0" })
}

/// What a request adds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addition {
    /// Where it begins.
    pub(crate) offset: u64,
    /// Whether the file is whole with it.
    pub(crate) is_last: bool,
    /// Bytes of the whole file, if the request says so again.
    pub(crate) length: Option<u64>,
}

impl Addition {
    /// As the headers of a request say it. Without its offset nothing is added.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Self, Refused> {
        let bad = |name| Refused::from(Problem::new(&HEADER).with("name", Param::Word(name)));
        let offset = integer(headers, &UPLOAD_OFFSET).ok_or_else(|| bad("Upload-Offset"))?;
        let complete = headers.get(UPLOAD_COMPLETE).map(HeaderValue::as_bytes);
        Ok(Self {
            offset,
            is_last: match complete {
                Some(b"?1") => true,
                Some(b"?0") => false,
                _ => return Err(bad("Upload-Complete")),
            },
            length: integer(headers, &UPLOAD_LENGTH),
        })
    }
}

/// An integer of structured fields that is no less than zero; any other value is as if it were not there.
pub(crate) fn integer(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let mut lines = headers.get_all(name).iter();
    let (line, None) = (lines.next()?, lines.next()) else {
        return None;
    };
    let text = line.to_str().ok()?;
    let is_integer = (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_integer.then(|| text.parse().ok()).flatten()
}

/// What adding came to.
pub(crate) enum Added {
    /// More is to come, from here.
    More(u64),
    /// Nothing was added: it goes on from here.
    Elsewhere(u64),
    /// The file is evidence.
    Whole(Attached),
}

/// Says how far an upload is. Whoever still writes to it, over a line that is gone, is told to stop.
pub(crate) async fn standing(caller: &Caller, id: EvidenceId) -> Result<Standing, Refused> {
    let partial = match resume(caller, id).await? {
        Resumed::Open(partial) => partial,
        Resumed::Ended { length } => {
            return Ok(Standing {
                offset: length,
                length,
                is_ended: true,
                seconds_left: 0,
            });
        }
    };
    let now = caller.door().clock().now();
    let writing = partial.go_on().await?;
    Ok(Standing {
        offset: writing.offset(),
        length: writing.length(),
        is_ended: false,
        seconds_left: writing.expires_at().seconds_since(now),
    })
}

async fn resume(caller: &Caller, id: EvidenceId) -> Result<Resumed, Refused> {
    let files = caller.house().files().clone();
    Ok(caller.enter().view(ResumeUpload { id, files }).await?.state)
}

/// Adds to an upload: the door first, then the bytes, with one piece of memory. What came before the line broke is kept.
pub(crate) async fn add(caller: &Caller, id: EvidenceId, addition: Addition, body: Upload) -> Result<Added, Refused> {
    let Resumed::Open(partial) = resume(caller, id).await? else {
        return Err((&ENDED).into());
    };
    match added(caller, *partial, addition, body).await {
        Ok(added) => Ok(added),
        Err(Stopped::Kept(refused)) => Err(refused),
        Err(Stopped::Over(refused)) => {
            // Why the file is not taken is what its sender must hear. What is left of it is swept after a day.
            if let Err(Refused(left)) = give_up(caller, id).await {
                tracing::warn!(code = left.code.name, "what came of a refused file stays");
            }
            Err(refused)
        }
    }
}

/// Why a request added nothing, or not all.
enum Stopped {
    /// The upload may go on.
    Kept(Refused),
    /// The file is not taken, whatever comes.
    Over(Refused),
}

impl From<Problem> for Stopped {
    fn from(problem: Problem) -> Self {
        Self::Kept(problem.into())
    }
}

impl From<FileError> for Stopped {
    fn from(error: FileError) -> Self {
        let is_over = matches!(
            error,
            FileError::Type | FileError::TooLarge | FileError::Empty | FileError::Damaged
        );
        let refused = Refused::from(error);
        if is_over {
            Self::Over(refused)
        } else {
            Self::Kept(refused)
        }
    }
}

async fn added(caller: &Caller, partial: Partial, addition: Addition, body: Upload) -> Result<Added, Stopped> {
    let writing = partial.go_on().await?;
    if addition.length.is_some_and(|length| length != writing.length()) {
        return Err(FileError::Length.into());
    }
    if writing.offset() != addition.offset {
        return Ok(Added::Elsewhere(writing.offset()));
    }
    let (writing, end) = receive(writing, body).await?;
    match end {
        End::All if addition.is_last => finish(caller, writing).await.map(Added::Whole),
        End::All => Ok(Added::More(writing.keep().await?)),
        End::Broken(refused) => {
            writing.keep().await?;
            Err(Stopped::Kept(refused))
        }
        End::Called => {
            writing.keep().await?;
            Err(FileError::Moved.into())
        }
    }
}

/// How a body ended.
enum End {
    All,
    Broken(Refused),
    /// Somebody else goes on with the upload.
    Called,
}

async fn receive(mut writing: Writing, mut body: Upload) -> Result<(Writing, End), FileError> {
    let mut called = writing.called();
    loop {
        let piece = tokio::select! {
            biased;
            () = called.wait() => return Ok((writing, End::Called)),
            piece = body.next() => piece,
        };
        match piece {
            Ok(Some(piece)) => writing = writing.take(piece).await?,
            Ok(None) => return Ok((writing, End::All)),
            Err(refused) => return Ok((writing, End::Broken(refused))),
        }
    }
}

/// Ends an upload. Once begun it goes to its end, also if the line breaks in the middle: a file that is attached while its
/// part may still be gone on with would be written over.
async fn finish(caller: &Caller, writing: Writing) -> Result<Attached, Stopped> {
    let caller = caller.clone();
    apart(async move { attach(&caller, writing.finish().await?).await }).await
}

/// Names the file in a row. Until it is known whether the row is there, nobody else may end the upload.
async fn attach(caller: &Caller, whole: Whole) -> Result<Attached, Stopped> {
    let act = AttachEvidence {
        stored: whole.stored.clone(),
        name: whole.name.clone(),
    };
    match caller.enter().run(act).await {
        Ok(attached) => {
            whole.done().await;
            Ok(attached)
        }
        Err(problem) => Err(match problem.code.status {
            // Nobody knows whether the row was committed: the file stays as it is, and the sweep asks the cell.
            500 => {
                whole.done().await;
                Stopped::Kept(problem.into())
            }
            409 | 413 | 415 | 422 => Stopped::Over(problem.into()),
            _ => Stopped::Kept(problem.into()),
        }),
    }
}

/// Gives an upload up, and removes what came of it.
pub(crate) async fn give_up(caller: &Caller, id: EvidenceId) -> Result<(), Refused> {
    let upload = caller.enter().run(DiscardUpload { id }).await?;
    Ok(caller.house().files().give_up(upload).await?)
}

/// The bytes begin elsewhere than where the upload stopped.
pub(crate) fn elsewhere(offset: u64) -> Refused {
    let at = i64::try_from(offset).unwrap_or(i64::MAX);
    Problem::new(&OFFSET).with("offset", Param::Int(at)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[(HeaderName, &str)]) -> Option<(u64, bool, Option<u64>)> {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        Addition::of(&headers)
            .ok()
            .map(|add| (add.offset, add.is_last, add.length))
    }

    #[test]
    fn what_a_request_adds_is_said_in_structured_fields() {
        let complete = |value| (UPLOAD_COMPLETE, value);
        let offset = |value| (UPLOAD_OFFSET, value);
        assert_eq!(of(&[offset("0"), complete("?0")]), Some((0, false, None)));
        let whole = [offset("16384"), complete("?1"), (UPLOAD_LENGTH, "20000")];
        assert_eq!(of(&whole), Some((16_384, true, Some(20_000))));
        for bad in ["", "-1", "+1", "1.0", "0x10", " 1", "9999999999999999"] {
            assert_eq!(of(&[offset(bad), complete("?1")]), None, "{bad}");
        }
        assert_eq!(of(&[offset("1"), offset("1"), complete("?1")]), None);
        assert_eq!(of(&[complete("?1")]), None);
        for bad in ["1", "true", "?2", "?1;a"] {
            assert_eq!(of(&[offset("1"), complete(bad)]), None, "{bad}");
        }
        assert_eq!(of(&[offset("1")]), None);
    }
}
