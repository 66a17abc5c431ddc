#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/zip_records.h"

namespace cmc::files {

/// Whether bytes begin as a .npz file does: a zip archive.
bool is_npz(std::span<const std::uint8_t> file);

/// The arrays of a .npz file (numpy.savez, numpy.savez_compressed), by their names, without ".npy".
/// Throws UnreadableError where it is no whole archive.
std::vector<ZipEntry> npz_arrays(std::span<const std::uint8_t> file, const std::string& path);

/// The array of a name; with an empty name, the only one. Throws UnreadableError, which lists the
/// names, where there is none such or several, and where it is deflated from more than 1 GiB: such
/// an array has to be inflated as a whole.
ZipEntry npz_array(std::span<const std::uint8_t> file, const std::string& path,
                   const std::string& name);

}  // namespace cmc::files
