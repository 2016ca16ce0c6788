//! Tests of random chains of runs: images that were trained on are never held out, unless the run
//! is marked.

mod record;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use zunder_data::{Split, Storage};

use super::*;
use crate::images::loaded::LoadedData;
use crate::{DataConfig, DatasetName};

/// Returns an image of 4 x 4 pixels as a BMP file, a different one for each number.
fn picture(number: u64) -> Vec<u8> {
    let mut bytes = b"BM".to_vec();
    for word in [54 + 48, 0, 54, 40, 4, 4, 1 | 24 << 16, 0, 48, 0, 0, 0, 0_u32] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(pixels(number));
    bytes
}

/// Returns the pixels as blue, green, red, from the lowest row.
fn pixels(number: u64) -> Vec<u8> {
    let key = zunder_random::Key::new(number).named("picture");
    (0..48).map(|i| key.word(i) as u8).collect()
}

/// Writes a file for each (class, name, number).
fn write(dir: &Path, files: &[(u32, String, u64)]) {
    for (class, name, number) in files {
        let folder = dir.join(format!("class-{class}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.bmp")), picture(*number)).unwrap();
    }
}

fn config(dir: &Path, from: Option<PathBuf>) -> RunConfig {
    let mut data = DataConfig {
        dataset: DatasetName::Folder,
        dir: dir.to_owned(),
        validation: 0.25,
        ..DataConfig::default()
    };
    data.image_folder.image_size = "4".parse().ok();
    data.image_folder.cache = Some(PathBuf::new());
    RunConfig { data, init_from: from, ..RunConfig::default() }
}

fn load(config: &RunConfig) -> Result<LoadedData, RunError> {
    config.validate()?;
    LoadedData::load(config, &mut (), Past::of(config)?)
}

/// Writes the files of a run that another one needs to start from it.
fn keep(loaded: &LoadedData, folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("config.toml"), "").unwrap();
    loaded.record.write(&folder.join("images.safetensors")).unwrap();
}

/// Returns the numbers of the images in the training, validation and test part.
fn numbers(loaded: &LoadedData) -> [BTreeSet<u64>; 3] {
    let known: BTreeMap<Vec<u8>, u64> =
        (0..POOL).map(|number| (planar(&pixels(number)), number)).collect();
    let of =
        |indices: &[u32]| indices.iter().map(|&i| known[loaded.train.image(i as usize)]).collect();
    let test = (0..loaded.test.len()).map(|i| known[loaded.test.image(i)]).collect();
    [of(&loaded.split.train), of(&loaded.split.validation), test]
}

/// Returns the pixels in the layout of a data set.
fn planar(bmp: &[u8]) -> Vec<u8> {
    let at = |channel: usize, y: usize, x: usize| bmp[((3 - y) * 4 + x) * 3 + 2 - channel];
    (0..48).map(|i| at(i / 16, i / 4 % 4, i % 4)).collect()
}

const POOL: u64 = 90;

/// One run of a chain.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the choices are independent")]
struct Step {
    seed: u64,
    test_seed: u64,
    present: Vec<bool>,
    renamed: u8,
    mapped: bool,
    two_classes: bool,
    limit: bool,
    groups: bool,
    folds: bool,
    allowed: bool,
    exported: bool,
}

fn step() -> impl Strategy<Value = Step> {
    let flags = (
        any::<u8>(),
        any::<bool>(),
        prop::bool::weighted(0.2),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
    );
    let more = (prop::bool::weighted(0.2), any::<bool>(), any::<bool>());
    let present = prop::collection::vec(prop::bool::weighted(0.7), POOL as usize);
    (0_u64..4, 0_u64..2, present, flags, more).prop_map(
        |(seed, test_seed, present, flags, more)| {
            let ((renamed, mapped, two_classes, limit, groups), (folds, allowed, exported)) =
                (flags, more);
            Step {
                seed,
                test_seed,
                present,
                renamed,
                mapped,
                two_classes,
                limit,
                groups,
                folds,
                allowed,
                exported,
            }
        },
    )
}

