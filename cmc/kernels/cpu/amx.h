#pragma once

namespace cmc::kernels {

/// Whether this process may multiply bfloat16 on AMX: the processor offers it beside AVX-512 BF16,
/// and the system gives the process its tiles, for which the first call asks.
bool may_use_amx();

/// While it lives, the calling thread's eight tiles are of 16 rows and 64 bytes each. Then the
/// thread's tiles are as they were before, but for what they held.
class AmxTiles {
 public:
  AmxTiles();
  ~AmxTiles();
  AmxTiles(const AmxTiles&) = delete;
  AmxTiles& operator=(const AmxTiles&) = delete;

 private:
  alignas(64) unsigned char before_[64];
};

}  // namespace cmc::kernels
