//! Checks data, model and training of a configuration before a long run.

mod augmented;
mod balance;
pub(crate) mod bench;
mod check;
mod content;
mod cost;
mod duplicates;
mod luck;
mod no_input;
mod one_batch;
mod pictures;
mod shuffled;
mod signature;
mod standardised;
mod start_loss;

use zunder_data::{AugmentConfig, Images, Standardisation, Variation};
use zunder_models::Key;
use zunder_report::ContactSheet;

use crate::events::listening::{Listening, unless_interrupted};
use crate::images::loaded::spread;
use crate::images::pictures::augmented as augmented_samples;
use crate::remote::{busy, pause};
use crate::run::session::Session;
use crate::threads::in_pool;
use crate::{Plan, RunConfig, RunError, RunEvents, RunOptions};

pub use check::{Check, Verdict};

use augmented::Augmented;
use balance::Balance;
use bench::Bench;
use cost::Cost;
use duplicates::{Duplicates, Group, Part};
use no_input::NoInput;
use one_batch::OneBatch;
use shuffled::Shuffled;
use standardised::Standardised;
use start_loss::StartLoss;

/// The results of the doctor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DoctorReport {
    /// The checks, in their order.
    pub checks: Vec<Check>,
    /// Plan of the run.
    pub plan: Plan,
    /// Training images beside their augmented versions, if the augmentation has steps.
    pub augmented: Option<ContactSheet>,
    /// Pairs of equal or similar images in different parts, if there are any.
    pub duplicates: Option<ContactSheet>,
}

impl DoctorReport {
    /// Returns true if no check failed.
    pub fn is_sound(&self) -> bool {
        self.checks.iter().all(|check| check.verdict != Verdict::Fault)
    }
}

/// Number of images whose standardisation and augmentation are measured.
const MEASURED: usize = 2000;
const AUGMENTED: usize = 256;
/// Maximum number of pairs on the contact sheet of duplicates.
const PAIRS: usize = 100;

/// Checks a configuration in seconds: duplicates across the parts, the classes, the content, the
/// standardisation, the augmentation, the loss at the start, and three short trainings (on a single
/// batch, without input, with shuffled labels). Then it estimates the cost of the run. `told`
/// receives each check as soon as it is finished. Writes nothing. Returns `None` if a stop was
/// requested.
///
/// Uses test images only to find duplicates, which does not influence any training.
///
/// # Errors
/// Returns the errors of a new run. A fault of the data or the model is not an error but the
/// [`Verdict`] of a check.
pub fn doctor(
    config: &RunConfig,
    options: RunOptions<'_>,
    told: &mut (dyn FnMut(&Check) + Send),
) -> Result<Option<DoctorReport>, RunError> {
    let interrupt = options.interrupt.clone();
    unless_interrupted(in_pool(config.threads, || {
        let listener = &mut Listening::new(options);
        let (session, model) = Session::prepare(config, None, listener)?;
        listener.planned(&session.plan);
        let bench = Bench::new(&session, &interrupt)?;
        let mut checks = Vec::new();
        let mut tell = |check: Check| {
            let _pause = pause();
            told(&check);
            checks.push(check);
        };
        let (loaded, plan) = (&session.loaded, &session.plan);

        let tests: Vec<u32> = (0..loaded.test.len() as u32).collect();
        let group = |part, images, indices| Group { part, images, indices };
        let groups = [
            group(Part::Training, &*loaded.train, &loaded.split.train[..]),
            group(Part::Validation, &*loaded.train, &loaded.split.validation[..]),
            group(Part::Test, &*loaded.test, &tests[..]),
        ];
        let duplicates = Duplicates::find(&groups[0], &groups[1], &groups[2]);
        tell(duplicates.check());
        let treated = plan.config.data.sampling.is_balanced()
            || plan
                .config
                .loss
                .class_weights()
                .is_some_and(|w| *w != zunder_train::ClassWeights::None);
        tell(Balance::of(&plan.classes, &loaded.training_counts(), treated).check());
        tell(content::check(&Variation::of(&loaded.train, &loaded.split.train)));
        let (plain, changed) =
            values(&bench, &plan.config.augment, &session.preprocessing.standardisation)?;
        tell(
            Standardised::of(&plain, plan.shape.channels, plan.shape.height * plan.shape.width)
                .check(),
        );
        let steps = plan.config.augment.steps();
        let named = if steps.is_empty() { "none".to_owned() } else { steps.join(", ") };
        let same = &plain[..changed.len().min(plain.len())];
        tell(
            Augmented::of(
                same,
                &changed,
                &session.preprocessing.standardisation,
                !steps.is_empty(),
            )
            .check(&named),
        );
        drop((plain, changed));

        let start = bench.source(
            bench.train_images(),
            &AugmentConfig::default(),
            bench.batch_size(),
            Some(4),
        )?;
        let busy = busy();
        let Some(start) =
            StartLoss::measure(model, &start, &plan.config.loss, &session.device, &interrupt)?
        else {
            return Ok(None);
        };
        tell(start.check());
        let Some(one) = OneBatch::measure(&bench)? else { return Ok(None) };
        tell(one.check());
        if let Some(blind) = NoInput::measure(&bench)? {
            tell(blind.check());
        }
        let Some(shuffled) = Shuffled::measure(&bench)? else { return Ok(None) };
        tell(shuffled.check());
        if interrupt.requested() {
            return Ok(None);
        }
        busy.end();
        tell(cost(plan, &bench, &shuffled).check());

        let augmented = (!steps.is_empty()).then(|| {
            augmented_samples(
                loaded,
                &plan.config.augment,
                &session.preprocessing.standardisation,
                (8, 8),
            )
        });
        let (augmented, duplicates) =
            (augmented.transpose()?, duplicates.sheet([&groups[0], &groups[1], &groups[2]], PAIRS));
        Ok(Some(DoctorReport { checks, plan: plan.clone(), augmented, duplicates }))
    }))
}

