//! Tests of learning rates against the lecture's formulas and PyTorch's schedulers
//! (goldens/schedules.py), and of properties that hold for any settings.

use proptest::prelude::*;
use serde::Deserialize;
use zunder_eval::EpochRecord;
use zunder_train::{
    CosineConfig, CosineRestartsConfig, ExponentialConfig, LinearConfig, MultiStepConfig,
    OneCycleConfig, PlateauConfig, Schedule, ScheduleKind, StepConfig,
};

#[derive(Deserialize)]
struct Goldens {
    base: f64,
    updates_per_epoch: usize,
    epochs: usize,
    cases: Vec<Case>,
    validation_losses: Vec<f64>,
    plateaus: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    schedule: Schedule,
    rates: Vec<f64>,
}

fn goldens() -> Goldens {
    serde_json::from_str(include_str!("../goldens/schedules.json")).unwrap()
}

#[track_caller]
fn assert_rates(got: &[f64], case: &Case) {
    assert_eq!(got.len(), case.rates.len());
    for (k, (got, expected)) in got.iter().zip(&case.rates).enumerate() {
        assert!(
            (got - expected).abs() <= 1e-12,
            "{:?} at {k}: {got}, expected {expected}",
            case.schedule
        );
    }
}

fn rates(schedule: &Schedule, base: f64, updates_per_epoch: usize, epochs: usize) -> Vec<f64> {
    let rate = schedule.learning_rate(base, updates_per_epoch, epochs);
    (0..updates_per_epoch * epochs).map(|k| rate.at(k)).collect()
}

#[test]
fn rates_are_those_of_pytorch() {
    let goldens = goldens();
    assert_eq!(goldens.cases.len(), 16);
    for case in &goldens.cases {
        case.schedule.validate().unwrap();
        assert_rates(
            &rates(&case.schedule, goldens.base, goldens.updates_per_epoch, goldens.epochs),
            case,
        );
    }
}

#[test]
fn a_plateau_falls_where_pytorchs_does() {
    let goldens = goldens();
    assert_eq!(goldens.plateaus.len(), 3);
    for case in &goldens.plateaus {
        case.schedule.validate().unwrap();
        let mut rate = case.schedule.learning_rate(
            goldens.base,
            goldens.updates_per_epoch,
            goldens.validation_losses.len(),
        );
        let mut got = Vec::new();
        for (&validation_loss, epoch) in goldens.validation_losses.iter().zip(1..) {
            rate.observe(&EpochRecord { epoch, validation_loss, ..EpochRecord::default() });
            got.push(rate.at(epoch * goldens.updates_per_epoch));
        }
        assert_rates(&got, case);
    }
}

/// Lecture 6a.3: with gamma = 0.01 the rate is l0 / e after 100 updates, for any length of an
/// epoch.
#[test]
fn the_lectures_exponential() {
    let schedule = Schedule::from(ScheduleKind::Exponential(ExponentialConfig {
        gamma: Some(0.01),
        end_factor: None,
    }));
    for (updates_per_epoch, epochs) in [(10, 10), (7, 100), (1, 1)] {
        let rate = schedule.learning_rate(0.1, updates_per_epoch, epochs);
        assert_eq!(rate.at(0), 0.1);
        assert!((rate.at(100) - 0.1 / std::f64::consts::E).abs() < 1e-15);
    }
}

/// Lecture 6a.3: linear from l0 to `l_T`, and `l_T` from update T on.
#[test]
fn the_lectures_linear() {
    let schedule =
        Schedule::from(ScheduleKind::Linear(LinearConfig { end_factor: 0.2, epochs: Some(4) }));
    let rate = schedule.learning_rate(0.5, 25, 10);
    assert_eq!([0, 100, 101, 250].map(|k| rate.at(k)), [0.5, 0.1, 0.1, 0.1]);
    assert!((rate.at(50) - 0.3).abs() < 1e-15 && (rate.at(25) - 0.4).abs() < 1e-15);
}

