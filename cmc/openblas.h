#pragma once

#include <string>
#include <string_view>

namespace cmc {

/// What a processor can do for a matrix product, lowest first; each has all of those before it.
/// `avx512` is F, BW, DQ and VL, as OpenBLAS's SkylakeX kernels need them.
enum class VectorUnit { baseline, avx, avx2, avx512, avx512_bf16 };

/// This processor's, by cpuid's features (not by its model, so that one that is newer than every
/// list of models has its own).
VectorUnit vector_unit();

/// The vector unit that the kernels of one of OpenBLAS's cores use, by the core's name as
/// openblas_get_corename gives it, such as "Prescott" (baseline), "Haswell", "Zen" (avx2) or
/// "SkylakeX" (avx512). Names that are not known are taken as the best.
VectorUnit vector_unit_of_core(std::string_view core);

/// OpenBLAS's core with the best kernels for a vector unit, as OPENBLAS_CORETYPE takes it:
/// Prescott, Sandybridge, Haswell, SkylakeX, Cooperlake.
std::string_view best_core(VectorUnit unit);

/// The core of the OpenBLAS that the process has loaded; empty where it has loaded none.
std::string openblas_core();

/// The OpenBLAS that the process has loaded, such as "OpenBLAS 0.3.21 (SkylakeX, OpenMP)"; empty
/// where it has loaded none.
std::string openblas_name();

/// The core that OpenBLAS should use here and does not: best_core of this processor where the
/// loaded one's kernels use less. Empty where nothing better is there, or no OpenBLAS. OpenBLAS
/// 0.3.21 takes its SSE3 kernels (Prescott) on processors that came after it, a tenth of their
/// speed; it reads OPENBLAS_CORETYPE when it is loaded, so that a program must set it before.
std::string better_openblas_core();

/// The largest relative error of the loaded BLAS's float32 and float64 products of some odd shapes
/// against plain sums in float64, in units of each type's rounding error times the length of the
/// sum. Right kernels stay below 1; some of OpenBLAS's are wrong on some processors.
double blas_error();

}  // namespace cmc
