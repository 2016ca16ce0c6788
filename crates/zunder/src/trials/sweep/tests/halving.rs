//! Tests of sweeps that stop trials early.

use std::fs;

use toml::Value;
use zunder_train::{Events, Interrupt, StepReport};

use super::*;
use crate::RunEvents;

fn halving(axes: &[&str], seeds: usize, factor: usize, first: Option<usize>) -> SweepConfig {
    SweepConfig { halving: Some(HalvingConfig { factor, first }), ..config(axes, None, seeds) }
}

fn with(more: &[&str]) -> Vec<(Vec<String>, Value)> {
    let more = more.iter().map(|setting| crate::parse_setting(setting).unwrap());
    settings().into_iter().chain(more).collect()
}

/// Stops a training after some steps.
struct Patience {
    steps: usize,
    interrupt: Interrupt,
}

impl Events for Patience {
    fn step_finished(&mut self, _: &StepReport) {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            self.interrupt.request();
        }
    }
}

impl RunEvents for Patience {}

/// Goes on with a sweep for some steps, as a new process. Returns its points if it is finished.
fn go_on(path: &Path, steps: usize) -> Option<Vec<SweepPoint>> {
    let (sweep, mut trials) = (Sweep::open(path).unwrap(), Trials::default());
    let interrupt = Interrupt::new();
    let mut patience = Patience { steps, interrupt: interrupt.clone() };
    for rung in 1..=sweep.rungs().len() {
        for number in sweep.in_rung(rung).unwrap() {
            let interrupt = interrupt.clone();
            let options = RunOptions { events: Some(&mut patience), interrupt };
            if sweep.run_to(number, rung, &mut trials, options).unwrap().is_none() {
                sweep.finish().unwrap();
                return None;
            }
        }
    }
    Some(sweep.finish().unwrap())
}

/// Returns the rows of `results.csv` without their last column, the seconds.
fn rows(path: &Path) -> Vec<String> {
    let csv = fs::read_to_string(path.join("results.csv")).unwrap();
    csv.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned()).collect()
}

#[test]
fn an_interrupted_sweep_stops_the_same_trials_and_ends_in_the_same_table() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, pieces] = ["whole", "pieces"].map(|name| folder.path().join(name));
    let asked = halving(&["optimizer.lr=1e-9,0.001,1e38,0.01"], 1, 2, None);
    let base = with(&["epochs=4", "model.batch_norm=false", "ema=0.9"]);
    for path in [&whole, &pieces] {
        Sweep::create(Some(path), None, &base, &asked).unwrap();
    }
    let sweep = Sweep::open(&whole).unwrap();
    let rungs: Vec<_> = sweep.rungs().iter().map(|rung| (rung.epoch, rung.points)).collect();
    assert_eq!(rungs, [(Some(1), 4), (Some(2), 2), (Some(4), 1)]);
    drop(sweep);
    let points = go_on(&whole, usize::MAX).unwrap();
    let ends: Vec<_> = points.iter().map(|point| (point.epochs, point.end.unwrap())).collect();
    let halved = |epoch, place, of, promoted| PointEnd::Halved { epoch, place, of, promoted };
    assert_eq!(
        ends,
        [
            (4, PointEnd::Completed),
            (2, halved(2, 2, 2, 1)),
            (1, halved(1, 3, 4, 2)),
            (0, PointEnd::Diverged)
        ]
    );
    assert_eq!(points[0].settings, ["optimizer.lr=0.01"]);
    let row = "1e-9,";
    assert!(rows(&whole)[3].starts_with(row), "{:?}", rows(&whole));
    assert!(rows(&whole)[3].contains("stopped: place 3 of 4, 2 went on"));
    // The trial that remains is that of a training without pauses.
    let config = RunConfig::from_layers(Some(&points[0].config), &[]).unwrap();
    let alone = Trials::default().run(&config, RunOptions::default()).unwrap().unwrap();
    let sweep = Sweep::open(&whole).unwrap();
    let record = sweep.result(4).unwrap().unwrap();
    assert_eq!(record.validation_accuracy, Some(alone.accuracy()));
    assert!((record.validation_loss.unwrap() - alone.loss()).abs() < 1e-12);
    assert_eq!(record.rungs.iter().map(|rung| rung.epoch).collect::<Vec<_>>(), [1, 2, 4]);
    let page = fs::read_to_string(whole.join("index.html")).unwrap();
    assert!(page.contains("Successive halving") && page.contains("7 of 16"), "{page}");

    // 21 steps are an epoch, so each piece ends within one, and the next goes on before it.
    let mut processes = 1;
    let again = loop {
        if let Some(points) = go_on(&pieces, 30) {
            break points;
        }
        processes += 1;
    };
    assert!(processes > 3, "{processes}");
    assert_eq!(rows(&pieces), rows(&whole));
    let sorts = |points: &[SweepPoint]| {
        points.iter().map(|point| (point.end, point.epochs, point.rung)).collect::<Vec<_>>()
    };
    assert_eq!(sorts(&again), sorts(&points));
    // No checkpoint is left.
    for number in 1..=4 {
        assert!(!pieces.join(format!("trials/000{number}/paused")).exists(), "{number}");
    }
}

