package io.dlrm4j.cuda.api;

import io.dlrm4j.cuda.api.Driver.Attribute;

/// What kind of card there is.
///
/// @param name as the driver has it: `NVIDIA H200`
/// @param major compute capability, its first number
/// @param minor compute capability, its second number
public record CardModel(String name, int major, int minor) {
    /// Asks the driver alone; opens no context.
    ///
    /// @param search where the driver may lie
    /// @param ordinal number of the card, modulo the cards there are
    /// @throws CudaUnavailableException when there is no driver or no card
    public static CardModel of(LibrarySearch search, int ordinal) {
        return of(new Driver(search), ordinal);
    }

    /// @return the card with that number, modulo the cards there are
    /// @throws CudaUnavailableException when there is none
    public static CardModel of(Driver driver, int ordinal) {
        int cards = driver.devices();
        if (cards == 0) {
            throw new CudaUnavailableException(
                    "train.engine=cuda: this process sees no card (CUDA_VISIBLE_DEVICES may hide them); use --engine cpu");
        }
        int device = driver.device(ordinal % cards);
        return new CardModel(
                driver.name(device),
                driver.attribute(device, Attribute.MAJOR),
                driver.attribute(device, Attribute.MINOR));
    }
}
