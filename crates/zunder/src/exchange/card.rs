//! The model card: the `README.md` of an export.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use zunder_eval::{EnvironmentRecord, TestRecord};

use crate::{ExportFormat, Preprocessing, Run, RunConfig, RunError, RunEvaluation};

/// What is missing in a run of an earlier version or in an imported model.
const UNKNOWN: &str = "Not known.";

/// Returns what became of the pooling of a run, as a sentence.
fn folded(pool: usize) -> String {
    if pool == 1 {
        return String::new();
    }
    format!(
        " In training, the means of {pool} x {pool} pixels were the inputs of the network. This is \
         folded into the first layer here, so the model takes whole images."
    )
}

/// Returns the model card of a run or of an imported model, exported with this number of
/// parameters.
pub(crate) fn card(
    run: &Run,
    format: ExportFormat,
    preprocessing: &Preprocessing,
    parameters: usize,
) -> Result<String, RunError> {
    let (test, folder) = (run.test()?, run.folder());
    // A run of an earlier version may lack a file; one that is lost is an error.
    let has = |path: PathBuf| folder.check_file(&path).map(|()| path.is_file());
    let environment = if has(folder.environment())? { Some(run.environment()?) } else { None };
    let evaluation =
        if test.is_some() && has(folder.evaluation())? { run.evaluation()? } else { None };
    let name = run.path().file_name().map_or("model".into(), |name| name.to_string_lossy());
    let config = run.config();
    let Preprocessing { shape, classes, .. } = preprocessing;
    let about = format!(
        "A classifier of images, trained with Zunder {}: {}, {} images of {} x {} pixels (height \
         x width), {} classes, {parameters} parameters.{}",
        environment.as_ref().map_or(env!("CARGO_PKG_VERSION"), |e| e.zunder_version.as_str()),
        kind(config),
        if shape.channels == 1 { "grey" } else { "colour" },
        shape.height,
        shape.width,
        classes.len(),
        folded(config.pool),
    );
    let names: Vec<String> = classes.iter().map(|class| escaped(class)).collect();
    let sections = [
        ("How to run it", how_to_run(format, config)),
        ("Classes", format!("In the order of the scores: {}.", names.join(", "))),
        ("Data", data(run, environment.as_ref())?),
        ("Recipe", recipe(config, environment.as_ref())?),
        ("Test", tested(test.as_ref(), evaluation.as_ref())),
        ("Calibration", calibration(evaluation.as_ref())),
        ("Limits", limits(run, environment.as_ref(), test.as_ref())?),
        (
            "Licence",
            "Not chosen. Write here under which licence you pass this model on; the licence of \
             the images may restrict it."
                .to_owned(),
        ),
    ];
    let mut text = format!("# {}\n\n{about}\n", escaped(&name));
    for (title, body) in sections {
        let _ = write!(text, "\n## {title}\n\n{}\n", body.trim_end());
    }
    Ok(text)
}

fn kind(config: &RunConfig) -> &'static str {
    match config.model.kind().name() {
        "linear" => "a linear classifier",
        "mlp" => "a multilayer perceptron",
        _ => "a residual multilayer perceptron",
    }
}

fn how_to_run(format: ExportFormat, config: &RunConfig) -> String {
    let text = match format {
        ExportFormat::PyTorch => include_str!("card/pytorch.md"),
        ExportFormat::Onnx => include_str!("card/onnx.md"),
        ExportFormat::Burn => include_str!("card/burn.md"),
    };
    let text = text.replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    if config.loss.gives_probabilities() {
        return text;
    }
    format!(
        "{text}\nThe loss of the training was `{}`, so the softmax of the scores gives no \
         probabilities. The class with the highest score is the prediction.\n",
        config.loss.name()
    )
}

fn data(run: &Run, environment: Option<&EnvironmentRecord>) -> Result<String, RunError> {
    if let Some(import) = run.imported()? {
        return Ok(format!(
            "The weights were imported from a file with the SHA-256 {}. What they were trained on \
             is not known here.",
            import.sha256
        ));
    }
    let Some(data) = environment else { return Ok(UNKNOWN.to_owned()) };
    let config = &run.config().data;
    let mut text = format!(
        "| | |\n|---|---|\n| data set | {} |\n| hash of its content | {} |\n| training images | {} \
         |\n| validation images, which chose the epoch | {} |\n| test images, used once | {} |\n\n\
         The validation images are a share of {} of the official training part, drawn by class \
         with the seed {}.",
        escaped(&data.dataset),
        escaped(&data.dataset_hash),
        data.train_images,
        data.validation_images,
        data.test_images,
        config.validation,
        run.config().seed,
    );
    if config.groups.is_some() {
        text.push_str(" All images of a group are in the same part.");
    }
    Ok(text)
}

