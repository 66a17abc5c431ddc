# The imported target cmc::sentencepiece, which cuts texts into subwords, and its trainer: Debian ships both without a
# CMake package. They are used inside the library alone.
find_path(CMC_SENTENCEPIECE_INCLUDE_DIR sentencepiece_processor.h REQUIRED)
find_library(CMC_SENTENCEPIECE_LIBRARY sentencepiece REQUIRED)
find_library(CMC_SENTENCEPIECE_TRAINER_LIBRARY sentencepiece_train REQUIRED)
mark_as_advanced(CMC_SENTENCEPIECE_INCLUDE_DIR CMC_SENTENCEPIECE_LIBRARY CMC_SENTENCEPIECE_TRAINER_LIBRARY)
add_library(cmc::sentencepiece INTERFACE IMPORTED)
target_include_directories(cmc::sentencepiece SYSTEM INTERFACE ${CMC_SENTENCEPIECE_INCLUDE_DIR})
target_link_libraries(cmc::sentencepiece INTERFACE ${CMC_SENTENCEPIECE_TRAINER_LIBRARY} ${CMC_SENTENCEPIECE_LIBRARY})
