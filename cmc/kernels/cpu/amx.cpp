#include "cmc/kernels/cpu/amx.h"

#include <cstdint>

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace cmc::kernels {

#if defined(__x86_64__) && defined(__linux__)

namespace {

bool processor_has_amx() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned amx_bf16 = 1u << 22, amx_tile = 1u << 24;
  return __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") &&
         __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d & amx_bf16) != 0 && (d & amx_tile) != 0;
}

/// Linux saves the tiles of those processes alone that have asked for it (since 5.16).
bool system_gives_tiles() {
  constexpr long ask = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM of asm/prctl.h, XTILEDATA
  return syscall(SYS_arch_prctl, ask, tile_data) == 0;
}

struct alignas(64) Configuration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};

// An attribute of a constructor is not that of what it inlines.
__attribute__((target("amx-tile"))) void set_tiles(unsigned char* before) {
  const Configuration configuration;
  _tile_storeconfig(before);
  asm volatile("" ::: "memory");  // the compiler doesn't know that the next one reads memory
  _tile_loadconfig(&configuration);
}

__attribute__((target("amx-tile"))) void set_back(const unsigned char* before) {
  if (before[0] == 0)
    _tile_release();  // there were no tiles
  else
    _tile_loadconfig(before);
}

}  // namespace

bool may_use_amx() {
  static const bool may = processor_has_amx() && system_gives_tiles();
  return may;
}

AmxTiles::AmxTiles() {
  set_tiles(before_);
}

AmxTiles::~AmxTiles() {
  set_back(before_);
}

#else

bool may_use_amx() {
  return false;
}
AmxTiles::AmxTiles() = default;
AmxTiles::~AmxTiles() = default;

#endif

}  // namespace cmc::kernels
