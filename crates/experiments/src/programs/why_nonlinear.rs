//! Without a nonlinear activation a deep network is a linear classifier.

mod product;
mod regions;

use burn::tensor::Device;
use zunder::ModelConfig;
use zunder_data::ImageShape;
use zunder_models::{Activation, LinearClassifierConfig, MlpConfig};
use zunder_random::Key;
use zunder_report::{DotRow, Drawing, Figure, Table, dots};
use zunder_train::{AdamConfig, Classifier, FitConfig, Interrupt, OptimizerConfig, TrainError};

use self::product::multiplied_out;
use self::regions::regions;
use super::training::{Samples, Training};
use crate::claim::{Unit, above, at_most};
use crate::experiment::{Experiment, Program};
use crate::means::mean_and_spread;
use crate::{Claim, ExperimentConfig, ExperimentError, Findings, Watch};

/// Units of the hidden layers of the deep network.
const HIDDEN: [usize; 3] = [32, 32, 32];
/// Numbers of training, validation and test points.
const TRAIN: usize = 400;
const VALIDATION: usize = 400;
const TEST: usize = 1000;
/// Standard deviation of the distance of a point from its spiral.
const NOISE: f64 = 0.03;
/// Number of epochs, of ten passes each.
const EPOCHS: usize = 16;

const LINEAR: &str = "linear classifier";
const WITHOUT: &str = "deep, no activation";

pub(super) const WHY_NONLINEAR: Experiment = Experiment {
    name: "why-nonlinear",
    title: "Why a deep network needs a nonlinear activation",
    source: "Lecture 6a.2, \"Vollständig verbundene Schichten\" (the quiz) and \"Tiefe Neuronale \
        Netze\"",
    question: "Why do deeper networks help only with a nonlinear activation? Three layers without \
        one are multiplied out to a single matrix, and trained beside the same network with ReLU \
        on two spirals.",
    kind: &Program { run, takes: &["model.activation"], controls: &[], chance: true },
};

fn run(
    config: &ExperimentConfig,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let seeds = config.seeds()?;
    let mut activation = Activation::Relu;
    for (path, value) in &config.settings {
        let known = value
            .clone()
            .try_into::<Activation>()
            .ok()
            .filter(|known| known.check_trainable().is_ok());
        activation = match known {
            Some(known) if path.join(".") == "model.activation" => known,
            _ => {
                let expected = "model.activation with the name of an activation that can be \
                    trained, such as relu or identity"
                    .to_owned();
                return Err(ExperimentError::Setting {
                    setting: "setting",
                    got: format!("{} = {value}", path.join(".")),
                    expected,
                });
            }
        };
    }
    let device = zunder::device(zunder::compiled_in().first().map_or("flex", String::as_str))?;
    let epochs = if config.quick { EPOCHS / 2 } else { EPOCHS };
    compare(
        &Setting { seeds, without: Activation::Identity, with: activation, epochs },
        &device,
        watch,
    )
}

/// The settings of the comparison.
struct Setting {
    seeds: Vec<u64>,
    /// Activations of the deep network without and with a nonlinearity.
    without: Activation,
    with: Activation,
    epochs: usize,
}

/// Results of one of the three networks over the seeds.
struct Trained {
    name: String,
    accuracies: Vec<f64>,
    /// Largest difference between a score and that of the multiplied matrices, as a share of the
    /// largest score.
    differences: Vec<f64>,
    /// Predictions over the plane for the first seed.
    picture: Option<Figure>,
}

