#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "paths.hpp"
#include "patience.hpp"
#include "vector_bits.hpp"

namespace cnnctl::testing {

const std::string kBinary = CNNCTL_BINARY;
const std::string kSourceFolder = CNNCTL_SOURCE_DIR;
const int kPatience = CNNCTL_PATIENCE;

}  // namespace cnnctl::testing

int main(int argc, char** argv) {
  cnnctl::kernels::limit_vector_bits(cnnctl::testing::vector_bits());
  return doctest::Context(argc, argv).run();
}
