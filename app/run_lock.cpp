#include "app/run_lock.h"

#include "cmc/runs/run_folder.h"

namespace cmc::app {

std::unique_ptr<files::LockFile> lock_where_inside(const std::filesystem::path& run,
                                                   const std::filesystem::path& output) {
  std::error_code error;
  const std::filesystem::path folder = output.has_parent_path() ? output.parent_path() : ".";
  if (!std::filesystem::equivalent(run, folder, error)) return nullptr;
  return std::unique_ptr<files::LockFile>(new files::LockFile(runs::RunFolder::lock(run)));
}

}  // namespace cmc::app