#[test]
fn changes_come_with_the_right_epoch() {
    let first_lower = |kind: ScheduleKind, epochs| {
        rates(&kind.into(), 1.0, 5, epochs).iter().position(|r| *r < 1.0)
    };
    // After epoch 3, that is, with the first update of epoch 4.
    let milestones = MultiStepConfig { milestones: Some(vec![3]), ..MultiStepConfig::default() };
    assert_eq!(first_lower(ScheduleKind::MultiStep(milestones), 9), Some(15));
    assert_eq!(
        first_lower(ScheduleKind::Step(StepConfig { every: 3, ..StepConfig::default() }), 9),
        Some(15)
    );
    assert_eq!(
        first_lower(ScheduleKind::MultiStep(MultiStepConfig::default()), 30),
        Some(75),
        "half of the training"
    );
    // A warm-up does not change the milestones.
    let milestones = MultiStepConfig { milestones: Some(vec![3]), ..MultiStepConfig::default() };
    let warm = Schedule { warmup_epochs: 1.5, ..ScheduleKind::MultiStep(milestones).into() };
    let warm = rates(&warm, 1.0, 5, 9);
    assert_eq!((warm[0], warm[7] < 1.0, warm[8], warm[14]), (0.01, true, 1.0, 1.0));
    assert!((warm[15] - 0.1).abs() < 1e-15);
}

/// Every schedule with its default settings, by name.
const NAMES: [&str; 9] = [
    "constant",
    "step",
    "multi-step",
    "plateau",
    "linear",
    "exponential",
    "cosine",
    "cosine-restarts",
    "one-cycle",
];

fn named(name: &str) -> Schedule {
    serde_json::from_str(&format!("{{ \"name\": \"{name}\" }}")).unwrap()
}

#[test]
fn every_name_is_a_schedule_that_is_written_and_read() {
    for name in NAMES {
        let schedule = named(name);
        schedule.validate().unwrap();
        assert_eq!(schedule.name(), name);
        let warm = Schedule { warmup_epochs: 2.5, ..schedule };
        assert_eq!(
            serde_json::from_str::<Schedule>(&serde_json::to_string(&warm).unwrap()).unwrap(),
            warm
        );
        // A setting of another schedule, or an unknown one, is an error.
        for unknown in ["foo", "beta_1"] {
            let text =
                format!("{{ \"name\": \"{name}\", \"warmup_epochs\": 1, \"{unknown}\": 1 }}");
            let message = serde_json::from_str::<Schedule>(&text).unwrap_err().to_string();
            assert!(message.contains(unknown), "{name}: {message}");
        }
    }
    assert!(serde_json::from_str::<Schedule>("{ \"name\": \"cosine\", \"every\": 1 }").is_err());
}

