//! A training run as a library: configure, train, resume, evaluate, predict
