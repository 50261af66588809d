package io.dlrm4j.effects.format.gdmix;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dlrm4j.core.data.DataException;
import io.dlrm4j.effects.format.JsonFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// `evalSummary.json`: metrics by name, such as `{"auc": 0.7058}`.
public final class EvalSummary {
    private EvalSummary() {}

    /// @throws DataException when a metric is no number
    public static SortedMap<String, Double> read(Path file) throws IOException {
        SortedMap<String, Double> metrics = new TreeMap<>();
        JsonNode tree = JsonFile.read(file);
        for (Map.Entry<String, JsonNode> metric : tree.properties()) {
            if (!metric.getValue().isNumber()) {
                throw new DataException("%s: %s=%s, want a number".formatted(file, metric.getKey(), metric.getValue()));
            }
            metrics.put(metric.getKey(), metric.getValue().asDouble());
        }
        return metrics;
    }

    /// Writes the metrics in the order of the map.
    public static void write(Path file, Map<String, Double> metrics) throws IOException {
        ObjectNode tree = JsonNodeFactory.instance.objectNode();
        metrics.forEach(tree::put);
        JsonFile.write(file, tree);
    }
}
