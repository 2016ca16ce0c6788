//! The experiment of capacity, underfitting and overfitting.

use zunder::Trial;

use super::{Results, Variants};
use crate::claim::{Margin, Unit};
use crate::experiment::Experiment;
use crate::{Control, Findings};

/// Networks from too small to too large.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "capacity",
    title: "Capacity: underfitting and overfitting",
    source: "Lecture 6a.2, \"Kapazität eines Neuronalen Netzwerks\"; 6a.3, \"Überwachung des \
        Lernprozesses\".",
    question: "Networks from three hidden units to 512 learn the same 2,000 images. When do they \
        learn too little, when by heart, and where does capacity hurt?",
    kind: &VARIANTS,
};

const SMALLEST: &str = "3 units";
const SMALL: &str = "8 units";
const LARGE: &str = "512 units";

/// Margins.
const UNDERFITS: Margin = Margin::pilot(0.205, 0.594);
const OVERFITS: Margin = Margin::pilot(0.091, 0.452);
const AHEAD: Margin = Margin::pilot(0.027, 0.062);

const VARIANTS: Variants = Variants {
    base: &["data.limit=2000", "epochs=30", "model.activation=leaky-relu"],
    settings: &[
        (SMALLEST, &["model.hidden=[3]"]),
        (SMALL, &["model.hidden=[8]"]),
        ("32 units", &["model.hidden=[32]"]),
        ("128 units", &["model.hidden=[128]"]),
        (LARGE, &["model.hidden=[512]"]),
        ("256-128 units", &["model.hidden=[256, 128]"]),
    ],
    controls: &[
        Control {
            fails: &[1, 3],
            settings: &["data.classes=[\"ring\", \"cross\"]"],
            because: "Three units tell these two classes apart, and more of them bring nothing.",
        },
        Control {
            fails: &[1, 2],
            settings: &["data.classes=[\"bar\", \"square\"]"],
            because: "These two classes are so easy that three units learn nearly all training \
                images, and with many units most answers on new images are right too.",
        },
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let training =
        |trial: &Trial| trial.epochs.last().map_or(f64::NAN, |record| record.train_accuracy);
    let claims = vec![
        results.above(
            "Too few units underfit: they do not even learn the training images.",
            Unit::Percent,
            LARGE,
            SMALLEST,
            UNDERFITS,
            &training,
        ),
        results.above(
            "Many units overfit: the gap between training and validation accuracy is larger than \
             with three.",
            Unit::Percent,
            LARGE,
            SMALLEST,
            OVERFITS,
            &Results::gap,
        ),
        results.better(
            "Best on new images is not the smallest gap: the largest network is ahead of eight \
             units all the same.",
            LARGE,
            SMALL,
            AHEAD,
        ),
    ];
    let mut findings = results.findings(
        [
            "Three units cannot tell ten classes apart: many of the training images stay wrong, \
             which is underfitting.",
            "With more units the training accuracy goes towards 100 %, and the validation accuracy \
             stays behind: the gap is overfitting.",
            "This experiment does not show that capacity hurts: on new images 512 units are about \
             as good as 32, or better. Two others show it: double-descent, where the loss rises \
             with the width until all labels are learnt, and regression, with polynomials of too \
             high a degree.",
        ],
        claims,
    );
    let caption = "Training accuracy less validation accuracy after the last epoch.";
    findings.figures.insert(
        1,
        results.dots("gap", caption, "gap in points", &|trial| 100.0 * Results::gap(trial)),
    );
    findings
}
