//! Whole runs on other data sets than CIFAR-10: grey images, and folders of image files of all
//! kinds.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use zunder::data::image_folder::ImageFolderConfig;
use zunder::data::{AugmentConfig, Flip, ImageShape, Images, Sampling, Storage};
use zunder::fetch::FetchConfig;
use zunder::models::MlpConfig;
use zunder::train::Outcome;
use zunder::{
    DataConfig, DatasetName, ModelConfig, ModelKind, Run, RunConfig, RunError, RunOptions, download,
};

use crate::watch::{Watch, train};

fn config(dataset: DatasetName, dir: &Path) -> RunConfig {
    let mut config = RunConfig::preset(ModelKind::Mlp);
    config.model = ModelConfig::Mlp(MlpConfig { hidden: vec![16], ..MlpConfig::default() });
    config.data.dataset = dataset;
    dir.clone_into(&mut config.data.dir);
    config.data.validation = 0.2;
    config.epochs = 3;
    config.batch_size = 16;
    config.threads = 1;
    config
}

/// Files in the format of MNIST: a bar at the left or at the right, in 9 rows of 7 pixels.
fn write_idx(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    for (part, n) in [("train", 120_u32), ("t10k", 40)] {
        let header = |magic: u32, sizes: &[u32]| {
            [magic].iter().chain(sizes).flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>()
        };
        let (mut images, mut labels) = (header(0x0803, &[n, 9, 7]), header(0x0801, &[n]));
        for i in 0..n {
            let label = (i % 10) as u8;
            labels.push(label);
            images.extend((0..63_u32).map(|place| {
                if place / 7 == u32::from(label) % 9 { 200 } else { ((place * 3 + i) % 60) as u8 }
            }));
        }
        fs::write(dir.join(format!("{part}-images-idx3-ubyte")), images).unwrap();
        fs::write(dir.join(format!("{part}-labels-idx1-ubyte")), labels).unwrap();
    }
}

#[test]
fn digits_are_grey_and_not_mirrored() {
    let dir = tempfile::tempdir().unwrap();
    write_idx(&dir.path().join("mnist"));
    let mut config = config(DatasetName::Mnist, dir.path());
    let mut watch = Watch::default();
    let run = train(&dir.path().join("run"), &config, &mut watch).unwrap();
    let plan = watch.plan.unwrap();
    assert_eq!(plan.shape, ImageShape { channels: 1, height: 9, width: 7 });
    assert_eq!((plan.train_images, plan.validation_images, plan.test_images), (96, 24, 40));
    assert_eq!((plan.left_out, plan.classes.len()), (vec!["horizontal_flip"], 10));
    assert_eq!(run.test().unwrap().unwrap().n, 40);
    // An augmentation that the user asks for is refused, not left out.
    config.augment =
        AugmentConfig { horizontal_flip: Some(Flip::default()), ..AugmentConfig::default() };
    let refusal = train(&dir.path().join("mirrored"), &config, &mut Watch::default())
        .unwrap_err()
        .to_string();
    assert_eq!(
        refusal,
        "horizontal_flip does not suit the data set: a mirror image means another class, or none"
    );
}

/// Two classes of 48x64 images in every pixel format, distinguished by their colour.
fn write_photos(dir: &Path) {
    let kinds: [fn(u8) -> DynamicImage; 4] = [
        |v| {
            RgbaImage::from_fn(48, 64, |x, _| Rgba([v, 255 - v, 0, if x < 4 { 0 } else { 255 }]))
                .into()
        },
        |v| {
            ImageBuffer::<Rgb<u16>, _>::from_pixel(
                48,
                64,
                Rgb([u16::from(v) * 257, u16::from(255 - v) * 257, 0]),
            )
            .into()
        },
        |v| GrayImage::from_pixel(60, 64, Luma([v])).into(),
        |v| RgbImage::from_pixel(64, 48, Rgb([v, 255 - v, 10])).into(),
    ];
    for (class, value) in [("a,\"b<", 230_u8), ("night", 20)] {
        let folder = dir.join(class);
        fs::create_dir_all(&folder).unwrap();
        for i in 0..40_u8 {
            let image = kinds[usize::from(i) % kinds.len()](if value > 100 {
                value - i / 4
            } else {
                value + i / 4
            });
            image.save(folder.join(format!("{i:02}.png"))).unwrap();
        }
    }
}

