//! `cargo run -- cat.jpg dog.png`: prints the three likeliest classes of each image file.
//!
//! The model is read from this folder, or from the one that the variable `CLASSIFIER` names.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, io::Write};

use burn::tensor::Device;
use classifier::{Classifier, Error};

fn main() -> ExitCode {
    let folder = env::var_os("CLASSIFIER")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    // The first backend among the features of this project.
    let classifier = match Classifier::load(&folder, &Device::default()) {
        Ok(classifier) => classifier,
        Err(error) => {
            eprintln!("error: {}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    let mut code = ExitCode::SUCCESS;
    for file in env::args_os().skip(1).map(PathBuf::from) {
        let line = match line(&classifier, &file) {
            Ok(line) => line,
            Err(error) => {
                eprintln!("error: {error}");
                code = ExitCode::FAILURE;
                continue;
            }
        };
        // A reader such as `head` may have left.
        if writeln!(std::io::stdout(), "{}  {line}", file.display()).is_err() {
            break;
        }
    }
    code
}

/// The likeliest classes of an image file, in one line.
fn line(classifier: &Classifier, file: &Path) -> Result<String, Error> {
    let answers = classifier.answer(&[classifier.read(file)?])?;
    let mut answers: Vec<(&String, &f32)> =
        classifier.classes().iter().zip(answers.iter().flatten()).collect();
    answers.sort_by(|a, b| b.1.total_cmp(a.1));
    let shown = |(class, value): &(&String, &f32)| {
        if classifier.gives_probabilities() {
            format!("{class} {:.2}%", 100.0 * **value)
        } else {
            format!("{class} {value:.3}")
        }
    };
    Ok(answers.iter().take(3).map(shown).collect::<Vec<_>>().join("  "))
}
