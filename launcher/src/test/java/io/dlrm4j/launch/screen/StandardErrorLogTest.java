package io.dlrm4j.launch.screen;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.core.ConsoleAppender;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StandardErrorLogTest {
    @Test
    void logbackFindsItAndWritesToStandardError() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        assertThat(context.getLogger("ROOT").iteratorForAppenders())
                .toIterable()
                .singleElement()
                .extracting(appender -> ((ConsoleAppender<?>) appender).getTarget())
                .isEqualTo("System.err");
    }

    @Test
    void ownWordsAreShownAndThoseOfLibrariesWhenTheyWarn() {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        assertThat(context.getLogger("io.dlrm4j.comm").isInfoEnabled()).isTrue();
        assertThat(context.getLogger("io.dlrm4j.core.engine.cpu").isInfoEnabled())
                .isFalse();
        assertThat(context.getLogger("io.aeron").isInfoEnabled()).isFalse();
        assertThat(context.getLogger("io.aeron").isWarnEnabled()).isTrue();
    }
}
