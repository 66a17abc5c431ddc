#include "cmc/exchange/onnx_model.h"

#include <ATen/ATen.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <numeric>
#include <set>
#include <unordered_map>
#include <variant>
#include <vector>

#include "cmc/error.h"
#include "cmc/files/checksum.h"

namespace cmc::exchange {
namespace {

using torch::jit::Node;
using torch::jit::Value;

constexpr int opset = 15;
constexpr int ir_version = 8;

int type_of(at::ScalarType type) {
  switch (type) {
    case at::kByte:
      return onnx::TensorProto::UINT8;
    case at::kFloat:
      return onnx::TensorProto::FLOAT;
    case at::kDouble:
      return onnx::TensorProto::DOUBLE;
    case at::kLong:
      return onnx::TensorProto::INT64;
    default:
      fail("ONNX export: tensors of type {} are not handed on", at::toString(type));
  }
}

/// Turns a traced graph into ONNX's, node by node.
class Converter {
 public:
  explicit Converter(const torch::jit::Module& module) : graph_(*model_.mutable_graph()) {
    const auto traced = module.get_method("encode").graph();
    objects_[traced->inputs().at(0)] = {module._ivalue(), ""};
    for (std::size_t i = 1; i < traced->inputs().size(); ++i) add_input(traced->inputs()[i]);
    for (const Node* node : traced->nodes()) convert(*node);
    result_ = traced->outputs().at(0);
  }

  onnx::ModelProto finish(const std::string& output,
                          const std::map<std::string, std::string>& metadata) {
    add("Identity", {tensor(result_)}, {}, output);
    describe(*graph_.add_output(), output, result_);
    graph_.set_name("cmc");
    model_.set_ir_version(ir_version);
    model_.set_producer_name("cmc");
    model_.set_producer_version(CMC_VERSION);
    model_.add_opset_import()->set_version(opset);
    for (const auto& [key, value] : metadata) {
      auto* entry = model_.add_metadata_props();
      entry->set_key(key);
      entry->set_value(value);
    }
    return std::move(model_);
  }

 private:
  struct Object {
    c10::intrusive_ptr<c10::ivalue::Object> value;
    std::string path;  // ends in a dot, or is empty
  };
  using Ints = std::vector<std::int64_t>;

  // Values of the traced graph.

  std::int64_t integer(const Value* value) const {
    return torch::jit::toIValue(value).value().toInt();
  }
  double number(const Value* value) const {
    return torch::jit::toIValue(value).value().toScalar().toDouble();
  }
  bool truth(const Value* value) const { return torch::jit::toIValue(value).value().toBool(); }
  bool is_none(const Value* value) const {
    const auto constant = torch::jit::toIValue(value);
    return constant && constant->isNone();
  }
  static c10::ArrayRef<const Value*> elements(const Value* list) { return list->node()->inputs(); }
  Ints integers(const Value* list) const {
    if (const auto constant = torch::jit::toIValue(list)) return constant->toIntVector();
    Ints found;
    for (const Value* element : elements(list)) found.push_back(integer(element));
    return found;
  }
  static Ints sizes(const Value* value) {
    const auto known = value->type()->expect<c10::TensorType>()->sizes().concrete_sizes();
    check(known.has_value(), "ONNX export: the shape of %{} is unknown", value->debugName());
    return *known;
  }

  /// The name of a tensor in ONNX's graph.
  std::string tensor(const Value* value) {
    const auto found = names_.find(value);
    if (found != names_.end()) return found->second;
    const auto constant = torch::jit::toIValue(value);
    check(constant.has_value(), "ONNX export: %{} comes from nowhere", value->debugName());
    const at::Tensor content =
        constant->isTensor() ? constant->toTensor() : at::scalar_tensor(constant->toScalar());
    // A number among tensors is traced as a float64 of no dimension, and takes their type.
    const bool number = content.dim() == 0 && content.is_floating_point();
    return names_[value] = add_initializer(number ? content.to(at::kFloat) : content);
  }

