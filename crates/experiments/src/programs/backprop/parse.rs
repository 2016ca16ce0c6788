//! Parses an expression: numbers, variables, + - * / ^, parentheses and functions.

use super::graph::{Graph, Node};
use super::operation::{Function, Operation};
use crate::ExperimentError;

/// Limits of nesting and of the number of nodes: a larger picture could not be read.
const DEEPEST: usize = 50;
const MOST_NODES: usize = 150;

/// Returns the graph of an expression. A power binds tighter than a minus before it and is
/// right-associative; all other operators are left-associative.
///
/// # Errors
/// Returns [`ExperimentError::Expression`] with the position at which parsing stopped.
pub(super) fn parse(expression: &str) -> Result<Graph, ExperimentError> {
    let mut parser = Parser {
        characters: expression.chars().collect(),
        next: 0,
        depth: 0,
        graph: Graph::default(),
    };
    let parsed = parser.sum().and_then(|_| match parser.peek() {
        None => Ok(()),
        Some(')') => parser.refuse("no parenthesis is open here"),
        Some(found) => {
            parser.refuse(&format!("expected one of + - * / ^ or the end, found {found:?}"))
        }
    });
    match parsed {
        Ok(()) => Ok(parser.graph),
        Err(Stopped { at, problem }) => Err(ExperimentError::Expression {
            expression: expression.to_owned(),
            place: at + 1,
            problem,
        }),
    }
}

/// Position at which parsing stopped, counted from 0, and the reason.
struct Stopped {
    at: usize,
    problem: String,
}

/// The index of a node, or the reason why parsing stopped.
type Parsed = Result<usize, Stopped>;

struct Parser {
    characters: Vec<char>,
    next: usize,
    depth: usize,
    graph: Graph,
}

impl Parser {
    fn sum(&mut self) -> Parsed {
        let mut left = self.product()?;
        while let Some((at, sign)) = self.one_of("+-") {
            let right = self.product()?;
            left = self.push(
                if sign == '+' { Operation::Add } else { Operation::Subtract },
                vec![left, right],
                at,
            )?;
        }
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        while let Some((at, sign)) = self.one_of("*·/") {
            let right = self.signed()?;
            left = self.push(
                if sign == '/' { Operation::Divide } else { Operation::Multiply },
                vec![left, right],
                at,
            )?;
        }
        Ok(left)
    }

