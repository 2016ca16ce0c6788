//! Image data sets, splits, standardisation, augmentation and batches for training classifiers