  /// An operand of arithmetic with float tensors: a tensor or a number.
  std::string operand(const Value* value) {
    const auto constant = torch::jit::toIValue(value);
    if (constant && constant->isScalar()) return scalar(constant->toScalar().toDouble());
    return tensor(value);
  }

  std::string scalar(double value) {
    return add_initializer(at::scalar_tensor(value, at::TensorOptions(at::kFloat)));
  }

  // ONNX's graph.

  std::string fresh(const std::string& stem) { return fmt::format("{}_{}", stem, ++count_); }

  std::string add_initializer(const at::Tensor& content, std::string name = {}) {
    const at::Tensor packed = content.detach().cpu().contiguous();
    if (name.empty()) name = fresh("constant");
    auto* proto = graph_.add_initializer();
    proto->set_name(name);
    proto->set_data_type(type_of(packed.scalar_type()));
    for (const std::int64_t size : packed.sizes()) proto->add_dims(size);
    proto->set_raw_data(packed.data_ptr(), packed.nbytes());
    return name;
  }

  std::string add_integers(const Ints& values) {
    return add_initializer(at::tensor(values, at::kLong));
  }

  struct Attribute {
    const char* name;
    std::variant<std::int64_t, double, Ints> value;
  };

  std::string add(const char* type, const std::vector<std::string>& inputs,
                  const std::vector<Attribute>& attributes = {}, std::string output = {}) {
    auto* node = graph_.add_node();
    node->set_op_type(type);
    if (output.empty()) output = fresh(type);
    node->set_name(output);
    for (const std::string& input : inputs) node->add_input(input);
    node->add_output(output);
    for (const Attribute& attribute : attributes) {
      auto* proto = node->add_attribute();
      proto->set_name(attribute.name);
      if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
        proto->set_type(onnx::AttributeProto::INT);
        proto->set_i(*integer);
      } else if (const auto* real = std::get_if<double>(&attribute.value)) {
        proto->set_type(onnx::AttributeProto::FLOAT);
        proto->set_f(static_cast<float>(*real));
      } else {
        proto->set_type(onnx::AttributeProto::INTS);
        for (const std::int64_t value : std::get<Ints>(attribute.value)) proto->add_ints(value);
      }
    }
    return output;
  }

  /// Type and shape of a graph's input or output, with an open batch.
  void describe(onnx::ValueInfoProto& info, const std::string& name, const Value* value) const {
    info.set_name(name);
    auto* type = info.mutable_type()->mutable_tensor_type();
    const auto traced = value->type()->expect<c10::TensorType>();
    type->set_elem_type(type_of(traced->scalarType().value()));
    const Ints shape = sizes(value);
    for (std::size_t i = 0; i < shape.size(); ++i) {
      auto* dimension = type->mutable_shape()->add_dim();
      if (i == 0) {
        dimension->set_dim_param("N");
      } else {
        dimension->set_dim_value(shape[i]);
      }
    }
  }

  void add_input(const Value* value) {
    describe(*graph_.add_input(), value->debugName(), value);
    names_[value] = value->debugName();
  }

  // The operators.

  void convert(const Node& node) {
    const std::string kind = node.kind().toQualString();
    if (kind == "prim::Constant" || kind == "prim::ListConstruct") return;  // read where used
    if (kind == "prim::GetAttr") return get_attribute(node);
    const auto found = operators().find(kind);
    check(found != operators().end(),
          "ONNX export: there is no counterpart for the operator {}; TorchScript and safetensors "
          "have it",
          kind);
    names_[node.output()] = (this->*found->second)(node);
  }

  void get_attribute(const Node& node) {
    const Object& owner = objects_.at(node.input());
    const std::string& name = node.s(c10::attr::name);
    const std::string path = owner.path + name;
    const c10::IValue value = owner.value->getAttr(name);
    if (value.isObject()) {
      objects_[node.output()] = {value.toObject(), path + "."};
      return;
    }
    if (node.output()->uses().empty()) return;
    if (added_.insert(path).second) add_initializer(value.toTensor(), path);
    names_[node.output()] = path;
  }

