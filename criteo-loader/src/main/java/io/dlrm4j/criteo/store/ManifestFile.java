package io.dlrm4j.criteo.store;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dlrm4j.core.data.DataException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Set;
import java.util.regex.Pattern;

/// `manifest.json` as read from a folder: untrusted until checked here.
///
/// @param manifest its content
/// @param fingerprint 64 hex digits of SHA-256 over its bytes; equal fingerprints mean equal data, since the bytes hold
///     the checksum of every file
public record ManifestFile(Manifest manifest, String fingerprint) {
    private static final long MAX_BYTES = 16 << 20;
    private static final Pattern PLAIN_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}");

    /// Reads and checks the manifest of a folder.
    ///
    /// @throws DataException when there is none, or it says something that cannot be
    public static ManifestFile read(Path folder) throws IOException {
        Path file = folder.resolve(DayFiles.MANIFEST);
        if (!Files.isRegularFile(file)) {
            throw new DataException("%s: no manifest.json here; want a folder written by dlrm prepare or dlrm generate"
                    .formatted(folder));
        }
        if (Files.size(file) > MAX_BYTES) {
            throw new DataException("%s: %d bytes, want at most %d".formatted(file, Files.size(file), MAX_BYTES));
        }
        byte[] bytes = Files.readAllBytes(file);
        try {
            Manifest manifest = ManifestJson.parse(bytes);
            String wrong = wrong(manifest);
            if (!wrong.isEmpty()) {
                throw new DataException(wrong);
            }
            return new ManifestFile(manifest, sha256(bytes));
        } catch (JacksonException e) {
            throw new DataException("%s: %s".formatted(file, firstLine(e)), e);
        } catch (DataException e) {
            throw new DataException("%s: %s".formatted(file, e.getMessage()), e);
        }
    }

    /// @return the bytes to be written as `manifest.json`
    public static byte[] encode(Manifest manifest) {
        try {
            JsonMapper json = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build();
            return (json.writeValueAsString(manifest) + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("manifest cannot be written as JSON", e);
        }
    }

    private static String firstLine(JacksonException e) {
        String said = e.getOriginalMessage().lines().findFirst().orElse("not JSON");
        return e.getLocation() == null
                ? said
                : said + ", line " + e.getLocation().getLineNr();
    }

    private static String wrong(Manifest manifest) {
        if (!manifest.format().known()) {
            return "format %s, want %s".formatted(manifest.format(), Manifest.Format.of("npy or binary"));
        }
        for (Manifest.Table table : manifest.tables()) {
            if (table.rows() < 1 || table.rows() > Integer.MAX_VALUE) {
                return "table %s: rows=%d, want 1 to %d".formatted(table.name(), table.rows(), Integer.MAX_VALUE);
            }
        }
        String rows = wrong(manifest.rows());
        return rows.isEmpty() ? wrongFiles(manifest) : rows;
    }

    private static String wrong(Manifest.Rows rows) {
        if (rows.perDay().isEmpty() || rows.perDay().stream().anyMatch(r -> r < 0 || r > 1L << 40)) {
            return "rows.perDay=%s, want at least one day, none below 0".formatted(rows.perDay());
        }
        Manifest.Rows want = Manifest.Rows.split(rows.perDay());
        return rows.equals(want) ? "" : "rows=%s, want %s".formatted(rows, want);
    }

    private static String wrongFiles(Manifest manifest) {
        Set<String> names = new HashSet<>();
        for (Manifest.FileEntry entry : manifest.files()) {
            if (!PLAIN_NAME.matcher(entry.name()).matches()) {
                return "file name '%s', want a plain name inside the folder".formatted(entry.name());
            }
            if (!names.add(entry.name())) {
                return "file %s is listed twice".formatted(entry.name());
            }
        }
        for (Manifest.Table table : manifest.tables()) {
            if (!PLAIN_NAME.matcher(table.name()).matches()) {
                return "table name '%s', want letters and digits".formatted(table.name());
            }
        }
        for (String needed : manifest.rowFiles()) {
            if (!names.contains(needed)) {
                return "file %s is not listed".formatted(needed);
            }
        }
        return "";
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
