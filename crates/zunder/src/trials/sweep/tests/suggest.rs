//! Tests of sweeps that choose points by the results of others.

use std::fs;

use super::*;

fn suggesting(axes: &[&str], random: usize, seeds: usize) -> SweepConfig {
    SweepConfig { suggest: true, ..config(axes, Some(random), seeds) }
}

/// Trains the trials that are not done and adds points, until there are none or `most` trials.
fn go_on(sweep: &mut Sweep, most: usize) {
    let mut trials = Trials::default();
    for number in 1.. {
        if number > sweep.len() && !sweep.suggest().unwrap() || number > most {
            return;
        }
        sweep.run(number, &mut trials, RunOptions::default()).unwrap().unwrap();
    }
}

/// Returns the settings of all trials.
fn all(sweep: &Sweep) -> Vec<Vec<String>> {
    (1..=sweep.len()).map(|number| sweep.settings(number).to_vec()).collect()
}

#[test]
fn an_interrupted_sweep_goes_on_with_the_same_suggestions() {
    let folder = tempfile::tempdir().unwrap();
    let [whole, pieces] = ["whole", "pieces"].map(|name| folder.path().join(name));
    let asked = suggesting(&["optimizer.lr=1e-6..10.0", "optimizer=sgd,adam"], 12, 1);
    let mut base = settings();
    base.push(crate::parse_setting("epochs=1").unwrap());
    let mut sweep = Sweep::create(Some(&whole), None, &base, &asked).unwrap();
    assert_eq!((sweep.len(), sweep.planned()), (8, 12));
    go_on(&mut sweep, 100);
    assert_eq!(sweep.len(), 12);
    assert!(!sweep.suggest().unwrap(), "all points are there");
    let points = sweep.finish().unwrap();
    let mut numbers: Vec<_> = points.iter().map(|point| point.number).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=12).collect::<Vec<_>>());
    let page = fs::read_to_string(whole.join("index.html")).unwrap();
    assert!(page.contains("12 of 12") && page.contains("The first 8 points are random"), "{page}");
    assert!(page.contains("in the order of the search"));

    // Each piece is a new process.
    drop(Sweep::create(Some(&pieces), None, &base, &asked).unwrap());
    for most in [3, 8, 9, 11, 100] {
        go_on(&mut Sweep::open(&pieces).unwrap(), most);
    }
    let again = Sweep::open(&pieces).unwrap();
    assert_eq!(all(&again), all(&sweep));
    let of = |sweep: &Sweep, number| sweep.result(number).unwrap().unwrap().validation_loss;
    let losses = |sweep| (1..=12).map(|number| of(sweep, number)).collect::<Vec<_>>();
    assert_eq!(losses(&again), losses(&sweep));
    assert!(losses(&sweep)[8..].iter().any(Option::is_some));
    // The configuration of a suggested point is that of its settings over the base.
    let file = pieces.join("trials/0012/config.toml");
    let config = RunConfig::from_layers(Some(&file), &[]).unwrap();
    let varied: Vec<_> =
        again.settings(12).iter().map(|setting| crate::parse_setting(setting).unwrap()).collect();
    let expected = RunConfig::from_layers(None, &[base, varied].concat()).unwrap();
    assert_eq!(config, expected.absolute());
}

#[test]
fn a_point_is_suggested_only_when_all_before_it_have_ended() {
    let folder = tempfile::tempdir().unwrap();
    let asked = suggesting(&["optimizer.lr=0.001..1.0"], 10, 2);
    let mut sweep =
        Sweep::create(Some(&folder.path().join("s")), None, &settings(), &asked).unwrap();
    (1..16).for_each(|number| put(&sweep, number, Some(0.1)));
    let early = sweep.suggest().unwrap_err().to_string();
    assert!(early.contains("point 8 has not ended"), "{early}");
    put(&sweep, 16, None);
    let mut other = Sweep::open(sweep.path()).unwrap();
    assert!(sweep.suggest().unwrap());
    assert_eq!((sweep.len(), other.len()), (18, 16));
    assert!(matches!(other.suggest(), Err(RunError::Busy(_))));
    let named = sweep.settings(17).to_vec();
    drop(sweep);
    // It finds the point that the other process has added.
    assert!(other.suggest().unwrap());
    assert_eq!((other.len(), other.settings(18)), (18, &named[..]));
    let next = other.suggest().unwrap_err().to_string();
    assert!(next.contains("point 9 has not ended"), "{next}");
}

#[test]
fn without_suggestions_no_point_is_added() {
    let folder = tempfile::tempdir().unwrap();
    let asked = config(&["optimizer.lr=0.001..1.0"], Some(10), 1);
    let mut sweep =
        Sweep::create(Some(&folder.path().join("s")), None, &settings(), &asked).unwrap();
    assert_eq!((sweep.len(), sweep.planned(), sweep.suggest().unwrap()), (10, 10, false));
    // The random points are the same with suggestions.
    let asked = suggesting(&["optimizer.lr=0.001..1.0"], 10, 1);
    let few = Sweep::create(Some(&folder.path().join("t")), None, &settings(), &asked).unwrap();
    assert_eq!(all(&few), all(&sweep)[..8]);
}

