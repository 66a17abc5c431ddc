#include "cmc/encoders/torchscript.h"

#include <fmt/ranges.h>
#include <torch/script.h>

#include <algorithm>
#include <filesystem>

#include "cmc/encoders/network_file.h"
#include "cmc/error.h"

namespace cmc::encoders {
namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

/// The last line that holds something: where TorchScript says what went wrong.
std::string last_line(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

torch::jit::Module open_module(const std::string& path, const std::string& view) {
  const std::string where = fmt::format("encoder.torchscript of view '{}': {}", view, path);
  check(std::filesystem::is_regular_file(path), "{}: there is no such file", where);
  const NetworkFile kind = network_file(path);
  check(kind == NetworkFile::torchscript || kind == NetworkFile::exported ||
            kind == NetworkFile::unknown || kind == NetworkFile::zip,
        "{}: this is {}, not a TorchScript file; torch.jit.script(module).save(…) writes one, and "
        "encoder.weights takes weights alone, from a safetensors file",
        where, describe(kind));
  torch::jit::ExtraFilesMap files = {{"cmc.json", ""}};
  torch::jit::Module module;
  try {
    module = torch::jit::load(path, at::kCPU, files);
  } catch (const std::exception& error) {
    fail("{}: not a TorchScript file that this libtorch can read: {}", where,
         first_line(error.what()));
  }
  check(files.at("cmc.json").empty(),
        "{}: `cmc export` wrote it: it makes the view itself, from raw values, and an encoder is "
        "given the view; `cmc export RUN --view VIEW --format safetensors` writes weights for "
        "encoder.weights",
        where);
  return module;
}

class ScriptedImpl : public torch::nn::Module {
 public:
  ScriptedImpl(const std::string& path, const std::string& view)
      : module_(open_module(path, view)) {
    for (const auto& entry : module_.named_parameters())
      register_parameter(flat(entry.name), entry.value, entry.value.requires_grad());
    for (const auto& entry : module_.named_buffers())
      register_buffer(flat(entry.name), entry.value);
  }

  at::Tensor forward(const at::Tensor& x) {
    const at::IValue y = module_.forward({x});
    check(y.isTensor(), "its result is a {}; a tensor was expected", y.tagKind());
    return y.toTensor();
  }

  void train(bool on = true) override {
    torch::nn::Module::train(on);
    module_.train(on);
  }

 private:
  static std::string flat(std::string name) {
    std::ranges::replace(name, '.', '/');
    return name;
  }

  torch::jit::Module module_;
};

/// What a module gives for rows of a view, in evaluation mode. Throws Error that names both where
/// it fails or gives no [N, R].
at::Tensor tried(ScriptedImpl& module, const at::Tensor& rows, const EncoderOptions& options,
                 const data::ViewShape& shape) {
  const std::string given = fmt::format("[{}]", fmt::join(rows.sizes(), ", "));
  at::Tensor result;
  try {
    result = module.forward(rows);
  } catch (const std::exception& error) {
    fail("encoder.torchscript: {} fails on {} of view '{}': {}", options.torchscript, given,
         shape.name, last_line(error.what()));
  }
  check(result.dim() == 2 && result.size(0) == rows.size(0) && result.size(1) > 0,
        "encoder.torchscript: {} gives [{}] for {} of view '{}'; a vector for each row, [{}, R], "
        "was expected",
        options.torchscript, fmt::join(result.sizes(), ", "), given, shape.name, rows.size(0));
  check(result.is_floating_point(),
        "encoder.torchscript: {} gives numbers of type {} for {} of view '{}'; floating-point ones "
        "were expected",
        options.torchscript, at::toString(result.scalar_type()), given, shape.name);
  return result;
}

/// Rows of a view, the same each time, without a draw of libtorch's default generator.
at::Tensor example_rows(std::int64_t count, const data::ViewShape& shape) {
  const at::Tensor places = at::arange(count * shape.numel(), at::kDouble);
  return at::sin(places * places * 0.37 + places)
      .to(at::kFloat)
      .reshape({count, shape.channels, shape.height, shape.width});
}

}  // namespace

Backbone torchscript(const EncoderOptions& options, const data::ViewShape& shape) {
  const auto module = std::make_shared<ScriptedImpl>(options.torchscript, shape.name);
  std::int64_t width = 0;
  {
    const at::NoGradGuard no_grad;
    module->eval();
    width =
        tried(*module, at::zeros({2, shape.channels, shape.height, shape.width}), options, shape)
            .size(1);
    const at::Tensor rows = example_rows(2, shape);
    const at::Tensor both = tried(*module, rows, options, shape);
    for (std::int64_t i = 0; i < 2; ++i) {
      const at::Tensor one = tried(*module, rows.narrow(0, i, 1), options, shape);
      check(one.size(1) == width && both.size(1) == width,
            "encoder.torchscript: {} gives rows of {} numbers for one row of view '{}' and of {} "
            "for two; each row's vector must be its own",
            options.torchscript, one.size(1), shape.name, both.size(1));
      check(at::allclose(one, both.narrow(0, i, 1), 1e-3, 1e-4, /*equal_nan=*/true),
            "encoder.torchscript: {} gives another vector for a row of view '{}' alone than beside "
            "a second row, in evaluation mode; each row's vector must be its own",
            options.torchscript, shape.name);
    }
    module->train();
  }
  Backbone backbone;
  backbone.modules.emplace_back("backbone", module);
  backbone.layers.push_back(
      {"torchscript", [module](const at::Tensor& x) { return module->forward(x); }});
  backbone.representation_dim = width;
  backbone.rows_apart = false;
  return backbone;
}

}  // namespace cmc::encoders
