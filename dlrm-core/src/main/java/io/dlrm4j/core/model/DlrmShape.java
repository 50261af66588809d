package io.dlrm4j.core.model;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.config.LossKind;
import io.dlrm4j.core.config.ModelConfig;
import java.util.ArrayList;
import java.util.List;

/// The sizes of a DLRM: everything that must agree between ranks, engines and checkpoints.
///
/// @param embeddingDim width `d` of every embedding row and of the bottom MLP's output
/// @param bottom widths of the bottom MLP, input first, `d` last
/// @param top widths of the top MLP, interaction width first, 1 last
/// @param tables rows of each embedding table
/// @param interaction how feature vectors meet
/// @param interactionItself with `DOT`, whether each vector also meets itself
/// @param loss what the logit is trained with
public record DlrmShape(
        int embeddingDim,
        List<Integer> bottom,
        List<Integer> top,
        List<Long> tables,
        InteractionKind interaction,
        boolean interactionItself,
        LossKind loss) {

    public DlrmShape {
        bottom = List.copyOf(bottom);
        top = List.copyOf(top);
        tables = List.copyOf(tables);
        require(embeddingDim >= 1 && embeddingDim <= 4096, "model.embedding_dim", embeddingDim, "1 to 4096");
        requireWidths("model.bottom", bottom);
        requireWidths("model.top", top);
        for (int t = 0; t < tables.size(); t++) {
            require(tables.get(t) >= 1, "model.tables[" + t + "]", tables.get(t), "1 or more");
        }
        require(
                bottom.getLast() == embeddingDim,
                "model.bottom: last width",
                bottom.getLast(),
                "model.embedding_dim=" + embeddingDim);
        require(top.getLast() == 1, "model.top: last width", top.getLast(), "1, the logit");
        int width = interactionWidth(embeddingDim, tables.size(), interaction, interactionItself);
        require(top.getFirst() == width, "top MLP's input width", top.getFirst(), width + ", the interaction's width");
    }

    /// @param config the model as configured
    /// @param denseFeatures number of dense features of the data, must equal the bottom MLP's input
    /// @param tables rows of each table, where the configuration leaves them to the data
    /// @return the shape
    /// @throws IllegalArgumentException when sizes do not fit each other, naming the setting
    public static DlrmShape of(ModelConfig config, int denseFeatures, List<Long> tables) {
        List<Long> rows = config.getTablesCount() > 0 ? config.getTablesList() : tables;
        require(config.getBottomCount() >= 2, "model.bottom: number of widths", config.getBottomCount(), "2 or more");
        require(config.getTopCount() >= 1, "model.top: number of widths", config.getTopCount(), "1 or more");
        require(
                config.getBottom(0) == denseFeatures,
                "model.bottom: first width",
                config.getBottom(0),
                denseFeatures + ", the data's dense features");
        require(
                rows.size() == tables.size(),
                "model.tables: number of tables",
                rows.size(),
                tables.size() + ", as the data");
        for (int t = 0; t < rows.size(); t++) {
            require(
                    rows.get(t) >= tables.get(t),
                    "model.tables[" + t + "]",
                    rows.get(t),
                    tables.get(t) + " or more, as the data");
        }
        List<Integer> top = new ArrayList<>();
        top.add(interactionWidth(
                config.getEmbeddingDim(), rows.size(), config.getInteraction(), config.getInteractionItself()));
        top.addAll(config.getTopList());
        return new DlrmShape(
                config.getEmbeddingDim(),
                config.getBottomList(),
                top,
                rows,
                config.getInteraction(),
                config.getInteractionItself(),
                config.getLoss());
    }

    /// @return feature vectors a sample: the bottom MLP's output and one a table
    public int features() {
        return tables.size() + 1;
    }

    /// @return the top MLP's input width
    public int interactionWidth() {
        return top.getFirst();
    }

    /// @return width of the top MLP's last hidden layer, 0 where it has none
    public int hiddenWidth() {
        return top.size() < 3 ? 0 : top.get(top.size() - 2);
    }

    private static int interactionWidth(int dim, int tables, InteractionKind interaction, boolean itself) {
        int features = tables + 1;
        return switch (interaction) {
            case DOT -> dim + features * (itself ? features + 1 : features - 1) / 2;
            case CAT -> features * dim;
        };
    }

    /// @return every weight and bias of the two MLPs in the order of the flat buffers: bottom layers, then top layers,
    ///     each weight before its bias
    public List<Parameter> denseParameters() {
        List<Parameter> all = new ArrayList<>();
        long offset = addMlp(all, "bot", bottom, 0);
        addMlp(all, "top", top, offset);
        return List.copyOf(all);
    }

    /// @return number of floats of both MLPs
    public long denseParameterCount() {
        Parameter last = denseParameters().getLast();
        return last.offset() + last.count();
    }

    private static long addMlp(List<Parameter> all, String mlp, List<Integer> widths, long offset) {
        long next = offset;
        for (int layer = 0; layer + 1 < widths.size(); layer++) {
            int in = widths.get(layer);
            int out = widths.get(layer + 1);
            Parameter weight = new Parameter(mlp + "." + layer + ".weight", List.of((long) out, (long) in), next);
            Parameter bias = new Parameter(mlp + "." + layer + ".bias", List.of((long) out), next + weight.count());
            all.add(weight);
            all.add(bias);
            next = bias.offset() + bias.count();
        }
        return next;
    }

    private static void requireWidths(String name, List<Integer> widths) {
        require(widths.size() >= 2, name + ": number of widths", widths.size(), "2 or more");
        for (int width : widths) {
            require(width >= 1, name + ": width", width, "1 or more");
        }
    }

    private static void require(boolean ok, String name, long value, String want) {
        if (!ok) {
            throw new IllegalArgumentException("%s=%d, want %s".formatted(name, value, want));
        }
    }
}
