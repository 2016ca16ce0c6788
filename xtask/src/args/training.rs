//! The flags of the training: loss, optimiser, schedule and length.

use clap::{Args, value_parser};
use toml::Value;

use crate::settings::Settings;

/// The loss, the optimiser, the schedule and the length of a training.
#[derive(Args)]
#[command(next_help_heading = "Training")]
pub struct TrainingArgs {
    /// Passes over the images [default: the recipe's]
    #[arg(long, value_name = "N")]
    epochs: Option<u64>,
    /// Stop N epochs after the best one [default: never]
    ///
    /// Early stopping: stop after N epochs without a better validation accuracy, or without a lower
    /// validation loss with `--set early_stopping.monitor=loss`. 1 or more.
    #[arg(long, value_name = "N")]
    patience: Option<u64>,
    /// Images per step, or all [default: the recipe's]
    #[arg(long, value_name = "N")]
    batch_size: Option<String>,
    /// Updates per epoch [default: one pass over the training images]
    #[arg(long, value_name = "N", hide_short_help = true)]
    steps_per_epoch: Option<u64>,
    /// cross-entropy, hinge, ... [default: cross-entropy]
    ///
    /// The loss function: cross-entropy, hinge, squared-hinge or squared-error; binary-hinge or
    /// logistic for two classes.
    #[arg(long, value_name = "NAME")]
    loss: Option<String>,
    /// Label smoothing, 0 <= E < 1 [default: the recipe's]
    ///
    /// The share of the target that is spread over all classes; for cross-entropy only. The default
    /// is 0.1 for --preset mlp and best, otherwise 0.
    #[arg(long, value_name = "E", allow_negative_numbers = true)]
    label_smoothing: Option<f64>,
    /// Weights of the classes in the loss [default: none]
    ///
    /// none, balanced (rare classes weigh more), or one number per class.
    #[arg(long, value_name = "WEIGHTS", hide_short_help = true)]
    class_weights: Option<String>,
    /// sgd, nesterov, adam, adamw, ... [default: sgd]
    ///
    /// The optimiser: sgd (with momentum), nesterov, adagrad, rmsprop, adam, adamw or lion.
    #[arg(long, value_name = "NAME")]
    optimizer: Option<String>,
    /// Learning rate; see find-lr [default: the recipe's]
    ///
    /// `find-lr` suggests one. For another optimizer than the recipe's, the default is that of the
    /// optimizer.
    #[arg(long, value_name = "RATE", allow_negative_numbers = true)]
    lr: Option<f64>,
    /// Momentum of sgd/nesterov, 0 <= M < 1 [default: 0.9]
    ///
    /// mu in v := mu v + g; 0 is plain gradient descent.
    #[arg(long, value_name = "M", allow_negative_numbers = true)]
    momentum: Option<f64>,
    /// Decay of weight matrices [default: the recipe's]
    ///
    /// 0 or more; biases and norms do not decay. 5e-4 for the mlp, 5e-3 for linear. For another
    /// optimizer than the recipe's, the default is that of the optimizer.
    #[arg(long, value_name = "D", allow_negative_numbers = true)]
    weight_decay: Option<f64>,
    /// L1 penalty on the first layer's weights [default: the recipe's]
    ///
    /// 0 or more; sets most of these weights to 0 (beta-LASSO), so that units see small patches of
    /// the image. The recipes' strength suits SGD; another optimizer has none unless it is set. The
    /// settings lasso.beta and lasso.layers belong to it.
    #[arg(long, value_name = "LAMBDA", allow_negative_numbers = true, hide_short_help = true)]
    l1: Option<f64>,
    /// Clip the norm of the gradient of all parameters [default: no limit]
    #[arg(long, value_name = "LENGTH", allow_negative_numbers = true, hide_short_help = true)]
    clip_norm: Option<f64>,
    /// Batches whose gradients are averaged for one update [default: 1]
    #[arg(long, value_name = "N", hide_short_help = true)]
    accumulate: Option<u64>,
    /// Keep a moving average of the weights, with this decay [default: the recipe's]
    ///
    /// Such as 0.999, 0 <= d < 1. After each epoch the weights or their average count, whichever is
    /// better on the validation images.
    #[arg(long, value_name = "DECAY", allow_negative_numbers = true, hide_short_help = true)]
    ema: Option<f64>,
    /// Test-time augmentation: none, mirror, shifts, cross [default: the recipe's]
    ///
    /// The mean score of several views in test and prediction. mirror: the image and its mirror
    /// image; shifts-2: all shifts of up to 2 pixels, mirrored too, which takes 50 times as long;
    /// cross-1: 5 shifts, mirrored too. With -no-mirror behind the last two there are no mirror
    /// images, for digits.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    tta: Option<String>,
    /// Average pooling of the images by blocks of N x N pixels [default: the recipe's]
    ///
    /// The network sees the mean of each block, so its first layer has 1 / N² of the weights. N
    /// divides height and width.
    #[arg(long, value_name = "N", hide_short_help = true)]
    pool: Option<u64>,
    /// Start the first layer's weights in random windows of the image [default: the recipe's]
    ///
    /// The side of each unit's window, as a share of height and width; the weights outside start at
    /// 0. 1 is the whole image. With --l1 most weights outside stay at 0.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true, hide_short_help = true)]
    init_window: Option<f64>,
    /// Reaction to a loss that is NaN or infinite: stop or rollback [default: stop]
    ///
    /// rollback returns to the last finished epoch with half the learning rate, up to three times.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    on_nan: Option<String>,
    /// constant, step, cosine, ... [default: cosine]
    ///
    /// The learning-rate schedule: constant, step, multi-step, plateau, linear, exponential,
    /// cosine, cosine-restarts or one-cycle.
    #[arg(long, value_name = "NAME")]
    schedule: Option<String>,
    /// Seed of all random numbers [default: 1]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(..=i64::MAX as u64))]
    seed: Option<u64>,
}

