//! Drives an import: parses on a thread where waiting is allowed, and sends chunk after chunk through the door.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use skillsyms_core::problem::{BUSY, IDEMPOTENCY};
use skillsyms_core::{ImportId, Param, Problem, Reference};
use skillsyms_door::{Actor, Door, Entrance, Once, OnceKey, QUOTA_REACHED};
use skillsyms_vault::Sha256;
use tokio::sync::mpsc;

use super::begin::BeginImport;
use super::chunk::{CHUNK_ROWS, ChunkDone, ImportChunk, RowError};
use super::fault::FileFault;
use super::finish::{FinishImport, ImportEnd};
use super::header::{Columns, Header};
use super::held::{self, Content};
use super::parse::{RawRow, Rows};
use super::preview::Preview;
use super::read::ImportSummary;
use super::waiting::{GiveUpImport, PreviewImport, StartImport};
use crate::evidence::FileStore;

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

/// An idempotency key for a file that streams in.
pub struct FileKey {
    /// The key, as the caller chose it.
    pub key: String,
    /// The fingerprint of the whole request, made from the SHA-256 of the file when it is known.
    pub fingerprint: Fingerprint,
}

/// Makes the fingerprint of a request from the SHA-256 of its body.
pub type Fingerprint = Box<dyn Fn(&[u8; 32]) -> [u8; 32] + Send + Sync>;

/// A file that is hashed while it is read.
struct Hashed<R> {
    file: R,
    hash: Sha256,
}

impl<R> Hashed<R> {
    fn new(file: R) -> Self {
        let hash = Sha256::default();
        Self { file, hash }
    }
}

impl<R: io::Read> io::Read for Hashed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(out)?;
        self.hash.update(out.get(..count).unwrap_or_default());
        Ok(count)
    }
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

