#include "cmc/exchange/inspect.h"

#include <nlohmann/json.hpp>

#include "cmc/files/json_text.h"
#include "fuzz/folder.h"
#include "fuzz/readers.h"

/// A file of unknown kind: ONNX, TorchScript, safetensors, NumPy.
void cmc::fuzz::inspect(Bytes input) {
  static const Folder folder;
  const nlohmann::json info = exchange::inspect(folder.write("file", input));
  files::json_text(info, 1);
}
