//! The flags of the model and its initial weights.

use std::path::PathBuf;

use clap::{Args, ValueHint};
use toml::Value;

use crate::settings::{Settings, whole};

/// The model and its initial weights.
#[derive(Args)]
#[command(next_help_heading = "Model")]
pub struct ModelArgs {
    /// A recipe: linear, mlp, quick, residual-mlp, best
    ///
    /// The base of the configuration, which a file, --set and flags override. quick takes half a
    /// minute on two cores; best, the most accurate recipe, some ten minutes [default: that of
    /// --model].
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Start from another run's weights [default: random]
    ///
    /// The weights of its best epoch, for the same model. The output layer is initialised anew if
    /// the classes differ.
    #[arg(long, value_name = "RUN", value_hint = ValueHint::DirPath)]
    from: Option<PathBuf>,
    /// linear, mlp or residual-mlp [default: mlp]
    ///
    /// The model, with the recipe that suits it.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Units of the mlp's hidden layers [default: 1024,512]
    #[arg(long, value_name = "N,N,...", value_delimiter = ',')]
    hidden: Vec<u64>,
    /// Units between the blocks of the residual-mlp [default: 512]
    #[arg(long, value_name = "N", hide_short_help = true)]
    width: Option<u64>,
    /// Number of blocks of the residual-mlp [default: 4]
    #[arg(long, value_name = "N", hide_short_help = true)]
    depth: Option<u64>,
    /// relu, gelu, swish, tanh, ... [default: relu]
    ///
    /// The activation function of hidden units: logistic, tanh, relu, leaky-relu, prelu, swish,
    /// gelu or identity.
    #[arg(long, value_name = "NAME")]
    activation: Option<String>,
    /// Dropout, 0 <= P < 1 [default: the recipe's]
    ///
    /// The probability of dropping a hidden unit of the mlp or the residual-mlp in training.
    #[arg(long, value_name = "P", allow_negative_numbers = true)]
    dropout: Option<f64>,
    /// Use batch normalisation in the mlp's hidden layers (default)
    #[arg(long, conflicts_with = "no_batch_norm", hide_short_help = true)]
    batch_norm: bool,
    /// Use no batch normalisation in the mlp's hidden layers
    #[arg(long)]
    no_batch_norm: bool,
    /// Initialisation of weights: zeros, normal, xavier, he or uniform
    ///
    /// [default: he or xavier, depending on the activation]
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    init: Option<String>,
    /// Precision of training: f32 or bf16 [default: f32]
    ///
    /// The precision of the matrix products of the hidden layers in training. With bf16 a training
    /// takes about half of the time on processors with AMX (Intel Xeon from 2023 on), and two
    /// thirds with AVX512-BF16 (AMD from Zen 4 on). Only the device flex has it.
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    precision: Option<String>,
}

impl ModelArgs {
    /// Adds the flags to the settings.
    pub fn lay(&self, settings: &mut Settings) {
        settings.text("--preset", "preset", self.preset.as_deref());
        settings.path("--from", "init_from", self.from.as_deref());
        settings.text("--model", "model.name", self.model.as_deref());
        let hidden = Value::Array(self.hidden.iter().map(|n| whole(*n)).collect());
        settings.set("--hidden", "model.hidden", Some(hidden).filter(|_| !self.hidden.is_empty()));
        settings.integer("--width", "model.width", self.width);
        settings.integer("--depth", "model.depth", self.depth);
        settings.text("--activation", "model.activation", self.activation.as_deref());
        settings.number("--dropout", "model.dropout", self.dropout);
        for (flag, given, on) in [
            ("--batch-norm", self.batch_norm, true),
            ("--no-batch-norm", self.no_batch_norm, false),
        ] {
            settings.set(flag, "model.batch_norm", given.then_some(Value::Boolean(on)));
        }
        settings.text("--init", "model.initializer", self.init.as_deref());
        settings.text("--precision", "model.precision", self.precision.as_deref());
    }
}
