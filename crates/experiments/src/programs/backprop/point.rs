//! The values of an expression's variables.

use super::graph::Graph;
use crate::ExperimentError;

/// Parses the values of the variables of a graph, in their order, from a text such as `x=4, y=-2`.
///
/// # Errors
/// Returns [`ExperimentError::Setting`] if the text is not a list of values, or if a variable has
/// no value, two values, or does not occur in the expression.
pub(super) fn point(graph: &Graph, at: &str) -> Result<Vec<f64>, ExperimentError> {
    let refuse = |expected: String| {
        Err(ExperimentError::Setting { setting: "at", got: format!("{at:?}"), expected })
    };
    let mut given: Vec<(&str, f64)> = Vec::new();
    for part in at.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return refuse(format!(
                "a list such as x=4,y=-2; {part:?} is not of the form name=value"
            ));
        };
        let name = name.trim();
        let Some(value) = value.trim().parse::<f64>().ok().filter(|value| value.is_finite()) else {
            return refuse(format!("a number for {name}, not {:?}", value.trim()));
        };
        if given.iter().any(|(known, _)| *known == name) {
            return refuse(format!("one value for {name}"));
        }
        given.push((name, value));
    }
    let names: Vec<&str> = graph.names().map(|(name, _)| name).collect();
    if let Some((strange, _)) = given.iter().find(|(name, _)| !names.contains(name)) {
        return refuse(format!(
            "values for the variables of the expression, {}; {strange} is not one of them",
            names.join(", ")
        ));
    }
    let value =
        |name: &&str| given.iter().find(|(known, _)| known == name).map(|(_, value)| *value);
    let missing: Vec<&str> = names.iter().filter(|name| value(name).is_none()).copied().collect();
    if missing.is_empty() {
        Ok(names.iter().filter_map(value).collect())
    } else {
        refuse(format!(
            "a value for each variable of the expression; {} has none (write a product as x*y)",
            missing.join(", ")
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;

    #[test]
    fn values_are_in_the_order_of_the_names() {
        let graph = parse("y * x + y").unwrap();
        assert_eq!(point(&graph, " x = 4 ,y=-2e-1,").unwrap(), [-0.2, 4.0]);
    }

    #[test]
    fn what_does_not_fit_is_refused_with_its_name() {
        let graph = parse("x * y").unwrap();
        for (at, part) in [
            ("x=1", "y has none"),
            ("", "x, y has none"),
            ("x=1,y=2,z=3", "z is not one of them"),
            ("x=1,y=two", "a number for y, not \"two\""),
            ("x=1,y=inf", "a number for y"),
            ("x=1,x=2,y=3", "one value for x"),
            ("x", "\"x\" is not of the form name=value"),
        ] {
            let message = point(&graph, at).unwrap_err().to_string();
            assert!(message.contains(part), "{at}: {message}");
        }
    }
}
