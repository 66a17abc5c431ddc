#include "cmc/encoders/pretrained.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "cmc/error.h"
#include "cmc/files/safetensors.h"
#include "tests/temporary_folder.h"

namespace cmc::encoders {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const data::ViewShape shape{"a", 3, 8, 8};

/// Two stages: children "stage1" and "stage2", each with a convolution "0" and a batch norm "1".
encoders::EncoderOptions small() {
  return {.channels = {4, 6},
          .convolutions = 1,
          .downsample = encoders::Downsampling::stride,
          .embedding_dim = 4};
}

/// The backbone's tensors, behind a prefix; without counts of batches.
std::map<std::string, at::Tensor> tensors_of(const encoders::Encoder& encoder,
                                             const std::string& prefix = "") {
  std::map<std::string, at::Tensor> tensors;
  for (const auto& entry : encoder->named_parameters())
    tensors[prefix + entry.key()] = entry.value().detach().clone();
  for (const auto& entry : encoder->named_buffers())
    if (!entry.key().ends_with("num_batches_tracked"))
      tensors[prefix + entry.key()] = entry.value().clone();
  std::erase_if(tensors,
                [&](const auto& tensor) { return tensor.first.starts_with(prefix + "head."); });
  return tensors;
}

class PretrainedTest : public testing::Test {
 protected:
  PretrainedTest() {
    at::manual_seed(1);
    source = encoders::make_encoder(small(), shape);
    at::NoGradGuard no_grad;
    for (at::Tensor& buffer : source->buffers())
      if (buffer.is_floating_point()) buffer.uniform_(0.5, 2);
  }

  /// Loads a file of these tensors into a fresh encoder and returns the line.
  std::string load(const std::map<std::string, at::Tensor>& tensors,
                   const encoders::EncoderOptions& options = small()) {
    files::save_safetensors(folder / "x.safetensors", {.tensors = tensors, .metadata = {}});
    encoder = encoders::make_encoder(options, shape);
    return load_pretrained(encoder, folder / "x.safetensors");
  }
  std::string message(const std::map<std::string, at::Tensor>& tensors,
                      const encoders::EncoderOptions& options = small()) {
    return message_of<Error>([&] { load(tensors, options); });
  }
  /// Whether the encoder now holds these tensors.
  bool holds(const std::map<std::string, at::Tensor>& tensors) {
    const auto own = tensors_of(encoder);
    return own.size() == tensors.size() &&
           std::equal(own.begin(), own.end(), tensors.begin(), [](const auto& a, const auto& b) {
             return a.first == b.first && at::equal(a.second, b.second);
           });
  }

