// Every kernel of dlrm.cu, run on the host, against the same computed in double precision. Prints one line a check;
// ends with the number of failures.
#include <cstdarg>

#include "emulate.h"
#include KERNELS

using Doubles = std::vector<double>;
using Acts = std::vector<Act>;
using Floats = std::vector<float>;
using Weights = std::vector<Weight>;

static const int BATCH = 21, TABLES = FEATURES - 1, SAMPLE = FEATURES * PADDED;
static const double SUM_OF_FLOATS = 5e-6;
static const double ROUNDED = BF16 ? 1e-2 : SUM_OF_FLOATS;  // where a result is stored as Act
static const double MOVED = BF16_ROWS ? 1e-2 : SUM_OF_FLOATS;  // where it is stored as Weight

static std::mt19937 randomness(7);
static int failures;

static float uniform(float a, float b) { return std::uniform_real_distribution<float>(a, b)(randomness); }

static int below(int n) { return randomness() % n; }

static void verdict(bool ok, const char* what, ...) {
    va_list args;
    va_start(args, what);
    vprintf(what, args);
    va_end(args);
    printf(ok ? ": ok\n" : ": FAIL\n");
    failures += !ok;
}

template <class Out> static void close(const char* what, const Doubles& want, const Out& got, double tolerance) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < want.size(); i++) {
        double d = want[i] - (double) got[i];
        difference += d * d;
        size += want[i] * want[i];
    }
    double error = std::sqrt(difference / size);
    bool ok = got.size() == want.size() && error <= tolerance;
    verdict(ok, "%s (%zu values, relative error %.1e)", what, want.size(), error);
}

static Doubles widen(const Acts& acts) {
    Doubles out;
    for (Act a : acts) out.push_back(to_float(a));
    return out;
}

static Acts random_acts(size_t n, float low = -1) {
    Acts out(n);
    for (auto& a : out) a = to_act(uniform(low, 1));
    return out;
}

static Weight to_weight(float v) { return BF16_ROWS ? (Weight) (__float_as_uint(v) >> 16) : (Weight) v; }

// Rows of VECS pieces whose padding is zero.
static Weights random_rows(i64 count) {
    Weights out(count * PADDED, to_weight(0.f));
    for (i64 r = 0; r < count; r++)
        for (int k = 0; k < DIM; k++) out[r * PADDED + k] = to_weight(uniform(-1, 1));
    return out;
}

// ---- tables

enum Rule { SGD, ROW_WISE, ADAGRAD };

struct Lookups {
    std::vector<Table> tables;
    std::vector<Weights> rows;
    std::vector<Floats> state;
    std::vector<std::vector<int>> ids, starts, slotOfRow;

    explicit Lookups(Rule rule) : rows(TABLES), state(TABLES), ids(TABLES), starts(TABLES), slotOfRow(TABLES) {
        for (int t = 0; t < TABLES; t++) {
            int count = t % 3 == 0 ? 3 : 40 + t;  // few rows: each occurs often
            bool oneHot = t % 2 == 0;
            rows[t] = random_rows(count);
            state[t].assign(rule == ADAGRAD ? count * PADDED : count, 0.f);
            for (float& s : state[t]) s = uniform(0, 1);
            slotOfRow[t].assign(count, FREE);
            starts[t].push_back(0);
            for (int s = 0; s < BATCH; s++) {
                for (int k = oneHot ? 1 : below(8); k > 0; k--) ids[t].push_back(below(count));
                starts[t].push_back(ids[t].size());
            }
            tables.push_back({rows[t].data(), state[t].data(), slotOfRow[t].data(), ids[t].data(),
                              oneHot ? nullptr : starts[t].data(), count, (int) ids[t].size(), 77u + t});
        }
    }

    // Points the tables at the rows of this copy.
    void bind() {
        for (int t = 0; t < TABLES; t++) {
            Table& table = tables[t];
            table.rows = rows[t].data();
            table.state = state[t].data();
            table.slotOfRow = slotOfRow[t].data();
            table.ids = ids[t].data();
            if (table.starts) table.starts = starts[t].data();
        }
    }

