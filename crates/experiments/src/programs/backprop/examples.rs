//! The expressions of the lecture, which can be chosen by name.

/// An expression with the point at which the lecture evaluates it.
pub(in super::super) struct Example {
    /// Name in place of an expression.
    pub(in super::super) name: &'static str,
    pub(in super::super) expression: &'static str,
    pub(in super::super) at: &'static str,
}

/// The lecture's own example of backpropagation.
pub(in super::super) const LECTURE: Example =
    Example { name: "lecture", expression: "(x*y + max(z, w))^2", at: "x=4, y=-2, z=5, w=-1" };

/// The neuron of the cat, with ReLU: the weights and pixels that the slide shows, and the bias as
/// the weight of an input x0 that is always 1.
pub(in super::super) const NEURON: Example = Example {
    name: "neuron",
    expression: "relu(w0*x0 + w1*x1 + w2*x2 + w3*x3)",
    at: "w0=-1.5, x0=1, w1=2.3, x1=3, w2=5, x2=231, w3=0, x3=21",
};

/// The hinge loss of the third column of the slide's table, an image of a bird.
pub(in super::super) const HINGE: Example = Example {
    name: "hinge",
    expression: "max(0, cat - bird + 1) + max(0, dog - bird + 1)",
    at: "cat=1, dog=3.2, bird=-5",
};

/// The cross-entropy of the first column of the slide's table, an image of a dog.
pub(in super::super) const CROSS_ENTROPY: Example = Example {
    name: "cross-entropy",
    expression: "-ln(exp(dog) / (exp(cat) + exp(dog) + exp(bird)))",
    at: "cat=3, dog=1, bird=-2.5",
};

pub(super) static ALL: [Example; 4] = [LECTURE, NEURON, HINGE, CROSS_ENTROPY];