#[test]
fn settings_out_of_range_are_refused() {
    for (text, message) in [
        (r#"{"name":"step","every":0}"#, "schedule.every is 0, expected at least 1 epoch"),
        (
            r#"{"name":"step","factor":1}"#,
            "schedule.factor is 1, expected a number above 0 and below 1",
        ),
        (
            r#"{"name":"multi-step","milestones":[]}"#,
            "schedule.milestones is [], expected one or more epochs",
        ),
        (
            r#"{"name":"multi-step","milestones":[3,3]}"#,
            "schedule.milestones is [3, 3], expected one or more epochs",
        ),
        (r#"{"name":"multi-step","milestones":[0]}"#, "schedule.milestones is [0]"),
        (r#"{"name":"plateau","patience":0}"#, "schedule.patience is 0, expected at least 1 epoch"),
        (r#"{"name":"plateau","min_delta":-1}"#, "schedule.min_delta is -1"),
        (r#"{"name":"plateau","min_factor":2}"#, "schedule.min_factor is 2"),
        (
            r#"{"name":"linear","end_factor":1.5}"#,
            "schedule.end_factor is 1.5, expected a number of 0 to 1",
        ),
        (r#"{"name":"linear","epochs":0}"#, "schedule.epochs is 0, expected at least 1 epoch"),
        (r#"{"name":"exponential","gamma":0}"#, "schedule.gamma is 0, expected a number above 0"),
        (
            r#"{"name":"exponential","gamma":0.1,"end_factor":0.1}"#,
            "schedule.gamma is 0.1, expected either gamma or schedule.end_factor",
        ),
        (r#"{"name":"exponential","end_factor":0}"#, "schedule.end_factor is 0"),
        (r#"{"name":"cosine","end_factor":-1}"#, "schedule.end_factor is -1"),
        (r#"{"name":"cosine-restarts","epochs":0}"#, "schedule.epochs is 0"),
        (
            r#"{"name":"cosine-restarts","growth":0}"#,
            "schedule.growth is 0, expected a whole number of 1 to 100",
        ),
        (r#"{"name":"one-cycle","rise":1}"#, "schedule.rise is 1"),
        (r#"{"name":"one-cycle","start_factor":2}"#, "schedule.start_factor is 2"),
        (
            r#"{"name":"cosine","warmup_epochs":-1}"#,
            "schedule.warmup_epochs is -1, expected a number of 0 to 1000000 epochs",
        ),
        (
            r#"{"name":"cosine","warmup_factor":1.1}"#,
            "schedule.warmup_factor is 1.1, expected a number of 0 to 1",
        ),
    ] {
        let got =
            serde_json::from_str::<Schedule>(text).unwrap().validate().unwrap_err().to_string();
        assert!(got.starts_with(message), "{text}: {got}");
    }
}

fn kinds() -> impl Strategy<Value = ScheduleKind> {
    let epochs = || prop::option::of(1_usize..50);
    prop_oneof![
        Just(ScheduleKind::Constant {}),
        (0.001..0.999, 1_usize..20)
            .prop_map(|(factor, every)| ScheduleKind::Step(StepConfig { factor, every })),
        (0.001..0.999, prop::option::of(prop::collection::btree_set(1_usize..50, 1..4))).prop_map(
            |(factor, milestones)| {
                ScheduleKind::MultiStep(MultiStepConfig {
                    factor,
                    milestones: milestones.map(|m| m.into_iter().collect()),
                })
            }
        ),
        (0.001..0.999, 1_usize..4, 0.0..0.1, 0_usize..4, 0.0..1.0).prop_map(
            |(factor, patience, min_delta, cooldown, min_factor)| {
                ScheduleKind::Plateau(PlateauConfig {
                    factor,
                    patience,
                    min_delta,
                    cooldown,
                    min_factor,
                    ..PlateauConfig::default()
                })
            }
        ),
        (0.0..=1.0, epochs()).prop_map(|(end_factor, epochs)| ScheduleKind::Linear(LinearConfig {
            end_factor,
            epochs
        })),
        (0.001..0.999).prop_map(|end| ScheduleKind::Exponential(ExponentialConfig {
            gamma: None,
            end_factor: Some(end)
        })),
        (1e-6..1.0).prop_map(|gamma| ScheduleKind::Exponential(ExponentialConfig {
            gamma: Some(gamma),
            end_factor: None
        })),
        (0.0..=1.0, epochs()).prop_map(|(end_factor, epochs)| ScheduleKind::Cosine(CosineConfig {
            end_factor,
            epochs
        })),
        (1_usize..9, 1_usize..4, 0.0..=1.0).prop_map(|(epochs, growth, end_factor)| {
            ScheduleKind::CosineRestarts(CosineRestartsConfig { epochs, growth, end_factor })
        }),
        (0.0..=1.0, 0.0..=1.0, 0.01..0.99, epochs()).prop_map(
            |(start_factor, end_factor, rise, epochs)| {
                ScheduleKind::OneCycle(OneCycleConfig { start_factor, end_factor, rise, epochs })
            }
        ),
    ]
}

proptest! {
    /// The base rate is the highest, no rate is negative, and only one-cycle, restarts and the
    /// warm-up raise it.
    #[test]
    fn no_rate_exceeds_the_base(
        kind in kinds(),
        warmup_epochs in 0.0..5.0,
        losses in prop::collection::vec(0.0..3.0, 1..12),
        updates in 1_usize..9,
    ) {
        let rises = matches!(kind, ScheduleKind::OneCycle(_) | ScheduleKind::CosineRestarts(_));
        let schedule = Schedule { warmup_epochs, ..kind.into() };
        schedule.validate().unwrap();
        let mut rate = schedule.learning_rate(0.3, updates, losses.len());
        let mut last = f64::INFINITY;
        for (epoch, &validation_loss) in losses.iter().enumerate() {
            for k in epoch * updates..(epoch + 1) * updates {
                let now = rate.at(k);
                prop_assert!((0.0..=0.3 * (1.0 + 1e-12)).contains(&now), "{now} at {k}");
                let warmup = (k as f64) < warmup_epochs * updates as f64 + 1.0;
                let falls = now <= last * (1.0 + 1e-12);
                prop_assert!(falls || rises || warmup, "{last}, then {now} at {k}");
                last = now;
            }
            rate.observe(&EpochRecord { validation_loss, ..EpochRecord::default() });
        }
    }

    /// For any settings and any update, the rate is in 0 to the base rate.
    #[test]
    fn every_update_has_a_rate(
        kind in kinds(),
        updates in 0_usize..5,
        epochs in 0_usize..5,
        k in any::<usize>(),
    ) {
        let rate = Schedule::from(kind).learning_rate(0.3, updates, epochs).at(k);
        prop_assert!((0.0..=0.3 * (1.0 + 1e-12)).contains(&rate), "{rate}");
    }
}