fn compare(
    setting: &Setting,
    device: &Device,
    watch: &mut dyn Watch,
) -> Result<Option<Findings>, ExperimentError> {
    let with = format!("deep, {}", setting.with.name());
    // If the other activation is the identity too, both networks have none.
    let with = if setting.with == setting.without { format!("{with} again") } else { with };
    let models = [
        (LINEAR, ModelConfig::Linear(LinearClassifierConfig::default())),
        (WITHOUT, deep(setting.without)),
        (with.as_str(), deep(setting.with)),
    ];
    let mut all: Vec<Trained> = models
        .iter()
        .map(|(name, _)| Trained {
            name: (*name).to_owned(),
            accuracies: Vec::new(),
            differences: Vec::new(),
            picture: None,
        })
        .collect();
    for (round, seed) in setting.seeds.iter().enumerate() {
        for (i, (name, model)) in models.iter().enumerate() {
            watch.progressed(
                round * models.len() + i,
                setting.seeds.len() * models.len(),
                &format!("{name}, seed {seed}"),
            );
            if !train(model, *seed, &mut all[i], (setting, device), watch.interrupt())? {
                return Ok(None);
            }
        }
    }
    watch.progressed(1, 1, "pictures");
    let claims = claims(&all[0], &all[1], &all[2]);
    Ok(Some(Findings {
        see: vec![
            "Without an activation the border between the classes is a straight line, however many \
             layers there are: W3 (W2 (W1 x)) is (W3 W2 W1) x, one matrix.".to_owned(),
            "The deep network without activation is right no more often than the linear \
             classifier, although it has hundreds of times as many weights.".to_owned(),
            "With an activation between the layers the border bends, and the same network \
             separates the spirals.".to_owned(),
        ],
        claims,
        figures: all
            .iter()
            .filter_map(|trained| trained.picture.clone())
            .chain([accuracies(&all)])
            .collect(),
        tables: vec![table(&all)],
        setting: vec![
            (
                "task".to_owned(),
                format!(
                    "two spirals in the plane, {TRAIN} training points, \
                {TEST} to judge by"
                ),
            ),
            (
                "deep \
                network"
                    .to_owned(),
                format!("2-{}-2", HIDDEN.map(|units| units.to_string()).join("-")),
            ),
            (
                "training".to_owned(),
                format!(
                    "adam, {} passes, the weights of the best of {} epochs \
                on {VALIDATION} other points",
                    10 * setting.epochs,
                    setting.epochs
                ),
            ),
            ("seeds".to_owned(), format!("1 to {}", setting.seeds.len())),
        ],
        ..Findings::default()
    }))
}

fn deep(activation: Activation) -> ModelConfig {
    ModelConfig::Mlp(MlpConfig {
        hidden: HIDDEN.to_vec(),
        activation,
        batch_norm: false,
        dropout: 0.0,
        ..MlpConfig::default()
    })
}

/// Draws points of two interleaved spirals; the class is the index of the spiral.
fn spirals(n: usize, key: Key) -> Samples {
    let mut rng = key.rng();
    let mut samples = Samples::default();
    for i in 0..n {
        let class = i % 2;
        let along = rng.f64().sqrt();
        let angle = 1.25 * std::f64::consts::TAU * along + std::f64::consts::PI * class as f64;
        let [x, y] =
            [angle.cos(), angle.sin()].map(|direction| along * direction + NOISE * rng.normal());
        samples.features.extend([x as f32, y as f32]);
        samples.labels.push(class as u32);
    }
    samples
}

/// Trains one network with one seed and stores the results. Returns false if interrupted.
fn train(
    model: &ModelConfig,
    seed: u64,
    trained: &mut Trained,
    (setting, device): (&Setting, &Device),
    interrupt: Interrupt,
) -> Result<bool, ExperimentError> {
    let key = Key::new(seed).named("why-nonlinear");
    let (points, validation, test) = (
        spirals(TRAIN, key.named("train")),
        spirals(VALIDATION, key.named("validation")),
        spirals(TEST, key.named("test")),
    );
    let shape = ImageShape { channels: 1, height: 1, width: 2 };
    let optimizer = OptimizerConfig::Adam(AdamConfig { lr: 0.01, ..AdamConfig::default() });
    let fit = FitConfig { epochs: setting.epochs, optimizer, ..FitConfig::default() };
    let training = Training { fit, batch_size: 40, passes: 10, key, device, interrupt };
    let Some((model, _)) =
        training.run(model.init(shape, 2, key.named("weights"), device)?, &points, &validation)?
    else {
        return Ok(false);
    };
    let scores = |samples: &Samples| -> Result<Vec<f32>, ExperimentError> {
        let scores = model.scores(samples.all(device)).try_into_vec_as::<f32>();
        Ok(scores.map_err(|error| TrainError::Device(error.to_string()))?)
    };
    let of_test = scores(&test)?;
    let right = of_test
        .chunks_exact(2)
        .zip(&test.labels)
        .filter(|(row, label)| usize::from(row[1] > row[0]) == **label as usize)
        .count();
    trained.accuracies.push(right as f64 / TEST as f64);
    let linear = multiplied_out(&model)?;
    let largest =
        of_test.iter().fold(0.0, |largest: f64, score| largest.max(f64::from(score.abs())));
    let apart = of_test.chunks_exact(2).zip(test.features.chunks_exact(2)).flat_map(|(row, x)| {
        let product = linear.scores(x);
        [(f64::from(row[0]) - product[0]).abs(), (f64::from(row[1]) - product[1]).abs()]
    });
    trained.differences.push(apart.fold(0.0, f64::max) / largest);
    if trained.picture.is_none() {
        trained.picture = Some(regions(&trained.name, &points, scores)?);
    }
    Ok(true)
}

