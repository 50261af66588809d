package io.dlrm4j.effects.format.lambda;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.FeatureIndex;
import io.dlrm4j.effects.format.TextLines;
import io.dlrm4j.effects.format.avro.ModelRecord;
import io.dlrm4j.effects.format.avro.ModelRecord.Coefficient;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A model as coefficients alone, one a line.
public final class LambdaModel {
    private LambdaModel() {}

    /// @return the name of the feature whose value stands at a place
    static String feature(int place) {
        return Integer.toString(place);
    }

    /// @param modelId what the model is called from here on
    /// @param intercept whether the first line is the intercept's
    /// @throws DataException when a line is no finite number, or there is none
    public static ModelRecord read(Path file, String modelId, boolean intercept) throws IOException {
        List<Coefficient> coefficients = new ArrayList<>();
        int first = intercept ? 1 : 0;
        try (TextLines in = TextLines.open(file, TextLines.METADATA_BYTES)) {
            for (String line = in.next(); line != null; line = in.next()) {
                if (!line.isBlank()) {
                    int place = coefficients.size() - first;
                    String name = place < 0 ? FeatureIndex.INTERCEPT_NAME : feature(place);
                    coefficients.add(new Coefficient(name, "", coefficient(line.strip(), in), Double.NaN));
                }
            }
        }
        if (coefficients.isEmpty()) {
            throw new DataException("%s: no coefficients, want one a line".formatted(file));
        }
        return new ModelRecord(modelId, "", coefficients, "");
    }

    private static double coefficient(String line, TextLines in) {
        try {
            double number = LambdaSamples.number(line);
            if (Double.isFinite(number)) {
                return number;
            }
            throw new DataException("%s, want a finite number".formatted(line));
        } catch (DataException e) {
            throw new DataException(in.where() + ": " + e.getMessage(), e);
        }
    }
}
