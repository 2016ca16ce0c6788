//! The operations of an expression, and their derivatives.

/// The operation of a node.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operation {
    /// A variable, whose value is given.
    Input(String),
    /// A number of the expression.
    Number(f64),
    Add,
    Subtract,
    Multiply,
    Divide,
    /// The first input to the power of the second.
    Power,
    /// The input to the power of a constant.
    PowerOf(f64),
    Negate,
    Max,
    Min,
    /// A function of one value.
    Function(Function),
}

/// A function of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Exp,
    Ln,
    Sqrt,
    Relu,
    Sigmoid,
    Tanh,
    Sin,
    Cos,
    Abs,
}

impl Function {
    pub(super) const ALL: [Self; 9] = [
        Self::Exp,
        Self::Ln,
        Self::Sqrt,
        Self::Relu,
        Self::Sigmoid,
        Self::Tanh,
        Self::Sin,
        Self::Cos,
        Self::Abs,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Exp => "exp",
            Self::Ln => "ln",
            Self::Sqrt => "sqrt",
            Self::Relu => "relu",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Sin => "sin",
            Self::Cos => "cos",
            Self::Abs => "abs",
        }
    }

    /// Returns the formula of f'(a), given the names of a and of y = f(a).
    fn derivative_formula(self, a: &str, y: &str) -> String {
        match self {
            Self::Exp => y.to_owned(),
            Self::Ln => format!("1 / {a}"),
            Self::Sqrt => format!("1 / (2 · {y})"),
            Self::Relu => format!("1 if {a} > 0, else 0"),
            Self::Sigmoid => format!("{y} · (1 - {y})"),
            Self::Tanh => format!("1 - {y}^2"),
            Self::Sin => format!("cos({a})"),
            Self::Cos => format!("-sin({a})"),
            Self::Abs => format!("the sign of {a}"),
        }
    }

    fn value(self, a: f64) -> f64 {
        match self {
            Self::Exp => a.exp(),
            Self::Ln => a.ln(),
            Self::Sqrt => a.sqrt(),
            Self::Relu => a.max(0.0),
            Self::Sigmoid => 1.0 / (1.0 + (-a).exp()),
            Self::Tanh => a.tanh(),
            Self::Sin => a.sin(),
            Self::Cos => a.cos(),
            Self::Abs => a.abs(),
        }
    }

    /// Returns f'(a), given a and y = f(a). At a kink at 0 the derivative is 0.
    fn derivative(self, a: f64, y: f64) -> f64 {
        match self {
            Self::Exp => y,
            Self::Ln => 1.0 / a,
            Self::Sqrt => 0.5 / y,
            Self::Relu => f64::from(u8::from(a > 0.0)),
            Self::Sigmoid => y * (1.0 - y),
            Self::Tanh => 1.0 - y * y,
            Self::Sin => a.cos(),
            Self::Cos => -a.sin(),
            Self::Abs if a == 0.0 => 0.0,
            Self::Abs => a.signum(),
        }
    }
}

impl Operation {
    /// Returns the value, given those of the inputs.
    pub(super) fn value(&self, inputs: &[f64]) -> f64 {
        match (self, inputs) {
            (Self::Number(number), _) => *number,
            (Self::Add, [a, b]) => a + b,
            (Self::Subtract, [a, b]) => a - b,
            (Self::Multiply, [a, b]) => a * b,
            (Self::Divide, [a, b]) => a / b,
            (Self::Power, [a, b]) => a.powf(*b),
            (Self::PowerOf(c), [a]) => a.powf(*c),
            (Self::Negate, [a]) => -a,
            (Self::Max, [a, b]) => a.max(*b),
            (Self::Min, [a, b]) => a.min(*b),
            (Self::Function(function), [a]) => function.value(*a),
            // A variable has no value of its own, and no other node has this number of inputs.
            _ => f64::NAN,
        }
    }

