//! Tests of sweeps: creation, interruption and ranking.

mod halving;
mod suggest;

use std::fs;

use toml::Value;

use super::*;

const SMALL: [&str; 6] = [
    "data.dataset=shapes",
    "data.limit=1500",
    "model.hidden=[32]",
    "epochs=3",
    "batch_size=64",
    "threads=1",
];

fn settings() -> Vec<(Vec<String>, Value)> {
    SMALL.iter().map(|setting| crate::parse_setting(setting).unwrap()).collect()
}

fn config(axes: &[&str], random: Option<usize>, seeds: usize) -> SweepConfig {
    SweepConfig {
        axes: axes.iter().map(|axis| Axis::parse(axis).unwrap()).collect(),
        random,
        seeds,
        ..SweepConfig::default()
    }
}

#[test]
fn a_grid_has_all_combinations_and_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grid");
    let asked = config(&["optimizer=sgd,adam", "optimizer.lr=1e-9,0.003"], None, 2);
    let sweep = Sweep::create(Some(&path), None, &settings(), &asked).unwrap();
    assert_eq!(
        (sweep.len(), sweep.settings(4)),
        (8, &["optimizer=sgd".to_owned(), "optimizer.lr=0.003".to_owned()][..])
    );
    let mut trials = Trials::default();
    for number in [1, 2, 7, 8] {
        sweep.run(number, &mut trials, RunOptions::default()).unwrap().unwrap();
    }
    let again = Sweep::open(&path).unwrap();
    assert!(
        matches!(again.finish(), Err(RunError::Busy(_))),
        "two values, as two processes would have"
    );
    drop(sweep);
    assert!(again.result(1).unwrap().is_some() && again.result(3).unwrap().is_none());
    let points = again.finish().unwrap();
    // Of the two finished points, the one that learns is ranked first.
    assert_eq!(
        points.iter().map(|point| point.settings[1].as_str()).collect::<Vec<_>>(),
        ["optimizer.lr=0.003", "optimizer.lr=1e-9"]
    );
    assert!(mean(&points[0]) > mean(&points[1]) && points[0].seeds == 2);
    let csv = fs::read_to_string(path.join("results.csv")).unwrap();
    assert!(
        csv.starts_with("optimizer,optimizer.lr,validation_accuracy,") && csv.lines().count() == 3,
        "{csv}"
    );
    let page = fs::read_to_string(path.join("index.html")).unwrap();
    assert!(page.contains("2 of 4") && page.contains("optimizer.lr, one dot per trial."));
    // Finished trials are not repeated, and the configuration of a point trains it.
    let before = again.result(7).unwrap().unwrap();
    let kept = again.run(7, &mut trials, RunOptions::default()).unwrap().unwrap();
    assert_eq!(before, kept);
    let config = RunConfig::from_layers(Some(&points[0].config), &[]).unwrap();
    assert_eq!(
        trials.run(&config, RunOptions::default()).unwrap().unwrap().accuracy(),
        before.validation_accuracy.unwrap()
    );
}

fn mean(point: &SweepPoint) -> f64 {
    point.accuracy.as_ref().unwrap().mean
}

/// Writes the record of a trial, to test the ranking without training.
fn put(sweep: &Sweep, number: usize, accuracy: Option<f64>) {
    let record = serde_json::json!({
        "varied": sweep.settings(number),
        "seed": 1,
        "validation_accuracy": accuracy,
        "validation_loss": accuracy.map(|accuracy| 1.0 - accuracy),
        "best_epoch": null,
        "epochs": 0,
        "train_accuracy": null,
        "parameters": 1,
        "seconds": 1.0,
        "divergence": accuracy.is_none().then_some("the loss is NaN"),
    });
    crate::folder::sealed::write_sealed(&sweep.folder(number).join("trial.json"), &record).unwrap();
}

#[test]
fn what_diverged_has_no_rank() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let asked = config(&["optimizer.lr=0.1,0.2,0.3,0.4"], None, 2);
    let sweep = Sweep::create(Some(&path), None, &settings(), &asked).unwrap();
    for (number, accuracy) in
        [None, None, Some(0.9), None, Some(0.2), Some(0.4), Some(0.5), Some(0.3)]
            .into_iter()
            .enumerate()
    {
        put(&sweep, number + 1, accuracy);
    }
    let points = sweep.finish().unwrap();
    let rates: Vec<&str> = points.iter().map(|point| point.settings[0].as_str()).collect();
    // 0.2 is the mean over the seed that did not diverge; points without divergence come first.
    assert_eq!(
        rates,
        ["optimizer.lr=0.4", "optimizer.lr=0.3", "optimizer.lr=0.2", "optimizer.lr=0.1"]
    );
    assert!(
        (mean(&points[2]) - 0.9).abs() < 1e-12
            && points[2].remark().unwrap().starts_with("1 of 2 seeds diverged")
    );
    assert!(points[3].accuracy.is_none() && points[3].remark().is_none());
    let csv = fs::read_to_string(path.join("results.csv")).unwrap();
    assert_eq!(csv.lines().last().unwrap(), "0.1,,,,2,2,1,2");
    let table = sweep.table(&points);
    let last: Vec<&str> = table.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(last, ["–", "0.1", "–", "–", "2", "of", "2", "1", "2.0"], "{table}");
    let page = fs::read_to_string(path.join("index.html")).unwrap();
    assert!(
        page.contains("2 of 4 points diverged") && page.contains("Without the 3 that diverged.")
    );

    (1..=8).for_each(|number| put(&sweep, number, None));
    assert!(sweep.finish().unwrap().iter().all(|point| point.accuracy.is_none()));
    let page = fs::read_to_string(path.join("index.html")).unwrap();
    assert!(
        page.contains("every trial diverged")
            && !page.contains("The best point")
            && !page.contains("train --config")
    );
}

