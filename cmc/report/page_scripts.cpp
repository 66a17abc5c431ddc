#include "cmc/report/page_scripts.h"

#include "cmc/files/base64.h"
#include "cmc/files/json_text.h"

namespace cmc::report {

std::string script_sources(const std::vector<std::string_view>& digests) {
  std::string sources;
  for (const std::string_view sha256 : digests) {
    std::string bytes;
    for (std::size_t i = 0; i < sha256.size(); i += 2)
      bytes.push_back(static_cast<char>(std::stoi(std::string(sha256.substr(i, 2)), nullptr, 16)));
    sources += (sources.empty() ? "'sha256-" : " 'sha256-") + files::base64(bytes) + "'";
  }
  return sources;
}

std::string script_json(const nlohmann::json& data) {
  std::string text;
  for (const char c : files::json_text(data))
    text += c == '<' ? std::string("\\u003c") : std::string(1, c);
  return text;
}

}  // namespace cmc::report
