#include "cmc/pieces/pieces.h"

#include <sentencepiece_processor.h>
#include <sentencepiece_trainer.h>

#include <exception>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

using sentencepiece::SentencePieceProcessor;

void tell(cmc_say say, void* context, const std::string& text) {
  say(context, text.data(), text.size());
}

class Texts : public sentencepiece::SentenceIterator {
 public:
  Texts(bool (*next)(void*, const char**, std::size_t*), void* context)
      : next_(next), context_(context) {
    Next();
  }
  bool done() const override { return done_; }
  void Next() override {
    const char* text = nullptr;
    std::size_t size = 0;
    done_ = !next_(context_, &text, &size);
    if (!done_) text_.assign(text, size);
  }
  const std::string& value() const override { return text_; }
  sentencepiece::util::Status status() const override { return {}; }

 private:
  bool (*next_)(void*, const char**, std::size_t*);
  void* context_;
  std::string text_;
  bool done_ = false;
};

}  // namespace

void* cmc_pieces_open(const char* model, std::size_t size, cmc_say say, void* context) {
  try {
    auto processor = std::make_unique<SentencePieceProcessor>();
    const auto status = processor->LoadFromSerializedProto({model, size});
    if (status.ok()) return processor.release();
    tell(say, context, status.message());
  } catch (const std::exception& error) {
    tell(say, context, error.what());
  }
  return nullptr;
}

void cmc_pieces_close(void* model) {
  delete static_cast<SentencePieceProcessor*>(model);
}

int cmc_pieces_count(const void* model) {
  return static_cast<const SentencePieceProcessor*>(model)->GetPieceSize();
}

bool cmc_pieces_cut(const void* model, const char* text, std::size_t size,
                    void (*take)(void* context, int piece), cmc_say say, void* context) {
  try {
    std::vector<int> ids;
    const auto status =
        static_cast<const SentencePieceProcessor*>(model)->Encode({text, size}, &ids);
    for (const int id : ids) take(context, id);
    if (status.ok()) return true;
    tell(say, context, status.message());
  } catch (const std::exception& error) {
    tell(say, context, error.what());
  }
  return false;
}

bool cmc_pieces_train(bool (*next)(void* context, const char** text, std::size_t* size), int pieces,
                      cmc_say say, void* context) {
  try {
    Texts texts(next, context);
    std::string model;
    const std::unordered_map<std::string, std::string> options = {
        {"vocab_size", std::to_string(pieces)},
        {"hard_vocab_limit", "false"},
        {"character_coverage", "1"},
        {"model_type", "unigram"},
        {"num_threads", "1"},
        {"max_sentence_length", std::to_string(1 << 20)},
        {"minloglevel", "3"}};
    const auto status = sentencepiece::SentencePieceTrainer::Train(options, &texts, &model);
    tell(say, context, status.ok() ? model : std::string(status.message()));
    return status.ok();
  } catch (const std::exception& error) {
    tell(say, context, error.what());
  }
  return false;
}
