#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cmc/advice/figure.h"
#include "cmc/files/lock_file.h"
#include "cmc/information/confidence_interval.h"

namespace cmc::advice {

/// How a claim came out.
enum class Outcome {
  held,      ///< beyond the error bars
  not_held,  ///< the opposite, beyond the error bars
  open,      ///< within the error bars
};
std::string name(Outcome outcome);

struct Verdict {
  std::string claim;
  std::string measured;  ///< the figures
  Outcome outcome = Outcome::open;
};

/// `low` … `high` of a difference as an outcome of "it is positive".
Outcome positive(const information::ConfidenceInterval& difference);

/// What tells a measurement from others, for a person: "seed 1, temperature 0.07" of {"seed": 1,
/// "temperature": 0.07}; "_" in names are blanks.
std::string in_words(const nlohmann::json& key);

/// What a study measures, kept in its folder as it goes, so that a study that was stopped goes on
/// where it was.
class Notebook {
 public:
  using json = nlohmann::json;

  /// Reads `folder`/measurements.jsonl where there is one. A line that a stop left unfinished is
  /// dropped. Throws Error where the folder can't be written, or another process writes there.
  Notebook(std::filesystem::path folder, std::function<void(const std::string&)> progress);

  /// A row: `key` (an object with what is varied, the seed and the settings), then what `measure`
  /// returned for it. A row that the folder has already is not measured again.
  json row(const json& key, const std::function<json()>& measure);

  /// The rows of this run, in order.
  const std::vector<json>& rows() const { return rows_; }

  void add(Figure figure) { figures_.push_back(std::move(figure)); }
  /// Lines of text that stand before the verdicts, as printed.
  void add_table(std::string text) { tables_.push_back(std::move(text)); }
  void conclude(Verdict verdict) { verdicts_.push_back(std::move(verdict)); }

  const std::filesystem::path& folder() const { return folder_; }
  const std::vector<Figure>& figures() const { return figures_; }
  const std::vector<std::string>& tables() const { return tables_; }
  const std::vector<Verdict>& verdicts() const { return verdicts_; }

 private:
  std::filesystem::path folder_;
  std::shared_ptr<const files::LockFile> lock_;
  std::function<void(const std::string&)> progress_;
  std::map<std::string, json> known_;  ///< by the key's text
  std::vector<json> rows_;
  std::vector<Figure> figures_;
  std::vector<std::string> tables_;
  std::vector<Verdict> verdicts_;
};

/// `column` of the rows that have all of `where`'s values, by their seed. Throws Error where there
/// is none.
std::map<std::int64_t, double> by_seed(const std::vector<nlohmann::json>& rows,
                                       const nlohmann::json& where, const std::string& column);

/// The interval of `column` over the rows that have all of `where`'s values: over seeds. Throws
/// Error where there is none.
information::ConfidenceInterval over_seeds(const std::vector<nlohmann::json>& rows,
                                           const nlohmann::json& where, const std::string& column);

/// Of the differences of two settings, seed by seed: `column` where `a` holds less where `b` does.
/// Throws Error unless both have the same seeds.
information::ConfidenceInterval difference(const std::vector<nlohmann::json>& rows,
                                           const nlohmann::json& a, const nlohmann::json& b,
                                           const std::string& column);

/// A point with its error bar over seeds.
Point point(double x, const information::ConfidenceInterval& interval, double scale = 1);

/// "7.19 ± 0.03" from an interval; without "±" where one seed tells no spread.
std::string plus_minus(const information::ConfidenceInterval& interval, int digits,
                       double scale = 1);

}  // namespace cmc::advice
