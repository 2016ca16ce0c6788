//! Claims that are tested statistically.

use zunder_eval::PairedDifference;

use crate::Claim;

/// Confidence level of every claim about random results.
const CONFIDENCE: f64 = 0.95;

/// How values are formatted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Unit {
    /// Shares, as percentages and percentage points.
    Percent,
    /// Numbers with the given count of decimals.
    Plain(usize),
    /// Numbers of any magnitude, as powers of ten.
    Power,
}

impl Unit {
    pub(crate) fn format(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{:.1} %", 100.0 * value),
            Self::Plain(decimals) => format!("{value:.decimals$}"),
            Self::Power => format!("{value:.1e}"),
        }
    }

    fn difference(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{:+.1} points", 100.0 * value),
            Self::Plain(decimals) => format!("{value:+.decimals$}"),
            Self::Power => format!("{value:+.1e}"),
        }
    }
}

/// A variant's name and its value for each seed.
pub(crate) type Named<'a> = (&'a str, &'a [f64]);

/// Claims that the values of `more` exceed those of `less` by more than `margin`. Values of the
/// same seed are paired, and the lower end of Student's one-sided 95 % confidence interval of the
/// mean difference is compared.
pub(crate) fn above(
    statement: &str,
    unit: Unit,
    more: Named<'_>,
    less: Named<'_>,
    margin: f64,
) -> Claim {
    let statement = statement.to_owned();
    let Ok(paired) = PairedDifference::of(more.1, less.1, CONFIDENCE) else {
        return Claim {
            statement,
            evidence: format!(
                "{} and {} cannot be compared: not two figures each, or one is not a number.",
                more.0, less.0
            ),
            holds: false,
        };
    };
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let evidence = format!(
        "{} {}, {} {}: {} on average over {} seeds, at least {} with 95 % confidence; claimed: \
         more than {}.",
        more.0,
        unit.format(mean(more.1)),
        less.0,
        unit.format(mean(less.1)),
        unit.difference(paired.mean),
        paired.n,
        unit.difference(paired.low),
        unit.difference(margin),
    );
    Claim { statement, evidence, holds: paired.low > margin }
}

/// Claims that every value lies between two bounds.
pub(crate) fn between(
    statement: &str,
    unit: Unit,
    (name, values): Named<'_>,
    (low, high): (f64, f64),
) -> Claim {
    let listed: Vec<String> = values.iter().map(|value| unit.format(*value)).collect();
    let evidence = format!(
        "{name}: {}; claimed: between {} and {}.",
        listed.join(", "),
        unit.format(low),
        unit.format(high)
    );
    Claim {
        statement: statement.to_owned(),
        evidence,
        holds: !values.is_empty() && values.iter().all(|value| (low..=high).contains(value)),
    }
}

/// Claims that every value is at least `least`.
pub(crate) fn at_least(statement: &str, unit: Unit, named: Named<'_>, least: f64) -> Claim {
    one_sided(statement, unit, named, ("at least", least), |value| value >= least)
}

/// Claims that every value is at most `most`.
pub(crate) fn at_most(statement: &str, unit: Unit, named: Named<'_>, most: f64) -> Claim {
    one_sided(statement, unit, named, ("at most", most), |value| value <= most)
}

fn one_sided(
    statement: &str,
    unit: Unit,
    (name, values): Named<'_>,
    (how, limit): (&str, f64),
    fits: impl Fn(f64) -> bool,
) -> Claim {
    let listed: Vec<String> = values.iter().map(|value| unit.format(*value)).collect();
    Claim {
        statement: statement.to_owned(),
        evidence: format!("{name}: {}; claimed: {how} {}.", listed.join(", "), unit.format(limit)),
        holds: !values.is_empty() && values.iter().all(|value| fits(*value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_beyond_chance_holds() {
        let of = |more: &[f64], less: &[f64], margin| {
            above("s", Unit::Percent, ("a", more), ("b", less), margin)
        };
        assert!(of(&[0.8, 0.82, 0.81], &[0.7, 0.71, 0.72], 0.05).holds);
        assert!(!of(&[0.8, 0.82, 0.81], &[0.7, 0.71, 0.72], 0.11).holds);
        assert!(
            !of(&[0.9, 0.5, 0.8], &[0.6, 0.7, 0.5], 0.0).holds,
            "the mean is above, but by chance"
        );
        let same = of(&[0.8, 0.7], &[0.8, 0.7], 0.0);
        assert!(
            !same.holds && same.evidence.contains("+0.0 points on average over 2 seeds"),
            "{}",
            same.evidence
        );
        assert!(!of(&[0.8], &[0.1], 0.0).holds && !of(&[f64::NAN, 0.9], &[0.1, 0.1], 0.0).holds);
    }

    #[test]
    fn ranges_are_of_all() {
        let of = |values: &[f64]| between("s", Unit::Plain(2), ("a", values), (0.0, 1.0)).holds;
        assert!(of(&[0.0, 1.0]) && !of(&[0.5, 1.1]) && !of(&[]) && !of(&[f64::NAN]));
    }
    #[test]
    fn limits_are_of_all() {
        let least = |values: &[f64]| at_least("s", Unit::Plain(1), ("a", values), 1.0).holds;
        let most = |values: &[f64]| at_most("s", Unit::Power, ("a", values), 1.0).holds;
        assert!(least(&[1.0, 2.0]) && !least(&[0.9, 2.0]) && !least(&[]) && !least(&[f64::NAN]));
        assert!(most(&[1.0, 0.0]) && !most(&[1.1]) && !most(&[]) && !most(&[f64::NAN]));
    }
}