  using Operator = std::string (Converter::*)(const Node&);
  static const std::unordered_map<std::string, Operator>& operators() {
    static const std::unordered_map<std::string, Operator> table = {
        {"aten::to", &Converter::cast},
        {"aten::contiguous", &Converter::same},
        {"aten::add", &Converter::add_scaled<false>},
        {"aten::sub", &Converter::add_scaled<true>},
        {"aten::mul", &Converter::binary<0>},
        {"aten::div", &Converter::binary<1>},
        {"aten::pow", &Converter::binary<2>},
        {"aten::gt", &Converter::binary<3>},
        {"aten::lt", &Converter::binary<4>},
        {"aten::le", &Converter::binary<5>},
        {"aten::eq", &Converter::binary<6>},
        {"aten::maximum", &Converter::binary<7>},
        {"aten::minimum", &Converter::binary<8>},
        {"aten::clamp_min", &Converter::binary<7>},
        {"aten::matmul", &Converter::binary<9>},
        {"aten::sqrt", &Converter::unary<0>},
        {"aten::relu", &Converter::unary<1>},
        {"aten::log", &Converter::unary<2>},
        {"aten::isnan", &Converter::unary<3>},
        {"aten::masked_fill", &Converter::masked_fill},
        {"aten::index_select", &Converter::index_select},
        {"aten::embedding", &Converter::embedding},
        {"aten::softmax", &Converter::softmax},
        {"aten::layer_norm", &Converter::layer_norm},
        {"aten::unsqueeze", &Converter::unsqueeze},
        {"aten::transpose", &Converter::transpose_two},
        {"aten::narrow", &Converter::narrow},
        {"aten::mean", &Converter::mean},
        {"aten::where", &Converter::where},
        {"aten::slice", &Converter::slice},
        {"aten::cat", &Converter::concatenate},
        {"aten::sum", &Converter::sum},
        {"aten::flatten", &Converter::flatten},
        {"aten::t", &Converter::transpose},
        {"aten::addmm", &Converter::addmm},
        {"aten::linear", &Converter::linear},
        {"aten::_convolution", &Converter::convolution},
        {"aten::batch_norm", &Converter::batch_norm},
        {"aten::max_pool2d", &Converter::max_pool},
        {"aten::adaptive_avg_pool2d", &Converter::average_pool},
    };
    return table;
  }

  template <int index>
  std::string binary(const Node& node) {
    constexpr const char* names[] = {"Mul",         "Div",   "Pow", "Greater", "Less",
                                     "LessOrEqual", "Equal", "Max", "Min",     "MatMul"};
    return add(names[index], {operand(node.input(0)), operand(node.input(1))});
  }

  template <int index>
  std::string unary(const Node& node) {
    constexpr const char* names[] = {"Sqrt", "Relu", "Log", "IsNaN"};
    return add(names[index], {tensor(node.input(0))});
  }

  /// self ± alpha · other.
  template <bool negative>
  std::string add_scaled(const Node& node) {
    std::string other = operand(node.input(1));
    if (const double alpha = number(node.input(2)); alpha != 1) {
      other = add("Mul", {other, scalar(alpha)});
    }
    return add(negative ? "Sub" : "Add", {operand(node.input(0)), other});
  }

  std::string same(const Node& node) { return tensor(node.input(0)); }

  std::string cast(const Node& node) {
    const auto from = node.input(0)->type()->expect<c10::TensorType>()->scalarType();
    const auto to = node.output()->type()->expect<c10::TensorType>()->scalarType();
    if (from == to) return tensor(node.input(0));
    return add("Cast", {tensor(node.input(0))}, {{"to", std::int64_t{type_of(to.value())}}});
  }

  std::string where(const Node& node) {
    return add("Where", {tensor(node.input(0)), operand(node.input(1)), operand(node.input(2))});
  }

  std::string masked_fill(const Node& node) {
    return add("Where", {tensor(node.input(1)), operand(node.input(2)), tensor(node.input(0))});
  }

