package io.dlrm4j.core.engine.nd4j;

import io.dlrm4j.core.config.InteractionKind;
import io.dlrm4j.core.model.DlrmShape;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/// How the F feature vectors of a sample meet. DOT: all products V Vᵀ at once, then the wanted ones are picked.
///
/// ```
/// V Vᵀ of 3 vectors    picked, in order          its gradient G          dV = (G + Gᵀ) V
///   00 01 02             (1,0) (2,0) (2,1)         0   0   0
///   10 11 12                                       g0  0   0
///   20 21 22                                       g1  g2  0
/// ```
///
/// G + Gᵀ doubles the diagonal, as it should be: the derivative of v·v is 2v.
final class Nd4jInteraction {
    private final int features;
    private final int dim;
    private final boolean dot;
    private final int[] productOfPair;
    private final int[] pairOfProduct;

    Nd4jInteraction(DlrmShape shape) {
        this.features = shape.features();
        this.dim = shape.embeddingDim();
        this.dot = shape.interaction() == InteractionKind.DOT;
        int pairs = dot ? shape.interactionWidth() - dim : 0;
        this.productOfPair = new int[pairs];
        this.pairOfProduct = new int[features * features];
        Arrays.fill(pairOfProduct, pairs); // one past the last pair: a zero
        for (int i = 0, pair = 0; pair < pairs; i++) {
            for (int j = 0; j < (shape.interactionItself() ? i + 1 : i); j++) {
                productOfPair[pair] = i * features + j;
                pairOfProduct[i * features + j] = pair++;
            }
        }
    }

    /// @param v feature vectors, `[n, F, d]`
    /// @return input of the top MLP, `[n, width]`, in scratch memory or a view of `v`
    INDArray forward(INDArray v) {
        long n = v.size(0);
        if (!dot) {
            return v.reshape('c', n, (long) features * dim);
        }
        INDArray first = first(v);
        if (productOfPair.length == 0) {
            return first;
        }
        INDArray products = Nd4j.matmul(v, v, Device.result(n, features, features), false, true, false);
        INDArray flat = products.reshape('c', n, pairOfProduct.length);
        return Device.sideBySide(first, Device.gather(flat, productOfPair, 1));
    }

    /// @param v as given to [#forward]
    /// @param dOut gradient by its result, `[n, width]`
    /// @return gradient by `v`, `[n, F, d]`, in scratch memory
    INDArray backward(INDArray v, INDArray dOut) {
        long n = v.size(0);
        if (!dot) {
            return dOut.dup('c').reshape('c', n, features, dim);
        }
        INDArray dV;
        if (productOfPair.length == 0) {
            dV = v.mul(0);
        } else {
            INDArray dPairs = Device.columns(dOut, dim, dOut.size(1));
            INDArray padded = Device.sideBySide(dPairs, Nd4j.zeros(DataType.FLOAT, n, 1));
            INDArray g = Device.gather(padded, pairOfProduct, 1).reshape('c', n, features, features);
            dV = Nd4j.matmul(g.add(g.permute(0, 2, 1)), v, Device.result(n, features, dim));
        }
        first(dV).addi(Device.columns(dOut, 0, dim));
        return dV;
    }

    /// @return a view of vector 0 of every sample, `[n, d]`
    static INDArray first(INDArray v) {
        return v.get(NDArrayIndex.all(), NDArrayIndex.point(0), NDArrayIndex.all());
    }
}