#[test]
fn a_folder_of_image_files_trains_resumes_and_predicts() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    write_photos(&photos);
    let mut config = config(DatasetName::Folder, &photos);
    config.data.image_folder =
        ImageFolderConfig { image_size: "12x16".parse().ok(), ..ImageFolderConfig::default() };

    let mut watch = Watch::stopping_at((2, 1));
    let interrupted = train(&dir.path().join("interrupted"), &config, &mut watch).unwrap();
    assert_eq!(interrupted.outcome(), Some(Outcome::Interrupted));
    assert_eq!(watch.decoded, 80);
    let plan = watch.plan.unwrap();
    assert_eq!(
        (plan.classes, plan.shape.to_string().as_str()),
        (vec!["a,\"b<".to_owned(), "night".to_owned()], "3x12x16")
    );
    assert!(
        plan.remarks.iter().any(|remark| remark.contains("no test part")),
        "{:?}",
        plan.remarks
    );

    // The second time nothing is decoded, and the resumed run equals the uninterrupted one.
    let mut again = Watch::default();
    let straight = train(&dir.path().join("straight"), &config, &mut again).unwrap();
    assert_eq!(again.decoded, 0);
    let mut resumed = Run::open(interrupted.path()).unwrap();
    resumed.resume(RunOptions::default()).unwrap();
    let weights = |run: &Run| fs::read(run.folder().best()).unwrap();
    assert_eq!(weights(&resumed), weights(&straight));
    let test = straight.test().unwrap().unwrap();
    assert!((8..=24).contains(&test.n) && test.accuracy > 0.9, "{} of {}", test.accuracy, test.n);

    // Each row of the predictions names its file.
    let file = fs::File::open(straight.folder().predictions()).unwrap();
    let (rows, _) = zunder::eval::Predictions::read_csv(file).unwrap();
    let files = rows.files().unwrap();
    assert_eq!(files.len(), test.n);
    for (file, label) in files.iter().zip(rows.labels()) {
        assert!(
            file.starts_with(["a,\"b</", "night/"][*label as usize]) && photos.join(file).is_file(),
            "{file}"
        );
    }

    // A file from elsewhere, decoded with the settings of the run.
    let file = dir.path().join("new.png");
    RgbImage::from_pixel(200, 100, Rgb([225, 30, 0])).save(&file).unwrap();
    let decoder = straight.decoder().unwrap();
    let images = Images::new(decoder.shape, decoder.read(&file).unwrap(), vec![0], 2).unwrap();
    let prediction = straight.predict(images).unwrap().remove(0);
    assert_eq!(prediction.class, "a,\"b<");
    let broken = dir.path().join("broken.png");
    fs::write(&broken, "no image").unwrap();
    let mut told = Vec::new();
    let files = [broken, file.clone(), photos.join("night/00.png")];
    straight
        .predict_files(&files, &mut |path, result| {
            told.push((path.to_owned(), result.map_err(|e| e.to_string())));
            std::ops::ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(told.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>(), files);
    assert!(told[0].1.as_ref().unwrap_err().contains("broken.png cannot be decoded"), "{told:?}");
    // In a batch with another image the last bits may differ.
    let together = told[1].1.as_ref().unwrap();
    assert!((together.scores[0] - prediction.scores[0]).abs() < 1e-5, "{together:?}");
    assert_eq!(told[2].1.as_ref().unwrap().class, "night");

    let export = dir.path().join("export");
    straight.export(&export).unwrap();
    let description: serde_json::Value =
        serde_json::from_slice(&fs::read(export.join("model.json")).unwrap()).unwrap();
    assert_eq!(
        (description["classes"][0].as_str(), description["hidden"][0]["units"].as_u64()),
        (Some("a,\"b<"), Some(16))
    );
    let tensors = zunder::train::read_weights(&export.join("model.safetensors")).unwrap();
    let weight = tensors.iter().find(|tensor| tensor.name == "hidden.0.linear.weight").unwrap();
    assert_eq!(weight.shape, [16, 3 * 12 * 16]);
    assert!(fs::read_to_string(export.join("model.py")).unwrap().contains("def load"));
    assert!(matches!(straight.export(&export).unwrap_err(), RunError::FolderExists(_)));

    let report = fs::read_to_string(straight.folder().report()).unwrap();
    assert!(report.contains("a,&quot;b&lt;") && !report.contains("b<\""));
}

/// Two classes of 16-bit images as a 10-bit sensor writes them.
fn write_sensor(dir: &Path) {
    for (class, level) in [("dim", 200_u16), ("lit", 850)] {
        fs::create_dir_all(dir.join(class)).unwrap();
        for i in 0..20_u16 {
            let pixel = |x: u32, y: u32| Luma([level + 3 * i + (x * 7 + y * 5) as u16]);
            let image = ImageBuffer::<Luma<u16>, _>::from_fn(9, 7, pixel);
            image.save(dir.join(class).join(format!("{i:02}.png"))).unwrap();
        }
    }
}

#[test]
fn images_of_few_bits_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    write_sensor(&photos);
    let mut config = config(DatasetName::Folder, &photos);
    let mut watch = Watch::default();
    let dark = train(&dir.path().join("dark"), &config, &mut watch).unwrap();
    let remarks = watch.plan.unwrap().remarks.join("\n");
    assert!(
        remarks.contains("40 of 40 image files of 16 bits have no sample above 1023"),
        "{remarks}"
    );
    assert!(remarks.contains("--set data.image_folder.depth=10"), "{remarks}");
    let file = photos.join("lit/00.png");
    let told = |run: &Run| {
        let findings = run
            .predict_files(std::slice::from_ref(&file), &mut |_, _| {
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        findings.remarks(&run.decoder().unwrap())
    };
    assert!(told(&dark)[0].contains("depth=10"));

    config.data.image_folder.depth = 10;
    let mut watch = Watch::default();
    let stretched = train(&dir.path().join("stretched"), &config, &mut watch).unwrap();
    let remarks = watch.plan.unwrap().remarks.join("\n");
    assert!(!remarks.contains("bits"), "{remarks}");
    // A file to predict is read like those of the training.
    assert_eq!(stretched.decoder().unwrap().depth, 10);
    assert_eq!(told(&stretched), [""; 0]);
}

#[test]
fn images_of_one_colour_are_reported() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("batches.meta.txt"), "dark\nbright\n").unwrap();
    for (name, images) in [("part_1.bin", 0..60_u8), ("test_1.bin", 60..80)] {
        let record = |i: u8| std::iter::once(i % 2).chain(std::iter::repeat_n(40 + i, 48));
        fs::write(dir.path().join(name), images.flat_map(record).collect::<Vec<u8>>()).unwrap();
    }
    let mut config = config(DatasetName::Records, dir.path());
    config.data.record_shape = Some(ImageShape { channels: 1, height: 8, width: 6 });
    let mut watch = Watch::default();
    train(&dir.path().join("run"), &config, &mut watch).unwrap();
    let remarks = watch.plan.unwrap().remarks.join("\n");
    assert!(remarks.contains("47 of 47 training images are of one colour each"), "{remarks}");
}

