package io.dlrm4j.launch.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JobFolderTest {
    @TempDir
    Path parent;

    @Test
    void tokenIsSecretAndGoneWithTheJob() throws IOException {
        Path token;
        try (JobFolder folder = JobFolder.make(parent, new byte[] {1, 2, 3})) {
            token = folder.token();

            assertThat(Files.readString(token)).matches("[0-9a-f]{64}");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token)))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(token.getParent())))
                    .isEqualTo("rwx------");
            assertThat(folder.config()).hasBinaryContent(new byte[] {1, 2, 3});
        }
        assertThat(token.getParent()).doesNotExist();
    }

    @Test
    void twoJobsHaveTheirOwnTokens() throws IOException {
        try (JobFolder first = JobFolder.make(parent, new byte[0]);
                JobFolder second = JobFolder.make(parent, new byte[0])) {
            assertThat(first.id()).isNotEqualTo(second.id());
            assertThat(Files.readString(first.token())).isNotEqualTo(Files.readString(second.token()));
            assertThat(first.token()).exists();
        }
    }

    @Test
    void whatAKilledLauncherLeftIsSweptByTheNext() throws IOException {
        Path left = Files.createDirectory(parent.resolve("dlrm-job-999999999-1-abcd"));
        Files.writeString(left.resolve("token"), "x");
        Path foreign = Files.createDirectory(parent.resolve("dlrm-job-notes"));

        try (JobFolder folder = JobFolder.make(parent, new byte[0])) {
            assertThat(left).doesNotExist();
            assertThat(foreign).exists();
            assertThat(folder.token()).exists();
        }
    }
}
