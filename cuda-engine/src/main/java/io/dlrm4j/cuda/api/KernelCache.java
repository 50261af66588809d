package io.dlrm4j.cuda.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Compiled kernels on disk, so that only the first start on a machine compiles.
///
/// A file's name is the SHA-256 of everything its content follows from: source, options, compiler version.
/// Files are written under another name and renamed, so that processes may share the folder. A folder that
/// cannot be written costs a compilation at each start, and nothing else.
///
/// @param folder made when needed
public record KernelCache(Path folder) {
    private static final Logger LOG = LoggerFactory.getLogger(KernelCache.class);

    /// @param compiler compiles what is not there
    /// @param source the program
    /// @param name as shown in the compiler's messages
    /// @param options of the compiler, the architecture among them
    /// @return machine code
    public byte[] get(Nvrtc compiler, String source, String name, List<String> options) {
        String key = hash(source + "\0" + String.join("\0", options) + "\0" + compiler.version());
        Path file = folder.resolve(key + ".cubin");
        try {
            return Files.readAllBytes(file);
        } catch (IOException absent) {
            byte[] code = compiler.compile(source, name, options);
            keep(file, code);
            return code;
        }
    }

    private void keep(Path file, byte[] code) {
        try {
            Files.createDirectories(folder);
            Path written = Files.createTempFile(folder, "new-", ".cubin");
            Files.write(written, code);
            Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            LOG.warn("compiled kernels are not kept: {}", e.toString());
        }
    }

    /// @return SHA-256 in hexadecimal
    static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
