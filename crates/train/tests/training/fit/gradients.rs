//! Tests of gradient accumulation and clipping in the training loop.

use burn::tensor::{Device, Tensor, TensorData};
use zunder_train::{
    BatchSource, ClassWeights, CrossEntropyConfig, FitConfig, GradientsConfig, LabelledBatch, Loss,
    OptimizerConfig, ScheduleKind, SgdConfig, SourceError,
};

use super::setup::{Largest, NEVER, Plain, Watch, config, watched};

/// The samples of `Largest`, in batches of other sizes.
struct Cut {
    sizes: &'static [usize],
}

impl BatchSource for Cut {
    type Input = Tensor<2>;

    fn epoch<'a>(
        &'a self,
        epoch: usize,
        device: &'a Device,
    ) -> Box<dyn Iterator<Item = Result<LabelledBatch<Tensor<2>>, SourceError>> + 'a> {
        let (mut values, mut labels) = (Vec::new(), Vec::new());
        for batch in Largest::default().epoch(epoch, device).map(Result::unwrap) {
            values.extend(batch.input.try_into_vec_as::<f32>().unwrap());
            labels.extend(batch.labels);
        }
        let mut from = 0;
        Box::new(self.sizes.iter().map(move |n| {
            let rows = from..from + n;
            from = rows.end;
            let input = TensorData::new(values[3 * rows.start..3 * rows.end].to_vec(), [*n, 3]);
            Ok(LabelledBatch {
                input: Tensor::from_data(input, device),
                labels: labels[rows].to_vec(),
                soft_labels: None,
            })
        }))
    }

    fn batches(&self) -> usize {
        self.sizes.len()
    }
}

fn weights(source: &impl BatchSource<Input = Tensor<2>>, config: &FitConfig) -> Vec<f32> {
    let fitted = watched(Plain::new(), source, config, None, &mut Watch::new(NEVER)).unwrap();
    fitted.model.layer.weight.val().try_into_vec_as().unwrap()
}

fn with(gradients: GradientsConfig, lr: f64) -> FitConfig {
    let optimizer = OptimizerConfig::Sgd(SgdConfig { lr, ..SgdConfig::default() });
    FitConfig { optimizer, gradients, schedule: ScheduleKind::Constant {}.into(), ..config(1) }
}

/// An update by the mean over batches equals that by one batch of all their samples: for batches of
/// any sizes, with any class weights, and for the remaining batches of an epoch.
#[test]
fn means_over_batches_are_those_of_one_large_batch() {
    let accumulate = |accumulate| GradientsConfig { accumulate, ..GradientsConfig::default() };
    for class_weights in [ClassWeights::None, ClassWeights::Values(vec![1.0, 8.0, 0.5])] {
        let loss = Loss::CrossEntropy(CrossEntropyConfig {
            class_weights,
            ..CrossEntropyConfig::default()
        });
        let with = |n| FitConfig { loss: loss.clone(), ..with(accumulate(n), 0.5) };
        let large = weights(&Cut { sizes: &[100, 60, 40] }, &with(1));
        let cut = weights(&Cut { sizes: &[70, 10, 20, 20, 30, 10, 39, 1] }, &with(3));
        for (a, b) in large.iter().zip(&cut) {
            assert!((a - b).abs() < 2e-6, "{large:?}, {cut:?}");
        }
        let alone = weights(&Cut { sizes: &[70, 10, 20, 20, 30, 10, 39, 1] }, &with(1));
        assert!(large.iter().zip(&alone).any(|(a, b)| (a - b).abs() > 1e-2));
    }
}

/// A step of plain gradient descent is at most rate times limit, per element or in total.
#[test]
fn clipping_bounds_a_step() {
    let start: Vec<f32> = Plain::new().layer.weight.val().try_into_vec_as().unwrap();
    let step = |clip_value, clip_norm| {
        let updated = weights(
            &Cut { sizes: &[200] },
            &with(GradientsConfig { clip_value, clip_norm, ..GradientsConfig::default() }, 1.0),
        );
        let squares = updated.iter().zip(&start).map(|(a, b)| (a - b) * (a - b));
        (squares.clone().sum::<f32>().sqrt(), squares.fold(0.0, f32::max).sqrt())
    };
    let (length, largest) = step(None, None);
    assert!(length > 0.1 && largest > 0.05);
    assert!(
        step(None, Some(0.01)).0 < 0.0101 && step(None, Some(0.01)).0 > 0.005,
        "the bias has a part in the norm"
    );
    assert!((step(Some(0.002), None).1 - 0.002).abs() < 1e-6);
    assert_eq!(step(Some(f64::INFINITY), Some(f64::INFINITY)), (length, largest));
}

/// A schedule counts updates, not batches.
#[test]
fn schedules_go_by_updates() {
    let gradients = GradientsConfig { accumulate: 3, ..GradientsConfig::default() };
    let config = FitConfig { gradients, ..config(4) };
    let fitted =
        watched(Plain::new(), &Largest::default(), &config, None, &mut Watch::new(NEVER)).unwrap();
    let rate = config.schedule.learning_rate(config.optimizer.lr(), 3, 4);
    let expected: Vec<f64> = [2, 5, 8, 11].map(|update| rate.at(update)).into();
    assert_eq!(fitted.records.iter().map(|r| r.learning_rate).collect::<Vec<_>>(), expected);
}
