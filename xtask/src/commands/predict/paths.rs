//! Paths of image files from standard input, as they come.

use std::io::{self, BufRead};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

use zunder::data::DataError;
use zunder::data::image_folder::{OnUnread, find_images};

/// The largest number of paths that wait, and of those that are returned at once.
const WAITING: usize = 1024;
/// The time between two looks at whether to stop.
const LOOK: Duration = Duration::from_millis(100);

/// Paths that a thread reads from standard input, one a line.
pub struct Paths(Receiver<io::Result<PathBuf>>);

impl Paths {
    pub fn from_stdin() -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        // Ends with the program: a read cannot be stopped.
        thread::spawn(move || {
            for line in io::stdin().lock().split(b'\n') {
                let path = line.map(path_of);
                if path.as_ref().is_ok_and(|path| path.as_os_str().is_empty()) {
                    continue;
                }
                let failed = path.is_err();
                if sender.send(path).is_err() || failed {
                    break;
                }
            }
        });
        Self(receiver)
    }

    /// Waits for a path; returns it with all others that have come. Returns none at the end, and
    /// if `stop` returns true.
    pub fn next(&self, stop: &dyn Fn() -> bool) -> io::Result<Vec<PathBuf>> {
        let first = loop {
            match self.0.recv_timeout(LOOK) {
                Ok(first) => break first?,
                Err(RecvTimeoutError::Timeout) if !stop() => {}
                Err(_) => return Ok(Vec::new()),
            }
        };
        std::iter::once(Ok(first)).chain(self.0.try_iter().take(WAITING - 1)).collect()
    }
}

/// Returns the files of paths, in their order, with those inside of folders. Reports folders that
/// cannot be read. A file that does not exist is reported when it is decoded.
pub fn files_of(
    paths: Vec<PathBuf>,
    on_unread: OnUnread,
    report: &mut dyn FnMut(&DataError),
) -> Vec<PathBuf> {
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        if !path.is_dir() {
            files.push(path);
            continue;
        }
        match find_images(&path, on_unread) {
            Ok(found) => {
                found.unreadable.iter().for_each(&mut *report);
                files.extend(found.files);
            }
            Err(error) => report(&error),
        }
    }
    files
}

/// Returns the path in a line, without the carriage return of Windows.
fn path_of(mut line: Vec<u8>) -> PathBuf {
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        std::ffi::OsString::from_vec(line).into()
    }
    #[cfg(not(unix))]
    {
        String::from_utf8_lossy(&line).into_owned().into()
    }
}
