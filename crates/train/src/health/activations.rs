//! Statistics of the activations of hidden layers.

use burn::tensor::Tensor;

use crate::TrainError;

/// Statistics of the activations of a hidden layer over all images.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LayerActivations {
    /// Name of the layer.
    pub name: String,
    /// Share of units, 0 to 1, that were 0 for every image: with ReLU, the units that are dead for
    /// these images (lecture 6a.2, "Rectified Linear Unit").
    pub dead: f64,
    /// Mean of all activations.
    pub mean: f64,
    /// Standard deviation over all units and images.
    pub deviation: f64,
    /// Variation between images: the square root of the mean over the units of each unit's variance
    /// over the images.
    pub image_deviation: f64,
    /// Minimum.
    pub min: f64,
    /// Maximum.
    pub max: f64,
}

/// Collects what [`Classifier::scores_observed`](crate::Classifier::scores_observed) reports, batch
/// by batch.
///
/// ```
/// use burn::tensor::{Device, Tensor};
/// use zunder_train::ActivationHealth;
///
/// let mut health = ActivationHealth::default();
/// health.observe("hidden 1", &Tensor::from_floats([[0.0, 1.0], [0.0, 3.0]], &Device::flex()));
/// let layers = health.layers()?;
/// assert_eq!((layers[0].dead, layers[0].mean, layers[0].max), (0.5, 1.0, 3.0));
/// # Ok::<(), zunder_train::TrainError>(())
/// ```
#[derive(Debug, Default)]
pub struct ActivationHealth {
    layers: Vec<Gathered>,
    error: Option<String>,
}

impl ActivationHealth {
    /// Adds the activations of a layer for one more batch, `[N, units]`.
    pub fn observe(&mut self, layer: &str, activations: &Tensor<2>) {
        let [images, units] = activations.dims();
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
        match self.layers.get_mut(i) {
            Some(gathered) if gathered.means.len() == units => gathered.add(images, &values),
            _ => {
                self.error.get_or_insert(format!(
                    "the layer {layer} was shown with {units} units, \
                    and before with another number of them"
                ));
            }
        }
    }

    /// Returns the statistics of each layer, in the order in which they were first observed.
    ///
    /// # Errors
    /// Returns [`TrainError::Device`] if a device could not return the activations, or if a layer
    /// changed its number of units.
    pub fn layers(&self) -> Result<Vec<LayerActivations>, TrainError> {
        match &self.error {
            Some(problem) => Err(TrainError::Device(problem.clone())),
            None => Ok(self.layers.iter().map(Gathered::figures).collect()),
        }
    }
}

/// For each unit of a layer: mean and sum of squared deviations over the images so far, and whether
/// it was nonzero for any.
#[derive(Debug)]
struct Gathered {
    name: String,
    images: f64,
    means: Vec<f64>,
    squared_deviations: Vec<f64>,
    alive: Vec<bool>,
    min: f32,
    max: f32,
}

impl Gathered {
    fn new(name: &str, units: usize) -> Self {
        let (means, squared_deviations, alive) =
            (vec![0.0; units], vec![0.0; units], vec![false; units]);
        Self {
            name: name.to_owned(),
            images: 0.0,
            means,
            squared_deviations,
            alive,
            min: f32::INFINITY,
            max: f32::NEG_INFINITY,
        }
    }

    /// Combines the means and squared deviations of the batch with the previous ones (Chan et al.
    /// 1979).
    fn add(&mut self, images: usize, values: &[f32]) {
        let units = self.means.len();
        if images == 0 || units == 0 {
            return;
        }
        let rows = || values.chunks_exact(units);
        let n = images as f64;
        let mut means = vec![0.0; units];
        for row in rows() {
            for ((mean, alive), value) in means.iter_mut().zip(&mut self.alive).zip(row) {
                *mean += f64::from(*value);
                *alive |= *value != 0.0;
            }
            self.min = row.iter().copied().fold(self.min, f32::min);
            self.max = row.iter().copied().fold(self.max, f32::max);
        }
        for mean in &mut means {
            *mean /= n;
        }
        for row in rows() {
            for ((squares, mean), value) in self.squared_deviations.iter_mut().zip(&means).zip(row)
            {
                *squares += (f64::from(*value) - mean).powi(2);
            }
        }
        let all = self.images + n;
        for ((mean, squares), batch) in
            self.means.iter_mut().zip(&mut self.squared_deviations).zip(&means)
        {
            let step = batch - *mean;
            *mean += step * n / all;
            *squares += step * step * self.images * n / all;
        }
        self.images = all;
    }

    fn figures(&self) -> LayerActivations {
        let units = self.means.len().max(1) as f64;
        let mean = self.means.iter().sum::<f64>() / units;
        let within = self.squared_deviations.iter().sum::<f64>() / units / self.images.max(1.0);
        let between = self.means.iter().map(|unit| (unit - mean).powi(2)).sum::<f64>() / units;
        LayerActivations {
            name: self.name.clone(),
            dead: self.alive.iter().filter(|alive| !**alive).count() as f64 / units,
            mean,
            deviation: (within + between).sqrt(),
            image_deviation: within.sqrt(),
            min: self.min.into(),
            max: self.max.into(),
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
        health.observe(
            "first",
            &Tensor::from_floats([[0.0, 1.0, 0.0, -1.0], [0.0, 2.0, 0.0, -1.0]], &device),
        );
        health.observe("second", &Tensor::from_floats([[7.0]], &device));
        health.observe("first", &Tensor::from_floats([[0.0, 3.0, 2.0, -1.0]], &device));
        let layers = health.layers().unwrap();
        let of = |name: &str| LayerActivations {
            name: name.into(),
            dead: 0.0,
            mean: 7.0,
            deviation: 0.0,
            image_deviation: 0.0,
            min: 7.0,
            max: 7.0,
        };
        assert_eq!(layers[1], of("second"));
        // 0 0 0, 1 2 3, 0 0 2, -1 -1 -1: mean 5/12, mean square 21/12; variances 0, 2/3, 8/9, 0.
        let first = &layers[0];
        let (mean, variance, within) =
            (5.0 / 12.0, 21.0 / 12.0 - 25.0 / 144.0_f64, (2.0 / 3.0 + 8.0 / 9.0) / 4.0_f64);
        for (got, expected) in [
            (first.dead, 0.25),
            (first.mean, mean),
            (first.deviation, variance.sqrt()),
            (first.image_deviation, within.sqrt()),
            (first.min, -1.0),
            (first.max, 3.0),
        ] {
            assert!((got - expected).abs() < 1e-12, "{got}, expected {expected}: {first:?}");
        }
    }

    #[test]
    fn a_layer_has_one_number_of_units() {
        let mut health = ActivationHealth::default();
        health.observe("a", &Tensor::from_floats([[1.0, 2.0]], &Device::flex()));
        health.observe("a", &Tensor::from_floats([[1.0]], &Device::flex()));
        assert!(
            health.layers().unwrap_err().to_string().contains("the layer a was shown with 1 units")
        );
    }
}
