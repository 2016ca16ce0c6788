//! Limits, persistence and text of health warnings.

use super::*;

/// A healthy layer.
fn row(epoch: usize, layer: &str) -> HealthRecord {
    HealthRecord {
        epoch,
        layer: layer.to_owned(),
        gradient_norm: Some(0.5),
        update_ratio: Some(1e-3),
        dead: Some(0.05),
        activation_mean: Some(0.4),
        activation_deviation: Some(0.6),
        image_deviation: Some(0.5),
        activation_min: Some(0.0),
        activation_max: Some(6.0),
    }
}

fn problems(records: &[HealthRecord]) -> Vec<(usize, String, HealthProblem)> {
    health_warnings(records).into_iter().map(|w| (w.epoch, w.layer, w.problem)).collect()
}

/// Two layers of one epoch, the first one changed.
fn with(change: fn(&mut HealthRecord)) -> [HealthRecord; 2] {
    let mut first = row(1, "a");
    change(&mut first);
    [first, row(1, "b")]
}

/// Sets the activations' deviation of a layer to a large value.
fn large(r: &mut HealthRecord, deviation: f64) {
    (r.activation_deviation, r.image_deviation, r.activation_max) =
        (Some(deviation), Some(50.0), Some(1e6));
}

#[test]
fn each_problem_has_its_limit() {
    use HealthProblem::*;
    let check = |change: fn(&mut HealthRecord), expected: Option<HealthProblem>| {
        let found = problems(&with(change));
        assert_eq!(
            found,
            expected.map(|problem| (1, "a".to_owned(), problem)).into_iter().collect::<Vec<_>>()
        );
    };
    check(|_| {}, None);
    check(|r| r.dead = Some(0.24), None);
    check(|r| r.dead = Some(0.25), Some(DeadUnits));
    check(|r| r.update_ratio = Some(0.0), None);
    check(|r| r.gradient_norm = Some(6e-4), None);
    check(|r| r.gradient_norm = Some(4e-4), Some(VanishingGradient));
    check(|r| r.gradient_norm = Some(1e3), None);
    check(|r| r.gradient_norm = Some(1.1e3), Some(ExplodingGradient));
    check(|r| r.image_deviation = Some(0.008), None);
    check(|r| r.image_deviation = Some(0.007), Some(AlikeForAllImages));
    check(|r| large(r, 100.0), None);
    check(|r| large(r, 101.0), Some(LargeActivations));
    check(
        |r| {
            (r.activation_min, r.activation_max, r.activation_deviation) =
                (Some(0.0), Some(1.0), Some(0.46));
        },
        None,
    );
    check(
        |r| {
            (r.activation_min, r.activation_max, r.activation_deviation) =
                (Some(0.0), Some(1.0), Some(0.48));
        },
        Some(Saturated),
    );
}

#[test]
fn a_high_rate_must_last_two_epochs() {
    let at = |epoch, ratio| HealthRecord { update_ratio: Some(ratio), ..row(epoch, "a") };
    let found =
        |ratios: [f64; 3]| problems(&[at(1, ratios[0]), at(2, ratios[1]), at(3, ratios[2])]);
    assert_eq!(found([0.5, 0.1, 0.5]), []);
    assert_eq!(found([0.2, 0.11, 0.2]), [(2, "a".to_owned(), HealthProblem::RateTooHigh)]);
    assert_eq!(found([1e-3, f64::NAN, 0.2]), [(3, "a".to_owned(), HealthProblem::RateTooHigh)]);
}

#[test]
fn a_low_rate_must_hold_in_all_layers_and_epochs() {
    let slow = |epoch, layer| HealthRecord { update_ratio: Some(1e-8), ..row(epoch, layer) };
    assert_eq!(problems(&[slow(1, "a"), slow(1, "b"), slow(2, "a"), slow(2, "b")]).len(), 1);
    // The end of a schedule, and a layer that learns while another one does not.
    assert_eq!(problems(&[row(1, "a"), slow(2, "a")]), []);
    assert_eq!(problems(&[slow(1, "a"), row(1, "b")]), []);
    // Without any gradient the learning rate is not the cause.
    assert_eq!(
        problems(&[HealthRecord {
            gradient_norm: Some(0.0),
            update_ratio: Some(0.0),
            ..row(1, "a")
        }]),
        []
    );
}

#[test]
fn missing_and_zero_values_give_no_warning() {
    let nothing = HealthRecord { epoch: 1, layer: "a".to_owned(), ..HealthRecord::default() };
    assert_eq!(problems(&[nothing.clone(), nothing]), []);
    let zero = Some(0.0);
    let all_zero = HealthRecord {
        gradient_norm: zero,
        activation_mean: zero,
        activation_deviation: zero,
        image_deviation: zero,
        activation_min: zero,
        activation_max: zero,
        ..row(1, "a")
    };
    assert_eq!(problems(&[all_zero.clone(), all_zero]), []);
    assert_eq!(problems(&[]), []);
}

#[test]
fn layers_with_the_problem_from_the_same_epoch_on_share_one_warning() {
    let dead = |epoch, layer: &str, dead| HealthRecord { dead: Some(dead), ..row(epoch, layer) };
    let mut records: Vec<HealthRecord> =
        ["a", "b", "c", "d", "e", "f"].iter().map(|layer| dead(1, layer, 0.3)).collect();
    records[2].dead = Some(0.9);
    records.extend([dead(2, "a", 1.0), dead(2, "late", 0.5)]);
    let warnings = health_warnings(&records);
    assert_eq!(
        problems(&records),
        [
            (1, "c".to_owned(), HealthProblem::DeadUnits),
            (2, "late".to_owned(), HealthProblem::DeadUnits)
        ]
    );
    assert_eq!(
        warnings[0].to_string(),
        "c: 90.0 % of its units are dead (0 for every image shown; expected less than 25 %); \
         also a, b, d and 2 more. \
         Lower the learning rate; a leaky ReLU, batch normalisation or He initialisation \
         (never zeros) keep units alive."
    );
    assert_eq!(
        health_warnings(&records[..6]),
        warnings[..1],
        "an epoch's warnings do not change later"
    );
}
