#include "cmc/encoders/backbone.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "cmc/encoders/alexnet.h"
#include "cmc/encoders/convnet.h"
#include "cmc/encoders/mlp.h"
#include "cmc/encoders/ngrams.h"
#include "cmc/encoders/resnet.h"
#include "cmc/encoders/resnet1d.h"
#include "cmc/encoders/torchscript.h"
#include "cmc/encoders/transformer.h"
#include "cmc/encoders/waveform.h"
#include "cmc/error.h"

namespace cmc::encoders {

void check_stages(const EncoderOptions& options) {
  check(!options.channels.empty() &&
            std::ranges::all_of(options.channels, [](auto c) { return c > 0; }),
        "encoder.channels = {}: the channels of each stage, each positive, were expected",
        options.channels);
  check(options.convolutions > 0, "encoder.convolutions = {}: it must be at least 1",
        options.convolutions);
}

Backbone make_backbone(const EncoderOptions& options, const data::ViewShape& shape) {
  check(shape.channels > 0 && shape.height > 0 && shape.width > 0,
        "view '{}' of {} × {} × {} (channels, height, width): each must be positive", shape.name,
        shape.channels, shape.height, shape.width);
  if (!options.torchscript.empty()) return torchscript(options, shape);
  const bool takes_symbols =
      options.network == Network::ngrams || options.network == Network::transformer;
  check(takes_symbols == (shape.symbols > 0),
        "encoder.name: view '{}' is {}: its network must be {}", shape.name,
        shape.symbols > 0 ? "of texts" : "not of texts",
        shape.symbols > 0 ? "ngrams or transformer" : "another than these");
  switch (options.network) {
    case Network::convnet:
      return convnet(options, shape);
    case Network::resnet18:
      return resnet18(options, shape);
    case Network::resnet50:
      return resnet50(options, shape);
    case Network::alexnet:
      return alexnet(options, shape);
    case Network::mlp:
      return mlp(options, shape);
    case Network::waveform:
      return waveform(options, shape);
    case Network::ngrams:
      return ngrams(options, shape);
    case Network::transformer:
      return transformer(options, shape);
    case Network::resnet1d:
      return resnet1d(options, shape);
  }
  fail("EncoderOptions::network has no such value");
}

}  // namespace cmc::encoders
