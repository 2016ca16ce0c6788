//! The experiment of capacity, underfitting and overfitting.

use zunder::Trial;

use super::{Results, Variants};
use crate::Findings;
use crate::claim::Unit;
use crate::experiment::Experiment;

/// Networks from too small to too large.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "capacity",
    title: "Capacity: underfitting and overfitting",
    source: "Lecture 6a.2, \"Kapazität eines Neuronalen Netzwerks\"; 6a.3, \"Überwachung des \
        Lernprozesses\".",
    question: "Networks from three hidden units to 512 learn the same 2,000 images. When do they \
        learn too little, and when by heart?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["data.limit=2000", "epochs=30", "model.activation=leaky-relu"],
    settings: &[
        ("3 units", &["model.hidden=[3]"]),
        ("8 units", &["model.hidden=[8]"]),
        ("32 units", &["model.hidden=[32]"]),
        ("128 units", &["model.hidden=[128]"]),
        ("512 units", &["model.hidden=[512]"]),
        ("256-128 units", &["model.hidden=[256, 128]"]),
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
            "512 units",
            "3 units",
            0.2,
            &training,
        ),
        results.above(
            "Many units overfit: the gap between training and validation accuracy is larger than \
             with three.",
            Unit::Percent,
            "512 units",
            "3 units",
            0.05,
            &Results::gap,
        ),
        results.better(
            "Best on new images is not the smallest gap: the large network is ahead of the small \
             one all the same.",
            "512 units",
            "8 units",
            0.02,
        ),
    ];
    let mut findings = results.findings(
        [
            "Three units cannot tell ten classes apart: even of the training images many stay \
             wrong, which is underfitting.",
            "With more units the training accuracy goes towards 100 %, and the validation accuracy \
             stays behind: the gap is overfitting.",
            "The larger networks are nevertheless better on new images; double-descent shows how \
             far that goes.",
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
