//! Points chosen by the results of others: the tree-structured Parzen estimator.

use std::convert::Infallible;
use std::path::PathBuf;

use rand_core::TryRng;
use toml::Value;
use tpe::{TpeOptimizer, categorical_range, histogram_estimator, parzen_estimator, range};
use zunder_random::{Key, Rng};
use zunder_train::Monitor;

use super::axis::named;
use super::create::{Base, settings_hash};
use super::halving::Standing;
use super::ranking::common_monitor;
use super::{Axis, AxisValues, FILE, Sweep, SweepPoint, TrialRecord};
use crate::config::changes::PLACE;
use crate::folder::sealed::write_sealed;
use crate::{RunConfig, RunError};

/// Number of random points before the first suggested one.
pub(super) const RANDOM: usize = 8;

/// Draws of a point that is new and valid, by the estimators and then at random.
const DRAWS: u64 = 100;

/// Limit on the combinations of listed values that are tried after the draws.
const COMBINATIONS: usize = 100_000;

impl Sweep {
    /// Adds the next point of a sweep that [suggests](crate::SweepConfig::suggest) them, chosen by
    /// the results of all points so far. Returns false if all points are there, and if the sweep
    /// does not suggest. The choice depends on the results and the seed alone, so an interrupted
    /// sweep goes on with the same points. Values that make no valid configuration are drawn again.
    /// Locks the sweep until this value is dropped.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] if a trial is not done, if no valid point is found, or if the
    /// first trial has other settings than this version of the program would give it;
    /// [`RunError::Busy`], [`RunError::BadFile`], and [`RunError::Io`].
    ///
    /// ```no_run
    /// use zunder::{Axis, RunOptions, Sweep, SweepConfig, Trials};
    ///
    /// let axes = vec![Axis::parse("optimizer.lr=0.001..1")?];
    /// let all = SweepConfig::default();
    /// let config = SweepConfig { axes, random: Some(20), suggest: true, ..all };
    /// let mut sweep = Sweep::create(None, None, &[], &config)?;
    /// let mut trials = Trials::default();
    /// let mut next = 1;
    /// loop {
    ///     while next <= sweep.len() {
    ///         sweep.run(next, &mut trials, RunOptions::default())?;
    ///         next += 1;
    ///     }
    ///     if !sweep.suggest()? {
    ///         break;
    ///     }
    /// }
    /// # Ok::<(), zunder::RunError>(())
    /// ```
    pub fn suggest(&mut self) -> Result<bool, RunError> {
        if self.record.base.is_none() || self.len() >= self.planned() {
            return Ok(false);
        }
        self.hold()?;
        let before = self.len();
        // Another process may have added points in the meantime.
        self.record = Self::open(&self.path)?.record;
        if self.len() > before {
            return Ok(true);
        }
        let record = &self.record;
        let Some(base) = &record.base else { return Ok(false) };
        let (tried, monitor) = (&record.points, record.monitor);
        let standing = |records: Vec<Option<TrialRecord>>| {
            let records = records.into_iter().collect::<Option<Vec<_>>>()?;
            Some(SweepPoint::of(Vec::new(), PathBuf::new(), &records).standing(monitor))
        };
        let standings: Vec<Standing> = self.records()?.into_iter().map_while(standing).collect();
        if standings.len() < tried.len() {
            let problem = format!(
                "point {} has not ended, expected all points to have ended before one is suggested",
                standings.len() + 1
            );
            return Err(RunError::config("sweep", problem));
        }
        let first = self.first_trial(base)?;
        let axes = &record.config.axes;
        let mut refused = None;
        let mut trials = |point: &[Value]| {
            let trials = base.trials(&record.config, point);
            trials.map_err(|error| refused = Some(error)).ok()
        };
        let key = Key::new(base.seed(&record.config)?).named("suggest").at(tried.len() as u64);
        let point = next(axes, tried, &standings, key, &mut |point| trials(point).is_some())
            .map_err(|problem| RunError::config("sweep", problem))?;
        let Some(point) = point else {
            let none = || RunError::config("sweep", "no point can be suggested".to_owned());
            return Err(refused.unwrap_or_else(none));
        };
        let mut configs = base.trials(&record.config, &point)?;
        if axes.iter().all(|axis| !PLACE.contains(&axis.key.as_str())) {
            for config in &mut configs {
                config.move_to(&first);
            }
        }
        self.write_trials(before + 1, &configs)?;
        let mut record = self.record.clone();
        for config in &configs {
            record.settings_sha256.push(settings_hash(config)?);
        }
        if monitor != Monitor::Accuracy {
            record.monitor = common_monitor(&[&[first], &configs[..]].concat());
        }
        record.points.push(named(&record.config.axes, &point));
        // Written last: it shows that the other files are complete.
        write_sealed(&self.path.join(FILE), &record)?;
        self.record = record;
        Ok(true)
    }

