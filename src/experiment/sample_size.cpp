#include "experiment/sample_size.hpp"

#include <fmt/format.h>

#include "config/scalars.hpp"
#include "config/source.hpp"

namespace cnnctl {
namespace {

/// A shape as it stands in `model.input`; none if reading the model will say what is wrong with it.
std::optional<Shape> shape_in(const Node& node) {
  std::vector<std::int64_t> sizes;
  for (const Node& item : node.is_list() ? node.items() : std::vector<Node>{node}) {
    std::string problem;
    const auto size = to_integer(item, problem);
    if (!size || *size < 1) return std::nullopt;
    sizes.push_back(*size);
  }
  if (sizes.empty() || sizes.size() > Shape::kMaxRank) return std::nullopt;
  return Shape(sizes);
}

Node node_of(const Shape& shape, const Where& where) {
  std::vector<Node> sizes;
  for (const std::int64_t size : shape.sizes()) sizes.push_back(Node::plain(std::to_string(size), where));
  return Node::list(std::move(sizes), where);
}

/// What samples of this shape are to the network.
Shape reaching_network(const DataConfig& data, const Shape& sample) {
  if (!sample.is_image()) return sample;
  const SampleSpec spec = augmented(data, picture_and_class(sample, {}));
  return spec.column(spec.input).shape;
}

class SampleSize {
 public:
  SampleSize(const Node& root, Settings& settings, bool input_is_default, Diagnostics& diagnostics)
      : data_node_(root.find("data")),
        data_(settings.data),
        dataset_(*data_.format.dataset),
        model_(settings.model.node),
        input_is_default_(input_is_default),
        diagnostics_(diagnostics) {}

  void settle() {
    const std::optional<Node> input = model_input(model_);
    if (!input || (input_is_default_ && data_tell())) return find_input();
    const std::optional<Shape> shape = shape_in(*input);
    if (!shape) return;
    if (dataset_.picture_channels() && !data_.size) find_size(*shape);
    compare(*shape, input->where());
  }

 private:
  /// The samples' shape; none where only the samples themselves would tell.
  std::optional<Shape> sample_shape() const {
    if (const auto channels = dataset_.picture_channels()) {
      if (!data_.size) return std::nullopt;
      return Shape{*channels, (*data_.size)[0], (*data_.size)[1]};
    }
    const std::optional<Outline> outline = dataset_.outline(Split::train);
    if (!outline) return std::nullopt;
    if (!data_.size || !outline->input.is_image()) return outline->input;
    return Shape{outline->input.channels(), (*data_.size)[0], (*data_.size)[1]};
  }

  bool data_tell() const {
    try {
      return sample_shape().has_value();
    } catch (const Error&) {  // whoever opens the data says so
      return false;
    }
  }

  void find_input() {
    const auto complain = [&](const std::string& why) {
      diagnostics_.error(model_.where(),
                         "model needs 'input', such as [3, 32, 32]; it would follow from the data, but " + why);
    };
    try {
      if (const std::optional<Shape> shape = sample_shape())
        model_.set("input", node_of(reaching_network(data_, *shape), model_.where()), model_.where());
      else
        complain("data.size is left out as well");
    } catch (const ConfigError& error) {
      for (const Diagnostic& d : error.diagnostics()) diagnostics_.error(d.where, d.message);
    } catch (const Error& error) {
      constexpr std::string_view kError = ": error: ";
      std::string why = error.what();
      if (const std::size_t at = why.find(kError); at != std::string::npos) why.replace(at, kError.size(), ": ");
      complain(why);
    }
  }

  /// Pictures are fitted to the network, unless augmentation cuts something else out of them.
  void find_size(const Shape& input) {
    if (!input.is_image()) return;
    const Shape picture = input.with_channels(*dataset_.picture_channels());
    try {
      if (reaching_network(data_, picture) == picture) data_.size = Sizes{picture.height(), picture.width()};
    } catch (const ConfigError&) {  // whoever augments says so
    }
  }

  /// Only what was said: a default may be meant for another network.
  void compare(const Shape& input, const Where& where) {
    const Node* said = nullptr;
    for (const char* const key : {"size", "shape", "channels"})
      if (said == nullptr) said = data_node_->find(key);
    if (said == nullptr) return;
    try {
      const std::optional<Shape> sample = said_shape(input);
      if (!sample) return;
      const Shape reaching = reaching_network(data_, *sample);
      if (reaching == input) return;
      diagnostics_.error(where, fmt::format("model.input is {}, but the samples are {} ({})", input.str(),
                                            reaching.str(), quote_line(said->where())));
    } catch (const ConfigError&) {  // whoever augments says so
    }
  }

  /// The samples' shape as far as the configuration says it; the rest is as in `input`.
  std::optional<Shape> said_shape(const Shape& input) const {
    if (data_node_->find("shape") != nullptr || dataset_.picture_channels()) return sample_shape();
    if (!data_.size || !input.is_image()) return std::nullopt;  // a file tells, which is not opened for this
    return Shape{input.channels(), (*data_.size)[0], (*data_.size)[1]};
  }

  const Node* data_node_;
  DataConfig& data_;
  const Dataset& dataset_;
  Node& model_;
  bool input_is_default_;
  Diagnostics& diagnostics_;
};

}  // namespace

void settle_sample_size(const Node& root, Settings& settings, bool input_is_default, Diagnostics& diagnostics) {
  const Node& model = settings.model.node;
  if (!settings.data.format.dataset || !model.is_map() || model.find("inputs") != nullptr) return;
  if (diagnostics.has_errors()) return;  // what was not readable looks left out
  SampleSize(root, settings, input_is_default, diagnostics).settle();
}

}  // namespace cnnctl
