use super::*;

const SMALL: [&str; 6] = ["data.dataset=shapes", "data.limit=1500", "model.hidden=[32]", "epochs=3", "batch_size=64", "threads=1"];

fn settings() -> Vec<(Vec<String>, Value)> {
    SMALL.iter().map(|setting| crate::parse_setting(setting).unwrap()).collect()
}

fn config(axes: &[&str], random: Option<usize>, seeds: usize) -> SweepConfig {
    SweepConfig { axes: axes.iter().map(|axis| Axis::parse(axis).unwrap()).collect(), random, seeds }
}

#[test]
fn a_grid_has_all_combinations_and_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grid");
    let asked = config(&["optimizer=sgd,adam", "optimizer.lr=1e-9,0.003"], None, 2);
    let sweep = Sweep::create(Some(&path), None, &settings(), &asked).unwrap();
    assert_eq!((sweep.len(), sweep.settings(4)), (8, &["optimizer=sgd".to_owned(), "optimizer.lr=0.003".to_owned()][..]));
    let mut trials = Trials::default();
    for number in [1, 2, 7, 8] {
        sweep.run(number, &mut trials, RunOptions::default()).unwrap().unwrap();
    }
    let again = Sweep::open(&path).unwrap();
    assert!(again.result(1).unwrap().is_some() && again.result(3).unwrap().is_none());
    let points = again.finish().unwrap();
    // Of the two points that are done, the one that learns is ahead.
    assert_eq!(points.iter().map(|point| point.settings[1].as_str()).collect::<Vec<_>>(), ["optimizer.lr=0.003", "optimizer.lr=1e-9"]);
    assert!(points[0].accuracy.mean > points[1].accuracy.mean && points[0].accuracy.values.len() == 2);
    let csv = fs::read_to_string(path.join("results.csv")).unwrap();
    assert!(csv.starts_with("optimizer,optimizer.lr,validation_accuracy,") && csv.lines().count() == 3, "{csv}");
    let page = fs::read_to_string(path.join("index.html")).unwrap();
    assert!(page.contains("2 of 4") && page.contains("optimizer.lr, a dot a trial."));
    // What is done is not done again, and the configuration of a point trains it.
    let before = again.result(7).unwrap().unwrap();
    let kept = again.run(7, &mut trials, RunOptions::default()).unwrap().unwrap();
    assert_eq!(before, kept);
    let config = RunConfig::from_layers(Some(&points[0].config), &[]).unwrap();
    assert_eq!(trials.run(&config, RunOptions::default()).unwrap().unwrap().accuracy(), before.validation_accuracy);
}

#[test]
fn random_points_are_the_same_again_and_whole_numbers_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    let points = |name: &str| {
        let asked = config(&["optimizer.lr=1e-4..1e-1", "batch_size=16..256"], Some(5), 1);
        let sweep = Sweep::create(Some(&folder.path().join(name)), None, &settings(), &asked).unwrap();
        (1..=sweep.len()).map(|number| sweep.settings(number).to_vec()).collect::<Vec<_>>()
    };
    let first = points("a");
    assert_eq!(first, points("b"));
    assert!(first.iter().all(|point| point[1].strip_prefix("batch_size=").unwrap().parse::<usize>().is_ok()), "{first:?}");
    assert!(first.iter().enumerate().all(|(i, point)| first[..i].iter().all(|before| before != point)));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none");
    let refusal = |asked: &SweepConfig| Sweep::create(Some(&path), None, &settings(), asked).unwrap_err().to_string();
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
