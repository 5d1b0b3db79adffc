//! The operators' socket: one route, which takes a command and answers in lines.

use std::convert::Infallible;
use std::io::Read;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body_util::BodyExt as _;
use tokio::sync::mpsc;

use super::{Command, Console, Line, Told, execute};

/// Header that carries the command as JSON.
pub const COMMAND_HEADER: &str = "skillsyms-command";

/// Lines of progress that may wait for a slow terminal.
const LINES_WAITING: usize = 64;

/// Pieces of the input that may wait for the command.
const PIECES_WAITING: usize = 16;

/// The console's router.
pub fn router(console: Console) -> Router {
    Router::new().fallback(answer).with_state(console)
}

async fn answer(State(console): State<Console>, headers: HeaderMap, body: Body) -> Response {
    let command = headers
        .get(COMMAND_HEADER)
        .and_then(|value| serde_json::from_slice::<Command>(value.as_bytes()).ok());
    let Some(command) = command else {
        return (StatusCode::BAD_REQUEST, "not a command of this version").into_response();
    };
    let (lines, receiver) = mpsc::channel(LINES_WAITING);
    let input = Box::new(Pieces::of(body));
    tokio::spawn(async move {
        let last = match execute(&console, command, input, lines.clone()).await {
            Ok(value) => Line::Done(value),
            Err(problem) => Line::Problem(Told::from(&problem)),
        };
        let _ = lines.send(last).await;
    });
    Body::from_stream(Lines(receiver)).into_response()
}

/// The lines of an answer as a stream of bytes.
struct Lines(mpsc::Receiver<Line>);

impl futures_core::Stream for Lines {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|line| {
            let mut text = serde_json::to_vec(&line?).unwrap_or_default();
            text.push(b'\n');
            Some(Ok(Bytes::from(text)))
        })
    }
}

/// A request's body as something to read from on a blocking thread.
struct Pieces {
    receiver: mpsc::Receiver<std::io::Result<Bytes>>,
    rest: Bytes,
}

impl Pieces {
    fn of(mut body: Body) -> Self {
        let (sender, receiver) = mpsc::channel(PIECES_WAITING);
        tokio::spawn(async move {
            while let Some(frame) = body.frame().await {
                let piece = frame
                    .map_err(std::io::Error::other)
                    .map(|frame| frame.into_data().unwrap_or_default());
                if sender.send(piece).await.is_err() {
                    return;
                }
            }
        });
        Self {
            receiver,
            rest: Bytes::new(),
        }
    }
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.rest = piece?,
                None => return Ok(0),
            }
        }
        let take = self.rest.len().min(out.len());
        let piece = self.rest.split_to(take);
        let (start, _) = out.split_at_mut(take);
        start.copy_from_slice(&piece);
        Ok(take)
    }
}
