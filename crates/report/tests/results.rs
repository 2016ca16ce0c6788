//! Tests of the page with all its parts, and of the comparison of runs.

use std::error::Error;

use zunder_eval::{
    BootstrapConfig, EnvironmentRecord, EpochRecord, EvalError, Predictions, ReportConfig,
    ScoreIntervals,
};
use zunder_random::Key;
use zunder_report::{
    ComparedRun, ContactSheet, MistakeLimits, Mistakes, Picture, RunReport, SheetRow,
    WeightPictures, compare, html, png, precision_recall_curves, reliability_diagram, roc_curves,
};

const EVIL: &str = "<script>alert(1)</script>";

/// `n` samples of alternating classes, with scores that favour the true class somewhat.
fn predictions(n: u32, classes: usize) -> Result<Predictions, EvalError> {
    let mut rng = Key::new(1).rng();
    let labels: Vec<u32> = (0..n).map(|i| i % classes as u32).collect();
    let mut probabilities = Vec::new();
    for &label in &labels {
        let mut row: Vec<f64> = (0..classes).map(|_| rng.normal().exp()).collect();
        row[label as usize] *= 5.0;
        let sum: f64 = row.iter().sum();
        probabilities.extend(row.iter().map(|p| (p / sum) as f32));
    }
    Predictions::new((0..n).collect(), labels, probabilities, classes)
}

fn names(n: usize) -> Vec<String> {
    (0..n).map(|i| format!("{EVIL} {i}")).collect()
}

fn grey(index: u32) -> Picture {
    Picture { channels: 1, height: 28, width: 28, pixels: vec![index as u8; 784] }
}

/// Returns the page with all parts, for a number of classes.
fn page(classes: usize, threshold: Option<f32>) -> Result<String, Box<dyn Error>> {
    let (names, predictions, environment) =
        (names(classes), predictions(2000, classes)?, EnvironmentRecord::default());
    let test = match threshold {
        Some(threshold) => predictions.evaluate_at(threshold, &names)?,
        None => predictions.evaluate(&names)?,
    };
    let metrics = predictions.report(&ReportConfig { threshold, ..ReportConfig::default() })?;
    let scored = predictions.scored()?;
    let bootstrap = BootstrapConfig { resamples: 10, ..BootstrapConfig::default() };
    let intervals = ScoreIntervals::new(&scored, &scored.predicted(), &bootstrap, Key::new(1))?;
    let mistakes = Mistakes::select(
        &predictions,
        &predictions.predicted(),
        &names,
        &MistakeLimits::default(),
        |i| Some((format!("{EVIL}{i}.png"), grey(i))),
    );
    let row = SheetRow { caption: EVIL.into(), details: EVIL.into(), pictures: vec![grey(3); 3] };
    let augmented = ContactSheet {
        title: EVIL.into(),
        subtitle: EVIL.into(),
        columns: vec![EVIL.into(), "epoch 1".into()],
        rows: vec![row; 10],
    };
    let weights = WeightPictures {
        title: EVIL,
        names: &names,
        channels: 1,
        height: 2,
        width: 2,
        weights: &[0.5; 4 * 70],
    };
    Ok(html(&RunReport {
        epochs: &[EpochRecord { epoch: 1, ..EpochRecord::default() }],
        schedule: &[0.1, 0.05, 0.0],
        test: Some(&test),
        metrics: Some(&metrics),
        intervals: Some(&intervals),
        mistakes: Some(&mistakes),
        augmented: Some(&augmented),
        weights: vec![weights],
        ..RunReport::new("a run", &environment)
    })?)
}