    // rows[t] and state[t] after an update, in double
    Doubles expected(int t, Rule rule, const Acts& grad, double rate, double eps, Doubles& wantState) const {
        int count = tables[t].rowCount;
        Doubles g(count * PADDED, 0), w;
        for (Weight v : rows[t]) w.push_back(to_float(v));
        wantState.assign(state[t].begin(), state[t].end());
        std::vector<bool> touched(count);
        for (int s = 0; s < BATCH; s++)
            for (int i = starts[t][s]; i < starts[t][s + 1]; i++) {
                touched[ids[t][i]] = true;
                for (int k = 0; k < DIM; k++)
                    g[ids[t][i] * PADDED + k] += to_float(grad[s * SAMPLE + (t + 1) * PADDED + k]);
            }
        for (int r = 0; r < count; r++) {
            if (!touched[r]) continue;
            double squares = 0;
            for (int k = 0; k < DIM; k++) squares += g[r * PADDED + k] * g[r * PADDED + k];
            if (rule == ROW_WISE) wantState[r] += squares / DIM;
            for (int k = 0; k < DIM; k++) {
                int i = r * PADDED + k;
                if (rule == ADAGRAD) wantState[i] += g[i] * g[i];
                w[i] -= rate * g[i] / (rule == SGD ? 1 : std::sqrt(wantState[rule == ROW_WISE ? r : i]) + eps);
            }
        }
        return w;
    }
};

static const dim3 TWO_BLOCKS{2, (unsigned) TABLES, 1};

static void pools() {
    Lookups in(SGD);
    int fault[4] = {0};
    emulated::launch(TWO_BLOCKS, {256}, 0, [&] { check_ids(in.tables.data(), BATCH, fault); });
    verdict(fault[0] == 0, "check_ids finds nothing in a good batch");
    Acts out(BATCH * SAMPLE, to_act(NAN));
    emulated::launch(TWO_BLOCKS, {256}, 0,
                     [&] { embedding_forward(in.tables.data(), BATCH, out.data() + PADDED, SAMPLE, PADDED, fault); });
    Doubles want, got;
    for (int s = 0; s < BATCH; s++)
        for (int t = 0; t < TABLES; t++)
            for (int k = 0; k < PADDED; k++) {
                double sum = 0;
                for (int i = in.starts[t][s]; i < in.starts[t][s + 1]; i++)
                    sum += to_float(in.rows[t][in.ids[t][i] * PADDED + k]);
                want.push_back(sum);
                got.push_back(to_float(out[s * SAMPLE + (t + 1) * PADDED + k]));
            }
    close("embedding_forward", want, got, ROUNDED);
    Floats plain(BATCH * TABLES * DIM + 4, NAN);  // as ranks exchange them, and what must stay as it is
    emulated::launch(TWO_BLOCKS, {256}, 0, [&] {
        embedding_forward_exchanged(in.tables.data(), BATCH, plain.data(), TABLES * DIM, DIM, fault);
    });
    Doubles exchanged;
    for (size_t i = 0; i < want.size(); i++)
        if (i % PADDED < DIM) exchanged.push_back(want[i]);
    close("embedding_forward_exchanged", exchanged, Floats(plain.begin(), plain.end() - 4), SUM_OF_FLOATS);
    verdict(std::isnan(plain[BATCH * TABLES * DIM]), "nothing is written behind the last vector");
}

// The gradients of the tables' vectors among those of the features, as ranks exchange them.
static Floats exchanged_gradients(const Acts& grad) {
    Floats out;
    for (int s = 0; s < BATCH; s++)
        for (int t = 0; t < TABLES; t++)
            for (int k = 0; k < DIM; k++) out.push_back(to_float(grad[s * SAMPLE + (t + 1) * PADDED + k]));
    return out;
}