fn claims(linear: &Trained, without: &Trained, with: &Trained) -> Vec<Claim> {
    let apart: Vec<f64> =
        linear.accuracies.iter().zip(&without.accuracies).map(|(a, b)| (a - b).abs()).collect();
    vec![
        at_most(
            "The deep network without activation gives the scores of its matrices multiplied out, \
             to the precision of its numbers.",
            Unit::Power,
            ("largest difference, as a share of the largest score", &without.differences),
            1e-5,
        ),
        at_most(
            "It is right about as often as the linear classifier.",
            Unit::Percent,
            ("difference in accuracy", &apart),
            0.05,
        ),
        above(
            "With an activation the same network is right far more often.",
            Unit::Percent,
            (&with.name, &with.accuracies),
            (&without.name, &without.accuracies),
            0.2,
        ),
    ]
}

fn accuracies(all: &[Trained]) -> Figure {
    let rows: Vec<DotRow> = all
        .iter()
        .map(|trained| DotRow {
            name: trained.name.clone(),
            values: trained.accuracies.iter().map(|a| 100.0 * a).collect(),
        })
        .collect();
    Figure {
        name: "accuracy".to_owned(),
        caption: "The accuracy on test points, one dot per seed, and their mean as a bar."
            .to_owned(),
        drawing: Drawing::Svg(dots("accuracy in %", &rows, Some((50.0, "a guess")))),
    }
}

fn table(all: &[Trained]) -> Table {
    let row = |trained: &Trained| {
        vec![
            trained.name.clone(),
            mean_and_spread(Unit::Percent, trained.accuracies.clone()),
            mean_and_spread(Unit::Power, trained.differences.clone()),
        ]
    };
    Table {
        caption:
            "Accuracy, and how far the scores are from those of the multiplied matrices, mean \
            ± standard deviation over the seeds"
                .to_owned(),
        headings: [
            "network",
            "accuracy",
            "largest difference / largest \
            score",
        ]
        .map(str::to_owned)
        .into(),
        rows: all.iter().map(row).collect(),
        ..Table::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(without: Activation, with: Activation) -> Vec<bool> {
        let setting = Setting { seeds: vec![1, 2], without, with, epochs: 8 };
        let findings = compare(&setting, &Device::flex(), &mut ()).unwrap().unwrap();
        findings.claims.iter().map(|claim| claim.holds).collect()
    }

    #[test]
    fn the_claims_hold_and_fail_without_their_causes() {
        assert_eq!(found(Activation::Identity, Activation::Relu), [true; 3]);
        // With an activation in both networks none is linear, and without one in either nothing is
        // gained.
        assert_eq!(found(Activation::Relu, Activation::Relu)[..2], [false; 2]);
        assert_eq!(found(Activation::Identity, Activation::Identity), [true, true, false]);
    }

    #[test]
    fn other_settings_are_refused() {
        for name in ["step", "sine"] {
            let settings = vec![(
                vec!["model".to_owned(), "activation".to_owned()],
                toml::Value::String(name.to_owned()),
            )];
            assert!(
                run(&ExperimentConfig { settings, ..ExperimentConfig::default() }, &mut ())
                    .is_err(),
                "{name}"
            );
        }
    }
}
