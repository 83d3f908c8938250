#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "vector_bits.hpp"

int main(int argc, char** argv) {
  cnnctl::kernels::limit_vector_bits(cnnctl::testing::vector_bits());
  return doctest::Context(argc, argv).run();
}
