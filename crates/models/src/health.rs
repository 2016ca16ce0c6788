use burn::tensor::Tensor;

use crate::ModelError;

/// What the activations of one hidden layer are like, over all images shown.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LayerHealth {
    /// The layer's name, as in the model's summary.
    pub name: String,
    /// The mean of all activations.
    pub mean: f64,
    /// Their standard deviation (the spread of all units and images together).
    pub standard_deviation: f64,
    /// The share of units, 0 to 1, that were 0 for every image: with ReLU, those that are dead for these images (lecture 6a.2, "Rectified Linear Unit").
    pub dead: f64,
}

/// Gathers what an [`Observer`](crate::Observer) is shown, batch after batch.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use zunder_models::{ActivationHealth, Key, MlpConfig};
///
/// let device = Device::flex();
/// let mlp = MlpConfig { hidden: vec![16, 8], ..MlpConfig::default() }.init(4, 3, Key::new(1), &device)?;
/// let mut health = ActivationHealth::default();
/// mlp.forward_observed(Tensor::ones([5, 4], &device), &mut |layer, activations| health.observe(layer, activations));
/// for layer in health.layers()? {
///     println!("{}: {:.0} % dead, mean {:.3}", layer.name, 100.0 * layer.dead, layer.mean);
/// }
/// # Ok::<(), zunder_models::ModelError>(())
/// ```
#[derive(Debug, Default)]
pub struct ActivationHealth {
    layers: Vec<Gathered>,
    error: Option<String>,
}

#[derive(Debug)]
struct Gathered {
    name: String,
    /// Of all activations so far.
    count: u64,
    mean: f64,
    squared_deviations: f64,
    /// Whether each unit was other than 0 for any image.
    alive: Vec<bool>,
}

impl ActivationHealth {
    /// Takes the activations of a layer for one more batch, `[N, units]`.
    pub fn observe(&mut self, layer: &str, activations: &Tensor<2>) {
        let [_, units] = activations.dims();
        let values = match activations.clone().try_into_vec_as::<f32>() {
            Ok(values) => values,
            Err(error) => {
                self.error.get_or_insert(error.to_string());
                return;
            }
        };
        let i = self.layers.iter().position(|known| known.name == layer).unwrap_or_else(|| {
            self.layers.push(Gathered::new(layer, units));
            self.layers.len() - 1
        });
        if let Some(gathered) = self.layers.get_mut(i) {
            gathered.add(&values);
        }
    }

    /// The figures of each layer, in the order in which they were first shown.
    ///
    /// # Errors
    /// [`ModelError::Device`] if a device could not hand over what it was to show.
    pub fn layers(&self) -> Result<Vec<LayerHealth>, ModelError> {
        match &self.error {
            Some(problem) => Err(ModelError::Device { problem: problem.clone() }),
            None => Ok(self.layers.iter().map(Gathered::figures).collect()),
        }
    }
}

impl Gathered {
    fn new(name: &str, units: usize) -> Self {
        Self { name: name.to_owned(), count: 0, mean: 0.0, squared_deviations: 0.0, alive: vec![false; units] }
    }

    /// Welford's update of mean and squared deviations.
    fn add(&mut self, values: &[f32]) {
        for row in values.chunks_exact(self.alive.len().max(1)) {
            for (value, alive) in row.iter().zip(&mut self.alive) {
                *alive |= *value != 0.0;
                let value = f64::from(*value);
                self.count += 1;
                let before = value - self.mean;
                self.mean += before / self.count as f64;
                self.squared_deviations += before * (value - self.mean);
            }
        }
    }

    fn figures(&self) -> LayerHealth {
        let dead = self.alive.iter().filter(|alive| !**alive).count();
        LayerHealth {
            name: self.name.clone(),
            mean: self.mean,
            standard_deviation: (self.squared_deviations / self.count.max(1) as f64).sqrt(),
            dead: dead as f64 / self.alive.len().max(1) as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn figures_are_those_of_all_batches_together() {
        let device = Device::flex();
        let mut health = ActivationHealth::default();
        health.observe("first", &Tensor::from_floats([[0.0, 1.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0]], &device));
        health.observe("second", &Tensor::from_floats([[7.0]], &device));
        health.observe("first", &Tensor::from_floats([[0.0, 3.0, 2.0, 0.0]], &device));
        let layers = health.layers().unwrap();
        assert_eq!(layers[1], LayerHealth { name: "second".into(), mean: 7.0, standard_deviation: 0.0, dead: 0.0 });
        // Eight zeros, 1, 2, 2, 3: mean 8/12, mean square 18/12.
        let (mean, variance) = (8.0 / 12.0, 18.0 / 12.0 - 64.0 / 144.0_f64);
        assert_eq!((layers[0].name.as_str(), layers[0].dead), ("first", 0.5));
        assert!((layers[0].mean - mean).abs() < 1e-12 && (layers[0].standard_deviation - variance.sqrt()).abs() < 1e-12);
    }
}