static void update(Lookups& in, Rule rule, const Acts& grad, float rate, float eps, int* fault,
                   u64 step = 5, bool exchanged = false) {
    const Table* tables = in.tables.data();
    const Act* g = grad.data() + PADDED;
    const Floats plain = exchanged_gradients(grad);
    const int wide = TABLES * DIM;
    if (rule == SGD && !BF16_ROWS) {
        emulated::launch(TWO_BLOCKS, {256}, 0, [&] {
            if (exchanged) embedding_sgd_exchanged(tables, BATCH, plain.data(), wide, DIM, &rate, fault);
            else embedding_sgd(tables, BATCH, g, SAMPLE, PADDED, &rate, fault);
        });
        return;
    }
    size_t room = 0;
    for (auto& ids : in.ids) room += ids.size();
    int count = 0;
    std::vector<int> table(room, -7), row(room, -7);
    std::vector<float4> sums(room * VECS, zero4());
    Slots slots{&count, table.data(), row.data(), sums.data()};
    emulated::launch(TWO_BLOCKS, {256}, 0, [&] { slots_claim(tables, BATCH, slots, fault); });
    emulated::launch(TWO_BLOCKS, {256}, 0, [&] {
        if (exchanged) slots_add_exchanged(tables, BATCH, plain.data(), wide, DIM, slots, fault);
        else slots_add(tables, BATCH, g, SAMPLE, PADDED, slots, fault);
    });
    emulated::launch({2}, {256}, 0, [&] {
        if (rule == SGD) rows_sgd(tables, slots, &rate, &step, fault);
        else if (rule == ROW_WISE) rows_row_wise_adagrad(tables, slots, &rate, &step, eps, fault);
        else rows_adagrad(tables, slots, &rate, &step, eps, fault);
    });
    bool clean = true;
    for (auto& s : in.slotOfRow) clean &= std::count(s.begin(), s.end(), FREE) == (i64) s.size();
    for (float4& s : sums) clean &= s.x == 0 && s.y == 0 && s.z == 0 && s.w == 0;
    verdict(clean, "every slot is released and left zero");
}

static void moves_rows(Rule rule, const char* name) {
    Lookups in(rule);
    Acts grad = random_acts(BATCH * SAMPLE);
    for (int i = 0; i < BATCH * FEATURES; i++)
        for (int k = DIM; k < PADDED; k++) grad[i * PADDED + k] = to_act(0);
    const float rate = .1f, eps = 1e-3f;
    Doubles want, wantState, got, gotState;
    for (int t = 0; t < TABLES; t++) {
        Doubles state, w = in.expected(t, rule, grad, rate, eps, state);
        want.insert(want.end(), w.begin(), w.end());
        wantState.insert(wantState.end(), state.begin(), state.end());
    }
    Lookups untouched = in;
    untouched.bind();
    int bad[4] = {BAD_ID, 0, 0, 0}, good[4] = {0};
    update(in, rule, grad, rate, eps, bad);
    verdict(in.rows == untouched.rows && in.state == untouched.state, "%s writes nothing of a bad batch", name);
    update(in, rule, grad, rate, eps, good);
    for (int t = 0; t < TABLES; t++) {
        for (Weight v : in.rows[t]) got.push_back(to_float(v));
        gotState.insert(gotState.end(), in.state[t].begin(), in.state[t].end());
    }
    close(name, want, got, MOVED);
    close("  its state", wantState, gotState, SUM_OF_FLOATS);
    update(untouched, rule, grad, rate, eps, good, 5, true);
    Doubles same;
    for (int t = 0; t < TABLES; t++)
        for (Weight v : untouched.rows[t]) same.push_back(to_float(v));
    close("  the same by exchanged gradients", want, same, MOVED);
}

static void finds(const char* what, int kind, std::function<void(Lookups&)> damage, int table, int sample) {
    Lookups in(SGD);
    damage(in);
    int fault[4] = {0};
    emulated::launch(TWO_BLOCKS, {256}, 0, [&] { check_ids(in.tables.data(), BATCH, fault); });
    verdict(fault[0] == kind && fault[1] == table && fault[2] == sample, "check_ids finds %s", what);
}

// ---- interaction

static double feature(const Acts& features, int b, int f, int k) {
    return to_float(features[b * SAMPLE + f * PADDED + k]);
}

static Acts random_features() {
    Acts features = random_acts(BATCH * SAMPLE);
    for (int b = 0; b < BATCH; b++)
        for (int f = 0; f < FEATURES; f++)
            for (int k = 0; k < PADDED; k++) {
                Act& a = features[b * SAMPLE + f * PADDED + k];
                if (k >= DIM || (f == 0 && to_float(a) < 0)) a = to_act(0);  // feature 0 is a ReLU's output
            }
    return features;
}

