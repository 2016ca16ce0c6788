//! The metrics under Burn's own strategy against `zunder_eval`.

use burn::data::dataloader::DataLoader;
use burn::lr_scheduler::constant::ConstantLr;
use burn::optim::SgdConfig;
use burn::tensor::{Device, Tensor};
use burn::train::metric::{AccuracyMetric, LossMetric};
use burn::train::{
    ClassificationOutput, ExecutionStrategy, InferenceStep, Learner, MultiDeviceOptim,
};
use zunder_burn_train::{ConfusionMetric, ExactMetric, Learnable, LearnerBatch};
use zunder_eval::{ClassificationReport, ReportConfig};
use zunder_train::softmax;

use crate::setup::{Line, Log, Net, alone, error, train, training, validation};

const NAMES: [&str; 5] = [
    "Exact Accuracy",
    "Exact Macro F1",
    "Exact AUROC",
    "Exact Log Loss",
    "Exact Calibration Error",
];

/// What `zunder_eval` says of a model's predictions for the validation images.
pub fn report<M>(model: &Learnable<M>) -> ClassificationReport
where
    Learnable<M>: InferenceStep<Input = LearnerBatch<Tensor<2>>, Output = ClassificationOutput>,
{
    let (mut scores, mut labels) = (Vec::new(), Vec::new());
    for batch in validation(&Device::flex()).iter() {
        let batch = batch.unwrap();
        labels.extend(batch.labels.clone());
        scores.extend(
            InferenceStep::step(model, batch).output.into_data().try_to_vec::<f32>().unwrap(),
        );
    }
    softmax(&mut scores, 10);
    ClassificationReport::new(&scores, &labels, 10, &ReportConfig::default()).unwrap()
}

/// The values of a report in the order of [`NAMES`].
pub fn values(report: &ClassificationReport) -> [f64; 5] {
    [
        report.accuracy,
        report.macro_average.f1.unwrap(),
        report.one_vs_rest.macro_auc.unwrap(),
        report.log_loss.unwrap(),
        report.expected_calibration_error.unwrap(),
    ]
}

/// In every epoch, the last included, and without a checkpointer.
#[test]
fn burns_learner_reports_the_scores_of_the_whole_set() {
    let _alone = alone();
    let (device, folder, log) = (Device::flex(), tempfile::tempdir().unwrap(), Log::default());
    let model = Learnable::new(Net::new(&device.clone().autodiff()));
    let result = training(&model, folder.path(), train(&device.clone().autodiff()), &log)
        .metrics(ExactMetric::all())
        .metrics((AccuracyMetric::new(), LossMetric::new()))
        .metrics_text((ConfusionMetric::new(),))
        .num_epochs(2)
        .launch(Learner::new(model, SgdConfig::new().init(), ConstantLr::new(0.05)));
    assert_eq!(error(&result), None);
    let expected = report(&result.model);
    for (name, expected) in NAMES.into_iter().zip(values(&expected)) {
        assert_eq!(log.value("valid", 2, name), expected, "{name}");
        assert!(log.value("valid", 1, name).is_finite() && log.value("train", 2, name).is_finite());
    }
    assert!(log.value("valid", 1, NAMES[3]) != log.value("valid", 2, NAMES[3]));
    let confusion = log.last("valid", 2, "Confusion Matrix").unwrap();
    let rows: Vec<Vec<u64>> = serde_json::from_str(&confusion).unwrap();
    assert_eq!(rows, expected.confusion.rows());
    // The predictions of an epoch end with it.
    assert_eq!(rows.iter().flatten().sum::<u64>(), 50);
    // Burn's own metrics take the same outputs.
    assert!((log.value("valid", 2, "Accuracy") - 100.0 * expected.accuracy).abs() < 1e-9);
    assert!(log.value("train", 2, "Loss").is_finite());
}

/// Burn's strategy forks a model of a plain device without making it trainable.
#[test]
fn a_model_of_a_plain_device_trains_too() {
    let _alone = alone();
    let plain = Device::flex();
    let [a, b] = [plain.clone(), plain.clone().autodiff()].map(|device| {
        let (folder, log) = (tempfile::tempdir().unwrap(), Log::default());
        let model = Learnable::new(Net::new(&device));
        let result = training(&model, folder.path(), train(&plain), &log)
            .metrics(ExactMetric::all())
            .launch(Learner::new(model, SgdConfig::new().init(), ConstantLr::new(0.05)));
        assert_eq!(error(&result), None);
        crate::setup::bits(&result.model)
    });
    assert_eq!(a, b);
}

#[test]
fn labels_that_the_model_lacks_end_the_training_with_a_sentence() {
    let _alone = alone();
    let (device, folder, log) = (Device::flex(), tempfile::tempdir().unwrap(), Log::default());
    let model = Learnable::new(Line::new(&device.clone().autodiff()));
    let data = train(&device.clone().autodiff()).map(|mut batch| {
        batch.labels[0] = 11;
        batch
    });
    let before = crate::setup::bits(&model);
    let result = training(&model, folder.path(), data, &log)
        .metrics(ExactMetric::all())
        .num_epochs(3)
        .launch(Learner::new(model, SgdConfig::new().init(), ConstantLr::new(0.05)));
    assert_eq!(
        error(&result).unwrap(),
        "Dataset error: a training image has the label 11, expected one of the model's 10 classes \
         (0 to 9)"
    );
    assert_eq!(crate::setup::bits(&result.model), before);
}

/// Burn's strategy for several devices adds gradients: the sum must be that of one device.
#[test]
fn two_devices_train_as_one() {
    let _alone = alone();
    let device = Device::flex().autodiff();
    let weights = |devices: Vec<Device>| -> Vec<f32> {
        let (folder, log) = (tempfile::tempdir().unwrap(), Log::default());
        let model = Learnable::new(Line::new(&device));
        let strategy = ExecutionStrategy::multi(devices, MultiDeviceOptim::OptimMainDevice);
        let result = training(&model, folder.path(), train(&device), &log)
            .metrics(ExactMetric::all())
            .with_training_strategy(strategy.into())
            .num_epochs(2)
            .launch(Learner::new(model, SgdConfig::new().init(), ConstantLr::new(0.01)));
        assert_eq!(error(&result), None);
        assert_eq!(log.value("valid", 2, NAMES[3]), values(&report(&result.model))[3]);
        zunder_train::tensors(&result.model).unwrap().into_iter().flat_map(|t| t.values).collect()
    };
    let one = weights(vec![device.clone()]);
    let two = weights(vec![device.clone(), device.clone()]);
    let largest = one.iter().zip(&two).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest < 1e-5, "{largest}");
    let start = Line::new(&Device::flex());
    let start: Vec<f32> =
        zunder_train::tensors(&start).unwrap().into_iter().flat_map(|t| t.values).collect();
    let moved = one.iter().zip(&start).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(moved > 1e-3, "{moved}");
}
