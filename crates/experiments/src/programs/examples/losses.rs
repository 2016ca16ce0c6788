//! The slides' table of scores: hinge loss, softmax and cross-entropy.

use burn::tensor::{Device, Tensor};
use zunder_report::Table;
use zunder_train::{ClassWeights, Loss, Targets, TrainError, softmax};

use super::super::backprop::{CROSS_ENTROPY, Example, HINGE};
use super::Section;
use super::neuron::{floats, host};
use super::printed::{Agreement, cells, number};
use crate::{Claim, ExperimentError};

/// The classes in the order of the scores.
const CLASSES: [&str; 3] = ["cat", "dog", "bird"];
/// The slide's losses of the three columns, and what it prints of the first one.
const LOSSES: [&str; 3] = ["3.0", "0", "16.2"];
const EXPONENTIALS: [&str; 3] = ["20.08", "2.7", "0.08"];
const PROBABILITIES: [&str; 3] = ["0.87", "0.12", "0.00"];
const CROSS_ENTROPY_PRINTED: &str = "2.12";

/// Allowance for 32 bits.
const PRECISION: f64 = 1e-5;

/// The table of scores.
pub(super) struct Columns {
    /// Scores of cat, dog and bird of each of three images.
    pub(super) scores: [[f64; 3]; 3],
    /// True class of each image. On the slide it is shown as a photograph.
    pub(super) classes: [usize; 3],
}

impl Columns {
    pub(super) const LECTURE: Self =
        Self { scores: [[3.0, 1.0, -2.5], [3.0, -5.0, 1.5], [1.0, 3.2, -5.0]], classes: [1, 0, 2] };

    pub(super) fn section(&self, device: &Device) -> Result<Section, ExperimentError> {
        let hinge = Loss::Hinge { class_weights: ClassWeights::default() };
        let mut losses = Vec::new();
        for scores in &self.scores {
            let mut of_class = Vec::new();
            for class in 0..CLASSES.len() {
                of_class.push(loss_and_gradient(&hinge, scores, class, device)?.0);
            }
            losses.push(of_class);
        }
        let first = self.scores[0];
        let mut probabilities = first.map(|score| score as f32);
        softmax(&mut probabilities, CLASSES.len());
        let probabilities = probabilities.map(f64::from);
        let label = self.classes[0];
        let (entropy, gradient) = loss_and_gradient(&Loss::default(), &first, label, device)?;
        Ok(Section {
            tables: vec![self.hinge_table(&losses), self.softmax_table(&probabilities, entropy)],
            claims: vec![
                self.hinge_claim(&losses),
                softmax_claim(&probabilities),
                entropy_claim(entropy),
                gradient_claim(&probabilities, label, &gradient),
                self.graphs_claim(&hinge, device)?,
            ],
        })
    }

    fn hinge_claim(&self, losses: &[Vec<f64>]) -> Claim {
        let agrees = |image: usize, class: usize| {
            Agreement::of(losses[image][class], LOSSES[image]) != Agreement::Different
        };
        let listed: Vec<String> = self
            .classes
            .iter()
            .enumerate()
            .map(|(image, class)| {
                format!("{} ({})", number(losses[image][*class]), CLASSES[*class])
            })
            .collect();
        Claim {
            statement: "The hinge losses of the slide, 3.0, 0 and 16.2, come out for a dog, a cat \
                and a bird, and for no other classes."
                .to_owned(),
            evidence: format!(
                "Loss::Hinge: {}; every other class gives another loss, as the table shows.",
                listed.join(", ")
            ),
            holds: self.classes.iter().enumerate().all(|(image, class)| {
                (0..CLASSES.len()).all(|other| agrees(image, other) == (other == *class))
            }),
            ..Claim::default()
        }
    }

    /// Compares the expressions of `backprop` with the losses that train.
    fn graphs_claim(&self, hinge: &Loss, device: &Device) -> Result<Claim, ExperimentError> {
        let compared = |example: &Example, loss: &Loss, image: usize| {
            let graph = example.evaluated()?;
            let (value, gradient) =
                loss_and_gradient(loss, &self.scores[image], self.classes[image], device)?;
            let of_graph = [&[graph.value][..], &CLASSES.map(|name| graph.gradient(name))].concat();
            let of_loss = [&[value][..], &gradient].concat();
            let listed: Vec<String> = of_graph.iter().map(|v| number(*v)).collect();
            Ok::<_, ExperimentError>((furthest(&of_graph, &of_loss), listed.join(", ")))
        };
        let (hinge_apart, hinge_graph) = compared(&HINGE, hinge, 2)?;
        let (entropy_apart, entropy_graph) = compared(&CROSS_ENTROPY, &Loss::default(), 0)?;
        let furthest = hinge_apart.max(entropy_apart);
        Ok(Claim {
            statement: "The expressions hinge and cross-entropy of the experiment backprop have \
                the values and the gradients of the losses that train."
                .to_owned(),
            evidence: format!(
                "Value, and gradients by cat, dog and bird: hinge {hinge_graph}; cross-entropy \
                 {entropy_graph}; the largest difference is {}, claimed: at most {PRECISION}.",
                number(furthest)
            ),
            holds: furthest <= PRECISION,
            ..Claim::default()
        })
    }

