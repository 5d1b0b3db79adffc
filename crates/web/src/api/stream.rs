//! A file on its way out, one chunk in memory at a time.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use skillsyms_records::evidence::{Content, FileError};

type Next = Pin<Box<dyn Future<Output = Result<Option<(Vec<u8>, Content)>, FileError>> + Send>>;

/// The content of a file as the body of an answer. If the file turns out not to be what was recorded, the answer breaks
/// off before its end, so that nobody takes it for whole.
pub(super) struct File(Option<Next>);

impl File {
    /// The content from its beginning.
    pub(super) fn new(content: Content) -> Self {
        Self(Some(Box::pin(content.next())))
    }
}

impl Body for File {
    type Data = Bytes;
    type Error = FileError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, FileError>>> {
        let Some(next) = self.0.as_mut() else {
            return Poll::Ready(None);
        };
        let Poll::Ready(done) = next.as_mut().poll(cx) else {
            return Poll::Pending;
        };
        self.0 = None;
        Poll::Ready(match done {
            Ok(None) => None,
            Ok(Some((bytes, content))) => {
                self.0 = Some(Box::pin(content.next()));
                Some(Ok(Frame::data(bytes.into())))
            }
            Err(error) => {
                tracing::error!(%error, "a file of evidence breaks off");
                Some(Err(error))
            }
        })
    }
}

/// `Content-Disposition` (RFC 6266): to be saved, never shown, under this name (RFC 8187).
pub(super) fn attachment(name: &str) -> String {
    let encoded: String = name
        .bytes()
        .map(|byte| {
            if is_plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect();
    format!("attachment; filename*=UTF-8''{encoded}")
}

/// The characters of RFC 8187 that every reader of it takes as they are.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_header() {
        assert_eq!(
            attachment("Portfolio 1.pdf"),
            "attachment; filename*=UTF-8''Portfolio%201.pdf"
        );
        assert_eq!(
            attachment("é\";\r\n../x"),
            "attachment; filename*=UTF-8''%C3%A9%22%3B%0D%0A..%2Fx"
        );
    }
}
