//! Losses, optimisers, schedules, the training loop, early stopping and checkpoints for Burn modules