fn recipe(config: &RunConfig, environment: Option<&EnvironmentRecord>) -> Result<String, RunError> {
    let Some(environment) = environment else { return Ok(UNKNOWN.to_owned()) };
    // The place of the training changes no result. The device is the one that computed.
    let mut config = config.clone();
    let EnvironmentRecord { device, devices, .. } = environment.clone();
    let place = RunConfig { device, devices, ..RunConfig::default() };
    config.move_to(&place);
    config.data.dir = PathBuf::from("DATA");
    config.init_from = config.init_from.as_deref().and_then(Path::file_name).map(PathBuf::from);
    Ok(format!("```toml\n{}\n```", config.to_toml()?.trim_end()))
}

fn tested(test: Option<&TestRecord>, evaluation: Option<&RunEvaluation>) -> String {
    let Some(test) = test else {
        return "Not tested: an imported model has no test.".to_owned();
    };
    let mut text = format!(
        "On {} images, once, after every choice was made. Ranges are 95 % intervals for the draw \
         of the test images (Wilson for the accuracy, bootstrap for the others).\n\n\
         | score | value | from | to |\n|---|---|---|---|\n| accuracy | {:.4} | {:.4} | {:.4} |\n",
        test.n, test.accuracy, test.accuracy_low, test.accuracy_high
    );
    let intervals = evaluation.map(|evaluation| &evaluation.intervals);
    let rows = [
        ("macro precision", test.macro_precision, intervals.and_then(|i| i.macro_precision)),
        ("macro recall", test.macro_recall, intervals.and_then(|i| i.macro_recall)),
        ("macro F1", test.macro_f1, intervals.and_then(|i| i.macro_f1)),
        (
            "macro AUC",
            evaluation.and_then(|e| e.report.one_vs_rest.macro_auc),
            intervals.and_then(|i| i.macro_auc),
        ),
        ("log loss (nats)", test.loss, intervals.and_then(|i| i.log_loss)),
    ];
    for (name, value, range) in rows {
        let [low, high] = range.map_or([None; 2], |r| [Some(r.low), Some(r.high)]);
        let _ = writeln!(text, "| {name} | {} | {} | {} |", num(value), num(low), num(high));
    }
    text.push_str("\n| class | precision | recall | F1 | test images |\n|---|---|---|---|---|\n");
    for class in &test.per_class {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            escaped(&class.class),
            num(class.precision),
            num(class.recall),
            num(class.f1),
            class.support
        );
    }
    text
}

fn calibration(evaluation: Option<&RunEvaluation>) -> String {
    let Some(report) = evaluation.map(|evaluation| &evaluation.report) else {
        return UNKNOWN.to_owned();
    };
    let Some(expected) = report.expected_calibration_error else {
        return "The scores are not probabilities, so they have no calibration.".to_owned();
    };
    format!(
        "The expected calibration error on the test images is {expected:.4}, the largest of a bin \
         {}; the Brier score is {}. A model whose probabilities are relative frequencies has an \
         expected error near 0.",
        num(report.maximum_calibration_error),
        num(report.brier_score)
    )
}

fn limits(
    run: &Run,
    environment: Option<&EnvironmentRecord>,
    test: Option<&TestRecord>,
) -> Result<String, RunError> {
    let mut limits = vec![
        "Each image gets one of the classes above, also an image of something else.".to_owned(),
        "The figures hold for images like those of the test. Other cameras, light or sources \
         usually lower them."
            .to_owned(),
    ];
    if environment.is_some_and(|environment| environment.synthetic) {
        limits.push(
            "The data set is synthetic: drawn shapes. The accuracy says nothing about photographs."
                .to_owned(),
        );
    }
    if let Some(leakage) = run.leakage()? {
        limits.push(format!("{leakage}."));
    }
    if let Some(class) = test.and_then(|test| test.per_class.iter().min_by_key(|c| c.support)) {
        limits.push(format!(
            "The class with the fewest test images, {}, has {}.",
            escaped(&class.class),
            class.support
        ));
    }
    Ok(format!("- {}", limits.join("\n- ")))
}

fn num(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.4}"))
}

/// Returns a name as Markdown text of one line.
fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            c if c.is_control() => text.extend(c.escape_default()),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '&' => {
                text.extend(['\\', c]);
            }
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_change_the_page() {
        assert_eq!(escaped("a|b\n# c <b>"), "a\\|b\\n\\# c \\<b\\>");
        assert_eq!(escaped("grün 2"), "grün 2");
    }
}
