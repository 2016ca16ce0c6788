//! Points chosen by the results of others: the tree-structured Parzen estimator.

use std::convert::Infallible;
use std::path::PathBuf;

use rand_core::TryRng;
use toml::Value;
use tpe::{TpeOptimizer, categorical_range, histogram_estimator, parzen_estimator, range};
use zunder_random::{Key, Rng};
use zunder_train::Monitor;

use super::create::settings_hash;
use super::halving::Standing;
use super::ranking::common_monitor;
use super::{Axis, AxisValues, FILE, Sweep, SweepPoint, TrialRecord};
use crate::folder::sealed::write_sealed;
use crate::{RunConfig, RunError};

/// Number of random points before the first suggested one.
pub(super) const RANDOM: usize = 8;

/// Draws of a point that is not there yet. With few values, the estimator proposes known ones.
const DRAWS: u64 = 100;

impl Sweep {
    /// Adds the next point of a sweep that [suggests](crate::SweepConfig::suggest) them, chosen by
    /// the results of all points so far. Returns false if all points are there, and if the sweep
    /// does not suggest. The choice depends on the results and the seed alone, so an interrupted
    /// sweep goes on with the same points. Locks the sweep until this value is dropped.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] if a trial is not done, [`RunError::Busy`],
    /// [`RunError::BadFile`], and [`RunError::Io`].
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
        let key = Key::new(base.seed(&record.config)?).named("suggest").at(tried.len() as u64);
        let point = next(&record.config.axes, tried, &standings, key)
            .map_err(|problem| RunError::config("sweep", problem))?;
        let configs = base.trials(&record.config, &point)?;
        self.write_trials(before + 1, &configs)?;
        let first = RunConfig::from_layers(Some(&self.folder(1).join("config.toml")), &[])?;
        let mut record = self.record.clone();
        for config in &configs {
            record.settings_sha256.push(settings_hash(config)?);
        }
        if monitor != Monitor::Accuracy {
            record.monitor = common_monitor(&[&[first], &configs[..]].concat());
        }
        record.points.push(record.config.named(&point));
        // Written last: it shows that the other files are complete.
        write_sealed(&self.path.join(FILE), &record)?;
        self.record = record;
        Ok(true)
    }
}

/// Returns the values of the next point, by the settings of all points so far and how good they
/// are.
fn next(
    axes: &[Axis],
    tried: &[Vec<String>],
    standings: &[Standing],
    key: Key,
) -> Result<Vec<Value>, String> {
    let mut order: Vec<usize> = (0..tried.len()).collect();
    order.sort_by(|&a, &b| standings[a].order(&standings[b])); // stable
    let mut estimators = Vec::new();
    for (i, axis) in axes.iter().enumerate() {
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
        estimators.push(estimator);
    }
    let mut point = Vec::new();
    for draw in 0..2 * DRAWS {
        point.clear();
        for (axis, estimator) in axes.iter().zip(&mut estimators) {
            let key = key.at(draw).named(&axis.key);
            point.push(if draw < DRAWS {
                axis.at(estimator.ask(&mut Words(key.rng())).map_err(|e| e.to_string())?)
            } else {
                axis.draw(key)
            });
        }
        let named: Vec<String> =
            axes.iter().zip(&point).map(|(axis, value)| axis.named(value)).collect();
        if !tried.contains(&named) {
            break;
        }
    }
    Ok(point)
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
                next(axes, &tried, &standings, key.at(i)).unwrap()
            };
            worths.push(worth(&point));
            standings.push(standing(worths[i as usize]));
            tried.push(axes.iter().zip(&point).map(|(axis, value)| axis.named(value)).collect());
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
        // In three times as many points, chance reaches about the same.
        assert!(suggested > random + 0.5, "{suggested} {random}");
    }

    #[test]
    fn a_point_is_not_tried_twice_while_there_is_another() {
        let axes = axes(&["a.b=1,2,3,4", "a.c=x,y,z"]);
        let key = Key::new(3);
        let (mut tried, mut standings) = (Vec::<Vec<String>>::new(), Vec::new());
        for i in 0..12_u64 {
            let point = next(&axes, &tried, &standings, key.at(i)).unwrap();
            let named: Vec<_> =
                axes.iter().zip(&point).map(|(axis, value)| axis.named(value)).collect();
            assert!(!tried.contains(&named), "{named:?}");
            standings.push(standing(point[0].as_integer().unwrap() as f64));
            tried.push(named);
        }
        // When all are there, one comes again.
        assert_eq!(next(&axes, &tried, &standings, key).unwrap().len(), 2);
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
                .map(|i| axes.iter().zip(point(i)).map(|(axis, v)| axis.named(&v)).collect())
                .collect();
            let standings: Vec<_> = worths.iter().map(|&worth| standing(worth)).collect();
            let of = || next(&axes, &tried, &standings, key.named("next")).unwrap();
            let point = of();
            prop_assert_eq!(&of(), &point);
            let number = |i: usize| point[i].as_float().unwrap();
            prop_assert!((0.001..=1.0).contains(&number(0)) && (-1.0..=1.0).contains(&number(3)));
            prop_assert!((2..=5).contains(&point[1].as_integer().unwrap()));
            prop_assert!(["p", "q"].contains(&point[2].as_str().unwrap()));
            prop_assert_eq!(&point[4], &Value::Integer(7));
        }
    }
}
