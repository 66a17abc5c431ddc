#include "cmc/error.h"
#include "fuzz/readers.h"

/// Faiss forgets what it had begun where it refuses an index; the process that asked for it ends
/// soon after.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:faiss::read_index";
}

/// One input. A reader refuses by Error and by nothing else: whatever else it throws ends the
/// process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    cmc::fuzz::CMC_FUZZ_READER({data, size});
  } catch (const cmc::Error&) {
  }
  return 0;
}
