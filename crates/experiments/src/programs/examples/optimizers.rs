//! Two steps of gradient descent, AdaGrad and Adam for two parameters of different influence.

use burn::tensor::Device;
use zunder_report::Table;
use zunder_train::{AdaGradConfig, AdamConfig, OptimizerConfig, SgdConfig};

use super::super::descend::optimize;
use super::Section;
use super::printed::number;
use crate::{Claim, ExperimentError};

/// Learning rate of all three.
const RATE: f64 = 0.1;
/// First value of both parameters.
const START: f64 = 1.0;
/// Allowance for 32 bits.
const PRECISION: f64 = 1e-6;

/// The gradients of the two steps by two parameters.
pub(super) struct Parameters {
    pub(super) gradients: [[f64; 2]; 2],
}

/// An optimiser with its formulas.
struct Rule {
    name: &'static str,
    config: OptimizerConfig,
    /// The changes of a parameter in two steps with the gradients `[g1, g2]`, by the formulas.
    by_hand: fn([f64; 2]) -> [f64; 2],
    /// The first step in numbers, given its gradient.
    first: fn(f64) -> String,
}

impl Parameters {
    /// The loss depends on the first parameter a hundred times as much as on the second. The second
    /// step finds the minimum of the first parameter overshot.
    pub(super) const CHOSEN: Self = Self { gradients: [[10.0, 0.1], [-10.0, 0.1]] };

    pub(super) fn section(&self, device: &Device) -> Result<Section, ExperimentError> {
        let (mut rows, mut furthest, mut first) = (Vec::new(), 0.0_f64, Vec::new());
        for rule in rules() {
            let mut gradients = self.gradients.iter();
            let path = optimize(&[START; 2], &rule.config, 2, device, |_| {
                gradients.next().map_or_else(Vec::new, |gradient| gradient.to_vec())
            })?;
            for parameter in 0..2 {
                let g = self.gradients.map(|gradient| gradient[parameter]);
                let expected = (rule.by_hand)(g);
                let step = |n: usize| path[n + 1][parameter] - path[n][parameter];
                for (n, expected) in expected.iter().enumerate() {
                    furthest = furthest.max((step(n) - expected).abs());
                }
                first.push(step(0).abs());
                rows.push(vec![
                    format!("{}, w{}", rule.name, parameter + 1),
                    (rule.first)(g[0]),
                    number(g[0]),
                    number(step(0)),
                    number(g[1]),
                    number(step(1)),
                    number(path[2][parameter]),
                ]);
            }
        }
        let [plain, adagrad, adam] =
            [0, 2, 4].map(|i| first[i].max(first[i + 1]) / first[i].min(first[i + 1]));
        let claim = Claim {
            statement: "Plain descent moves the parameter of the larger gradient a hundred times \
                as far; AdaGrad and Adam move both equally far in their first step."
                .to_owned(),
            evidence: format!(
                "Longer first step / shorter: {}, AdaGrad {}, Adam {}; claimed: at least 50, at \
                 most 1.001. All steps are those of the formulas: the largest difference is {}, \
                 claimed at most {PRECISION}.",
                number(plain),
                number(adagrad),
                number(adam),
                number(furthest)
            ),
            holds: plain >= 50.0 && adagrad.max(adam) <= 1.001 && furthest <= PRECISION,
            ..Claim::default()
        };
        let table = Table {
            caption: format!(
                "Two steps with the learning rate {RATE} from w1 = w2 = {START}, by the gradients \
                 g of each"
            ),
            headings: [
                "optimizer",
                "first step",
                "first g",
                "change",
                "second g",
                "change",
                "w then",
            ]
            .map(str::to_owned)
            .into(),
            rows,
            ..Table::default()
        };
        Ok(Section { tables: vec![table], claims: vec![claim] })
    }
}

fn rules() -> [Rule; 3] {
    [
        Rule {
            name: "gradient descent",
            config: OptimizerConfig::Sgd(SgdConfig {
                lr: RATE,
                momentum: 0.0,
                ..SgdConfig::default()
            }),
            by_hand: |g| g.map(|g| -RATE * g),
            first: |g| format!("-{RATE} · {}", number(g)),
        },
        Rule {
            name: "AdaGrad",
            config: OptimizerConfig::AdaGrad(AdaGradConfig {
                lr: RATE,
                ..AdaGradConfig::default()
            }),
            by_hand: |[g1, g2]| [-RATE * g1 / g1.abs(), -RATE * g2 / g1.hypot(g2)],
            first: |g| format!("-{RATE} · {} / √{}", number(g), number(g * g)),
        },
        Rule {
            name: "Adam",
            config: OptimizerConfig::Adam(AdamConfig { lr: RATE, ..AdamConfig::default() }),
            by_hand: adam_by_hand,
            first: |g| format!("-{RATE} · {} / √{} (m = g, v = g²)", number(g), number(g * g)),
        },
    ]
}

/// The formulas of [`AdamConfig`]. After the first step the corrected means are g and g².
fn adam_by_hand([g1, g2]: [f64; 2]) -> [f64; 2] {
    let AdamConfig { beta_1, beta_2, .. } = AdamConfig::default();
    let m = (beta_1 * (1.0 - beta_1) * g1 + (1.0 - beta_1) * g2) / (1.0 - beta_1 * beta_1);
    let v =
        (beta_2 * (1.0 - beta_2) * g1 * g1 + (1.0 - beta_2) * g2 * g2) / (1.0 - beta_2 * beta_2);
    [-RATE * g1 / g1.abs(), -RATE * m / v.sqrt()]
}
