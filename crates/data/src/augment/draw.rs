//! Draws the augmentation of an image in one epoch.

use zunder_random::{Key, Rng};

use crate::ImageShape;
use crate::augment::erasing::Rectangle;
use crate::augment::operations::Operation;
use crate::augment::{AugmentConfig, TrivialAugment};
use crate::render::colour::{ColourMatrix, mean_luminance};
use crate::render::curves::ToneCurves;
use crate::render::displacement::Smoothing;
use crate::render::geometry::Homography;
use crate::render::tone::Tone;

/// A configuration prepared for images of one shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Drawing {
    pub(crate) config: AugmentConfig,
    pub(crate) shape: ImageShape,
    pub(crate) smoothing: Option<Smoothing>,
    pub(crate) curves: Option<ToneCurves>,
}

/// The augmentation of one image in one epoch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Draw {
    /// The map from output positions to input positions: all geometric steps.
    pub(crate) map: Homography,
    /// The key of the elastic displacement, which precedes that map.
    pub(crate) elastic: Option<Key>,
    /// All linear colour steps, if any.
    pub(crate) colour: Option<ColourMatrix>,
    /// The nonlinear changes of values after those, in order.
    pub(crate) tones: Vec<Tone>,
    /// The noise: its standard deviation on the scale 0 to 255.
    pub(crate) noise: Option<(f32, Key)>,
    /// The covered rectangles.
    pub(crate) covered: [Option<Rectangle>; 2],
}

impl Drawing {
    pub(crate) fn new(config: &AugmentConfig, shape: ImageShape) -> Self {
        Self {
            smoothing: config.elastic.map(|step| Smoothing::new(step.alpha, step.sigma)),
            curves: config.gamma.map(|step| ToneCurves::new(step.exponent)),
            config: config.clone(),
            shape,
        }
    }

    /// Draws the augmentation of one image. Each step has a stream of its own, so switching one off
    /// does not change the others.
    pub(crate) fn draw(&self, image: &[u8], key: Key) -> Draw {
        let config = &self.config;
        Draw {
            map: self.map(key),
            elastic: config.elastic.and_then(|step| {
                chance(key.named("elastic"), step.probability).map(|_| key.named("elastic field"))
            }),
            colour: self.colour(image, key),
            tones: self.tones(key),
            noise: config.noise.and_then(|step| {
                chance(key.named("noise"), step.probability)
                    .map(|_| (255.0 * step.std, key.named("noise values")))
            }),
            covered: [
                config.erasing.and_then(|step| {
                    Some(
                        step.draw(self.shape, &mut chance(key.named("erasing"), step.probability)?),
                    )
                }),
                config.cutout.and_then(|step| {
                    Some(step.draw(self.shape, &mut chance(key.named("cutout"), step.probability)?))
                }),
            ],
        }
    }

    /// Returns all geometric steps as one map.
    pub(crate) fn map(&self, key: Key) -> Homography {
        let (config, shape) = (&self.config, self.shape);
        let steps = [
            config.crop.and_then(|step| {
                Some(step.draw(&mut chance(key.named("crop"), step.probability)?))
            }),
            config.resized_crop.and_then(|step| {
                Some(step.draw(shape, &mut chance(key.named("resized_crop"), step.probability)?))
            }),
            config.horizontal_flip.and_then(|step| {
                chance(key.named("horizontal_flip"), step.probability)
                    .map(|_| Homography::mirror_x(shape.width))
            }),
            config.vertical_flip.and_then(|step| {
                chance(key.named("vertical_flip"), step.probability)
                    .map(|_| Homography::mirror_y(shape.height))
            }),
            config.scale.and_then(|step| {
                Some(step.draw(shape, &mut chance(key.named("scale"), step.probability)?))
            }),
            config.shear.and_then(|step| {
                Some(step.draw(shape, &mut chance(key.named("shear"), step.probability)?))
            }),
            config.rotation.and_then(|step| {
                Some(step.draw(shape, &mut chance(key.named("rotation"), step.probability)?))
            }),
            config.shift.and_then(|step| {
                Some(step.draw(shape, &mut chance(key.named("shift"), step.probability)?))
            }),
            config.perspective.and_then(|step| {
                Some(step.draw(shape, &mut chance(key.named("perspective"), step.probability)?))
            }),
        ];
        let random = self.operations(key).filter_map(|operation| operation.map(shape));
        steps.into_iter().flatten().chain(random).fold(Homography::IDENTITY, Homography::then)
    }

