//! The export of a run and its import as a model.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use zunder::data::{AugmentConfig, ImageShape, Images};
use zunder::models::{Activation, LinearClassifierConfig, MlpConfig, Norm, ResidualMlpConfig};
use zunder::train::{NamedTensor, read_foreign_weights, read_weights, write_weights};
use zunder::{
    DatasetName, ModelConfig, Prediction, Predictor, Run, RunConfig, RunError, RunOptions,
    TestTimeAugmentation,
};

fn config(model: ModelConfig) -> RunConfig {
    let mut config = RunConfig {
        model,
        epochs: 1,
        batch_size: 32,
        threads: 1,
        augment: AugmentConfig::default(),
        ..RunConfig::default()
    };
    (config.data.dataset, config.data.limit, config.data.validation) =
        (DatasetName::Shapes, Some(200), 0.02);
    config
}

fn trained(folder: &Path, config: &RunConfig) -> Run {
    Run::train_in(folder, config, RunOptions::default()).unwrap()
}

/// Returns some images of a shape.
fn images(shape: ImageShape) -> Images {
    let pixels = (0..8 * shape.len()).map(|i| ((i * 2_654_435_761) >> 7) as u8).collect();
    Images::new(shape, pixels, vec![0; 8], 2).unwrap()
}

/// Returns the predictions of a model for some images.
fn said(run: &Run) -> Vec<Prediction> {
    run.predict(images(run.decoder().unwrap().shape)).unwrap()
}

#[test]
fn an_export_comes_back_to_the_bit() {
    let dir = tempfile::tempdir().unwrap();
    let mlp = |activation, batch_norm, hidden_bias| {
        ModelConfig::Mlp(MlpConfig {
            hidden: vec![12, 7],
            activation,
            batch_norm,
            hidden_bias,
            ..MlpConfig::default()
        })
    };
    let residual = |norm| {
        ModelConfig::ResidualMlp(ResidualMlpConfig {
            width: 6,
            depth: 2,
            expansion: 3,
            norm,
            ..ResidualMlpConfig::default()
        })
    };
    let models = [
        ModelConfig::Linear(LinearClassifierConfig::default()),
        mlp(Activation::Relu, true, None),
        mlp(Activation::Prelu, true, Some(true)),
        mlp(Activation::LeakyRelu, false, None),
        mlp(Activation::Gelu, false, Some(false)),
        residual(Norm::Layer),
        residual(Norm::Batch),
    ];
    for (i, model) in models.into_iter().enumerate() {
        let place = |name: &str| dir.path().join(format!("{name}{i}"));
        let tta = if i == 1 { TestTimeAugmentation::Mirror } else { TestTimeAugmentation::None };
        let run = trained(&place("run"), &RunConfig { tta, ..config(model) });
        run.export(&place("export")).unwrap();
        let back = Run::import(&place("export"), Some(&place("back"))).unwrap();
        assert_eq!(said(&back), said(&run), "{:?}", run.config().model);
        assert_eq!(back.config().tta, tta);
        // The weights are in the folder like those of a run, and are exported again as the same
        // files.
        let sorted = |run: &Run| {
            let mut tensors = read_weights(&run.folder().best()).unwrap();
            tensors.sort_by(|a, b| a.name.cmp(&b.name));
            tensors
        };
        assert_eq!(sorted(&back), sorted(&run));
        back.export(&place("again")).unwrap();
        for file in ["model.json", "preprocessing.json"] {
            let json = |name: &str| fs::read_to_string(place(name).join(file)).unwrap();
            assert_eq!(json("again"), json("export"));
        }
        // A predictor needs no import.
        for source in [place("export"), place("export").join("model.safetensors")] {
            let predictor = Predictor::open(&source).unwrap();
            assert_eq!(predictor.predict(images(predictor.decoder().shape)).unwrap(), said(&run));
        }
    }
}

