//! The file as it streams in: bounded, and UTF-8 or refused, before a parser sees a byte of it.
//!
//! Memory stays at one block and one record, whatever is sent: an unclosed quote or a line without an end stops at the
//! limit, not at the end of the file.

use std::io::{self, Read};

use super::fault::FileFault;

/// Bytes that are asked for at once.
const BLOCK_BYTES: usize = 64 * 1024;
/// Longest record in bytes, quotes and line breaks in cells included. A row of all columns at their longest has 4 KiB.
pub const RECORD_BYTES_MAX: usize = 64 * 1024;
/// What the CSV parser reads ahead of the record that it works on.
pub const READ_AHEAD_BYTES: usize = 8 * 1024;
/// Largest file in bytes: a million rows of 256 bytes.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// The byte order mark of UTF-8, which spreadsheets put first.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// A reader that hands on valid UTF-8 within limits, and stops with a [`FileFault`] where the file breaks them. Every line
/// ends with one line feed, whatever it ended with, so that lines are counted as an editor counts them.
pub struct Source<R> {
    inner: R,
    block: Vec<u8>,
    /// Bytes of the block that were handed on.
    taken: usize,
    /// Bytes of the block that are known to be UTF-8; what follows is a character cut by the end of the block.
    valid: usize,
    total: u64,
    /// Line breaks in what was checked so far.
    lines: u64,
    since_record: usize,
    /// The last byte that was read, as it came.
    last: u8,
    is_ended: bool,
}

