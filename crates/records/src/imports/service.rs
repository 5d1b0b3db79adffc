//! Drives an import: parses on a thread where waiting is allowed, and sends chunk after chunk through the door.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use skillsyms_core::problem::BUSY;
use skillsyms_core::{ImportId, Param, Problem, Reference};
use skillsyms_door::{Actor, Door, Entrance};
use tokio::sync::mpsc;

use super::begin::BeginImport;
use super::chunk::{CHUNK_ROWS, ChunkDone, ImportChunk, RowError};
use super::fault::FileFault;
use super::finish::{FinishImport, ImportEnd};
use super::header::Header;
use super::parse::{RawRow, Rows};
use super::read::ImportSummary;

/// Chunks that are parsed ahead of the writer.
const CHUNKS_AHEAD: usize = 4;
/// Blocks of an upload that wait for the parser.
const BLOCKS_AHEAD: usize = 8;
/// How often a chunk is tried while the cell is busy.
const BUSY_TRIES: u32 = 40;
/// How long to wait between two tries.
const BUSY_PAUSE: Duration = Duration::from_millis(250);

/// Imports a file as this actor.
pub struct Importer {
    /// The door.
    pub door: Door,
    /// Who imports.
    pub actor: Actor,
    /// The caller's network address.
    pub from: Option<IpAddr>,
    /// The reference that the caller was given.
    pub reference: Option<Reference>,
}

/// How far an import is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Which import.
    pub import: ImportId,
    /// Rows that were read so far.
    pub rows_read: u64,
    /// Rows that were kept so far.
    pub rows_kept: u64,
    /// Rows that were refused so far.
    pub rows_refused: u64,
    /// What is wrong with the rows of the last chunk that were refused.
    pub errors: Vec<RowError>,
}

/// What the parser hands to the door.
enum Parsed {
    Rows(Arc<Header>, Vec<RawRow>),
    Fault(FileFault),
}

impl Importer {
    /// Imports a file. `progress` hears of every chunk.
    ///
    /// # Errors
    /// A problem with the credential or with the file as a whole. What was kept before stays kept; the problem says in
    /// which import and how many rows.
    pub async fn run<R: io::Read + Send + 'static>(
        &self,
        file_name: &str,
        file: R,
        mut progress: impl FnMut(&Progress),
    ) -> Result<ImportSummary, Problem> {
        let import = self
            .enter()
            .run(BeginImport {
                file_name: file_name.to_owned(),
            })
            .await?
            .id;
        let mut so_far = Progress {
            import,
            rows_read: 0,
            rows_kept: 0,
            rows_refused: 0,
            errors: Vec::new(),
        };
        let (sender, mut parsed) = mpsc::channel(CHUNKS_AHEAD);
        let parser = tokio::task::spawn_blocking(move || parse(file, &sender));
        let mut end = ImportEnd::Done;
        while let Some(next) = parsed.recv().await {
            match next {
                Parsed::Rows(header, rows) => {
                    let read = u64::try_from(rows.len()).unwrap_or(0);
                    let chunk = ImportChunk {
                        import,
                        header,
                        rows: Arc::new(rows),
                    };
                    so_far.add(read, self.send(chunk).await?);
                    progress(&so_far);
                }
                Parsed::Fault(fault) => end = ImportEnd::Stopped(fault),
            }
        }
        if parser.await.is_err() {
            return Err(Problem::internal());
        }
        let stopped = match &end {
            ImportEnd::Done => None,
            ImportEnd::Stopped(fault) => Some(fault.problem()),
        };
        let summary = self.enter().run(FinishImport { import, end }).await?;
        match stopped {
            None => Ok(summary),
            Some(problem) => Err(problem
                .with("import", Param::Id(import.uuid()))
                .with("rows_kept", Param::Int(summary.rows_kept))),
        }
    }

    fn enter(&self) -> Entrance<'_> {
        let entrance = self.door.enter(self.actor).from(self.from);
        match self.reference {
            Some(reference) => entrance.reference(reference),
            None => entrance,
        }
    }

    /// Sends a chunk, again while the cell is busy: then nothing of it was written.
    async fn send(&self, chunk: ImportChunk) -> Result<ChunkDone, Problem> {
        for _ in 1..BUSY_TRIES {
            match self.enter().run(chunk.clone()).await {
                Err(problem) if problem.code == &BUSY => tokio::time::sleep(BUSY_PAUSE).await,
                done => return done,
            }
        }
        self.enter().run(chunk).await
    }
}

impl Progress {
    fn add(&mut self, read: u64, done: ChunkDone) {
        self.rows_read = self.rows_read.saturating_add(read);
        self.rows_kept = self
            .rows_kept
            .saturating_add(u64::try_from(done.kept.len()).unwrap_or(0));
        self.rows_refused = self.rows_refused.saturating_add(done.refused);
        self.errors = done.errors;
    }
}

/// Parses until the end, the first fault, or until nobody listens any more.
fn parse<R: io::Read>(file: R, sender: &mpsc::Sender<Parsed>) {
    let mut rows = match Rows::open(file) {
        Ok(rows) => rows,
        Err(fault) => {
            let _ = sender.blocking_send(Parsed::Fault(fault));
            return;
        }
    };
    let header = Arc::new(rows.header().clone());
    loop {
        let (some, end) = rows.some(CHUNK_ROWS);
        let is_end = some.len() < CHUNK_ROWS;
        if !some.is_empty() && sender.blocking_send(Parsed::Rows(Arc::clone(&header), some)).is_err() {
            return;
        }
        if let Err(fault) = end {
            let _ = sender.blocking_send(Parsed::Fault(fault));
            return;
        }
        if is_end {
            return;
        }
    }
}

/// The writing end of a pipe from an upload to the parser.
pub struct Pipe(mpsc::Sender<Vec<u8>>);

/// The reading end: a [`std::io::Read`] for a thread where waiting is allowed.
pub struct PipeReader {
    blocks: mpsc::Receiver<Vec<u8>>,
    block: Vec<u8>,
    taken: usize,
    is_ended: bool,
}

impl Pipe {
    /// A pipe that holds a few blocks, so that an upload waits for the parser.
    #[must_use]
    pub fn new() -> (Self, PipeReader) {
        let (sender, blocks) = mpsc::channel(BLOCKS_AHEAD);
        (
            Self(sender),
            PipeReader {
                blocks,
                block: Vec::new(),
                taken: 0,
                is_ended: false,
            },
        )
    }

    /// Sends a block; false if nobody reads any more.
    pub async fn write(&self, block: Vec<u8>) -> bool {
        block.is_empty() || self.0.send(block).await.is_ok()
    }

    /// Says that the upload is complete. Without it the reader takes the end for an interruption.
    pub async fn finish(self) {
        let _ = self.0.send(Vec::new()).await;
    }
}

impl io::Read for PipeReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.taken >= self.block.len() && !self.is_ended {
            self.block = self.blocks.blocking_recv().ok_or(io::ErrorKind::UnexpectedEof)?;
            self.taken = 0;
            self.is_ended = self.block.is_empty();
        }
        let rest = self.block.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(out.len());
        out.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        self.taken = self.taken.saturating_add(count);
        Ok(count)
    }
}
