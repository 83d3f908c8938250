#include "model/linear_to_conv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "base/error.hpp"

namespace cnnctl {
namespace {

/// Each value by itself, wherever it stands.
constexpr std::array<std::string_view, 22> kElementwise = {
    "relu",         "relu6",     "leaky_relu",     "elu",      "selu",
    "celu",         "gelu",      "silu",           "mish",     "hard_swish",
    "hard_sigmoid", "hard_tanh", "softplus",       "softsign", "sigmoid",
    "tanh",         "dropout",   "gaussian_noise", "scale",    "stochastic_depth",
    "add",          "mul"};
/// The channels of a position, or all positions of a channel alike.
constexpr std::array<std::string_view, 11> kByChannel = {
    "softmax",         "log_softmax", "prelu",         "layer_norm",         "concat", "slice", "chunk",
    "channel_shuffle", "dropout2d",   "channel_scale", "local_response_norm"};

bool is_in(std::span<const std::string_view> words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

Node sizes_node(const Shape& shape) {
  Node list = Node::list();
  for (const std::int64_t size : shape.extents()) list.items().push_back(Node::plain(std::to_string(size)));
  return list;
}

class Converter {
 public:
  Converter(const Network& network, bool maps) : network_(network), maps_(maps) {}

  ModelSpec convert() {
    for (const ModelInput& input : network_.inputs()) names_[input.name] = input.name;
    find_flattened();
    for (std::size_t i = 0; i < network_.layers().size(); ++i) convert(i);
    if (!changed_) throw ConfigError(place(0), "no layer joins the positions of a picture: the network is as it was");
    finish_outputs();
    Node model = write_model(network_.spec());
    *model.find("layers") = std::move(list_);
    if (model.find("outputs")) model.set("outputs", std::move(outputs_));
    Diagnostics diagnostics;
    ModelSpec spec = read_model(model, nullptr, diagnostics);
    diagnostics.throw_if_errors();
    spec.groups = network_.spec().groups;
    return spec;
  }

 private:
  /// Adaptive pooling that only flatten reads, elementwise layers aside: what gives the linear layers their size.
  void find_flattened() {
    for (std::size_t i = network_.layers().size(); i-- > 0;) {
      const LayerInfo& layer = network_.layers()[i];
      const bool passes =
          is_in(kElementwise, layer.type) && layer.inputs.size() == 1 && flattened_.contains(layer.name);
      if (layer.type == "flatten" || passes) flattened_.insert(layer.inputs.front());
    }
  }

  void convert(std::size_t i) {
    const LayerInfo& layer = network_.layers()[i];
    const Shape& in = layer.input_shapes.front();
    if (layer.type == "flatten") {
      if (!in.is_image() && in.rank() != 1) refuse(i, fmt::format("flattens {}, which is no picture", in.str()));
      names_[layer.name] = names_.at(layer.inputs.front());
      if (in.is_image()) vectors_[layer.name] = in;
      if (in.rank() == 1) pass_vector(layer);
      changed_ = changed_ || in.is_image();
    } else if (vectors_.contains(layer.inputs.front())) {
      convert_vector(i);
    } else if (in.is_image() && (layer.type == "global_avg_pool" || layer.type == "global_max_pool")) {
      pool(i, in.with_channels(1), Shape{1, 1, 1});
      vectors_[layer.name] = {in.channels(), 1, 1};
    } else if (in.is_image() && layer.type.starts_with("adaptive_") && flattened_.contains(layer.name)) {
      convert_adaptive(i);
    } else if (!layer.output.is_image()) {
      refuse(i, fmt::format("makes {} of {}", layer.output.str(), in.str()));
    } else {
      for (const std::string& input : layer.inputs)
        if (vectors_.contains(input)) refuse(i, fmt::format("joins a picture with '{}', which sees all of it", input));
      add(i, layer.type, fields(i));
    }
  }

  void convert_adaptive(std::size_t i) {
    const LayerInfo& layer = network_.layers()[i];
    const Shape &in = layer.input_shapes.front(), &out = layer.output;
    if (in == out) {
      names_[layer.name] = names_.at(layer.inputs.front());
      return;
    }
    if (in.height() % out.height() != 0 || in.width() % out.width() != 0)
      refuse(i, fmt::format("pools {}x{} in {}x{} windows that are not all of one size", in.height(), in.width(),
                            out.height(), out.width()));
    const Shape window{1, in.height() / out.height(), in.width() / out.width()};
    pool(i, window, window);
  }

  void pool(std::size_t i, const Shape& window, const Shape& stride) {
    const bool largest = network_.layers()[i].type.find("max") != std::string::npos;
    Node body = Node::map();
    body.set("kernel_size", sizes_node(window));
    body.set("stride", sizes_node(stride));
    add(i, largest ? "max_pool2d" : "avg_pool2d", std::move(body));
    changed_ = true;
  }

  /// A layer whose input is a vector, which stands for the flattened image that is known of it.
  void convert_vector(std::size_t i) {
    const LayerInfo& layer = network_.layers()[i];
    const Shape image = vectors_.at(layer.inputs.front());
    for (const std::string& input : layer.inputs)
      if (!vectors_.contains(input)) refuse(i, fmt::format("joins a vector with '{}', which is none", input));
    const bool pixels = image.positions() == 1;
    if (layer.type == "linear") {
      convert_linear(i, image);
    } else if (is_in(kElementwise, layer.type) || (pixels && is_in(kByChannel, layer.type))) {
      add(i, layer.type, fields(i));
      vectors_[layer.name] = image.with_channels(pixels ? layer.output.count() : image.channels());
    } else if (pixels && layer.type == "batch_norm1d") {
      add(i, "batch_norm2d", fields(i));
      vectors_[layer.name] = image;
    } else {
      refuse(i, fmt::format("reads a vector of {} values, of {} at each position of a picture",
                            layer.input_shapes.front().count(), image.channels()));
    }
  }

  void convert_linear(std::size_t i, const Shape& image) {
    Node given = fields(i), body = Node::map();
    body.set("out_channels", *given.find("out_features"));
    body.set("kernel_size", sizes_node(image));
    for (const char* const key : {"bias", "init", "bias_init"})
      if (const Node* value = given.find(key)) body.set(key, *value);
    const LayerInfo& layer = network_.layers()[i];
    add(i, "conv2d", std::move(body));
    vectors_[layer.name] = {layer.output.count(), 1, 1};
    changed_ = true;
  }

  void pass_vector(const LayerInfo& layer) {
    const auto at = vectors_.find(layer.inputs.front());
    if (at != vectors_.end()) vectors_[layer.name] = at->second;
  }

  Node fields(std::size_t i) const {
    const Choice<Layer> layer = network_.spec().layers[i].layer;
    return write_fields(*layer);
  }

  void add(std::size_t i, const std::string& word, Node body) {
    const LayerInfo& layer = network_.layers()[i];
    std::vector<Node> inputs;
    for (const std::string& input : layer.inputs) inputs.push_back(Node::string(names_.at(input)));
    names_[layer.name] = layer.name;
    append(word, layer.name, Node::list(std::move(inputs)), std::move(body));
  }

  void append(const std::string& word, const std::string& name, Node inputs, Node fields) {
    Node body = Node::map(), entry = Node::map();
    body.set("name", Node::string(name));
    body.set("inputs", std::move(inputs));
    for (Node::Entry& field : fields.entries()) body.set(field.key, std::move(field.value));
    entry.set(word, std::move(body));
    list_.items().push_back(std::move(entry));
  }

  void finish_outputs() {
    for (const std::size_t output : network_.outputs()) {
      const std::string& name = network_.layers()[output].name;
      const bool scores = vectors_.contains(name);
      if (scores && vectors_.at(name).positions() > 1)
        refuse(output, "flattens a picture, and no linear layer reads it");
      if (scores && !maps_) append("global_avg_pool", mean_of(name), Node::string(names_.at(name)), Node::map());
      outputs_.items().push_back(Node::string(scores && !maps_ ? mean_of(name) : names_.at(name)));
    }
  }

  Where place(std::size_t i) const { return network_.spec().layers[i].where; }
  [[noreturn]] void refuse(std::size_t i, const std::string& why) const {
    const LayerInfo& layer = network_.layers()[i];
    throw ConfigError(place(i), fmt::format("layer '{}' ({}) has no counterpart on larger pictures: it {}", layer.name,
                                            layer.type, why));
  }

  const Network& network_;
  bool maps_, changed_ = false;
  std::set<std::string, std::less<>> flattened_;
  std::map<std::string, std::string, std::less<>> names_;  // what a layer of the old network is in the new one
  std::map<std::string, Shape, std::less<>> vectors_;      // of the old network: the images that they are of in the new
  Node list_ = Node::list(), outputs_ = Node::list();
};

}  // namespace

std::string mean_of(const std::string& output) { return output + ".mean"; }

ModelSpec fully_convolutional(const Network& network, bool maps) { return Converter(network, maps).convert(); }

}  // namespace cnnctl
