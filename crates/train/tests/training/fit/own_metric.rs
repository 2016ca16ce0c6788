//! A metric of the caller selects the best epoch.

use zunder_train::{
    EarlyStoppingConfig, Evaluation, FitConfig, Fitted, Metric, Monitor, TrainError,
};

use super::setup::{Largest, NEVER, Net, Watch, bits, config, watched};

/// The negative loss: the same order as [`Monitor::Loss`].
struct NegativeLoss;

impl Metric for NegativeLoss {
    fn value(&self, of: &Evaluation) -> f64 {
        -of.loss
    }
}

/// The loss itself, so that the worst epoch is the best one.
struct Reversed;

impl Metric for Reversed {
    fn value(&self, of: &Evaluation) -> f64 {
        of.loss
    }
}

fn with(
    metric: Option<&'static dyn Metric>,
    config: &FitConfig,
) -> Result<Fitted<Net>, TrainError> {
    let mut watch = Watch { metric, ..Watch::new(NEVER) };
    watched(Net::new(), &Largest::default(), config, None, &mut watch)
}

#[test]
fn the_metric_selects_the_best_epoch() {
    for ema in [0.0, 0.9] {
        let config = FitConfig { ema, ..config(6) };
        let monitor = EarlyStoppingConfig { monitor: Monitor::Loss, ..Default::default() };
        let by_loss = with(None, &FitConfig { early_stopping: monitor, ..config.clone() }).unwrap();
        let same = with(Some(&NegativeLoss), &config).unwrap();
        assert_eq!((same.best_epoch, same.averaged), (by_loss.best_epoch, by_loss.averaged));
        assert_eq!(bits(&same.model), bits(&by_loss.model));
        for record in &same.records {
            assert_eq!(record.metric, Some(-record.validation_loss));
            let average = record.ema_metric.unwrap();
            assert!(record.ema_loss.map_or(average.is_nan(), |loss| average == -loss));
        }
        // The control: the reversed order selects another epoch.
        let reversed = with(Some(&Reversed), &config).unwrap();
        assert_ne!(reversed.best_epoch, by_loss.best_epoch);
        assert!(by_loss.records.iter().all(|record| record.metric.is_none()));
    }
}

#[test]
fn a_resumed_training_keeps_its_metric() {
    let trained = |folder: &std::path::Path, stop, metric: Option<&'static dyn Metric>| {
        let mut watch = Watch { metric, ..Watch::new(stop) };
        watched(Net::new(), &Largest::default(), &config(4), Some(folder), &mut watch)
    };
    let (whole, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let expected = trained(whole.path(), NEVER, Some(&Reversed)).unwrap();
    trained(folder.path(), (3, 4), Some(&Reversed)).unwrap();
    let error = trained(folder.path(), NEVER, None).unwrap_err().to_string();
    assert!(error.starts_with("the metric is none, expected the same as"), "{error}");
    let resumed = trained(folder.path(), NEVER, Some(&Reversed)).unwrap();
    assert_eq!(resumed.best_epoch, expected.best_epoch);
    assert_eq!(bits(&resumed.model), bits(&expected.model));
    let metrics = |fitted: &Fitted<Net>| -> Vec<Option<f64>> {
        fitted.records.iter().map(|record| record.metric).collect()
    };
    assert_eq!(metrics(&resumed), metrics(&expected));
}
