package io.dlrm4j.trainer;

import io.dlrm4j.core.data.Batch;
import io.dlrm4j.core.data.NotFinite;
import io.dlrm4j.core.data.PooledVectors;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.model.Parameter;
import org.jspecify.annotations.Nullable;

/// Finds the value that made a step leave the numbers: the first on the way from the features to the weights.
///
/// A step only learns that something is not finite, at next to no cost: its loss, the buckets of gradients
/// before they
/// are summed, and every weight and state that an update writes are proven finite as they pass. Here is looked
/// at all of them, one by one, because the job ends.
///
/// @param model this rank's parts
record FaultFinder(HybridModel model) {
    /// @param batch of the step, whose loss is not finite and which has moved nothing yet
    /// @param loss the sum of this rank's samples
    NotFiniteException forward(Batch batch, double loss) {
        int features = model.shape().bottom().getFirst();
        Floats dense = batch.dense().slice(0, (long) batch.size() * features);
        long at = dense.firstNotFinite();
        if (at >= 0) {
            return fault(
                    "dense feature %d is %s".formatted(at % features, dense.get(at)),
                    batch.from() + (int) (at / features));
        }
        Floats labels = batch.labels().slice(0, batch.size());
        at = labels.firstNotFinite();
        if (at >= 0) {
            return fault("the label is " + labels.get(at), batch.from() + (int) at);
        }
        String weight = parameter(model.shape(), model.dense().weights());
        if (weight != null) {
            return fault(weight, NotFiniteException.NONE);
        }
        NotFiniteException row = pooled(batch);
        if (row != null) {
            return row;
        }
        NotFinite output = model.dense().firstNotFinite(model.tables().pooled());
        return output == null
                ? fault("the loss is " + loss, NotFiniteException.NONE)
                : fault(output.toString(), batch.from() + output.sample());
    }

    private @Nullable NotFiniteException pooled(Batch batch) {
        PooledVectors pooled = model.tables().pooled();
        int dim = model.shape().embeddingDim();
        for (int table = 0; table < pooled.tables(); table++) {
            for (int sample = 0; sample < batch.size(); sample++) {
                long offset = pooled.offset(table) + (long) sample * pooled.stride(table);
                Floats vector = pooled.values().slice(offset, dim);
                long at = vector.firstNotFinite();
                if (at >= 0) {
                    return row(batch, table, batch.from() + sample, vector.get(at));
                }
            }
        }
        return null;
    }

    private NotFiniteException row(Batch batch, int table, int sample, float value) {
        NotFinite own = model.tables().firstNotFiniteRow(batch, table, sample);
        String what = own == null ? "the pooled vector of table %d is %s".formatted(table, value) : own.toString();
        return new NotFiniteException(what, sample, own == null ? table : NotFiniteException.NONE);
    }

    /// @return the gradient of this rank that is not finite and was therefore not summed with those of others
    NotFiniteException ownGradient() {
        String gradient = parameter(model.shape(), model.dense().gradients());
        return fault("the gradient of " + gradient + " on this rank", NotFiniteException.NONE);
    }

    /// @return what an update of the MLPs wrote, or was given, that is not finite
    NotFiniteException mlps() {
        String gradient = parameter(model.shape(), model.dense().gradients());
        if (gradient != null) {
            return fault("the gradient of " + gradient + " after the sum over all ranks", NotFiniteException.NONE);
        }
        String weight = parameter(model.shape(), model.dense().weights());
        if (weight != null) {
            return fault(weight + " after its update", NotFiniteException.NONE);
        }
        String state = parameter(model.shape(), model.dense().state());
        return fault(
                (state == null ? "the MLPs' update is not finite" : "the optimizer state of " + state),
                NotFiniteException.NONE);
    }

    /// @param batch of the update
    /// @return what an update of rows wrote, or was given, that is not finite
    NotFiniteException rows(Batch batch) {
        NotFinite found = model.tables().firstNotFinite(batch);
        return found == null
                ? fault("the rows' update is not finite", NotFiniteException.NONE)
                : fault(found.toString(), found.sample());
    }

    private static @Nullable String parameter(DlrmShape shape, Floats flat) {
        long at = flat.firstNotFinite();
        if (at < 0) {
            return null;
        }
        for (Parameter parameter : shape.denseParameters()) {
            if (at >= parameter.offset() && at < parameter.offset() + parameter.count()) {
                return parameter.at(at) + " is " + flat.get(at);
            }
        }
        return null;
    }

    private static NotFiniteException fault(String what, int sample) {
        return new NotFiniteException(what, sample, NotFiniteException.NONE);
    }
}
