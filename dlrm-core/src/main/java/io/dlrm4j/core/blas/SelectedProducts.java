package io.dlrm4j.core.blas;

/// The matrix products of this machine and why it is these.
///
/// @param products what multiplies
/// @param description one line for the log: what is used, and what was not available
public record SelectedProducts(MatrixProducts products, String description) {
    /// Takes the first that loads: oneDNN, ND4J, plain loops.
    ///
    /// @return the selection
    public static SelectedProducts best() {
        String whyNot = "";
        try {
            return described(new OneDnnProducts(), whyNot);
        } catch (ProductsUnavailableException e) {
            whyNot = String.valueOf(e.getMessage());
        }
        try {
            return described(new Nd4jProducts(), whyNot);
        } catch (ProductsUnavailableException e) {
            whyNot += "; " + e.getMessage();
        }
        return described(new PlainProducts(), whyNot);
    }

    /// @param products what multiplies
    /// @return a selection made by the caller
    public static SelectedProducts of(MatrixProducts products) {
        return described(products, "");
    }

    private static SelectedProducts described(MatrixProducts products, String whyNot) {
        String reason = whyNot.isEmpty() ? "" : " (" + whyNot + ")";
        return new SelectedProducts(products, "matrix products by " + products.name() + reason);
    }
}
