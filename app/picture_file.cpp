#include "app/picture_file.h"

#include "cmc/error.h"
#include "cmc/files/atomic_file.h"

namespace cmc::app {

std::filesystem::path picture_file(const std::string& asked, bool force, const std::string& run,
                                   const std::string& what) {
  namespace fs = std::filesystem;
  fs::path file = asked;
  if (asked.empty()) {
    const fs::path beside = fs::path("runs") / (run + "-" + what);
    std::error_code error;
    fs::create_directories(beside.parent_path(), error);
    check(!error, "{}: can't be created: {}; --output names another place for the picture",
          beside.parent_path().string(), error.message());
    file = beside.string() + ".png";
    for (int number = 2; fs::exists(fs::symlink_status(file)); ++number)
      file = fmt::format("{}-{}.png", beside.string(), number);
  } else if (fs::exists(file) && !force) {
    throw UsageError(fmt::format("{}: exists; --force replaces it", asked));
  }
  files::check_writable(file);
  return file;
}

}  // namespace cmc::app
