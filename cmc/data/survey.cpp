#include "cmc/data/survey.h"

#include <algorithm>
#include <cmath>
#include <compare>
#include <limits>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <span>
#include <string_view>

#include "cmc/data/kinds/kind_descriptor.h"
#include "cmc/data/numbers.h"
#include "cmc/error.h"

namespace cmc::data {
namespace {

/// The content of a sample by its hash, and where it stands.
struct Content {
  std::uint64_t hash;
  std::uint32_t index;
  bool test;

  auto operator<=>(const Content&) const = default;
};

struct SamplePlace {
  bool test;
  std::int64_t index;
};

/// What is gathered of a source beside its SourceSurvey.
struct Gathered {
  std::vector<double> least, greatest;  // by column of a table, channel of a series, band
  std::int64_t values = 0, absent = 0;
  std::int64_t across = 0;
  std::vector<std::int64_t> defects;  // of the kind's, how many values have each
  std::vector<Content> contents;
  std::string unreadable, repeated, repeated_across;  // an example of each
};

class Surveyor {
 public:
  explicit Surveyor(const Splits& splits) : splits_(splits) {
    result_.warnings = splits.notes;
    result_.has_targets = splits.train->has_targets();
    result_.classes = splits.train->classes();
    result_.train_per_class.assign(result_.classes.size(), 0);
    result_.test_per_class.assign(result_.classes.size(), 0);
    for (const Source& source : splits.train->sources()) {
      SourceSurvey& own = result_.sources.emplace_back();
      own.name = source.name;
      own.kind = name(source.kind);
      own.least = std::numeric_limits<double>::infinity();
      own.greatest = -own.least;
      Gathered& gathered = gathered_.emplace_back();
      gathered.least.assign(source.columns.size(), own.least);
      gathered.greatest.assign(source.columns.size(), own.greatest);
      gathered.defects.assign(descriptor(source.kind).defects.size(), 0);
    }
  }

  Survey run(const std::function<void(double)>& progress) {
    const std::int64_t train = splits_.train->size();
    const std::int64_t test = splits_.test ? splits_.test->size() : 0;
    result_.train_samples = train;
    result_.test_samples = test;
    for (std::int64_t i = 0; i < train + test; ++i) {
      take({.test = i >= train, .index = i < train ? i : i - train});
      if (progress && i % 64 == 0)
        progress(static_cast<double>(i) / static_cast<double>(train + test));
    }
    for (const Dataset* part : {splits_.train.get(), splits_.test.get()}) {
      if (part == nullptr) continue;
      for (const UnreadableSample& sample : part->unreadable())
        for (std::size_t s = 0; s < result_.sources.size(); ++s)
          if (sample.name.ends_with("(" + result_.sources[s].name + ")"))
            count_unreadable(s, sample.name, sample.reason);
    }
    finish();
    return std::move(result_);
  }

 private:
  const Dataset& part(const SamplePlace& place) const {
    return place.test ? *splits_.test : *splits_.train;
  }

  const KindDescriptor& kind_of(std::size_t s) const {
    return descriptor(splits_.train->sources()[s].kind);
  }

  std::string name_of(const Content& content) const {
    return (content.test ? *splits_.test : *splits_.train).name(content.index);
  }

  void count_unreadable(std::size_t s, const std::string& name, const std::string& reason) {
    if (result_.sources[s].unreadable++ == 0)
      gathered_[s].unreadable = fmt::format("{}: {}", name, reason);
  }