// The tables' vectors as they lie when two ranks own every other table: in one block each, and a gap between the blocks.
struct Blocks {
    Acts own;  // feature 0, and nothing of the others
    Floats vectors;
    std::vector<Place> places;
    std::vector<bool> used;

    explicit Blocks(const Acts& features) : own(BATCH * SAMPLE, to_act(NAN)), places(TABLES + 1) {
        const int gap = 8, even = (TABLES + 1) / 2, odd = TABLES / 2;
        vectors.assign(BATCH * TABLES * DIM + gap, NAN);
        used.assign(vectors.size(), false);
        for (int t = 0; t < TABLES; t++)
            places[t] = {(t % 2 ? BATCH * even * DIM + gap : 0) + t / 2 * DIM, (t % 2 ? odd : even) * DIM};
        for (int b = 0; b < BATCH; b++) {
            for (int k = 0; k < PADDED; k++) own[b * SAMPLE + k] = features[b * SAMPLE + k];
            for (int t = 0; t < TABLES; t++)
                for (int k = 0; k < DIM; k++) {
                    i64 at = places[t].offset + b * places[t].stride + k;
                    vectors[at] = feature(features, b, t + 1, k);
                    used[at] = true;
                }
        }
    }

    // Both parts of a gradient as those of packed features, padding zero.
    Doubles joined(const Acts& ofOwn, const Floats& ofVectors) const {
        Doubles all(BATCH * SAMPLE, 0);
        for (int b = 0; b < BATCH; b++)
            for (int f = 0; f < FEATURES; f++)
                for (int k = 0; k < DIM; k++)
                    all[b * SAMPLE + f * PADDED + k] =
                        f == 0 ? to_float(ofOwn[b * SAMPLE + k])
                               : ofVectors[places[f - 1].offset + b * places[f - 1].stride + k];
        return all;
    }

    bool gaps(const Floats& ofVectors) const {
        for (size_t i = 0; i < used.size(); i++)
            if (!used[i] && !std::isnan(ofVectors[i])) return false;
        return true;
    }
};

static void crosses_features() {
    Acts features = random_features(), out(BATCH * WIDTH, to_act(NAN));
    size_t bytes = 2 * (ROWS * PITCH + WIDTH) * 4;
    emulated::launch({2}, {64}, bytes, [&] { interaction_forward(features.data(), out.data(), BATCH); });
    Doubles want(BATCH * WIDTH, 0);
    for (int b = 0; b < BATCH; b++)
        for (int i = 0, n = b * WIDTH + DIM; i < FEATURES; i++) {
            for (int k = 0; i == 0 && k < DIM; k++) want[b * WIDTH + k] = feature(features, b, 0, k);
            for (int j = 0; j < i + ITSELF; j++, n++)
                for (int k = 0; k < DIM; k++) want[n] += feature(features, b, i, k) * feature(features, b, j, k);
        }
    close("interaction_forward", want, widen(out), ROUNDED);

    Acts grad = random_acts(BATCH * WIDTH), gradFeatures(BATCH * SAMPLE, to_act(NAN));
    Floats bias(PADDED, 0.f);
    bytes += 2 * ROWS * (ROWS + 4) * 4;
    emulated::launch({2}, {64}, bytes, [&] {
        interaction_backward(features.data(), grad.data(), gradFeatures.data(), bias.data(), BATCH);
    });
    Doubles wantGrad(BATCH * SAMPLE, 0), wantBias(PADDED, 0);
    for (int b = 0; b < BATCH; b++)
        for (int k = 0; k < DIM; k++) {
            wantGrad[b * SAMPLE + k] = to_float(grad[b * WIDTH + k]);
            for (int i = 0, n = b * WIDTH + DIM; i < FEATURES; i++)
                for (int j = 0; j < i + ITSELF; j++, n++) {
                    wantGrad[b * SAMPLE + i * PADDED + k] += to_float(grad[n]) * feature(features, b, j, k);
                    wantGrad[b * SAMPLE + j * PADDED + k] += to_float(grad[n]) * feature(features, b, i, k);
                }
            if (feature(features, b, 0, k) <= 0) wantGrad[b * SAMPLE + k] = 0;
            wantBias[k] += wantGrad[b * SAMPLE + k];
        }
    close("interaction_backward", wantGrad, widen(gradFeatures), ROUNDED);
    close("  its bias gradient", wantBias, bias, SUM_OF_FLOATS);

    Blocks blocks(features);
    Acts again(BATCH * WIDTH, to_act(NAN)), own = blocks.own, gradOwn(BATCH * SAMPLE, to_act(NAN));
    emulated::launch({2}, {64}, bytes, [&] {
        interaction_forward_exchanged(own.data(), blocks.vectors.data(), blocks.places.data(), again.data(), BATCH);
    });
    verdict(again == out, "interaction_forward_exchanged gives the same bits");
    Floats gradVectors(blocks.vectors.size(), NAN);
    std::fill(bias.begin(), bias.end(), 0.f);
    emulated::launch({2}, {64}, bytes, [&] {
        interaction_backward_exchanged(own.data(), blocks.vectors.data(), blocks.places.data(), grad.data(), gradOwn.data(),
                                       gradVectors.data(), bias.data(), BATCH);
    });
    close("interaction_backward_exchanged", wantGrad, blocks.joined(gradOwn, gradVectors), ROUNDED);
    close("  its bias gradient", wantBias, bias, SUM_OF_FLOATS);
    verdict(blocks.gaps(gradVectors), "  nothing is written between the blocks");
}

