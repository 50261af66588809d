package io.dlrm4j.trainer.checkpoint;

import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.Parameter;
import io.dlrm4j.trainer.manifest.CheckpointManifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// What tells two checkpoints apart, however their rows are spread over files.
///
/// @param settings differences of model, update rules, position and writer, a line each
/// @param tensors weights and state, compared where both models have the same sizes; else empty
public record CheckpointDiff(List<String> settings, List<Tensor> tensors) {
    /// One parameter, table or state in both.
    ///
    /// @param name as in an exported file; state as `state.` + name
    /// @param count its floats
    /// @param differing how many of them have other bits
    /// @param most largest absolute difference of two numbers, NaN where one of them is none
    public record Tensor(String name, long count, long differing, double most) {}

    public CheckpointDiff {
        settings = List.copyOf(settings);
        tensors = List.copyOf(tensors);
    }

    /// @return whether weights and state have the same bits in both
    public boolean isSameModel() {
        return !tensors.isEmpty() && tensors.stream().allMatch(tensor -> tensor.differing == 0);
    }

    /// @param one stays open
    /// @param other stays open
    /// @throws CheckpointException when a block is damaged
    /// @throws IOException when a file cannot be read
    public static CheckpointDiff of(StoredModel one, StoredModel other) throws IOException {
        CheckpointManifest a = one.manifest();
        CheckpointManifest b = other.manifest();
        List<String> settings = new ArrayList<>(Compatibility.differences(a.getShape(), b.getShape()));
        boolean comparable = settings.isEmpty();
        compare(settings, "step", a.getPosition().getStep(), b.getPosition().getStep());
        compare(settings, "ranks", a.getRanks(), b.getRanks());
        compare(settings, "engine", a.getEngine(), b.getEngine());
        compare(settings, "writer", a.getWriter(), b.getWriter());
        List<Tensor> tensors = new ArrayList<>();
        if (comparable) {
            try (OffHeap memory = OffHeap.unlimited("difference")) {
                Floats staging = memory.floats("rows", other.staging().length());
                dense(one, other, tensors);
                for (int table = 0; table < one.shape().tables().size(); table++) {
                    rows(one.table(table), other.table(table), one.staging(), staging, tensors);
                }
            }
        }
        return new CheckpointDiff(settings, tensors);
    }

    private static void compare(List<String> settings, String what, Object one, Object other) {
        if (!one.equals(other)) {
            settings.add("%s: first %s, second %s".formatted(what, one, other));
        }
    }

    private static void dense(StoredModel one, StoredModel other, List<Tensor> tensors) throws IOException {
        dense("", one, one.denseWeights(), other.denseWeights(), tensors);
        Floats state = one.denseState();
        if (state.length() > 0) {
            dense(RankFiles.STATE, one, state, other.denseState(), tensors);
        }
    }

    private static void dense(String prefix, StoredModel model, Floats one, Floats other, List<Tensor> tensors) {
        for (Parameter parameter : model.shape().denseParameters()) {
            Sum sum = new Sum();
            sum.add(
                    one.slice(parameter.offset(), parameter.count()),
                    other.slice(parameter.offset(), parameter.count()));
            tensors.add(sum.tensor(prefix + parameter.name()));
        }
    }

    private static void rows(RowSource one, RowSource other, Floats a, Floats b, List<Tensor> tensors)
            throws IOException {
        Sum weights = new Sum();
        Sum state = new Sum();
        int widest = Math.max(one.dim(), one.stateWidth());
        long step = a.length() / widest;
        for (long row = 0; row < one.rows(); row += step) {
            long count = Math.min(step, one.rows() - row);
            Floats mine = a.slice(0, count * one.dim());
            Floats yours = b.slice(0, count * one.dim());
            one.readWeights(row, count, mine);
            other.readWeights(row, count, yours);
            weights.add(mine, yours);
            if (one.stateWidth() > 0) {
                mine = a.slice(0, count * one.stateWidth());
                yours = b.slice(0, count * one.stateWidth());
                one.readState(row, count, mine);
                other.readState(row, count, yours);
                state.add(mine, yours);
            }
        }
        String name = "emb.%d.weight".formatted(one.table());
        tensors.add(weights.tensor(name));
        if (one.stateWidth() > 0) {
            tensors.add(state.tensor(RankFiles.STATE + name));
        }
    }

    private static final class Sum {
        private long count;
        private long differing;
        private double most;

        void add(Floats one, Floats other) {
            for (long i = 0; i < one.length(); i++) {
                float a = one.get(i);
                float b = other.get(i);
                if (Float.floatToRawIntBits(a) != Float.floatToRawIntBits(b)) {
                    differing++;
                    most = Math.max(most, Math.abs((double) a - b)); // NaN wins
                }
            }
            count += one.length();
        }

        Tensor tensor(String name) {
            return new Tensor(name, count, differing, most);
        }
    }
}
