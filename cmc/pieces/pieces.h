#pragma once

#include <cstddef>

// SentencePiece behind a few functions of C, in a library of its own. Debian's libsentencepiece
// exports the Protocol Buffers that it was compiled with, of another version than those of libtorch
// and ONNX: linked beside them, either would run the other's functions. So libcmc_pieces.so is
// opened when a text is to be cut, with RTLD_DEEPBIND, by which it finds its own first
// (cmc/views/sources/subwords.cpp).
//
// Each function that may fail takes `say`, which is told why, and its `context`.

extern "C" {

using cmc_say = void (*)(void* context, const char* text, std::size_t size);

/// A model by its bytes; null where it is none.
void* cmc_pieces_open(const char* model, std::size_t size, cmc_say say, void* context);
void cmc_pieces_close(void* model);

/// How many pieces it has.
int cmc_pieces_count(const void* model);

/// Calls take(context, piece) for each piece of a text in UTF-8, in order. False where it can't be
/// cut.
bool cmc_pieces_cut(const void* model, const char* text, std::size_t size,
                    void (*take)(void* context, int piece), cmc_say say, void* context);

/// Trains a model. next(context, &text, &size) gives one text after the other, false behind the
/// last; say is told the model's bytes, or, where it gives false, why there is none.
bool cmc_pieces_train(bool (*next)(void* context, const char** text, std::size_t* size), int pieces,
                      cmc_say say, void* context);
}
