#include "cmc/recipe/encoder_keys.h"

namespace cmc::recipe {

template <class Visitor>
void describe(Visitor& v, encoders::EncoderOptions& o) {
  using encoders::Downsampling;
  using encoders::Head;
  choice(v, "name", o.network, networks, "the network");
  v.field("channels", o.channels, "convnet, waveform, resnet1d: channels of each stage",
          between(1, 65536));
  v.field("convolutions", o.convolutions, "convnet, waveform, resnet1d: convolutions in each stage",
          between(1, 1000));
  v.field("strides", o.strides, "convnet: stride of each stage; empty: 1, then 2s", between(1, 2));
  choice(v, "downsample", o.downsample,
         {{Downsampling::max_pool, "max_pool"}, {Downsampling::stride, "stride"}},
         "convnet: how a stage downsamples");
  v.field("pooled_grid", o.pooled_grid, "convnet: side of the average-pooled grid, in cells",
          between(1, 1024));
  v.field("representation_dim", o.representation_dim,
          "convnet: width of a last linear layer; 0: the grid itself", between(0, 1'000'000));
  v.field("small_stem", o.small_stem, "resnet: the stem for small pictures");
  v.field("widths", o.widths,
          "mlp: widths of the hidden layers; ngrams: of the n-grams' vectors, then of hidden "
          "layers; transformer: its own",
          between(1, 1'000'000));
  v.field("skip", o.skip, "mlp, ngrams: the input is concatenated to the last hidden layer");
  v.field("blocks", o.blocks, "transformer: its blocks", between(1, 48));
  v.field("heads", o.heads, "transformer: heads of each attention", between(1, 64));
  choice(v, "head", o.head, {{Head::mlp, "mlp"}, {Head::linear, "linear"}}, "the projection head");
  v.field("hidden_dim", o.hidden_dim, "mlp: hidden width; 0: the representation's",
          between(0, 1'000'000));
  v.field("embedding_dim", o.embedding_dim, "width of the embedding", between(1, 65536));
  v.field("torchscript", o.torchscript, "file of a scripted module, in place of name");
  v.field("weights", o.weights, "safetensors file of initial weights, with torchvision's names");
  v.field("freeze", o.freeze, "train the head alone");
  v.field("rate_factor", o.rate_factor, "the network's learning rate, as a factor of the head's",
          above(0));
  v.field("shared", o.shared, "one encoder for all views");
  v.field("same_as", o.same_as, "an earlier view, whose encoder this one has too");
}

template void describe(FieldReader&, encoders::EncoderOptions&);
template void describe(FieldWriter&, encoders::EncoderOptions&);
template void describe(FieldLister&, encoders::EncoderOptions&);

}  // namespace cmc::recipe
