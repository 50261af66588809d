package io.dlrm4j.trainer.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// One tensor of a safetensors file, and the header that lists all of them.
///
/// ```
/// 0        8                        8 + n
/// | n: u64 | JSON header, n bytes   | tensor data, little-endian, row after row
///          {"emb.3.weight[0:100]": {"dtype": "F32", "shape": [100, 16], "data_offsets": [0, 6400]}, ...}
/// ```
///
/// Offsets count from the end of the header, which is padded with spaces to a multiple of eight bytes.
///
/// @param name as in the header
/// @param type of its elements
/// @param shape sizes, slowest first
/// @param from first byte of its data, counted from the end of the header
record TensorEntry(String name, Type type, List<Long> shape, long from) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long MAX_BYTES = 1L << 60;

    /// What a tensor may be made of; the names are those of the format.
    enum Type {
        F32(Float.BYTES),
        I64(Long.BYTES);

        private final int bytes;

        Type(int bytes) {
            this.bytes = bytes;
        }

        /// @return bytes of an element
        int bytes() {
            return bytes;
        }
    }

    TensorEntry {
        shape = List.copyOf(shape);
    }

    /// A tensor of floats.
    TensorEntry(String name, List<Long> shape, long from) {
        this(name, Type.F32, shape, from);
    }

    /// @return number of elements
    long count() {
        long count = 1;
        for (long size : shape) {
            count = Math.multiplyExact(count, size);
        }
        return count;
    }

    /// @return first byte behind its data
    long to() {
        return Math.addExact(from, Math.multiplyExact(count(), (long) type.bytes()));
    }

    /// @return length and JSON header of a file of these tensors
    static byte[] header(List<TensorEntry> tensors) {
        ObjectNode root = JSON.createObjectNode();
        for (TensorEntry tensor : tensors) {
            ObjectNode entry = root.putObject(tensor.name);
            entry.put("dtype", tensor.type.name());
            ArrayNode shape = entry.putArray("shape");
            tensor.shape.forEach(shape::add);
            entry.putArray("data_offsets").add(tensor.from).add(tensor.to());
        }
        byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
        int padded = Math.ceilDiv(json.length, 8) * 8;
        byte[] header = new byte[8 + padded];
        Arrays.fill(header, (byte) ' ');
        for (int i = 0; i < 8; i++) {
            header[i] = (byte) ((long) padded >>> (8 * i));
        }
        System.arraycopy(json, 0, header, 8, json.length);
        return header;
    }

    /// @param json the header without its length
    /// @param dataBytes bytes of the file behind the header
    /// @return the tensors by name
    /// @throws IOException when it is not a header of tensors of these types that lie within the data
    static Map<String, TensorEntry> parse(byte[] json, long dataBytes) throws IOException {
        JsonNode root = JSON.readTree(json);
        if (root == null || !root.isObject()) {
            throw new IOException("safetensors header is not a JSON object");
        }
        Map<String, TensorEntry> tensors = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> property : root.properties()) {
            if (!property.getKey().equals("__metadata__")) {
                TensorEntry tensor = entry(property.getKey(), property.getValue());
                if (tensor.from < 0 || tensor.to() > dataBytes) {
                    throw new IOException("tensor %s: bytes %d to %d, want them within 0 to %d"
                            .formatted(tensor.name, tensor.from, tensor.to(), dataBytes));
                }
                tensors.put(tensor.name, tensor);
            }
        }
        return tensors;
    }

    private static TensorEntry entry(String name, JsonNode node) throws IOException {
        String dtype = node.path("dtype").asText();
        if (!dtype.equals(Type.F32.name()) && !dtype.equals(Type.I64.name())) {
            throw new IOException("tensor %s: dtype=%s, want F32 or I64".formatted(name, dtype));
        }
        Type type = Type.valueOf(dtype);
        List<Long> shape = new ArrayList<>();
        double bytes = type.bytes(); // of any size without overflow
        for (JsonNode size : node.path("shape")) {
            if (size.asLong(-1) < 0) {
                throw new IOException("tensor %s: size=%s, want 0 or more".formatted(name, size));
            }
            shape.add(size.asLong());
            bytes *= Math.max(1, size.asLong());
        }
        long from = node.path("data_offsets").path(0).asLong(-1);
        if (bytes > MAX_BYTES || from > MAX_BYTES) {
            throw new IOException("tensor %s: %.3g bytes from %d on, want 2^60 at most".formatted(name, bytes, from));
        }
        TensorEntry tensor = new TensorEntry(name, type, shape, from);
        long to = node.path("data_offsets").path(1).asLong(-1);
        if (to != tensor.to()) {
            throw new IOException("tensor %s: ends at byte %d, want %d by its shape".formatted(name, to, tensor.to()));
        }
        return tensor;
    }
}
