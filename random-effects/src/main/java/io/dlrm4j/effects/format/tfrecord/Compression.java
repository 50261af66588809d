package io.dlrm4j.effects.format.tfrecord;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;

/// How a whole TFRecord file is compressed, told by its name.
enum Compression {
    NONE,
    GZIP,
    ZLIB;

    private static final int BUFFER = 1 << 16;

    static Compression of(Path file) {
        String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
        return switch (name.substring(name.lastIndexOf('.') + 1)) {
            case "gz", "gzip" -> GZIP;
            case "deflate", "zlib" -> ZLIB;
            default -> NONE;
        };
    }

    InputStream plain(InputStream in) throws IOException {
        return switch (this) {
            case NONE -> in;
            case GZIP -> new GZIPInputStream(in, BUFFER);
            case ZLIB -> new InflaterInputStream(in);
        };
    }

    OutputStream packed(OutputStream out) throws IOException {
        return switch (this) {
            case NONE -> out;
            case GZIP -> new GZIPOutputStream(out, BUFFER);
            case ZLIB -> new DeflaterOutputStream(out);
        };
    }
}