/// Writes the files of a step and returns its configuration.
fn prepare(step: &Step, dir: &Path, from: Option<PathBuf>) -> RunConfig {
    let mut files: Vec<(u32, String, u64)> = Vec::new();
    for number in (0..POOL).filter(|&number| step.present[number as usize]) {
        files.push((
            number as u32 % 3,
            format!("{}-{number}", (number as u8).wrapping_mul(step.renamed | 1)),
            number,
        ));
        if number % 13 == 0 {
            // The same image under another name, and in another class.
            files.push((number as u32 % 3, format!("copy-{number}"), number));
            files.push(((number as u32 + 1) % 3, format!("copy-{number}"), number));
        }
    }
    write(dir, &files);
    let mut config = config(dir, from);
    if step.groups {
        let rows = files
            .iter()
            .map(|(class, name, number)| format!("class-{class}/{name}.bmp,{}\n", number / 4));
        let table = dir.with_extension("csv");
        fs::write(&table, format!("image,group\n{}", rows.collect::<String>())).unwrap();
        config.data.groups = Some(table);
    }
    config.seed = step.seed;
    config.data.image_folder.seed = step.test_seed;
    if step.mapped {
        (config.data.storage, config.data.image_folder.cache) =
            (Storage::Mapped, Some(dir.with_extension("cache")));
    }
    if step.two_classes {
        config.data.classes = vec!["class-2".to_owned(), "class-0".to_owned()];
    }
    config.data.limit = step.limit.then_some(9);
    if step.folds {
        (config.data.folds, config.data.fold, config.data.validation) =
            (Some(3), Some(1), DataConfig::default().validation);
    }
    config.data.allow_leakage = step.allowed;
    config
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn trained_images_are_never_held_out_in_a_chain(
        steps in prop::collection::vec(step(), 2..5),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let (mut learnt, mut from, mut made) = (BTreeSet::new(), None, 0);
        for (i, step) in steps.iter().enumerate() {
            let config = prepare(step, &dir.path().join(format!("data-{i}")), from.clone());
            let loaded = match load(&config) {
                Ok(loaded) => loaded,
                Err(RunError::Leakage { .. }) => {
                    // Folds are fixed, and any group may contain an image that was trained on.
                    let expected = (step.folds || step.groups) && !step.allowed && i > 0;
                    prop_assert!(expected, "{:?}", step);
                    continue;
                }
                Err(error) => {
                    prop_assert!(step.groups || step.limit || step.folds, "{}", error);
                    continue;
                }
            };
            made += 1;
            let [train, validation, test] = numbers(&loaded);
            let held: BTreeSet<u64> = validation.union(&test).copied().collect();
            prop_assert!(train.is_disjoint(&held) && validation.is_disjoint(&test));
            let leaked = held.intersection(&learnt).count();
            let told = loaded.leakage.as_ref();
            prop_assert_eq!(told.is_some(), leaked > 0, "{} {:?}", leaked, told);
            prop_assert!(leaked == 0 || step.allowed);
            learnt.extend(train);
            let folder = dir.path().join(format!("run-{i}"));
            keep(&loaded, &folder);
            if step.exported {
                let back = dir.path().join(format!("back-{i}"));
                fs::create_dir_all(&back).unwrap();
                fs::write(back.join("config.toml"), "").unwrap();
                let record = ImagesRecord::read(&folder.join("images.safetensors"));
                let record = record.unwrap().unwrap();
                record.write(&back.join("images.safetensors")).unwrap();
                from = Some(back);
            } else {
                from = Some(folder);
            }
        }
        prop_assume!(made > 0);
    }
}

/// Returns the part of each image.
fn sides(loaded: &LoadedData) -> BTreeMap<u64, usize> {
    numbers(loaded)
        .into_iter()
        .enumerate()
        .flat_map(|(part, numbers)| numbers.into_iter().map(move |n| (n, part)))
        .collect()
}

#[test]
fn adding_or_renaming_files_moves_no_image() {
    let dir = tempfile::tempdir().unwrap();
    let files = |without: Option<u64>, name: &str| -> Vec<(u32, String, u64)> {
        let numbers = (0..POOL).filter(|n| Some(*n) != without);
        numbers.map(|n| (n as u32 % 3, format!("{name}{}", n * 7 % 100), n)).collect()
    };
    let of = |name: &str, files: &[(u32, String, u64)], change: &dyn Fn(&mut RunConfig)| {
        let data = dir.path().join(name);
        write(&data, files);
        let mut config = config(&data, None);
        change(&mut config);
        sides(&load(&config).unwrap())
    };
    let whole = of("whole", &files(None, "a"), &|_| {});
    assert!((10..30).contains(&whole.values().filter(|side| **side == 2).count()), "{whole:?}");
    for gone in [0, 17, 44, 89] {
        let mut less = of(&format!("less-{gone}"), &files(Some(gone), "a"), &|_| {});
        less.insert(gone, whole[&gone]);
        assert_eq!(less, whole);
    }
    assert_eq!(of("renamed", &files(None, "z"), &|_| {}), whole);
    let mapped = |config: &mut RunConfig| {
        (config.data.storage, config.data.image_folder.cache) =
            (Storage::Mapped, Some(dir.path().join("cache")));
    };
    assert_eq!(of("whole", &[], &mapped), whole);
    let mut two = whole.clone();
    two.retain(|n, _| n % 3 != 1);
    assert_eq!(
        of("whole", &[], &|config| config.data.classes = vec!["class-2".into(), "class-0".into()]),
        two
    );
    assert_ne!(of("whole", &[], &|config| config.seed = 5), whole);
    assert_ne!(of("whole", &[], &|config| config.data.image_folder.seed = 5), whole);
    let limited = of("whole", &[], &|config| config.data.limit = Some(20));
    assert_eq!(of("renamed", &[], &|config| config.data.limit = Some(20)), limited);
    let folds = |name| {
        of(name, &[], &|config| {
            (config.data.folds, config.data.fold, config.data.validation) = (Some(3), Some(2), 0.1);
        })
    };
    assert_eq!(folds("whole"), folds("renamed"));
}