  std::string index_select(const Node& node) {
    return add("Gather", {tensor(node.input(0)), tensor(node.input(2))},
               {{"axis", integer(node.input(1))}});
  }

  std::string embedding(const Node& node) {
    return add("Gather", {tensor(node.input(0)), tensor(node.input(1))},
               {{"axis", std::int64_t{0}}});
  }

  std::string softmax(const Node& node) {
    return add("Softmax", {tensor(node.input(0))}, {{"axis", integer(node.input(1))}});
  }

  /// (x − mean) / √(variance + ε) of the last dimension, times the weight, plus the bias.
  std::string layer_norm(const Node& node) {
    const std::vector<Attribute> last = {{"axes", Ints{-1}}, {"keepdims", std::int64_t{1}}};
    const std::string x = tensor(node.input(0));
    const std::string centred = add("Sub", {x, add("ReduceMean", {x}, last)});
    const std::string variance = add("ReduceMean", {add("Mul", {centred, centred})}, last);
    const std::string deviation =
        add("Sqrt", {add("Add", {variance, scalar(number(node.input(4)))})});
    const std::string weighted =
        add("Mul", {add("Div", {centred, deviation}), tensor(node.input(2))});
    return add("Add", {weighted, tensor(node.input(3))});
  }

  std::string unsqueeze(const Node& node) {
    return add("Unsqueeze", {tensor(node.input(0)), add_integers({integer(node.input(1))})});
  }

  std::string transpose_two(const Node& node) {
    Ints order(sizes(node.input(0)).size());
    std::iota(order.begin(), order.end(), 0);
    std::swap(order.at(static_cast<std::size_t>(integer(node.input(1)))),
              order.at(static_cast<std::size_t>(integer(node.input(2)))));
    return add("Transpose", {tensor(node.input(0))}, {{"perm", order}});
  }

  std::string narrow(const Node& node) {
    const std::int64_t begin = integer(node.input(2));
    return add("Slice", {tensor(node.input(0)), add_integers({begin}),
                         add_integers({begin + integer(node.input(3))}),
                         add_integers({integer(node.input(1))})});
  }

  std::string mean(const Node& node) {
    return add(
        "ReduceMean", {tensor(node.input(0))},
        {{"axes", integers(node.input(1))}, {"keepdims", std::int64_t{truth(node.input(2))}}});
  }

  std::string slice(const Node& node) {
    return add("Slice",
               {tensor(node.input(0)), add_integers({integer(node.input(2))}),
                add_integers({integer(node.input(3))}), add_integers({integer(node.input(1))}),
                add_integers({integer(node.input(4))})});
  }

  std::string concatenate(const Node& node) {
    std::vector<std::string> parts;
    for (const Value* part : elements(node.input(0))) parts.push_back(tensor(part));
    return add("Concat", parts, {{"axis", integer(node.input(1))}});
  }

  std::string sum(const Node& node) {
    return add("ReduceSum", {tensor(node.input(0)), add_integers(integers(node.input(1)))},
               {{"keepdims", std::int64_t{truth(node.input(2))}}});
  }

  std::string flatten(const Node& node) {
    check(integer(node.input(1)) == 1 && integer(node.input(2)) == -1,
          "ONNX export: only whole samples are flattened");
    return add("Flatten", {tensor(node.input(0))}, {{"axis", std::int64_t{1}}});
  }

  std::string transpose(const Node& node) {
    return add("Transpose", {tensor(node.input(0))}, {{"perm", Ints{1, 0}}});
  }

  /// beta · bias + alpha · a · b.
  std::string addmm(const Node& node) {
    return add("Gemm", {tensor(node.input(1)), tensor(node.input(2)), tensor(node.input(0))},
               {{"alpha", number(node.input(4))}, {"beta", number(node.input(3))}});
  }

  std::string linear(const Node& node) {
    std::vector<std::string> inputs = {tensor(node.input(0)), tensor(node.input(1))};
    if (!is_none(node.input(2))) inputs.push_back(tensor(node.input(2)));
    return add("Gemm", inputs, {{"transB", std::int64_t{1}}});
  }

