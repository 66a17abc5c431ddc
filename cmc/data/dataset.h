#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "cmc/data/sample.h"
#include "cmc/data/source.h"
#include "cmc/data/unreadable.h"
#include "cmc/error.h"

namespace cmc::data {

/// Samples by index. Every member is safe to call from several threads.
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual std::int64_t size() const = 0;

  /// Reads sample `index`, 0 ≤ index < size(). Throws UnreadableError where this one sample can't
  /// be read and others can; Error where the data set itself is damaged.
  virtual Sample get(std::int64_t index) const = 0;

  /// The value of one source of a sample, as get() has it, without reading the others. Of a sound
  /// whose file can be entered anywhere, and of a picture in a JPEG, the part that `choose` names
  /// is read, perhaps with more around it; of other values all is. Throws what get() throws of that
  /// value, whichever part is chosen.
  virtual Excerpt excerpt(std::int64_t index, std::size_t source,
                          const ChoosePart& /*choose*/) const {
    return whole(get(index).values[source]);
  }

  /// The same, whole.
  cv::Mat value(std::int64_t index, std::size_t source) const {
    return excerpt(index, source, {}).value;
  }

  /// The label of a sample without reading its values; no_label where it has none.
  virtual std::int64_t label(std::int64_t index) const = 0;

  /// Whether the labels are numbers, the targets of a regression, and no classes: then classes() is
  /// empty, label() is no_label, and target() has them.
  virtual bool has_targets() const { return false; }

  /// The number that labels a sample, without reading its values; NaN where it has none.
  virtual double target(std::int64_t /*index*/) const {
    return std::numeric_limits<double>::quiet_NaN();
  }

  /// Names of the classes, by label; empty where there are no labels.
  virtual const std::vector<std::string>& classes() const = 0;

  /// Where a sample's values come from, at least one; a data set of pictures has one.
  virtual const std::vector<Source>& sources() const = 0;

  /// What a person would call sample `index`: its file, or its place in one.
  virtual std::string name(std::int64_t index) const = 0;

  /// The row of the input that sample `index` is, counted from 0 over all parts: of a manifest, its
  /// header aside; of a folder of pictures in the order of their paths; of files of many pictures,
  /// the training files' and then the test files'. It is the one number by which a sample is
  /// called, in what is printed and in what is written.
  virtual std::int64_t row(std::int64_t index) const { return index; }

  /// The part that sample `index` is of, "train" or "test"; empty where the data isn't divided.
  virtual std::string_view part(std::int64_t /*index*/) const { return {}; }

  /// What samples that belong together have in common, such as the frames of one recording: parts
  /// of a data set never tear a group apart. A sample's own name where there are no groups.
  virtual std::string group(std::int64_t index) const { return name(index); }

  /// Whether the data set says that a sample has a value of this source, such as a manifest's cell
  /// that is not empty. Reads no file.
  virtual bool has(std::int64_t /*index*/, std::size_t /*source*/) const { return true; }

  /// A number for each sample, the same for samples that are marked as duplicates of each other,
  /// and thus no negatives; empty where none are marked.
  virtual std::vector<std::int64_t> duplicates() const { return {}; }

  /// A number for each sample, the same for samples whose cells in this column of a manifest are
  /// alike, from 0 on; −1 where the cell is missing. Throws Error where the data set is no manifest
  /// or has no such column; `what` asks for it.
  virtual std::vector<std::int64_t> column_groups(const std::string& column,
                                                  const std::string& what) const {
    fail(
        "{} asks for the column \"{}\", and only a manifest has columns; this data has labels "
        "alone, \"label\"",
        what, column);
  }

  /// The samples that a manifest's cells in this column name, for each sample the indices of those
  /// in its cell, −1 for one that is of another part: by their key, or without keys by their row,
  /// counted from 0; several in a cell are separated by semicolons. Throws Error, with the row,
  /// where a cell names no sample (with the nearest key) or the sample itself, and as column_groups
  /// does.
  virtual std::vector<std::vector<std::int64_t>> column_samples(const std::string& column,
                                                                const std::string& what) const {
    fail("{} asks for the column \"{}\", and only a manifest has columns", what, column);
  }

  /// Values that could not be read so far and count as missing.
  virtual std::vector<UnreadableSample> unreadable() const { return {}; }
};

}  // namespace cmc::data
