#pragma once

namespace cmc {

/// Lets freed memory stay with the process. A training step allocates and frees the same large
/// tensors; glibc hands those above 32 MiB back to the system, which faults their pages in again at
/// the next step. Holds for the whole process; does nothing where the C library is not glibc.
void keep_freed_memory();

/// The opposite, as glibc has it in a process that has freed large blocks: those above 32 MiB, and
/// the top of the heap above 64 MiB, go back to the system.
void return_freed_memory();

}  // namespace cmc
