//! Random changes of every file that a command reads: the command gives the true result, or refuses
//! with a message.
//!
//! It never panics, never hangs, and never gives another result. The changes are drawn from a seed;
//! a failure names the file, the kind of the change and its number.

mod mutate;
mod subject;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use mutate::{Draw, KINDS, apply, change, copy, files, restore};
use subject::{
    Subject, compared, evaluated, exported, folds, from, imported, predicted, resumed, sweep, told,
    without_settings,
};
use zunder::{Run, RunConfig, RunError};

/// The result of a command as text that is the same in each run.
type Said = Result<String, RunError>;

/// A command with its name.
type Command = (&'static str, fn(&Path) -> Said);

/// Runs a command, which must end. A panic fails the test.
fn ends(what: &str, command: impl FnOnce() -> Said + Send + 'static) -> Said {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(command()));
    match receiver.recv_timeout(Duration::from_mins(1)) {
        Ok(said) => said,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("{what}: no end"),
        Err(mpsc::RecvTimeoutError::Disconnected) => panic!("{what}: {:?}", thread.join().err()),
    }
}

/// Asserts that the result is the true one, or a refusal of one line with a hint.
#[track_caller]
fn check(what: &str, said: Said, expected: &str) {
    match said {
        Ok(said) => assert!(said == expected, "{what}: another result\n{said}\n{expected}"),
        Err(error) => {
            let text = error.to_string();
            assert!(error.is_input(), "{what}: a failure, not a refusal: {text}");
            assert!(!text.trim().is_empty() && !text.contains('\n'), "{what}: {text:?}");
            assert!(!error.hint().contains("no known cause"), "{what}: {text}");
        }
    }
}

/// Applies each kind of change to each file of a folder, `rounds` times.
fn each_change(
    folder: &Path,
    twin: &Path,
    rounds: usize,
    mut test: impl FnMut(&str, &Path, &dyn Fn(&Path)),
) {
    let all = files(folder);
    let read = |path: &Path| fs::read(path).unwrap_or_default();
    for (i, path) in all.iter().enumerate() {
        let inside = path.strip_prefix(folder).unwrap();
        for (kind, name) in KINDS.iter().enumerate() {
            for round in 0..rounds {
                let mut draw = Draw(((i as u64) << 32) | ((kind as u64) << 16) | round as u64);
                let beside = read(&all[draw.below(all.len())]);
                let changed =
                    change(kind, &read(path), &beside, &read(&twin.join(inside)), &mut draw);
                let what = format!("{}, {}, round {round}", inside.display(), name);
                test(&what, inside, &|place| apply(&place.join(inside), &changed));
            }
        }
    }
}

#[test]
fn a_finished_run() {
    let subject = Subject::new("finished");
    let [run, twin] = subject.runs();
    let commands: [Command; 5] = [
        ("predict", predicted),
        ("evaluate", evaluated),
        ("compare", compared),
        ("export", exported),
        ("from", from),
    ];
    let folder = subject.place("mutated");
    copy(&run, &folder);
    let expected = commands.map(|(_, command)| command(&folder).unwrap());
    each_change(&run, &twin, 1, |what, inside, mutate| {
        let whole = fs::read(folder.join(inside)).unwrap();
        mutate(&folder);
        for ((name, command), expected) in commands.iter().zip(&expected) {
            let (place, command) = (folder.clone(), *command);
            let what = format!("{name}: {what}");
            let said = ends(&what, move || command(&place));
            // A setting without effect on the results may be edited, such as the folder of the
            // cache. A comparison then lists it.
            if *name == "compare" && inside.ends_with("config.toml") {
                check(&what, said.map(without_settings), &without_settings(expected.clone()));
            } else {
                check(&what, said, expected);
            }
        }
        restore(&folder.join(inside), &whole);
    });
}

#[test]
fn a_run_that_is_resumed() {
    let subject = Subject::new("resumed");
    let [stopped, twin] = subject.stopped_runs();
    let folder = subject.place("resumed");
    copy(&stopped, &folder);
    let expected = resumed(&folder).unwrap();
    let config = RunConfig::from_layers(Some(&stopped.join("config.toml")), &[]).unwrap();
    each_change(&stopped, &twin, 1, |what, _, mutate| {
        fs::remove_dir_all(&folder).unwrap();
        copy(&stopped, &folder);
        mutate(&folder);
        // The number of epochs may be edited, which makes it another run.
        let now = RunConfig::from_layers(Some(&folder.join("config.toml")), &[]);
        if now.is_ok_and(|now| now.epochs != config.epochs) {
            return;
        }
        let place = folder.clone();
        check(what, ends(what, move || resumed(&place)), &expected);
    });
}

#[test]
fn a_sweep_and_folds() {
    let subject = Subject::new("trials");
    let subjects = [
        ("sweep", sweep as fn(&Path) -> Said, subject.sweeps()),
        ("halved", sweep, subject.halved_sweeps()),
        ("folds", folds, subject.cross_validations()),
    ];
    for (name, command, [whole, twin]) in subjects {
        let folder = subject.place(&format!("mutated-{name}"));
        copy(&whole, &folder);
        let expected = command(&folder).unwrap();
        let mut number = 0;
        each_change(&whole, &twin, 1, |what, inside, mutate| {
            number += 1;
            // A fold is a run, whose files the other tests change; here each seventh change is
            // enough.
            if inside.components().count() > 1 && name == "folds" && number % 7 != 0 {
                return;
            }
            fs::remove_dir_all(&folder).unwrap();
            copy(&whole, &folder);
            mutate(&folder);
            let place = folder.clone();
            let what = format!("{name}: {what}");
            check(&what, ends(&what, move || command(&place)), &expected);
        });
    }
}

#[test]
fn an_export_and_an_import() {
    let subject = Subject::new("exported");
    let runs = subject.runs();
    let [export, twin] = ["export", "export-twin"].map(|name| subject.place(name));
    for (run, export) in runs.iter().zip([&export, &twin]) {
        Run::open(run).unwrap().export(export).unwrap();
    }
    let import = subject.place("import");
    Run::import(&export, Some(&import)).unwrap();
    let folder = subject.place("mutated-export");
    copy(&export, &folder);
    let expected = imported(&folder).unwrap();
    let remarks = told(&folder);
    each_change(&export, &twin, 2, |what, inside, mutate| {
        let whole = fs::read(folder.join(inside)).unwrap();
        mutate(&folder);
        let place = folder.clone();
        let said = ends(what, move || imported(&place));
        // A description may be edited; the import then prints a remark.
        if said.is_err() || told(&folder) == remarks {
            check(what, said, &expected);
        }
        restore(&folder.join(inside), &whole);
    });

    let folder = subject.place("mutated-import");
    copy(&import, &folder);
    let expected = [predicted(&folder).unwrap(), exported(&folder).unwrap()];
    each_change(&import, &runs[0], 1, |what, inside, mutate| {
        let whole = fs::read(folder.join(inside)).unwrap();
        mutate(&folder);
        for (command, expected) in [predicted as fn(&Path) -> Said, exported].iter().zip(&expected)
        {
            let (place, command) = (folder.clone(), *command);
            check(what, ends(what, move || command(&place)), expected);
        }
        restore(&folder.join(inside), &whole);
    });
}

#[test]
fn a_cache_and_a_configuration() {
    let subject = Subject::new("cached");
    let [other, twin] = subject.runs();
    let (run, folder) = subject.cached();
    let expected = evaluated(&run).unwrap();
    let cache = files(&folder);
    assert_eq!(cache.len(), 1, "{cache:?}");
    let whole = fs::read(&cache[0]).unwrap();
    each_change(&folder, &other, 3, |what, inside, mutate| {
        mutate(&folder);
        let run = run.clone();
        check(what, ends(what, move || evaluated(&run)), &expected);
        restore(&folder.join(inside), &whole);
    });

    // Another configuration is another run: it is accepted, or refused.
    let folder = subject.place("configurations");
    fs::create_dir(&folder).unwrap();
    fs::copy(other.join("config.toml"), folder.join("config.toml")).unwrap();
    let whole = fs::read(folder.join("config.toml")).unwrap();
    each_change(&folder.clone(), &twin, 20, |what, inside, mutate| {
        mutate(&folder);
        let path: PathBuf = folder.join(inside);
        let said =
            ends(what, move || RunConfig::from_layers(Some(&path), &[]).map(|_| String::new()));
        check(what, said, "");
        restore(&folder.join(inside), &whole);
    });
}