    /// Returns all nonlinear changes of values, including those of the steps that choose
    /// operations.
    fn tones(&self, key: Key) -> Vec<Tone> {
        let config = &self.config;
        let happens = |step: &str, probability: f32| chance(key.named(step), probability);
        let steps = [
            config.auto_contrast.and_then(|step| {
                happens("auto_contrast", step.probability).map(|_| Tone::AutoContrast)
            }),
            config
                .equalise
                .and_then(|step| happens("equalise", step.probability).map(|_| Tone::Equalise)),
            config.gamma.zip(self.curves.as_ref()).and_then(|(step, curves)| {
                let mut rng = happens("gamma", step.probability)?;
                Some(Tone::Curve(rng.below(curves.len())))
            }),
            config.posterise.and_then(|step| {
                happens("posterise", step.probability).map(|_| Tone::Posterise(step.bits))
            }),
            config.solarise.and_then(|step| {
                happens("solarise", step.probability)
                    .map(|_| Tone::Solarise(255.0 * step.threshold))
            }),
            config.blur.and_then(|step| {
                Some(Tone::Blur(step.draw(&mut happens("blur", step.probability)?)))
            }),
            config.sharpness.and_then(|step| {
                Some(Tone::Sharpness(step.draw(&mut happens("sharpness", step.probability)?)))
            }),
        ];
        let random = self.operations(key).filter_map(|operation| operation.tone(self.shape));
        steps.into_iter().flatten().chain(random).collect()
    }

    /// Returns the operations chosen by the steps that choose.
    fn operations(&self, key: Key) -> impl Iterator<Item = Operation> {
        let rand = self
            .config
            .rand_augment
            .and_then(|step| Some(step.draw(chance(key.named("rand_augment"), step.probability)?)));
        let trivial = self.config.trivial_augment.and_then(|step| {
            Some(TrivialAugment::draw(chance(key.named("trivial_augment"), step.probability)?))
        });
        rand.into_iter().flatten().chain(trivial)
    }

    /// Returns all linear colour steps as one matrix; `None` if no such step happens.
    pub(crate) fn colour(&self, image: &[u8], key: Key) -> Option<ColourMatrix> {
        let config = &self.config;
        let factor = |name: &str, step: Option<super::Jitter>| {
            step.and_then(|step| {
                Some(f64::from(step.draw(&mut chance(key.named(name), step.probability)?)))
            })
        };
        let mut colour = ColourMatrix::IDENTITY;
        if let Some(factor) = factor("brightness", config.brightness) {
            colour = colour.brightness(factor);
        }
        if let Some(factor) = factor("contrast", config.contrast) {
            colour = colour.contrast(factor, mean_luminance(image, self.shape));
        }
        if let Some(factor) = factor("saturation", config.saturation) {
            colour = colour.saturation(factor);
        }
        if let Some(turns) = config
            .hue
            .and_then(|step| Some(step.draw(&mut chance(key.named("hue"), step.probability)?)))
        {
            colour = colour.hue(f64::from(turns));
        }
        if config
            .grayscale
            .is_some_and(|step| chance(key.named("grayscale"), step.probability).is_some())
        {
            colour = colour.saturation(0.0);
        }
        (colour != ColourMatrix::IDENTITY).then_some(colour)
    }
}

/// Returns the rest of a step's stream, if the step happens.
fn chance(key: Key, probability: f32) -> Option<Rng> {
    let mut rng = key.rng();
    rng.chance(probability).then_some(rng)
}
