//! `--open` and `report`: the page is opened by a script that records its arguments.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common::{run, small, text, zunder};

/// The system's own opener.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Creates a program in `programs/` that appends its arguments to `opened`, one per line, and
/// prints.
fn program(name: &str, end: &str, folder: &Path) -> PathBuf {
    let programs = folder.join("programs");
    fs::create_dir_all(&programs).unwrap();
    let path = programs.join(name);
    let opened = folder.join("opened").display().to_string();
    let script = format!(
        "#!/bin/sh\nprintf '%s\\n' \"$@\" >> '{opened}'\necho noise\necho noise >&2\n{end}\n"
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Returns a command that finds only the programs in `programs/`.
fn alone(arguments: &[&str], folder: &Path) -> Command {
    let mut command = zunder(arguments, folder);
    command.env("PATH", folder.join("programs")).env_remove("BROWSER");
    command
}

fn opened(folder: &Path) -> Vec<String> {
    let text = fs::read_to_string(folder.join("opened")).unwrap_or_default();
    let _ = fs::remove_file(folder.join("opened"));
    text.lines().map(str::to_owned).collect()
}

#[track_caller]
fn succeeded(output: &Output) -> (String, String) {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(!out.contains("noise") && !err.contains("noise"), "{out}{err}");
    (out, err)
}

#[test]
fn each_command_opens_exactly_its_page() {
    let folder = tempfile::tempdir().unwrap();
    // Without symbolic links, which would change the path.
    let at = fs::canonicalize(folder.path()).unwrap();
    program(OPENER, "", &at);
    let of =
        |command: &'static str, more: &[&'static str]| [&[command], &small(more)[1..]].concat();
    let preview = ["preview", "--dataset=shapes", "--images=1", "--draws=1", "--open"];
    for (arguments, pages) in [
        (of("train", &["--out=my run", "--open", "--plain"]), &["my run/report.html"][..]),
        (of("train", &["--out=other", "--open", "--quiet"]), &["other/report.html"]),
        (of("train", &["--out=third", "--open", "--json"]), &["third/report.html"]),
        (vec!["evaluate", "my run", "--open"], &["my run/report.html"]),
        (vec!["report", "my run", "--open"], &["my run/report.html"]),
        (vec!["report", "my run"], &[]),
        (vec!["compare", "my run", "other", "--open", "--out=a.html"], &["a.html"]),
        (preview.to_vec(), &["preview.png"]),
        (of("find-lr", &["--steps=40", "--open", "--quiet"]), &["find-lr.png"]),
        (of("doctor", &["--out=pictures", "--open", "--quiet"]), &["pictures/augmented.png"]),
        (of("sweep", &["--vary=seed=1,2", "--out=sweep", "--open"]), &["sweep/index.html"]),
        (vec!["report", "sweep", "--open"], &["sweep/index.html"]),
        (vec!["experiment", "backprop", "--open", "--json"], &["experiments/backprop/index.html"]),
        (vec!["experiment", "play", "--open"], &["experiments/play/index.html"]),
        (vec!["report", "experiments/play", "--open"], &["experiments/play/index.html"]),
        (vec!["report", "experiments/backprop", "--open"], &["experiments/backprop/index.html"]),
    ] {
        let output = alone(&arguments, &at).output().unwrap();
        let (out, err) = succeeded(&output);
        assert_eq!(err, "", "{arguments:?}");
        if arguments.contains(&"--json") {
            serde_json::from_str::<serde_json::Value>(&out).unwrap();
        }
        let pages: Vec<String> =
            pages.iter().map(|page| at.join(page).display().to_string()).collect();
        assert_eq!(opened(&at), pages, "{arguments:?}");
    }
}

#[test]
fn browsers_are_tried_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let at = fs::canonicalize(folder.path()).unwrap();
    assert!(run(&small(&["--out=run", "--quiet"]), &at).status.success());
    program(OPENER, "", &at);
    program("broken", "exit 3", &at);
    program("mine", "", &at);
    let page = at.join("run/report.html").display().to_string();
    let by = |browser: &str| {
        let output =
            alone(&["report", "run", "--open"], &at).env("BROWSER", browser).output().unwrap();
        assert_eq!(succeeded(&output), ("page    run/report.html\n".to_owned(), String::new()));
        opened(&at)
    };
    assert_eq!(by("mine"), [page.as_str()]);
    assert_eq!(by("missing:mine --new"), ["--new", &page]);
    assert_eq!(by("mine --app=%s x"), [&format!("--app={page}"), "x"]);
    assert_eq!(by("broken:mine"), [page.as_str(), &page], "the one that fails was tried first");
    assert_eq!(by("missing"), [page.as_str()], "the system's own comes last");
}

