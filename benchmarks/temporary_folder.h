#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "cmc/error.h"

namespace cmc::benchmarks {

/// A folder that goes with its scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cmc-bench-XXXXXX").string();
    check(::mkdtemp(name.data()) != nullptr, "{}: can't create a folder", name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cmc::benchmarks
