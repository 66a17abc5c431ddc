#pragma once

#include <cstddef>
#include <filesystem>

namespace cmc::files {

/// Notes that `size` bytes from `address` are a file's. A page that is touched after the file was
/// cut short raises SIGBUS, which knows the address alone. Returns the mapping's place; -1 where
/// there are more than the process has places for.
int note_mapping(const void* address, std::size_t size, const std::filesystem::path& path);

/// Forgets the mapping of that place; -1 is none.
void forget_mapping(int place) noexcept;

/// The path of the file whose mapping holds `address`; null where none that was noted does. A
/// signal handler may call it.
const char* mapped_file_at(const void* address) noexcept;

}  // namespace cmc::files
