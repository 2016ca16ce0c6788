//! The loader as Burn reads it.

use std::sync::Arc;

use burn::data::dataloader::{DataLoader, split::split_dataloader};
use burn::tensor::{Device, Tensor};
use zunder_burn_train::{ImageLoader, Key, LearnerBatch};
use zunder_train::{Loss, LossFunction};

use crate::setup::{BATCH, train, train_loader};

/// Pixels, labels and soft labels of an epoch.
type Rows = Vec<(Vec<f32>, Vec<u32>, Option<Vec<f32>>)>;

fn read(loader: &dyn DataLoader<LearnerBatch<Tensor<2>>>) -> Rows {
    let mut items = loader.iter();
    let mut rows = Vec::new();
    for batch in items.by_ref() {
        let batch = batch.unwrap();
        rows.push((batch.input.into_data().try_to_vec().unwrap(), batch.labels, batch.soft_labels));
    }
    let progress = items.progress();
    assert!(progress.is_completed(), "{progress:?}");
    assert_eq!(rows.iter().map(|batch| batch.1.len()).sum::<usize>(), loader.num_items());
    rows
}

fn mixed(device: &Device) -> ImageLoader<2> {
    ImageLoader::flat(train_loader(true), Key::new(3), device)
}

#[test]
fn each_pass_is_an_epoch_and_can_be_repeated() {
    let device = Device::flex();
    let loader = train(&device);
    let (first, second) = (read(&loader), read(&loader));
    assert!(first != second);
    assert_eq!(read(&train(&device)), first);
    assert_eq!(read(&train(&device).from_epoch(2)), second);
    // The epochs count whether or not they are read, and on another device too.
    let loader = train(&device);
    drop(loader.iter());
    assert_eq!(read(&*loader.to_device(&device)), second);
    // The loader gives what `zunder_data` gives.
    let batches: Vec<_> = train_loader(false).epoch(2).map(Result::unwrap).collect();
    assert!(batches.iter().zip(&second).all(|(a, b)| a.pixels == b.0 && a.labels == b.1));
    assert_eq!((batches.len(), second.len()), (5, 5));
}

#[test]
fn devices_take_shares_of_each_batch() {
    let devices = [Device::flex(), Device::flex(), Device::flex()];
    let whole: Arc<dyn DataLoader<_>> = Arc::new(mixed(&devices[0]));
    let parts: Vec<_> = split_dataloader(Arc::clone(&whole), &devices);
    let parts: Vec<Rows> = parts.iter().map(|part| read(&**part)).collect();
    for (step, batch) in read(&*whole).into_iter().enumerate() {
        let rows: Vec<_> = parts.iter().map(|part| &part[step]).collect();
        let pixels: Vec<f32> = rows.iter().flat_map(|part| part.0.clone()).collect();
        let labels: Vec<u32> = rows.iter().flat_map(|part| part.1.clone()).collect();
        let soft: Vec<f32> = rows.iter().flat_map(|part| part.2.clone().unwrap()).collect();
        assert_eq!((pixels, labels, Some(soft)), batch);
        assert!(rows.iter().all(|part| (10..=11).contains(&part.1.len())));
    }
}

#[test]
fn shares_of_the_loss_have_the_sum_one() {
    let devices = [Device::flex(), Device::flex()];
    for loss in [r#"{"name":"cross-entropy"}"#, WEIGHTED] {
        let loss: Loss = serde_json::from_str(loss).unwrap();
        let whole: Arc<dyn DataLoader<_>> = Arc::new(mixed(&devices[0]));
        let parts = split_dataloader(Arc::clone(&whole), &devices);
        let mut parts: Vec<_> = parts.iter().map(|part| part.iter()).collect();
        for batch in whole.iter() {
            let batch: LearnerBatch<Tensor<2>> = batch.unwrap();
            assert_eq!(batch.share(&loss), 1.0);
            let rows = parts.iter_mut().map(|part| part.next().unwrap().unwrap());
            let rows: Vec<LearnerBatch<_>> = rows.collect();
            let shares: f64 = rows.iter().map(|rows| rows.share(&loss)).sum();
            assert!((shares - 1.0).abs() < 1e-12, "{shares}");
            // Each device draws its own masks.
            assert!(rows[0].key != rows[1].key && rows[0].key != batch.key);
            let weight = loss.weight(&rows[0].labels, rows[0].soft_labels.as_deref());
            assert!(weight > 0.0);
        }
    }
}

const WEIGHTED: &str =
    r#"{"name":"cross-entropy","class_weights":[1.0,2.0,3.0,4.0,5.0,6.0,7.0,8.0,9.0,10.0]}"#;

#[test]
fn a_batch_too_small_for_the_devices_is_an_error() {
    let device = Device::flex();
    let devices = vec![device.clone(); BATCH + 1];
    let parts = split_dataloader(Arc::new(train(&device)), &devices);
    let errors: Vec<String> = parts
        .iter()
        .filter_map(|part| part.iter().next())
        .filter_map(|batch: Result<LearnerBatch<Tensor<2>>, _>| batch.err())
        .map(|error| error.to_string())
        .collect();
    let expected = "batch 1 has 32 images, too few for each of the devices to get at least one";
    assert!(!errors.is_empty() && errors.iter().all(|error| error == expected), "{errors:?}");
}

#[test]
fn a_batch_becomes_an_item_of_ones_own() {
    let loader = train(&Device::flex()).map(|batch| (batch.labels.len(), batch.input.dims()));
    let (labels, dims) = loader.slice(0, 80).iter().next().unwrap().unwrap();
    assert_eq!((labels, dims), (16, [16, 3072]));
}
