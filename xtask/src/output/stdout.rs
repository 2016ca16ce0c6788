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

/// Prints lines that were broken on purpose, such as a table.
pub fn text(text: &str) {
    write(&visible_lines(text.trim_end_matches('\n')));
}

/// Prints JSON. Its values are exact; what a terminal would obey is escaped in JSON's own way.
pub fn json(text: &str) {
    write(&visible_json(text));
}

/// Prints a row of CSV, in which a quoted field may have line breaks: exact, but for a terminal.
pub fn csv(row: &str) {
    if terminal::stdout_is_one() { text(row) } else { write(row.trim_end_matches('\n')) }
}

/// Prints text of our own with codes for a terminal.
pub fn styled(text: &str) {
    write(text.trim_end_matches('\n'));
}

/// Whether something could not be written, so that more answers are of no use.
pub fn is_lost() -> bool {
    stream().is_lost()
}

/// The exit code at the end: what could not be written is a failure, and said. A reader that went
/// away (`| head -1`) has read what it wanted.
pub fn finish(code: ExitCode) -> ExitCode {
    let Some(error) = stream().failure().map(ToString::to_string) else { return code };
    complain!("error: cannot write to standard output: {error}");
    complain!(
        "hint: free some space, or send the output elsewhere; a run's files are whole, and `{} \
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

/// The descriptor itself: the standard library's own writer takes one that cannot be written for
/// one that is closed, and loses what it is given without an error.
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

    /// `say!` prints one line and escapes a break in it, so one that is meant would be seen as \\n.
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
