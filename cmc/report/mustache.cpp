#include "cmc/report/mustache.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "cmc/error.h"

namespace cmc::report {
namespace {

using nlohmann::json;

constexpr auto npos = std::string_view::npos;

struct Tag {
  std::size_t begin = 0, end = 0;  // of the tag in the text, its braces included
  char kind = 0;                   // '#', '^', '/', '{', or 0 for an escaped value
  std::string_view name;
};

bool is_false(const json& value) {
  return value.is_null() || value == false || (value.is_array() && value.empty()) || value == "";
}

std::string to_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class Renderer {
 public:
  explicit Renderer(std::string_view text) : text_(text) {}

  /// Renders [begin, end) of the text within `scopes`, the innermost last.
  void render(std::size_t begin, std::size_t end, std::vector<const json*>& scopes) {
    for (Tag tag; next(begin, end, tag);) {
      out_.append(text_.substr(begin, tag.begin - begin));
      begin = tag.end;
      if (tag.kind == '#' || tag.kind == '^') {
        const Tag close = matching(tag, end);
        section(tag, close.begin, lookup(tag.name, scopes), scopes);
        begin = close.end;
      } else {
        const std::string value = to_text(lookup(tag.name, scopes));
        out_ += tag.kind == '{' ? value : escape_html(value);
      }
    }
    out_.append(text_.substr(begin, end - begin));
  }

  std::string take() { return std::move(out_); }

 private:
  bool next(std::size_t from, std::size_t end, Tag& tag) const {
    tag.begin = text_.find("{{", from);
    if (tag.begin == npos || tag.begin >= end) return false;
    std::size_t inside = tag.begin + 2;
    tag.kind = std::string_view("#^/{").find(text_[inside]) != npos ? text_[inside++] : '\0';
    const std::string_view closing = tag.kind == '{' ? "}}}" : "}}";
    const std::size_t close = text_.find(closing, inside);
    check(close != npos, "report template: a tag at byte {} has no end", tag.begin);
    tag.name = text_.substr(inside, close - inside);
    tag.end = close + closing.size();
    return true;
  }

  Tag matching(const Tag& open, std::size_t end) const {
    int depth = 1;
    std::size_t from = open.end;
    for (Tag tag; next(from, end, tag); from = tag.end) {
      if (tag.name != open.name) continue;
      if (tag.kind == '#' || tag.kind == '^') ++depth;
      if (tag.kind == '/' && --depth == 0) return tag;
    }
    fail("report template: section \"{}\" has no end", open.name);
  }

  void section(const Tag& open, std::size_t end, const json& value,
               std::vector<const json*>& scopes) {
    if (open.kind == '^') {
      if (is_false(value)) render(open.end, end, scopes);
    } else if (value.is_array()) {
      for (const json& element : value) inside(element, open.end, end, scopes);
    } else if (!is_false(value)) {
      inside(value, open.end, end, scopes);
    }
  }

  void inside(const json& scope, std::size_t begin, std::size_t end,
              std::vector<const json*>& scopes) {
    scopes.push_back(&scope);
    render(begin, end, scopes);
    scopes.pop_back();
  }

  static const json& lookup(std::string_view name, const std::vector<const json*>& scopes) {
    if (name == ".") return *scopes.back();
    for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
      if (!(*scope)->is_object()) continue;
      const auto found = (*scope)->find(std::string(name));
      if (found != (*scope)->end()) return *found;
    }
    fail("report template: nothing is named \"{}\"", name);
  }

  std::string_view text_;
  std::string out_;
};

}  // namespace

std::string escape_html(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string render_mustache(std::string_view text, const nlohmann::json& values) {
  Renderer renderer(text);
  std::vector<const json*> scopes = {&values};
  renderer.render(0, text.size(), scopes);
  return renderer.take();
}

}  // namespace cmc::report