#[test]
fn every_part_is_there_escaped_and_self_contained() {
    for (classes, threshold) in [(2, Some(0.3)), (2, None), (10, None), (100, None)] {
        let page = page(classes, threshold).unwrap();
        assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
        assert_eq!(
            page.matches("src=").count(),
            page.matches("src=\"data:image/png;base64,").count()
        );
        for outside in ["http:", "https:", "href=", "url(", "@import"] {
            assert!(!page.replace("http://www.w3.org/2000/svg", "").contains(outside), "{outside}");
        }
        let parts = [
            "Learning curves",
            "Too short to say",
            "Scores",
            "Classes",
            "Confusion matrix",
            "ROC and precision-recall",
            "Calibration",
        ];
        for part in parts.into_iter().chain([
            "confident mistakes",
            "confused pairs",
            "2 more",
            "The 64 of 70 units with the largest weights",
        ]) {
            assert!(page.contains(part), "{part} of {classes} classes");
        }
        assert_eq!(page.contains("Outcomes and rates"), classes == 2);
        assert_eq!(page.contains("at least the threshold 0.3"), threshold.is_some());
        assert!(!page.contains("NaN") && !page.contains("inf\""));
    }
}

#[test]
fn plots_become_pictures() {
    for classes in [2, 7, 40] {
        let report = predictions(500, classes).unwrap().report(&ReportConfig::default()).unwrap();
        for svg in [
            roc_curves(&report, &names(classes)),
            precision_recall_curves(&report, &[]),
            reliability_diagram(report.calibration.as_ref().unwrap()),
        ] {
            assert!(!svg.contains("<script") && !svg.contains("NaN"));
            assert!(png(&svg).unwrap().starts_with(b"\x89PNG"));
        }
    }
}

#[test]
fn of_many_classes_the_best_and_the_worst_are_named() {
    let names: Vec<String> = (0..10).map(|i| format!("name {i}")).collect();
    let report = predictions(1000, 10).unwrap().report(&ReportConfig::default()).unwrap();
    let svg = roc_curves(&report, &names);
    assert_eq!((svg.matches("name ").count(), svg.matches("<polyline").count()), (6, 12));
    assert!(svg.contains("macro average: AUC") && svg.contains("the other classes"));
    assert!(!precision_recall_curves(&report, &names).contains("macro average"));
    let two = predictions(1000, 2).unwrap().report(&ReportConfig::default()).unwrap();
    let svg = roc_curves(&two, &names);
    assert!(
        svg.contains("name 1") && !svg.contains("name 0") && svg.contains("the current threshold")
    );
}

#[test]
fn pictures_that_do_not_fit_are_refused() {
    let environment = EnvironmentRecord::default();
    let weights = WeightPictures {
        title: "",
        names: &[],
        channels: 3,
        height: 2,
        width: 2,
        weights: &[0.0; 13],
    };
    let error = html(&RunReport { weights: vec![weights], ..RunReport::new("", &environment) })
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "got 13 weights, expected a multiple of 3x2x2, and at least that"
    );
}

#[test]
fn comparisons_are_escaped_and_complete() {
    let (good, epochs) = (
        predictions(300, 3).unwrap(),
        [EpochRecord { epoch: 1, validation_accuracy: 0.5, ..EpochRecord::default() }],
    );
    let test = good.evaluate(&names(3)).unwrap();
    let always_0 = [1.0, 0.0, 0.0].repeat(300);
    let bad = Predictions::new(good.indices().into(), good.labels().into(), always_0, 3).unwrap();
    let run = |decisions, config_toml| ComparedRun {
        name: "<script>x\u{1b}[31m",
        epochs: &epochs,
        best_epoch: Some(1),
        test: Some(&test),
        decisions: Some(decisions),
        dataset_hash: None,
        config_toml,
    };
    let (good, bad) = (good.decisions(), bad.decisions());
    let runs = [run(&good, "a = '<script>'"), run(&bad, "b = 2")];
    let comparison = compare(&runs, &BootstrapConfig::default(), Key::new(3)).unwrap();
    let page = comparison.html();
    assert!(
        !page.contains("<script")
            && page.contains("more than the random draw of the test images explains")
    );
    assert!(page.contains("Differences in configuration") && page.contains("50.0 %"));
    let text = comparison.text();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    assert!(text.contains("p (Holm)") && text.contains("setting"));
    assert!(png(&comparison.curves().unwrap()).is_ok());
    let empty =
        ComparedRun { epochs: &[], test: None, decisions: None, config_toml: "", ..runs[0] };
    let nothing = compare(std::slice::from_ref(&empty), &BootstrapConfig::default(), Key::new(3));
    assert_eq!(nothing.unwrap_err().hint(), Some("name two runs or more"));
    let runs = [empty; 7];
    let comparison = compare(&runs, &BootstrapConfig::default(), Key::new(3)).unwrap();
    assert!(
        comparison.curves().is_err()
            && comparison.html().contains("The configurations are the same.")
    );
}

