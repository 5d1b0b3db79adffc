//! Sealed files in chunks, so that a large file streams through bounded memory (the STREAM construction of Hoang,
//! Reyhanitabar, Rogaway and Vizár, 2015). Cut off, reordered, continued or swapped chunks do not open.
//!
//! Header: `SKSF` | version 1 | key id (u32, big endian) | nonce (12) | the file's key, wrapped (32 + 16).
//! Then chunks of 64 KiB and a tag each; the last one may be shorter. Nonce of a chunk: zeros (3) | counter (u64, big
//! endian) | 1 for the last chunk, else 0. The counter may start at zero because every file has a key of its own.

use std::io::{self, Read, Seek, SeekFrom, Write};

use aws_lc_rs::aead::LessSafeKey;
use skillsyms_core::Rng;
use zeroize::Zeroizing;

use crate::aead::{self, KEY_LEN, NONCE_LEN, TAG_LEN};
use crate::keyring::{Keyring, Purpose};
use crate::seal::{SealError, check_version};

/// Plain bytes in a chunk: 64 KiB, large enough that the tag costs little, small enough for a buffer a request.
pub const CHUNK_LEN: usize = 64 * 1024;
/// Bytes of a full chunk when it is sealed.
pub const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;
/// Bytes of the header.
pub const HEADER_LEN: usize = MAGIC.len() + 1 + 4 + NONCE_LEN + KEY_LEN + TAG_LEN;

/// The first bytes of every sealed file.
const MAGIC: &[u8] = b"SKSF";
/// Version of the layout.
const VERSION: u8 = 1;
/// Begins the associated data of a file's key.
const DOMAIN: &[u8] = b"skillsyms-file-v1";

/// Whether a chunk is the last of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// More follows.
    No,
    /// The file ends here.
    Yes,
}

/// How many bytes `plain_len` bytes take when they are sealed, the header included.
#[must_use]
pub const fn sealed_len(plain_len: u64) -> u64 {
    let chunks = match plain_len.div_ceil(CHUNK_LEN as u64) {
        0 => 1,
        chunks => chunks,
    };
    plain_len
        .saturating_add(chunks.saturating_mul(TAG_LEN as u64))
        .saturating_add(HEADER_LEN as u64)
}

/// The state that both directions share: the file's cipher, the next chunk's number, whether the last has been.
struct Stream {
    cipher: LessSafeKey,
    next: u64,
    ended: bool,
}

impl Stream {
    fn new(key: &[u8; KEY_LEN]) -> Result<Self, SealError> {
        Ok(Self {
            cipher: aead::gcm(key)?,
            next: 0,
            ended: false,
        })
    }

    /// The nonce of the next chunk. A full chunk may be followed; a short one is always the last.
    fn advance(&mut self, plain_len: usize, last: Last) -> Result<[u8; NONCE_LEN], SealError> {
        let fits = match last {
            Last::No => plain_len == CHUNK_LEN,
            // Only an empty file ends with an empty chunk: every file has one sealed form.
            Last::Yes => plain_len <= CHUNK_LEN && (plain_len > 0 || self.next == 0),
        };
        if self.ended || !fits {
            return Err(SealError::Length);
        }
        let nonce = chunk_nonce(self.next, last);
        self.next = self.next.checked_add(1).ok_or(SealError::Length)?;
        self.ended = last == Last::Yes;
        Ok(nonce)
    }
}

fn chunk_nonce(counter: u64, last: Last) -> [u8; NONCE_LEN] {
    let [a, b, c, d, e, f, g, h] = counter.to_be_bytes();
    let flag = match last {
        Last::No => 0,
        Last::Yes => 1,
    };
    [0, 0, 0, a, b, c, d, e, f, g, h, flag]
}

fn associated_data(keyring: &Keyring, file: [u8; 16]) -> Vec<u8> {
    let cell = keyring.cell();
    [DOMAIN, cell.bytes(), &file].concat()
}

/// Seals the chunks of one file.
pub struct FileSealer(Stream);

impl FileSealer {
    /// Draws a key for the file with this id. The second value is the header, which goes first.
    ///
    /// # Errors
    /// [`SealError::Refused`] if the cipher refuses, which does not happen with keys of the right length.
    pub fn new(keyring: &Keyring, file: [u8; 16], rng: &dyn Rng) -> Result<(Self, Vec<u8>), SealError> {
        let mut file_key = Zeroizing::new([0; KEY_LEN]);
        rng.fill(&mut *file_key);
        let key = keyring.keys(Purpose::Files).active();
        let mut header = Vec::with_capacity(HEADER_LEN);
        header.extend_from_slice(MAGIC);
        header.push(VERSION);
        header.extend_from_slice(&key.id().to_be_bytes());
        let wrapped = aead::wrap(key.cipher()?, &associated_data(keyring, file), &*file_key, rng)?;
        header.extend_from_slice(&wrapped);
        Ok((Self(Stream::new(&file_key)?), header))
    }