  const TemporaryFolder folder;
  encoders::Encoder source{nullptr}, encoder{nullptr};
};

TEST_F(PretrainedTest, FindsNamesBehindAnyPrefix) {
  EXPECT_THAT(
      load(tensors_of(source)),
      AllOf(HasSubstr("view a: "), HasSubstr("x.safetensors: loaded 10 tensors, 364 numbers"),
            Not(HasSubstr("names without")), HasSubstr("; dropped nothing; missing "),
            HasSubstr("stage1.1.num_batches_tracked")));
  EXPECT_TRUE(holds(tensors_of(source)));
  for (const std::string prefix :
       {"module.", "encoder_q.", "module.encoder_q.", "backbone.", "encoder.", "model.", "net.",
        "features.", "teacher.backbone.", "state_dict.module.encoder.", "model/encoder_a.",
        "_orig_mod.module.", "stage9."}) {
    EXPECT_THAT(load(tensors_of(source, prefix)),
                AllOf(HasSubstr("loaded 10 tensors"),
                      HasSubstr("; names without \"" + prefix + "\"; dropped nothing")));
    EXPECT_TRUE(holds(tensors_of(source))) << prefix;
  }
}

TEST_F(PretrainedTest, TakesTheNetworkThatIsHandedOnAndDropsTheRest) {
  const encoders::Encoder other = encoders::make_encoder(small(), shape);
  struct Pair {
    std::string taken, left;
  };
  for (const Pair& pair :
       {Pair{"module.encoder_q.", "module.encoder_k."}, Pair{"online_encoder.", "target_encoder."},
        Pair{"backbone.", "backbone_momentum."}, Pair{"teacher.", "student."}, Pair{"", "ema."},
        Pair{"model/encoder_a.", "model/encoder_b."}}) {
    auto tensors = tensors_of(source, pair.taken);
    tensors.merge(tensors_of(other, pair.left));
    tensors[pair.taken + "fc.0.weight"] = at::zeros({3, 6});
    tensors["queue"] = at::zeros({4, 8});
    EXPECT_THAT(load(tensors),
                AllOf(HasSubstr("under " + pair.left + " as well)"), HasSubstr("(12 in all)")))
        << pair.taken;
    EXPECT_TRUE(holds(tensors_of(source))) << pair.taken;
  }
  // Of equal names, those of the right shapes: two halves of a split that have 1 and 3 channels.
  auto tensors = tensors_of(source, "l_to_ab.");
  tensors.merge(tensors_of(encoders::make_encoder(small(), {"b", 1, 8, 8}), "ab_to_l."));
  load(tensors);
  EXPECT_TRUE(holds(tensors_of(source)));
  tensors = tensors_of(source, "left.");
  tensors.merge(tensors_of(other, "right."));
  EXPECT_THAT(message(tensors), HasSubstr("encoder.weights of view 'a': "));
  EXPECT_THAT(message(tensors),
              HasSubstr("it holds the network 2 times, under left., right., and it is unclear"));
}

TEST_F(PretrainedTest, ReadsNumberedChildren) {
  const std::map<std::string, std::string> numbers = {{"stage1", "0"}, {"stage2", "3"}};
  for (const std::string prefix : {"", "features.", "module.f."}) {
    std::map<std::string, at::Tensor> tensors;
    for (const auto& [name, tensor] : tensors_of(source))
      tensors[prefix + numbers.at(name.substr(0, 6)) + name.substr(6)] = tensor;
    EXPECT_THAT(load(tensors), HasSubstr("0, 3 read as stage1, stage2")) << prefix;
    EXPECT_TRUE(holds(tensors_of(source))) << prefix;
  }
}

TEST_F(PretrainedTest, ConvertsOtherTypesAndSaysSo) {
  for (const auto& [type, name] :
       {std::pair{at::kHalf, "Half"}, {at::kBFloat16, "BFloat16"}, {at::kDouble, "Double"}}) {
    auto tensors = tensors_of(source), rounded = tensors;
    for (auto& [key, tensor] : tensors) {
      tensor = tensor.to(type);
      rounded[key] = tensor.to(at::kFloat);
    }
    EXPECT_THAT(load(tensors), HasSubstr(fmt::format("converted from {} to Float", name)));
    EXPECT_TRUE(holds(rounded)) << name;
  }
  auto tensors = tensors_of(source);
  tensors["stage1.1.num_batches_tracked"] = at::full({1}, 70, at::kInt);
  load(tensors);
  EXPECT_EQ(encoder->named_buffers()["stage1.1.num_batches_tracked"].item<std::int64_t>(), 70);
  tensors["stage2.0.weight"] = at::zeros({6, 4, 3, 3}, at::kChar);
  EXPECT_THAT(message(tensors), HasSubstr("stage2.0.weight is of type Char, where Float was "
                                          "expected; quantised weights are not read"));
}

TEST_F(PretrainedTest, ListsWhatDoesNotFit) {
  using Change = std::function<void(std::map<std::string, at::Tensor>&)>;
  struct Case {
    Change change;
    const char* said;
  };
  const auto erase = [](const char* name) {
    return [name](auto& tensors) { tensors.erase(name); };
  };
  const auto set = [](const char* name, const at::Tensor& tensor) {
    return [name, tensor](auto& tensors) { tensors[name] = tensor; };
  };
  const Case cases[] = {
      {erase("stage2.1.running_var"), "it lacks stage2.1.running_var; it holds nothing unexpected"},
      {set("stage3.0.weight", at::zeros({2})), "it lacks nothing; it holds unexpected stage3.0.w"},
      {set("stage2.4.weight", at::zeros({2})), "it holds unexpected stage2.4.weight"},
      {set("stage2.0.weight", at::zeros({6, 5, 3, 3})),
       "stage2.0.weight is [6, 5, 3, 3] in the file, but [6, 4, 3, 3] in the encoder"},
      {set("stage1.1.weight", at::full({4}, std::nan(""))),
       "4 of 4 numbers of stage1.1.weight are NaN or infinite"},
      {set("stage1.1.weight", at::full({4}, 1e300, at::kDouble)),
       "4 of 4 numbers of stage1.1.weight are NaN or infinite in float32"},
      {[](auto& tensors) {
         tensors = {{"w", at::zeros({2})}};
       },
       "none of its tensors has a name of the encoder's; it holds w; the encoder has stage1.0."},
      {[](auto& tensors) { tensors.clear(); }, "it holds nothing; the encoder has stage1.0."},
  };
  for (const Case& wrong : cases) {
    auto tensors = tensors_of(source);
    wrong.change(tensors);
    EXPECT_THAT(message(tensors), HasSubstr(wrong.said));
    EXPECT_THAT(message(tensors), HasSubstr("encoder.weights of view 'a': ")) << wrong.said;
  }
  const auto before = tensors_of(encoder = encoders::make_encoder(small(), shape));
  auto tensors = tensors_of(source);
  tensors["stage2.1.weight"][0] = std::nan("");
  files::save_safetensors(folder / "x.safetensors", {.tensors = tensors, .metadata = {}});
  EXPECT_THROW(load_pretrained(encoder, folder / "x.safetensors"), Error);
  EXPECT_TRUE(holds(before));  // all or nothing
}

TEST_F(PretrainedTest, NamesTheOptionThatWouldFit) {
  const encoders::EncoderOptions large{.network = encoders::Network::resnet18};
  encoders::EncoderOptions little = large;
  little.small_stem = true;
  const auto of = [](const encoders::EncoderOptions& options, const data::ViewShape& view = shape) {
    return tensors_of(encoders::make_encoder(options, view));
  };
  const auto whole = of(large);
  EXPECT_THAT(message(whole, little),
              HasSubstr("conv1.weight is [64, 3, 7, 7] in the file, but [64, 3, 3, 3] in the "
                        "encoder; the file's entry is 7 × 7: encoder.small_stem = false has that"));
  EXPECT_THAT(message(of(little), large), HasSubstr("encoder.small_stem = true has that"));
  EXPECT_THAT(message(of(large, {"b", 1, 8, 8}), large),
              HasSubstr("the file's network takes 1 channels, view 'a' has 3"));
  EXPECT_THAT(message(of({.network = encoders::Network::resnet50}), large),
              HasSubstr("has bottlenecks: encoder.name = \"resnet50\" may be it"));

  std::map<std::string, at::Tensor> transformers;
  for (const auto& [name, tensor] : whole) {
    std::string spelled = name;
    if (name.starts_with("layer")) {
      const std::string stage = std::to_string(name[5] - '1'), block = name.substr(7, 1);
      const std::string rest = name.substr(9),
                        start = "encoder.stages." + stage + ".layers." + block;
      if (rest.starts_with("downsample."))
        spelled = start + ".shortcut." + (rest[11] == '0' ? "convolution" : "normalization") +
                  rest.substr(12);
      else
        spelled = start + ".layer." + std::to_string(rest[rest.find('.') - 1] - '1') +
                  (rest.starts_with("conv") ? ".convolution" : ".normalization") +
                  rest.substr(rest.find('.'));
    } else {
      spelled = std::string("embedder.embedder.") +
                (name.starts_with("conv") ? "convolution" : "normalization") +
                name.substr(name.find('.'));
    }
    transformers["resnet." + spelled] = tensor;
  }
  transformers["classifier.1.weight"] = at::zeros({10, 512});
  EXPECT_THAT(load(transformers, large),
              AllOf(HasSubstr("; names without \"resnet.\"; transformers' names read as "
                              "torchvision's; dropped classifier.1.weight; missing bn1.num"),
                    HasSubstr("loaded 100 tensors")));
  EXPECT_TRUE(holds(whole));
}

TEST_F(PretrainedTest, NamesAFileOfAnotherKind) {
  const auto said = [&](const std::string& name, const std::string& bytes) {
    const auto path = folder.write(name, bytes);
    return message_of<Error>([&] {
      encoders::Encoder fresh = encoders::make_encoder(small(), shape);
      load_pretrained(fresh, path);
    });
  };
  const std::string archive = std::string("PK\3\4", 4) + std::string(40, '\0');
  EXPECT_THAT(
      said("r.pth", archive + "r/data.pkl"),
      AllOf(HasSubstr("r.pth: this is a PyTorch checkpoint (torch.save), a pickle; weights "
                      "are read from safetensors files; this line converts it: python3 -c '"),
            HasSubstr("r.pth' '"), HasSubstr("r.safetensors'")));
  EXPECT_THAT(said("r.safetensors", archive + "r/data.pkl"),
              AllOf(HasSubstr("a PyTorch checkpoint"), HasSubstr("r-converted.safetensors'")));
  EXPECT_THAT(said("it's.bin", std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50"
                                           "\x19\x2e.",
                                           16)),
              AllOf(HasSubstr("a PyTorch checkpoint"), HasSubstr("it'\"'\"'s.bin' '")));
  EXPECT_THAT(message_of<Error>([&] {
                encoders::Encoder fresh = encoders::make_encoder(small(), shape);
                load_pretrained(fresh, folder / "none.safetensors");
              }),
              HasSubstr("none.safetensors: there is no such file"));
  EXPECT_THAT(said("cut.safetensors", std::string("\x40\0\0\0\0\0\0\0{\"a\":", 13)),
              HasSubstr("not a safetensors file, or cut short"));
}

}  // namespace
}  // namespace cmc::encoders
