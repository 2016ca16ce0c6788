//! A setting that a sweep varies, and its values.

use serde::{Deserialize, Serialize};
use toml::Value;
use zunder_random::Key;

use super::stored;
use crate::{RunError, parse_setting};

/// A setting that a sweep varies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Axis {
    /// Name of the setting, such as `optimizer.lr`.
    pub key: String,
    /// Values of the setting.
    pub values: AxisValues,
}

/// The values of a varied setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum AxisValues {
    /// A list of values.
    List(#[serde(with = "stored")] Vec<Value>),
    /// Drawn from a range: uniformly on a logarithmic scale if both bounds are above 0, otherwise
    /// uniformly.
    Range {
        /// Lower bound.
        low: f64,
        /// Upper bound.
        high: f64,
        /// Whether values are integers.
        whole: bool,
    },
}

impl Axis {
    /// Parses `KEY=A,B,C` or `KEY=LOW..HIGH`; values as after `--set`, lists in brackets.
    ///
    /// # Errors
    /// Returns [`RunError::Config`] without an equals sign, without a value, or for an invalid
    /// range.
    ///
    /// ```
    /// use zunder::{Axis, AxisValues};
    ///
    /// let layers = Axis::parse("model.hidden=[128],[256, 128]")?;
    /// assert!(matches!(layers.values, AxisValues::List(values) if values.len() == 2));
    /// let range = Axis::parse("optimizer.lr=1e-4..1e-1")?;
    /// assert!(matches!(range.values, AxisValues::Range { whole: false, .. }));
    /// # Ok::<(), zunder::RunError>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, RunError> {
        let refuse = |problem: String| RunError::config("--vary", problem);
        let (key, values) =
            text.split_once('=').filter(|(key, _)| !key.trim().is_empty()).ok_or_else(|| {
                refuse(format!(
                    "{text:?} is not KEY=VALUES, expected for example optimizer.lr=0.01,0.1 or \
                optimizer.lr=1e-4..1e-1"
                ))
            })?;
        let key = key.trim().to_owned();
        // Paths such as ../a are not ranges.
        if let Some((low, high)) =
            values.split_once("..").filter(|_| !values.contains(['/', '"', ',']))
        {
            let number =
                |text: &str| text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            let (Some(low), Some(high)) = (number(low), number(high)) else {
                return Err(refuse(format!(
                    "{values:?} is not a range, expected two numbers such as 1e-4..1e-1"
                )));
            };
            if low >= high {
                return Err(refuse(format!(
                    "the range of {key} is {low}..{high}, expected the lower end first"
                )));
            }
            let whole = values.split("..").all(|end| end.trim().parse::<i64>().is_ok());
            return Ok(Self { key, values: AxisValues::Range { low, high, whole } });
        }
        let parts = split(values);
        if parts.iter().any(|part| part.trim().is_empty()) {
            return Err(refuse(format!(
                "{text:?} has an empty value, expected for example {key}=0.01,0.1"
            )));
        }
        let list = parts
            .iter()
            .map(|part| Ok(parse_setting(&format!("{key}={part}"))?.1))
            .collect::<Result<Vec<_>, RunError>>()?;
        Ok(Self { key, values: AxisValues::List(list) })
    }

    /// Returns the setting with its path.
    pub(super) fn setting(&self, value: Value) -> (Vec<String>, Value) {
        (self.key.split('.').map(|part| part.trim().to_owned()).collect(), value)
    }

    /// Draws a random value.
    pub(super) fn draw(&self, key: Key) -> Value {
        let mut rng = key.named(&self.key).rng();
        self.at(match &self.values {
            AxisValues::List(list) => rng.below(list.len()) as f64,
            AxisValues::Range { .. } => rng.f64(),
        })
    }

    /// Returns the number of listed values; `None` for a range.
    pub(super) fn listed(&self) -> Option<usize> {
        match &self.values {
            AxisValues::List(list) => Some(list.len()),
            AxisValues::Range { .. } => None,
        }
    }

    /// Returns the setting with a value, as a user would type it.
    pub(super) fn named(&self, value: &Value) -> String {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Float(number) => format!("{number:?}"), // 1e-9, not 0.000000001
            other => other.to_string(),
        };
        format!("{}={text}", self.key)
    }

    /// Returns the value at a place: the index in a list, or 0 to 1 from the lower to the upper
    /// bound of a range.
    pub(super) fn at(&self, place: f64) -> Value {
        match &self.values {
            AxisValues::List(list) => list[(place as usize).min(list.len() - 1)].clone(),
            AxisValues::Range { low, high, whole } => {
                let value = if *low > 0.0 {
                    (low.ln() + place * (high.ln() - low.ln())).exp()
                } else {
                    low + place * (high - low)
                };
                if *whole {
                    Value::Integer(value.round() as i64)
                } else {
                    Value::Float(three_digits(value))
                }
            }
        }
    }

    /// Returns the place of a setting such as `optimizer.lr=0.1`, in a range below 1; `None` if the
    /// axis has no such value.
    pub(super) fn place(&self, setting: &str) -> Option<f64> {
        match &self.values {
            AxisValues::List(list) => {
                list.iter().position(|value| self.named(value) == setting).map(|i| i as f64)
            }
            AxisValues::Range { low, high, .. } => {
                let value: f64 = setting.split_once('=')?.1.parse().ok()?;
                let place = if *low > 0.0 {
                    (value.ln() - low.ln()) / (high.ln() - low.ln())
                } else {
                    (value - low) / (high - low)
                };
                // A rounded number may be beyond the bound.
                Some(place.clamp(0.0, BELOW_ONE))
            }
        }
    }
}