    /// Seals the next chunk: exactly [`CHUNK_LEN`] bytes, or fewer if it is the last. An empty chunk is only right as
    /// the one chunk of an empty file.
    ///
    /// # Errors
    /// [`SealError::Length`] for a chunk of the wrong length or one after the last.
    pub fn chunk(&mut self, plain: &[u8], last: Last) -> Result<Vec<u8>, SealError> {
        let nonce = self.0.advance(plain.len(), last)?;
        let mut out = Vec::with_capacity(plain.len() + TAG_LEN);
        aead::seal_onto(&self.0.cipher, nonce, &[], plain, &mut out)?;
        Ok(out)
    }
}

/// Opens the chunks of one file.
pub struct FileOpener(Stream);

impl FileOpener {
    /// Reads the header of the file with this id.
    ///
    /// # Errors
    /// [`SealError`]: not a sealed file, a newer layout, an unknown key, or the header of another file or cell.
    pub fn new(keyring: &Keyring, file: [u8; 16], header: &[u8]) -> Result<Self, SealError> {
        let rest = header.strip_prefix(MAGIC).ok_or(SealError::Malformed)?;
        let (version, rest) = rest.split_first().ok_or(SealError::Malformed)?;
        check_version(*version, VERSION)?;
        let (id, wrapped) = rest.split_first_chunk::<4>().ok_or(SealError::Malformed)?;
        let id = u32::from_be_bytes(*id);
        let key = keyring.keys(Purpose::Files).find(id).ok_or(SealError::UnknownKey(id))?;
        let file_key = aead::unwrap_key(key.cipher()?, &associated_data(keyring, file), wrapped)?;
        Ok(Self(Stream::new(&file_key)?))
    }

    /// Opens the next chunk. Whoever calls knows whether it is the last: nothing follows it.
    ///
    /// # Errors
    /// [`SealError::Length`] for a chunk of the wrong length, [`SealError::Refused`] for one that is damaged, out of
    /// its order, of another file, or last where it should not be.
    pub fn chunk(&mut self, sealed: &[u8], last: Last) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let plain_len = sealed.len().checked_sub(TAG_LEN).ok_or(SealError::Length)?;
        let nonce = self.0.advance(plain_len, last)?;
        Ok(aead::open(&self.0.cipher, nonce, &[], sealed)?)
    }
}

/// Seals what is written to it. Without [`SealedWriter::finish`] the file is cut off and does not open.
pub struct SealedWriter<W: Write> {
    inner: W,
    sealer: FileSealer,
    waiting: Zeroizing<Vec<u8>>,
}

impl<W: Write> SealedWriter<W> {
    /// Writes the header of the file with this id.
    ///
    /// # Errors
    /// What `inner` says, or [`SealError`] inside an [`io::Error`].
    pub fn new(mut inner: W, keyring: &Keyring, file: [u8; 16], rng: &dyn Rng) -> io::Result<Self> {
        let (sealer, header) = FileSealer::new(keyring, file, rng).map_err(io::Error::other)?;
        inner.write_all(&header)?;
        Ok(Self {
            inner,
            sealer,
            waiting: Zeroizing::new(Vec::with_capacity(CHUNK_LEN)),
        })
    }

    /// Writes the last chunk and gives the inner writer back, which the caller makes durable.
    ///
    /// # Errors
    /// What `inner` says.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal_waiting(Last::Yes)?;
        self.inner.flush()?;
        Ok(self.inner)
    }

    fn seal_waiting(&mut self, last: Last) -> io::Result<()> {
        let sealed = self.sealer.chunk(&self.waiting, last).map_err(io::Error::other)?;
        self.inner.write_all(&sealed)?;
        self.waiting.clear();
        Ok(())
    }
}

impl<W: Write> Write for SealedWriter<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        // A full chunk waits until more comes: only then is it known not to be the last.
        if self.waiting.len() == CHUNK_LEN && !data.is_empty() {
            self.seal_waiting(Last::No)?;
        }
        let room = CHUNK_LEN.saturating_sub(self.waiting.len());
        let taken = data.get(..room).unwrap_or(data);
        self.waiting.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Opens what is read from it. Every byte it gives was checked; the end is only given when the last chunk was.
pub struct OpenedReader<R: Read> {
    inner: R,
    opener: FileOpener,
    /// Sealed bytes read ahead: one chunk, and one byte more to see whether it is the last.
    ahead: Vec<u8>,
    plain: Zeroizing<Vec<u8>>,
    given: usize,
    ended: bool,
}

