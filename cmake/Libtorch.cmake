# The imported target cmc::libtorch: Debian's libtorch-dev by default, any other by CMAKE_PREFIX_PATH
# (an unpacked libtorch, or the torch folder inside a Python package of it). Its own CMake files are not
# used, since those of CUDA builds ask for a CUDA toolkit even where nothing is compiled for a device.
find_path(CMC_TORCH_INCLUDE_DIR torch/script.h REQUIRED)
find_path(CMC_TORCH_API_INCLUDE_DIR torch/torch.h
  HINTS ${CMC_TORCH_INCLUDE_DIR}/torch/csrc/api/include REQUIRED)
find_library(CMC_TORCH_LIBRARY torch REQUIRED)
find_library(CMC_TORCH_CPU_LIBRARY torch_cpu REQUIRED)
find_library(CMC_C10_LIBRARY c10 REQUIRED)
mark_as_advanced(CMC_TORCH_INCLUDE_DIR CMC_TORCH_API_INCLUDE_DIR CMC_TORCH_LIBRARY
  CMC_TORCH_CPU_LIBRARY CMC_C10_LIBRARY)
find_package(OpenMP REQUIRED COMPONENTS CXX)

# CMC_TORCH_VERSION, such as 1.13.1, from its header, which newer versions keep elsewhere.
set(CMC_TORCH_VERSION_HEADER ${CMC_TORCH_INCLUDE_DIR}/torch/headeronly/version.h)
if(NOT EXISTS ${CMC_TORCH_VERSION_HEADER})
  set(CMC_TORCH_VERSION_HEADER ${CMC_TORCH_API_INCLUDE_DIR}/torch/version.h)
endif()
file(STRINGS ${CMC_TORCH_VERSION_HEADER} CMC_TORCH_VERSION
  REGEX "^#define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
string(REGEX REPLACE "#define TORCH_VERSION_[A-Z]+ ([0-9]+)" "\\1" CMC_TORCH_VERSION "${CMC_TORCH_VERSION}")
string(REPLACE ";" "." CMC_TORCH_VERSION "${CMC_TORCH_VERSION}")
if(CMC_TORCH_VERSION VERSION_LESS 1.13)
  message(FATAL_ERROR "libtorch ${CMC_TORCH_VERSION} in ${CMC_TORCH_INCLUDE_DIR} is too old: 1.13 or newer is needed")
endif()

# Whether it may know other devices than the processor, and
# libtorch's own OpenMP runtime, where its folder brings one: a process has room for one pool of threads.
get_filename_component(CMC_TORCH_LIBRARY_DIR ${CMC_TORCH_LIBRARY} DIRECTORY)
set(CMC_TORCH_HAS_CUDA OFF)
if(EXISTS ${CMC_TORCH_LIBRARY_DIR}/libtorch_cuda.so)
  set(CMC_TORCH_HAS_CUDA ON)
endif()
set(CMC_TORCH_OPENMP OpenMP::OpenMP_CXX)
if(NOT CMC_TORCH_LIBRARY_DIR IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES)
  file(GLOB CMC_TORCH_OPENMP_LIBRARY ${CMC_TORCH_LIBRARY_DIR}/libgomp*.so*)
  if(CMC_TORCH_OPENMP_LIBRARY)
    set(CMC_TORCH_OPENMP ${CMC_TORCH_OPENMP_LIBRARY})
  endif()
endif()

# Whether several processes can train together: c10d with Gloo, whose headers are the distribution's, so that they fit
# the distribution's libtorch alone.
set(CMC_TORCH_HAS_GLOO OFF)
find_path(CMC_GLOO_INCLUDE_DIR gloo/algorithm.h)
mark_as_advanced(CMC_GLOO_INCLUDE_DIR)
if(CMC_GLOO_INCLUDE_DIR AND CMC_TORCH_LIBRARY_DIR IN_LIST CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES
    AND EXISTS ${CMC_TORCH_INCLUDE_DIR}/torch/csrc/distributed/c10d/ProcessGroupGloo.hpp)
  set(CMC_TORCH_HAS_GLOO ON)
endif()

if(NOT TARGET cmc::libtorch)
  add_library(cmc::libtorch INTERFACE IMPORTED)
  target_include_directories(cmc::libtorch SYSTEM INTERFACE
    ${CMC_TORCH_INCLUDE_DIR} ${CMC_TORCH_API_INCLUDE_DIR})
  target_compile_options(cmc::libtorch INTERFACE ${OpenMP_CXX_FLAGS})
  # libtorch loads its device back ends by being linked at all: nothing refers to their symbols.
  target_link_libraries(cmc::libtorch INTERFACE
    -Wl,--no-as-needed ${CMC_TORCH_LIBRARY} ${CMC_TORCH_CPU_LIBRARY} ${CMC_C10_LIBRARY} -Wl,--as-needed
    ${CMC_TORCH_OPENMP})
endif()
