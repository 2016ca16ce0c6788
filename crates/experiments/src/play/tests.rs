//! Tests of the page: its formulas under Node against the crates, and the page in a browser.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData, activation::log_softmax};
use serde_json::{Value, json};
use zunder::ModelConfig;
use zunder_data::ImageShape;
use zunder_models::{Activation, MlpConfig};
use zunder_random::Key;
use zunder_train::{Classifier, OptimizerConfig, SgdConfig, named_tensors};

use super::*;

/// Returns whether the program is installed. It must be if the variable is set.
fn is_installed(program: &str, variable: &str) -> bool {
    let version = Command::new(program).arg("--version").stderr(Stdio::null()).output();
    if version.is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(std::env::var_os(variable).is_none(), "{program} does not start");
    // Written directly, since the test harness hides the output of a test that passes.
    writeln!(std::io::stderr(), "skipped: {program} is not installed").unwrap();
    false
}

fn has_node() -> bool {
    is_installed("node", "ZUNDER_REQUIRE_NODE")
}

fn golden(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Trains a network of the crates for three updates on one batch. Returns what the page's network
/// must compute: scores and loss before each update, and all tensors after it.
fn network(activation: Activation) -> Value {
    let device = Device::flex().autodiff();
    let config = MlpConfig {
        hidden: vec![4, 4],
        activation,
        batch_norm: false,
        dropout: 0.0,
        ..MlpConfig::default()
    };
    let key = Key::new(3);
    let shape = ImageShape { channels: 1, height: 1, width: 2 };
    let mut model = ModelConfig::Mlp(config).init(shape, 2, key.named("weights"), &device).unwrap();
    let mut rng = key.named("points").rng();
    let inputs: Vec<f32> = (0..24).map(|_| rng.normal() as f32).collect();
    let labels: Vec<usize> = (0..12).map(|i| usize::from(i % 3 == 0)).collect();
    let shares = labels.iter().flat_map(|label| [1.0 - *label as f32, *label as f32]).collect();
    let tensor =
        |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [12, 2]), &device);
    let sgd = SgdConfig { lr: 0.3, momentum: 0.9, weight_decay: 0.02, ..SgdConfig::default() };
    let mut optimizer = OptimizerConfig::Sgd(sgd).init().unwrap();
    let tensors = |model: &zunder::Model| -> Vec<Vec<f32>> {
        named_tensors(model).unwrap().into_iter().map(|tensor| tensor.values).collect()
    };
    let (start, targets) = (tensors(&model), tensor(shares));
    let mut steps = Vec::new();
    for _ in 0..3 {
        let scores = model.scores(tensor(inputs.clone()));
        let loss = log_softmax(scores.clone(), 1).mul(targets.clone()).sum() / -12.0;
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        model = optimizer.step(0.3, model, gradients).unwrap();
        steps.push(json!({
            "scores": scores.try_into_vec_as::<f32>().unwrap(),
            "loss": loss.into_scalar::<f32>(),
            "tensors": tensors(&model),
        }));
    }
    json!({
        "activation": activation.name(), "start": start, "inputs": inputs, "labels": labels,
        "settings": { "rate": 0.3, "momentum": 0.9, "penalty": 0.01 }, "steps": steps,
    })
}

#[test]
fn the_formulas_are_those_of_the_crates() {
    if !has_node() {
        return;
    }
    let activations = [Activation::Relu, Activation::Tanh, Activation::Swish, Activation::Gelu];
    let expected = json!({
        "activations": golden("models/tests/goldens/activations.json"),
        "losses": golden("train/tests/goldens/losses.json"),
        "crossEntropy": golden("train/tests/goldens/cross_entropy.json"),
        "optimizers": golden("train/tests/goldens/optimizers.json"),
        "evaluation": golden("eval/tests/goldens/goldens.json"),
        "networks": activations.map(network),
    });
    let expected = format!("const expected = {expected};\n");
    let script = FORMULAS.concat() + &expected + include_str!("tests/formulas.js");
    let mut node = Command::new("node");
    node.arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut node = node.spawn().unwrap();
    node.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = node.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let compared = said.strip_suffix(" numbers compared\n").and_then(|n| n.parse().ok());
    assert!(compared.is_some_and(|n: usize| n > 900), "{said}");
}

#[test]
fn the_page_is_one_file_of_at_most_1500_lines() {
    let page = play_page();
    assert!(page.lines().count() <= 1500, "{}", page.lines().count());
    assert!(zunder_report::is_own(page.as_bytes()));
    for other in ["http:", "https:", "src=", "<link", "@import", "import(", "fetch(", "/* S"] {
        assert!(!page.contains(other), "{other}");
    }
    // Texts are single lines of any length; other lines have at most 100 characters.
    let is_text = |line: &str| line.contains("[\"") || line.trim_start().starts_with('"');
    let wide: Vec<&str> =
        page.lines().filter(|line| line.chars().count() > 100 && !is_text(line)).collect();
    assert!(wide.is_empty(), "{wide:#?}");
    let named: Vec<&str> =
        page.split("<code>").skip(1).filter_map(|rest| rest.split("</code>").next()).collect();
    for name in named.iter().filter(|name| !name.starts_with("cargo xtask experiment")) {
        assert!(crate::experiment(name).is_ok(), "{name}");
    }
    assert!(named.len() > 10, "{named:?}");
}

#[test]
fn a_page_is_replaced_and_settings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("new/play");
    let write = |config: &ExperimentConfig| write_play(config, &place);
    let config = ExperimentConfig { seeds: Some(3), ..ExperimentConfig::default() };
    assert_eq!(
        write(&config).unwrap_err().to_string(),
        "seeds is 3, expected no value: everything is set on the page"
    );
    assert!(!place.exists());
    let page = write(&ExperimentConfig::default()).unwrap();
    assert_eq!(write(&ExperimentConfig::default()).unwrap(), page);
    assert_eq!(fs::read_to_string(&page).unwrap(), play_page());
    fs::write(&page, "mine").unwrap();
    assert!(write(&ExperimentConfig::default()).is_err());
    assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
}

/// Steps through the page as a reader would: `tests/browser.js` says how.
#[test]
fn every_control_moves_its_picture_in_a_browser() {
    let node = has_node();
    if !is_installed("chromium", "ZUNDER_REQUIRE_CHROMIUM") || !node {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let page = write_play(&ExperimentConfig::default(), folder.path()).unwrap();
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/play/tests/browser.js");
    let output = Command::new("node").arg(driver).arg("chromium").arg(page).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.ends_with("done\n"), "{said}");
}
