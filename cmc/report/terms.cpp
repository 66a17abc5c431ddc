#include "cmc/report/terms.h"

#include <algorithm>
#include <array>
#include <string>

namespace cmc::report {
namespace {

using nlohmann::json;

struct Term {
  std::string_view id;
  std::string_view term;
  std::string_view meaning;
  std::array<std::string_view, 3> words = {};  ///< by which it is found, beside `term`
};

constexpr Term terms[] = {
    {"view", "view",
     "One way of seeing a sample: the lightness or the colour of a picture, a camera or a "
     "microphone."},
    {"anchor",
     "anchor, positive, negative",
     "An anchor is a sample seen in one view. Its positive is the same sample in the other view, "
     "its negatives are "
     "other samples in that other view.",
     {"anchor", "positive", "negative"}},
    {"k", "k", "The number of negatives that each anchor is compared with."},
    {"temperature",
     "temperature τ",
     "What cosines are divided by before the softmax. Small: the nearest negatives decide; large: "
     "all count alike.",
     {"temperature", "τ"}},
    {"info-nce",
     "k-pair loss L (InfoNCE)",
     "−log of the share that the positive has among itself and the negatives, by exp(cosine/τ), in "
     "nats. At chance it "
     "is log(k + 1).",
     {"InfoNCE", "k-pair", "loss"}},
    {"nt-xent", "NT-Xent", "The k-pair loss where the anchor's own view gives negatives too."},
    {"nce",
     "NCE loss",
     "For each candidate a decision by itself whether it is the positive or noise, with an "
     "estimated normaliser Z.",
     {"NCE", "nce"}},
    {"triplet",
     "triplet margin loss",
     "Zero where the positive is nearer than the negative by the margin; else what is lacking.",
     {"triplet"}},
    {"nwj",
     "NWJ, Donsker–Varadhan, MINE",
     "Other estimates of information from a critic's scores: without the ceiling log(k + 1), but "
     "of large variance.",
     {"NWJ", "nwj", "MINE"}},
    {"information",
     "information I",
     "How much one view tells of the other, in bits: 1 bit halves what may be the case. 1 nat is "
     "1.443 bits.",
     {"information", "bits", "nats"}},
    {"bound", "bound",
     "I(v₁; v₂) ≥ log k − L, and the tighter log(k + 1) − L, on samples that training never saw: "
     "the views share at "
     "least this much."},
    {"ceiling", "ceiling",
     "log(k + 1), which no bound from k negatives exceeds. A bound near it says only “at least "
     "this much”."},
    {"training-estimate", "training estimate",
     "The same formula on the samples that the encoders were fitted to: not a bound."},
    {"held-out",
     "held out",
     "Of samples that no encoder was trained on.",
     {"held-out", "held_out"}},
    {"sweet-spot", "sweet spot",
     "Views that share what a task needs and little else. Beyond it, more shared information makes "
     "the representation "
     "worse for the task."},
    {"representation", "representation",
     "An encoder's output before the projection head: what is judged and deployed."},
    {"embedding",
     "embedding z",
     "The head's output at unit length: what the loss compares.",
     {"embedding"}},
    {"probe",
     "linear probe",
     "Logistic regression from frozen representations to labels. Its accuracy on held-out samples "
     "judges the "
     "representation.",
     {"probe"}},
    {"neighbours", "nearest neighbours",
     "The class that the nearest labelled samples vote for, nearer ones with more weight."},
    {"zero-shot",
     "zero-shot classification",
     "The class of a value is the one whose name, read as a text, has the nearest embedding: no "
     "label is fitted.",
     {"zero-shot"}},
    {"baselines",
     "raw, untrained, supervised",
     "What a representation must beat: the values themselves, the same encoders before training; "
     "and what labels "
     "would give.",
     {"untrained", "supervised"}},
    {"recall",
     "recall@r",
     "How often the same sample is among the r nearest in the other view.",
     {"recall@", "Recall at"}},
    {"alignment", "alignment",
     "Mean squared distance between the two embeddings of a sample: 0 where views meet, 2 at "
     "random."},
    {"uniformity", "uniformity",
     "log of the mean of exp(−2 d²) over pairs of samples at distance d: the lower, the more "
     "evenly they spread over "
     "the sphere; 0 where all are one point."},
    {"effective-rank", "effective rank",
     "How many directions the embeddings use: exp of the entropy of their singular values."},
    {"collapse", "collapse",
     "All embeddings become one point, or a few directions: effective rank near 1, no "
     "information."},
    {"modality-gap", "modality gap",
     "Distance between the means of two views' embeddings: how far the views lie apart as clouds."},
    {"interval",
     "95 % interval, ±",
     "The values that agree with the samples, or the seeds, at 95 %.",
     {"interval", "±"}},
};

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (static_cast<unsigned char>(c) & 0x80u) != 0;
}

bool stands_at(std::string_view text, std::size_t at, std::string_view word) {
  if (at > 0 && is_letter(text[at - 1]) && is_letter(word.front())) return false;
  std::size_t end = at + word.size();
  if (end < text.size() && text[end] == 's') ++end;  // a plural
  return end >= text.size() || !is_letter(text[end]) || !is_letter(word.back());
}

bool has(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1))
    if (stands_at(text, at, word)) return true;
  return false;
}

bool has_word(std::string_view text, std::string_view word) {
  std::string capital(word);
  if (capital.front() >= 'a' && capital.front() <= 'z')
    capital.front() = static_cast<char>(capital.front() - 32);
  return has(text, word) || has(text, capital);
}

}  // namespace

json terms_in(std::string_view text) {
  json found = json::array();
  for (const Term& term : terms) {
    const bool itself = has_word(text, term.term);
    const bool other = std::ranges::any_of(
        term.words, [&](std::string_view word) { return !word.empty() && has_word(text, word); });
    if (itself || other)
      found.push_back({{"id", term.id}, {"term", term.term}, {"meaning", term.meaning}});
  }
  return found;
}

}  // namespace cmc::report
