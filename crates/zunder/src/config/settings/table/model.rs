//! Descriptions of the settings of models and losses.

use super::{Setting, always, maybe};

const INITIALIZERS: &str = "Initialisation of the weights: zeros, normal, xavier, he or uniform.";
const BIASES: &str = "Initialisation of the biases: zeros, normal, xavier, he or uniform.";

/// The settings of `model` and `loss`.
pub(super) const MODEL: &[Setting] = &[
    // model
    always("model.name", "Model: linear, mlp or residual-mlp, each with its own settings."),
    always("model.hidden", "Units of the hidden layers, first to last."),
    always("model.width", "Output units of the embedding and of each residual block, 1 to 65536."),
    always("model.depth", "Number of residual blocks, 1 to 1000."),
    always("model.expansion", "Hidden units of a block per unit of the width, 1 to 64."),
    always(
        "model.norm",
        "Normalisation before each block and before the output layer: layer or batch.",
    ),
    always(
        "model.stochastic_depth",
        "Probability that training skips the last block, 0 <= p < 1; lower for earlier blocks.",
    ),
    always(
        "model.activation",
        "Activation function of hidden units: logistic, tanh, relu, leaky-relu, prelu, swish, gelu \
         or identity.",
    ),
    always("model.batch_norm", "Whether hidden layers use batch normalisation."),
    always("model.dropout", "Probability that training drops a hidden unit, 0 <= p < 1."),
    maybe(
        "model.initializer",
        INITIALIZERS,
        "\"he\"",
        "depends on the activation; xavier in the output layer",
    ),
    maybe("model.bias_initializer", BIASES, "\"normal\"", "zeros"),
    maybe(
        "model.hidden_bias",
        "Whether hidden layers have a bias.",
        "true",
        "true without batch normalisation, false with it",
    ),
    // loss
    always(
        "loss.name",
        "Loss function: cross-entropy, hinge, squared-hinge or squared-error; for two classes also \
         binary-hinge or logistic.",
    ),
    always(
        "loss.label_smoothing",
        "Share of each target that is spread evenly over all classes, 0 <= e < 1.",
    ),
    always(
        "loss.class_weights",
        "Weights of the classes: none, balanced (higher for rare classes), or a list with one \
         number per class, 0.000001 to 1000000.",
    ),
];