    /// Returns the configuration of the first trial. Checks that this version of the program would
    /// make the same: suggested points and random ones must have the same recipe.
    fn first_trial(&self, base: &Base) -> Result<RunConfig, RunError> {
        let record = &self.record;
        let file = self.folder(1).join("config.toml");
        let first = RunConfig::from_layers(Some(&file), &[])?;
        let point = record.config.points(base.seed(&record.config)?).into_iter().next();
        let made = base.trials(&record.config, &point.unwrap_or_default())?;
        let hash = made.first().map(settings_hash).transpose()?;
        if hash.as_ref() == record.settings_sha256.first() {
            return Ok(first);
        }
        Err(RunError::config(
            "sweep",
            "this version of the program makes other settings of the first point than the one that \
             began the sweep, expected the same recipe for all points: begin a new sweep"
                .to_owned(),
        ))
    }
}

/// Returns the values of the next point, by the settings of all points so far and how good they
/// are; `None` if no draw is valid.
fn next(
    axes: &[Axis],
    tried: &[Vec<String>],
    standings: &[Standing],
    key: Key,
    valid: &mut dyn FnMut(&[Value]) -> bool,
) -> Result<Option<Vec<Value>>, String> {
    let mut estimators = estimators(axes, tried, standings, key)?;
    let mut known = None;
    for draw in 0..2 * DRAWS {
        let mut point = Vec::new();
        for (axis, estimator) in axes.iter().zip(&mut estimators) {
            let key = key.at(draw).named(&axis.key);
            point.push(if draw < DRAWS {
                axis.at(estimator.ask(&mut Words(key.rng())).map_err(|e| e.to_string())?)
            } else {
                axis.draw(key)
            });
        }
        if valid(&point) {
            if !tried.contains(&named(axes, &point)) {
                return Ok(Some(point));
            }
            known.get_or_insert(point);
        }
    }
    let new = |point: &Vec<Value>| !tried.contains(&named(axes, point)) && valid(point);
    Ok(combinations(axes).take(COMBINATIONS).find(new).or(known))
}

/// Returns an estimator for each axis that knows all points so far.
fn estimators(
    axes: &[Axis],
    tried: &[Vec<String>],
    standings: &[Standing],
    key: Key,
) -> Result<Vec<TpeOptimizer>, String> {
    let mut order: Vec<usize> = (0..tried.len()).collect();
    // The order of equal points is random: none of them is better because it was tried earlier.
    key.named("ties").rng().shuffle(&mut order);
    order.sort_by(|&a, &b| standings[a].order(&standings[b])); // stable
    let estimator = |(i, axis): (usize, &Axis)| {
        let mut estimator = match &axis.values {
            AxisValues::List(list) => {
                let range = categorical_range(list.len()).map_err(|e| e.to_string())?;
                TpeOptimizer::new(histogram_estimator(), range)
            }
            AxisValues::Range { .. } => {
                let range = range(0.0, 1.0).map_err(|e| e.to_string())?;
                TpeOptimizer::new(parzen_estimator(), range)
            }
        };
        // Only the order of the values counts, so their ranks do, also for points that diverged.
        for (rank, &point) in order.iter().enumerate() {
            let place = tried[point].get(i).and_then(|setting| axis.place(setting));
            // NaN: not used by the point.
            let place = place.unwrap_or(f64::NAN);
            estimator.tell(place, rank as f64).map_err(|e| e.to_string())?;
        }
        Ok(estimator)
    };
    axes.iter().enumerate().map(estimator).collect()
}

