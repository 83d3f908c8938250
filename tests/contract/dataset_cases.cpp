#include "contract/dataset_cases.hpp"

#include "configure.hpp"
#include "data/make_files.hpp"

namespace cnnctl::testing {
namespace {

using File = DatasetCase::File;

std::string pattern(std::size_t bytes, int step = 37) {
  std::string values;
  for (std::size_t i = 0; i < bytes; ++i) values += static_cast<char>(static_cast<int>(i) * step + 5);
  return values;
}

std::vector<std::uint8_t> samples(std::size_t bytes) {
  const std::string values = pattern(bytes);
  return {values.begin(), values.end()};
}

std::string labels(std::size_t count, int classes) {
  std::string values;
  for (std::size_t i = 0; i < count; ++i) values += static_cast<char>(static_cast<int>(i) % classes);
  return values;
}

std::string idx_images(std::uint32_t count, std::uint32_t height, std::uint32_t width) {
  return idx({count, height, width}, pattern(std::size_t{count} * height * width));
}
std::string idx_labels(std::uint32_t count) { return idx({count}, labels(count, 10)); }

/// Records of CIFAR: label bytes, then 3072 pixels.
std::string records(std::size_t count, std::size_t label_bytes) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i)
    all += std::string(label_bytes, static_cast<char>(i % 10)) + pattern(3072, static_cast<int>(i) + 3);
  return all;
}

File cifar_file(const std::string& path, std::size_t count, std::size_t label_bytes, Split split = Split::train) {
  const std::size_t record = label_bytes + 3072;
  return {.path = path,
          .content = records(count, label_bytes),
          .split = split,
          .in_place = true,
          .whole_at = [record](std::size_t bytes) { return bytes > 0 && bytes % record == 0; }};
}

std::vector<std::string> letters(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back(std::string(2, static_cast<char>('a' + i)));
  return names;
}

std::string lines(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + "\n";
  return text;
}

/// A name may be shorter, and the last line may do without its end.
bool all_ten_lines(std::size_t bytes) { return bytes >= 28; }

File png_file(const std::string& path, const std::string& content, Split split = Split::train) {
  return {.path = path, .content = content, .split = split, .sealed = true};
}

std::vector<DatasetCase> idx_cases() {
  return {
      {"idx",
       "plain files",
       "{path: \"@\"}",
       {{.path = "train-images-idx3-ubyte", .content = idx_images(4, 5, 3), .in_place = true},
        {.path = "train-labels-idx1-ubyte", .content = idx_labels(4), .in_place = true},
        {.path = "t10k-images-idx3-ubyte", .content = idx_images(3, 5, 3), .split = Split::test, .in_place = true},
        {.path = "t10k-labels-idx1-ubyte", .content = idx_labels(3), .split = Split::test, .in_place = true}},
       4,
       3,
       numbered_names(10)},
      {"idx",
       "gzipped, named in YAML",
       "{train_images: \"@/a\", train_labels: \"@/b\", test_images: \"@/c\", test_labels: \"@/b\", "
       "class_names: [p, q, r, s]}",
       {{.path = "a", .content = gzip(idx_images(4, 9, 7))},
        {.path = "b", .content = gzip(idx_labels(4))},
        {.path = "c", .content = gzip(idx_images(4, 2, 2)), .split = Split::test}},
       4,
       4,
       {"p", "q", "r", "s"}},
      {"idx",
       "vectors of floats, labels of 16 bits",
       "{path: \"@\", class_names: [p, q, r]}",
       {{.path = "train-images-idx2-float",
         .content = idx({3, 2}, big_endian<float>({1, -2.5f, 3e20f, 0, 1e-30f, 7}), '\x0d'),
         .in_place = true},
        {.path = "train-labels-idx1-short",
         .content = idx({3}, big_endian<std::int16_t>({2, 0, 1}), '\x0b'),
         .in_place = true},
        {.path = "t10k-images-idx2-float",
         .content = idx({1, 2}, big_endian<float>({1, 2}), '\x0d'),
         .split = Split::test,
         .in_place = true},
        {.path = "t10k-labels-idx1-int",
         .content = idx({1}, big_endian<std::int32_t>({2}), '\x0c'),
         .split = Split::test,
         .in_place = true}},
       3,
       1,
       {"p", "q", "r"}},
      {"idx",
       "pictures of two channels and single doubles",
       "{path: \"@\"}",
       {{.path = "train-images-idx4-short",
         .content =
             idx({2, 2, 1, 3}, big_endian<std::int16_t>({1, 2, 3, -4, -5, -6, 700, 8, 9, 10, 11, -1200}), '\x0b'),
         .in_place = true},
        {.path = "train-labels-idx1-byte", .content = idx({2}, "\3\4", '\x09'), .in_place = true},
        {.path = "t10k-images-idx1-double",
         .content = idx({2}, big_endian<double>({0.5, -1e20}), '\x0e'),
         .split = Split::test,
         .in_place = true},
        {.path = "t10k-labels-idx1-ubyte", .content = idx_labels(2), .split = Split::test, .in_place = true}},
       2,
       2,
       numbered_names(10)},
      {"idx",
       "many",
       "{path: \"@\"}",
       {{.path = "train-images-idx3-ubyte", .content = idx_images(400, 28, 28)},
        {.path = "train-labels-idx1-ubyte.gz", .content = gzip(idx_labels(400))},
        {.path = "t10k-images-idx3-ubyte.gz", .content = gzip(idx_images(200, 28, 28)), .split = Split::test},
        {.path = "t10k-labels.idx1-ubyte", .content = idx_labels(200), .split = Split::test}},
       400,
       200,
       numbered_names(10),
       true},
  };
}

