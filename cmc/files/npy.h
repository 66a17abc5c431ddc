#pragma once

#include <cstdint>
#include <filesystem>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cmc::files {

/// An array in NumPy's format (.npy, versions 1 to 3) whose numbers stay where they are in a file's
/// bytes until they are read: bool, integers of up to 64 bits, float16, float32 or float64, in
/// either byte order, in C or Fortran order.
///
/// What is read are float32, and float64 of integers of 32 bits and more and of float64, which
/// float32 would round. NaN stands for a number that is missing.
class NpyArray {
 public:
  /// `file`: all bytes, which the caller keeps; `path` names them in errors. Throws UnreadableError
  /// for another kind of file, an array of objects, texts, times, records or complex numbers, with
  /// what to save in its place; for a damaged shape, and a file that is cut short.
  NpyArray(std::span<const std::uint8_t> file, const std::string& path);

  /// As NumPy has it; a single number is of the shape [1].
  const std::vector<std::int64_t>& shape() const { return shape_; }

  /// NumPy's code for the type of its numbers, without the byte order: "u2", "f4".
  std::string_view type() const;

  /// All of it, of one, two or three dimensions besides leading ones of size 1. One dimension is
  /// read as 1 × T. Throws UnreadableError for more dimensions, and, with its place, for a number
  /// that is infinite as float32.
  cv::Mat read() const;

  /// Element `row` of the first dimension, 0 ≤ row < shape()[0], read in the same way.
  cv::Mat read_row(std::int64_t row) const;

 private:
  struct NumberType;

  /// The part behind the first `fixed` dimensions, which starts at number `first`.
  cv::Mat read_from(std::size_t fixed, std::int64_t first) const;

  std::string path_;
  const NumberType* type_ = nullptr;
  bool swapped_ = false;
  std::vector<std::int64_t> shape_, strides_;  // strides in numbers
  std::span<const std::uint8_t> numbers_;
};

/// The header of a .npy file (version 1) of float32 rows, little-endian, in C order: 128 bytes for
/// any number of rows, so that it can be written when they are known.
std::string npy_header(std::int64_t rows, std::int64_t columns);

/// Reads the array of a .npy file, or of a .npz file the one named `entry` (npz_array). Throws what
/// they throw, and UnreadableError where there is no such file.
cv::Mat read_npy(const std::filesystem::path& path, const std::string& entry = {});

}  // namespace cmc::files
