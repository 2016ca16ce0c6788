//! The images of a run: classes, groups, folds, sampling.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use zunder::data::Sampling;
use zunder::eval::Wanted;
use zunder::models::MlpConfig;
use zunder::train::Outcome;
use zunder::{
    CrossValidation, DatasetName, ModelConfig, ModelKind, Plan, Run, RunConfig, RunError,
    RunOptions, Threshold,
};

use crate::watch::Watch;

fn config() -> RunConfig {
    let mut config = RunConfig::preset(ModelKind::Mlp);
    config.model = ModelConfig::Mlp(MlpConfig { hidden: vec![16], ..MlpConfig::default() });
    config.data.dataset = DatasetName::Shapes;
    config.data.limit = Some(200);
    config.epochs = 2;
    config.batch_size = 32;
    config.threads = 1;
    config
}

fn train(folder: &Path, config: &RunConfig) -> Result<(Run, Plan), RunError> {
    let mut watch = Watch::default();
    let run = Run::train_in(folder, config, watch.options())?;
    Ok((run, watch.plan.unwrap()))
}

#[test]
fn two_classes_make_a_binary_task() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config();
    (config.data.limit, config.epochs) = (None, 6);
    config.model = ModelConfig::Mlp(MlpConfig { hidden: vec![64], ..MlpConfig::default() });
    config.data.classes = vec!["ring".into(), "bar".into()];
    config.data.positive = Some("ring".into());
    let (run, plan) = train(&folder.path().join("run"), &config).unwrap();
    assert_eq!(
        (&plan.classes[..], plan.positive.as_deref()),
        (&config.data.classes[..], Some("ring"))
    );
    assert_eq!((plan.validation_images, plan.test_images), (200, 400));
    let test = run.test().unwrap().unwrap();
    assert_eq!((test.confusion.n_classes(), test.n), (2, 400));
    assert!(test.accuracy_low > 0.5, "better than chance: {}", test.accuracy);
    // The rows have the numbers of the images in the whole test part.
    let csv = fs::read_to_string(run.folder().predictions()).unwrap();
    let last: usize = csv.lines().last().unwrap().split(',').next().unwrap().parse().unwrap();
    assert!(last > 400, "{last}");
    // The folder has everything: another process evaluates it in the same way.
    let opened = Run::open(run.path()).unwrap();
    assert_eq!(opened.evaluate().unwrap().confusion, test.confusion);
    // The positive class is the second one in the evaluation; thresholds refer to it.
    let evaluation = run.evaluation().unwrap().unwrap();
    assert_eq!(evaluation.classes, ["bar", "ring"]);
    assert_eq!(evaluation.report.binary.unwrap().counts.true_positives, test.confusion.count(0, 0));
    let again = opened.evaluate_in_full(None).unwrap();
    assert_eq!(
        serde_json::to_string_pretty(&again).unwrap() + "\n",
        fs::read_to_string(run.folder().evaluation()).unwrap()
    );
    let all = opened.evaluate_in_full(Some(Threshold::At(0.0))).unwrap().report.binary.unwrap();
    assert_eq!((all.true_positive_rate, all.specificity), (Some(1.0), Some(0.0)));
    let wanted = Wanted::Specificity(0.9);
    let careful = opened.evaluate_in_full(Some(Threshold::Chosen(wanted))).unwrap();
    let chosen = careful.chosen.unwrap();
    assert!(chosen.wanted == wanted && chosen.on_validation.counts.specificity() >= Some(0.9));
    assert_eq!(careful.report.binary.unwrap().threshold, Some(chosen.on_validation.threshold));

    config.data.classes.push("star".into());
    let refusal = train(&folder.path().join("other"), &config).unwrap_err().to_string();
    assert!(
        refusal.contains("data.positive is \"ring\", expected one of exactly two classes"),
        "{refusal}"
    );
    config.data.classes = vec!["ring".into(), "cat".into()];
    config.data.positive = None;
    let refusal = train(&folder.path().join("other"), &config).unwrap_err().to_string();
    assert!(refusal.starts_with("classes is \"cat\", expected some of circle, "), "{refusal}");
    assert!(!folder.path().join("other").exists());
}

