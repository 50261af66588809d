package io.dlrm4j.core.data;

/// A value that is no finite number, and where it was found.
///
/// @param what as printed: `output 3 of bot.1`
/// @param sample its number among the samples of this rank; -1: it belongs to none
/// @param value NaN or an infinity
public record NotFinite(String what, int sample, float value) {
    /// @return as printed: `output 3 of bot.1 is NaN`
    @Override
    public String toString() {
        return what + " is " + value;
    }
}