/// Files in the layout of CIFAR-10, with images of one channel, 8 by 6, bright or dark.
fn write_records(dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    fs::write(dir.join("batches.meta.txt"), "dark\nbright\n").unwrap();
    for (name, images) in
        [("part_1.bin", 0..70_u32), ("part_2.bin", 70..100), ("test_1.bin", 100..130)]
    {
        let record = |i: u32| {
            std::iter::once((i % 2) as u8)
                .chain((0..48).map(move |place| (130 * (i % 2) + (i * 7 + place * 13) % 100) as u8))
        };
        fs::write(dir.join(name), images.flat_map(record).collect::<Vec<u8>>()).unwrap();
    }
}

#[test]
fn records_train_to_the_same_bits_from_memory_and_from_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let records = dir.path().join("records");
    write_records(&records);
    let shape = ImageShape { channels: 1, height: 8, width: 6 };
    let weights = |storage: Storage| {
        let mut config = config(DatasetName::Records, &records);
        config.data =
            DataConfig { storage, shuffle_block: 4, record_shape: Some(shape), ..config.data };
        let folder = dir.path().join(format!("{storage:?}"));
        let run = train(&folder, &config, &mut Watch::default()).unwrap();
        assert_eq!(run.test().unwrap().unwrap().n, 30);
        fs::read(folder.join("best/model.safetensors")).unwrap()
    };
    assert!(weights(Storage::Memory) == weights(Storage::Mapped));

    let refused = |data: DataConfig| {
        let mut config = config(DatasetName::Shapes, dir.path());
        config.data = DataConfig { dir: dir.path().join("none"), ..data };
        train(&dir.path().join("refused"), &config, &mut Watch::default()).unwrap_err().to_string()
    };
    let data = DataConfig {
        storage: Storage::Mapped,
        dataset: DatasetName::Shapes,
        ..DataConfig::default()
    };
    assert_eq!(
        refused(data.clone()),
        "configuration: data.storage is mapped, expected memory for the synthetic set, which is in \
         no file"
    );
    let automatic = refused(DataConfig { dataset: DatasetName::Auto, ..data });
    assert!(
        automatic.starts_with(
            "configuration: data.storage is mapped, expected memory, since CIFAR-10 is not under "
        ),
        "{automatic}"
    );
    let shape_of_none = refused(DataConfig { record_shape: Some(shape), ..DataConfig::default() });
    assert_eq!(
        shape_of_none,
        "configuration: data.record_shape is set, expected that only with data.dataset records, \
         and it is auto"
    );
    let unshuffled = refused(DataConfig {
        sampling: Sampling::Balanced,
        shuffle_block: 64,
        ..DataConfig::default()
    });
    assert_eq!(
        unshuffled,
        "configuration: data.shuffle_block is 64, expected 1 with the sampling balanced"
    );
}

