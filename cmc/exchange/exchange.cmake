# What the exchange folder adds to the library beside its sources: ONNX's messages and checker, Faiss, and
# the hash of a recipe.
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(ONNX REQUIRED)

# ONNX's definitions are for the sources that include its headers alone: no other should differ from the
# precompiled header by them.
get_target_property(CMC_ONNX_DEFINITIONS onnx INTERFACE_COMPILE_DEFINITIONS)
file(GLOB CMC_ONNX_SOURCES CONFIGURE_DEPENDS exchange/onnx_*.cpp)
set_source_files_properties(${CMC_ONNX_SOURCES} PROPERTIES COMPILE_DEFINITIONS "${CMC_ONNX_DEFINITIONS}")

# Debian's Faiss is an archive without a CMake file of its own. It multiplies by the BLAS.
find_path(CMC_FAISS_INCLUDE_DIR faiss/IndexFlat.h REQUIRED)
find_library(CMC_FAISS_LIBRARY faiss REQUIRED)
find_package(LAPACK REQUIRED)
mark_as_advanced(CMC_FAISS_INCLUDE_DIR CMC_FAISS_LIBRARY)
target_include_directories(cmc SYSTEM PRIVATE ${CMC_FAISS_INCLUDE_DIR})
target_link_libraries(cmc PRIVATE OpenSSL::Crypto $<LINK_ONLY:onnx> $<LINK_ONLY:onnx_proto>
  ${CMC_FAISS_LIBRARY} LAPACK::LAPACK OpenMP::OpenMP_CXX)
