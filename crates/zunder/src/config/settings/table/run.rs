//! Descriptions of the settings of a run and of its images.

use super::{Setting, always, maybe};

/// The settings outside of any table, `data` and `data.image_folder`.
pub(super) const RUN: &[Setting] = &[
    always("seed", "Seed of all random draws, 0 to 9223372036854775807."),
    always("epochs", "Passes over the training images, 1 to 1000000."),
    always("batch_size", "Images in a training step, 2 or more, or \"all\"."),
    maybe(
        "steps_per_epoch",
        "Updates in an epoch, 1 to 1000000.",
        "500",
        "one pass over the training images",
    ),
    always(
        "ema",
        "Decay of the moving average of the weights, 0 <= d < 1, such as 0.999; 0 disables it. \
         Each epoch keeps the better of current and averaged weights.",
    ),
    always(
        "tta",
        "Test-time augmentation: none, or mirror (mean score of an image and its mirror image, in \
         twice the time).",
    ),
    always(
        "device",
        "Device to compute on, such as flex, wgpu or cuda:1; the command devices lists them.",
    ),
    always(
        "threads",
        "Threads of the matrix products, 0 (one per processor) to 256. Results do not depend on \
         it.",
    ),
    maybe(
        "init_from",
        "Folder of a run whose best weights initialise the model; if the classes differ, the \
         output layer is initialised randomly.",
        "\"runs/cifar10-mlp-1\"",
        "random weights",
    ),
    maybe(
        "init_sha256",
        "SHA-256 of those weights; set by a run, which then accepts no others.",
        "\"0123abcd\"",
        "any",
    ),
    // data
    always(
        "data.dataset",
        "Data set: auto (CIFAR-10 if present, else shapes), cifar10, cifar100, cifar100-coarse, \
         mnist, fashion-mnist, kmnist, folder, records or shapes.",
    ),
    always(
        "data.dir",
        "Folder of the data set, or the folder above it; for folder and records, the folder of the \
         images.",
    ),
    maybe(
        "data.storage",
        "Storage of pixels: memory, or mapped (read from their files, for data sets larger than \
         memory).",
        "\"mapped\"",
        "memory",
    ),
    maybe(
        "data.classes",
        "Classes to use, in this order; two make a binary task.",
        "[\"cat\", \"dog\"]",
        "all",
    ),
    maybe("data.positive", "Positive class of two.", "\"dog\"", "the second"),
    maybe(
        "data.groups",
        "CSV file with the columns image and group; all images of a group, such as those of one \
         patient, are in the same part of every split.",
        "\"groups.csv\"",
        "none",
    ),
    always(
        "data.validation",
        "Share of the official training images that is held out for validation, 0 < v < 1.",
    ),
    maybe(
        "data.folds",
        "Folds of a cross-validation, 2 or more; replaces data.validation.",
        "5",
        "none",
    ),
    maybe(
        "data.fold",
        "Fold that is held out, 1 to data.folds; set by a cross-validation.",
        "1",
        "none",
    ),
    maybe(
        "data.sampling",
        "Training images of an epoch: shuffled (each once), replacement, balanced (all classes \
         equally often), balanced-replacement or sequential.",
        "\"balanced\"",
        "shuffled",
    ),
    maybe(
        "data.shuffle_block",
        "Neighbouring images that shuffling keeps together, 1 or more; 64 is suited to mapped \
         files.",
        "64",
        "1",
    ),
    maybe(
        "data.drop_last",
        "Whether to leave the images after the last full batch to a later epoch; if false, they \
         make a smaller batch.",
        "false",
        "true",
    ),
    maybe(
        "data.limit",
        "Number of training images to use, 2 or more, spread evenly over the classes.",
        "5000",
        "all",
    ),
    maybe(
        "data.allow_leakage",
        "Whether a run with init_from may be validated and tested on images that its weights were \
         trained on; its results are then marked.",
        "true",
        "false",
    ),
    maybe(
        "data.record_shape",
        "Shape of the images of the data set records; an error with any other.",
        "{ channels = 3, height = 32, width = 32 }",
        "3 x 32 x 32",
    ),
    // data.image_folder
    maybe("data.image_folder.dir", "Not allowed here: set data.dir.", "\".\"", "data.dir"),
    maybe(
        "data.image_folder.image_size",
        "Size of all images: a side, or [height, width], 1 to 4096.",
        "64",
        "the median of the images, at most 64",
    ),
    maybe(
        "data.image_folder.resize",
        "How images of other proportions are scaled: crop, pad or stretch.",
        "\"pad\"",
        "crop",
    ),
    maybe(
        "data.image_folder.channels",
        "Channels: 1 (grey) or 3 (RGB).",
        "1",
        "1 if all images are grey, else 3",
    ),
    maybe(
        "data.image_folder.background",
        "Colour of padding and behind transparent pixels: red, green, blue, 0 to 255.",
        "[0, 0, 0]",
        "white",
    ),
    maybe(
        "data.image_folder.depth",
        "Significant bits in the samples of 16-bit files, 8 to 16, such as 12 for a 12-bit sensor.",
        "12",
        "16",
    ),
    maybe(
        "data.image_folder.test_share",
        "Share of the images that is held out for the test if there is no test part, 0 < t <= 0.5.",
        "0.3",
        "0.2",
    ),
    maybe(
        "data.image_folder.seed",
        "Seed of the choice of these images, independent of the seed of a run.",
        "1",
        "0",
    ),
    maybe(
        "data.image_folder.groups",
        "Not allowed here: set data.groups.",
        "\"groups.csv\"",
        "data.groups",
    ),
    maybe(
        "data.image_folder.on_unread",
        "What to do if more images are left out (unsupported format, no class) than used: refuse \
         or skip.",
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
        "Memory limit for decoding, in megabytes of 10^6 bytes.",
        "8000",
        "4000",
    ),
    maybe(
        "data.image_folder.cache",
        "Folder of the cache of decoded images; \"\" disables it.",
        "\"\"",
        ".zunder-cache in data.dir",
    ),
    maybe(
        "data.image_folder.storage",
        "Not allowed here: set data.storage.",
        "\"memory\"",
        "data.storage",
    ),
    maybe(
        "data.image_folder.invariance",
        "Changes that keep the label: horizontal flip, vertical flip, and rotation by up to this \
         many degrees, 0 to 180.",
        "{ horizontal_flip = true, vertical_flip = false, rotation = 44.0 }",
        "all",
    ),
];
