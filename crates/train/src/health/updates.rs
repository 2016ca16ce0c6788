//! Norms of gradients and updates of the layers.

use zunder_eval::HealthRecord;

use crate::UpdateNorms;
use crate::optimizer::SquaredNorms;

/// Maximum number of updates of an epoch that are measured.
const MOST: usize = 4;
/// Measures at most one update in 32, to bound the overhead: a measured update takes up to 1.5
/// times as long.
const EACH: usize = 32;

/// The measured updates of an epoch.
pub(crate) struct MeasuredUpdates {
    updates: usize,
    norms: Vec<Vec<UpdateNorms>>,
}

impl MeasuredUpdates {
    /// Creates an empty record for an epoch with this number of updates.
    pub(crate) const fn new(updates: usize) -> Self {
        Self { updates, norms: Vec::new() }
    }

    /// Returns true if update `i` of the epoch (from 0) is to be measured: a few, evenly spaced,
    /// including the last.
    pub(crate) const fn wants(&self, i: usize) -> bool {
        let few = match self.updates / EACH {
            0 => 1,
            MOST.. => MOST,
            few => few,
        };
        (i + 1) * few / self.updates > i * few / self.updates
    }

    pub(crate) fn push(&mut self, norms: Vec<UpdateNorms>) {
        self.norms.push(norms);
    }

    /// Returns the means over the updates for each layer. `name` returns the layer of a parameter;
    /// the squares of several weights of a layer are added.
    pub(crate) fn by_layer(
        &self,
        epoch: usize,
        name: impl Fn(&str) -> String,
    ) -> Vec<HealthRecord> {
        let mut layers: Vec<(String, Vec<SquaredNorms>)> = Vec::new();
        for (update, parameters) in self.norms.iter().enumerate() {
            for norms in parameters {
                let layer = name(&norms.parameter);
                let i = layers.iter().position(|(known, _)| *known == layer).unwrap_or_else(|| {
                    layers.push((layer, vec![SquaredNorms::default(); self.norms.len()]));
                    layers.len() - 1
                });
                if let Some(squares) =
                    layers.get_mut(i).and_then(|(_, updates)| updates.get_mut(update))
                {
                    *squares = [*squares, SquaredNorms::from_norms(norms)].into_iter().sum();
                }
            }
        }
        let record = |(layer, updates): (String, Vec<SquaredNorms>)| {
            let norms: Vec<UpdateNorms> = updates.into_iter().map(SquaredNorms::norms).collect();
            let ratio =
                |norms: &UpdateNorms| (norms.weight > 0.0).then(|| norms.update / norms.weight);
            HealthRecord {
                epoch,
                layer,
                gradient_norm: mean(norms.iter().map(|norms| norms.gradient)),
                update_ratio: mean(norms.iter().filter_map(ratio)),
                ..HealthRecord::default()
            }
        };
        layers.into_iter().map(record).collect()
    }
}

/// Returns the mean, or `None` if there are no values.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    (n > 0.0).then_some(sum / n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_updates_are_measured_the_last_one_among_them() {
        let measured = |updates: usize| {
            let wanted = MeasuredUpdates::new(updates);
            (0..updates).filter(|i| wanted.wants(*i)).collect::<Vec<_>>()
        };
        assert_eq!((measured(1), measured(31), measured(64)), (vec![0], vec![30], vec![31, 63]));
        assert_eq!(
            (measured(351), measured(10_000)),
            (vec![87, 175, 263, 350], vec![2499, 4999, 7499, 9999])
        );
    }

    #[test]
    fn layers_have_means_over_updates_and_sums_over_their_weights() {
        let norms = |parameter: &str, gradient, weight, update| UpdateNorms {
            parameter: parameter.into(),
            gradient,
            weight,
            update,
        };
        let mut measured = MeasuredUpdates::new(2);
        measured.push(vec![
            norms("a.in", 3.0, 6.0, 0.3),
            norms("b.weight", 1.0, 0.0, 0.5),
            norms("a.out", 4.0, 8.0, 0.4),
        ]);
        measured.push(vec![
            norms("a.in", 0.0, 0.0, 0.0),
            norms("b.weight", 2.0, 0.5, 0.1),
            norms("a.out", 7.0, 10.0, 1.5),
        ]);
        let records = measured
            .by_layer(3, |parameter| parameter.split('.').next().unwrap_or_default().to_owned());
        let layer = |layer: &str, gradient, ratio| HealthRecord {
            epoch: 3,
            layer: layer.into(),
            gradient_norm: Some(gradient),
            update_ratio: Some(ratio),
            ..HealthRecord::default()
        };
        assert_eq!(records.len(), 2);
        for (got, expected) in records.iter().zip([layer("a", 6.0, 0.1), layer("b", 1.5, 0.2)]) {
            let near = |a: Option<f64>, b: Option<f64>| (a.unwrap() - b.unwrap()).abs() < 1e-12;
            assert!(
                near(got.gradient_norm, expected.gradient_norm)
                    && near(got.update_ratio, expected.update_ratio),
                "{got:?}"
            );
            assert_eq!(
                HealthRecord {
                    gradient_norm: expected.gradient_norm,
                    update_ratio: expected.update_ratio,
                    ..got.clone()
                },
                expected
            );
        }
    }
}