/// Version 0.2.0 wrote the preprocessing into model.json.
#[test]
fn an_export_of_format_1_is_imported() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let model = ModelConfig::Linear(LinearClassifierConfig::default());
    let tta = TestTimeAugmentation::Mirror;
    let run = trained(&place("run"), &RunConfig { tta, ..config(model) });
    run.export(&place("export")).unwrap();
    let read = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(place("export").join(name)).unwrap()).unwrap()
    };
    let (mut description, steps) = (read("model.json"), read("preprocessing.json"));
    let decoder = run.decoder().unwrap();
    description["format"] = json!(1);
    description["shape"] = json!(decoder.shape);
    description["decoder"] = json!(decoder);
    description["standardisation"] =
        json!({ "mean": steps["standardisation"]["mean"], "std": steps["standardisation"]["std"] });
    description["tta"] = json!("mirror");
    fs::remove_file(place("export/preprocessing.json")).unwrap();
    fs::write(place("export/model.json"), description.to_string()).unwrap();
    let back = Run::import(&place("export"), Some(&place("back"))).unwrap();
    assert_eq!(said(&back), said(&run));
    description.as_object_mut().unwrap().remove("tta");
    fs::write(place("export/model.json"), description.to_string()).unwrap();
    let error = Run::import(&place("export"), Some(&place("other"))).unwrap_err().to_string();
    assert!(error.contains("format is 1, expected the fields shape, "), "{error}");
}

#[test]
fn an_imported_model_starts_trainings_and_has_no_test() {
    let dir = tempfile::tempdir().unwrap();
    let place = |name: &str| dir.path().join(name);
    let config = config(RunConfig::preset(zunder::ModelKind::Linear).model);
    let run = trained(&place("run"), &config);
    run.export(&place("export")).unwrap();
    let mut back = Run::import(&place("export/model.safetensors"), Some(&place("back"))).unwrap();
    let from = RunConfig { init_from: Some(place("back")), ..config };
    let plan = Run::plan(&from, RunOptions::default()).unwrap();
    assert!(
        plan.remarks
            .iter()
            .any(|remark| remark.contains("all weights start from the imported model")),
        "{:?}",
        plan.remarks
    );
    let on = trained(&place("on"), &from);
    assert!(on.test().unwrap().is_some());
    assert!(back.test().unwrap().is_none() && back.epochs().unwrap().is_empty());
    for error in [
        back.evaluate().unwrap_err(),
        back.evaluate_in_full(None).unwrap_err(),
        back.resume(RunOptions::default()).unwrap_err(),
        back.change(&[]).unwrap_err(),
        zunder::compare(&[run, back.clone()]).unwrap_err(),
    ] {
        assert!(
            matches!(&error, RunError::Imported(_))
                && error.is_input()
                && error.hint().contains("--from"),
            "{error}"
        );
    }
    assert!(matches!(
        Run::import(&place("export"), Some(&place("back"))).unwrap_err(),
        RunError::FolderExists(_)
    ));
}

/// Imports an export after `change`, and expects an error with `message`.
#[track_caller]
fn refused(export: &Path, change: impl FnOnce(&mut Value, &mut Vec<NamedTensor>), message: &str) {
    refused_with(export, change, |_| {}, message);
}

/// Also changes the preprocessing.
#[track_caller]
fn refused_with(
    export: &Path,
    change: impl FnOnce(&mut Value, &mut Vec<NamedTensor>),
    change_steps: impl FnOnce(&mut Value),
    message: &str,
) {
    let dir = tempfile::tempdir().unwrap();
    let [mut description, mut steps] = ["model.json", "preprocessing.json"]
        .map(|name| serde_json::from_slice(&fs::read(export.join(name)).unwrap()).unwrap());
    let mut tensors = read_foreign_weights(&export.join("model.safetensors"), &|_| false).unwrap();
    change(&mut description, &mut tensors);
    change_steps(&mut steps);
    fs::write(dir.path().join("model.json"), description.to_string()).unwrap();
    fs::write(dir.path().join("preprocessing.json"), steps.to_string()).unwrap();
    write_weights(&dir.path().join("model.safetensors"), &tensors, "changed").unwrap();
    let out = dir.path().join("out");
    let error = Run::import(dir.path(), Some(&out)).unwrap_err();
    assert!(error.to_string().contains(message) && error.is_input(), "{message:?} in {error}");
    assert!(error.hint().contains("export") && !out.exists(), "{}", error.hint());
}