static void joins_features() {
    const int pitch = (FEATURES * DIM + 7) / 8 * 8;
    Acts features = random_features(), out(BATCH * pitch, to_act(NAN)), back(BATCH * SAMPLE, to_act(NAN));
    emulated::launch({3}, {256}, 0, [&] { concat_forward(features.data(), out.data(), pitch, BATCH); });
    bool same = true;
    for (int b = 0; b < BATCH; b++)
        for (int i = 0; i < pitch; i++)
            same &= to_float(out[b * pitch + i]) == (i < FEATURES * DIM ? feature(features, b, i / DIM, i % DIM) : 0);
    emulated::launch({3}, {256}, 0, [&] { concat_backward(out.data(), pitch, back.data(), BATCH); });
    verdict(same && back == features, "concat_forward, concat_backward");
    Blocks blocks(features);
    Acts again(BATCH * pitch, to_act(NAN)), gradOwn(BATCH * SAMPLE, to_act(NAN));
    Floats gradVectors(blocks.vectors.size(), NAN);
    emulated::launch({3}, {256}, 0, [&] {
        concat_forward_exchanged(blocks.own.data(), blocks.vectors.data(), blocks.places.data(), again.data(), pitch, BATCH);
    });
    emulated::launch({3}, {256}, 0, [&] {
        concat_backward_exchanged(again.data(), pitch, blocks.places.data(), gradOwn.data(), gradVectors.data(), BATCH);
    });
    verdict(again == out && blocks.joined(gradOwn, gradVectors) == widen(features) && blocks.gaps(gradVectors),
            "concat_forward_exchanged, concat_backward_exchanged");
}

// ---- the last layer, the MLPs

