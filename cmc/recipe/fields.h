#pragma once

#include <toml++/toml.h>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cmc/recipe/field_reference.h"

namespace cmc::recipe {

/// No number of a recipe is beyond this where it has no narrower range: what is counted by it and
/// multiplied with it stays far from overflow.
inline constexpr double most = 1e9;

/// The values that a number of a recipe may take.
struct Range {
  double low = -most;
  double high = most;
  bool open_low = false;

  bool contains(double value) const {
    return (open_low ? value > low : value >= low) && value <= high;
  }
  /// Such as "> 0", "≥ 1", "0 to 1"; empty where any number up to `most` will do.
  std::string text() const;
};

inline Range at_least(double low) {
  return {.low = low};
}
inline Range above(double low, double high = most) {
  return {.low = low, .high = high, .open_low = true};
}
inline Range between(double low, double high) {
  return {.low = low, .high = high};
}

/// A value as a person writes it: a number with no more digits than it needs to be read back.
std::string shown(const toml::node& node);

/// One table of a recipe, read into option structs. Every struct has one `describe` function that
/// names its fields to a visitor; this one fills them from TOML, FieldWriter turns them into TOML,
/// FieldLister into documentation. Errors name the key, its line and what would be right.
class FieldReader {
 public:
  /// `source` names the file; `path` is the table's own, such as "train" (empty at the top).
  FieldReader(const toml::table& table, std::string source, std::string path = "");

  template <class T>
  void field(const std::string& key, T& value, const char* /*help*/, Range range = {}) {
    if (const toml::node* node = take(key)) read(key, *node, value, range);
  }
  void choice(const std::string& key, std::string& value, const std::vector<std::string>& choices,
              const char* help);
  template <class Describe>
  void table(const std::string& key, const char* /*help*/, Describe&& describe) {
    const toml::node* node = take(key);
    FieldReader inner(as_table(key, node), source_, path_.empty() ? key : path_ + "." + key);
    describe(inner);
    inner.finish();
  }
  /// A list of tables, [[key]] each; `element` is what one starts from.
  template <class T, class Describe>
  void tables(const std::string& key, std::vector<T>& value, const T& element, const char* /*help*/,
              Describe&& describe) {
    const toml::node* node = take(key);
    const toml::array* array = as_tables(key, node);
    value.clear();
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      const std::string path =
          (path_.empty() ? key : path_ + "." + key) + "[" + std::to_string(i) + "]";
      FieldReader inner(*array->get_as<toml::table>(i), source_, path);
      value.push_back(element);
      describe(inner, value.back());
      inner.finish();
    }
  }
  /// A table, or a text that stands for the table with nothing but `name` set to it.
  template <class Describe>
  void named_table(const std::string& key, const std::string& name, const char* /*help*/,
                   Describe&& describe) {
    const toml::node* node = take(key);
    toml::table named;
    if (node != nullptr && node->is_string()) named.insert(name, *node->value_exact<std::string>());
    const toml::table& table = named.empty() ? as_table(key, node) : named;
    FieldReader inner(table, source_, path_.empty() ? key : path_ + "." + key);
    describe(inner);
    inner.finish();
  }
  /// Fails at the table itself, for what concerns several fields.
  [[noreturn]] void refuse(const std::string& key, const std::string& why) const;
  /// Of these keys, those that this table doesn't have are told apart from misspelt ones.
  void belongs_elsewhere(const std::vector<FieldReference>& keys) { elsewhere_ = keys; }
  /// Throws UsageError for the first key that no field asked for, naming the nearest that exists.
  void finish() const;

