//! Forwards cargo's output, except for the line that says that the program is up to date.

use std::io::{self, Read, Write};

/// A reader of cargo's output that stays silent until there is something to show.
pub struct Quiet {
    announcement: &'static str,
    /// Output that is not shown yet: nothing, the beginning of a line, or the line that ends a
    /// build.
    held: Vec<u8>,
    shown: bool,
}

impl Quiet {
    /// Creates a reader that prints `announcement` before the first line that is shown.
    pub fn new(announcement: &'static str) -> Self {
        Self { announcement, held: Vec::new(), shown: false }
    }

    /// Reads to the end.
    pub fn pass_on(&mut self, mut output: impl Read) {
        let mut buffer = [0; 4096];
        loop {
            match output.read(&mut buffer) {
                Ok(0) => return,
                Ok(n) => self.take(&buffer[..n]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Shows the output that is held back, if a build has failed.
    pub fn release(&mut self) {
        write(&std::mem::take(&mut self.held));
        self.shown = true;
    }

    fn take(&mut self, bytes: &[u8]) {
        if self.shown {
            return write(bytes);
        }
        self.held.extend_from_slice(bytes);
        // A progress bar ends with a carriage return and is overwritten by the next one.
        let mut lines = self.held.split_inclusive(|byte| matches!(byte, b'\n' | b'\r'));
        if lines.any(|line| matches!(line.last(), Some(b'\n' | b'\r')) && is_news(line)) {
            say(self.announcement);
            self.release();
        }
    }
}

/// Returns true unless a line only says that the program is up to date.
fn is_news(line: &[u8]) -> bool {
    let text = plain(line);
    let text = text.trim();
    !(text.is_empty() || text.starts_with("Finished "))
}

/// Returns the text of a line without the sequences that set colours or erase.
fn plain(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            // ESC [ parameters letter
            characters.by_ref().skip(1).find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Prints a line to standard error.
pub fn say(line: &str) {
    write(format!("{line}\n").as_bytes());
}

/// Ignores errors, since a closed standard error leaves no way to report them.
fn write(bytes: &[u8]) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(bytes).and_then(|()| stderr.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_of_a_build_is_no_news() {
        for silent in [
            "    Finished `dev` profile [optimized] target(s) in 0.10s\n",
            "\u{1b}[1m\u{1b}[92m    Finished\u{1b}[0m `dev` profile [optimized] target(s)\n",
            "\u{1b}[K\r",
            "\n",
        ] {
            assert!(!is_news(silent.as_bytes()), "{silent:?}");
        }
        for news in [
            "   Compiling burn v0.22.1\n",
            "\u{1b}[1m\u{1b}[96m    Building\u{1b}[0m [=>   ] 3/300: burn\r",
            "    Blocking waiting for file lock on build directory\n",
            "error: could not compile\n",
        ] {
            assert!(is_news(news.as_bytes()), "{news:?}");
        }
    }
}
