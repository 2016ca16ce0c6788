//! Opens a page in the user's browser.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The time within which an opener may fail. If it still runs after it, it is the browser itself.
const PATIENCE: Duration = Duration::from_millis(800);
const PAUSE: Duration = Duration::from_millis(10);

/// Opens a page with the programs that `BROWSER` names, in order, else with the system's own
/// opener. If none succeeds, a line on standard error says so; the command does not fail.
pub fn open(page: &Path) {
    if let Err(problem) = try_open(page) {
        complain!("note: {} could not be opened in a browser: {problem}", page.display());
    }
}

fn try_open(page: &Path) -> Result<(), String> {
    let page = std::path::absolute(page).map_err(|error| error.to_string())?;
    if !page.is_file() {
        return Err("the file does not exist".to_owned());
    }
    let mut problems = Vec::new();
    for words in openers(env::var_os("BROWSER").as_deref(), &page) {
        match start(&words) {
            Ok(()) => return Ok(()),
            Err(problem) => problems.push(problem),
        }
    }
    Err(format!("{}; set BROWSER to a program that can open it", problems.join(", ")))
}

/// Returns the command lines to try. An entry of `browsers` is a program with arguments, in which
/// `%s` is replaced by the page; without `%s` the page is appended.
fn openers(browsers: Option<&OsStr>, page: &Path) -> Vec<Vec<OsString>> {
    let mut openers: Vec<Vec<OsString>> = Vec::new();
    for entry in browsers.map(env::split_paths).into_iter().flatten() {
        let entry = entry.to_string_lossy().into_owned();
        let words: Vec<&str> = entry.split_whitespace().filter(|word| *word != "&").collect();
        if words.is_empty() {
            continue;
        }
        let place = |word: &&str| match *word {
            "%s" => page.as_os_str().to_owned(),
            word => OsString::from(word.replace("%s", &page.to_string_lossy())),
        };
        let mut opener: Vec<OsString> = words.iter().map(place).collect();
        if !entry.contains("%s") {
            opener.push(page.into());
        }
        openers.push(opener);
    }
    let own = match env::consts::OS {
        "macos" => "open",
        // It is started without a shell, which would interpret a `&` in the path.
        "windows" => "explorer",
        _ => "xdg-open",
    };
    openers.push(vec![own.into(), page.into()]);
    openers
}

/// Starts a program detached from this one, without its streams.
fn start(words: &[OsString]) -> Result<(), String> {
    let [program, arguments @ ..] = words else { return Ok(()) };
    let name = program.display();
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C in this terminal must not reach it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no program {name}"),
        _ => format!("{name} did not start: {error}"),
    })?;
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) if has_opened(status) => return Ok(()),
            Ok(Some(status)) => return Err(format!("{name} ended with {status}")),
            Ok(None) => thread::sleep(PAUSE),
            Err(error) => return Err(format!("{name} could not be waited for: {error}")),
        }
    }
    Ok(())
}

/// The explorer always ends with exit code 1.
fn has_opened(status: ExitStatus) -> bool {
    status.success() || cfg!(windows)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shown(browsers: Option<&str>) -> Vec<String> {
        let openers = openers(browsers.map(OsStr::new), Path::new("/a b/report.html"));
        let words =
            |opener: Vec<OsString>| opener.join(OsStr::new("|")).to_string_lossy().into_owned();
        openers.into_iter().map(words).collect()
    }

    #[test]
    fn the_browsers_named_come_first() {
        let own = shown(None);
        assert!(own.len() == 1 && own[0].ends_with("|/a b/report.html"), "{own:?}");
        let named = shown(Some("firefox --new-window:chromium --app=%s &::lynx %s"));
        assert_eq!(
            named[..3],
            [
                "firefox|--new-window|/a b/report.html",
                "chromium|--app=/a b/report.html",
                "lynx|/a b/report.html"
            ]
        );
        assert_eq!(named[3..], own[..]);
    }

    #[test]
    fn failing_openers_are_reported() {
        let words = |line: &str| line.split(' ').map(OsString::from).collect::<Vec<_>>();
        assert_eq!(start(&words("true")), Ok(()));
        assert_eq!(start(&words("false")), Err("false ended with exit status: 1".to_owned()));
        let missing = start(&words("no-such-opener x"));
        assert_eq!(missing, Err("there is no program no-such-opener".to_owned()));
        let begun = Instant::now();
        assert_eq!(start(&words("sleep 3")), Ok(()));
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}