  static Ints both_sides(Ints padding) {
    const Ints begin = padding;
    padding.insert(padding.end(), begin.begin(), begin.end());
    return padding;
  }

  std::string convolution(const Node& node) {
    check(!truth(node.input(6)), "ONNX export: transposed convolutions are not handed on");
    std::vector<std::string> inputs = {tensor(node.input(0)), tensor(node.input(1))};
    if (!is_none(node.input(2))) inputs.push_back(tensor(node.input(2)));
    return add("Conv", inputs,
               {{"strides", pair(node.input(3))},
                {"pads", both_sides(pair(node.input(4)))},
                {"dilations", pair(node.input(5))},
                {"group", integer(node.input(8))}});
  }

  /// With the running statistics.
  std::string batch_norm(const Node& node) {
    check(!truth(node.input(5)), "ONNX export: the encoder must be in evaluation mode");
    std::vector<std::string> inputs;
    for (std::size_t i = 0; i < 5; ++i) inputs.push_back(tensor(node.input(i)));
    return add("BatchNormalization", inputs, {{"epsilon", number(node.input(7))}});
  }

  /// Of both axes; one number stands for the two.
  Ints pair(const Value* list) const {
    const Ints found = integers(list);
    return found.size() == 1 ? Ints{found[0], found[0]} : found;
  }

  std::string max_pool(const Node& node) {
    return add("MaxPool", {tensor(node.input(0))},
               {{"kernel_shape", pair(node.input(1))},
                {"strides", pair(node.input(2))},
                {"pads", both_sides(pair(node.input(3)))},
                {"dilations", pair(node.input(4))},
                {"ceil_mode", std::int64_t{truth(node.input(5))}}});
  }

  /// To one cell, or to a grid whose cells may overlap: the mean over rows ⌊i H / g⌋ to
  /// ⌈(i + 1) H / g⌉ and columns alike, as a product with a matrix from each side.
  std::string average_pool(const Node& node) {
    const Ints grid = integers(node.input(1)), shape = sizes(node.input(0));
    if (grid == Ints{1, 1}) return add("GlobalAveragePool", {tensor(node.input(0))});
    const auto means = [](std::int64_t cells, std::int64_t size) {
      at::Tensor matrix = at::zeros({cells, size});
      for (std::int64_t i = 0; i < cells; ++i) {
        const std::int64_t begin = i * size / cells, end = ((i + 1) * size + cells - 1) / cells;
        matrix[i].slice(0, begin, end).fill_(1.0 / static_cast<double>(end - begin));
      }
      return matrix;
    };
    const std::string rows =
        add("MatMul", {add_initializer(means(grid[0], shape[2])), tensor(node.input(0))});
    return add("MatMul", {rows, add_initializer(means(grid[1], shape[3]).t())});
  }

  onnx::ModelProto model_;
  onnx::GraphProto& graph_;
  std::unordered_map<const Value*, Object> objects_;
  std::unordered_map<const Value*, std::string> names_;
  std::set<std::string> added_;
  const Value* result_ = nullptr;
  int count_ = 0;
};

}  // namespace

std::string onnx_model(const torch::jit::Module& module, const std::string& output,
                       const std::map<std::string, std::string>& metadata) {
  std::map<std::string, std::string> entries = metadata;
  entries["checksum"] = files::no_checksum;
  const onnx::ModelProto model = Converter(module).finish(output, entries);
  try {
    onnx::checker::check_model(model);
  } catch (const std::exception& error) {
    fail("ONNX export: ONNX's checker refuses the model: {}", error.what());
  }
  std::string bytes = model.SerializeAsString();
  const std::string sum = files::checksum_text(files::crc32(0, bytes.data(), bytes.size()));
  bytes.replace(bytes.rfind(files::no_checksum), sum.size(), sum);
  return bytes;
}

}  // namespace cmc::exchange
