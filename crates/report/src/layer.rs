/// What the activations of a hidden layer are like, over some images.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerHealth {
    /// The layer's name.
    pub name: String,
    /// The mean of all activations.
    pub mean: f64,
    /// Their standard deviation.
    pub standard_deviation: f64,
    /// The share of units that are 0 for every image, 0 to 1.
    pub dead: f64,
}

/// From this share of dead units on, a layer is short of them.
const MANY_DEAD: f64 = 0.25;
/// Activations with less spread than this carry nothing on; with more than the other, losses overflow.
const SPREADS: [f64; 2] = [0.01, 100.0];

impl LayerHealth {
    /// What to change, if something is wrong: a quarter or more of the units is dead, or the standard deviation is below 0.01 or above 100.
    ///
    /// ```
    /// let layer = zunder_report::LayerHealth { name: "hidden 1".into(), mean: 0.1, standard_deviation: 0.4, dead: 0.5 };
    /// assert!(layer.warning().is_some_and(|warning| warning.starts_with("hidden 1: 50.0 % of the units are dead")));
    /// ```
    pub fn warning(&self) -> Option<String> {
        let Self { name, standard_deviation: spread, dead, .. } = self;
        if *dead >= MANY_DEAD {
            let share = crate::format::percent(*dead);
            return Some(format!(
                "{name}: {share} of the units are dead. A lower learning rate, batch normalisation or a leaky ReLU keep them alive."
            ));
        }
        if *spread < SPREADS[0] {
            return Some(format!(
                "{name}: its activations hardly differ (standard deviation {spread:.4}). Larger initial weights, batch normalisation or another activation help."
            ));
        }
        (*spread > SPREADS[1]).then(|| {
            format!("{name}: its activations are very large (standard deviation {spread:.0}). A lower learning rate, weight decay or batch normalisation help.")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wrong_is_warned_of() {
        let warning = |standard_deviation, dead| LayerHealth { name: "h".into(), mean: 0.0, standard_deviation, dead }.warning();
        assert_eq!(warning(1.0, 0.1), None);
        assert!(warning(1.0, 0.25).unwrap().contains("25.0 % of the units are dead"));
        assert!(warning(0.001, 0.0).unwrap().contains("hardly differ"));
        assert!(warning(1e4, 0.0).unwrap().contains("very large"));
    }
}