/// Returns the network's inputs for some training images, without and with augmentation.
fn values(
    bench: &Bench<'_>,
    augment: &AugmentConfig,
    standardisation: &Standardisation,
) -> Result<(Vec<f32>, Vec<f32>), RunError> {
    let images: &Images = bench.train_images();
    let all: Vec<u32> = (0..images.len() as u32).collect();
    let draw = |augment: &AugmentConfig, most: usize| {
        let pipeline = augment.init(images.shape(), standardisation)?;
        let (chosen, size) = (spread(&all, MEASURED), images.shape().len());
        let mut values = vec![0.0; chosen.len().min(most) * size];
        for (out, &i) in values.chunks_exact_mut(size).zip(&chosen) {
            pipeline.apply(
                images.image(i as usize),
                Key::new(bench.config().seed).named("doctor augment").at(u64::from(i)),
                out,
            );
        }
        Ok::<_, RunError>(values)
    };
    Ok((draw(&AugmentConfig::default(), MEASURED)?, draw(augment, AUGMENTED)?))
}

/// Returns time and memory of the run, based on the speed of the last short training.
fn cost(plan: &Plan, bench: &Bench<'_>, shuffled: &Shuffled) -> Cost {
    let (step, validated) = shuffled.seconds;
    // The batches of the short training may be smaller than the run's.
    let batch = plan.batch_size as f64 / bench.batch_size() as f64;
    let models = if plan.config.ema > 0.0 { 2.0 } else { 1.0 };
    let batches = (plan.steps * plan.config.gradients.accumulate) as f64;
    let epoch = batches * step * batch + models * plan.validation_images as f64 * validated;
    // Only the test has test-time augmentation.
    let test = (plan.config.tta.views() * plan.test_images) as f64 * validated;
    let seconds = plan.config.epochs as f64 * epoch + test;
    let seconds = Some(seconds).filter(|seconds| seconds.is_finite());
    Cost { seconds, memory: plan.memory(), available: cost::available() }
}
