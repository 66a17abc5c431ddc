# What multiplies the kernels' tiles: the MKL inside libtorch where it has one (CMC_TORCH_HAS_MKL), else the
# imported target cmc::onednn. A libtorch with MKL has a oneDNN of its own inside, and the two would take each
# other's tables for their own: both export the same std::call_once of their set-up.
include(CheckLibraryExists)
check_library_exists(${CMC_TORCH_CPU_LIBRARY} cblas_gemm_bf16bf16f32 "" CMC_TORCH_HAS_MKL)

# oneDNN's own CMake file asks for OpenCL, for a back end that is not used.
if(NOT CMC_TORCH_HAS_MKL AND NOT TARGET cmc::onednn)
  find_path(CMC_ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl.hpp REQUIRED)
  find_library(CMC_ONEDNN_LIBRARY dnnl REQUIRED)
  mark_as_advanced(CMC_ONEDNN_INCLUDE_DIR CMC_ONEDNN_LIBRARY)
  add_library(cmc::onednn INTERFACE IMPORTED)
  target_include_directories(cmc::onednn SYSTEM INTERFACE ${CMC_ONEDNN_INCLUDE_DIR})
  target_link_libraries(cmc::onednn INTERFACE ${CMC_ONEDNN_LIBRARY})
endif()
