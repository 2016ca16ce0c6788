//! An output stream that is written to directly and keeps its first error.

use std::io::{self, Write};
use std::time::Duration;

/// The interval between attempts to write to a full pipe that does not block.
const PAUSE: Duration = Duration::from_millis(5);

/// An output stream. After an error nothing more is written, so that no output is missing in the
/// middle.
pub struct Stream {
    target: Box<dyn Write + Send>,
    /// Whether the stream is a terminal: one that has gone away gives an input/output error.
    is_terminal: bool,
    failure: Option<io::Error>,
}

impl Stream {
    pub fn new(target: Box<dyn Write + Send>, is_terminal: bool) -> Self {
        Self { target, is_terminal, failure: None }
    }

    /// Writes all bytes at once, unless there was an error before.
    pub fn write(&mut self, bytes: &[u8]) {
        if self.failure.is_none() {
            self.failure = self.try_write(bytes).err();
        }
    }

    /// Returns whether something could not be written, for any reason.
    pub fn is_lost(&self) -> bool {
        self.failure.is_some()
    }

    /// Returns the error, unless the reader went away: a closed pipe, or a terminal that has gone
    /// away.
    pub fn failure(&self) -> Option<&io::Error> {
        self.failure.as_ref().filter(|error| !self.reader_left(error))
    }

    fn reader_left(&self, error: &io::Error) -> bool {
        #[cfg(unix)]
        if self.is_terminal && error.raw_os_error() == Some(libc::EIO) {
            return true;
        }
        error.kind() == io::ErrorKind::BrokenPipe
    }

    fn try_write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            match self.target.write(bytes) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => bytes = bytes.get(n..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    std::thread::sleep(PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
        self.target.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Accepts a few bytes per call, and returns an error once.
    struct Slow(Arc<Mutex<Vec<u8>>>, Option<io::ErrorKind>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if let Some(kind) = self.1.take() {
                return Err(kind.into());
            }
            let part = &bytes[..bytes.len().min(3)];
            self.0.lock().unwrap().extend_from_slice(part);
            Ok(part.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(answer: Option<io::ErrorKind>) -> (String, Stream) {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let mut stream = Stream::new(Box::new(Slow(bytes.clone(), answer)), false);
        stream.write(b"first line\n");
        stream.write(b"second line\n");
        let text = String::from_utf8(bytes.lock().unwrap().clone()).unwrap();
        (text, stream)
    }

    #[test]
    fn everything_is_written_in_parts() {
        for answer in [None, Some(io::ErrorKind::Interrupted), Some(io::ErrorKind::WouldBlock)] {
            let (text, stream) = written(answer);
            assert_eq!(text, "first line\nsecond line\n");
            assert!(!stream.is_lost());
        }
    }

    #[test]
    fn only_a_reader_that_left_is_no_failure() {
        let (text, stream) = written(Some(io::ErrorKind::BrokenPipe));
        assert!(text.is_empty() && stream.is_lost() && stream.failure().is_none());
        for kind in
            [io::ErrorKind::StorageFull, io::ErrorKind::PermissionDenied, io::ErrorKind::Other]
        {
            let (text, stream) = written(Some(kind));
            assert!(text.is_empty() && stream.is_lost());
            assert_eq!(stream.failure().unwrap().kind(), kind);
        }
    }
}
