#include "cmc/kernels/cpu/tile_products.h"

#include <array>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>
#include <optional>

#include "cmc/kernels/cpu/aligned_memory.h"
#include "cmc/kernels/cpu/amx.h"
#include "cmc/kernels/cpu/amx_layout.h"
#include "cmc/kernels/cpu/amx_products.h"
#include "cmc/kernels/cpu/tile_exponentials.h"

namespace cmc::kernels {

void TileProducts<float>::scores(const float* a, std::int64_t m, const float* b,
                                 std::int64_t columns, std::int64_t dim, float* scores,
                                 std::int64_t n) {
  dnnl_sgemm('N', 'T', m, columns, dim, 1, a, dim, b, dim, 0, scores, n);
}

void TileProducts<float>::add_to_rows(const float* b, std::int64_t dim, float* out) {
  dnnl_sgemm('N', 'N', m_, dim, columns_, 1, weights_, n_, b, dim, 1, out, dim);
}

void TileProducts<float>::add_to_columns(const float* a, std::int64_t dim, float* out) {
  dnnl_sgemm('T', 'N', columns_, dim, m_, 1, weights_, n_, a, dim, 1, out, dim);
}

namespace {

/// A row-major matrix of bfloat16, perhaps to be read transposed.
struct Factor {
  const std::uint16_t* values;
  std::int64_t stride;
  bool transposed = false;

  dnnl::memory::dims strides() const {
    return transposed ? dnnl::memory::dims{1, stride} : dnnl::memory::dims{stride, 1};
  }
};

/// oneDNN 2 has no product of bfloat16 without AVX-512.
bool multiplies_bfloat16() {
  constexpr auto needed = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & needed) == needed;
}

}  // namespace

/// oneDNN's primitives by shape and layout, each with its scratchpad.
struct TileProducts<std::uint16_t>::Primitives {
  /// c[m, n] = a · b + beta c, where a is [m, k] and b [k, n] as read and beta 0 or 1.
  void multiply(std::int64_t m, std::int64_t n, std::int64_t k, Factor a, Factor b, float beta,
                float* c, std::int64_t c_stride) {
    if (!native) {
      dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', m, n, k, 1,
                 widened(a, a.transposed ? k : m, wide_a), a.stride,
                 widened(b, b.transposed ? n : k, wide_b), b.stride, beta, c, c_stride);
      return;
    }
    if (on_amx(m, n, k, a)) return multiply_on_amx(m, n, k, a, b, beta != 0, c, c_stride);
    Entry& entry =
        find({m, n, k, a.stride, a.transposed, b.stride, b.transposed, c_stride, beta != 0});
    entry.a.set_data_handle(const_cast<std::uint16_t*>(a.values));
    entry.b.set_data_handle(const_cast<std::uint16_t*>(b.values));
    entry.c.set_data_handle(c);
    entry.product.execute(stream, {{DNNL_ARG_SRC, entry.a},
                                   {DNNL_ARG_WEIGHTS, entry.b},
                                   {DNNL_ARG_DST, entry.c},
                                   {DNNL_ARG_SCRATCHPAD, entry.scratchpad}});
  }

 private:
  using Key = std::array<std::int64_t, 9>;
  using Matrix = dnnl::memory::desc;
  struct Entry {
    dnnl::matmul product;
    dnnl::memory a, b, c, scratchpad;
  };

  /// Whole blocks alone; a factor that is read transposed has no gaps then.
  static bool on_amx(std::int64_t m, std::int64_t n, std::int64_t k, const Factor& a) {
    return m % amx_block == 0 && n % amx_block == 0 && k % amx_block == 0 &&
           (!a.transposed || a.stride == m) && may_use_amx();
  }

  /// oneDNN 2's product on AMX runs at half of this one's rate for tiles of this size.
  void multiply_on_amx(std::int64_t m, std::int64_t n, std::int64_t k, Factor a, Factor b, bool add,
                       float* c, std::int64_t c_stride) {
    const AmxTiles tiles;
    if (a.transposed) {
      std::uint16_t* const rows = room(left, m * k);
      transpose_rows(a.values, k, m, rows, k);
      a = {rows, k};
    }
    std::uint16_t* const pairs = room(right, k * n);
    if (b.transposed)
      pair_columns(b.values, b.stride, k, n, pairs);
    else
      pair_rows(b.values, b.stride, k, n, pairs);
    amx_multiply({a.values, pairs}, {k, a.stride}, m, n, add, c, c_stride);
  }

  /// Memory of at least `size` numbers that is kept from product to product.
  struct Room {
    std::optional<AlignedMemory<std::uint16_t>> memory;
    std::int64_t size = 0;
  };
  static std::uint16_t* room(Room& kept, std::int64_t size) {
    if (kept.size < size) kept = {AlignedMemory<std::uint16_t>(size), size};
    return kept.memory->data();
  }

  static const float* widened(const Factor& factor, std::int64_t rows, std::vector<float>& wide) {
    wide.resize(static_cast<std::size_t>(rows * factor.stride));
    widen_bfloat16(factor.values, rows * factor.stride, wide.data());
    return wide.data();
  }

  Entry& find(const Key& key) {
    const auto found = entries.find(key);
    if (found != entries.end()) return found->second;
    const auto [m, n, k, a_stride, a_transposed, b_stride, b_transposed, c_stride, add] = key;
    using Type = dnnl::memory::data_type;
    const Matrix a({m, k}, Type::bf16, Factor{nullptr, a_stride, a_transposed != 0}.strides());
    const Matrix b({k, n}, Type::bf16, Factor{nullptr, b_stride, b_transposed != 0}.strides());
    const Matrix c({m, n}, Type::f32, dnnl::memory::dims{c_stride, 1});
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (add) {
      dnnl::post_ops sum;
      sum.append_sum(1);
      attributes.set_post_ops(sum);
    }
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::matmul::primitive_desc description(engine, a, b, c, attributes);
#else
    const dnnl::matmul::primitive_desc description(dnnl::matmul::desc(a, b, c), attributes, engine);
#endif
    return entries
        .emplace(key, Entry{dnnl::matmul(description), dnnl::memory(a, engine, nullptr),
                            dnnl::memory(b, engine, nullptr), dnnl::memory(c, engine, nullptr),
                            dnnl::memory(description.scratchpad_desc(), engine)})
        .first->second;
  }

  const bool native = multiplies_bfloat16();
  std::vector<float> wide_a, wide_b;
  Room left, right;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::map<Key, Entry> entries;
};

TileProducts<std::uint16_t>::TileProducts() : primitives_(std::make_unique<Primitives>()) {}
TileProducts<std::uint16_t>::~TileProducts() = default;

void TileProducts<std::uint16_t>::scores(const std::uint16_t* a, std::int64_t m,
                                         const std::uint16_t* b, std::int64_t columns,
                                         std::int64_t dim, float* scores, std::int64_t n) {
  primitives_->multiply(m, columns, dim, {a, dim}, {b, dim, true}, 0, scores, n);
}

void TileProducts<std::uint16_t>::add_to_rows(const std::uint16_t* b, std::int64_t dim,
                                              float* out) {
  primitives_->multiply(m_, dim, columns_, {weights_.data(), n_}, {b, dim}, 1, out, dim);
}

void TileProducts<std::uint16_t>::add_to_columns(const std::uint16_t* a, std::int64_t dim,
                                                 float* out) {
  primitives_->multiply(columns_, dim, m_, {weights_.data(), n_, true}, {a, dim}, 1, out, dim);
}

}  // namespace cmc::kernels