    /// Parses an operand with its signs. Every nesting passes through this function, which limits
    /// its depth.
    fn signed(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return self.refuse(&format!("nested more than {DEEPEST} deep"));
        }
        let node = match self.one_of("-") {
            Some((at, _)) => {
                let operand = self.signed()?;
                match &mut self.graph.nodes[operand].operation {
                    Operation::Number(number) => {
                        *number = -*number;
                        operand
                    }
                    _ => self.push(Operation::Negate, vec![operand], at)?,
                }
            }
            None => self.power()?,
        };
        self.depth -= 1;
        Ok(node)
    }

    fn power(&mut self) -> Parsed {
        let base = self.atom()?;
        let Some((at, _)) = self.one_of("^") else { return Ok(base) };
        let exponent = self.signed()?;
        match self.graph.nodes[exponent].operation {
            Operation::Number(number) => {
                // A constant exponent is part of the operation and not a node; its node was added
                // last.
                self.graph.nodes.pop();
                self.push(Operation::PowerOf(number), vec![base], at)
            }
            _ => self.push(Operation::Power, vec![base, exponent], at),
        }
    }

    fn atom(&mut self) -> Parsed {
        match self.peek() {
            Some('(') => {
                self.next += 1;
                let inner = self.sum()?;
                self.expect(')')?;
                Ok(inner)
            }
            Some(c) if c.is_ascii_digit() || c == '.' => self.number(),
            Some(c) if c.is_alphabetic() || c == '_' => self.named(),
            Some(found) => {
                self.refuse(&format!("expected a number, a name or a parenthesis, found {found:?}"))
            }
            None => self.refuse("expected a number, a name or a parenthesis, found the end"),
        }
    }

    fn number(&mut self) -> Parsed {
        let start = self.next;
        self.skip(|c| c.is_ascii_digit() || c == '.');
        // `e` begins an exponent only if digits follow.
        let mut after = self.next + 1;
        if matches!(self.characters.get(self.next), Some('e' | 'E')) {
            after += usize::from(matches!(self.characters.get(after), Some('+' | '-')));
            if self.characters.get(after).is_some_and(char::is_ascii_digit) {
                self.next = after;
                self.skip(|c| c.is_ascii_digit());
            }
        }
        let text: String = self.characters[start..self.next].iter().collect();
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => {
                self.push(Operation::Number(number), Vec::new(), start)
            }
            _ => Err(Stopped { at: start, problem: format!("{text} is not a number") }),
        }
    }

    /// Parses a variable, or a function with its arguments.
    fn named(&mut self) -> Parsed {
        let start = self.next;
        self.skip(|c| c.is_alphanumeric() || c == '_');
        let name: String = self.characters[start..self.next].iter().collect();
        let operation = match name.as_str() {
            "max" => Operation::Max,
            "min" => Operation::Min,
            _ => match Function::ALL.into_iter().find(|function| function.name() == name) {
                Some(function) => Operation::Function(function),
                None if self.peek() == Some('(') => {
                    let known: Vec<&str> = ["max", "min"]
                        .into_iter()
                        .chain(Function::ALL.map(Function::name))
                        .collect();
                    let problem = format!(
                        "there is no function {name:?}, {}",
                        zunder::expected_one_of(&name, &known)
                    );
                    return Err(Stopped { at: start, problem });
                }
                None => return self.input(name, start),
            },
        };
        self.expect('(')?;
        let mut arguments = vec![self.sum()?];
        if matches!(operation, Operation::Max | Operation::Min) {
            self.expect(',')?;
            arguments.push(self.sum()?);
        }
        self.expect(')')?;
        self.push(operation, arguments, start)
    }

    fn input(&mut self, name: String, start: usize) -> Parsed {
        let known = self.graph.names().find(|(known, _)| *known == name).map(|(_, node)| node);
        known.map_or_else(|| self.push(Operation::Input(name), Vec::new(), start), Ok)
    }

    fn push(&mut self, operation: Operation, inputs: Vec<usize>, at: usize) -> Parsed {
        if self.graph.nodes.len() >= MOST_NODES {
            return Err(Stopped {
                at,
                problem: format!("more than {MOST_NODES} operations, variables and numbers"),
            });
        }
        self.graph.nodes.push(Node { operation, inputs, place: at + 1 });
        Ok(self.graph.nodes.len() - 1)
    }

    /// Returns the next character that is not a space.
    fn peek(&mut self) -> Option<char> {
        self.skip(char::is_whitespace);
        self.characters.get(self.next).copied()
    }

    /// Consumes the next character if it is one of `these`.
    fn one_of(&mut self, these: &str) -> Option<(usize, char)> {
        let found = self.peek().filter(|c| these.contains(*c))?;
        self.next += 1;
        Some((self.next - 1, found))
    }

    fn expect(&mut self, wanted: char) -> Result<(), Stopped> {
        match self.peek() {
            Some(found) if found == wanted => {
                self.next += 1;
                Ok(())
            }
            Some(found) => self.refuse(&format!("expected {wanted:?}, found {found:?}")),
            None => self.refuse(&format!("expected {wanted:?}, found the end")),
        }
    }

    fn skip(&mut self, these: impl Fn(char) -> bool) {
        while self.characters.get(self.next).is_some_and(|c| these(*c)) {
            self.next += 1;
        }
    }

    fn refuse<T>(&self, problem: &str) -> Result<T, Stopped> {
        Err(Stopped { at: self.next, problem: problem.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(expression: &str, at: &[f64]) -> f64 {
        *parse(expression).unwrap().forward(at).last().unwrap()
    }

    #[test]
    fn signs_bind_as_usual() {
        assert_eq!(value("1 + 2 * 3 - 4 / 2", &[]), 5.0);
        assert_eq!(value("8 - 3 - 2", &[]), 3.0);
        assert_eq!(value("8 / 2 / 2", &[]), 2.0);
        assert_eq!(value("2^3^2", &[]), 512.0);
        assert_eq!(
            (value("-x^2", &[3.0]), value("x^-2", &[2.0]), value("-2^2", &[]), value("--3", &[])),
            (-9.0, 0.25, -4.0, 3.0)
        );
        assert_eq!(value("2*(x+y)·z", &[1.0, 2.0, 3.0]), 18.0);
        assert_eq!((value("1.5e2 + .5", &[]), value("2e1*e", &[3.0])), (150.5, 60.0));
    }

    #[test]
    fn functions_have_their_values() {
        let at = |name: &str| value(&format!("{name}(x)"), &[0.64]);
        let close = |name: &str, expected: f64| {
            assert!((at(name) - expected).abs() < 1e-12, "{name}: {}", at(name));
        };
        close("exp", 1.896_480_879_304_951_3);
        close("ln", -0.446_287_102_628_419_5);
        close("sqrt", 0.8);
        close("sigmoid", 1.0 / (1.0 + (-0.64_f64).exp()));
        close("tanh", 0.64_f64.tanh());
        close("sin", 0.597_195_441_362_392_1);
        close("cos", 0.802_095_757_884_293_4);
        assert_eq!(
            (
                value("relu(x)", &[-2.0]),
                value("abs(x)", &[-2.0]),
                value("min(x, max(1, 2))", &[3.0])
            ),
            (0.0, 2.0, 2.0)
        );
    }

    #[test]
    fn a_name_is_one_node_and_a_number_in_the_exponent_none() {
        let graph = parse("(x*y + x)^2").unwrap();
        assert_eq!(graph.nodes.len(), 5);
        assert_eq!(
            graph.nodes[4],
            Node { operation: Operation::PowerOf(2.0), inputs: vec![3], place: 10 }
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_its_place() {
        let refusal = |expression: &str| match parse(expression).unwrap_err() {
            ExperimentError::Expression { place, problem, .. } => (place, problem),
            other => panic!("{other}"),
        };
        for (expression, place, part) in [
            ("", 1, "found the end"),
            ("x +", 4, "found the end"),
            ("x + * y", 5, "'*'"),
            ("(x", 3, "expected ')', found the end"),
            ("x)", 2, "no parenthesis is open"),
            ("x y", 3, "'y'"),
            ("2 x", 3, "'x'"),
            ("max(x)", 6, "expected ','"),
            ("ln(x, y)", 5, "expected ')'"),
            ("max", 4, "expected '('"),
            ("signoid(x)", 1, "did you mean sigmoid?"),
            ("1.2.3", 1, "1.2.3 is not a number"),
            ("1e999", 1, "1e999 is not a number"),
            ("x ? y", 3, "'?'"),
            ("ä + €", 5, "'€'"),
        ] {
            let (at, problem) = refusal(expression);
            assert!(at == place && problem.contains(part), "{expression}: {at}, {problem}");
        }
        assert!(
            refusal(&"(".repeat(100_000)).1.contains("deep")
                && refusal(&"-".repeat(100_000)).1.contains("deep")
        );
        assert!(refusal(&format!("x{}", "^x".repeat(100_000))).1.contains("deep"));
        assert!(refusal(&format!("x{}", "+x".repeat(1000))).1.contains("more than 150"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-+*/^()., 0-9.exylnma·_\u{e4}]{0,60}|.{0,40}") {
            if let Ok(graph) = parse(&text) {
                let at = vec![1.5; graph.names().count()];
                prop_assert_eq!(graph.forward(&at).len(), graph.nodes.len());
                let _ = graph.passes(&at, Operation::derivatives);
            }
        }
    }
}