#[test]
fn groups_decide_the_split_and_belong_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let table = |size: usize| {
        let path = folder.path().join("groups.csv");
        let rows = (0..10_000).fold("image,group\n".to_owned(), |mut text, i| {
            writeln!(text, "{i},patient {}", i / size).unwrap();
            text
        });
        fs::write(&path, rows).unwrap();
        path
    };
    let mut config = config();
    config.data.groups = Some(table(7));
    config.data.validation = 0.2;
    let (run, plan) = train(&folder.path().join("run"), &config).unwrap();
    assert!(
        plan.remarks
            .iter()
            .any(|remark| remark
                == "1429 groups of training images, each on one side of every split"),
        "{:?}",
        plan.remarks
    );
    assert!((1_990..2_010).contains(&plan.validation_images), "{}", plan.validation_images);
    let again = Run::open(run.path()).unwrap();
    assert_eq!(again.evaluate().unwrap().confusion, run.test().unwrap().unwrap().confusion);
    table(8);
    assert!(matches!(again.evaluate().unwrap_err(), RunError::OtherData { .. }));
    table(10_000);
    let refusal = train(&folder.path().join("other"), &config).unwrap_err().to_string();
    assert!(refusal.contains("these groups leave none for validation"), "{refusal}");
}

#[test]
fn cross_validation_is_a_run_a_fold_and_goes_on_where_it_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config();
    config.data.folds = Some(3);
    let refusal = train(&folder.path().join("run"), &config).unwrap_err().to_string();
    assert!(refusal.contains("data.folds is 3 without data.fold"), "{refusal}");

    let whole = CrossValidation::create(&folder.path().join("whole"), &config).unwrap();
    for fold in 1..=3 {
        let run = whole.run(fold, RunOptions::default()).unwrap();
        assert_eq!(
            run.environment().unwrap().validation_images,
            if fold == 1 { 3_334 } else { 3_333 }
        );
    }
    let record = whole.finish().unwrap().unwrap();
    assert_eq!(record.validation_accuracy.values.len(), 3);
    assert!(
        record.validation_accuracy.deviation > Some(0.0) && record.validation_accuracy.mean > 0.1
    );

    // Interrupted in the second fold, and resumed by another process.
    let path = folder.path().join("parts");
    let parts = CrossValidation::create(&path, &config).unwrap();
    parts.run(1, RunOptions::default()).unwrap();
    let stopped = parts.run(2, Watch::stopping_at((2, 1)).options()).unwrap();
    assert_eq!(stopped.outcome(), Some(Outcome::Interrupted));
    assert_eq!(parts.finish().unwrap(), None);
    let other = CrossValidation::open(&path).unwrap();
    assert!(matches!(other.run(2, RunOptions::default()), Err(RunError::Busy(_))));
    drop(parts);
    let parts = CrossValidation::open(&path).unwrap();
    for fold in 1..=3 {
        parts.run(fold, RunOptions::default()).unwrap();
    }
    assert_eq!(parts.finish().unwrap().unwrap(), record);
    assert!(
        parts
            .run(4, RunOptions::default())
            .unwrap_err()
            .to_string()
            .contains("fold is 4, expected 1 to 3")
    );
}

#[test]
fn how_images_are_sampled_is_the_runs_choice() {
    let folder = tempfile::tempdir().unwrap();
    let losses: Vec<f64> = Sampling::ALL
        .into_iter()
        .map(|sampling| {
            let mut config = config();
            config.data.sampling = sampling;
            let (run, plan) = train(&folder.path().join(sampling.name()), &config).unwrap();
            assert_eq!(plan.steps, 6);
            assert_eq!(Run::open(run.path()).unwrap().config().data.sampling, sampling);
            run.epochs().unwrap()[0].train_loss
        })
        .collect();
    let mut twice = config();
    twice.data.sampling = Sampling::Balanced;
    twice.loss =
        serde_json::from_str(r#"{ "name": "cross-entropy", "class_weights": "balanced" }"#)
            .unwrap();
    let refusal = train(&folder.path().join("twice"), &twice).unwrap_err().to_string();
    assert!(refusal.contains("both would count rare classes twice"), "{refusal}");
    for (i, loss) in losses.iter().enumerate() {
        assert!(losses[..i].iter().all(|other| other != loss), "{losses:?}");
    }
}
