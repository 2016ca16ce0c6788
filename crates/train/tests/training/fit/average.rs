//! Tests of the moving average of the weights, which is validated and kept where it is better.

use burn::tensor::Device;
use zunder_train::{
    EarlyStoppingConfig, FitConfig, Interrupt, Monitor, OptimizerConfig, SgdConfig, evaluate,
};

use super::setup::{Largest, NEVER, VALIDATION, config, run};

#[test]
fn the_better_one_of_weights_and_average_is_kept() {
    let mut seen = [false; 2];
    for (ema, lr) in [(0.5, 0.01), (0.9, 0.2), (0.9, 3.0), (0.99, 3.0)] {
        let optimizer = OptimizerConfig::Sgd(SgdConfig { lr, ..SgdConfig::default() });
        let early_stopping =
            EarlyStoppingConfig { monitor: Monitor::Loss, ..EarlyStoppingConfig::default() };
        let config = FitConfig { optimizer, ema, early_stopping, ..config(6) };
        let folder = tempfile::tempdir().unwrap();
        let fitted = run(Largest::default(), &config, Some(folder.path()), NEVER).unwrap();
        let losses = fitted.records.iter().map(|r| (r.validation_loss, r.ema_loss.unwrap()));
        let lowest =
            losses.clone().map(|(raw, average)| raw.min(average)).fold(f64::INFINITY, f64::min);
        let best = losses.clone().position(|(raw, average)| raw.min(average) == lowest).unwrap();
        assert_eq!(fitted.best_epoch, Some(best + 1));
        let record = &fitted.records[best];
        assert_eq!(fitted.averaged, record.ema_loss.unwrap() < record.validation_loss);
        // The returned model is the average, including the running averages of batch normalisation.
        let again =
            evaluate(&fitted.model, &VALIDATION, &config.loss, &Device::flex(), &Interrupt::new())
                .unwrap()
                .unwrap();
        assert_eq!(
            (again.loss, again.accuracy),
            if fitted.averaged {
                (lowest, record.ema_accuracy.unwrap())
            } else {
                (lowest, record.validation_accuracy)
            }
        );
        let (_, note) =
            zunder_train::load_weights(&folder.path().join("best.safetensors"), super::Net::new())
                .unwrap();
        assert_eq!(
            note,
            format!("epoch {}{}", best + 1, if fitted.averaged { ", moving average" } else { "" })
        );
        seen[usize::from(fitted.averaged)] = true;
    }
    assert_eq!(seen, [true; 2], "both have been better");
}

/// The training itself does not change.
#[test]
fn the_average_changes_no_weight() {
    let losses = |ema| {
        let fitted = run(Largest::default(), &FitConfig { ema, ..config(3) }, None, NEVER).unwrap();
        fitted.records.iter().map(|r| (r.train_loss, r.validation_loss)).collect::<Vec<_>>()
    };
    assert_eq!(losses(0.0), losses(0.9));
}