/// Writes the record of a trial with its accuracies on the rungs; `lost` if it diverged after them.
fn put_on(sweep: &Sweep, number: usize, accuracies: &[f64], lost: bool) {
    let last = accuracies.last().copied().filter(|_| !lost);
    let rungs: Vec<_> = accuracies
        .iter()
        .zip(&sweep.record.rungs)
        .map(|(accuracy, epoch)| {
            serde_json::json!({
                "epoch": epoch,
                "validation_accuracy": accuracy,
                "validation_loss": 1.0 - accuracy,
            })
        })
        .collect();
    let record = serde_json::json!({
        "varied": sweep.settings(number),
        "seed": 1,
        "validation_accuracy": last,
        "validation_loss": last.map(|accuracy| 1.0 - accuracy),
        "best_epoch": null,
        "epochs": accuracies.len().checked_sub(1).map_or(0, |rung| sweep.record.rungs[rung]),
        "train_accuracy": null,
        "parameters": 1,
        "seconds": 1.0,
        "rungs": rungs,
        "divergence": lost.then_some("the loss is NaN"),
    });
    write_sealed(&sweep.folder(number).join("trial.json"), &record).unwrap();
}

/// Returns the values of the points and how they ended, the best first.
fn ends(sweep: &Sweep) -> Vec<(String, String)> {
    let points = sweep.finish().unwrap();
    let of = |point: &SweepPoint| {
        (
            point.settings[0].strip_prefix("seed=").unwrap().to_owned(),
            point.end.unwrap().to_string(),
        )
    };
    points.iter().map(of).collect()
}

#[track_caller]
fn assert_ends(sweep: &Sweep, expected: &[(&str, &str)]) {
    let got = ends(sweep);
    let got: Vec<_> = got.iter().map(|(value, end)| (value.as_str(), end.as_str())).collect();
    assert_eq!(got, expected);
}

#[test]
fn ties_and_divergence_on_each_rung() {
    let folder = tempfile::tempdir().unwrap();
    let asked = halving(&["seed=1,2,3,4"], 1, 2, None);
    let sweep =
        Sweep::create(Some(&folder.path().join("s")), None, &with(&["epochs=4"]), &asked).unwrap();
    put_on(&sweep, 1, &[], true);
    put_on(&sweep, 2, &[0.5], false);
    put_on(&sweep, 3, &[0.5], false);
    assert_eq!(sweep.in_rung(1).unwrap(), [1, 2, 3, 4]);
    let early = sweep.in_rung(2).unwrap_err().to_string();
    assert!(early.contains("rung 2 has not begun, expected 1 to 1"), "{early}");
    put_on(&sweep, 4, &[0.5], false);
    // Of equal ones the first go on; what diverged comes last.
    assert_eq!(sweep.in_rung(2).unwrap(), [2, 3]);
    let stopped = "stopped: place 3 of 4, 2 went on";
    assert_ends(
        &sweep,
        &[("2", "not finished"), ("3", "not finished"), ("4", stopped), ("1", "diverged")],
    );
    let refused =
        sweep.run_to(4, 2, &mut Trials::default(), RunOptions::default()).unwrap_err().to_string();
    assert!(refused.contains("trial 4 is not on rung 2"), "{refused}");
    // One that diverges on the second rung leaves its place to the other.
    put_on(&sweep, 2, &[0.5], true);
    put_on(&sweep, 3, &[0.5, 0.6], false);
    assert_eq!(sweep.in_rung(3).unwrap(), [3]);
    // If the last one diverges, the best of those that were stopped has a figure.
    put_on(&sweep, 3, &[0.5, 0.6], true);
    assert_eq!(ends(&sweep)[0], ("4".to_owned(), stopped.to_owned()));
    // If all diverge on a rung, none goes on.
    (1..=4).for_each(|number| put_on(&sweep, number, &[], true));
    assert!(sweep.in_rung(2).unwrap().is_empty() && sweep.in_rung(3).unwrap().is_empty());
    assert!(sweep.finish().unwrap().iter().all(|point| point.end == Some(PointEnd::Diverged)));
}

