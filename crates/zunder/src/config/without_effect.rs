//! Finds settings that are valid but have no effect, to report them before the first step.

use zunder_train::{LassoConfig, OptimizerConfig, ScheduleKind};

use crate::{ModelKind, RunConfig};

/// The size of a run, with which settings are compared.
pub(crate) struct Extent {
    /// Number of images of the training part.
    pub images: usize,
    /// Number of batches in an epoch.
    pub batches: usize,
    /// Number of updates in an epoch.
    pub updates: usize,
}

/// Returns a sentence for each such setting, with its value and the limit of the run.
pub(crate) fn remarks(config: &RunConfig, extent: &Extent) -> Vec<String> {
    let parts = [
        data(config, extent),
        stopping(config),
        average(config, extent),
        warmup(config),
        schedule(config),
        precision(config),
        first_layer(config),
    ];
    parts.into_iter().flatten().collect()
}

/// Finds a lower precision that this processor computes no faster.
fn precision(config: &RunConfig) -> Vec<String> {
    let precision = config.model.precision();
    let slow = (!precision.is_fast()).then(|| {
        let name = precision.name();
        format!(
            "model.precision is {name}, which this processor computes no faster than f32: it has \
             no instructions for it"
        )
    });
    slow.into_iter().collect()
}

/// Finds settings of a penalty that is off, a penalty whose threshold is above the steps of an
/// optimiser that divides gradients by their size, and windows of a model without hidden units.
fn first_layer(config: &RunConfig) -> Vec<String> {
    let (lasso, window) = (&config.lasso, config.init_window);
    let is_set = lasso.is_off() && *lasso != LassoConfig::default();
    let unused =
        is_set.then(|| "lasso.l1 is 0: lasso.beta and lasso.layers have no effect".to_owned());
    let (optimizer, threshold) = (&config.optimizer, lasso.threshold());
    let has_steps_of_its_rate =
        !matches!(optimizer, OptimizerConfig::Sgd(_) | OptimizerConfig::Nesterov(_));
    let stuck = (has_steps_of_its_rate && threshold > optimizer.lr()).then(|| {
        format!(
            "lasso.beta * lasso.l1 is {threshold:e}, above the steps of {} at rate {:e}: weights \
             that are 0 stay 0",
            optimizer.name(),
            optimizer.lr()
        )
    });
    let alone = (window < 1.0 && config.model.kind() == ModelKind::Linear).then(|| {
        format!("init_window is {window} with the linear classifier, which has no hidden units")
    });
    [unused, stuck, alone].into_iter().flatten().collect()
}

/// Finds batch sizes and accumulations beyond the number of images.
fn data(config: &RunConfig, extent: &Extent) -> Vec<String> {
    let Extent { images, batches, .. } = *extent;
    let mut told = Vec::new();
    // "all" is stored as the largest number.
    if config.batch_size > images && config.batch_size < ALL {
        let got = config.batch_size;
        told.push(format!(
            "batch_size is {got}, and the training part has {images} images: each \
            step takes all of them"
        ));
    }
    let accumulate = config.gradients.accumulate;
    if accumulate > batches {
        told.push(format!(
            "gradients.accumulate is {accumulate}, and an epoch has {}: it makes one update",
            plural(batches, "batch")
        ));
    }
    told
}

/// Finds a patience that a training of this length cannot exhaust.
fn stopping(config: &RunConfig) -> Vec<String> {
    let (stopping, epochs) = (&config.early_stopping, config.epochs);
    let long = stopping.patience.filter(|patience| *patience >= epochs).map(|patience| {
        format!(
            "early_stopping.patience is {patience}, and the run has {}: it never stops early",
            plural(epochs, "epoch")
        )
    });
    let alone = (stopping.patience.is_none() && stopping.min_delta > 0.0).then(|| {
        let got = stopping.min_delta;
        format!(
            "early_stopping.min_delta is {got} without early_stopping.patience: it has no effect"
        )
    });
    long.into_iter().chain(alone).collect()
}

