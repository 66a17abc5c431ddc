#include "cmc/views/sources/subwords.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <set>
#include <string_view>

#include "cmc/data/decode/decode_text.h"
#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "cmc/files/utf8.h"
#include "cmc/pieces/pieces.h"
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

/// The functions of libcmc_pieces.so, which is opened once and stays.
struct Pieces {
  decltype(&cmc_pieces_open) open;
  decltype(&cmc_pieces_close) close;
  decltype(&cmc_pieces_count) count;
  decltype(&cmc_pieces_cut) cut;
  decltype(&cmc_pieces_train) train;
};

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  check(function != nullptr, "libcmc_pieces.so.0 has no {}: it is of another version of cmc", name);
}

const Pieces& pieces() {
  static const Pieces known = [] {
    void* const library = dlopen("libcmc_pieces.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND);
    check(library != nullptr, "texts as subwords need libcmc_pieces.so.0, beside libcmc: {}",
          library == nullptr ? dlerror() : "");
    Pieces found{};
    find(library, "cmc_pieces_open", found.open);
    find(library, "cmc_pieces_close", found.close);
    find(library, "cmc_pieces_count", found.count);
    find(library, "cmc_pieces_cut", found.cut);
    find(library, "cmc_pieces_train", found.train);
    return found;
  }();
  return known;
}

/// What the library is told, and what it tells.
struct Told {
  std::string text;
  std::vector<std::int32_t> numbers;

  static void say(void* told, const char* text, std::size_t size) {
    static_cast<Told*>(told)->text.assign(text, size);
  }
  static void take(void* told, int piece) {
    static_cast<Told*>(told)->numbers.push_back(piece + 1);
  }
};

/// The bytes of a text's first stretch: all of a short one; else up to a space, or where there is
/// none between two characters.
std::size_t stretch_of(std::string_view text) {
  // What repeats within a text costs the trainer time that grows with the square of its length.
  constexpr std::size_t longest = 4096;
  if (text.size() <= longest) return text.size();
  const std::size_t space = text.find_last_of(" \t\n", longest);
  if (space != std::string_view::npos && space > 0) return space;
  return files::utf8_end(text.substr(0, longest));
}

/// Texts of a data set, one after the other, long ones in stretches.
struct Texts : Told {
  const data::Dataset* data = nullptr;
  std::size_t source = 0;
  std::int64_t index = 0;
  std::string current;
  std::size_t at = 0;             ///< where the rest of it begins
  std::exception_ptr error = {};  ///< of a text that can't be left out

  static bool next(void* texts, const char** text, std::size_t* size) {
    Texts& own = *static_cast<Texts*>(static_cast<Told*>(texts));
    if (own.at >= own.current.size() && !own.read()) return false;
    *text = own.current.data() + own.at;
    *size = stretch_of(std::string_view(own.current).substr(own.at));
    own.at += *size;
    return true;
  }

 private:
  /// The next text that is not empty.
  bool read() {
    while (index < data->size()) {
      try {
        const cv::Mat value = data->value(index++, source);
        if (value.empty()) continue;
        current = data::text_of(value);
        at = 0;
        if (!current.empty()) return true;
      } catch (const UnreadableError&) {
        continue;  // the loader counts it
      } catch (...) {
        error = std::current_exception();  // not through the library
        return false;
      }
    }
    return false;
  }
};

}  // namespace

Subwords::Subwords(const std::string& model, const std::string& what) {
  const std::set<std::uint64_t> fields = fields_of(model);
  check(!fields.empty(), "{}: not a model of SentencePiece, or one that is cut short", what);
  // Pieces, how they were trained, how texts are normalised.
  for (const std::uint64_t field : {1, 2, 3})
    check(fields.contains(field),
          "{}: a model of SentencePiece without its part {} of 3: it is cut short, or of a version "
          "that this libsentencepiece doesn't read",
          what, field);
  Told told;
  void* const opened = pieces().open(model.data(), model.size(), Told::say, &told);
  check(opened != nullptr, "{}: not a model of SentencePiece that this libsentencepiece reads: {}",
        what, told.text);
  model_ = std::shared_ptr<void>(opened, pieces().close);
}

std::vector<std::int32_t> Subwords::of(const std::vector<std::u32string>& words) const {
  std::string text;
  for (const std::u32string& word : words) {
    if (!text.empty()) text += ' ';
    for (const char32_t point : word) files::append_utf8(point, text);
  }
  Told told;
  const bool cut =
      pieces().cut(model_.get(), text.data(), text.size(), Told::take, Told::say, &told);
  check(cut, "SentencePiece can't cut \"{}\": {}", text, told.text);
  return std::move(told.numbers);
}

std::int64_t Subwords::symbols() const {
  return std::max(256, pieces().count(model_.get()) + 1);
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
  Texts texts;
  texts.data = &train;
  texts.source = source;
  Told& told = texts;
  const bool trained =
      views::pieces().train(Texts::next, static_cast<int>(pieces), Told::say, &told);
  if (texts.error) std::rethrow_exception(texts.error);
  check(trained, "{}: no tokenizer can be trained on these texts: SentencePiece says {}", what,
        told.text);
  return std::move(told.text);
}

}  // namespace cmc::views