#[test]
fn mismatching_tensors_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let export = dir.path().join("export");
    let mlp = MlpConfig { hidden: vec![5, 4], ..MlpConfig::default() };
    trained(&dir.path().join("run"), &config(ModelConfig::Mlp(mlp))).export(&export).unwrap();
    let tensor = |tensors: &[NamedTensor], name: &str| {
        tensors.iter().position(|tensor| tensor.name == name).unwrap()
    };
    let weights = |change: &dyn Fn(&mut Vec<NamedTensor>), message: &str| {
        refused(&export, |_, tensors| change(tensors), message);
    };
    let says = |path: &str, value: Value, message: &str| {
        let path = path.to_owned();
        refused(
            &export,
            move |description, _| *description.pointer_mut(&path).unwrap() = value,
            message,
        );
    };
    weights(
        &|t| t.retain(|tensor| tensor.name != "hidden.1.norm.running_mean"),
        "lacks the tensor hidden.1.norm.running_mean, of shape [4]",
    );
    weights(
        &|t| t.push(NamedTensor { name: "head.weight".into(), shape: vec![1], values: vec![0.0] }),
        "holds the tensor head.weight",
    );
    let turn = |t: &mut Vec<NamedTensor>| {
        let i = tensor(t, "hidden.1.linear.weight");
        t[i].shape.reverse();
    };
    weights(
        &turn,
        "holds hidden.1.linear.weight with the shape [5, 4], expected [4, 5] (transposed",
    );
    weights(
        &|t| {
            let i = tensor(t, "output.bias");
            t[i].values[3] = f32::NAN;
        },
        "holds NaN in output.bias, expected finite",
    );
    weights(
        &|t| {
            let i = tensor(t, "hidden.0.norm.running_var");
            t[i].values[0] = -1.0;
        },
        "holds -1 in hidden.0.norm.running_var",
    );
    refused(
        &export,
        |d, _| drop(d["classes"].as_array_mut().unwrap().pop()),
        "output.weight with the shape [10, 4], expected [9, 4]",
    );
    refused(
        &export,
        |d, _| drop(d.as_object_mut().unwrap().remove("classes")),
        "missing field `classes`",
    );
    refused(&export, |d, _| d["clases"] = json!([]), "unknown field `clases`");
    refused(
        &export,
        |d, _| d["classes"][1] = d["classes"][0].clone(),
        "expected names that are all different",
    );
    says("/classes", json!(["one"]), "classes has 1 name, expected at least 2");
    says("/format", json!(3), "format is 3, expected 1 to 2");
    says(
        "/hidden/0/units",
        json!(6),
        "hidden.0.linear.weight with the shape [5, 3072], expected [6, 3072]",
    );
    says(
        "/hidden/0/activation",
        json!("tanh"),
        "the hidden layers differ (tanh, batch_norm = true, bias = false and relu",
    );
    says("/hidden/0/activation", json!("sinus"), "unknown variant `sinus`");
    refused(
        &export,
        |d, _| d["tta"] = json!("none"),
        "expected shape, standardisation, decoder and tta in preprocessing.json only",
    );
    let step = |path: &str, value: Value, message: &str| {
        let path = path.to_owned();
        let change = move |steps: &mut Value| *steps.pointer_mut(&path).unwrap() = value;
        refused_with(&export, |_, _| {}, change, message);
    };
    step("/standardisation/std/1", json!(0.0), "standardisation has mean [");
    step("/standardisation/mean", json!([0.5]), "expected 3 finite numbers each");
    step("/resize/height", json!(16), "hidden.0.linear.weight with the shape [5, 3072]");
    step("/resize/kernel", json!("cubic"), "unknown variant `cubic`, expected `triangle`");
    step("/decode/channels", json!(2), "channels is 2, expected 1 (grey) or 3 (RGB)");
    step("/format", json!(2), "format is 2, expected 1");
    let residual = json!({
        "width": 4, "depth": 1, "hidden": 6, "activation": "relu", "norm": "layer", "bias": true
    });
    refused(&export, |d, _| d["residual"] = residual.clone(), "has hidden and residual");
    let alone = |d: &mut Value, _: &mut Vec<NamedTensor>| {
        d.as_object_mut().unwrap().remove("hidden");
        d["residual"] = residual;
    };
    refused(&export, alone, "residual has hidden = 6");

    let damaged = fs::read(export.join("model.safetensors")).unwrap();
    fs::write(export.join("model.safetensors"), &damaged[..damaged.len() / 2]).unwrap();
    let out = dir.path().join("out");
    let error = |source: &Path| Run::import(source, Some(&out)).unwrap_err().to_string();
    assert!(
        error(&export).contains("model.safetensors: not a safetensors file"),
        "{}",
        error(&export)
    );
    fs::remove_file(export.join("model.json")).unwrap();
    assert!(error(&export).contains("expected model.json in it"), "{}", error(&export));
    assert!(error(&export.join("model.safetensors")).contains("expected model.json beside it"));
    assert!(
        error(&dir.path().join("run"))
            .contains("is not an exported model, expected model.safetensors in it")
    );
    assert!(error(&dir.path().join("nowhere")).contains("nowhere: is not an exported model"));
    assert!(!out.exists());
}