/// Returns the combinations of listed values; none if an axis is a range.
fn combinations(axes: &[Axis]) -> impl Iterator<Item = Vec<Value>> {
    let sizes: Vec<usize> = axes.iter().map(|axis| axis.listed().unwrap_or_default()).collect();
    let count = sizes.iter().fold(1, |product: usize, size| product.saturating_mul(*size));
    (0..count).map(move |mut number| {
        let value = |(axis, size): (&Axis, &usize)| {
            let place = number % size;
            number /= size;
            axis.at(place as f64)
        };
        axes.iter().zip(&sizes).map(value).collect()
    })
}

/// A stream of random words for the crates of `rand`.
struct Words(Rng);

impl TryRng for Words {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.0.next_u64() >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.0.next_u64().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn standing(worth: f64) -> Standing {
        Standing { worth: Some(worth).filter(|worth| worth.is_finite()), diverged: 0 }
    }

    /// Returns the values of `n` points in the order in which they are tried, of which `worth` says
    /// how good they are.
    fn search(axes: &[Axis], n: usize, seed: u64, worth: &dyn Fn(&[Value]) -> f64) -> Vec<f64> {
        let key = Key::new(seed);
        let (mut tried, mut standings, mut worths) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..n as u64 {
            let point: Vec<Value> = if i < RANDOM as u64 {
                axes.iter().map(|axis| axis.draw(key.at(i))).collect()
            } else {
                next(axes, &tried, &standings, key.at(i), &mut |_| true).unwrap().unwrap()
            };
            worths.push(worth(&point));
            standings.push(standing(worths[i as usize]));
            tried.push(named(axes, &point));
        }
        worths
    }

    fn axes(texts: &[&str]) -> Vec<Axis> {
        texts.iter().map(|text| Axis::parse(text).unwrap()).collect()
    }

    /// A hill with its top at rate 0.03, decay 0.001, 128 units and ReLU.
    fn hill(point: &[Value]) -> f64 {
        let decades = |value: &Value, top: f64| (value.as_float().unwrap() / top).log10().abs();
        let units = point[2].as_integer().unwrap() as f64;
        let word = if point[3].as_str() == Some("relu") { 0.0 } else { 1.0 };
        -decades(&point[0], 0.03) - decades(&point[1], 0.001) - (units / 128.0).log2().abs() - word
    }

    #[test]
    fn suggestions_are_better_than_chance() {
        let axes = axes(&[
            "a.lr=1e-4..10",
            "a.decay=1e-6..1",
            "a.units=16..1024",
            "a.word=tanh,relu,gelu,sigmoid",
        ]);
        let best = |worths: &[f64]| worths.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (mut suggested, mut random) = (0.0, 0.0);
        let seeds = 40;
        for seed in 0..seeds {
            suggested += best(&search(&axes, 40, seed, &hill));
            let draw = |i: u64| {
                let key = Key::new(seed).at(i);
                hill(&axes.iter().map(|axis| axis.draw(key)).collect::<Vec<_>>())
            };
            random += best(&(0..40).map(draw).collect::<Vec<_>>());
        }
        let (suggested, random) = (suggested / seeds as f64, random / seeds as f64);
        // Chance needs some 300 points for that.
        assert!(suggested > random + 0.5, "{suggested} {random}");
    }

