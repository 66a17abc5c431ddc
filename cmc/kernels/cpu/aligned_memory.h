#pragma once

#include <hwy/aligned_allocator.h>

#include <cstdint>
#include <cstring>
#include <new>

namespace cmc::kernels {

/// Numbers of any values, from the beginning of a line of the cache on.
template <class Number>
class AlignedMemory {
 public:
  explicit AlignedMemory(std::int64_t size)
      : values_(hwy::AllocateAligned<Number>(static_cast<std::size_t>(size))) {
    if (values_ == nullptr) throw std::bad_alloc();
  }
  Number* data() const { return values_.get(); }

 private:
  hwy::AlignedFreeUniquePtr<Number[]> values_;
};

template <class Number>
class AlignedZeros : public AlignedMemory<Number> {
 public:
  explicit AlignedZeros(std::int64_t size) : AlignedMemory<Number>(size) {
    std::memset(this->data(), 0, static_cast<std::size_t>(size) * sizeof(Number));
  }
};

}  // namespace cmc::kernels