#[test]
fn copies_stay_together_and_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let mut files: Vec<(u32, String, u64)> =
        (0..60).map(|n| (n as u32 % 3, n.to_string(), n)).collect();
    // Every third image under another name too, and some of them in another class.
    files.extend((0..60).step_by(3).map(|n| (n as u32 % 3, format!("copy-{n}"), n)));
    files.extend((0..60).step_by(15).map(|n| ((n as u32 + 1) % 3, format!("copy-{n}"), n)));
    write(dir.path(), &files);
    let loaded = load(&config(dir.path(), None)).unwrap();
    let [train, validation, test] = numbers(&loaded);
    assert!(
        train.is_disjoint(&validation) && train.is_disjoint(&test) && validation.is_disjoint(&test)
    );
    assert_eq!(train.len() + validation.len() + test.len(), 60);
    let told = "4 images are in more than one class: all but one of their labels are wrong";
    assert!(loaded.remarks.iter().any(|remark| remark == told), "{:?}", loaded.remarks);
    assert!(
        !loaded.remarks.iter().any(|remark| remark.contains("exact copies")),
        "{:?}",
        loaded.remarks
    );
}

#[test]
fn another_seed_keeps_the_parts_and_an_error_names_the_leakage() {
    let dir = tempfile::tempdir().unwrap();
    let (data, run) = (dir.path().join("data"), dir.path().join("run"));
    write(&data, &(0..POOL).map(|n| (n as u32 % 2, n.to_string(), n)).collect::<Vec<_>>());
    let first = load(&config(&data, None)).unwrap();
    let before = sides(&first);
    assert!(first.leakage.is_none());
    keep(&first, &run);
    let with = |change: &dyn Fn(&mut RunConfig)| {
        let mut config = config(&data, Some(run.clone()));
        change(&mut config);
        load(&config)
    };
    let again = with(&|config| (config.seed, config.data.image_folder.seed) = (9, 9)).unwrap();
    assert_eq!(sides(&again), before);
    let remark = format!("the parts are those of {}", run.display());
    assert!(again.remarks.contains(&remark) && again.leakage.is_none(), "{:?}", again.remarks);
    let folds = |config: &mut RunConfig| {
        (config.data.folds, config.data.fold, config.data.validation) = (Some(3), Some(1), 0.1);
    };
    let refusal = with(&folds).err().unwrap();
    let message = refusal.to_string();
    assert!(
        message.contains(&format!("({}: ", run.display())) && message.ends_with("), expected none"),
        "{message}"
    );
    assert!(refusal.is_input() && refusal.hint().contains("--allow-leakage"));
    let marked = with(&|config| {
        folds(config);
        config.data.allow_leakage = true;
    });
    let leakage = marked.unwrap().leakage.unwrap();
    assert!(
        leakage.validation > 0
            && leakage.test == 0
            && leakage.learnt_by == [run.display().to_string()],
        "{leakage:?}"
    );
    // A run of an earlier version, or an imported model.
    fs::remove_file(run.join("images.safetensors")).unwrap();
    let unknown = with(&|_| {}).unwrap().leakage.unwrap();
    assert_eq!(
        (unknown.validation, unknown.test, unknown.unknown),
        (0, 0, vec![run.display().to_string()])
    );
}

#[test]
fn a_class_keeps_training_images_if_previous_runs_held_all_out() {
    let parts = [vec![[1, 1]], vec![[2, 2], [3, 3], [4, 4]], vec![]];
    let past = ImagesRecord::new(Past::default(), parts).into_past("a".into()).unwrap();
    let images = Images {
        digests: (1..=6).map(|n| [n, n]).collect(),
        units: (1..=6).collect(),
        labels: vec![0, 0, 1, 1, 2, 2],
    };
    let usual = Split { train: vec![1, 2, 4], validation: vec![0, 3, 5] };
    // Image 0 was trained on and 1 was validated on. Both images of class 1 were validated on, so
    // that class is split as usual.
    let placed = place_validation(&past, &images, &usual).into_inner();
    assert_eq!(placed, Split { train: vec![0, 2, 4], validation: vec![1, 3, 5] });
    let images = Images { units: vec![1, 1, 3, 4, 5, 6], ..images };
    let placed = place_validation(&past, &images, &usual).into_inner();
    assert_eq!(
        placed.train,
        [0, 1, 2, 4],
        "a group with an image that was trained on is trained on"
    );
}
