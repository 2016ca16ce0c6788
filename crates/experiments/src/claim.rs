//! Claims that are tested statistically, margins that pilot runs fixed, and controls.

use zunder_eval::PairedDifference;

/// Banner of a run with the pilot seeds.
pub(crate) const PILOT: &str = "A pilot run, on whose figures the margins are based.";

/// Confidence level of every claim about random results.
const CONFIDENCE: f64 = 0.95;

/// A claim, and the result of its test.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Claim {
    /// The claim, as a sentence.
    pub statement: String,
    /// The measurement, with its spread.
    pub evidence: String,
    /// Whether the measurement supports the claim.
    pub holds: bool,
    /// The numbers that were tested: for a comparison the difference of each seed, otherwise the
    /// values. Empty for a claim that is not about numbers.
    pub values: Vec<f64>,
    /// The difference that a comparison must exceed; `None` for any other claim.
    pub margin: Option<f64>,
}

/// Settings under which claims must fail, although the compared trainings still differ: the effect
/// is absent or reversed.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Control {
    /// Numbers of the claims that must fail, counted from 1, in the order of the page.
    pub fails: &'static [usize],
    /// The settings, as after `--set`.
    pub settings: &'static [&'static str],
    /// Why the effect is absent or reversed, as a sentence.
    pub because: &'static str,
}

/// The difference that a comparison must exceed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Margin {
    value: f64,
    pilot: Pilot,
}

/// Lower ends of the intervals of the pilot runs.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pilot {
    /// The margin follows from the question.
    None,
    /// Of a program that trains on no images.
    Program(f64),
    /// On the synthetic set and on CIFAR-10.
    Images([f64; 2]),
}

impl Margin {
    /// Half of what pilot runs (`--pilot`, seeds 101 to 105) found at least: the smaller lower end
    /// of the 95 % intervals of the mean difference on the synthetic set and on CIFAR-10. 0 if one
    /// of them is negative.
    pub(crate) const fn pilot(synthetic: f64, cifar10: f64) -> Self {
        let smaller = if synthetic < cifar10 { synthetic } else { cifar10 };
        let value = if smaller > 0.0 { smaller / 2.0 } else { 0.0 };
        Self { value, pilot: Pilot::Images([synthetic, cifar10]) }
    }

    /// [`pilot`](Self::pilot) of a program that trains on no images.
    pub(crate) const fn pilot_of_program(found: f64) -> Self {
        Self { value: Self::pilot(found, found).value, pilot: Pilot::Program(found) }
    }

    fn text(self, unit: Unit) -> String {
        let found = match self.pilot {
            Pilot::None => None,
            Pilot::Program(found) => Some(unit.difference(found)),
            Pilot::Images([synthetic, cifar10]) => Some(format!(
                "{} on the synthetic set, {} on CIFAR-10",
                unit.difference(synthetic),
                unit.difference(cifar10)
            )),
        };
        let pilot = found.map_or_else(String::new, |found| {
            format!(", half of what the pilot seeds showed at least ({found})")
        });
        format!("claimed: more than {}{pilot}.", unit.difference(self.value))
    }
}

/// A margin that follows from the question, not from pilot runs.
impl From<f64> for Margin {
    fn from(value: f64) -> Self {
        Self { value, pilot: Pilot::None }
    }
}

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
    margin: impl Into<Margin>,
) -> Claim {
    let margin = margin.into();
    let Ok(paired) = PairedDifference::of(more.1, less.1, CONFIDENCE) else {
        return incomparable(statement, more.0, less.0, Some(margin.value));
    };
    let evidence = format!(
        "{} {}, {} {}: {} on average over {} seeds, at least {} with 95 % confidence; {}",
        more.0,
        unit.format(mean(more.1)),
        less.0,
        unit.format(mean(less.1)),
        unit.difference(paired.mean),
        paired.n,
        unit.difference(paired.low),
        margin.text(unit),
    );
    Claim {
        statement: statement.to_owned(),
        evidence,
        holds: paired.low > margin.value,
        values: differences(more.1, less.1),
        margin: Some(margin.value),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn incomparable(statement: &str, one: &str, other: &str, margin: Option<f64>) -> Claim {
    Claim {
        statement: statement.to_owned(),
        evidence: format!(
            "{one} and {other} cannot be compared: not two figures each, or one is not a number."
        ),
        margin,
        ..Claim::default()
    }
}

fn differences(more: &[f64], less: &[f64]) -> Vec<f64> {
    more.iter().zip(less).map(|(more, less)| more - less).collect()
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
        values: values.to_vec(),
        margin: None,
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
        values: values.to_vec(),
        margin: None,
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
    fn a_margin_is_half_of_the_weaker_pilot() {
        assert_eq!(Margin::pilot(0.5, 0.25).value, 0.125);
        assert_eq!(Margin::pilot(0.5, -0.25).value, 0.0);
        let claim = above(
            "s",
            Unit::Plain(2),
            ("a", &[1.0, 1.1]),
            ("b", &[0.0, 0.0]),
            Margin::pilot(0.5, 0.25),
        );
        assert!(claim.holds && claim.evidence.contains("+0.12, half"), "{}", claim.evidence);
        assert_eq!((claim.values, claim.margin), (vec![1.0, 1.1], Some(0.125)));
        let program = Margin::pilot_of_program(0.5);
        assert_eq!(program.value, 0.25);
        assert!(program.text(Unit::Plain(1)).ends_with("at least (+0.5)."));
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
