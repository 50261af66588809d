package io.dlrm4j.effects.flow;

/// A column of Parquet or CSV files that gives features. What it gives follows from its type:
///
/// | type | features |
/// | --- | --- |
/// | number or boolean | (column, "") with that value; null gives none |
/// | text, or anything `asCategory` | (column, text) with the value 1 |
/// | list of texts | (column, text) with the value 1 for each |
/// | list of numbers | (column, position) with that value |
/// | list of structs of name, term, value | (name, term) with the value: a feature bag |
/// | struct of indices and values, or two columns `C_indices` and `C_values` | (column, number); where it is
/// `numbered`, the features of those numbers in the index |
///
/// @param name the column's
/// @param asCategory whether numbers are names, as in a column of ids
/// @param numbered whether indices are lines of a feature list, which has filled the index
public record FeatureColumn(String name, boolean asCategory, boolean numbered) {
    /// A column whose type says what it gives.
    public static FeatureColumn of(String name) {
        return new FeatureColumn(name, false, false);
    }
}