/// Finds a moving average whose decay the run does not reach: after t updates the effective decay
/// is at most (1 + t) / (10 + t).
fn average(config: &RunConfig, extent: &Extent) -> Vec<String> {
    let (decay, updates) = (config.ema, extent.updates.saturating_mul(config.epochs));
    let reached = (1.0 + updates as f64) / (10.0 + updates as f64);
    if decay <= reached {
        return Vec::new();
    }
    // Subtracts a little, so that a quotient such as 80 is not rounded up to 81.
    let needed = ((10.0 * decay - 1.0) / (1.0 - decay) * (1.0 - 1e-9)).ceil();
    vec![format!(
        "ema is {decay}, which takes {needed} updates to reach, and the run has {updates}: its \
         decay ends at {reached:.4}"
    )]
}

/// Finds a warm-up that leaves no epoch at the full rate.
fn warmup(config: &RunConfig) -> Vec<String> {
    let (warmup, epochs) = (config.schedule.warmup_epochs, config.epochs);
    if warmup < epochs as f64 {
        return Vec::new();
    }
    let (length, lr) = (plural(epochs, "epoch"), config.optimizer.lr());
    vec![format!(
        "schedule.warmup_epochs is {warmup}, and the run has {length}: the rate rises to the end \
         and never reaches {lr}"
    )]
}

