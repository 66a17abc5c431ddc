#include "cmc/views/sources/subwords.h"

#include <fmt/format.h>
#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "cmc/data/decode/decode_text.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/utf8.h"
#include "cmc/views/sources/word_grams.h"

namespace cmc::views {
namespace {

/// Reads a variable-length number of Protocol Buffers at `at`, which moves behind it; false where
/// the bytes end.
bool read_number(std::string_view bytes, std::size_t& at, std::uint64_t& number) {
  number = 0;
  for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    number |= static_cast<std::uint64_t>(byte & 0x7fu) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

/// The fields of a model, all of which are messages; nothing of a file that is none or ends within
/// one. A model that is cut between fields parses, and would cut texts otherwise.
std::set<std::uint64_t> fields_of(std::string_view model) {
  constexpr std::uint64_t message = 2;
  std::set<std::uint64_t> fields;
  for (std::size_t at = 0; at < model.size();) {
    std::uint64_t key = 0, size = 0;
    if (!read_number(model, at, key) || (key & 7) != message || !read_number(model, at, size) ||
        size > model.size() - at)
      return {};
    fields.insert(key >> 3);
    at += size;
  }
  return fields;
}

/// Sentences of a data set's texts, one a sample.
class Texts : public sentencepiece::SentenceIterator {
 public:
  Texts(const data::Dataset& data, std::size_t source) : data_(data), source_(source) { find(); }

  bool done() const override { return index_ >= data_.size(); }
  void Next() override {
    ++index_;
    find();
  }
  const std::string& value() const override { return text_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  void find() {
    for (; index_ < data_.size(); ++index_) {
      try {
        if (const cv::Mat value = data_.value(index_, source_); !value.empty()) {
          text_ = data::text_of(value);
          return;
        }
      } catch (const UnreadableError&) {
        continue;  // the loader counts it
      }
    }
  }

  const data::Dataset& data_;
  std::size_t source_;
  std::int64_t index_ = 0;
  std::string text_;
};

}  // namespace

Subwords::Subwords(const std::string& model, const std::string& what)
    : processor_(std::make_unique<sentencepiece::SentencePieceProcessor>()) {
  const std::set<std::uint64_t> fields = fields_of(model);
  check(!fields.empty(), "{}: not a model of SentencePiece, or one that is cut short", what);
  // Pieces, how they were trained, how texts are normalised.
  for (const std::uint64_t field : {1, 2, 3})
    check(fields.contains(field),
          "{}: a model of SentencePiece without its part {} of 3: it is cut short, or of a version "
          "that this libsentencepiece doesn't read",
          what, field);
  const auto status = processor_->LoadFromSerializedProto(model);
  check(status.ok(), "{}: not a model of SentencePiece that this libsentencepiece reads: {}", what,
        std::string(status.message()));
}

Subwords::~Subwords() = default;

std::vector<std::int32_t> Subwords::of(const std::vector<std::u32string>& words) const {
  std::string text;
  for (const std::u32string& word : words) {
    if (!text.empty()) text += ' ';
    for (const char32_t point : word) files::append_utf8(point, text);
  }
  std::vector<int> ids;
  const auto status = processor_->Encode(text, &ids);
  check(status.ok(), "SentencePiece can't cut \"{}\": {}", text, std::string(status.message()));
  std::vector<std::int32_t> numbers;
  for (const int id : ids) numbers.push_back(id + 1);
  return numbers;
}

std::int64_t Subwords::symbols() const {
  return std::max(256, processor_->GetPieceSize() + 1);
}

std::string read_subwords(const std::filesystem::path& file, const std::string& what) {
  std::vector<std::uint8_t> bytes;
  try {
    files::read_file(file, bytes);
  } catch (const Error& error) {
    fail("{}: tokenizer: {}", what, error.what());
  }
  std::string model(bytes.begin(), bytes.end());
  const std::size_t first = model.find_first_not_of(" \t\r\n");
  const std::string where = fmt::format("{}: tokenizer = \"{}\"", what, file.string());
  check(first == std::string::npos || model[first] != '{',
        "{}: this is JSON, such as the package tokenizers writes; a model of SentencePiece, NAME"
        ".model, was expected",
        where);
  const Subwords refuses_others(model, where);
  return model;
}

std::string train_subwords(const data::Dataset& train, std::size_t source, std::int64_t pieces,
                           const std::string& what) {
  Texts texts(train, source);
  std::string model;
  const std::unordered_map<std::string, std::string> options = {
      {"vocab_size", std::to_string(pieces)},
      {"hard_vocab_limit", "false"},
      {"character_coverage", "1"},
      {"model_type", "unigram"},
      {"num_threads", "1"},
      {"max_sentence_length", std::to_string(data::longest_text)},
      {"minloglevel", "3"}};
  const auto status = sentencepiece::SentencePieceTrainer::Train(options, &texts, &model);
  check(status.ok(), "{}: no tokenizer can be trained on these texts: SentencePiece says {}", what,
        std::string(status.message()));
  return model;
}

}  // namespace cmc::views
