//! The message of a call without a command.

use zunder::program;

/// The suggested commands, with descriptions.
const STEPS: [(&str, &str); 4] = [
    ("train-cifar", "CIFAR-10 (downloads 170 MB), or without a network a synthetic set"),
    ("train --dataset folder --data-dir photos", "images of your own, one subfolder per class"),
    ("experiment list", "the experiments of the lecture"),
    ("--help", "all commands; `train --help` shows the flags of one of them"),
];

/// Returns the message, a few lines.
pub fn text() -> String {
    let program = program();
    let step = |(arguments, about)| format!("  {program} {arguments}\n      {about}\n");
    let [first, others @ ..] = STEPS.map(step);
    format!(
        "No command was given. Zunder trains image classifiers. To train one, run:\n\n\
         {first}\nThen:\n\n{}",
        others.concat()
    )
}