/// Finds changes of the rate that come after the last epoch.
fn schedule(config: &RunConfig) -> Vec<String> {
    let (epochs, length) = (config.epochs, plural(config.epochs, "epoch"));
    let never = |setting: &str, got: &dyn std::fmt::Display, effect: &str| {
        vec![format!("schedule.{setting} is {got}, and the run has {length}: {effect}")]
    };
    match &config.schedule.kind {
        ScheduleKind::Step(step) if step.every >= epochs => {
            never("every", &step.every, "the rate never falls")
        }
        ScheduleKind::MultiStep(steps) => {
            let Some(milestones) = &steps.milestones else { return Vec::new() };
            let late: Vec<String> =
                milestones.iter().filter(|at| **at >= epochs).map(usize::to_string).collect();
            let effect = if late.len() == milestones.len() {
                "the rate never falls"
            } else {
                "the rate does not fall there"
            };
            if late.is_empty() { Vec::new() } else { never("milestones", &late.join(", "), effect) }
        }
        ScheduleKind::Plateau(plateau) if plateau.patience >= epochs => {
            never("patience", &plateau.patience, "the rate never falls")
        }
        ScheduleKind::CosineRestarts(cycle) if cycle.epochs >= epochs => {
            never("epochs", &cycle.epochs, "the rate never restarts")
        }
        ScheduleKind::Cosine(zunder_train::CosineConfig { epochs: Some(end), .. })
        | ScheduleKind::Linear(zunder_train::LinearConfig { epochs: Some(end), .. })
            if *end > epochs =>
        {
            never("epochs", end, "the rate does not reach its end")
        }
        ScheduleKind::OneCycle(cycle) => match cycle.epochs {
            Some(end) if end > epochs => never("epochs", &end, "the rate does not reach its end"),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The number that `batch_size = "all"` is stored as.
pub(crate) const ALL: usize = i64::MAX as usize;

fn plural(n: usize, what: &str) -> String {
    let ending = match (n, what.ends_with("ch")) {
        (1, _) => "",
        (_, true) if what == "batch" => "es",
        _ => "s",
    };
    format!("{n} {what}{ending}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::parse_setting;
    use zunder_models::Precision;

    const EXTENT: Extent = Extent { images: 60, batches: 2, updates: 2 };

    fn told(settings: &[&str]) -> Vec<String> {
        let base = ["epochs=5", "batch_size=30"];
        let settings: Vec<_> =
            base.iter().chain(settings).map(|setting| parse_setting(setting).unwrap()).collect();
        remarks(&RunConfig::from_layers(None, &settings).unwrap(), &EXTENT)
    }

    #[test]
    fn each_setting_that_can_do_nothing_is_told() {
        for (settings, expected) in [
            (
                &["batch_size=61"][..],
                "batch_size is 61, and the training part has 60 images: each step takes all of \
                 them",
            ),
            (
                &["gradients.accumulate=3"],
                "gradients.accumulate is 3, and an epoch has 2 batches: it makes one update",
            ),
            (
                &["early_stopping.patience=5"],
                "early_stopping.patience is 5, and the run has 5 epochs: it never stops early",
            ),
            (
                &["early_stopping.min_delta=0.1"],
                "early_stopping.min_delta is 0.1 without early_stopping.patience",
            ),
            (
                &["ema=0.9"],
                "ema is 0.9, which takes 80 updates to reach, and the run has 10: its decay ends \
                 at 0.5500",
            ),
            (
                &["lasso.l1=0", "lasso.beta=20"],
                "lasso.l1 is 0: lasso.beta and lasso.layers have no effect",
            ),
            (
                &["schedule.warmup_epochs=5"],
                "schedule.warmup_epochs is 5, and the run has 5 epochs: the rate rises to the end",
            ),
            (
                &["schedule=step"],
                "schedule.every is 10, and the run has 5 epochs: the rate never falls",
            ),
            (
                &["schedule=multi-step", "schedule.milestones=[5,9]"],
                "schedule.milestones is 5, 9, and the run has 5 epochs: the rate never",
            ),
            (
                &["schedule=multi-step", "schedule.milestones=[2,9]"],
                "schedule.milestones is 9, and the run has 5 epochs: the rate does not",
            ),
            (
                &["schedule=plateau", "schedule.patience=6"],
                "schedule.patience is 6, and the run has 5 epochs: the rate never falls",
            ),
            (
                &["schedule=cosine-restarts"],
                "schedule.epochs is 10, and the run has 5 epochs: the rate never restarts",
            ),
            (
                &["schedule=linear", "schedule.epochs=6"],
                "schedule.epochs is 6, and the run has 5 epochs: the rate does not reach",
            ),
            (
                &["schedule=one-cycle", "schedule.epochs=6"],
                "schedule.epochs is 6, and the run has 5 epochs: the rate does not reach",
            ),
        ] {
            let told = told(settings);
            assert!(told.len() == 1 && told[0].contains(expected), "{settings:?}: {told:?}");
        }
        for fine in [
            &["batch_size=60", "gradients.accumulate=2"][..],
            &["early_stopping.patience=4", "early_stopping.min_delta=0.1", "ema=0.5"],
            &["batch_size=all", "schedule.warmup_epochs=4.5"],
            &["lasso.l1=1e-5", "lasso.beta=20", "lasso.layers=2"],
            &["optimizer=adam"],
            &["optimizer=adam", "lasso.l1=1e-5"],
            &["schedule=multi-step"],
            &["schedule=multi-step", "schedule.milestones=[4]"],
        ] {
            assert_eq!(told(fine), Vec::<String>::new(), "{fine:?}");
        }
    }

    /// Whether a processor computes bfloat16 faster depends on the machine.
    #[test]
    fn a_precision_that_is_no_faster_is_found() {
        let told = told(&["model.precision=bf16"]);
        if Precision::Bf16.is_fast() {
            assert_eq!(told, Vec::<String>::new());
        } else {
            assert_eq!(told.len(), 1);
            assert!(told[0].starts_with("model.precision is bf16, which this processor"));
        }
    }

    proptest! {
        /// Compares with the rates of a run without the schedule: only if they are equal has it no
        /// effect.
        #[test]
        fn a_schedule_without_effect_keeps_the_rates(every in 1_usize..12, epochs in 1_usize..12) {
            let settings = [
                format!("epochs={epochs}"),
                "schedule=step".to_owned(),
                format!("schedule.every={every}"),
            ];
            let settings: Vec<_> =
                settings.iter().map(|setting| parse_setting(setting).unwrap()).collect();
            let config = RunConfig::from_layers(None, &settings).unwrap();
            let rates = config.schedule.learning_rate(1.0, 3, epochs);
            let constant = (0..3 * epochs).all(|update| rates.at(update) == 1.0);
            prop_assert_eq!(schedule(&config).is_empty(), !constant);
        }
    }
}
