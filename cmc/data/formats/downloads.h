#pragma once

#include <filesystem>
#include <string>

namespace cmc::data {

/// What must be done before a data set can be read as it was downloaded: the command that unpacks
/// an archive that lies in the folder `root` (or is it), or the line of Python that makes CIFAR's
/// binary files of its pickles, which are programs and thus not read. Empty where there is neither.
std::string step_before_reading(const std::filesystem::path& root);

}  // namespace cmc::data
