#pragma once

#include <string_view>

/// The pages' files as the build embedded them, and the SHA-256 digests of the scripts, which a
/// page's Content-Security-Policy allows by name.
namespace cmc::report::assets {

extern const std::string_view report_html;
extern const std::string_view report_css;
extern const std::string_view report_js, report_js_sha256;
extern const std::string_view charts_js, charts_js_sha256;
extern const std::string_view comparison_html;
extern const std::string_view comparison_js, comparison_js_sha256;
extern const std::string_view chart_js, chart_js_sha256;

}  // namespace cmc::report::assets