  void take(const SamplePlace& place) {
    const double target = part(place).target(place.index);
    if (!std::isnan(target)) {
      const bool is_first = result_.labelled++ == 0;
      result_.least_target = is_first ? target : std::min(result_.least_target, target);
      result_.greatest_target = is_first ? target : std::max(result_.greatest_target, target);
    }
    const std::int64_t label = part(place).label(place.index);
    if (label != no_label) {
      ++result_.labelled;
      ++(place.test ? result_.test_per_class
                    : result_.train_per_class)[static_cast<std::size_t>(label)];
    }
    Sample sample;
    try {
      sample = part(place).get(place.index);
    } catch (const UnreadableError& error) {
      for (std::size_t s = 0; s < result_.sources.size(); ++s) {
        ++result_.sources[s].missing;
        count_unreadable(s, part(place).name(place.index), error.what());
      }
      return;
    }
    for (std::size_t s = 0; s < sample.values.size(); ++s) {
      SourceSurvey& source = result_.sources[s];
      if (sample.values[s].empty()) {
        ++source.missing;
      } else {
        ++source.present;
        measure(s, sample.values[s]);
        if (kind_of(s).sort != nullptr) ++source.sorts[kind_of(s).sort(sample.values[s])];
        find_defects(s, sample.values[s]);
        compare(s, sample.values[s], place);
      }
    }
  }

  void measure(std::size_t s, const cv::Mat& value) {
    SourceSurvey& source = result_.sources[s];
    Gathered& gathered = gathered_[s];
    SourceShape shape{value.channels(), 0, 0};
    if (value.dims == 3) {
      shape = {value.size[0], value.size[1], value.size[2]};
    } else {
      shape.height = value.rows;
      shape.width = value.cols;
    }
    if (source.present == 1) source.smallest = source.largest = shape;
    source.smallest.height = std::min(source.smallest.height, shape.height);
    source.smallest.width = std::min(source.smallest.width, shape.width);
    source.largest.height = std::max(source.largest.height, shape.height);
    source.largest.width = std::max(source.largest.width, shape.width);
    if (value.depth() != CV_32F && value.depth() != CV_64F) {
      double least = 0, greatest = 0;
      cv::minMaxIdx(value.reshape(1), &least, &greatest);
      source.least = std::min(source.least, least);
      source.greatest = std::max(source.greatest, greatest);
      gathered.values += static_cast<std::int64_t>(value.total());
      return;
    }
    // A table has a number a column, a series a row a channel; of bands the numbers of a pixel
    // stand side by side.
    const bool side_by_side = value.channels() > 1;
    const Numbers x(value.dims == 2 ? value.reshape(1) : value);
    const std::size_t columns = gathered.least.size();
    const std::size_t each = std::max<std::size_t>(1, x.size() / std::max<std::size_t>(1, columns));
    for (std::size_t i = 0; i < x.size(); ++i) {
      ++gathered.values;
      if (std::isnan(x[i])) {
        ++gathered.absent;
        continue;
      }
      if (const std::size_t c = side_by_side ? i % columns : i / each; c < columns) {
        gathered.least[c] = std::min(gathered.least[c], x[i]);
        gathered.greatest[c] = std::max(gathered.greatest[c], x[i]);
        if (!splits_.train->sources()[s].columns[c].categories.empty()) continue;
      }
      source.least = std::min(source.least, x[i]);
      source.greatest = std::max(source.greatest, x[i]);
    }
  }

  void find_defects(std::size_t s, const cv::Mat& value) {
    const std::span<const Defect> defects = kind_of(s).defects;
    for (std::size_t d = 0; d < defects.size(); ++d)
      gathered_[s].defects[d] += defects[d].has(value);
  }

  void compare(std::size_t s, const cv::Mat& value, const SamplePlace& place) {
    const auto tells_samples_apart = kind_of(s).tells_samples_apart;
    if (tells_samples_apart != nullptr && !tells_samples_apart(splits_.train->sources()[s])) return;
    Gathered& gathered = gathered_[s];
    gathered.contents.push_back(
        {content_hash(value), static_cast<std::uint32_t>(place.index), place.test});
  }

  /// Counts the contents that stand more than once.
  void count_duplicates(std::size_t s) {
    Gathered& gathered = gathered_[s];
    std::sort(gathered.contents.begin(), gathered.contents.end());
    for (std::size_t i = 1; i < gathered.contents.size(); ++i) {
      const Content& before = gathered.contents[i - 1];
      const Content& own = gathered.contents[i];
      if (own.hash != before.hash) continue;
      const auto pair = [&] { return fmt::format("{} and {}", name_of(before), name_of(own)); };
      if (result_.sources[s].duplicates++ == 0) gathered.repeated = pair();
      if (own.test != before.test && gathered.across++ == 0) gathered.repeated_across = pair();
    }
    gathered.contents = {};
  }

