#include "cmc/error.h"
#include "fuzz/readers.h"

/// One input. A reader refuses by Error and by nothing else: whatever else it throws ends the
/// process.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    cmc::fuzz::CMC_FUZZ_READER({data, size});
  } catch (const cmc::Error&) {
  }
  return 0;
}
