package io.dlrm4j.criteo.synthetic;

import java.io.IOException;

/// Where blocks go. Nothing is seen under the output's name before [#publish], and nothing stays without it.
interface ClickSink extends AutoCloseable {
    /// Appends a block.
    void write(ClickBlock block) throws IOException;

    /// Ends the present day.
    void endDay() throws IOException;

    /// Gives the output its name.
    ///
    /// @param report rows, rates and scores; size and time are not yet known
    /// @return bytes written
    long publish(GenerateReport report) throws IOException;

    @Override
    void close() throws IOException;
}
