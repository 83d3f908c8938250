// Writes the stored corpus, all but what fuzzing found. Not run with the others, since zlib and libjpeg of another
// version pack otherwise: cnnctl_tests --no-skip --test-case="fuzz: write the seeds"
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/file.hpp"
#include "base/temporary_folder.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/data_record.hpp"
#include "checkpoint/raw_file.hpp"
#include "checkpoint/small_network.hpp"
#include "cli/binary.hpp"
#include "data/exif_files.hpp"
#include "data/make_files.hpp"
#include "data/npy.hpp"
#include "train/tiny.hpp"

namespace cnnctl::testing {
namespace {

void write(const std::string& path, std::string_view bytes) {
  const std::string whole = kSourceFolder + "/tests/fuzz/corpus/" + path;
  std::filesystem::create_directories(std::filesystem::path(whole).parent_path());
  std::ofstream(whole, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A part with its length in front, as fuzz::Parts has it.
std::string part(std::string_view bytes) {
  return std::string{static_cast<char>(bytes.size() & 255), static_cast<char>(bytes.size() >> 8)}.append(bytes);
}

std::string ramp(std::size_t count) {
  std::string bytes;
  for (std::size_t i = 0; i < count; ++i) bytes += static_cast<char>(i * 37 % 251);
  return bytes;
}

void write_configs() {
  write("config/good-tiny.yaml", kTinyConfig);
  write("config/good-flow.yaml", kTiny);
  write("config/good-blocks.yaml", R"(name: blocks
data: {format: synthetic, classes: 2, count: 32, shape: [3, 8, 8], batch_size: 8, normalize: none}
blocks:
  twice:
    params: {width: 4}
    layers:
      - conv2d: {out_channels: $width, kernel_size: 3, padding: same}
      - batch_norm2d: {name: bn}
model:
  input: [3, 8, 8]
  layers:
    - twice: {width: 8}
    - relu: {name: left}
    - global_avg_pool
    - linear: 2
objective: [{loss: cross_entropy}]
optimizer: {type: adam, lr: 1e-3}
lr_scheduler: {type: step, step_size: 2}
parameters: [{match: "*.bn.*", lr_scale: 10}, {match: "*"}]
train: {epochs: 2, monitor: train_loss}
)");
  write("config/bad-alias.yaml", "a: &x 1\nb: *x\n");
  write("config/bad-word.yaml", "model:\n  input: [1, 8, 8]\n  layers:\n    - conv3d: {kernal: 5}\n");
  write("config/bad-empty.yaml", "");
}

void write_command_lines() {
  write("command_line/good-train", "train\nnet.yaml\noptimizer.lr=0.01\ntrain.epochs=3\n--threads\n2");
  write("command_line/good-resume", "train\n--resume\nruns/a/001\ndata.batch_size=8\n--format=json");
  write("command_line/good-bench", "bench\na.yaml\n--layers\n--batch-size\n1,32\n--threads=1,2\n--seconds\n0.5");
  write("command_line/good-infer", "infer\nruns/a\nx.png\ny.png\n--top-k\n3\n--output\nout.csv");
  write("command_line/good-diff", "checkpoint\ndiff\na\nb\n--require-equal");
  write("command_line/good-help", "help\ncheckpoint\ninspect");
  write("command_line/bad-slip", "trian\na.yaml");
  write("command_line/bad-number", "bench\na.yaml\n--seconds\nnan");
  write("command_line/bad-override", "train\na.yaml\nmodel.layers.0.conv2d.kernel_size=[3");
}

void write_sets() {
  const std::string labels = idx({3}, std::string_view("\1\0\7", 3)), images = idx({3, 2, 2}, ramp(12));
  write("idx/good-plain", std::string(1, '\0') + part(labels) + images);
  write("idx/good-packed", std::string(1, '\3') + part(gzip(labels)) + gzip(images));
  write("idx/good-images-packed", std::string(1, '\2') + part(labels) + gzip(images));
  write("idx/bad-count", std::string(1, '\0') + part(labels) + idx({4, 2, 2}, ramp(16)));
  write("idx/bad-huge", std::string(1, '\2') + part(labels) + gzip(idx({3, 65535, 65535}, "")));
  const std::string record = "\4" + ramp(3072);
  write("cifar/good-ten", std::string(1, '\0') + part("") + record);
  std::string names;
  for (const char name : std::string("abcdefghij")) names += std::string(1, name) + "\n";
  write("cifar/good-named", std::string(1, '\1') + part(names) + record);
  write("cifar/good-hundred", std::string(1, '\2') + part("") + "\4" + record);
  write("cifar/bad-cut", std::string(1, '\0') + part("") + record.substr(0, 500));
  write("cifar/bad-names", std::string(1, '\1') + part("a\nb\n") + record);
}

void write_arrays() {
  const TemporaryFolder folder;
  const std::vector<std::int64_t> shape{2, 3};
  write_npy(folder / "x.npy", shape, std::vector<float>{0, 1, -2, 3.5F, 1e30F, -0.F});
  const std::string good = read_file(folder / "x.npy");
  write("npy/good-f4.npy", good);
  std::string bytes = good;
  bytes.replace(bytes.find("<f4"), 3, "|u1").resize(good.size() - 18);
  write("npy/good-u1.npy", bytes);
  write("npy/bad-cut.npy", good.substr(0, good.size() - 1));
  bytes = good;
  bytes.replace(bytes.find("<f4"), 3, "|O8");
  write("npy/bad-object.npy", bytes);
}

void write_pictures() {
  const std::string grey = ramp(36), colours = ramp(48);
  write("picture/good-rgb.png", plain_png(4, 3, 10, 200, 30));
  write("picture/good-palette.png",
        png({.width = 3, .height = 2, .depth = 8, .colour = 3}, std::string("\0\0\1\2\0\2\1\0", 8),
            png_chunk("PLTE", ramp(9)) + png_chunk("tRNS", "\x80\xff") + png_chunk("eXIf", exif_block(6, true))));
  write("picture/good-deep-interlaced.png",
        png({.width = 1, .height = 1, .depth = 16, .colour = 4, .interlace = 1}, std::string("\0\1\2\3\4", 5)));
  write("picture/good.bmp", bmp(4, 4, colours));
  const std::vector<std::uint8_t> samples(colours.begin(), colours.end());
  write("picture/good-grey.jpg", jpeg(6, 6, 1, {grey.begin(), grey.end()}));
  write("picture/good-turned.jpg", with_exif(jpeg(4, 4, 3, samples), exif_block(8, false)));
  write("picture/good-progressive.jpg", jpeg(4, 4, 3, samples, true));
  write("picture/good-cmyk.jpg", jpeg(4, 3, 4, samples));
  write("picture/bad-cut.png", plain_png(4, 3, 1, 2, 3).substr(0, 60));
  const std::string whole = jpeg(4, 4, 3, samples);
  write("picture/bad-cut.jpg", whole.substr(0, whole.size() - 12));
  write("picture/bad.gif", "GIF89a\1\0\1\0");
}

void write_checkpoints() {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  Network network = bearers({"a", "b"});
  fill(network, 0);
  std::vector<real> momentum(static_cast<std::size_t>(network.flat_size()), real{0.5});
  const NamedState state{"momentum", momentum.data()};
  CheckpointInfo info;
  info.config = "name: a\n";
  info.class_names = {"cat", "dog"};
  info.pipeline.picture = info.pipeline.input = {1, 2, 2};
  info.pipeline.normalization = {{0.1}, {0.3}};
  info.progress = {3, 17, 2831, 64, {{"loss", {1234.5, 98.7}}}, 2, 0.3, 1, 0, 1, {}};
  info.metrics = R"({"loss":0.25})";
  save_model(path, network, info);
  write("safetensors/good-model", read_file(path));
  DataRecord record;
  record.train = {std::string("a/1\0b/2\0", 8), {Mark::of_size(7), Mark::of_hash(123)}};
  record.held_back = {1};
  save_state(path, network, std::span(&state, 1), info, &record);
  const std::string good = read_file(path);
  write("safetensors/good-state", good);
  write("safetensors/good-types",
        raw_file(R"({"a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"I64","shape":[],)"
                 R"("data_offsets":[4,12]},"c":{"dtype":"F8_E4M3","shape":[0,3],"data_offsets":[12,12]}})",
                 ramp(12)));
  write("safetensors/bad-cut", good.substr(0, good.size() - 3));
  std::string damaged = good;
  damaged.back() ^= 1;
  write("safetensors/bad-checksum", damaged);
  write("safetensors/bad-overlap", raw_file(R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                                            R"("b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
                                            ramp(3)));
}

}  // namespace

TEST_SUITE("fuzz") {
  TEST_CASE("fuzz: write the seeds" * doctest::skip()) {
    write_configs();
    write_command_lines();
    write_sets();
    write_arrays();
    write_pictures();
    write_checkpoints();
  }
}

}  // namespace cnnctl::testing
