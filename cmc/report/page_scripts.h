#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace cmc::report {

/// Scripts by their SHA-256 digests (assets.h), as a page's Content-Security-Policy allows them.
std::string script_sources(const std::vector<std::string_view>& digests);

/// JSON that may stand inside a <script> element: no text in it can close that element.
std::string script_json(const nlohmann::json& data);

}  // namespace cmc::report
