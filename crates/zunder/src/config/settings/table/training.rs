//! Descriptions of the settings of training.

use super::{Setting, always, maybe};

/// The settings of `optimizer`, `gradients`, `schedule`, `early_stopping` and `on_nan`.
pub(super) const TRAINING: &[Setting] = &[
    // optimizer
    always(
        "optimizer.name",
        "Optimiser: sgd, nesterov, adagrad, rmsprop, adam, adamw or lion, each with its own \
         settings.",
    ),
    always("optimizer.lr", "Base learning rate, above 0. The command find-lr suggests one."),
    always(
        "optimizer.momentum",
        "Momentum mu of v := mu v + g, 0 <= mu < 1; 0 is plain gradient descent.",
    ),
    always("optimizer.rho", "Decay of the mean of squared gradients, 0 <= rho < 1."),
    always("optimizer.beta_1", "Decay of the mean of gradients, 0 <= b < 1."),
    always("optimizer.beta_2", "Decay of the second moment, 0 <= b < 1."),
    always("optimizer.epsilon", "Constant that prevents a division by zero, above 0."),
    always(
        "optimizer.weight_decay",
        "Decay of weight matrices, 0 or more: twice the nu of the penalty nu |w|^2 or, if \
         decoupled, the factor of the rate in the share that is subtracted.",
    ),
    always(
        "optimizer.decoupled",
        "Whether the decay is independent of the gradient: w -= rate * weight_decay * w instead of \
         a penalty.",
    ),
    always(
        "optimizer.decay_all",
        "Whether the decay also applies to biases and normalisation parameters.",
    ),
    // gradients
    maybe(
        "gradients.clip_value",
        "Limit on the absolute value of each element of a gradient, above 0.",
        "1.0",
        "none",
    ),
    maybe(
        "gradients.clip_tensor_norm",
        "Limit on the norm of each parameter's gradient, above 0.",
        "1.0",
        "none",
    ),
    maybe(
        "gradients.clip_norm",
        "Limit on the norm of all gradients together, above 0.",
        "1.0",
        "none",
    ),
    always("gradients.accumulate", "Batches whose mean gradient makes one update, 1 to 10000."),
    // schedule
    always(
        "schedule.name",
        "Schedule of the learning rate: constant, step, multi-step, plateau, linear, exponential, \
         cosine, cosine-restarts or one-cycle, each with its own settings.",
    ),
    always(
        "schedule.monitor",
        "Value on the validation images that is monitored: loss or accuracy.",
    ),
    always("schedule.factor", "Factor by which the rate is multiplied, 0 < f < 1."),
    always("schedule.every", "Epochs between two changes, 1 or more."),
    maybe(
        "schedule.milestones",
        "Epochs after which the rate changes, 1 or more, in ascending order.",
        "[15, 25]",
        "half and three quarters of the training",
    ),
    always(
        "schedule.patience",
        "Epochs without improvement after which the rate is reduced, 1 or more.",
    ),
    always("schedule.min_delta", "Smallest change that counts as an improvement, 0 or more."),
    always("schedule.cooldown", "Epochs after a reduction that are not counted."),
    always(
        "schedule.min_factor",
        "Lower limit of the rate as a multiple of the base rate, 0 to 1.",
    ),
    maybe(
        "schedule.gamma",
        "Decay of the rate per update, 0 < g <= 1; replaces end_factor.",
        "0.001",
        "the value that leads to end_factor",
    ),
    always("schedule.start_factor", "First rate as a multiple of the base rate, 0 to 1."),
    maybe(
        "schedule.end_factor",
        "Last rate as a multiple of the base rate, 0 to 1.",
        "0.1",
        "0.01",
    ),
    always("schedule.rise", "Share of the cycle in which the rate rises, 0 < r < 1."),
    maybe(
        "schedule.epochs",
        "Length in epochs, 1 or more; after it the rate is constant.",
        "30",
        "the whole training",
    ),
    always("schedule.growth", "Ratio of the lengths of successive cycles, 1 to 100."),
    always(
        "schedule.warmup_epochs",
        "Epochs over which the rate rises at the start, also fractions, 0 to 1000000.",
    ),
    always(
        "schedule.warmup_factor",
        "Factor of the rate in the first update of the warm-up, 0 to 1.",
    ),
    // early_stopping
    always(
        "early_stopping.monitor",
        "Value on the validation images that chooses the best epoch: accuracy or loss.",
    ),
    maybe(
        "early_stopping.patience",
        "Epochs without improvement after which training stops, 1 or more.",
        "10",
        "no early stopping",
    ),
    always(
        "early_stopping.min_delta",
        "Smallest change that counts as an improvement for the patience, 0 or more.",
    ),
    // on_nan
    always(
        "on_nan.name",
        "What to do if the loss is infinite or NaN: stop, or rollback (to the last finished epoch, \
         with half the rate).",
    ),
    always("on_nan.most", "Limit on the rollbacks of a training, 1 to 20; then it stops."),
];
