#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cmc/data/missing.h"
#include "cmc/data/tables/decimal.h"
#include "cmc/data/tables/manifest.h"
#include "cmc/data/tables/rows.h"

namespace cmc::data {

/// The files of rows that a manifest's sources have their columns in, each opened once: its numbers
/// have one decimal mark.
class SourceTables {
 public:
  struct File {
    std::shared_ptr<const Rows> rows;
    Decimal decimal;
  };

  /// `manifest` and the others outlive it; `label` is the manifest's column of labels.
  SourceTables(const std::shared_ptr<const Rows>& manifest, const ManifestOptions& options,
               const Missing& missing, std::optional<std::size_t> label)
      : manifest_(manifest), options_(options), missing_(missing), label_(label) {}

  /// A source's table (SourceOptions::table); the manifest itself for no name. What a person should
  /// know of how it was read is added to `notes` the first time.
  const File& open(const std::string& table, std::vector<std::string>& notes);

 private:
  const std::shared_ptr<const Rows>& manifest_;
  const ManifestOptions& options_;
  const Missing& missing_;
  std::optional<std::size_t> label_;
  std::map<std::string, File> files_;
};

}  // namespace cmc::data