static void takes_loss(int kind, bool masked) {
    Acts h = random_acts(BATCH * HIDDEN), gradH(BATCH * HIDDEN, to_act(NAN));
    for (auto& a : h)
        if (masked && to_float(a) < 0) a = to_act(0);
    std::vector<float4> weights(HIDDEN / 4);
    float* w = (float*) weights.data();
    for (int k = 0; k < HIDDEN; k++) w[k] = uniform(-.3f, .3f);
    Floats labels(BATCH), logits(BATCH, NAN), only(BATCH, NAN), wGrad(HIDDEN, 0.f), hidden(HIDDEN, 0.f);
    for (auto& y : labels) y = below(2);
    float bias = .05f, bGrad = 0, scale = 1.f / BATCH;
    double loss = 0, wantLoss = 0, wantB = 0;
    emulated::launch({2}, {256}, 0, [&] { head_forward(h.data(), w, &bias, only.data(), BATCH); });
    emulated::launch({2}, {256}, 2 * HIDDEN * 4, [&] {
        head(h.data(), w, &bias, labels.data(), gradH.data(), logits.data(), wGrad.data(), &bGrad,
             masked ? hidden.data() : nullptr, &loss, &scale, kind, BATCH);
    });
    Doubles wantZ, wantH, wantW(HIDDEN, 0), wantHidden(HIDDEN, 0);
    for (int n = 0; n < BATCH; n++) {
        double z = bias, y = labels[n];
        for (int k = 0; k < HIDDEN; k++) z += to_float(h[n * HIDDEN + k]) * (double) w[k];
        double p = 1 / (1 + std::exp(-z));
        double slope = kind == BCE ? p - y : 2 * (p - y) * p * (1 - p);
        wantLoss += kind == BCE ? -(y * std::log(p) + (1 - y) * std::log1p(-p)) : (p - y) * (p - y);
        wantB += slope * scale;
        wantZ.push_back(z);
        for (int k = 0; k < HIDDEN; k++) {
            double x = to_float(h[n * HIDDEN + k]), g = masked && x <= 0 ? 0 : slope * scale * w[k];
            wantH.push_back(g);
            wantHidden[k] += masked ? g : 0;
            wantW[k] += slope * scale * x;
        }
    }
    const char* names[] = {"head, BCE", "head, MSE"};
    printf("%s, %s\n", names[kind], masked ? "after a ReLU" : "after the interaction");
    close("  logits", wantZ, logits, SUM_OF_FLOATS);
    close("  head_forward", wantZ, only, SUM_OF_FLOATS);
    close("  loss and bias gradient", {wantLoss, wantB}, Doubles{loss, bGrad}, SUM_OF_FLOATS);
    close("  weight gradient", wantW, wGrad, 2 * SUM_OF_FLOATS);
    close("  gradient by the input", wantH, widen(gradH), ROUNDED);
    if (masked) close("  bias gradient of the layer below", wantHidden, hidden, 2 * SUM_OF_FLOATS);
    else verdict(std::count(hidden.begin(), hidden.end(), 0.f) == HIDDEN, "  no bias gradient below");
}

static void loss_is_never_hidden() {
    Loss l = loss_of(BCE, NAN, 1), hopeless = loss_of(BCE, -300.f, 1);
    verdict(std::isnan(l.slope) && hopeless.value == LARGEST_LOG && hopeless.slope == -1, "extremes of the loss");
}

static void passes_relu_backward() {
    const int vecs = 3, pitch = 16;
    Acts y = random_acts(BATCH * pitch), grad = random_acts(BATCH * pitch), before = grad;
    std::vector<float4> sums(vecs, zero4());
    emulated::launch({2}, {3, 5, 1}, 0, [&] {
        relu_backward(y.data(), pitch, grad.data(), pitch, (float*) sums.data(), vecs, BATCH);
    });
    Doubles want(BATCH * pitch), wantSums(4 * vecs, 0);
    for (int i = 0; i < BATCH * pitch; i++) {
        int column = i % pitch;
        want[i] = column < 4 * vecs && to_float(y[i]) <= 0 ? 0 : to_float(before[i]);
        if (column < 4 * vecs) wantSums[column] += want[i];
    }
    close("relu_backward", want, widen(grad), 0);
    close("  its bias gradient", wantSums, Floats((float*) sums.data(), (float*) (sums.data() + vecs)), SUM_OF_FLOATS);
}

static void moves_parameters() {
    const int vecs = 70, n = 4 * vecs;
    Floats g(n), s(n);
    std::vector<float4> w(vecs), gradient(vecs), state(vecs);
    Acts copy(n);
    Doubles sgd(n), adagrad(n), squares(n);
    const float rate = .1f, eps = 1e-3f;
    int good[4] = {0};
    for (int i = 0; i < n; i++) {
        ((float*) gradient.data())[i] = uniform(-1, 1);
        ((float*) state.data())[i] = uniform(0, 1);
        ((float*) w.data())[i] = uniform(-1, 1);
        double gi = ((float*) gradient.data())[i], wi = ((float*) w.data())[i];
        squares[i] = ((float*) state.data())[i] + gi * gi;
        sgd[i] = wi - rate * gi;
        adagrad[i] = sgd[i] - rate * gi / (std::sqrt(squares[i]) + eps);
    }
    emulated::launch({2}, {256}, 0, [&] { dense_sgd(w.data(), gradient.data(), copy.data(), &rate, vecs, good); });
    close("dense_sgd", sgd, Floats((float*) w.data(), (float*) w.data() + n), SUM_OF_FLOATS);
    close("  its image", sgd, widen(copy), ROUNDED);
    emulated::launch({2}, {256}, 0, [&] {
        dense_adagrad(w.data(), gradient.data(), state.data(), copy.data(), &rate, eps, vecs, good);
    });
    close("dense_adagrad", adagrad, Floats((float*) w.data(), (float*) w.data() + n), SUM_OF_FLOATS);
    close("  its state", squares, Floats((float*) state.data(), (float*) state.data() + n), SUM_OF_FLOATS);
}