#[test]
fn points_are_ranked_by_a_figure_that_all_of_them_have() {
    let folder = tempfile::tempdir().unwrap();
    let monitor = |name: &str, axis: &str| {
        let base: Vec<_> = settings()
            .into_iter()
            .chain([crate::parse_setting("early_stopping.monitor=loss").unwrap()])
            .collect();
        let sweep =
            Sweep::create(Some(&folder.path().join(name)), None, &base, &config(&[axis], None, 1))
                .unwrap();
        sweep.record.monitor
    };
    assert_eq!(monitor("same", "epochs=1,2"), Monitor::Loss);
    assert_eq!(monitor("monitor", "early_stopping.monitor=loss,accuracy"), Monitor::Accuracy);
    assert_eq!(monitor("other", "early_stopping.monitor=accuracy"), Monitor::Accuracy);
    assert_eq!(monitor("loss", "loss=cross-entropy,hinge"), Monitor::Accuracy);
}

#[test]
fn a_sweep_that_was_cut_short_is_begun_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let of = |axis: &str| Sweep::create(Some(&path), None, &settings(), &config(&[axis], None, 1));
    drop(of("epochs=1,2,3").unwrap());
    // The state after a kill before the last of the first files was written.
    fs::remove_file(path.join(FILE)).unwrap();
    assert_eq!(of("epochs=1,2").unwrap().len(), 2);
    let trials: Vec<_> = fs::read_dir(path.join("trials"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(trials.len(), 2, "nothing of the first one is left: {trials:?}");
    // A sweep without a trained trial is replaced: its first trial may have been refused.
    let sweep = of("epochs=1").unwrap();
    assert_eq!(sweep.len(), 1);
    sweep.run(1, &mut Trials::default(), RunOptions::default()).unwrap();
    drop(sweep);
    assert!(matches!(of("epochs=1,2"), Err(RunError::FolderExists(_))));
    fs::remove_file(path.join("trials/0001/trial.json")).unwrap();
    fs::write(path.join("trials/notes.txt"), "mine").unwrap();
    assert!(matches!(of("epochs=1,2"), Err(RunError::FolderExists(_))));
    assert!(
        path.join("trials/notes.txt").is_file() && path.join("trials/0001/config.toml").is_file()
    );
}

#[test]
fn random_points_are_the_same_again_and_whole_numbers_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let points = |name: &str| {
        let asked = config(&["optimizer.lr=1e-4..1e-1", "batch_size=16..256"], Some(5), 1);
        let sweep =
            Sweep::create(Some(&folder.path().join(name)), None, &settings(), &asked).unwrap();
        (1..=sweep.len()).map(|number| sweep.settings(number).to_vec()).collect::<Vec<_>>()
    };
    let first = points("a");
    assert_eq!(first, points("b"));
    assert!(
        first.iter().all(|point| point[1]
            .strip_prefix("batch_size=")
            .unwrap()
            .parse::<usize>()
            .is_ok()),
        "{first:?}"
    );
    assert!(
        first.iter().enumerate().all(|(i, point)| first[..i].iter().all(|before| before != point))
    );
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none");
    let refusal = |asked: &SweepConfig| {
        Sweep::create(Some(&path), None, &settings(), asked).unwrap_err().to_string()
    };
    for (asked, expected) in [
        (config(&[], None, 1), "nothing is varied"),
        (config(&["epochs=1,2", "epochs=3"], None, 1), "epochs is varied twice"),
        (config(&["optimizer.lr=1e-4..1e-1"], None, 1), "is a range"),
        (config(&["epochs=1,2"], None, 0), "expected 1 to 10000"),
        (config(&["epochs=1,2"], Some(20_000), 1), "expected 1 to 10000"),
        (config(&["optimizer.lr=0.1,-1"], None, 1), "optimizer.lr is -1"),
        (config(&["optimizer.momentun=0.5"], None, 1), "did you mean"),
    ] {
        let message = refusal(&asked);
        assert!(message.contains(expected), "{message}");
    }
    assert!(!path.exists());
    assert!(Sweep::open(&path).unwrap_err().to_string().contains("sweep.json"));
}
