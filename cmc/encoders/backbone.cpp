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
  if (options.name == "convnet") return convnet(options, shape);
  if (options.name == "resnet18") return resnet18(options, shape);
  if (options.name == "resnet50") return resnet50(options, shape);
  if (options.name == "alexnet") return alexnet(options, shape);
  if (options.name == "mlp") return mlp(options, shape);
  if (options.name == "waveform") return waveform(options, shape);
  fail("encoder.name = \"{}\": it must be convnet, resnet18, resnet50, alexnet, mlp or waveform",
       options.name);
}

}  // namespace cmc::encoders