static void finds_what_is_not_finite() {
    std::vector<float4> w(8, zero4()), g(8, zero4()), state(8, zero4());
    const float rate = .1f;
    int fault[2][4] = {{0}, {0}};
    g[5].z = NAN;
    emulated::launch({1}, {256}, 0, [&] { dense_sgd(w.data(), g.data(), nullptr, &rate, 8, fault[0]); });
    w[5].z = INFINITY;
    emulated::launch({1}, {256}, 0, [&] {
        dense_adagrad(w.data(), state.data(), state.data(), nullptr, &rate, 1e-3f, 8, fault[1]);
    });
    for (int rule = 0; rule < 2; rule++)
        verdict(fault[rule][0] == NOT_FINITE && fault[rule][2] == 5, "a parameter that is not finite is reported");
    if (TABLES == 0) return;
    Lookups in(SGD);
    in.rows[0][in.ids[0][9] * PADDED] = to_weight(NAN);
    int ofRows[4] = {0};
    Acts out(BATCH * SAMPLE);
    emulated::launch(TWO_BLOCKS, {256}, 0,
                     [&] { embedding_forward(in.tables.data(), BATCH, out.data(), SAMPLE, PADDED, ofRows); });
    verdict(ofRows[0] == NOT_FINITE && ofRows[1] == 0, "a row that is not finite is reported");
}

// ---- rounding at random

static void draws_as_published() {
    Random4 zeros = philox({0, 0, 0, 0}, 0, 0), pi = philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                                                            0xa4093822, 0x299f31d0);
    verdict(zeros.x == 0x6627e8d5 && zeros.y == 0xe169c58d && zeros.z == 0xbc57ac4c && zeros.w == 0x9b00dbd8 &&
            pi.x == 0xd16cfe09 && pi.y == 0x94fdcceb && pi.z == 0x5001e420 && pi.w == 0x24126ea1,
            "philox gives the published numbers");
}

// Of many draws, each value must come out on average, and as one of its two neighbours.
static void rounds_without_bias() {
    const float values[] = {1.f, 1.001f, -1.001f, 0.3f, -123.456f, 1e-3f, 1e-39f, 3e38f, 0.f};
    const int draws = 20000;
    for (float value : values) {
        double sum = 0, low = 1e39, high = -1e39;
        for (int n = 0; n < draws; n++) {
            Random4 bits = philox({(u32) n, 2, 3, 4}, 5, 6);
            float v = __uint_as_float(round_randomly(value, bits.x) << 16);
            sum += v;
            low = std::min(low, (double) v);
            high = std::max(high, (double) v);
        }
        double gap = high - low, sigma = gap / 2 / std::sqrt((double) draws);
        bool ok = std::fabs(sum / draws - value) <= 5 * sigma && low <= value && value <= high &&
                  gap <= std::fabs(value) / 128 + 1e-40;
        verdict(ok, "round_randomly(%g) is right on average: %g", value, sum / draws);
    }
    verdict(round_randomly(INFINITY, 0xffff) == 0x7f80 && round_randomly(-INFINITY, 0xffff) == 0xff80 &&
            std::isnan(__uint_as_float(round_randomly(__uint_as_float(0x7f800001u), 0) << 16)),
            "round_randomly leaves what is not finite");
}

