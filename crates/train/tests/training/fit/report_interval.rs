//! Losses that are read after several steps, as on a device that computes on its own.

use zunder_train::{
    FitConfig, Fitted, GradientsConfig, Loss, NamedTensor, OnNan, OptimizerConfig, Outcome,
    RollbackConfig, ScheduleKind, SgdConfig, StepReport, TrainError, named_tensors,
};

use super::setup::{Largest, NEVER, Net, Plain, Watch, config, watched, without_times};

const INTERVALS: [usize; 4] = [1, 3, 8, 100];

fn watch(interval: usize, stop: (usize, usize)) -> Watch {
    let mut watch = Watch::new(stop);
    watch.interval = interval;
    watch
}

fn tensors(fitted: &Fitted<impl burn::module::Module>) -> Vec<NamedTensor> {
    named_tensors(&fitted.model).unwrap()
}

/// What a report says, to the bit.
fn figures(reports: &[StepReport]) -> Vec<[u64; 7]> {
    let of = |r: &StepReport| {
        let [loss, batch, accuracy, rate] =
            [r.loss, r.batch_loss, r.accuracy, r.learning_rate].map(f64::to_bits);
        [r.epoch as u64, r.step as u64, r.images as u64, loss, batch, accuracy, rate]
    };
    reports.iter().map(of).collect()
}

#[test]
fn the_interval_changes_no_bit() {
    let gradients = GradientsConfig { accumulate: 3, ..GradientsConfig::default() };
    let config = FitConfig { gradients, ..config(3) };
    let run = |interval| {
        let mut watch = watch(interval, NEVER);
        let fitted = watched(Net::new(), &Largest::default(), &config, None, &mut watch).unwrap();
        (tensors(&fitted), without_times(&fitted.records), figures(&watch.reports))
    };
    let expected = run(1);
    assert_eq!(expected.2.len(), 3 * 8);
    for interval in INTERVALS {
        assert_eq!(run(interval), expected, "{interval}");
    }
}

#[test]
fn no_step_is_reported_after_a_stop() {
    for interval in INTERVALS {
        let mut watch = watch(interval, (2, 5));
        let fitted =
            watched(Net::new(), &Largest::default(), &config(3), None, &mut watch).unwrap();
        assert_eq!((fitted.outcome, fitted.records.len()), (Outcome::Interrupted, 1));
        let last = watch.reports.last().unwrap();
        assert_eq!((last.epoch, last.step), (2, 5), "{interval}");
    }
}

/// A rate at which the squared error of a linear layer grows without end.
fn diverging(on_nan: OnNan, lr: f64) -> FitConfig {
    let optimizer = OptimizerConfig::Sgd(SgdConfig { lr, momentum: 0.0, ..SgdConfig::default() });
    let schedule = ScheduleKind::Constant {}.into();
    FitConfig { loss: Loss::SquaredError {}, optimizer, schedule, on_nan, ..config(2) }
}

/// The step, the rate and the gradients of the update before are those of the loop that reads each
/// loss at once.
#[test]
fn a_diverging_loss_is_found_with_its_step_in_its_epoch() {
    let train = Largest { batches: 200, ..Largest::default() };
    let message = |interval| {
        let config = diverging(OnNan::Stop {}, 3.0);
        let error =
            watched(Plain::new(), &train, &config, None, &mut watch(interval, NEVER)).unwrap_err();
        let TrainError::Diverged(divergence) = error else { panic!("{error}") };
        assert_eq!((divergence.epoch, divergence.gradients.is_empty()), (1, false));
        divergence.to_string()
    };
    let expected = message(1);
    for interval in INTERVALS {
        assert_eq!(message(interval), expected, "{interval}");
    }
}

#[test]
fn a_rollback_forgets_what_came_after_the_diverging_step() {
    let train = Largest { batches: 200, ..Largest::default() };
    let run = |interval| {
        let config = diverging(OnNan::Rollback(RollbackConfig::default()), 1.6);
        let mut watch = watch(interval, NEVER);
        let fitted = watched(Plain::new(), &train, &config, None, &mut watch).unwrap();
        assert_eq!((fitted.rollbacks, watch.rollbacks.len()), (1, 1), "{interval}");
        (tensors(&fitted), without_times(&fitted.records), figures(&watch.reports))
    };
    let expected = run(1);
    for interval in INTERVALS {
        assert_eq!(run(interval), expected, "{interval}");
    }
}