#[test]
fn points_are_judged_by_the_mean_of_their_seeds() {
    let folder = tempfile::tempdir().unwrap();
    let asked = halving(&["seed=1,5,9"], 2, 2, Some(2));
    let sweep =
        Sweep::create(Some(&folder.path().join("s")), None, &with(&["epochs=4"]), &asked).unwrap();
    for (number, accuracy) in [(1, 0.9), (2, 0.1), (3, 0.6), (4, 0.6), (5, 0.95)] {
        put_on(&sweep, number, &[accuracy], false);
    }
    assert!(sweep.in_rung(2).is_err(), "a seed of the third point is left");
    put_on(&sweep, 6, &[], true);
    // The third one has the highest mean, but only of one seed.
    assert_eq!(sweep.in_rung(2).unwrap(), [3, 4]);
    put_on(&sweep, 3, &[0.6, 0.7], false);
    put_on(&sweep, 4, &[0.6], true);
    assert_ends(
        &sweep,
        &[
            ("5", "all epochs"),
            ("1", "stopped: place 2 of 3, 1 went on"),
            ("9", "stopped: place 3 of 3, 1 went on"),
        ],
    );
}

#[test]
fn what_cannot_be_halved_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none");
    let lr = "optimizer.lr=0.1,0.2,0.3,0.4";
    for (more, asked, expected) in [
        ("epochs=1", halving(&[lr], 1, 3, None), "epochs is 1, expected at least 3"),
        ("epochs=9", halving(&["seed=1"], 3, 3, None), "there is 1 point, expected at least 2"),
        ("epochs=9", halving(&[lr], 1, 1, None), "factor of halving is 1, expected at least 2"),
        ("epochs=9", halving(&[lr], 1, 3, Some(4)), "after epoch 4, expected 1 to 3"),
        ("epochs=9", halving(&[lr], 1, 3, Some(0)), "after epoch 0, expected 1 to 3"),
        (
            "epochs=9",
            halving(&["epochs=9,12"], 1, 3, None),
            "epochs is 9 with epochs=9 and 12 with epochs=12, expected one number",
        ),
    ] {
        let message =
            Sweep::create(Some(&path), None, &with(&[more]), &asked).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    assert!(!path.exists());
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let paused = folder.path().join("paused");
    let config = |more: &str| {
        RunConfig::from_layers(None, &with(&["epochs=2", "data.limit=200", more])).unwrap()
    };
    let mut trials = Trials::default();
    let mut until = |epochs, more| {
        trials.run_until(&config(more), epochs, &paused, RunOptions::default()).map(Option::unwrap)
    };
    let first = until(1, "seed=1").unwrap();
    assert_eq!(first.outcome, Some(zunder_train::Outcome::Paused));
    let refused = until(2, "seed=2").unwrap_err();
    assert!(matches!(refused, RunError::OtherConfig { .. }), "{refused}");
    let whole = until(2, "seed=1").unwrap();
    assert_eq!((whole.outcome, whole.epochs.len()), (Some(zunder_train::Outcome::Completed), 2));
}