impl<R: Read> Source<R> {
    /// A source over a file as it comes.
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            block: Vec::with_capacity(BLOCK_BYTES),
            taken: 0,
            valid: 0,
            total: 0,
            lines: 0,
            since_record: 0,
            last: b'\n',
            is_ended: false,
        }
    }

    /// The first line, without taking it. The byte order mark is dropped.
    ///
    /// # Errors
    /// [`FileFault`] if the file is empty, the line is too long, or it is not UTF-8.
    pub fn first_line(&mut self) -> Result<&str, FileFault> {
        while !self.ready().contains(&b'\n') && !self.is_ended {
            if self.ready().len() > RECORD_BYTES_MAX {
                return Err(FileFault::TooLong { line: 1 });
            }
            self.fill()?;
        }
        if self.total == 0 {
            return Err(FileFault::Empty);
        }
        if self.taken == 0 && self.ready().starts_with(BYTE_ORDER_MARK) {
            self.taken = BYTE_ORDER_MARK.len();
        }
        let line = self.ready().split(|byte| *byte == b'\n').next().unwrap_or_default();
        std::str::from_utf8(line).map_err(|_| FileFault::Encoding { line: 1 })
    }

    /// A record was taken: the next one may have its full length again.
    pub const fn record_done(&mut self) {
        self.since_record = 0;
    }

    fn ready(&self) -> &[u8] {
        self.block.get(self.taken..self.valid).unwrap_or_default()
    }

    /// Reads one more block behind what is left, and checks it.
    fn fill(&mut self) -> Result<(), FileFault> {
        self.block.drain(..self.taken);
        self.valid = self.valid.saturating_sub(self.taken);
        self.taken = 0;
        let before = self.block.len();
        let limit = u64::try_from(BLOCK_BYTES).unwrap_or(u64::MAX);
        let mut some = (&mut self.inner).take(limit);
        let read = some.read_to_end(&mut self.block).map_err(|_| FileFault::Interrupted)?;
        self.total = self.total.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        if self.total > FILE_BYTES_MAX {
            return Err(FileFault::TooLarge);
        }
        self.is_ended = self.block.len().saturating_sub(before) < BLOCK_BYTES;
        self.end_lines(before);
        self.check()
    }

    /// Makes one line feed of each line's end in the new part of the block, and ends the last line of the file.
    fn end_lines(&mut self, before: usize) {
        let new = self.block.split_off(before);
        for byte in new {
            match byte {
                b'\n' if self.last == b'\r' => {}
                b'\r' => self.block.push(b'\n'),
                other => self.block.push(other),
            }
            self.last = byte;
        }
        if self.is_ended && !matches!(self.last, b'\n' | b'\r') {
            self.block.push(b'\n');
        }
    }

    fn check(&mut self) -> Result<(), FileFault> {
        let new = self.block.get(self.valid..).unwrap_or_default();
        let (good, is_cut) = match std::str::from_utf8(new) {
            Ok(text) => (text.len(), false),
            Err(error) => (error.valid_up_to(), error.error_len().is_none() && !self.is_ended),
        };
        let is_whole = good == new.len();
        let checked = new.get(..good).unwrap_or_default();
        // A zero byte is UTF-16 or no text at all.
        let zero = checked.iter().position(|byte| *byte == 0);
        let until = checked.get(..zero.unwrap_or(good)).unwrap_or_default();
        self.lines = self.lines.saturating_add(count_lines(until));
        if zero.is_some() || (!is_whole && !is_cut) {
            return Err(FileFault::Encoding {
                line: self.lines.saturating_add(1),
            });
        }
        self.valid = self.valid.saturating_add(good);
        Ok(())
    }
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.ready().is_empty() && !self.is_ended {
            self.fill().map_err(io::Error::other)?;
        }
        if self.since_record > RECORD_BYTES_MAX.saturating_add(READ_AHEAD_BYTES) {
            let left = u64::try_from(self.ready().iter().filter(|byte| **byte == b'\n').count()).unwrap_or(0);
            let line = self.lines.saturating_sub(left).saturating_add(1);
            return Err(io::Error::other(FileFault::TooLong { line }));
        }
        let ready = self.ready();
        let count = ready.len().min(out.len());
        out.iter_mut().zip(ready).for_each(|(to, from)| *to = *from);
        self.taken = self.taken.saturating_add(count);
        self.since_record = self.since_record.saturating_add(count);
        Ok(count)
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(bytes: &[u8]) -> FileFault {
        let mut source = Source::new(bytes);
        let mut out = Vec::new();
        let error = source.read_to_end(&mut out).unwrap_err();
        error.into_inner().unwrap().downcast_ref::<FileFault>().unwrap().clone()
    }

    #[test]
    fn text_comes_through_and_the_mark_does_not() {
        let text = format!("\u{feff}name;é\nThandi;Ṱhi\n{}", "李".repeat(50_000));
        let mut source = Source::new(text.as_bytes());
        assert_eq!(source.first_line().unwrap(), "name;é");
        assert_eq!(source.first_line().unwrap(), "name;é");
        let mut out = Vec::new();
        // Records end often enough.
        let mut some = [0; 4_096];
        loop {
            let count = source.read(&mut some).unwrap();
            source.record_done();
            if count == 0 {
                break;
            }
            out.extend_from_slice(&some[..count]);
        }
        assert_eq!(out, format!("{}\n", &text[3..]).as_bytes());
    }

    #[test]
    fn other_encodings_are_refused_with_their_line() {
        assert_eq!(fault(b"a,b\n1,Ren\xe9\n"), FileFault::Encoding { line: 2 });
        assert_eq!(fault(b"a,b\n1,Ren\xc3"), FileFault::Encoding { line: 2 });
        assert_eq!(fault(b"\xff\xfea\0,\0b\0"), FileFault::Encoding { line: 1 });
        assert_eq!(fault(b"a\0,\0b\0\n\0"), FileFault::Encoding { line: 1 });
        let mut late = vec![b'x'; 70_000];
        late.iter_mut().step_by(50).for_each(|byte| *byte = b'\n');
        late.extend_from_slice(b"\xe9\n");
        let mut source = Source::new(late.as_slice());
        let mut some = [0; 1_000];
        let error = loop {
            match source.read(&mut some) {
                Ok(0) => panic!("it ended well"),
                Ok(_) => source.record_done(),
                Err(error) => break error,
            }
        };
        assert_eq!(error.to_string(), FileFault::Encoding { line: 1_401 }.to_string());
    }

    #[test]
    fn a_line_without_end_stops_at_the_limit() {
        struct Endless(usize);
        impl Read for Endless {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                self.0 += out.len();
                out.fill(b'a');
                Ok(out.len())
            }
        }
        let mut source = Source::new(Endless(0));
        assert_eq!(source.first_line().unwrap_err(), FileFault::TooLong { line: 1 });
        assert!(source.inner.0 < 1_000_000, "{}", source.inner.0);
        assert_eq!(fault(&vec![b'a'; 200_000]), FileFault::TooLong { line: 1 });
        assert_eq!(
            fault(&[b"a,b\n".as_slice(), &vec![b'a'; 10_000_000]].concat()),
            FileFault::TooLong { line: 2 }
        );
    }

    #[test]
    fn lines_end_with_one_line_feed() {
        let mut out = String::new();
        Source::new(b"a\r\nb\rc\n\r\nd".as_slice())
            .read_to_string(&mut out)
            .unwrap();
        assert_eq!(out, "a\nb\nc\n\nd\n");
        for cut in [BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1] {
            let mut out = Vec::new();
            let text = [vec![b'a'; cut], b"\r\nb".to_vec()].concat();
            Source::new(text.as_slice()).read_to_end(&mut out).unwrap();
            assert!(out.ends_with(b"a\nb\n") && out.len() == cut + 3);
        }
    }

    #[test]
    fn nothing_is_an_empty_file() {
        assert_eq!(Source::new(b"".as_slice()).first_line().unwrap_err(), FileFault::Empty);
        assert_eq!(Source::new(b"\xef\xbb\xbf".as_slice()).first_line().unwrap(), "");
    }
}
