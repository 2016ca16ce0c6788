//! The descriptions of all settings, as shown in a configuration file. Defaults are taken from the
//! code.

/// A setting, identified by its path in a configuration.
pub(crate) struct Setting {
    pub path: &'static str,
    /// Meaning, unit and range.
    pub about: &'static str,
    /// For an optional setting: an example value in TOML, and the default if it is unset.
    pub unset: Option<(&'static str, &'static str)>,
}

const fn always(path: &'static str, about: &'static str) -> Setting {
    Setting { path, about, unset: None }
}

const fn maybe(
    path: &'static str,
    about: &'static str,
    example: &'static str,
    default: &'static str,
) -> Setting {
    Setting { path, about, unset: Some((example, default)) }
}

const INITIALIZERS: &str = "How the weights are drawn: zeros, normal, xavier, he or uniform.";
const BIASES: &str = "How the biases are drawn: zeros, normal, xavier, he or uniform.";
const HOW_OFTEN: &str = "How often, 0 to 1.";

/// All settings, in the order of a file. A setting that several models, optimizers or schedules
/// share is listed once.
pub(crate) const SETTINGS: &[Setting] = &[
    always("seed", "Names all random draws, 0 to 9223372036854775807."),
    always("epochs", "Passes over the training images, 1 to 1000000."),
    always("batch_size", "Images in a training step, 2 or more, or \"all\"."),
    maybe(
        "steps_per_epoch",
        "Updates of an epoch, 1 to 1000000.",
        "500",
        "one pass over the training images",
    ),
    always(
        "ema",
        "Decay of a moving average of the weights, 0 <= d < 1, such as 0.999; 0 is none. The \
         better of weights and average counts.",
    ),
    always(
        "tta",
        "Test-time augmentation: none, or mirror (the mean score of an image and its mirror image, \
         for twice the time).",
    ),
    always(
        "device",
        "Where to compute, such as flex, wgpu or cuda:1; the command devices lists them.",
    ),
    always(
        "threads",
        "Threads of the matrix products, 0 (one a processor) to 256. Results do not depend on it.",
    ),
    maybe(
        "init_from",
        "A run's folder whose best epoch's weights are the first ones; with other classes the \
         output layer is drawn at random all the same.",
        "\"runs/cifar10-mlp-1\"",
        "random weights",
    ),
    maybe(
        "init_sha256",
        "SHA-256 of those weights; a run writes it down, and others are refused from then on.",
        "\"0123abcd\"",
        "any",
    ),
    // data
    always(
        "data.dataset",
        "auto (CIFAR-10 if it is there, else shapes), cifar10, cifar100, cifar100-coarse, mnist, \
         fashion-mnist, kmnist, folder, records or shapes.",
    ),
    always(
        "data.dir",
        "Where data sets lie: a data set's own folder, or the one above it; for folder and records \
         the folder of images.",
    ),
    maybe(
        "data.storage",
        "Where pixels stay: memory, or mapped (in their files, for a set larger than memory).",
        "\"mapped\"",
        "memory",
    ),
    maybe(
        "data.classes",
        "Only these classes, in this order; two make a binary task.",
        "[\"cat\", \"dog\"]",
        "all",
    ),
    maybe("data.positive", "Which of two classes is the positive one.", "\"dog\"", "the second"),
    maybe(
        "data.groups",
        "CSV file with the columns image and group; all images of a group, such as one patient's, \
         stay on one side of every split.",
        "\"groups.csv\"",
        "none",
    ),
    always(
        "data.validation",
        "Share of the official training images that is held out for validation, above 0 and below \
         1.",
    ),
    maybe(
        "data.folds",
        "Folds of a cross-validation, 2 or more; in place of data.validation.",
        "5",
        "none",
    ),
    maybe(
        "data.fold",
        "Which fold is held out, 1 to data.folds; a cross-validation sets it.",
        "1",
        "none",
    ),
    maybe(
        "data.sampling",
        "Which training images an epoch takes: shuffled (each once), replacement, balanced \
         (classes equally often), balanced-replacement or sequential.",
        "\"balanced\"",
        "shuffled",
    ),
    maybe(
        "data.shuffle_block",
        "Neighbours that stay close when images are shuffled, 1 or more; 64 suits mapped files.",
        "64",
        "1",
    ),
    maybe(
        "data.drop_last",
        "Whether the images left after the last whole batch wait for the next epoch; with false \
         they make a smaller batch.",
        "false",
        "true",
    ),
    maybe(
        "data.limit",
        "Use only this many training images, 2 or more, spread evenly over the classes.",
        "5000",
        "all",
    ),
    maybe(
        "data.allow_leakage",
        "Whether a run with init_from may be validated and tested on images that its weights \
         learnt from; its figures are then marked.",
        "true",
        "false",
    ),
    maybe(
        "data.record_shape",
        "Shape of the images of the data set records; refused with any other.",
        "{ channels = 3, height = 32, width = 32 }",
        "3 x 32 x 32",
    ),
    // data.image_folder
    maybe("data.image_folder.dir", "Refused here: the folder is data.dir.", "\".\"", "data.dir"),
    maybe(
        "data.image_folder.image_size",
        "Size of every image: a side, or [height, width], 1 to 4096.",
        "64",
        "the median, at most 64",
    ),
    maybe(
        "data.image_folder.resize",
        "How other proportions fill it: crop, pad or stretch.",
        "\"pad\"",
        "crop",
    ),
    maybe(
        "data.image_folder.channels",
        "1 (grey) or 3 (RGB).",
        "1",
        "1 if all images are grey, else 3",
    ),
    maybe(
        "data.image_folder.background",
        "Colour behind transparent pixels and padding: red, green, blue, 0 to 255.",
        "[0, 0, 0]",
        "white",
    ),
    maybe(
        "data.image_folder.depth",
        "How many of 16 bits the samples of 16-bit files use, 8 to 16: 10, 12 or 14 for such \
         sensors.",
        "12",
        "16",
    ),
    maybe(
        "data.image_folder.test_share",
        "Share kept for the test if there is no test part, above 0 and at most 0.5.",
        "0.3",
        "0.2",
    ),
    maybe("data.image_folder.seed", "Names that choice; it stays the same over runs.", "1", "0"),
    maybe(
        "data.image_folder.groups",
        "Refused here: the file is data.groups.",
        "\"groups.csv\"",
        "data.groups",
    ),
    maybe(
        "data.image_folder.on_unread",
        "What to do if more images are left out (a format that is not read, no class) than taken: \
         refuse or skip.",
        "\"skip\"",
        "refuse",
    ),
    maybe(
        "data.image_folder.on_broken",
        "What to do about image files that cannot be decoded: refuse or skip.",
        "\"skip\"",
        "refuse",
    ),
    maybe(
        "data.image_folder.max_memory_mb",
        "Most memory for decoding, in megabytes of 10^6 bytes.",
        "8000",
        "4000",
    ),
    maybe(
        "data.image_folder.cache",
        "Folder to keep decoded images in; \"\" keeps none.",
        "\"\"",
        ".zunder-cache in data.dir",
    ),
    maybe(
        "data.image_folder.storage",
        "Refused here: it is data.storage.",
        "\"memory\"",
        "data.storage",
    ),
    maybe(
        "data.image_folder.invariance",
        "Which changes leave labels true: mirrored from left to right, from top to bottom, turned \
         by so many degrees, 0 to 180.",
        "{ horizontal_flip = true, vertical_flip = false, rotation = 44.0 }",
        "all",
    ),
    // augment
    always("augment.border", "What lies outside the image: zero (black), edge or reflect."),
    always("augment.interpolation", "Values between pixels: bilinear or nearest."),
    always("augment.crop", "A window of the old size out of the image with padding around it."),
    always("augment.crop.padding", "The farthest shift in pixels, below the image's shorter side."),
    always("augment.crop.probability", HOW_OFTEN),
    always("augment.resized_crop", "A part of the image, enlarged."),
    always(
        "augment.resized_crop.area",
        "The part's share of the area, from least to most, above 0 and at most 1.",
    ),
    always(
        "augment.resized_crop.ratio",
        "Its width by its height, relative to the image's, from least to most.",
    ),
    always("augment.resized_crop.probability", HOW_OFTEN),
    always("augment.horizontal_flip", "Mirrored from left to right."),
    always("augment.horizontal_flip.probability", HOW_OFTEN),
    always("augment.vertical_flip", "Mirrored from top to bottom."),
    always("augment.vertical_flip.probability", HOW_OFTEN),
    always("augment.scale", "Larger or smaller."),
    always("augment.scale.factor", "Its size by the old one, from least to most, 0.01 to 100."),
    always("augment.scale.probability", HOW_OFTEN),
    always("augment.shear", "Slanted."),
    always("augment.shear.degrees", "The largest angle either way, 0 to 80 degrees."),
    always("augment.shear.probability", HOW_OFTEN),
    always("augment.rotation", "Turned."),
    always("augment.rotation.degrees", "The largest angle either way, 0 to 180 degrees."),
    always("augment.rotation.probability", HOW_OFTEN),
    always("augment.shift", "Moved, between pixels too."),
    always("augment.shift.fraction", "The farthest way, as a share of width and height, 0 to 1."),
    always("augment.shift.probability", HOW_OFTEN),
    always("augment.perspective", "Seen from the side."),
    always(
        "augment.perspective.distortion",
        "The farthest way of a corner, as a share of half the width and height, 0 to 0.6.",
    ),
    always("augment.perspective.probability", HOW_OFTEN),
    always("augment.elastic", "Bent smoothly."),
    always("augment.elastic.alpha", "How far, 0 to 10000."),
    always("augment.elastic.sigma", "How smoothly, in pixels, above 0 and at most 100."),
    always("augment.elastic.probability", HOW_OFTEN),
    always("augment.brightness", "All values times a factor."),
    always("augment.brightness.strength", "The farthest way of the factor from 1, 0 to 1."),
    always("augment.brightness.probability", HOW_OFTEN),
    always(
        "augment.contrast",
        "The distance of all values from the image's mean luminance, times a factor.",
    ),
    always("augment.contrast.strength", "The farthest way of the factor from 1, 0 to 1."),
    always("augment.contrast.probability", HOW_OFTEN),
    always(
        "augment.saturation",
        "The distance of each colour from its own luminance, times a factor. RGB only.",
    ),
    always("augment.saturation.strength", "The farthest way of the factor from 1, 0 to 1."),
    always("augment.saturation.probability", HOW_OFTEN),
    always("augment.hue", "Other colours of the same mean and saturation. RGB only."),
    always("augment.hue.turns", "The largest turn either way, as a share of the circle, 0 to 0.5."),
    always("augment.hue.probability", HOW_OFTEN),
    always("augment.grayscale", "No colour. RGB only."),
    always("augment.grayscale.probability", HOW_OFTEN),
    always("augment.auto_contrast", "Each channel stretched to the full range."),
    always("augment.auto_contrast.probability", HOW_OFTEN),
    always("augment.equalise", "Each channel's levels about as frequent as each other."),
    always("augment.equalise.probability", HOW_OFTEN),
    always("augment.gamma", "Lighter or darker shadows."),
    always("augment.gamma.exponent", "The exponent, from least to most, above 0."),
    always("augment.gamma.probability", HOW_OFTEN),
    always("augment.posterise", "Fewer levels."),
    always("augment.posterise.bits", "The bits that stay, 1 to 8 (all)."),
    always("augment.posterise.probability", HOW_OFTEN),
    always("augment.solarise", "Bright values inverted."),
    always(
        "augment.solarise.threshold",
        "The least value that is inverted, as a share of the full range, 0 (all are) to 1.",
    ),
    always("augment.solarise.probability", HOW_OFTEN),
    always("augment.blur", "Out of focus."),
    always(
        "augment.blur.sigma",
        "The Gaussian's deviation in pixels, from least to most, above 0 and at most 100.",
    ),
    always("augment.blur.probability", HOW_OFTEN),
    always(
        "augment.sharpness",
        "The distance of each value from its neighbourhood's mean, times a factor.",
    ),
    always("augment.sharpness.strength", "The farthest way of the factor from 1, 0 to 1."),
    always("augment.sharpness.probability", HOW_OFTEN),
    always("augment.rand_augment", "Some operations of fourteen, at one strength."),
    always("augment.rand_augment.operations", "How many operations one after another, 1 to 14."),
    always("augment.rand_augment.magnitude", "How strong, 0 to 30."),
    always("augment.rand_augment.probability", HOW_OFTEN),
    always("augment.trivial_augment", "One operation of fourteen, at any strength."),
    always("augment.trivial_augment.probability", HOW_OFTEN),
    always("augment.noise", "Normally distributed noise."),
    always("augment.noise.std", "Its deviation, of values of 0 to 1; 0 to 1."),
    always("augment.noise.probability", HOW_OFTEN),
    always("augment.erasing", "A covered rectangle."),
    always(
        "augment.erasing.area",
        "Its share of the area, from least to most, above 0 and at most 1.",
    ),
    always("augment.erasing.ratio", "Its height by its width, from least to most."),
    always("augment.erasing.probability", HOW_OFTEN),
    always("augment.cutout", "A covered square."),
    always(
        "augment.cutout.size",
        "Its side, as a share of the image's shorter side, above 0 and at most 1.",
    ),
    always("augment.cutout.probability", HOW_OFTEN),
    always("augment.mixup", "Two images blended, and their labels."),
    always(
        "augment.mixup.alpha",
        "Shares are drawn from Beta(alpha, alpha): above 0 and at most 100; below 1 one of the two \
         prevails.",
    ),
    always("augment.mixup.probability", "How often, by pair, 0 to 1."),
    always("augment.cutmix", "A rectangle of another image, and its share of the label."),
    always(
        "augment.cutmix.alpha",
        "Shares are drawn from Beta(alpha, alpha): above 0 and at most 100; below 1 one of the two \
         prevails.",
    ),
    always("augment.cutmix.probability", "How often, by pair, 0 to 1."),
    // model
    always("model.name", "linear, mlp or residual-mlp, each with settings of its own."),
    always("model.hidden", "Units of each hidden layer, from the input on."),
    always("model.width", "Units that the embedding, each block and the head pass on, 1 to 65536."),
    always("model.depth", "Residual blocks, 1 to 1000."),
    always("model.expansion", "Hidden units of a block for each unit of the width, 1 to 64."),
    always("model.norm", "What standardises a block's input, and the head's: layer or batch."),
    always(
        "model.stochastic_depth",
        "Probability that training skips the last block, 0 <= p < 1; earlier ones are skipped \
         less.",
    ),
    always(
        "model.activation",
        "What hidden units compute of their sums: logistic, tanh, relu, leaky-relu, prelu, swish, \
         gelu or identity.",
    ),
    always("model.batch_norm", "Whether each hidden layer normalises its sums over the batch."),
    always("model.dropout", "Probability to drop a hidden unit in training, 0 <= p < 1."),
    maybe(
        "model.initializer",
        INITIALIZERS,
        "\"he\"",
        "what suits the activation; xavier in the output layer",
    ),
    maybe("model.bias_initializer", BIASES, "\"normal\"", "zeros"),
    maybe(
        "model.hidden_bias",
        "Whether hidden layers have a bias.",
        "true",
        "only without batch normalisation, which would remove it",
    ),
    // loss
    always(
        "loss.name",
        "What is minimised: cross-entropy, hinge, squared-hinge or squared-error; of two classes \
         also binary-hinge or logistic.",
    ),
    always(
        "loss.label_smoothing",
        "Share of each target that goes to all classes alike, 0 <= e < 1.",
    ),
    always(
        "loss.class_weights",
        "How much each class counts: none, balanced (rare classes more), or a list with a number a \
         class, 0.000001 to 1000000.",
    ),
    // optimizer
    always(
        "optimizer.name",
        "sgd, nesterov, adagrad, rmsprop, adam, adamw or lion, each with settings of its own.",
    ),
    always("optimizer.lr", "The base learning rate, above 0. The command find-lr suggests one."),
    always("optimizer.momentum", "mu of v := mu v + g, 0 <= mu < 1; 0 is plain gradient descent."),
    always("optimizer.rho", "Decay of the mean of squared gradients, 0 <= rho < 1."),
    always("optimizer.beta_1", "Decay of the mean of gradients, 0 <= b < 1."),
    always("optimizer.beta_2", "Decay of the second mean, 0 <= b < 1."),
    always("optimizer.epsilon", "Keeps the division finite, above 0."),
    always(
        "optimizer.weight_decay",
        "Decay of weight matrices, 0 or more: twice the nu of the penalty nu |w|^2; decoupled, the \
         share taken away times the rate.",
    ),
    always(
        "optimizer.decoupled",
        "Whether the decay is apart from the gradient: w -= rate * weight_decay * w, and no \
         penalty.",
    ),
    always("optimizer.decay_all", "Whether biases and norms decay too."),
    // gradients
    maybe(
        "gradients.clip_value",
        "Every number of a gradient is cut to this size, above 0.",
        "1.0",
        "none",
    ),
    maybe(
        "gradients.clip_tensor_norm",
        "Each parameter's gradient by itself is shortened to this length, above 0.",
        "1.0",
        "none",
    ),
    maybe(
        "gradients.clip_norm",
        "All gradients together are shortened to this length, above 0.",
        "1.0",
        "none",
    ),
    always("gradients.accumulate", "Batches whose mean gradient makes one update, 1 to 10000."),
    // schedule
    always(
        "schedule.name",
        "How the learning rate changes: constant, step, multi-step, plateau, linear, exponential, \
         cosine, cosine-restarts or one-cycle, each with settings of its own.",
    ),
    always("schedule.monitor", "What is watched on the validation images: loss or accuracy."),
    always("schedule.factor", "By what the rate is multiplied, above 0 and below 1."),
    always("schedule.every", "Epochs between two changes, 1 or more."),
    maybe(
        "schedule.milestones",
        "Epochs after which the rate changes, from 1 on and rising.",
        "[15, 25]",
        "half and three quarters of the training",
    ),
    always(
        "schedule.patience",
        "Epochs without improvement after which the rate falls, 1 or more.",
    ),
    always(
        "schedule.min_delta",
        "By how much an epoch must be better to count as an improvement, 0 or more.",
    ),
    always("schedule.cooldown", "Epochs after a fall that do not count."),
    always("schedule.min_factor", "The lowest rate as a multiple of the base rate, 0 to 1."),
    maybe(
        "schedule.gamma",
        "Decay of the rate by update, above 0 and at most 1; in place of end_factor.",
        "0.001",
        "that which leads to end_factor",
    ),
    always("schedule.start_factor", "The first rate as a multiple of the base rate, 0 to 1."),
    maybe(
        "schedule.end_factor",
        "The last rate as a multiple of the base rate, 0 to 1.",
        "0.1",
        "0.01",
    ),
    always("schedule.rise", "Share of the cycle in which the rate rises, above 0 and below 1."),
    maybe(
        "schedule.epochs",
        "Its length in epochs, 1 or more; then the rate stays.",
        "30",
        "the whole training",
    ),
    always("schedule.growth", "How many times longer each cycle is than the one before, 1 to 100."),
    always(
        "schedule.warmup_epochs",
        "Epochs over which the rate rises at the start, also parts of one, 0 to 1000000.",
    ),
    always("schedule.warmup_factor", "Factor of the very first update of a warm-up, 0 to 1."),
    // early_stopping
    always(
        "early_stopping.monitor",
        "By what the best epoch is found on the validation images: accuracy or loss.",
    ),
    maybe(
        "early_stopping.patience",
        "Epochs without improvement after which training ends, 1 or more.",
        "10",
        "train to the end",
    ),
    always(
        "early_stopping.min_delta",
        "By how much an epoch must be better to count for the patience, 0 or more.",
    ),
    // on_nan
    always(
        "on_nan.name",
        "What a loss that is infinite or not a number does: stop, or rollback (to the last whole \
         epoch, with half the rate).",
    ),
    always("on_nan.most", "How often in one training, 1 to 20; then it stops."),
];