#[test]
fn a_changed_folder_is_not_resumed() {
    let dir = tempfile::tempdir().unwrap();
    let photos = dir.path().join("photos");
    write_photos(&photos);
    let config = config(DatasetName::Folder, &photos);
    let mut watch = Watch::stopping_at((2, 1));
    let mut run = train(&dir.path().join("run"), &config, &mut watch).unwrap();
    fs::copy(photos.join("night/01.png"), photos.join("night/99.png")).unwrap();
    let refusal = run.resume(RunOptions::default()).unwrap_err();
    assert!(matches!(refusal, RunError::OtherData { .. }), "{refusal}");
}

#[test]
fn only_what_is_missing_is_downloaded() {
    let dir = tempfile::tempdir().unwrap();
    let offline = FetchConfig { offline: true, ..FetchConfig::default() };
    let fetched = |dataset| {
        let data = DataConfig { dataset, dir: dir.path().to_owned(), ..DataConfig::default() };
        download(&data, &offline, &mut |_| ControlFlow::Continue(()))
    };
    for dataset in DatasetName::ALL {
        match (dataset.download(), fetched(dataset)) {
            (Some(_), Err(RunError::Fetch(error))) => {
                assert!(error.hint().unwrap().contains("curl"), "{error}");
            }
            (None, Ok(None)) => {}
            // The copy that a system package installs.
            (Some(_), Ok(None)) => {
                assert!(!dataset.find(dir.path()).unwrap().starts_with(dir.path()));
            }
            (_, other) => panic!("{dataset:?}: {other:?}"),
        }
    }
    write_idx(&dir.path().join("mnist"));
    assert!(fetched(DatasetName::Mnist).unwrap().is_none());
}
