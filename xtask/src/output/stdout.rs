//! Standard output. A write that fails is reported when the program ends.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use zunder::report::text::{visible, visible_json, visible_lines};

use super::heartbeat::printing;
use super::stream::Stream;
use super::terminal;

static STDOUT: LazyLock<Mutex<Stream>> = LazyLock::new(|| {
    #[allow(clippy::disallowed_methods, reason = "it is only asked what it is")]
    let is_terminal = io::stdout().is_terminal();
    Mutex::new(Stream::new(target(), is_terminal))
});

/// Prints one line.
pub fn line(text: &str) {
    write(&visible(text));
}

/// Prints text with intended line breaks, such as a table.
pub fn text(text: &str) {
    write(&visible_lines(text.trim_end_matches('\n')));
}

/// Prints JSON. Values are exact; characters that a terminal interprets are escaped as JSON does.
pub fn json(text: &str) {
    write(&visible_json(text));
}

/// Prints a row of CSV, in which a quoted field may have line breaks. It is exact except on a
/// terminal.
pub fn csv(row: &str) {
    if terminal::stdout_is_one() { text(row) } else { write(row.trim_end_matches('\n')) }
}

/// Prints text of the program with control codes.
pub fn styled(text: &str) {
    write(text.trim_end_matches('\n'));
}

/// Returns whether something could not be written, so that further output is of no use.
pub fn is_lost() -> bool {
    stream().is_lost()
}

/// Returns the exit code at the end. Output that could not be written is reported as a failure,
/// unless the reader went away (`| head -1`).
pub fn finish(code: ExitCode) -> ExitCode {
    let Some(error) = stream().failure().map(ToString::to_string) else { return code };
    complain!("error: cannot write to standard output: {error}");
    complain!(
        "hint: free space, or redirect the output elsewhere; a run's files are complete, and `{} \
         evaluate RUN` prints its figures again",
        zunder::program()
    );
    if code == ExitCode::SUCCESS { ExitCode::FAILURE } else { code }
}

fn write(text: &str) {
    printing(false, || stream().write(format!("{text}\n").as_bytes()));
}

fn stream() -> MutexGuard<'static, Stream> {
    STDOUT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a writer to the file descriptor itself: the standard library's own writer treats a
/// descriptor that cannot be written like a closed one, and discards output without an error.
#[cfg(unix)]
#[allow(clippy::disallowed_methods, reason = "the one place that standard output is written from")]
fn target() -> Box<dyn Write + Send> {
    use std::os::fd::AsFd;
    match io::stdout().as_fd().try_clone_to_owned() {
        Ok(descriptor) => Box::new(std::fs::File::from(descriptor)),
        Err(_) => Box::new(io::stdout()),
    }
}

#[cfg(not(unix))]
#[allow(clippy::disallowed_methods, reason = "the one place that standard output is written from")]
fn target() -> Box<dyn Write + Send> {
    Box::new(io::stdout())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// `say!` prints one line and escapes line breaks, so an intended one would be printed as \
    /// .
    #[test]
    fn no_line_is_broken_in_the_middle() {
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        let mut lines = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let source = std::fs::read_to_string(&path).unwrap();
                for call in
                    ["say!(", "complain!("].into_iter().flat_map(|name| source.split(name).skip(1))
                {
                    let end = call.find(");").unwrap_or(call.len());
                    assert!(!call[..end].contains("\\n"), "{}: {}", path.display(), &call[..end]);
                    lines += 1;
                }
            }
        }
        assert!(lines > 100, "{lines}");
    }
}
