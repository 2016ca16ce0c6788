//! The experiment of augmentation and the size of the training set.

use super::{Results, Variants};
use crate::Findings;
use crate::experiment::Experiment;

/// More images, compared with augmentation of the same images.
pub(crate) const EXPERIMENT: Experiment = Experiment {
    name: "augmentation",
    title: "Augmentation and the size of the training set",
    source: "Lecture 6a.3, \"Datenaugmentierung\".",
    question: "Four times the images, or the same images with random crops and mirroring: what \
        does each bring?",
    kind: &VARIANTS,
};

const VARIANTS: Variants = Variants {
    base: &["epochs=24", "steps_per_epoch=60"],
    settings: &[
        ("500", &["data.limit=500", "augment=none"]),
        ("500, light", &["data.limit=500", "augment=light"]),
        ("2000", &["data.limit=2000", "augment=none"]),
        ("2000, light", &["data.limit=2000", "augment=light"]),
        ("8000", &["data.limit=8000", "augment=none"]),
        ("8000, light", &["data.limit=8000", "augment=light"]),
    ],
    judge: |results| Ok(judge(results)),
    ..Variants::NONE
};

fn judge(results: &Results) -> Findings {
    let claims = vec![
        results.better(
            "More images are better: 8,000 are ahead of 500 after the same number of updates.",
            "8000",
            "500",
            0.05,
        ),
        results.better("Augmentation makes more of few images.", "2000, light", "2000", 0.03),
        results.better("Four times the images are better still.", "8000", "2000, light", 0.0),
    ];
    results.findings(
        [
            "Each variant makes the same number of updates with batches of the same size; only the \
             images differ.",
            "With few images the training accuracy runs away from the validation accuracy; shifted \
             and mirrored copies stand in for many real images, but not for all. (With them the \
             training accuracy is that on changed images.)",
            "The more images there are, the less augmentation adds; with all of them a training of \
             this length is even too short for it.",
        ],
        claims,
    )
}