    /// Returns the derivative with respect to each input, given their values and the node's own.
    /// Where two values are equal, max and min pass the gradient to the first one only.
    pub(super) fn derivatives(&self, inputs: &[f64], value: f64) -> Vec<f64> {
        let first = |is: bool| if is { vec![1.0, 0.0] } else { vec![0.0, 1.0] };
        match (self, inputs) {
            (Self::Add, _) => vec![1.0, 1.0],
            (Self::Subtract, _) => vec![1.0, -1.0],
            (Self::Multiply, [a, b]) => vec![*b, *a],
            (Self::Divide, [a, b]) => vec![1.0 / b, -a / (b * b)],
            (Self::Power, [a, b]) => {
                // 0 to a power above 0 stays 0.
                let by_exponent = if *a == 0.0 && *b > 0.0 { 0.0 } else { value * a.ln() };
                vec![b * a.powf(b - 1.0), by_exponent]
            }
            (Self::PowerOf(c), [a]) => vec![if *c == 0.0 { 0.0 } else { c * a.powf(c - 1.0) }],
            (Self::Negate, _) => vec![-1.0],
            (Self::Max, [a, b]) => first(a >= b),
            (Self::Min, [a, b]) => first(a <= b),
            (Self::Function(function), [a]) => vec![function.derivative(*a, value)],
            _ => Vec::new(),
        }
    }

    /// Returns the formulas of [`derivatives`](Self::derivatives), given the names of the inputs
    /// and of the node.
    pub(super) fn derivative_formulas(&self, inputs: &[&str], name: &str) -> Vec<String> {
        match (self, inputs) {
            (Self::Add, _) => vec!["1".to_owned(); 2],
            (Self::Subtract, _) => vec!["1".to_owned(), "-1".to_owned()],
            (Self::Multiply, [a, b]) => vec![(*b).to_owned(), (*a).to_owned()],
            (Self::Divide, [a, b]) => vec![format!("1 / {b}"), format!("-{a} / {b}^2")],
            (Self::Power, [a, b]) => {
                vec![format!("{b} · {a}^({b} - 1)"), format!("{name} · ln({a})")]
            }
            (Self::PowerOf(c), [a]) => vec![match c {
                0.0 | 1.0 => c.to_string(),
                2.0 => format!("2 · {a}"),
                _ => format!("{c} · {a}^{}", c - 1.0),
            }],
            (Self::Negate, _) => vec!["-1".to_owned()],
            (Self::Max, [a, b]) => {
                vec![format!("1 if {a} ≥ {b}, else 0"), format!("1 if {b} > {a}, else 0")]
            }
            (Self::Min, [a, b]) => {
                vec![format!("1 if {a} ≤ {b}, else 0"), format!("1 if {b} < {a}, else 0")]
            }
            (Self::Function(function), [a]) => vec![function.derivative_formula(a, name)],
            _ => Vec::new(),
        }
    }

    /// Returns true if the operation has a kink at these inputs: its left and right derivatives
    /// differ.
    pub(super) fn has_kink(&self, inputs: &[f64]) -> bool {
        match (self, inputs) {
            (Self::Max | Self::Min, [a, b]) => a == b,
            (Self::Function(Function::Relu | Function::Abs), [a]) => *a == 0.0,
            _ => false,
        }
    }

    /// Returns the formula with the names of the inputs inserted.
    pub(super) fn formula(&self, inputs: &[&str]) -> String {
        match (self, inputs) {
            (Self::Add | Self::Subtract | Self::Divide, [a, b]) => {
                format!("{a} {} {b}", self.label())
            }
            (Self::Multiply, [a, b]) => format!("{a} · {b}"),
            (Self::Power, [a, b]) => format!("{a}^{b}"),
            (Self::PowerOf(_), [a]) => format!("{a}{}", self.label()),
            (Self::Negate, [a]) => format!("-{a}"),
            (Self::Max | Self::Min, [a, b]) => format!("{}({a}, {b})", self.label()),
            (Self::Function(function), [a]) => format!("{}({a})", function.name()),
            _ => self.label(),
        }
    }

    /// Returns the text that is drawn in the node.
    pub(super) fn label(&self) -> String {
        match self {
            Self::Input(name) => name.clone(),
            Self::Number(number) => number.to_string(),
            Self::Add => "+".to_owned(),
            Self::Subtract => "-".to_owned(),
            Self::Multiply => "×".to_owned(),
            Self::Divide => "/".to_owned(),
            Self::Power => "^".to_owned(),
            Self::PowerOf(c) => format!("^{c}"),
            Self::Negate => "neg".to_owned(),
            Self::Max => "max".to_owned(),
            Self::Min => "min".to_owned(),
            Self::Function(function) => function.name().to_owned(),
        }
    }
}
