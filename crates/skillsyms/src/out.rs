//! What the command line says. A reader that went away (`skillsyms controls check | head`) is the end of what is said,
//! not a fault: the work is done either way, and the exit code says how it went.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

/// A line of the answer, on standard output.
pub fn line(text: impl Display) {
    if let Err(error) = say(&mut io::stdout().lock(), &text) {
        note(format!("skillsyms: standard output: {error}"));
    }
}

/// A line for whoever watches, on standard error. There is nobody left to tell if that fails.
pub fn note(text: impl Display) {
    let _ = say(&mut io::stderr().lock(), &text);
}

fn say(to: &mut dyn Write, text: &dyn Display) -> io::Result<()> {
    match writeln!(to, "{text}").and_then(|()| to.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn only_a_reader_that_went_away_is_no_fault() {
        say(&mut Failing(ErrorKind::BrokenPipe), &"a line").unwrap();
        say(&mut Failing(ErrorKind::StorageFull), &"a line").unwrap_err();
    }
}
