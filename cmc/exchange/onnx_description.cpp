#include "cmc/exchange/onnx_description.h"

#include <onnx/onnx_pb.h>

#include <nlohmann/json.hpp>

namespace cmc::exchange {
namespace {

using nlohmann::json;

std::string type_name(int type) {
  return onnx::TensorProto::DataType_Name(static_cast<onnx::TensorProto::DataType>(type));
}

json describe(const onnx::ValueInfoProto& info) {
  const auto& type = info.type().tensor_type();
  json shape = json::array();
  for (const auto& dimension : type.shape().dim()) {
    if (dimension.has_dim_value()) {
      shape.push_back(dimension.dim_value());
    } else {
      shape.push_back(dimension.dim_param());
    }
  }
  return {{"name", info.name()}, {"type", type_name(type.elem_type())}, {"shape", shape}};
}

}  // namespace

bool is_onnx(const std::string& bytes) {
  onnx::ModelProto model;
  return model.ParseFromString(bytes) && model.has_graph() && model.opset_import_size() > 0;
}

json describe_onnx(const std::string& bytes) {
  onnx::ModelProto model;
  model.ParseFromString(bytes);
  json inputs = json::array(), outputs = json::array(), tensors = json::array();
  for (const auto& info : model.graph().input()) inputs.push_back(describe(info));
  for (const auto& info : model.graph().output()) outputs.push_back(describe(info));
  for (const auto& tensor : model.graph().initializer()) {
    if (tensor.name().starts_with("constant_")) continue;
    tensors.push_back(
        {{"name", tensor.name()},
         {"type", type_name(tensor.data_type())},
         {"shape", std::vector<std::int64_t>(tensor.dims().begin(), tensor.dims().end())}});
  }
  json metadata = json::object();
  for (const auto& entry : model.metadata_props()) metadata[entry.key()] = entry.value();
  return {{"metadata", metadata}, {"inputs", inputs}, {"outputs", outputs}, {"tensors", tensors}};
}

}  // namespace cmc::exchange