impl<R: Read> OpenedReader<R> {
    /// Reads the header of the file with this id.
    ///
    /// # Errors
    /// What `inner` says; [`io::ErrorKind::InvalidData`] with a [`SealError`] if the header does not open.
    pub fn new(mut inner: R, keyring: &Keyring, file: [u8; 16]) -> io::Result<Self> {
        let mut header = Vec::with_capacity(HEADER_LEN);
        inner.by_ref().take(HEADER_LEN as u64).read_to_end(&mut header)?;
        let opener = FileOpener::new(keyring, file, &header).map_err(invalid)?;
        Ok(Self {
            inner,
            opener,
            ahead: Vec::with_capacity(SEALED_CHUNK_LEN + 1),
            plain: Zeroizing::default(),
            given: 0,
            ended: false,
        })
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let missing = (SEALED_CHUNK_LEN + 1).saturating_sub(self.ahead.len());
        self.inner.by_ref().take(missing as u64).read_to_end(&mut self.ahead)?;
        let (chunk, last) = match self.ahead.get(..SEALED_CHUNK_LEN) {
            Some(chunk) if self.ahead.len() > SEALED_CHUNK_LEN => (chunk, Last::No),
            _ => (self.ahead.as_slice(), Last::Yes),
        };
        self.plain = self.opener.chunk(chunk, last).map_err(invalid)?;
        self.given = 0;
        self.ended = last == Last::Yes;
        let used = chunk.len();
        self.ahead.drain(..used);
        Ok(())
    }
}

impl<R: Read> Read for OpenedReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given == self.plain.len() && !self.ended && !out.is_empty() {
            self.next_chunk()?;
        }
        let mut rest = self.plain.get(self.given..).unwrap_or_default();
        let count = rest.read(out)?;
        self.given = self.given.saturating_add(count);
        Ok(count)
    }
}

/// Opens chunks of one whole file in any order, each with its number and the file's key in what is authenticated. Before the
/// first of them it opens the last: so a file that was cut off, or that something was added to, gives no chunk at all.
pub struct OpenedFile<R: Read + Seek> {
    inner: R,
    cipher: LessSafeKey,
    chunks: u64,
    len: u64,
}

impl<R: Read + Seek> OpenedFile<R> {
    /// Reads the header of the file with this id, and its last chunk.
    ///
    /// # Errors
    /// What `inner` says; [`io::ErrorKind::InvalidData`] with a [`SealError`] if the header or the end does not open.
    pub fn new(mut inner: R, keyring: &Keyring, file: [u8; 16]) -> io::Result<Self> {
        let mut header = Vec::with_capacity(HEADER_LEN);
        inner.by_ref().take(HEADER_LEN as u64).read_to_end(&mut header)?;
        let FileOpener(stream) = FileOpener::new(keyring, file, &header).map_err(invalid)?;
        let sealed_len = inner.seek(SeekFrom::End(0))?.saturating_sub(HEADER_LEN as u64);
        let chunks = sealed_len.div_ceil(SEALED_CHUNK_LEN as u64);
        let tags = chunks.saturating_mul(TAG_LEN as u64);
        let mut opened = Self {
            inner,
            cipher: stream.cipher,
            chunks,
            len: sealed_len.checked_sub(tags).ok_or_else(|| invalid(SealError::Length))?,
        };
        let last = chunks.checked_sub(1).ok_or_else(|| invalid(SealError::Length))?;
        opened.chunk(last)?;
        Ok(opened)
    }

    /// Bytes of the file before sealing.
    #[must_use]
    pub const fn plain_len(&self) -> u64 {
        self.len
    }

    /// The chunk with this number: [`CHUNK_LEN`] bytes, or fewer if it is the last. Nothing else of the file is read.
    ///
    /// # Errors
    /// What `inner` says; [`io::ErrorKind::InvalidData`] with a [`SealError`] for a chunk that is not there, is damaged, is of
    /// another file or in another's place, or that was not made to be the last or was.
    pub fn chunk(&mut self, number: u64) -> io::Result<Zeroizing<Vec<u8>>> {
        let next = number.checked_add(1).filter(|next| *next <= self.chunks);
        let next = next.ok_or_else(|| invalid(SealError::Length))?;
        let last = if next == self.chunks { Last::Yes } else { Last::No };
        let begin = number
            .saturating_mul(SEALED_CHUNK_LEN as u64)
            .saturating_add(HEADER_LEN as u64);
        self.inner.seek(SeekFrom::Start(begin))?;
        let mut sealed = Vec::with_capacity(SEALED_CHUNK_LEN);
        self.inner
            .by_ref()
            .take(SEALED_CHUNK_LEN as u64)
            .read_to_end(&mut sealed)?;
        let nonce = chunk_nonce(number, last);
        aead::open(&self.cipher, nonce, &[], &sealed).map_err(|refused| invalid(refused.into()))
    }
}

fn invalid(error: SealError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests;
