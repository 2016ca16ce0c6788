//! The linear classifier and the multilayer perceptron as Burn modules
