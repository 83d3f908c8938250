#include "contract/layer_cases.hpp"

namespace cnnctl::testing {

std::string LayerCase::text() const {
  std::string all = kind + " " + yaml + " on";
  for (const Shape& shape : shapes) all += " " + shape.str();
  for (const Named& next : behind) all += " + " + next.kind + " " + next.yaml;
  return all;
}

const std::vector<LayerCase>& layer_cases() {
  // What is named behind the shapes says why the case is there. Activations without kinks, for the numeric gradients.
  static const std::vector<LayerCase> cases = {
      // Convolutions, by algorithm: forward / gradient of the input / gradient of the weights.
      {"conv2d", "{out_channels: 8, kernel_size: 3, padding: 1}", {{6, 7, 5}}},
      {"conv2d", "{out_channels: 4, kernel_size: 3, stride: 1, padding: 1, bias: false}", {{4, 6, 6}}},
      {"conv2d", "{out_channels: 6, kernel_size: 5}", {{1, 9, 8}}},               // one channel
      {"conv2d", "{out_channels: 1, kernel_size: 3, padding: 1}", {{16, 6, 7}}},  // one filter
      {"conv2d", "{out_channels: 1, kernel_size: 5, padding: 2}", {{3, 7, 6}}},
      {"conv2d", "{out_channels: 5, kernel_size: 1}", {{7, 5, 3}}},  // 1x1
      {"conv2d", "{out_channels: 20, kernel_size: 1}", {{24, 4, 4}}},
      {"conv2d", "{out_channels: 6, kernel_size: 1, stride: 2}", {{8, 5, 6}}},
      {"conv2d", "{out_channels: 5, kernel_size: 1, padding: 1}", {{3, 4, 3}}},  // border of bias alone
      {"conv2d", "{out_channels: 9, kernel_size: 3, stride: 2, padding: 1}", {{5, 7, 8}}},
      {"conv2d", "{out_channels: 16, kernel_size: 3, stride: 2, padding: 1}", {{16, 8, 7}}},
      {"conv2d", "{out_channels: 6, kernel_size: 2, stride: 2}", {{5, 6, 8}}},  // windows side by side
      {"conv2d", "{out_channels: 5, kernel_size: [1, 3], stride: [2, 1]}", {{4, 5, 7}}},
      {"conv2d", "{out_channels: 7, kernel_size: [3, 2], padding: [1, 0, 0, 2]}", {{5, 6, 5}}},
      {"conv2d", "{out_channels: 5, kernel_size: 3, padding: same, dilation: 2}", {{4, 7, 8}}},
      {"conv2d", "{out_channels: 24, kernel_size: 3, dilation: 2}", {{24, 7, 6}}},
      {"conv2d", "{out_channels: 3, kernel_size: 3, padding: full}", {{2, 4, 5}}},
      {"conv2d", "{out_channels: 4, kernel_size: 4, stride: 3, padding: valid}", {{3, 7, 10}}},
      {"conv2d", "{out_channels: 6, kernel_size: 3, groups: 3, padding: 1}", {{6, 5, 6}}},  // groups
      {"conv2d", "{out_channels: 32, kernel_size: 3, groups: 4, padding: 1}", {{32, 6, 5}}},
      {"conv2d", "{out_channels: 8, kernel_size: 3, groups: 2, stride: 2, bias: false}", {{4, 7, 7}}},
      {"conv2d", "{out_channels: 6, kernel_size: 3, groups: 6, padding: 1}", {{6, 6, 7}}},  // depthwise
      {"conv2d", "{out_channels: 17, kernel_size: 5, groups: 17, padding: 2, stride: 2, bias: false}", {{17, 7, 6}}},
      {"conv2d", "{out_channels: 12, kernel_size: 3, groups: 6}", {{6, 5, 4}}},      // two filters to a channel
      {"conv2d", "{out_channels: 24, kernel_size: 3, padding: 1}", {{16, 12, 13}}},  // Winograd
      {"conv2d", "{out_channels: 16, kernel_size: 3, padding: 1, bias: false}", {{32, 9, 8}}},
      {"conv2d", "{out_channels: 16, kernel_size: 5, padding: 2}", {{16, 9, 8}}},
      {"conv2d", "{out_channels: 256, kernel_size: 3, padding: 1}", {{192, 8, 8}}},  // more weights than a cache
      {"conv2d", "{out_channels: 3, kernel_size: 3}", {{3, 3, 3}}},                  // one output
      {"conv2d", "{out_channels: 1, kernel_size: 1}", {{1, 1, 1}}},
      {"conv2d", "{out_channels: 8, kernel_size: 3, padding: 1}", {{6, 7, 5}}, {{"tanh", ""}}},
      {"conv2d", "{out_channels: 20, kernel_size: 3, padding: 1, bias: false}", {{16, 8, 9}}, {{"sigmoid", ""}}},
      {"conv2d", "{out_channels: 6, kernel_size: 3, groups: 6}", {{6, 6, 7}}, {{"tanh", ""}}},
      {"conv2d", "{out_channels: 5, kernel_size: 3, padding: 1}", {{3, 8, 6}}, {{"max_pool2d", "2"}}},
      {"conv2d", "{out_channels: 6, kernel_size: 5, bias: false}", {{1, 10, 9}}, {{"max_pool2d", "2"}, {"tanh", ""}}},
      {"conv2d", "{out_channels: 6, kernel_size: 3, padding: 1}", {{4, 5, 6}}, {{"batch_norm2d", ""}}, true},
      {"conv2d",
       "{out_channels: 6, kernel_size: 3, bias: false}",
       {{4, 7, 6}},
       {{"batch_norm2d", ""}, {"relu", ""}},
       true},
      {"conv2d", "{out_channels: 8, kernel_size: 3, groups: 2}", {{4, 7, 6}}, {{"batch_norm2d", ""}}, true},
      {"conv2d", "{out_channels: 6, kernel_size: 3, groups: 6}", {{6, 7, 6}}, {{"batch_norm2d", ""}}, true},
      {"conv2d",
       "{out_channels: 5, kernel_size: 3}",
       {{3, 8, 6}},
       {{"batch_norm2d", ""}, {"max_pool2d", "2"}, {"relu", ""}},
       true},
      // Pooling: one window beside the other, over one another, with gaps, of equal sizes, beyond the border.
      {"max_pool2d", "{kernel_size: 2}", {{6, 7, 5}}},
      {"max_pool2d", "{kernel_size: 2}", {{3, 6, 8}}},
      {"max_pool2d", "{kernel_size: 3, stride: 1, padding: 1}", {{4, 6, 5}}},
      {"max_pool2d", "{kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}", {{5, 6, 7}}},
      {"max_pool2d", "{kernel_size: [1, 3], stride: [3, 2]}", {{17, 7, 8}}},
      {"max_pool2d", "{kernel_size: 1}", {{3, 4, 5}}},
      {"max_pool2d", "{kernel_size: 2}", {{5, 6, 7}}, {{"tanh", ""}}},
      {"max_pool2d", "{kernel_size: 3, stride: 1, padding: 1}", {{4, 6, 5}}, {{"sigmoid", ""}}},
      {"avg_pool2d", "{kernel_size: 3, stride: 2, padding: 1}", {{6, 7, 5}}},
      {"avg_pool2d", "{kernel_size: 3, stride: 1, padding: 1}", {{4, 6, 5}}},
      {"avg_pool2d", "{kernel_size: 2, stride: 3, padding: 1, count_include_pad: false}", {{5, 6, 7}}},
      {"avg_pool2d", "{kernel_size: 3, stride: 2, padding: 1, ceil_mode: true}", {{17, 6, 6}}},
      {"avg_pool2d", "{kernel_size: 1}", {{3, 4, 5}}},
      {"global_avg_pool", "", {{6, 7, 5}}},
      {"global_avg_pool", "", {{17, 1, 1}}},
      {"global_avg_pool", "", {{1, 4, 3}}},
      {"adaptive_avg_pool2d", "1", {{6, 7, 5}}},
      {"adaptive_avg_pool2d", "[3, 2]", {{17, 7, 5}}},            // windows that overlap
      {"adaptive_avg_pool2d", "{output_size: 4}", {{5, 8, 12}}},  // side by side
      {"adaptive_avg_pool2d", "[5, 3]", {{3, 2, 3}}},             // more than positions
      {"linear", "{out_features: 9, per_position: true}", {{7, 3, 4}}},
      {"linear", "{out_features: 20, bias: false, per_position: true}", {{33, 2, 5}}, {{"tanh", ""}}},
      {"linear", "{out_features: 10}", {{12}}},
      {"linear", "{out_features: 12, bias: false}", {{12}}},
      {"linear", "{out_features: 1}", {{37}}},
      {"linear", "{out_features: 65}", {{1}}},
      {"linear", "{out_features: 33}", {{70}}, {{"tanh", ""}}},
      {"linear", "{out_features: 8, bias: false}", {{8}}, {{"sigmoid", ""}}},
      {"flatten", "", {{6, 7, 5}}},
      {"flatten", "", {{7, 1, 1}}},
      {"flatten", "", {{1, 3, 4}}},
      {"flatten", "", {{9}}},
      {"relu", "", {{6, 7, 5}}},
      {"relu", "", {{13}}},
      {"leaky_relu", "{negative_slope: 0.1}", {{6, 7, 5}}},
      {"leaky_relu", "{negative_slope: 0}", {{13}}},
      {"elu", "{alpha: 0.5}", {{6, 7, 5}}},
      {"elu", "", {{13}}},
      {"relu6", "", {{6, 7, 5}}},
      {"selu", "", {{6, 7, 5}}},
      {"celu", "{alpha: 0.5}", {{6, 7, 5}}},
      {"celu", "", {{13}}},
      {"gelu", "", {{13}}},
      {"gelu", "tanh", {{6, 7, 5}}},
      {"silu", "", {{6, 7, 5}}},
      {"mish", "", {{6, 7, 5}}},
      {"hard_swish", "", {{6, 7, 5}}},
      {"hard_sigmoid", "", {{6, 7, 5}}},
      {"hard_tanh", "{min_val: -0.5, max_val: 1.25}", {{6, 7, 5}}},
      {"hard_tanh", "", {{13}}},
      {"softplus", "{beta: 3, threshold: 4}", {{6, 7, 5}}},
      {"softplus", "", {{13}}},
      {"softsign", "", {{6, 7, 5}}},
      {"relu6", "", {{13}}},
      {"silu", "", {{13}}},
      {"mish", "", {{13}}},
      {"softsign", "", {{13}}},
      {"selu", "", {{13}}},
      {"hard_swish", "", {{13}}},
      {"hard_sigmoid", "", {{13}}},
      {"sigmoid", "", {{6, 7, 5}}},
      {"sigmoid", "", {{13}}},
      {"tanh", "", {{6, 7, 5}}},
      {"tanh", "", {{13}}},
      {"softmax", "", {{6, 7, 5}}},
      {"softmax", "", {{13}}},
      {"softmax", "", {{1}}},
      {"softmax", "", {{40, 2, 1}}},
      {"log_softmax", "", {{6, 7, 5}}},
      {"log_softmax", "", {{13}}},
      {"log_softmax", "", {{1}}},
      {"global_max_pool", "", {{6, 7, 5}}},
      {"global_max_pool", "", {{17, 20, 21}}},  // places that need two bytes
      {"global_max_pool", "", {{3, 4}}},
      {"mul", "", {{6, 7, 5}, {6, 7, 5}}},
      {"mul", "", {{17, 3, 5}, {17}}},
      {"mul", "", {{5, 3, 4}, {5, 1, 1}}},
      {"mul", "", {{9}, {9}}},
      {"scale", "{factor: -0.75, shift: 0.5}", {{6, 7, 5}}},
      {"scale", "2", {{13}}},
      {"slice", "{start: 2, end: 5}", {{6, 7, 5}}},
      {"slice", "{start: 3}", {{17, 2, 2}}},
      {"slice", "{end: 4}", {{4}}},
      {"channel_shuffle", "2", {{6, 7, 5}}},
      {"channel_shuffle", "5", {{20, 3, 2}}},
      {"dropout2d", "{p: 0.3}", {{6, 7, 5}}},
      {"dropout2d", "{p: 0.3}", {{13}}},
      {"dropout2d", "{p: 0}", {{5, 2, 3}}},
      {"stochastic_depth", "{p: 0.4}", {{6, 7, 5}}},
      {"stochastic_depth", "{p: 0.4}", {{13}}},
      {"dropout", "{p: 0.3}", {{6, 7, 5}}},
      {"dropout", "{p: 0.3}", {{13}}},
      {"dropout", "{p: 0}", {{6, 3, 5}}},
      // Batch norm: gathered by parts of a batch (64 rows and more to a group) and from all of it.
      {"batch_norm1d", "{momentum: 0.2}", {{12}}},
      {"batch_norm1d", "{affine: false}", {{17}}},
      {"batch_norm1d", "{track_running_stats: false}", {{5}}},
      {"batch_norm1d", "", {{9}}, {{"tanh", ""}}},
      {"batch_norm2d", "{momentum: 0.2}", {{6, 7, 5}}},
      {"batch_norm2d", "", {{3, 4, 4}}},
      {"batch_norm2d", "{affine: false}", {{17, 6, 6}}},
      {"batch_norm2d", "{track_running_stats: false, eps: 0.01}", {{4, 6, 7}}},
      {"batch_norm2d", "{affine: false, track_running_stats: false}", {{4, 3, 2}}},
      {"batch_norm2d", "", {{6, 7, 5}}, {{"tanh", ""}}},
      {"batch_norm2d", "", {{6, 7, 5}, {6, 7, 5}}, {{"add", ""}}},
      {"batch_norm2d", "", {{6, 7, 5}, {6, 7, 5}}, {{"add", ""}, {"tanh", ""}}},
      {"batch_norm2d", "", {{5, 3, 4}, {5, 3, 4}}, {{"add", ""}, {"sigmoid", ""}}},
      {"batch_norm2d", "", {{6, 7, 10}}, {{"max_pool2d", "2"}}},
      {"batch_norm2d", "", {{6, 12, 12}}, {{"max_pool2d", "2"}, {"tanh", ""}}},
      {"batch_norm2d", "{affine: false}", {{3, 5, 4}}, {{"max_pool2d", "2"}, {"tanh", ""}}},
      {"layer_norm", "{eps: 0.01}", {{6, 7, 5}}},
      {"layer_norm", "", {{37}}},
      {"layer_norm", "{affine: false}", {{17, 3, 4}}},
      {"channel_scale", "", {{6, 7, 5}}},
      {"channel_scale", "{init: {type: normal, std: 1}}", {{17}}},
      {"add", "", {{6, 7, 5}, {6, 7, 5}}},
      {"add", "", {{13}, {13}, {13}}},
      {"concat", "", {{6, 7, 5}, {6, 7, 5}}},
      {"concat", "", {{1, 3, 4}, {5, 3, 4}, {2, 3, 4}}},
      {"concat", "", {{4}, {9}}},
      {"concat", "", {{3, 4, 2}}},  // one alone passes through
  };
  return cases;
}

}  // namespace cnnctl::testing