 private:
  const toml::node* take(const std::string& key);
  const toml::table& as_table(const std::string& key, const toml::node* node) const;
  const toml::array* as_tables(const std::string& key, const toml::node* node) const;
  std::string where(const std::string& key, const toml::node& node) const;
  void read(const std::string& key, const toml::node& node, std::int64_t& value, Range range) const;
  void read(const std::string& key, const toml::node& node, double& value, Range range) const;
  void read(const std::string& key, const toml::node& node, bool& value, Range range) const;
  void read(const std::string& key, const toml::node& node, std::string& value, Range range) const;
  void read(const std::string& key, const toml::node& node, std::vector<std::int64_t>& value,
            Range range) const;
  void read(const std::string& key, const toml::node& node, std::vector<double>& value,
            Range range) const;
  void read(const std::string& key, const toml::node& node, std::vector<std::string>& value,
            Range range) const;
  /// Throws UsageError unless the range contains the number.
  void check_range(const std::string& key, const toml::node& node, double number,
                   const std::string& shown, Range range) const;
  template <class T>
  void read_list(const std::string& key, const toml::node& node, std::vector<T>& value,
                 Range range) const;

  const toml::table& table_;
  std::string source_;
  std::string path_;
  std::vector<std::string> known_;
  std::vector<FieldReference> elsewhere_;
};

/// Turns option structs into the TOML that FieldReader would read them from.
class FieldWriter {
 public:
  template <class T>
  void field(const std::string& key, T& value, const char* /*help*/, Range /*range*/ = {}) {
    if constexpr (std::is_same_v<T, std::vector<std::int64_t>> ||
                  std::is_same_v<T, std::vector<double>> ||
                  std::is_same_v<T, std::vector<std::string>>) {
      toml::array array;
      for (const auto& element : value) array.push_back(element);
      table_.insert_or_assign(key, array);
    } else {
      table_.insert_or_assign(key, value);
    }
  }
  void choice(const std::string& key, std::string& value,
              const std::vector<std::string>& /*choices*/, const char* /*help*/) {
    table_.insert_or_assign(key, value);
  }
  template <class Describe>
  void table(const std::string& key, const char* /*help*/, Describe&& describe) {
    FieldWriter inner;
    describe(inner);
    table_.insert_or_assign(key, inner.table_);
  }
  template <class T, class Describe>
  void tables(const std::string& key, std::vector<T>& value, const T& /*element*/,
              const char* /*help*/, Describe&& describe) {
    if (value.empty()) return;
    toml::array array;
    for (T& element : value) {
      FieldWriter inner;
      describe(inner, element);
      array.push_back(inner.table_);
    }
    table_.insert_or_assign(key, array);
  }
  template <class Describe>
  void named_table(const std::string& key, const std::string& /*name*/, const char* help,
                   Describe&& describe) {
    table(key, help, describe);
  }
  const toml::table& result() const { return table_; }

 private:
  toml::table table_;
};

/// Lists the fields with their defaults and ranges.
class FieldLister {
 public:
  template <class T>
  void field(const std::string& key, T& value, const char* help, Range range = {}) {
    FieldWriter writer;
    writer.field(key, value, help, range);
    add(key, writer.result(), range.text(), help);
  }
  void choice(const std::string& key, std::string& value, const std::vector<std::string>& choices,
              const char* help);
  template <class Describe>
  void table(const std::string& key, const char* /*help*/, Describe&& describe) {
    FieldLister inner;
    inner.path_ = path_.empty() ? key : path_ + "." + key;
    describe(inner);
    references_.insert(references_.end(), inner.references_.begin(), inner.references_.end());
  }
  template <class T, class Describe>
  void tables(const std::string& key, std::vector<T>& /*value*/, const T& element, const char* help,
              Describe&& describe) {
    T copy = element;
    table(key, help, [&](FieldLister& inner) { describe(inner, copy); });
  }
  template <class Describe>
  void named_table(const std::string& key, const std::string& /*name*/, const char* help,
                   Describe&& /*describe*/) {
    references_.push_back({path_.empty() ? key : path_ + "." + key, "", "", help});
  }
  const std::vector<FieldReference>& result() const { return references_; }

 private:
  void add(const std::string& key, const toml::table& table, std::string range, const char* help);

  std::string path_;
  std::vector<FieldReference> references_;
};

}  // namespace cmc::recipe
