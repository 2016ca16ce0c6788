//! Measures the speed of the matrix products of a training step.

use std::time::Duration;

use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use zunder_models::{Key, LayerProduct, LayerSummary, Precision};
use zunder_train::TrainError;

use super::Meter;
use super::rounds::{Rounds, seconds, units};
use crate::{BenchmarkPart, RunError};

/// The matrix products of a training step, each measured alone: as in training, or with Burn's own
/// operation if that is faster.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Products {
    /// Floating-point operations of all products.
    pub flops: u64,
    /// Seconds that all products take, one after the other.
    pub seconds: Rounds,
    /// 10^9 operations per second, from the median.
    pub gflops: f64,
    /// Results for each distinct size among the model's layers.
    pub sizes: Vec<ProductSize>,
}

/// The products of the layers of one size for a batch of N images: 10^9 operations per second, from
/// the median.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProductSize {
    /// First layer of this size.
    pub layer: String,
    /// Number of layers of this size.
    pub layers: usize,
    /// Inputs of each unit.
    pub inputs: usize,
    /// Number of units.
    pub outputs: usize,
    /// Weighted sums: \[N, inputs\] times \[inputs, outputs\].
    pub forward: f64,
    /// Gradient of the weights: \[inputs, N\] times \[N, outputs\].
    pub weight_gradient: f64,
    /// Gradient of the inputs: \[N, outputs\] times \[outputs, inputs\]. `None` for the first layer
    /// of the model, which does not need it.
    pub input_gradient: Option<f64>,
}

/// A product of a layer, and how often a step computes it.
struct Product {
    which: LayerProduct,
    precision: Precision,
    left: Tensor<2>,
    right: Tensor<2>,
    times: usize,
    /// Whether Burn's own operation is faster on this device.
    by_burn: bool,
    units: usize,
    /// Seconds per product, for each round.
    seconds: Vec<f64>,
}

impl Product {
    fn new(which: LayerProduct, precision: Precision, left: Tensor<2>, right: Tensor<2>) -> Self {
        let (units, seconds) = (0, Vec::new());
        Self { which, precision, left, right, times: 1, by_burn: false, units, seconds }
    }

    /// Returns the floating-point operations of one product.
    fn flops(&self) -> u64 {
        self.which.flops(self.left.dims(), self.right.dims())
    }

    fn run<'a>(&'a self, device: &'a Device) -> impl FnMut(usize) -> Result<(), RunError> + 'a {
        move |n| {
            for _ in 0..n {
                let (left, right) = (self.left.clone(), self.right.clone());
                drop(if self.by_burn {
                    self.which.compute_by_burn(left, right)
                } else {
                    self.which.compute_in(self.precision, left, right)
                });
            }
            sync(device)
        }
    }

    /// Chooses the faster implementation, and the number of products per round.
    fn prepare(&mut self, round: Duration, device: &Device) -> Result<(), RunError> {
        let own = units(round, &mut self.run(device))?;
        self.by_burn = true;
        let burn = units(round, &mut self.run(device))?;
        self.by_burn = burn > own;
        self.units = own.max(burn);
        Ok(())
    }

    fn gflops(&self) -> f64 {
        Rounds::of(self.seconds.clone())
            .map_or(f64::NAN, |rounds| self.flops() as f64 / rounds.median / 1e9)
    }
}

/// Waits until the device has finished its work.
pub(super) fn sync(device: &Device) -> Result<(), RunError> {
    Ok(device.sync().map_err(|e| TrainError::Device(e.to_string()))?)
}

/// Measures the products in turn, so that other load on the machine affects all of them.
pub(super) fn measure(meter: &mut Meter<'_>, time: Duration) -> Result<Option<Products>, RunError> {
    let (plan, device) = (&meter.session.plan, &meter.session.device);
    let mut sizes: Vec<(ProductSize, Vec<Product>)> = Vec::new();
    let layers = plan.summary.layers();
    for (i, layer) in layers.iter().enumerate() {
        // The output layer has 32 bits.
        let hidden = i + 1 < layers.len();
        let precision = if hidden { plan.config.model.precision() } else { Precision::F32 };
        let same = sizes.iter_mut().find(|(size, products)| {
            (size.inputs, size.outputs, products[0].precision)
                == (layer.inputs, layer.outputs, precision)
        });
        match same {
            Some((size, products)) => {
                size.layers += 1;
                products[..2].iter_mut().for_each(|product| product.times += 1);
                let backward = input_gradient(&products[0], &products[1]);
                match products.get_mut(2) {
                    Some(product) => product.times += 1,
                    None => products.push(backward),
                }
            }
            None => sizes.push(products(layer, precision, plan.batch_size, i > 0, device)),
        }
    }
    let mut all: Vec<&mut Product> = sizes.iter_mut().flat_map(|(_, products)| products).collect();
    let flops = all.iter().map(|product| product.flops() * product.times as u64).sum::<u64>();
    let total: u64 = all.iter().map(|product| product.flops()).sum();
    for product in &mut all {
        let share = product.flops() as f64 / total as f64;
        product.prepare(time.mul_f64(share / meter.rounds as f64), device)?;
    }
    let mut rounds = Vec::new();
    for round in 0..meter.rounds {
        let mut sum = 0.0;
        for product in &mut all {
            let each = seconds(product.units, &mut product.run(device))? / product.units as f64;
            product.seconds.push(each);
            sum += each * product.times as f64;
        }
        rounds.push(sum);
        if !meter.goes_on(BenchmarkPart::Products, round + 1, meter.rounds) {
            return Ok(None);
        }
    }
    let sizes = sizes.into_iter().map(|(size, products)| ProductSize {
        forward: products[0].gflops(),
        weight_gradient: products[1].gflops(),
        input_gradient: products.get(2).map(Product::gflops),
        ..size
    });
    Ok(Rounds::of(rounds).map(|seconds| Products {
        flops,
        gflops: flops as f64 / seconds.median / 1e9,
        seconds,
        sizes: sizes.collect(),
    }))
}

/// Creates the products of a layer with random numbers.
fn products(
    layer: &LayerSummary,
    precision: Precision,
    batch: usize,
    has_input_gradient: bool,
    device: &Device,
) -> (ProductSize, Vec<Product>) {
    let (inputs, outputs) = (layer.inputs, layer.outputs);
    let size = ProductSize {
        layer: layer.name.clone(),
        layers: 1,
        inputs,
        outputs,
        forward: 0.0,
        weight_gradient: 0.0,
        input_gradient: None,
    };
    let (x, w, g) = (
        random([batch, inputs], device),
        random([inputs, outputs], device),
        random([batch, outputs], device),
    );
    let mut products = vec![
        Product::new(LayerProduct::Forward, precision, x.clone(), w),
        Product::new(LayerProduct::WeightGradient, precision, x, g),
    ];
    if has_input_gradient {
        products.push(input_gradient(&products[0], &products[1]));
    }
    (size, products)
}

/// Creates the product of the input gradient from the operands of the layer's other products.
fn input_gradient(forward: &Product, weight_gradient: &Product) -> Product {
    let (g, w) = (weight_gradient.right.clone(), forward.right.clone());
    Product::new(LayerProduct::InputGradient, forward.precision, g, w)
}

fn random(shape: [usize; 2], device: &Device) -> Tensor<2> {
    let mut rng = Key::new(1).named("products").rng();
    let values: Vec<f32> = (0..shape[0] * shape[1]).map(|_| rng.normal() as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}