#[test]
fn without_a_browser_the_page_is_named_and_nothing_else_changes() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::create_dir(at.join("programs")).unwrap();
    for (out, more) in [("plain", "--plain"), ("quiet", "--quiet"), ("json", "--json")] {
        let output = alone(&small(&["--out", out, more, "--open"]), at).output().unwrap();
        let (shown, err) = succeeded(&output);
        let message = format!(
            "note: {out}/report.html could not be opened in a browser: there is no program \
             {OPENER}; set BROWSER to a program that can open it\n"
        );
        assert_eq!(err, message);
        assert!(more != "--json" || shown.starts_with('{'), "{shown}");
    }
    program(OPENER, "exit 4", at);
    let output = alone(&["report", "plain", "--open"], at).output().unwrap();
    assert!(
        succeeded(&output).1.contains("xdg-open ended with exit status: 4")
            || cfg!(target_os = "macos"),
        "{output:?}"
    );
    // A missing page cannot be opened, but is no reason to refuse an evaluation.
    fs::remove_file(at.join("plain/report.html")).unwrap();
    let output = alone(&["evaluate", "plain", "--open"], at).output().unwrap();
    assert!(succeeded(&output).1.contains("the file does not exist"), "{output:?}");
}

/// The program does not wait for a browser that keeps running.
#[test]
fn a_browser_may_stay_open() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    program(OPENER, "/bin/sleep 30", at);
    assert!(run(&small(&["--out=run", "--quiet"]), at).status.success());
    let start = std::time::Instant::now();
    succeeded(&alone(&["report", "run", "--open"], at).output().unwrap());
    assert!(start.elapsed() < std::time::Duration::from_secs(10));
}

#[test]
fn folders_without_a_page_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    assert!(run(&small(&["--out=run", "--quiet"]), at).status.success());
    assert!(run(&["export", "run"], at).status.success());
    assert!(run(&["import", "run/export", "--out=model"], at).status.success());
    fs::create_dir(at.join("empty")).unwrap();
    for (arguments, message) in [
        (&["report", "nowhere"][..], "nowhere: is not a run's folder"),
        (&["report", "empty"], "empty: is not a run's folder"),
        (&["report", "model"], "model: is an imported model"),
        (&["report", "run/export"], "run/export: is an export, expected a run"),
        (
            &["train", "--folds=2", "--dataset=shapes", "--open"],
            "--open: a cross-validation has no page",
        ),
        (&["doctor", "--open"], "--out <DIR>"),
        (&["train", "--dry-run", "--open"], "cannot be used with"),
    ] {
        let output = run(arguments, at);
        let err = text(&output.stderr);
        assert!(output.status.code() == Some(2) && err.contains(message), "{arguments:?}: {err}");
    }
    fs::remove_file(at.join("run/test.json")).unwrap();
    let err = text(&run(&["report", "run"], at).stderr);
    assert!(err.contains("run: its training is not finished"), "{err}");
    fs::write(at.join("run/test.json"), "{}").unwrap();
    fs::remove_file(at.join("run/report.html")).unwrap();
    let err = text(&run(&["report", "run"], at).stderr);
    assert!(err.contains("run/report.html: cannot open the page"), "{err}");
}
