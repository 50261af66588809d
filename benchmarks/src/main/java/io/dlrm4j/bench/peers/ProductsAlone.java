package io.dlrm4j.bench.peers;

import static io.dlrm4j.core.blas.MatrixProducts.Form.KEEP;
import static io.dlrm4j.core.blas.MatrixProducts.Form.TRANSPOSE;

import io.dlrm4j.core.blas.MatrixProducts;
import io.dlrm4j.core.blas.SelectedProducts;
import io.dlrm4j.core.memory.Floats;
import io.dlrm4j.core.memory.OffHeap;
import io.dlrm4j.core.model.DlrmShape;
import io.dlrm4j.core.nn.Mlp;
import java.util.ArrayList;
import java.util.List;

/// The matrix products of one training step and nothing else: same shapes, order, blocks and library, on memory of the
/// same size. What a step takes longer is time outside matrix products.
final class ProductsAlone {
    private record Product(int in, int out, boolean inputGradient, Floats weight, Floats dWeight) {}

    private final MatrixProducts products = SelectedProducts.best().products();
    private final List<List<Product>> layers = new ArrayList<>();
    private final List<List<Floats>> values = new ArrayList<>();
    private final List<List<Floats>> gradients = new ArrayList<>();

    /// @param shape whose ReLU layers multiply; the last layer of the top MLP is a sum of products without a library
    /// @param memory that holds the factors until it is closed
    ProductsAlone(DlrmShape shape, OffHeap memory) {
        List<Integer> top = new ArrayList<>(shape.top());
        top.removeLast();
        add(shape.bottom(), false, memory);
        add(top, true, memory);
    }

    private void add(List<Integer> widths, boolean gradientOfInput, OffHeap memory) {
        List<Product> mlp = new ArrayList<>();
        List<Floats> activations = new ArrayList<>(List.of(filled(memory, Mlp.BLOCK * widths.getFirst())));
        List<Floats> dActivations = new ArrayList<>(List.of(filled(memory, Mlp.BLOCK * widths.getFirst())));
        for (int l = 1; l < widths.size(); l++) {
            int in = widths.get(l - 1);
            int out = widths.get(l);
            mlp.add(new Product(in, out, l > 1 || gradientOfInput, filled(memory, in * out), filled(memory, in * out)));
            activations.add(filled(memory, Mlp.BLOCK * out));
            dActivations.add(filled(memory, Mlp.BLOCK * out));
        }
        layers.add(mlp);
        values.add(activations);
        gradients.add(dActivations);
    }

    private static Floats filled(OffHeap memory, int count) {
        Floats floats = memory.floats("factor", count);
        floats.fill(1e-3f);
        return floats;
    }

    /// Multiplies what a step of `samples` samples multiplies.
    void step(int samples) {
        for (int from = 0; from < samples; from += Mlp.BLOCK) {
            int n = Math.min(Mlp.BLOCK, samples - from);
            boolean add = from > 0;
            for (int mlp = 0; mlp < layers.size(); mlp++) {
                forward(layers.get(mlp), values.get(mlp), n);
            }
            for (int mlp = layers.size() - 1; mlp >= 0; mlp--) {
                backward(layers.get(mlp), values.get(mlp), gradients.get(mlp), n, add);
            }
        }
    }

    private void forward(List<Product> mlp, List<Floats> x, int n) {
        for (int l = 0; l < mlp.size(); l++) {
            Product p = mlp.get(l);
            products.multiply(KEEP, TRANSPOSE, n, p.out, p.in, x.get(l), p.weight, x.get(l + 1), false);
        }
    }

    private void backward(List<Product> mlp, List<Floats> x, List<Floats> dx, int n, boolean add) {
        for (int l = mlp.size() - 1; l >= 0; l--) {
            Product p = mlp.get(l);
            products.multiply(TRANSPOSE, KEEP, p.out, p.in, n, dx.get(l + 1), x.get(l), p.dWeight, add);
            if (p.inputGradient) {
                products.multiply(KEEP, KEEP, n, p.in, p.out, dx.get(l + 1), p.weight, dx.get(l), false);
            }
        }
    }
}