  void finish() {
    for (std::size_t s = 0; s < result_.sources.size(); ++s) {
      count_duplicates(s);
      SourceSurvey& source = result_.sources[s];
      const Gathered& gathered = gathered_[s];
      if (gathered.values > 0)
        source.missing_values =
            static_cast<double>(gathered.absent) / static_cast<double>(gathered.values);
      if (source.least > source.greatest) source.least = source.greatest = 0;
      warn_of_columns(s);
      const auto warn = [&](std::int64_t count, std::string_view what) {
        if (count > 0)
          result_.warnings.push_back(fmt::format("\"{}\": {} {}", source.name, count, what));
      };
      for (std::size_t d = 0; d < gathered.defects.size(); ++d)
        warn(gathered.defects[d], kind_of(s).defects[d].warning);
      warn(source.unreadable, "files are missing or can't be read, such as " + gathered.unreadable);
      warn(source.duplicates, "samples repeat another's content, such as " + gathered.repeated);
      warn(gathered.across,
           "of them are in both the training and the test part: held-out content was seen in "
           "training, such "
           "as " +
               gathered.repeated_across);
    }
    warn_of_classes();
  }

  void warn_of_columns(std::size_t s) {
    const Source& source = splits_.train->sources()[s];
    std::string constant;
    std::int64_t count = 0;
    for (std::size_t c = 0; c < source.columns.size(); ++c) {
      if (gathered_[s].least[c] < gathered_[s].greatest[c]) continue;
      if (++count <= 5) constant += (count > 1 ? ", " : "") + source.columns[c].name;
    }
    if (count > 0)
      result_.warnings.push_back(fmt::format("\"{}\": {} {} are constant and tell nothing: {}{}",
                                             source.name, count,
                                             source.kind == SourceKind::bands ? "bands" : "columns",
                                             constant, count > 5 ? ", …" : ""));
  }

  void warn_of_classes() {
    if (result_.classes.size() == 1)
      result_.warnings.push_back(
          fmt::format("every label is \"{}\": there is nothing to predict", result_.classes[0]));
  }

  const Splits& splits_;
  Survey result_;
  std::vector<Gathered> gathered_;
};

}  // namespace

std::uint64_t content_hash(const cv::Mat& value) {
  const cv::Mat whole = value.isContinuous() ? value : value.clone();
  return name_hash({reinterpret_cast<const char*>(whole.data), whole.total() * whole.elemSize()});
}

Survey survey(const Splits& splits, const std::function<void(double)>& progress) {
  return Surveyor(splits).run(progress);
}

nlohmann::json to_json(const Survey& survey) {
  const auto shape = [](const SourceShape& s) {
    return nlohmann::json{s.channels, s.height, s.width};
  };
  nlohmann::json sources = nlohmann::json::array();
  for (const SourceSurvey& s : survey.sources)
    sources.push_back({{"name", s.name},
                       {"kind", s.kind},
                       {"present", s.present},
                       {"missing", s.missing},
                       {"unreadable", s.unreadable},
                       {"smallest", shape(s.smallest)},
                       {"largest", shape(s.largest)},
                       {"least", s.least},
                       {"greatest", s.greatest},
                       {"missing_values", s.missing_values},
                       {"duplicates", s.duplicates},
                       {"sorts", s.sorts}});
  nlohmann::json targets = nullptr;
  if (survey.has_targets) targets = {survey.least_target, survey.greatest_target};
  return {{"train_samples", survey.train_samples},
          {"test_samples", survey.test_samples},
          {"labelled", survey.labelled},
          {"classes", survey.classes},
          {"targets", targets},
          {"train_per_class", survey.train_per_class},
          {"test_per_class", survey.test_per_class},
          {"sources", sources},
          {"warnings", survey.warnings}};
}

}  // namespace cmc::data