/// Returns the settings of a point, such as `optimizer.lr=0.1`.
pub(super) fn named(axes: &[Axis], point: &[Value]) -> Vec<String> {
    axes.iter().zip(point).map(|(axis, value)| axis.named(value)).collect()
}

/// Largest number below 1.
const BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

/// Rounds a number to three significant digits.
fn three_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// Splits at commas that are not in brackets or quotes.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut depth, mut quoted) = (vec![String::new()], 0_usize, false);
    for letter in text.chars() {
        match letter {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if letter == ',' && depth == 0 && !quoted {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_keep_their_brackets_and_words() {
        let values = |text: &str| match Axis::parse(text).unwrap().values {
            AxisValues::List(values) => values.iter().map(ToString::to_string).collect::<Vec<_>>(),
            AxisValues::Range { .. } => panic!("{text}"),
        };
        assert_eq!(values("model.hidden=[128],[256, 128]"), ["[128]", "[256, 128]"]);
        assert_eq!(values("data.dir=../a,../b"), ["\"../a\"", "\"../b\""]);
        assert_eq!(values("optimizer=sgd, adam"), ["\"sgd\"", "\"adam\""]);
        assert_eq!(values("augment=\"a,b\",none"), ["\"a,b\"", "\"none\""]);
    }

    #[test]
    fn draws_stay_in_their_range_and_are_the_same_again() {
        for (text, low, high) in [
            ("a.b=1e-4..1e-1", 1e-4, 1e-1),
            ("a.b=-2.0..3", -2.0, 3.0),
            ("a.b=16..512", 16.0, 512.0),
        ] {
            let axis = Axis::parse(text).unwrap();
            for i in 0..200 {
                let key = Key::new(1).at(i);
                let value = axis.draw(key);
                let number =
                    value.as_float().or_else(|| value.as_integer().map(|n| n as f64)).unwrap();
                assert!((low..=high).contains(&number), "{text}: {number}");
                assert_eq!((value.is_integer(), &value), (text.contains("512"), &axis.draw(key)));
            }
        }
    }

    #[test]
    fn a_drawn_value_is_at_its_place() {
        for text in ["a.b=1e-4..1e-1", "a.b=-2.0..3", "a.b=16..512", "a.b=0.1,0.2", "a.b=x,[1, 2]"]
        {
            let axis = Axis::parse(text).unwrap();
            for i in 0..200 {
                let value = axis.draw(Key::new(2).at(i));
                let place = axis.place(&axis.named(&value)).unwrap();
                assert_eq!(axis.at(place), value, "{text}: {value} at {place}");
                assert!(matches!(axis.values, AxisValues::List(_)) || place < 1.0);
            }
        }
        let axis = Axis::parse("a.b=1,10").unwrap();
        assert_eq!((axis.place("a.b=10"), axis.place("a.b=3")), (Some(1.0), None));
        assert_eq!(Axis::parse("a.b=1.0..2").unwrap().place("a.b=2.01"), Some(BELOW_ONE));
    }

    #[test]
    fn what_is_no_axis_is_refused() {
        for (text, expected) in [
            ("optimizer.lr", "is not KEY=VALUES"),
            ("=1,2", "is not KEY=VALUES"),
            ("optimizer.lr=", "has an empty value"),
            ("optimizer.lr=1,,2", "has an empty value"),
            ("optimizer.lr=1..", "is not a range"),
            ("optimizer.lr=2..1", "expected the lower end first"),
            ("optimizer.lr=a..b", "is not a range"),
        ] {
            let message = Axis::parse(text).unwrap_err().to_string();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}
