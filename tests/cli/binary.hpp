// The real program in a process of its own, as users and scripts run it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "base/child.hpp"
#include "base/file.hpp"
#include "base/temporary_folder.hpp"
#include "paths.hpp"

namespace cnnctl::testing {

/// What a command left behind.
struct Finished {
  int code = 0;
  std::string out, err;
};

/// A running `cnnctl` whose working folder is `folder`.
class Running {
 public:
  Running(const TemporaryFolder& folder, const std::vector<std::string>& arguments)
      : out_(folder / ".stdout"), err_(folder / ".stderr"), child_([&] { return execute(folder.path(), arguments); }) {}

  void kill(int signal) const { child_.kill(signal); }
  Finished wait() {
    const int code = child_.wait();
    return {code, read_file(out_), read_file(err_)};
  }

 private:
  int execute(const std::string& folder, const std::vector<std::string>& arguments) const {
    const int out = ::open(out_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err = ::open(err_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (::dup2(out, STDOUT_FILENO) < 0 || ::dup2(err, STDERR_FILENO) < 0 || ::chdir(folder.c_str()) != 0) return 99;
    std::vector<char*> argv = {const_cast<char*>(kBinary.c_str())};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::execv(kBinary.c_str(), argv.data());
    return 99;
  }

  std::string out_, err_;
  Child child_;
};

inline Finished call(const TemporaryFolder& folder, const std::vector<std::string>& arguments) {
  return Running(folder, arguments).wait();
}

/// Waits until `condition` holds; false after 60 seconds.
template <class Condition>
bool eventually(const Condition& condition) {
  for (int i = 0; i < 12000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return false;
}

/// A configuration that trains in a moment: 1x8x8 gratings of four classes, no files.
inline const char* const kTinyConfig = R"(name: tiny
seed: 7
data:
  format: synthetic
  classes: 4
  count: 240
  test_count: 80
  shape: [1, 8, 8]
  noise: 0.1
  validation: 0.25
  augment: [horizontal_flip]
  batch_size: 16
model:
  input: [1, 8, 8]
  layers:
    - conv2d: {name: conv, out_channels: 4, kernel_size: 3, padding: 1, bias: false}
    - batch_norm2d: {name: bn}
    - relu
    - max_pool2d: 2
    - flatten
    - dropout: 0.1
    - linear: {name: fc, out_features: 4}
loss: cross_entropy
optimizer: {type: sgd, lr: 0.05, momentum: 0.9}
lr_scheduler: cosine
train: {epochs: 3}
)";

}  // namespace cnnctl::testing
