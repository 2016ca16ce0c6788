//! Suggestions for what to do after a run, as commands to copy.

use std::path::Path;

use zunder::{DataConfig, DatasetName, ModelConfig, Preset, Run, RunConfig, program};

use crate::shell;

/// A command and its description.
type Step = (String, &'static str);

/// Returns three to five suggestions after a finished run, depending on its data. `opened` leaves
/// out the command that opens its page.
pub fn after(run: &Run, opened: bool) -> Vec<Step> {
    let (program, folder) = (program(), shell::path(run.path()));
    let config = run.config();
    let evaluate = (format!("{program} evaluate {folder}"), "all scores, by class, with intervals");
    let report = (format!("{program} report {folder} --open"), "the run as a page in the browser");
    let predict = (format!("{program} predict {folder} IMAGE"), "classify an image of your own");
    let steps = match config.data.dataset {
        DatasetName::Shapes => {
            let photos = format!("{program} train --dataset folder --data-dir photos");
            let own = (photos, "your own images, one subfolder per class");
            vec![real(&config.data), own, report.clone(), evaluate]
        }
        DatasetName::Cifar10 => {
            let dir = data_dir(&config.data);
            let best = format!("{program} train-cifar --preset best{dir}");
            let best = (best, "the most accurate recipe, some ten minutes");
            let best_model = RunConfig::preset(Preset::Best).model;
            let is_best = matches!(
                (&config.model, &best_model),
                (ModelConfig::Mlp(model), ModelConfig::Mlp(best)) if model.hidden == best.hidden
            );
            let lecture = (format!("{program} experiment list"), "the experiments of the lecture");
            let last = if is_best { vec![lecture] } else { vec![best, lecture] };
            [vec![evaluate, report.clone(), predict], last].concat()
        }
        _ => vec![evaluate, report.clone(), predict],
    };
    steps.into_iter().filter(|step| !opened || *step != report).collect()
}

/// Returns the suggestion to train on photographs instead of the synthetic set.
fn real(data: &DataConfig) -> Step {
    let (program, dir) = (program(), data_dir(data));
    if DatasetName::Cifar10.find(&data.dir).is_some() {
        return (format!("{program} train-cifar{dir}"), "the same on CIFAR-10");
    }
    let about = "CIFAR-10, or how to download it by hand";
    (format!("{program} fetch cifar10{dir}"), about)
}

/// Returns ` --data-dir DIR`, unless it is the default.
pub fn data_dir(data: &DataConfig) -> String {
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if absolute(&data.dir) == absolute(&DataConfig::default().dir) {
        return String::new();
    }
    format!(" --data-dir {}", shell::path(&data.dir))
}

/// Prints the commands, one per line, with their descriptions as shell comments.
pub fn print(steps: &[Step]) {
    let width = steps.iter().map(|(command, _)| command.chars().count()).max().unwrap_or(0);
    for (i, (command, about)) in steps.iter().enumerate() {
        let label = if i == 0 { "next" } else { "" };
        say!("{label:<7} {command:<width$}   # {about}");
    }
}
