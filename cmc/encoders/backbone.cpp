#include "cmc/encoders/backbone.h"

#include "cmc/encoders/alexnet.h"
#include "cmc/encoders/convnet.h"
#include "cmc/encoders/mlp.h"
#include "cmc/encoders/resnet.h"
#include "cmc/encoders/torchscript.h"
#include "cmc/encoders/waveform.h"
#include "cmc/error.h"

namespace cmc::encoders {

Backbone make_backbone(const EncoderOptions& options, const data::ViewShape& shape) {
  check(shape.channels > 0 && shape.height > 0 && shape.width > 0,
        "view '{}' of {} × {} × {} (channels, height, width): each must be positive", shape.name,
        shape.channels, shape.height, shape.width);
  if (!options.torchscript.empty()) return torchscript(options, shape);
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
  }
  fail("EncoderOptions::network has no such value");
}

}  // namespace cmc::encoders