#[test]
fn additions_of_pytorch_are_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let export = dir.path().join("export");
    let run = trained(
        &dir.path().join("run"),
        &config(ModelConfig::Mlp(MlpConfig { hidden: vec![5], ..MlpConfig::default() })),
    );
    run.export(&export).unwrap();
    // As safetensors.torch writes a model's state: no metadata, doubles, and the number of batches
    // as an integer.
    let tensors = read_foreign_weights(&export.join("model.safetensors"), &|_| false).unwrap();
    let (mut header, mut body) = (serde_json::Map::new(), Vec::new());
    let mut add = |name: &str, dtype: &str, shape: &[usize], bytes: Vec<u8>| {
        let begin = body.len();
        body.extend(bytes);
        header.insert(
            name.to_owned(),
            json!({ "dtype": dtype, "shape": shape, "data_offsets": [begin, body.len()] }),
        );
    };
    for tensor in &tensors {
        add(
            &tensor.name,
            "F64",
            &tensor.shape,
            tensor.values.iter().flat_map(|value| f64::from(*value).to_le_bytes()).collect(),
        );
    }
    add("hidden.0.norm.num_batches_tracked", "I64", &[], 7_i64.to_le_bytes().to_vec());
    let write = |header: &serde_json::Map<String, Value>| {
        let mut text = Value::Object(header.clone()).to_string();
        while !text.len().is_multiple_of(8) {
            text.push(' ');
        }
        let bytes = [&(text.len() as u64).to_le_bytes()[..], text.as_bytes(), &body].concat();
        fs::write(export.join("model.safetensors"), bytes).unwrap();
    };
    write(&header);
    let back = Run::import(&export, Some(&dir.path().join("back"))).unwrap();
    assert_eq!(said(&back), said(&run));
    header["output.bias"]["dtype"] = json!("I64");
    write(&header);
    let error = Run::import(&export, Some(&dir.path().join("other"))).unwrap_err();
    assert!(error.to_string().contains("holds output.bias as I64, expected F32 or F64"), "{error}");
}
