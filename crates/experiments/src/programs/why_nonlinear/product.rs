//! The product of the layers of a linear network.

use zunder::Model;
use zunder_train::{TrainError, named_tensors};

/// A linear map with its bias, in 64 bits: x W + b.
pub(super) struct Linear {
    /// One row per input.
    weight: Vec<Vec<f64>>,
    bias: Vec<f64>,
}

impl Linear {
    pub(super) fn scores(&self, x: &[f32]) -> Vec<f64> {
        let x: Vec<f64> = x.iter().map(|value| f64::from(*value)).collect();
        self.applied(&x)
    }

    fn applied(&self, x: &[f64]) -> Vec<f64> {
        let mut scores = self.bias.clone();
        for (x, row) in x.iter().zip(&self.weight) {
            scores.iter_mut().zip(row).for_each(|(score, weight)| *score += x * weight);
        }
        scores
    }

    /// Returns the composition of this map and another: `(x W + b) V + c = x (W V) + (b V + c)`.
    fn then(&self, next: &Self) -> Self {
        let product = Self { weight: next.weight.clone(), bias: vec![0.0; next.bias.len()] };
        Self {
            weight: self.weight.iter().map(|row| product.applied(row)).collect(),
            bias: next.applied(&self.bias),
        }
    }
}

/// Multiplies the layers of a model, as if it had no activations.
///
/// # Errors
/// Returns [`TrainError::Device`] if the device cannot return a tensor.
pub(super) fn multiplied_out(model: &Model) -> Result<Linear, TrainError> {
    let mut layers: Vec<Linear> = Vec::new();
    // The tensors come in the order of the layers, each weight before its bias.
    for tensor in named_tensors(model)? {
        let values: Vec<f64> = tensor.values.into_iter().map(f64::from).collect();
        match (&tensor.shape[..], layers.last_mut()) {
            (&[_, outputs], _) => {
                layers.push(Linear {
                    weight: values.chunks(outputs).map(<[f64]>::to_vec).collect(),
                    bias: vec![0.0; outputs],
                });
            }
            (_, Some(layer)) => layer.bias = values,
            (_, None) => {}
        }
    }
    let product = layers.into_iter().reduce(|product, layer| product.then(&layer));
    product.ok_or_else(|| TrainError::Device("the model has no layer".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_in_a_row_are_one() {
        let first = Linear {
            weight: vec![vec![1.0, 2.0, 3.0], vec![0.0, -1.0, 1.0]],
            bias: vec![1.0, 0.0, -1.0],
        };
        let second = Linear { weight: vec![vec![2.0], vec![1.0], vec![-1.0]], bias: vec![0.5] };
        let x = [0.5_f32, -2.0];
        // First: (1.5, 3, -1.5); second: 3 + 3 + 1.5 + 0.5.
        assert_eq!(first.then(&second).scores(&x), [8.0]);
    }
}