// The same step of the same table gives the same bits, in whatever order its slots were taken; another step, table or
// row gives others.
static void rounds_the_same_again() {
    if (!BF16_ROWS || TABLES == 0) return;
    auto rows_after = [](u64 step, u64 key) {
        randomness.seed(11);  // the same rows and ids each time
        Lookups in(SGD);
        for (Table& table : in.tables) table.key = key;
        Acts grad(BATCH * SAMPLE, to_act(0.5f));  // sums of halves are exact in any order
        int good[4] = {0};
        update(in, SGD, grad, .01f, 0, good, step);
        return in.rows;
    };
    auto first = rows_after(1, 9), again = rows_after(1, 9);
    verdict(first == again, "the same step rounds the same again");
    verdict(first != rows_after(2, 9), "another step rounds otherwise");
    verdict(first != rows_after(1 + (1ull << 32), 9), "a step far away rounds otherwise");
    verdict(first != rows_after(1, 10), "another table rounds otherwise");
}

// Steps far smaller than a bfloat16 can tell: to the nearest, no row would ever move.
static void small_steps_add_up() {
    if (!BF16_ROWS || TABLES == 0) return;
    const int count = 40, steps = 64;
    Weights rows(count * PADDED, to_weight(1.f));
    std::vector<float4> sums(count * VECS);
    std::vector<int> slotOfRow(count, 0), table(count, 0), row(count);
    std::iota(row.begin(), row.end(), 0);
    Table one = {rows.data(), nullptr, slotOfRow.data(), nullptr, nullptr, count, 0, 3};
    int all = count, good[4] = {0};
    Slots slots{&all, table.data(), row.data(), sums.data()};
    const float gap = 1.f / 128, rate = gap / 16;
    for (u64 step = 0; step < steps; step++) {
        for (auto& g : sums) g = make_float4(-1.f, -1.f, -1.f, -1.f);
        emulated::launch({2}, {256}, 0, [&] { rows_sgd(&one, slots, &rate, &step, good); });
    }
    double sum = 0;
    int moved = 0;
    for (Weight w : rows) {
        sum += to_float(w);
        moved += to_float(w) != 1.f;
    }
    double n = rows.size(), mean = (sum / n - 1) / gap, want = steps / 16., sigma = std::sqrt(steps / 16. * 15 / 16 / n);
    verdict(std::fabs(mean - want) < 5 * sigma && moved > n / 2, "small steps add up to %.3f gaps, want %.3f", mean, want);
}

static void imports() {
    Floats in(BATCH * 13);
    for (auto& v : in) v = uniform(-1, 1);
    Acts acts(BATCH * 24, to_act(7));
    emulated::launch({2}, {256}, 0, [&] { import_rows(in.data(), 13, acts.data(), 24, 13, 16, BATCH); });
    bool padded = true;
    Doubles got;
    for (int i = 0; i < BATCH * 24; i++) {
        if (i % 24 < 13) got.push_back(to_float(acts[i]));
        else padded &= to_float(acts[i]) == (i % 24 < 16 ? 0 : 7);
    }
    verdict(padded, "import_rows fills with zeros and no further");
    close("import_rows", Doubles(in.begin(), in.end()), got, BF16 ? 1e-2 : 0);
}

int main() {
    if (TABLES > 0) {
        pools();
        finds("an id beyond the rows", BAD_ID, [](Lookups& in) { in.ids[0][5] = in.tables[0].rowCount; }, 0, 5);
        finds("a negative id", BAD_ID, [](Lookups& in) { in.ids[0][20] = -1; }, 0, 20);
        if (TABLES > 1) finds("starts that descend", BAD_STARTS, [](Lookups& in) { in.starts[1][BATCH] = -1; }, 1, BATCH - 1);
        moves_rows(SGD, "embedding_sgd");
        moves_rows(ROW_WISE, "rows_row_wise_adagrad");
        moves_rows(ADAGRAD, "rows_adagrad");
    }
    crosses_features();
    joins_features();
    for (int kind : {0, 1})
        for (bool masked : {false, true}) takes_loss(kind, masked);
    loss_is_never_hidden();
    passes_relu_backward();
    moves_parameters();
    finds_what_is_not_finite();
    draws_as_published();
    rounds_without_bias();
    rounds_the_same_again();
    small_steps_add_up();
    imports();
    printf("%d failed\n", failures);
    return failures != 0;
}