#[test]
fn a_test_without_a_class_has_dashes_and_says_why() {
    let predictions =
        Predictions::new(vec![0, 1, 2], vec![0; 3], vec![0.9, 0.1, 0.8, 0.2, 0.6, 0.4], 2).unwrap();
    let classes = ["cat".to_owned(), "dog".to_owned()];
    let (test, metrics) = (
        predictions.evaluate(&classes).unwrap(),
        predictions.report(&ReportConfig::default()).unwrap(),
    );
    let scored = predictions.scored().unwrap();
    let intervals =
        ScoreIntervals::new(&scored, &scored.predicted(), &BootstrapConfig::default(), Key::new(1))
            .unwrap();
    let environment = EnvironmentRecord::default();
    let report = RunReport {
        test: Some(&test),
        metrics: Some(&metrics),
        intervals: Some(&intervals),
        ..RunReport::new("r", &environment)
    };
    let page = html(&report).unwrap();
    assert!(page.contains("No test image belongs to 1 of 2 classes (dog)"));
    assert!(page.contains("no curve: all images are positive, or all negative"));
    assert!(page.contains("<td>–</td><td>–</td>") && !page.contains("NaN"));
    for svg in [roc_curves(&metrics, &classes), precision_recall_curves(&metrics, &classes)] {
        assert!(svg.contains("no curve") && png(&svg).is_ok());
    }
}

#[test]
fn scores_that_are_no_probabilities_are_shown_as_scores() {
    let predictions = Predictions::of_scores(
        vec![0, 1, 2],
        vec![0, 1, 1],
        vec![2.5, -1.0, 0.0, 1.0, 3.25, 0.5],
        2,
    )
    .unwrap();
    let classes = ["cat".to_owned(), "dog".to_owned()];
    let (test, leads) = (predictions.evaluate(&classes).unwrap(), predictions.clone().into_leads());
    let metrics = leads.report(&ReportConfig::default()).unwrap();
    let mistakes = Mistakes::select(
        &predictions,
        &predictions.predicted(),
        &classes,
        &MistakeLimits::default(),
        |i| Some((i.to_string(), grey(i))),
    );
    let environment = EnvironmentRecord::default();
    let report = RunReport {
        test: Some(&test),
        metrics: Some(&metrics),
        mistakes: Some(&mistakes),
        ..RunReport::new("r", &environment)
    };
    let page = html(&report).unwrap();
    assert!(
        page.contains("The scores are not probabilities")
            && page.contains("3.25 cat")
            && page.contains("0.50 dog")
    );
    assert!(
        !page.contains("<h2>Calibration</h2>")
            && page.contains("the score of the positive class is above that of the negative one")
    );
}

#[test]
fn the_page_of_thousands_of_classes_stays_small() {
    let n = 1200;
    let classes: Vec<String> = (0..n).map(|i| format!("class number {i}")).collect();
    let labels: Vec<u32> = (0..n).collect();
    let scores = |row: u32| (0..n).map(move |class| f32::from(u8::from(class == row * 7 % n)));
    let predictions =
        Predictions::new(labels.clone(), labels, (0..n).flat_map(scores).collect(), n as usize)
            .unwrap();
    let (test, metrics) = (
        predictions.evaluate(&classes).unwrap(),
        predictions.report(&ReportConfig::default()).unwrap(),
    );
    let environment = EnvironmentRecord::default();
    let page = html(&RunReport {
        test: Some(&test),
        metrics: Some(&metrics),
        ..RunReport::new("r", &environment)
    })
    .unwrap();
    assert!(page.len() < 500_000, "{}", page.len());
    assert!(
        page.contains("The 100 classes with the lowest F1") && page.contains("are in test.json")
    );
}
