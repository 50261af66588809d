/// The models of online learning on disk: mean, precision and version for each id type and key.
///
/// ```
/// FOLDER/ lock   models-00000003.log     the highest generation counts; compaction writes the next one
/// log     header 32 bytes | record | record | …  | zeros, room for what comes
/// record  length of the body u32 | CRC-32C of the body u32 | body                                little-endian
/// body    MODEL    1 | precision kind u8 | commit i64 | place of the key's model before i64 | id type | key |
///                  coefficients i32 | feature numbers i32… | means f64… | precisions f64…
///         FEATURE  2 | id type | name | term                the next number of that id type's feature index
///         COMMIT   3 | mark i64 | commit i64 | own place i64
///         ROLLBACK 4 | mark i64 | commit i64 | own place i64 | commit gone back to i64
/// text    length of its UTF-8 i32 | bytes
/// ```
///
/// Read [io.dlrm4j.effects.store.ModelStore] first. What is not followed by a COMMIT does not exist; a commit is
/// synced before it is reported. Imports `data`, `online` and `format` of this module. One process at a time writes;
/// any number of threads
/// read. Memory: 16 bytes a key and up to as many free ones, the log is mapped. Proven by `ModelStoreTest`,
/// `ModelStoreDamageTest`, `StorePositionsTest` and `ModelStoreKillTest`, which kills a process that commits.
@NullMarked
package io.dlrm4j.effects.store;

import org.jspecify.annotations.NullMarked;
