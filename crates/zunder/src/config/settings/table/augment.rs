//! Descriptions of the settings of the augmentation.

use super::{Setting, always};

const PROBABILITY: &str = "Probability, 0 to 1.";

/// The settings of `augment`.
pub(super) const AUGMENT: &[Setting] = &[
    always("augment.border", "Values outside the image: zero (black), edge or reflect."),
    always("augment.interpolation", "Interpolation between pixels: bilinear or nearest."),
    always("augment.crop", "Random crop of the original size from the padded image."),
    always("augment.crop.padding", "Largest shift in pixels, below the image's shorter side."),
    always("augment.crop.probability", PROBABILITY),
    always("augment.resized_crop", "Random crop, scaled to the original size."),
    always(
        "augment.resized_crop.area",
        "Area of the crop as a share of the image: minimum and maximum, 0 < a <= 1.",
    ),
    always(
        "augment.resized_crop.ratio",
        "Aspect ratio (width / height) of the crop, relative to the image's: minimum and maximum.",
    ),
    always("augment.resized_crop.probability", PROBABILITY),
    always("augment.horizontal_flip", "Horizontal flip."),
    always("augment.horizontal_flip.probability", PROBABILITY),
    always("augment.vertical_flip", "Vertical flip."),
    always("augment.vertical_flip.probability", PROBABILITY),
    always("augment.scale", "Random scaling."),
    always("augment.scale.factor", "Scale factor: minimum and maximum, 0.01 to 100."),
    always("augment.scale.probability", PROBABILITY),
    always("augment.shear", "Random shear."),
    always("augment.shear.degrees", "Largest angle in either direction, 0 to 80 degrees."),
    always("augment.shear.probability", PROBABILITY),
    always("augment.rotation", "Random rotation."),
    always("augment.rotation.degrees", "Largest angle in either direction, 0 to 180 degrees."),
    always("augment.rotation.probability", PROBABILITY),
    always("augment.shift", "Random translation, also by fractions of a pixel."),
    always(
        "augment.shift.fraction",
        "Largest translation, as a share of width and height, 0 to 1.",
    ),
    always("augment.shift.probability", PROBABILITY),
    always("augment.perspective", "Random perspective distortion."),
    always(
        "augment.perspective.distortion",
        "Largest displacement of a corner, as a share of half the width and height, 0 to 0.6.",
    ),
    always("augment.perspective.probability", PROBABILITY),
    always("augment.elastic", "Elastic deformation."),
    always("augment.elastic.alpha", "Strength of the deformation, 0 to 10000."),
    always(
        "augment.elastic.sigma",
        "Smoothness of the deformation: standard deviation in pixels, 0 < s <= 100.",
    ),
    always("augment.elastic.probability", PROBABILITY),
    always("augment.brightness", "Multiplies all values by a random factor."),
    always("augment.brightness.strength", "Largest difference of the factor from 1, 0 to 1."),
    always("augment.brightness.probability", PROBABILITY),
    always(
        "augment.contrast",
        "Multiplies the difference of all values from the image's mean luminance by a random \
         factor.",
    ),
    always("augment.contrast.strength", "Largest difference of the factor from 1, 0 to 1."),
    always("augment.contrast.probability", PROBABILITY),
    always(
        "augment.saturation",
        "Multiplies the difference of each colour from its luminance by a random factor. RGB only.",
    ),
    always("augment.saturation.strength", "Largest difference of the factor from 1, 0 to 1."),
    always("augment.saturation.probability", PROBABILITY),
    always(
        "augment.hue",
        "Random rotation of the hue; mean and saturation stay the same. RGB only.",
    ),
    always(
        "augment.hue.turns",
        "Largest rotation in either direction, as a share of the circle, 0 to 0.5.",
    ),
    always("augment.hue.probability", PROBABILITY),
    always("augment.grayscale", "Conversion to grey. RGB only."),
    always("augment.grayscale.probability", PROBABILITY),
    always("augment.auto_contrast", "Scales each channel to the full range."),
    always("augment.auto_contrast.probability", PROBABILITY),
    always("augment.equalise", "Equalises the histogram of each channel."),
    always("augment.equalise.probability", PROBABILITY),
    always("augment.gamma", "Random gamma correction."),
    always("augment.gamma.exponent", "Exponent: minimum and maximum, above 0."),
    always("augment.gamma.probability", PROBABILITY),
    always("augment.posterise", "Reduces the number of levels."),
    always("augment.posterise.bits", "Number of bits that are kept, 1 to 8 (all)."),
    always("augment.posterise.probability", PROBABILITY),
    always("augment.solarise", "Inverts bright values."),
    always(
        "augment.solarise.threshold",
        "Smallest value that is inverted, as a share of the full range, 0 (all values) to 1.",
    ),
    always("augment.solarise.probability", PROBABILITY),
    always("augment.blur", "Gaussian blur."),
    always(
        "augment.blur.sigma",
        "Standard deviation of the Gaussian in pixels: minimum and maximum, 0 < s <= 100.",
    ),
    always("augment.blur.probability", PROBABILITY),
    always(
        "augment.sharpness",
        "Multiplies the difference of each value from the mean of its neighbourhood by a random \
         factor.",
    ),
    always("augment.sharpness.strength", "Largest difference of the factor from 1, 0 to 1."),
    always("augment.sharpness.probability", PROBABILITY),
    always("augment.rand_augment", "RandAugment: random operations of fourteen, at one strength."),
    always("augment.rand_augment.operations", "Number of successive operations, 1 to 14."),
    always("augment.rand_augment.magnitude", "Strength of the operations, 0 to 30."),
    always("augment.rand_augment.probability", PROBABILITY),
    always(
        "augment.trivial_augment",
        "TrivialAugment: one random operation of fourteen, at a random strength.",
    ),
    always("augment.trivial_augment.probability", PROBABILITY),
    always("augment.noise", "Gaussian noise."),
    always("augment.noise.std", "Standard deviation of the noise, for values of 0 to 1; 0 to 1."),
    always("augment.noise.probability", PROBABILITY),
    always("augment.erasing", "Covers a random rectangle."),
    always(
        "augment.erasing.area",
        "Area of the rectangle as a share of the image: minimum and maximum, 0 < a <= 1.",
    ),
    always(
        "augment.erasing.ratio",
        "Ratio of height to width of the rectangle: minimum and maximum.",
    ),
    always("augment.erasing.probability", PROBABILITY),
    always("augment.cutout", "Covers a random square."),
    always(
        "augment.cutout.size",
        "Side of the square, as a share of the image's shorter side, 0 < s <= 1.",
    ),
    always("augment.cutout.probability", PROBABILITY),
    always("augment.mixup", "Blends two images and their labels."),
    always(
        "augment.mixup.alpha",
        "Shares are drawn from Beta(alpha, alpha), 0 < alpha <= 100; below 1, one image usually \
         dominates.",
    ),
    always("augment.mixup.probability", "Probability for each pair of images, 0 to 1."),
    always("augment.cutmix", "Pastes a rectangle of another image, and mixes the labels by area."),
    always(
        "augment.cutmix.alpha",
        "Shares are drawn from Beta(alpha, alpha), 0 < alpha <= 100; below 1, one image usually \
         dominates.",
    ),
    always("augment.cutmix.probability", "Probability for each pair of images, 0 to 1."),
];
