//! Runs a command: through the server's socket if one answers, otherwise here.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, bail};
use axum::body::Body;
use http_body_util::BodyExt as _;
use hyper_util::rt::TokioIo;
use skillsyms_door::Inspect;
use tokio::io::AsyncReadExt as _;
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use super::server::COMMAND_HEADER;
use super::{Command, Console, Line, Told, execute};
use crate::config::Config;
use crate::house::{self, Opening};

/// How long a command waits for another process that has the folder without a socket: a command, or a server that
/// is starting.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of the input that are read at once.
const PIECE_BYTES: usize = 64 * 1024;

/// How a command ended.
pub enum Outcome {
    /// It was done.
    Done(serde_json::Value),
    /// It could not be done.
    Problem(Told),
}

/// Runs a command on a data folder. `hear` is given every line of progress.
///
/// # Errors
/// If neither a server answers nor the folder opens.
pub async fn run(
    data: &Path,
    config: &Config,
    command: Command,
    input: Option<std::path::PathBuf>,
    hear: &mut (dyn FnMut(&Line) + Send),
) -> anyhow::Result<Outcome> {
    if let Some(stream) = connect(data).await {
        return through_socket(stream, &command, input, hear).await;
    }
    // Who looks must not move the checkpoints that are looked at.
    let inspect = if matches!(command, Command::LedgerVerify { .. } | Command::HeadsCheck) {
        Inspect::Yes
    } else {
        Inspect::No
    };
    let opened = house::open(Opening {
        data,
        config,
        patience: PATIENCE,
        inspect,
    })
    .await;
    let opened = match opened {
        Ok(opened) => opened,
        // A server may have started meanwhile.
        Err(error) => match connect(data).await {
            Some(stream) => return through_socket(stream, &command, input, hear).await,
            None => return Err(error),
        },
    };
    let console = Console {
        house: opened.house.clone(),
        served: None,
    };
    let outcome = here(&console, command, input, hear).await;
    opened.close().await;
    outcome
}

async fn connect(data: &Path) -> Option<UnixStream> {
    let (_folder, path) = house::socket_path(data).ok()?;
    UnixStream::connect(path).await.ok()
}

async fn here(
    console: &Console,
    command: Command,
    input: Option<std::path::PathBuf>,
    hear: &mut (dyn FnMut(&Line) + Send),
) -> anyhow::Result<Outcome> {
    let input: super::Input = match input {
        Some(path) => Box::new(std::fs::File::open(&path).with_context(|| path.display().to_string())?),
        None => Box::new(std::io::empty()),
    };
    let (sender, mut receiver) = mpsc::channel(64);
    let work = execute(console, command, input, sender);
    tokio::pin!(work);
    loop {
        tokio::select! {
            Some(line) = receiver.recv() => hear(&line),
            result = &mut work => return Ok(match result {
                Ok(value) => Outcome::Done(value),
                Err(problem) => Outcome::Problem(Told::from(&problem)),
            }),
        }
    }
}

async fn through_socket(
    stream: UnixStream,
    command: &Command,
    input: Option<std::path::PathBuf>,
    hear: &mut (dyn FnMut(&Line) + Send),
) -> anyhow::Result<Outcome> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let body = match input {
        Some(path) => {
            let file = tokio::fs::File::open(&path)
                .await
                .with_context(|| path.display().to_string())?;
            Body::from_stream(FileStream::new(file))
        }
        None => Body::empty(),
    };
    let request = axum::http::Request::post("/")
        .header("host", "console")
        .header(COMMAND_HEADER, serde_json::to_string(command)?)
        .body(body)?;
    let mut response = sender.send_request(request).await?.into_body();
    let mut waiting = Vec::new();
    while let Some(frame) = response.frame().await {
        if let Ok(data) = frame?.into_data() {
            waiting.extend_from_slice(&data);
        }
        while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = waiting.drain(..=end).collect();
            match serde_json::from_slice(&line)? {
                Line::Done(value) => return Ok(Outcome::Done(value)),
                Line::Problem(told) => return Ok(Outcome::Problem(told)),
                progress @ Line::Progress { .. } => hear(&progress),
            }
        }
    }
    bail!("the server closed the console before it answered; look at its log")
}

/// A file as a stream of pieces.
struct FileStream(mpsc::Receiver<std::io::Result<axum::body::Bytes>>);

impl FileStream {
    fn new(mut file: tokio::fs::File) -> Self {
        let (sender, receiver) = mpsc::channel(4);
        tokio::spawn(async move {
            loop {
                let mut piece = vec![0; PIECE_BYTES];
                match file.read(&mut piece).await {
                    Ok(0) => return,
                    Ok(read) => {
                        piece.truncate(read);
                        if sender.send(Ok(piece.into())).await.is_err() {
                            return;
                        }
                    }
                    Err(error) => {
                        let _ = sender.send(Err(error)).await;
                        return;
                    }
                }
            }
        });
        Self(receiver)
    }
}

impl futures_core::Stream for FileStream {
    type Item = std::io::Result<axum::body::Bytes>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}