impl TrainingArgs {
    /// Adds the flags to the settings.
    pub fn lay(&self, settings: &mut Settings) {
        settings.integer("--epochs", "epochs", self.epochs);
        settings.integer("--patience", "early_stopping.patience", self.patience);
        let batch_size = self.batch_size.as_deref().map(number_or_word);
        settings.set("--batch-size", "batch_size", batch_size);
        settings.integer("--steps-per-epoch", "steps_per_epoch", self.steps_per_epoch);
        settings.text("--loss", "loss.name", self.loss.as_deref());
        settings.number("--label-smoothing", "loss.label_smoothing", self.label_smoothing);
        let weights = self.class_weights.as_deref().map(class_weights);
        settings.set("--class-weights", "loss.class_weights", weights);
        settings.text("--optimizer", "optimizer.name", self.optimizer.as_deref());
        settings.number("--lr", "optimizer.lr", self.lr);
        settings.number("--momentum", "optimizer.momentum", self.momentum);
        settings.number("--weight-decay", "optimizer.weight_decay", self.weight_decay);
        settings.number("--l1", "lasso.l1", self.l1);
        settings.number("--clip-norm", "gradients.clip_norm", self.clip_norm);
        settings.integer("--accumulate", "gradients.accumulate", self.accumulate);
        settings.number("--ema", "ema", self.ema);
        settings.text("--tta", "tta", self.tta.as_deref());
        settings.integer("--pool", "pool", self.pool);
        settings.number("--init-window", "init_window", self.init_window);
        settings.text("--on-nan", "on_nan.name", self.on_nan.as_deref());
        settings.text("--schedule", "schedule.name", self.schedule.as_deref());
        settings.integer("--seed", "seed", self.seed);
    }
}

/// Parses a whole number. Anything else is left to the check of the configuration.
fn number_or_word(text: &str) -> Value {
    text.parse().map_or_else(|_| Value::String(text.to_owned()), Value::Integer)
}

/// Parses numbers as a list. Anything else is a name, or left to the check of the configuration.
fn class_weights(text: &str) -> Value {
    let number = |number: &str| number.trim().parse().ok().map(Value::Float);
    let numbers: Option<Vec<Value>> = text.split(',').map(number).collect();
    numbers.map_or_else(|| Value::String(text.to_owned()), Value::Array)
}