std::vector<DatasetCase> cifar_cases() {
  return {
      {"cifar",
       "ten classes, named",
       "\"@\"",
       {cifar_file("data_batch_1.bin", 1, 1),
        cifar_file("data_batch_2.bin", 2, 1),
        cifar_file("test_batch.bin", 1, 1, Split::test),
        {.path = "batches.meta.txt", .content = lines(letters(10)), .in_place = true, .whole_at = all_ten_lines}},
       3,
       1,
       letters(10)},
      {"cifar",
       "a hundred classes",
       "{path: \"@\"}",
       {cifar_file("train.bin", 2, 2), cifar_file("test.bin", 1, 2, Split::test)},
       2,
       1,
       numbered_names(100)},
      {"cifar",
       "many, coarse",
       "{path: \"@\", labels: coarse}",
       {cifar_file("train.bin", 150, 2), cifar_file("test.bin", 120, 2, Split::test)},
       150,
       120,
       numbered_names(20),
       true},
  };
}

DatasetCase many_pictures() {
  DatasetCase c{"image_folder", "many", "{path: \"@\"}", {}, 1500, 1200, {"first", "second"}, true};
  for (int i = 0; i < 1500; ++i) {
    const std::string name = (i % 3 == 0 ? "first/" : "second/deeper/") + std::string("picture-") + std::to_string(i);
    c.files.push_back({.path = "train/" + name + ".png", .content = plain_png(2, 1, i, 0, 0)});
    if (i < 1200) c.files.push_back({.path = "test/" + name + ".png", .content = plain_png(2, 1, 0, i, 0)});
  }
  return c;
}

std::vector<DatasetCase> image_folder_cases() {
  return {
      {"image_folder",
       "PNG and BMP in colour",
       "\"@\"",
       {png_file("train/cat/1.png", plain_png(3, 2, 10, 200, 30)),
        png_file("train/cat/deep/2.png",
                 png({.width = 3, .height = 2, .colour = 0}, pattern(8, 0).replace(0, 1, 1, 0).replace(4, 1, 1, 0))),
        png_file("train/dog/3.png", png({.width = 2, .height = 4, .colour = 6}, std::string(36, '\0'))),
        {.path = "train/dog/4.bmp", .content = bmp(3, 2, pattern(18))},
        png_file("test/dog/5.png", plain_png(1, 1, 1, 2, 3), Split::test)},
       4,
       1,
       {"cat", "dog"}},
      {"image_folder",
       "JPEG in grey",
       "{path: \"@\", channels: 1}",
       {{.path = "train/a/1.jpg", .content = jpeg(8, 8, 1, samples(64))},
        {.path = "train/b/2.jpeg", .content = jpeg(9, 7, 3, samples(189), true)},
        {.path = "test/b/3.jpg", .content = jpeg(5, 3, 3, samples(45)), .split = Split::test}},
       2,
       1,
       {"a", "b"}},
      many_pictures(),
  };
}

std::vector<DatasetCase> synthetic_cases() {
  return {
      {"synthetic", "classes", "{classes: 3, count: 7, test_count: 5, shape: [2, 4, 3]}", {}, 7, 5, numbered_names(3)},
      {"synthetic",
       "pictures as targets",
       "{classes: 2, count: 4, test_count: 3, shape: [1, 5, 4], target: clean, seed: 9}",
       {},
       4,
       3,
       numbered_names(2)},
      {"synthetic", "many", "{count: 600, test_count: 300}", {}, 600, 300, numbered_names(10), true},
  };
}

}  // namespace

void DatasetCase::write(const TemporaryFolder& folder) const {
  for (const File& file : files) folder.write(file.path, file.content);
}

Choice<Dataset> DatasetCase::configured(const TemporaryFolder& folder) const {
  std::string text = yaml;
  for (std::size_t at; (at = text.find('@')) != std::string::npos;) text.replace(at, 1, folder.path());
  return configure(datasets(), kind, text);
}

const std::vector<DatasetCase>& dataset_cases() {
  static const std::vector<DatasetCase> cases = [] {
    std::vector<DatasetCase> all;
    for (const auto& some : {idx_cases(), cifar_cases(), image_folder_cases(), synthetic_cases()})
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }();
  return cases;
}

}  // namespace cnnctl::testing
