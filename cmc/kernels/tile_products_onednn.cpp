#include "cmc/kernels/tile_products.h"

#include <array>
#include <map>
#include <oneapi/dnnl/dnnl.hpp>

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

/// oneDNN's primitives by shape and layout, each with its scratchpad.
struct TileProducts<std::uint16_t>::Primitives {
  using Matrix = dnnl::memory::desc;

  /// c[m, n] (+)= a · b, where a is [m, k] with strides `a_strides` and b [k, n] with `b_strides`.
  void multiply(std::int64_t m, std::int64_t n, std::int64_t k, const std::uint16_t* a,
                std::array<std::int64_t, 2> a_strides, const std::uint16_t* b,
                std::array<std::int64_t, 2> b_strides, float* c, std::int64_t c_stride, bool add) {
    Entry& entry =
        find({m, n, k, a_strides[0], a_strides[1], b_strides[0], b_strides[1], c_stride, add});
    entry.a.set_data_handle(const_cast<std::uint16_t*>(a));
    entry.b.set_data_handle(const_cast<std::uint16_t*>(b));
    entry.c.set_data_handle(c);
    entry.product.execute(stream, {{DNNL_ARG_SRC, entry.a},
                                   {DNNL_ARG_WEIGHTS, entry.b},
                                   {DNNL_ARG_DST, entry.c},
                                   {DNNL_ARG_SCRATCHPAD, entry.scratchpad}});
  }

 private:
  using Key = std::array<std::int64_t, 9>;
  struct Entry {
    dnnl::matmul product;
    dnnl::memory a, b, c, scratchpad;
  };

  Entry& find(const Key& key) {
    const auto found = entries.find(key);
    if (found != entries.end()) return found->second;
    const auto [m, n, k, a0, a1, b0, b1, c0, add] = key;
    using Type = dnnl::memory::data_type;
    const Matrix a({m, k}, Type::bf16, dnnl::memory::dims{a0, a1});
    const Matrix b({k, n}, Type::bf16, dnnl::memory::dims{b0, b1});
    const Matrix c({m, n}, Type::f32, dnnl::memory::dims{c0, 1});
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

  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::map<Key, Entry> entries;
};

TileProducts<std::uint16_t>::TileProducts() : primitives_(std::make_unique<Primitives>()) {}
TileProducts<std::uint16_t>::~TileProducts() = default;

void TileProducts<std::uint16_t>::scores(const std::uint16_t* a, std::int64_t m,
                                         const std::uint16_t* b, std::int64_t columns,
                                         std::int64_t dim, float* scores, std::int64_t n) {
  primitives_->multiply(m, columns, dim, a, {dim, 1}, b, {1, dim}, scores, n, false);
}

void TileProducts<std::uint16_t>::add_to_rows(const std::uint16_t* b, std::int64_t dim,
                                              float* out) {
  primitives_->multiply(m_, dim, columns_, weights_.data(), {n_, 1}, b, {dim, 1}, out, dim, true);
}

void TileProducts<std::uint16_t>::add_to_columns(const std::uint16_t* a, std::int64_t dim,
                                                 float* out) {
  primitives_->multiply(columns_, dim, m_, weights_.data(), {1, n_}, a, {dim, 1}, out, dim, true);
}

}  // namespace cmc::kernels
