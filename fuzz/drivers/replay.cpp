// Reads every kept input once: fuzz_replay FOLDER…, where FOLDER/READER/* are a reader's inputs.
// Each must be read or be refused by Error, and at least one of a reader's must be read, or its
// seeds would lead nowhere.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/file_bytes.h"
#include "fuzz/readers.h"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> inputs_of(std::string_view reader, int argc, char** argv) {
  std::vector<fs::path> inputs;
  for (int i = 1; i < argc; ++i) {
    const fs::path folder = fs::path(argv[i]) / reader;
    if (!fs::is_directory(folder)) continue;
    for (const auto& entry : fs::directory_iterator(folder)) inputs.push_back(entry.path());
  }
  std::ranges::sort(inputs);
  return inputs;
}

/// Says before it reads what it reads, so that a crash's input is known.
bool is_accepted(const cmc::fuzz::Reader& reader, const fs::path& path) {
  std::printf("%s: ", path.c_str());
  std::fflush(stdout);
  std::vector<std::uint8_t> bytes;
  cmc::files::read_file(path, bytes);
  try {
    reader.read(bytes);
  } catch (const cmc::Error& error) {
    std::printf("refused: %s\n", error.what());
    return false;
  }
  std::printf("read\n");
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  int failures = 0;
  for (const cmc::fuzz::Reader& reader : cmc::fuzz::readers) {
    int accepted = 0;
    for (const fs::path& path : inputs_of(reader.name, argc, argv)) {
      try {
        accepted += is_accepted(reader, path);
      } catch (const std::exception& error) {
        std::printf("FAILED: %s\n", error.what());
        ++failures;
      }
    }
    if (accepted > 0) continue;
    std::printf("%s: FAILED: none of its inputs can be read\n", std::string(reader.name).c_str());
    ++failures;
  }
  return failures > 0;
}
