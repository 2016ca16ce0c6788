//! Values of settings in JSON. It has no infinite numbers, so `inf` is stored as
//! `{"float": "inf"}`.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::{Table, Value};

/// Key of the table that stands for a number.
const FLOAT: &str = "float";

pub(super) fn serialize<S: Serializer>(values: &[Value], to: S) -> Result<S::Ok, S::Error> {
    values.iter().cloned().map(finite).collect::<Vec<_>>().serialize(to)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Value>, D::Error> {
    let values = Vec::<Value>::deserialize(from)?;
    values.into_iter().map(|value| float(value).map_err(D::Error::custom)).collect()
}

/// Replaces infinite numbers and NaN by tables.
fn finite(value: Value) -> Value {
    match value {
        Value::Float(number) if !number.is_finite() => {
            Value::Table(Table::from_iter([(FLOAT.to_owned(), number.to_string().into())]))
        }
        Value::Array(values) => Value::Array(values.into_iter().map(finite).collect()),
        Value::Table(table) => {
            Value::Table(table.into_iter().map(|(key, value)| (key, finite(value))).collect())
        }
        other => other,
    }
}

/// Replaces such tables by the numbers.
fn float(value: Value) -> Result<Value, std::num::ParseFloatError> {
    Ok(match value {
        Value::Table(table) => match table.get(FLOAT).and_then(Value::as_str) {
            Some(text) if table.len() == 1 => Value::Float(text.parse()?),
            _ => {
                let float = |(key, value)| Ok((key, float(value)?));
                Value::Table(table.into_iter().map(float).collect::<Result<_, _>>()?)
            }
        },
        Value::Array(values) => {
            Value::Array(values.into_iter().map(float).collect::<Result<_, _>>()?)
        }
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use crate::Axis;

    #[test]
    fn values_are_read_as_they_were() {
        for text in [
            "gradients.clip_norm=1.0,inf",
            "a.b=-inf,2,1e-9,0.5",
            "a.b=[1, inf],{c = inf, d = \"inf\"},true",
            "a.b=inf.,x",
            "a.b=1e-3..1",
        ] {
            let axis = Axis::parse(text).unwrap();
            let json = serde_json::to_string(&axis).unwrap();
            assert_eq!(serde_json::from_str::<Axis>(&json).unwrap(), axis, "{json}");
        }
        // As earlier versions wrote them.
        let axis: Axis = serde_json::from_str(r#"{"key":"a","values":[1,0.5,"x"]}"#).unwrap();
        assert_eq!(axis, Axis::parse("a=1,0.5,x").unwrap());
        assert!(serde_json::from_str::<Axis>(r#"{"key":"a","values":[{"float":"few"}]}"#).is_err());
    }
}
