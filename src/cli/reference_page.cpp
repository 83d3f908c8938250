// configs/README.md: the whole reference as one page, from the code's own declarations.
#include "cli/reference_page.hpp"

#include "config/doc.hpp"
#include "data/dataset.hpp"
#include "data/transform.hpp"
#include "experiment/experiment.hpp"
#include "layers/layer.hpp"
#include "losses/loss.hpp"
#include "metrics/metric.hpp"
#include "optim/optimizer.hpp"

namespace cnnctl::cli {
namespace {

constexpr const char* kBeginning = R"(# Configurations

<!-- Written by `make docs` from what the code declares; change the code, not this page. -->

| file | what |
|---|---|
| [lenet.yaml](lenet.yaml) | LeNet-5 on Fashion-MNIST or the digits: the first thing to train |
| [resnet20.yaml](resnet20.yaml) | ResNet-20 on CIFAR-10, with blocks |
| [zoo/](zoo) | twenty-one networks of torchvision, AlexNet to ConvNeXt, with its names for their parameters, and ten classics: LeNet-5, AlexNet and VGG as published, CIFAR's ResNet and DenseNet, an autoencoder, a U-Net, an LSTM |
| [tutorial/](tutorial) | the three worked examples of the tutorials that this project grew from |
| [bench/](bench) | the nets whose speed is compared with PyTorch's, on synthetic data |

A configuration is one YAML document. A layer, loss, optimizer and so on is a bare word (`relu`), a map with one key
(`conv2d: {out_channels: 8, kernel_size: 3}`) or, outside of lists of layers, a map with a type (`{type: sgd, lr: 0.1}`);
a single value stands for the main field (`linear: 10`). Paths are relative to the file. Numbers are decimal, `true` and
`false` are the only booleans; unknown and repeated keys are errors.

## The file
)";

constexpr const char* kModel = R"(
## model

`input` is `[channels, height, width]` or `[features]`; it may be left out where the data tell: the header of an IDX file,
CIFAR's format, `data.size` with `data.channels` of a folder of pictures, the shape of synthetic ones, each as augmentation
leaves it. `layers` is a list. Besides its own fields a layer may have a
`name` (dots allowed; the parameters are called `<name>.weight` and so on) and `inputs`, the names of the layers that it
reads; without it a layer reads the one above. `input` is the data. The last layer is the output.

Several inputs have names, `inputs: {image: [3, 32, 32], age: [1]}` in place of `input`, by which layers read them; the
first layer reads the first one, unless it says otherwise. Several outputs are named, too: `outputs: [fc, aux]`, layers
that may feed others as well.

A model may have variables of its own, as a block has (see below): `params: {classes: 1000, size: 224}`, then
`input: [3, $size, $size]` and `out_features: $classes`.

`defaults: {conv2d: {init: kaiming_normal, bias_init: zeros}}` holds for all layers of a kind that do not say otherwise,
those of blocks included. `changes: {layer1.0.conv1: {dilation: 2, padding: 2}, dropout_1: {when: false}}` gives single
layers other fields, by their full names, which `cnnctl summary` shows.

## zoo

```yaml
model: {zoo: resnet18, classes: 2}
```

takes model and blocks of [zoo/resnet18.yaml](zoo/resnet18.yaml), which the program brings along, and gives other values to
its `params`; `input: [1, 96, 96]` replaces its input. With neither `input` nor `size` the input is what the data say, and
else the file's. What a run keeps is written out and needs no zoo. Weights of torchvision, saved as safetensors, load with
`train --init-from`, and checkpoints load in torchvision with `strict=True`; `scripts/zoo-parity.sh` compares the outputs.
GoogLeNet has three outputs: copy the `objective` of its file. `changes` reaches into a network of the zoo, as in
`model: {zoo: resnet18, classes: 10, changes: {conv1: {kernel_size: 3, stride: 1, padding: 1}, max_pool2d_1: {when: false}}}`,
or `model.changes.conv1.stride=1` on the command line. First weights are drawn as torchvision draws them.

`cnnctl checkpoint convert RUN --linear-to-conv --output FILE` makes a classifier fully convolutional: flatten goes, linear
layers become convolutions of the size that they read, and with `--size 320` the network slides over pictures of 320x320
and averages its scores, or keeps their map (`--maps`). At the original size the scores are the same.

## blocks

```yaml
blocks:
  basic:
    params: {channels: required, stride: 1, project: false}     # what an entry must or may give, with defaults
    layers:
      - conv2d: {name: conv1, out_channels: $channels, kernel_size: 3, stride: $stride, padding: 1, bias: false}
      - batch_norm2d: {name: bn1}
      - relu
      - conv2d: {name: conv2, out_channels: $channels, kernel_size: 3, padding: 1, bias: false}
      - batch_norm2d: {name: bn2}
      - conv2d: {name: downsample.0, when: $project, inputs: [input], out_channels: $channels, kernel_size: 1,
                 stride: $stride, bias: false}
      - batch_norm2d: {name: downsample.1, when: $project}
      - add: {inputs: [bn2, downsample.1]}
      - relu
model:
  layers:
    - basic: {name: layer2, channels: 128, repeat: 2, first: {stride: 2, project: true}}
```

In a block `input` is the block's input, other names are those of the block, and its output is its last layer. A layer with
`when: false` is left out, and its name then means its input. `repeat` gives `layer2.0` and `layer2.1`; `first` changes
parameters of the first of them. `$channels * 4` and `$channels / 4` compute. Blocks may hold blocks.

)";

}  // namespace

std::string reference_page() {
  Settings settings;
  std::string page = kBeginning + markdown_fields(document_fields(settings)) + kModel;
  page += markdown("Layers", document(layers())) + "\n" + markdown("Losses", document(losses())) + "\n";
  page += markdown("Metrics", document(metrics())) + "\n";
  page += markdown("Optimizers", document(optimizers())) + "\n" + markdown("Schedules", document(schedules())) + "\n";
  return page + markdown("Datasets", document(datasets())) + "\n" + markdown("Augmentations", document(transforms()));
}

}  // namespace cnnctl::cli
