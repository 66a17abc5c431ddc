#include "cmc/encoders/network_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>
#include <string_view>

#include "cmc/error.h"
#include "cmc/files/file_bytes.h"

namespace cmc::encoders {
namespace {

using namespace std::string_view_literals;

/// What torch.save wrote before it wrote zip archives begins with this number, pickled.
constexpr auto legacy_checkpoint = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e"sv;

bool is_safetensors(std::string_view bytes) {
  if (bytes.size() < 10 || bytes[8] != '{') return false;
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length <= bytes.size() - 8;
}

/// By the names of an archive's records, which stand in its directory at the end.
NetworkFile archive(std::string_view bytes) {
  constexpr std::size_t most_directory = std::size_t{1} << 22;
  const std::string_view directory =
      bytes.substr(bytes.size() - std::min(bytes.size(), most_directory));
  const auto holds = [&](std::string_view name) {
    return directory.find(name) != std::string_view::npos;
  };
  if (holds("/constants.pkl"))
    return holds("/extra/cmc.json") ? NetworkFile::exported : NetworkFile::torchscript;
  return holds("/data.pkl") ? NetworkFile::checkpoint : NetworkFile::zip;
}

NetworkFile pickled(std::string_view bytes) {
  return bytes.substr(2).starts_with(legacy_checkpoint) ? NetworkFile::checkpoint
                                                        : NetworkFile::pickle;
}

/// `text` as one word of a shell's line.
std::string shell_word(std::string_view text) {
  std::string word = "'";
  for (const char letter : text)
    word += letter == '\'' ? std::string("'\"'\"'") : std::string(1, letter);
  return word + "'";
}

/// A line that runs Python's `code` with the file's path and that of the safetensors file as
/// sys.argv[1] and [2].
std::string python(std::string_view code, const std::filesystem::path& from,
                   const std::filesystem::path& to) {
  return fmt::format("python3 -c '{}' {} {}", code, shell_word(from.string()),
                     shell_word(to.string()));
}

}  // namespace

NetworkFile network_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path) && std::filesystem::file_size(path, error) == 0)
    return NetworkFile::empty;
  const files::FileBytes file = files::map_file(path);
  const std::string_view bytes(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (is_safetensors(bytes)) return NetworkFile::safetensors;
  if (bytes.starts_with("PK\x03\x04")) return archive(bytes);
  if (bytes.size() > 2 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5)
    return pickled(bytes);
  if (bytes.starts_with("\x89HDF\r\n")) return NetworkFile::hdf5;
  if (bytes.starts_with("\x93NUMPY")) return NetworkFile::numpy;
  if (bytes.starts_with("\x1f\x8b")) return NetworkFile::gzip;
  if (bytes.size() > 262 && bytes.substr(257).starts_with("ustar")) return NetworkFile::tar;
  if (bytes.starts_with("version https://git-lfs")) return NetworkFile::lfs_pointer;
  const std::string_view start = bytes.substr(0, 4096);
  const std::size_t first = start.find_first_not_of("\xef\xbb\xbf \t\r\n"sv);
  const std::string_view text = first == std::string_view::npos ? ""sv : start.substr(first);
  if (text.starts_with("<!DOCTYPE") || text.starts_with("<!doctype") || text.starts_with("<html"))
    return NetworkFile::html;
  if (text.starts_with("{") && bytes.find("\"weight_map\"") != std::string_view::npos)
    return NetworkFile::shard_index;
  // An ONNX model begins with its ir_version (field 1, a small number), then what wrote it (2).
  if (bytes.size() > 4 && bytes[0] == '\x08' && bytes[1] > 0 && bytes[1] < 32 &&
      (bytes[2] == '\x12' || bytes[2] == '\x3a'))
    return NetworkFile::onnx;
  return NetworkFile::unknown;
}

std::string describe(NetworkFile kind) {
  switch (kind) {
    case NetworkFile::safetensors:
      return "a safetensors file";
    case NetworkFile::checkpoint:
      return "a PyTorch checkpoint (torch.save), a pickle";
    case NetworkFile::torchscript:
      return "a TorchScript archive (torch.jit.save), code and weights";
    case NetworkFile::exported:
      return "a TorchScript archive that `cmc export` wrote";
    case NetworkFile::shard_index:
      return "the index of weights that lie in several files";
    case NetworkFile::pickle:
      return "a Python pickle";
    case NetworkFile::onnx:
      return "an ONNX model";
    case NetworkFile::hdf5:
      return "an HDF5 file (Keras)";
    case NetworkFile::numpy:
      return "a NumPy array";
    case NetworkFile::zip:
      return "a zip archive, and not one of PyTorch's";
    case NetworkFile::gzip:
      return "a gzip file";
    case NetworkFile::tar:
      return "a tar archive";
    case NetworkFile::html:
      return "a web page (HTML), not the file that it offers";
    case NetworkFile::lfs_pointer:
      return "a pointer of Git LFS, not the file that it stands for";
    case NetworkFile::empty:
      return "an empty file";
    case NetworkFile::unknown:
      return "of an unknown kind";
  }
  fail("a network's file of an unknown kind");
}

std::string to_safetensors(NetworkFile kind, const std::filesystem::path& path) {
  std::filesystem::path target = path;
  target.replace_extension(".safetensors");
  if (target == path) target.replace_filename(path.stem().string() + "-converted.safetensors");
  switch (kind) {
    // Names of nested dictionaries are joined by dots; the prefix is found again when it is loaded.
    case NetworkFile::checkpoint:
      return "this line converts it: " +
             python(
                 "import sys, torch, safetensors.torch as s; c = torch.load(sys.argv[1], "
                 "map_location=\"cpu\", weights_only=True); f = lambda d, p: {n: t for k, v in "
                 "d.items() if \"optim\" not in str(k) for n, t in (f(v, f\"{p}{k}.\").items() if "
                 "isinstance(v, dict) else [(f\"{p}{k}\", v.clone().contiguous())] if "
                 "torch.is_tensor(v) else [])}; s.save_file(f(c, \"\"), sys.argv[2])",
                 path, target);
    case NetworkFile::torchscript:
      return "this line takes its weights out: " +
             python(
                 "import sys, torch, safetensors.torch as s; m = torch.jit.load(sys.argv[1], "
                 "map_location=\"cpu\"); s.save_file({n: t.clone().contiguous() for n, t in "
                 "m.state_dict().items()}, sys.argv[2])",
                 path, target);
    case NetworkFile::exported:
      return "`cmc export RUN --view VIEW --format safetensors` writes its weights alone";
    case NetworkFile::shard_index:
      return "this line joins them: " +
             python(
                 "import sys, json, pathlib, safetensors.torch as s; p = "
                 "pathlib.Path(sys.argv[1]); "
                 "s.save_file({n: t for f in sorted(set(json.loads(p.read_text())[\"weight_map\"]."
                 "values())) for n, t in s.load_file(p.parent / f).items()}, sys.argv[2])",
                 path, target);
    case NetworkFile::html:
      return "download it by the link to the file itself";
    case NetworkFile::lfs_pointer:
      return "`git lfs pull` fetches it";
    case NetworkFile::gzip:
    case NetworkFile::tar:
    case NetworkFile::zip:
      return "unpack it first";
    default:
      return "";
  }
}

}  // namespace cmc::encoders
