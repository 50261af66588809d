package io.dlrm4j.effects.format.avro;

import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.data.EntityModel;
import io.dlrm4j.effects.data.FeatureIndex;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/// A linear model as `BayesianLinearModelAvro` holds it: coefficients by name and term, in the file's order.
///
/// @param modelId "global model" or "fixed-effect", or the entity
/// @param modelClass Photon's class of the model; empty where the file says none
/// @param coefficients in the order of the means
/// @param lossFunction often empty
public record ModelRecord(String modelId, String modelClass, List<Coefficient> coefficients, String lossFunction) {
    /// The class of models with logistic loss.
    public static final String LOGISTIC = "com.linkedin.photon.ml.supervised.classification.LogisticRegressionModel";

    /// The class of models with squared loss.
    public static final String LINEAR = "com.linkedin.photon.ml.supervised.regression.LinearRegressionModel";

    /// The class of models with Poisson loss.
    public static final String POISSON = "com.linkedin.photon.ml.supervised.regression.PoissonRegressionModel";

    /// The class of models with smoothed hinge loss.
    public static final String SMOOTHED_HINGE =
            "com.linkedin.photon.ml.supervised.classification.SmoothedHingeLossLinearSVMModel";

    private static final Schema MODEL = AvroSchemas.BAYESIAN_LINEAR_MODEL;
    private static final Schema MEANS = MODEL.getField("means").schema();

    /// One coefficient.
    ///
    /// @param mean the coefficient
    /// @param variance how uncertain it is; NaN where the file does not say
    public record Coefficient(String name, String term, double mean, double variance) {
        /// @return whether this is the intercept
        public boolean isIntercept() {
            return term.isEmpty() && name.equals(FeatureIndex.INTERCEPT_NAME);
        }
    }

    /// Copies the list.
    public ModelRecord {
        coefficients = List.copyOf(coefficients);
    }

    /// @param model coefficients by number
    /// @param index the features' names
    /// @param modelId what the record is called, most often the entity
    /// @param modelClass such as [#LOGISTIC]
    public static ModelRecord of(EntityModel model, FeatureIndex index, String modelId, String modelClass) {
        List<Coefficient> coefficients = new ArrayList<>(model.size());
        for (int position = 0; position < model.size(); position++) {
            int feature = model.feature(position);
            coefficients.add(new Coefficient(
                    index.name(feature), index.term(feature), model.mean(position), model.variance(position)));
        }
        return new ModelRecord(modelId, modelClass, coefficients, "");
    }

    /// @param index features are added to it
    /// @return the coefficients by number; a variance that is not known where others are is NaN
    public EntityModel toModel(FeatureIndex index) {
        SortedMap<Integer, Coefficient> sorted = new TreeMap<>();
        for (Coefficient coefficient : coefficients) {
            sorted.put(index.add(coefficient.name, coefficient.term), coefficient);
        }
        int size = sorted.size();
        int[] features = new int[size];
        double[] means = new double[size];
        double[] variances = new double[size];
        int position = 0;
        for (Map.Entry<Integer, Coefficient> one : sorted.entrySet()) {
            features[position] = one.getKey();
            means[position] = one.getValue().mean;
            variances[position++] = one.getValue().variance;
        }
        return new EntityModel(modelId, features, means, hasVariances() ? variances : null);
    }

    /// @return whether any variance is known
    public boolean hasVariances() {
        return coefficients.stream().anyMatch(c -> !Double.isNaN(c.variance));
    }

    /// @return the record to be written: means, and variances where any is known, in the order of the coefficients
    public GenericRecord toAvro() {
        return toAvro(coefficients, coefficients);
    }

    /// Chooses order and selection, in which the systems differ.
    ///
    /// @param means the coefficients whose means are written
    /// @param variances those whose variances are written where they are known
    /// @return the record to be written
    public GenericRecord toAvro(List<Coefficient> means, List<Coefficient> variances) {
        GenericRecord record = new GenericData.Record(MODEL);
        record.put("modelId", modelId);
        record.put("modelClass", modelClass.isEmpty() ? null : modelClass);
        record.put("means", values(means, false));
        record.put("variances", hasVariances() ? values(variances, true) : null);
        record.put("lossFunction", lossFunction);
        return record;
    }

    private static GenericData.Array<GenericRecord> values(List<Coefficient> coefficients, boolean variances) {
        GenericData.Array<GenericRecord> array = new GenericData.Array<>(coefficients.size(), MEANS);
        for (Coefficient coefficient : coefficients) {
            double value = variances ? coefficient.variance : coefficient.mean;
            if (!Double.isNaN(value)) {
                GenericRecord one = new GenericData.Record(AvroSchemas.NAME_TERM_VALUE);
                one.put("name", coefficient.name);
                one.put("term", coefficient.term);
                one.put("value", value);
                array.add(one);
            }
        }
        return array;
    }

    /// Photon leaves out means near 0 and keeps their variances: a variance without a mean has the mean 0, and comes
    /// behind the others.
    ///
    /// @param record of any schema with the fields of `BayesianLinearModelAvro`
    /// @throws DataException when a field is missing or holds something else, or a coefficient occurs twice
    public static ModelRecord fromAvro(GenericRecord record) {
        String modelId = AvroFields.text(AvroFields.value(record, "modelId"), "modelId");
        if (modelId == null || record.getSchema().getField("means") == null) {
            throw new DataException("no modelId or no means, want a BayesianLinearModelAvro");
        }
        Map<List<String>, Double> variances = values(record, "variances", modelId);
        List<Coefficient> coefficients = new ArrayList<>();
        values(record, "means", modelId).forEach((key, mean) -> {
            Double variance = variances.remove(key);
            coefficients.add(new Coefficient(key.get(0), key.get(1), mean, variance == null ? Double.NaN : variance));
        });
        variances.forEach((key, variance) -> coefficients.add(new Coefficient(key.get(0), key.get(1), 0, variance)));
        return new ModelRecord(
                modelId, textOrEmpty(record, "modelClass"), coefficients, textOrEmpty(record, "lossFunction"));
    }

    private static Map<List<String>, Double> values(GenericRecord record, String field, String modelId) {
        Map<List<String>, Double> values = new LinkedHashMap<>();
        for (Object item : AvroFields.list(AvroFields.value(record, field), field)) {
            if (!(item instanceof GenericRecord one)) {
                throw new DataException(
                        "model %s: field %s: %s, want records of name, term and value".formatted(modelId, field, item));
            }
            String name = textOrEmpty(one, "name");
            String term = textOrEmpty(one, "term");
            double value = AvroFields.number(AvroFields.value(one, "value"), field + ".value", Double.NaN);
            if (!Double.isFinite(value)) {
                throw new DataException("model %s: field %s: coefficient %s %s = %s, want a finite number"
                        .formatted(modelId, field, name, term, value));
            }
            if (values.put(List.of(name, term), value) != null) {
                throw new DataException(
                        "model %s: field %s: coefficient %s %s occurs twice".formatted(modelId, field, name, term));
            }
        }
        return values;
    }

    private static String textOrEmpty(GenericRecord record, String field) {
        return Objects.requireNonNullElse(AvroFields.text(AvroFields.value(record, field), field), "");
    }
}
