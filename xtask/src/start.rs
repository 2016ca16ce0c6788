//! What a user sees who names no command: where to start.

use zunder::program;

/// The commands to start with, and what they do.
const STEPS: [(&str, &str); 4] = [
    ("train-cifar", "CIFAR-10 (downloads 170 MB), or without a network a synthetic set"),
    ("train --dataset folder --data-dir photos", "images of your own, one subfolder a class"),
    ("experiment list", "the ideas of the lecture, to run and to see"),
    ("--help", "all commands; `train --help` shows the flags of one of them"),
];

/// A text of a few lines.
pub fn text() -> String {
    let program = program();
    let step = |(arguments, about)| format!("  {program} {arguments}\n      {about}\n");
    let [first, others @ ..] = STEPS.map(step);
    format!(
        "No command was given. Zunder trains image classifiers; this trains the first \
         one:\n\n{first}\nThen:\n\n{}",
        others.concat()
    )
}
