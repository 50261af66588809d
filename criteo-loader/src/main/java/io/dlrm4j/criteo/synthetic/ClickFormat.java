package io.dlrm4j.criteo.synthetic;

/// What generated clicks are written as.
public enum ClickFormat {
    /// A prepared folder: three `.npy` files a day and a manifest that holds the quality of the true probabilities.
    NPY,

    /// One file of raw lines as Criteo published them: label, 13 integers, 26 values of 8 hex digits, separated by
    /// tabs,
    /// nothing for a missing one.
    TSV
}
