#pragma once

#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <string>
#include <string_view>

namespace cmc::data {

/// Bytes of the longest text that is taken.
inline constexpr std::size_t longest_text = std::size_t{1} << 20;

/// A text in UTF-8 as a value of the kind text (SourceKind): its code points in the normal form NFC
/// (Unicode Standard Annex #15). Throws UnreadableError where it is longer than longest_text, where
/// a byte is not UTF-8, naming it, and where it holds nothing but white space.
cv::Mat decode_text(std::string_view utf8);

/// Such a value in UTF-8.
std::string text_of(const cv::Mat& value);

/// The script that most of a value's letters are of, by its name in Unicode: "Latin", "Cyrillic",
/// "Han"; "Common" where there is no letter.
std::string script_of(const cv::Mat& value);

}  // namespace cmc::data