#[test]
fn values_without_a_valid_configuration_are_not_suggested() {
    let folder = tempfile::tempdir().unwrap();
    // Batch normalisation needs two images in a batch: 1 is refused, also among the random points.
    let asked = suggesting(&["batch_size=1..3"], 30, 1);
    let (mut seed, mut sweep) = (1, None);
    while sweep.is_none() {
        let path = folder.path().join(seed.to_string());
        let base = [settings(), vec![crate::parse_setting(&format!("seed={seed}")).unwrap()]];
        sweep = Sweep::create(Some(&path), None, &base.concat(), &asked).ok();
        seed += 1;
        assert!(seed < 10_000, "the random points never miss 1");
    }
    let mut sweep = sweep.unwrap();
    for number in 1..=30 {
        assert!(number <= sweep.len() || sweep.suggest().unwrap());
        put(&sweep, number, Some(0.1));
        assert_ne!(sweep.settings(number), ["batch_size=1"]);
    }
}

#[test]
fn losses_of_different_kinds_are_ranked_by_accuracy() {
    let folder = tempfile::tempdir().unwrap();
    let mut base = settings();
    base.push(crate::parse_setting("early_stopping.monitor=loss").unwrap());
    let asked = suggesting(&["loss=cross-entropy,hinge", "optimizer.lr=0.001..1.0"], 20, 1);
    let mut sweep = Sweep::create(Some(&folder.path().join("s")), None, &base, &asked).unwrap();
    // As if no random point had had another loss.
    sweep.record.monitor = Monitor::Loss;
    write_sealed(&sweep.path.join(FILE), &sweep.record).unwrap();
    let first = sweep.settings(1)[0].clone();
    for number in 1..=20 {
        assert!(number <= sweep.len() || sweep.suggest().unwrap());
        put(&sweep, number, Some(0.5));
        let alike = (9..=sweep.len()).all(|number| sweep.settings(number)[0] == first);
        assert_eq!(sweep.record.monitor == Monitor::Loss, alike, "{number}");
    }
    assert_eq!(sweep.record.monitor, Monitor::Accuracy, "another loss was suggested");
}

#[test]
fn another_recipe_is_refused_and_the_place_may_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let asked = suggesting(&["optimizer.lr=0.001..1.0"], 10, 1);
    let mut sweep = Sweep::create(Some(&path), None, &settings(), &asked).unwrap();
    (1..=8).for_each(|number| put(&sweep, number, Some(0.1)));
    // The data were moved.
    let file = path.join("trials/0001/config.toml");
    let text = fs::read_to_string(&file).unwrap();
    let dir = text.lines().find(|line| line.starts_with("dir = ")).unwrap();
    fs::write(&file, text.replace(dir, "dir = \"/elsewhere\"")).unwrap();
    assert!(sweep.suggest().unwrap());
    let next = RunConfig::from_layers(Some(&path.join("trials/0009/config.toml")), &[]).unwrap();
    assert_eq!(next.data.dir, Path::new("/elsewhere"));
    put(&sweep, 9, Some(0.1));
    // A version with another preset has another hash of the first point.
    sweep.record.settings_sha256[0] = "0".repeat(64);
    write_sealed(&path.join(FILE), &sweep.record).unwrap();
    let refused = sweep.suggest().unwrap_err().to_string();
    assert!(refused.contains("expected the same recipe for all points"), "{refused}");
}

#[test]
fn what_cannot_be_suggested_is_refused() {
    let rates = "optimizer.lr=0.1,0.2,0.3";
    let halved = SweepConfig {
        halving: Some(HalvingConfig::default()),
        ..suggesting(&["optimizer.lr=0.1..1.0"], 20, 1)
    };
    let grid = SweepConfig { suggest: true, ..config(&[rates], None, 1) };
    for (asked, expected) in [
        (grid, "their number is not set, expected a number of random points"),
        (halved, "points are to be suggested and halved, expected one of the two"),
        (
            suggesting(&[rates, "seed=1,2,3,4"], 12, 1),
            "12 points are to be suggested and the grid has 12, expected fewer",
        ),
        (
            suggesting(&["optimizer.lr=0.1..1.0"], 8, 1),
            "8 points are to be suggested, expected more than 8: the first ones are random",
        ),
    ] {
        let message = asked.validate().unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    suggesting(&[rates, "seed=1,2,3,4"], 11, 1).validate().unwrap();
    suggesting(&[rates, "optimizer.momentum=0.1..0.9"], 12, 1).validate().unwrap();
}