    fn hinge_table(&self, losses: &[Vec<f64>]) -> Table {
        let row = |(image, losses): (usize, &Vec<f64>)| {
            let scores = self.scores[image].map(number).join(", ");
            let all = losses.iter().map(|loss| number(*loss));
            let class = self.classes[image];
            let [computed, slide, agreement] = cells(losses[class], LOSSES[image]);
            std::iter::once(format!("{} of {scores}", CLASSES[class]))
                .chain(all)
                .chain([computed, slide, agreement])
                .collect()
        };
        Table {
            caption: "Hinge loss: the sum of max(0, s_j - s_y + 1) over the other classes j, for \
                each class that could be the true one y"
                .to_owned(),
            headings: [
                "image, its scores",
                "if a cat",
                "if a dog",
                "if a bird",
                "loss",
                "slide",
                "slide is",
            ]
            .map(str::to_owned)
            .into(),
            rows: losses.iter().enumerate().map(row).collect(),
            ..Table::default()
        }
    }

    fn softmax_table(&self, probabilities: &[f64; 3], entropy: f64) -> Table {
        let label = self.classes[0];
        let row = |what: String, computed: f64, slide: &str| {
            std::iter::once(what).chain(cells(computed, slide)).collect::<Vec<String>>()
        };
        let mut rows = Vec::new();
        for (k, class) in CLASSES.iter().enumerate() {
            let score = self.scores[0][k];
            rows.push(row(format!("e^{} ({class})", number(score)), score.exp(), EXPONENTIALS[k]));
        }
        for (k, class) in CLASSES.iter().enumerate() {
            rows.push(row(format!("P({class})"), probabilities[k], PROBABILITIES[k]));
        }
        let of_rounded = rounded_loss();
        rows.push(row(format!("-ln P({})", CLASSES[label]), entropy, CROSS_ENTROPY_PRINTED));
        rows.push(row("-ln 0.12".to_owned(), of_rounded, CROSS_ENTROPY_PRINTED));
        Table {
            caption: "Softmax and cross-entropy of the first image".to_owned(),
            headings: ["", "computed", "slide", "slide is"].map(str::to_owned).into(),
            rows,
            ..Table::default()
        }
    }
}

/// Returns the loss of the probability that the slide prints.
fn rounded_loss() -> f64 {
    -PROBABILITIES[1].parse::<f64>().unwrap_or(f64::NAN).ln()
}

fn softmax_claim(probabilities: &[f64]) -> Claim {
    let agreements: Vec<Agreement> = probabilities
        .iter()
        .zip(PROBABILITIES)
        .map(|(p, printed)| Agreement::of(*p, printed))
        .collect();
    let listed = probabilities.iter().zip(&agreements).zip(PROBABILITIES);
    let listed = listed.map(|((p, agreement), printed)| {
        format!("{} (slide: {printed}, {})", number(*p), agreement.name())
    });
    Claim {
        statement: "The probabilities of the slide, 0.87, 0.12 and 0.00, are those of softmax to \
            two decimals, rounded or cut."
            .to_owned(),
        evidence: format!("softmax: {}.", listed.collect::<Vec<_>>().join(", ")),
        holds: !agreements.contains(&Agreement::Different),
        ..Claim::default()
    }
}

fn entropy_claim(entropy: f64) -> Claim {
    let of_rounded = rounded_loss();
    let agrees = |value: f64, text: &str| Agreement::of(value, text) != Agreement::Different;
    Claim {
        statement: "The cross-entropy is 2.1305. The slide's 2.12 is the loss of the probability \
            that it has rounded to 0.12."
            .to_owned(),
        evidence: format!(
            "Loss::CrossEntropy: {}; -ln 0.12 = {}.",
            number(entropy),
            number(of_rounded)
        ),
        holds: agrees(entropy, "2.1305")
            && !agrees(entropy, CROSS_ENTROPY_PRINTED)
            && agrees(of_rounded, CROSS_ENTROPY_PRINTED),
        ..Claim::default()
    }
}

/// Compares the gradient through the loss that trains with softmax less the true class.
fn gradient_claim(probabilities: &[f64; 3], label: usize, gradient: &[f64]) -> Claim {
    let formula: Vec<f64> =
        (0..CLASSES.len()).map(|k| probabilities[k] - f64::from(u8::from(k == label))).collect();
    let furthest = furthest(gradient, &formula);
    let listed = |values: &[f64]| values.iter().map(|v| number(*v)).collect::<Vec<_>>().join(", ");
    Claim {
        statement: "An identity, checked: the gradient of the cross-entropy by the scores is the \
            probabilities, less 1 at the true class."
            .to_owned(),
        evidence: format!(
            "By backpropagation through Loss::CrossEntropy: {}; the formula: {}; the largest \
             difference is {}, claimed: at most {PRECISION}.",
            listed(gradient),
            listed(&formula),
            number(furthest)
        ),
        holds: furthest <= PRECISION,
        ..Claim::default()
    }
}

fn furthest(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// Returns the loss of one sample and its gradient by the scores.
fn loss_and_gradient(
    loss: &Loss,
    scores: &[f64; 3],
    class: usize,
    device: &Device,
) -> Result<(f64, Vec<f64>), ExperimentError> {
    let device = device.clone().autodiff();
    let scores = Tensor::<2>::from_data(floats(scores, [1, 3]), &device).require_grad();
    let targets = Targets::Classes(Tensor::from_ints([class as i32], &device));
    let value = loss.forward(scores.clone(), targets)?;
    let gradients = value.backward();
    let gradient = scores
        .grad(&gradients)
        .ok_or_else(|| TrainError::Device("the loss has no gradient by the scores".to_owned()))?;
    let value = host(value.inner())?.first().copied().unwrap_or(f64::NAN);
    Ok((value, host(gradient)?))
}
