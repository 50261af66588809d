package io.dlrm4j.effects.format.avro;

import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaBuilder.FieldAssembler;
import org.jspecify.annotations.Nullable;

/// The records that GDMix and Photon-ML read and write.
public final class AvroSchemas {
    private static final String PHOTON = "com.linkedin.photon.avro.generated";

    /// A feature or a coefficient: `name`, `term`, `value`.
    public static final Schema NAME_TERM_VALUE = nameTermValue("NameTermValueAvro");

    /// A linear model: means, and variances where they are known.
    public static final Schema BAYESIAN_LINEAR_MODEL = bayesianLinearModel();

    /// A sample of Photon's.
    public static final Schema TRAINING_EXAMPLE = trainingExample();

    /// A scored sample of Photon's.
    public static final Schema SCORING_RESULT = scoringResult();

    /// Statistics of one feature.
    public static final Schema FEATURE_SUMMARY = SchemaBuilder.record("FeatureSummarizationResultAvro")
            .namespace(PHOTON)
            .fields()
            .requiredString("featureName")
            .requiredString("featureTerm")
            .name("metrics")
            .type()
            .map()
            .values()
            .doubleType()
            .noDefault()
            .endRecord();

    private AvroSchemas() {}

    private static Schema nameTermValue(String record) {
        return SchemaBuilder.record(record)
                .namespace(PHOTON)
                .fields()
                .requiredString("name")
                .requiredString("term")
                .requiredDouble("value")
                .endRecord();
    }

    private static Schema bayesianLinearModel() {
        Schema coefficients = SchemaBuilder.array().items(NAME_TERM_VALUE);
        FieldAssembler<Schema> fields = SchemaBuilder.record("BayesianLinearModelAvro")
                .namespace(PHOTON)
                .fields()
                .requiredString("modelId");
        optionalString(fields, "modelClass");
        fields.name("means").type(coefficients).noDefault();
        fields.name("variances").type(optional(coefficients)).withDefault(null);
        optionalString(fields, "lossFunction");
        return fields.endRecord();
    }

    private static Schema trainingExample() {
        FieldAssembler<Schema> fields =
                SchemaBuilder.record("TrainingExampleAvro").namespace(PHOTON).fields();
        optionalString(fields, "uid");
        fields.requiredDouble("label");
        fields.name("features")
                .type(SchemaBuilder.array().items(nameTermValue("FeatureAvro")))
                .noDefault();
        metadataMap(fields);
        optionalDouble(fields, "weight");
        optionalDouble(fields, "offset");
        return fields.endRecord();
    }

    private static Schema scoringResult() {
        FieldAssembler<Schema> fields =
                SchemaBuilder.record("ScoringResultAvro").namespace(PHOTON).fields();
        optionalString(fields, "uid");
        optionalDouble(fields, "label");
        fields.name("modelId").type().stringType().stringDefault("N/A");
        fields.requiredDouble("predictionScore");
        optionalDouble(fields, "weight");
        metadataMap(fields);
        return fields.endRecord();
    }

    /// The record of GDMix's score files, `validation_result`.
    ///
    /// @param weight the weight's column; null: the data have none
    /// @param perCoordinate the column of the score without offset; null: there is none
    public static Schema validationResult(
            String uid, String score, String label, @Nullable String weight, @Nullable String perCoordinate) {
        FieldAssembler<Schema> fields = SchemaBuilder.record("validation_result")
                .fields()
                .requiredLong(uid)
                .requiredFloat(score);
        fields.name(label).type(optional(Schema.create(Schema.Type.FLOAT))).withDefault(null);
        if (weight != null) {
            fields.requiredFloat(weight);
        }
        if (perCoordinate != null) {
            fields.requiredFloat(perCoordinate);
        }
        return fields.endRecord();
    }

    /// A sample of Photon's GAME: its reserved columns and any feature bags.
    ///
    /// @param bags names of the bags' fields
    /// @throws org.apache.avro.AvroRuntimeException when a name is no Avro name, or is there twice
    public static Schema gameSample(List<String> bags) {
        FieldAssembler<Schema> fields =
                SchemaBuilder.record("GameSample").namespace(PHOTON).fields();
        optionalString(fields, "uid");
        fields.requiredDouble("response");
        optionalDouble(fields, "weight");
        optionalDouble(fields, "offset");
        metadataMap(fields);
        Schema bag = SchemaBuilder.array().items(nameTermValue("FeatureAvro"));
        for (String name : bags) {
            fields.name(name).type(bag).noDefault();
        }
        return fields.endRecord();
    }

    /// An entity and its metric, as Spark names and types the columns of Photon's `group-eval`.
    public static Schema groupResult(String entity, String metric) {
        FieldAssembler<Schema> fields = SchemaBuilder.record("topLevelRecord").fields();
        fields.name(fieldName(entity))
                .type(Schema.createUnion(Schema.create(Schema.Type.STRING), Schema.create(Schema.Type.NULL)))
                .noDefault();
        return fields.requiredDouble(fieldName(metric)).endRecord();
    }

    /// @return the name where Avro allows it for a field; `_` in place of every other sign
    public static String fieldName(String name) {
        String plain = name.replaceAll("[^A-Za-z0-9_]", "_");
        return plain.isEmpty() || Character.isDigit(plain.charAt(0)) ? "_" + plain : plain;
    }

    private static Schema optional(Schema type) {
        return Schema.createUnion(Schema.create(Schema.Type.NULL), type);
    }

    private static void optionalString(FieldAssembler<Schema> fields, String name) {
        fields.name(name).type(optional(Schema.create(Schema.Type.STRING))).withDefault(null);
    }

    private static void optionalDouble(FieldAssembler<Schema> fields, String name) {
        fields.name(name).type(optional(Schema.create(Schema.Type.DOUBLE))).withDefault(null);
    }

    private static void metadataMap(FieldAssembler<Schema> fields) {
        fields.name("metadataMap")
                .type(optional(Schema.createMap(Schema.create(Schema.Type.STRING))))
                .withDefault(null);
    }
}
