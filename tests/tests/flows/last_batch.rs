//! The images that do not fill the last batch of a pass.

use zunder::{Run, RunConfig, RunError, parse_setting};

use crate::watch::Watch;

/// Returns the number of images of an epoch after each of its steps.
fn images_of(watch: &Watch) -> Vec<usize> {
    watch.steps.iter().map(|step| step.images).collect()
}

fn train(settings: &[&str]) -> Result<Watch, RunError> {
    let short = [
        "data.dataset=shapes",
        "data.limit=129",
        "data.validation=0.02",
        "epochs=1",
        "batch_size=64",
        "threads=1",
    ];
    let settings: Vec<_> =
        short.iter().chain(settings).map(|s| parse_setting(s).unwrap()).collect();
    let folder = tempfile::tempdir().unwrap();
    let mut watch = Watch::default();
    let config = RunConfig::from_layers(None, &settings)?;
    let run = Run::train_in(&folder.path().join("run"), &config, watch.options())?;
    let planned = watch.plan.as_ref().unwrap().steps;
    assert!(watch.steps.iter().all(|step| step.steps == planned));
    assert!(run.test()?.is_some_and(|test| test.loss.is_some_and(f64::is_finite)));
    Ok(watch)
}

#[test]
fn it_waits_or_makes_a_batch_but_not_one_image_alone_with_batch_norm() {
    let single =
        "the last image of each pass is left out: batch normalisation needs two in a batch";
    let residual = ["model=residual-mlp", "model.width=8", "model.depth=1", "data.drop_last=false"];
    let with = |more: &[&'static str]| [&residual[..], more].concat();
    for (settings, images, told) in [
        (vec!["model.hidden=[8]"], vec![64, 128], false),
        (vec!["model.hidden=[8]", "data.drop_last=false"], vec![64, 128], true),
        (
            vec!["model.hidden=[8]", "data.drop_last=false", "data.limit=130"],
            vec![64, 128, 130],
            false,
        ),
        (
            vec!["model.hidden=[8]", "data.drop_last=false", "model.batch_norm=false"],
            vec![64, 128, 129],
            false,
        ),
        (with(&["model.norm=batch"]), vec![64, 128], true),
        (with(&["model.norm=layer"]), vec![64, 128, 129], false),
        // The fourth step is the first of another pass.
        (
            vec!["model=linear", "data.drop_last=false", "steps_per_epoch=4"],
            vec![64, 128, 129, 193],
            false,
        ),
    ] {
        let watch = train(&settings).unwrap();
        assert_eq!(images_of(&watch), images, "{settings:?}");
        assert_eq!(
            watch.plan.unwrap().remarks.iter().any(|remark| remark == single),
            told,
            "{settings:?}"
        );
    }
}

#[test]
fn one_image_in_a_step_is_for_models_without_batch_norm() {
    assert_eq!(
        images_of(&train(&["model=linear", "batch_size=1", "data.limit=10"]).unwrap()),
        (1..=10).collect::<Vec<_>>()
    );
    let message =
        |settings: &[&str]| train(settings).map(|watch| images_of(&watch)).unwrap_err().to_string();
    assert_eq!(
        message(&["model=residual-mlp", "model.norm=batch", "batch_size=1"]),
        "configuration: batch_size is 1, expected at least 2 with model.norm = \"batch\": batch \
         normalisation compares the images of a batch"
    );
    assert_eq!(
        message(&["model=linear", "batch_size=0"]),
        "configuration: batch_size is 0, expected at least 1"
    );
}