    #[test]
    fn a_point_is_not_tried_twice_while_there_is_another() {
        let axes = axes(&["a.b=1,2,3,4", "a.c=x,y,z", "a.d=1,2,3,4,5,6,7,8,9,10,11,12"]);
        let key = Key::new(3);
        let (mut tried, mut standings) = (Vec::<Vec<String>>::new(), Vec::new());
        for i in 0..144_u64 {
            let point = next(&axes, &tried, &standings, key.at(i), &mut |_| true).unwrap().unwrap();
            let named = named(&axes, &point);
            assert!(!tried.contains(&named), "{named:?}");
            standings.push(standing(point[0].as_integer().unwrap() as f64));
            tried.push(named);
        }
        // When all are there, one comes again.
        assert!(next(&axes, &tried, &standings, key, &mut |_| true).unwrap().is_some());
    }

    #[test]
    fn a_point_that_is_not_valid_is_drawn_again() {
        let key = Key::new(4);
        for text in ["a.b=1..5", "a.b=1,2,3,4,5"] {
            let axes = axes(&[text]);
            let tried: Vec<Vec<String>> = [2, 3].map(|n| vec![format!("a.b={n}")]).into();
            let standings = [standing(0.5), standing(0.4)];
            for i in 0..50 {
                let of = |most: i64| {
                    let mut valid = |point: &[Value]| point[0].as_integer().unwrap() > most;
                    next(&axes, &tried, &standings, key.at(i), &mut valid).unwrap()
                };
                let number = of(3).unwrap()[0].as_integer().unwrap();
                assert!((4..=5).contains(&number), "{number}");
                assert_eq!(of(5), None);
            }
        }
    }

    #[test]
    fn equal_points_have_no_order() {
        let axes = axes(&["a.b=0.0..1"]);
        let tried: Vec<Vec<String>> =
            (0..8).map(|i| vec![format!("a.b={}", 0.05 + 0.125 * f64::from(i))]).collect();
        let lost = vec![standing(f64::NAN); 8];
        let of = |seed| next(&axes, &tried, &lost, Key::new(seed), &mut |_| true).unwrap().unwrap();
        let all: Vec<f64> = (0..200).map(|seed| of(seed)[0].as_float().unwrap()).collect();
        let mean = all.iter().sum::<f64>() / 200.0;
        assert!((0.35..0.65).contains(&mean), "drawn around the first one: {mean}");
    }

    proptest! {
        #[test]
        fn any_results_make_a_point_of_the_axes(
            worths in proptest::collection::vec(
                prop_oneof![Just(f64::NAN), Just(0.5), 0.0..1.0], 0..30),
            seed: u64,
        ) {
            let axes = axes(&["a.b=1e-3..1", "a.c=2..5", "a.d=p,q", "a.e=-1.0..1", "a.f=7"]);
            let key = Key::new(seed);
            let point = |i: u64| axes.iter().map(move |axis| axis.draw(key.at(i)));
            let tried: Vec<Vec<String>> = (0..worths.len() as u64)
                .map(|i| named(&axes, &point(i).collect::<Vec<_>>()))
                .collect();
            let standings: Vec<_> = worths.iter().map(|&worth| standing(worth)).collect();
            let key = key.named("next");
            let of = || next(&axes, &tried, &standings, key, &mut |_| true).unwrap();
            let point = of().unwrap();
            prop_assert_eq!(&of().unwrap(), &point);
            let number = |i: usize| point[i].as_float().unwrap();
            prop_assert!((0.001..=1.0).contains(&number(0)) && (-1.0..=1.0).contains(&number(3)));
            prop_assert!((2..=5).contains(&point[1].as_integer().unwrap()));
            prop_assert!(["p", "q"].contains(&point[2].as_str().unwrap()));
            prop_assert_eq!(&point[4], &Value::Integer(7));
        }
    }
}