/// An import of a file that waited.
#[derive(Debug)]
pub struct Started {
    /// How it stood when it began.
    pub summary: ImportSummary,
    /// How it ends. Whoever does not wait stops nothing.
    pub end: tokio::task::JoinHandle<Result<ImportSummary, Problem>>,
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
        progress: impl FnMut(&Progress),
    ) -> Result<ImportSummary, Problem> {
        match self.run_once(file_name, file, None, progress).await? {
            Once::Done(summary) => Ok(summary),
            Once::Before { .. } => Err(Problem::internal()),
        }
    }

    /// Imports a file, and keeps an idempotency key when the whole of it was read. If the same was done under that key
    /// meanwhile, by way of another server, no row is doubled: what is told is what was done before.
    ///
    /// # Errors
    /// As [`Importer::run`], and if the key came with another file meanwhile.
    pub async fn run_once<R: io::Read + Send + 'static>(
        &self,
        file_name: &str,
        file: R,
        key: Option<FileKey>,
        mut progress: impl FnMut(&Progress),
    ) -> Result<Once<ImportSummary>, Problem> {
        let begin = BeginImport {
            file_name: file_name.to_owned(),
        };
        let import = self.enter().run(begin).await?.id;
        let (end, sha256) = self.read(import, file, None, &mut progress).await?;
        match end {
            ImportEnd::Done => self.finish(import, key, &sha256).await,
            ImportEnd::Stopped(fault) => Err(self.stop(import, fault).await?),
        }
    }

    /// What a file that waits would become, with these columns, or as its first line is understood.
    ///
    /// # Errors
    /// `not_found`, `import.not_waiting`, `import.gone`; what is wrong with the file as a whole.
    pub async fn preview(
        &self,
        files: &FileStore,
        id: ImportId,
        columns: Option<Vec<String>>,
    ) -> Result<(ImportSummary, Preview), Problem> {
        let files = files.clone();
        let ask = PreviewImport { id, columns, files };
        let waiting = self.enter().view(ask).await?;
        let (content, columns, today) = (waiting.content, waiting.columns, waiting.today);
        let looked = tokio::task::spawn_blocking(move || Preview::of(content, columns.as_ref(), today));
        let preview = looked.await.map_err(|_| Problem::internal())?;
        Ok((waiting.summary, preview.map_err(|fault| fault.problem())?))
    }

    /// Imports a file that waited, with these columns. It goes on by itself when nobody waits for its end any more.
    ///
    /// # Errors
    /// As [`Importer::preview`], and what is wrong with the columns: then it waits on.
    pub async fn start(self, files: FileStore, id: ImportId, columns: Vec<String>) -> Result<Started, Problem> {
        let start = StartImport {
            id,
            columns,
            files: files.clone(),
        };
        let started = self.enter().run(start).await?;
        let cell = self.actor.cell();
        let end = tokio::spawn(async move {
            let done = self.go_on(id, started.content, started.columns).await;
            // Whatever came of it: a file that was begun is not begun again.
            held::discard(&files, cell, id).await;
            done
        });
        Ok(Started {
            summary: started.summary,
            end,
        })
    }

    async fn go_on(&self, id: ImportId, content: Content, columns: Option<Columns>) -> Result<ImportSummary, Problem> {
        let (end, _) = self.read(id, content, columns, &mut |_: &Progress| ()).await?;
        match end {
            ImportEnd::Done => self.enter().run(FinishImport { import: id, end }).await,
            ImportEnd::Stopped(fault) => Err(self.stop(id, fault).await?),
        }
    }

    /// Gives up a file that waits, and removes it.
    ///
    /// # Errors
    /// `not_found`, `import.not_waiting`.
    pub async fn give_up(&self, files: &FileStore, id: ImportId) -> Result<ImportSummary, Problem> {
        let given_up = self.enter().run(GiveUpImport { id }).await?;
        held::discard(files, self.actor.cell(), id).await;
        Ok(given_up)
    }

    /// Sends the rows of a file through the door, chunk after chunk. How it ended, and the SHA-256 of what was read.
    async fn read<R: io::Read + Send + 'static>(
        &self,
        import: ImportId,
        file: R,
        columns: Option<Columns>,
        progress: &mut impl FnMut(&Progress),
    ) -> Result<(ImportEnd, [u8; 32]), Problem> {
        let mut so_far = Progress::of(import);
        let (sender, mut parsed) = mpsc::channel(CHUNKS_AHEAD);
        let parser = tokio::task::spawn_blocking(move || {
            let mut file = Hashed::new(file);
            parse(&mut file, columns.as_ref(), &sender);
            file.hash.finish()
        });
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
                    match self.send(chunk).await {
                        Ok(done) => so_far.add(read, done),
                        // What comes after this chunk does not fit either.
                        Err(problem) if problem.code == &QUOTA_REACHED => {
                            end = ImportEnd::Stopped(FileFault::Quota);
                            break;
                        }
                        Err(problem) => return Err(problem),
                    }
                    progress(&so_far);
                }
                Parsed::Fault(fault) => end = ImportEnd::Stopped(fault),
            }
        }
        // Else the parser would wait for somebody to take what it read.
        drop(parsed);
        let sha256 = parser.await.map_err(|_| Problem::internal())?;
        Ok((end, sha256))
    }

    async fn finish(
        &self,
        import: ImportId,
        key: Option<FileKey>,
        sha256: &[u8; 32],
    ) -> Result<Once<ImportSummary>, Problem> {
        let end = ImportEnd::Done;
        let finish = FinishImport { import, end };
        let Some(key) = key else {
            return Ok(Once::Done(self.enter().run(finish).await?));
        };
        let once = OnceKey {
            fingerprint: (key.fingerprint)(sha256),
            key: key.key,
            resources: Box::new(|summary: &ImportSummary| vec![summary.id.uuid()]),
        };
        let done = self.enter().run_once(finish.clone(), once).await;
        let is_taken = match &done {
            Ok(Once::Before { .. }) => true,
            Err(problem) => problem.code == &IDEMPOTENCY,
            Ok(Once::Done(_)) => false,
        };
        if is_taken {
            // The file was read all the same: this import is over.
            self.enter().run(finish).await?;
        }
        done
    }

    /// Enters the import as stopped; answers the problem that stopped it.
    async fn stop(&self, import: ImportId, fault: FileFault) -> Result<Problem, Problem> {
        let problem = fault.problem();
        let end = ImportEnd::Stopped(fault);
        let summary = self.enter().run(FinishImport { import, end }).await?;
        Ok(problem
            .with("import", Param::Id(import.uuid()))
            .with("rows_kept", Param::Int(summary.rows_kept)))
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
    const fn of(import: ImportId) -> Self {
        Self {
            import,
            rows_read: 0,
            rows_kept: 0,
            rows_refused: 0,
            errors: Vec::new(),
        }
    }

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
fn parse<R: io::Read>(file: R, columns: Option<&Columns>, sender: &mpsc::Sender<Parsed>) {
    let opened = match columns {
        None => Rows::open(file),
        Some(columns) => Rows::said(file, columns),
    };
    let mut rows = match opened {
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
