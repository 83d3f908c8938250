#include "contract/crews.hpp"

#include <stdexcept>

namespace cnnctl::testing {

std::string crew_text(int workers, Workers::Backend backend) {
  return std::to_string(workers) + (backend == Workers::Backend::tbb ? " workers of tbb" : " workers of threads");
}

Crews::Crews() {
  for (const Workers::Backend backend : {Workers::Backend::tbb, Workers::Backend::threads})
    for (int count = 1; count <= 8; ++count)
      crews_.push_back({count, backend, std::make_unique<Workers>(count, backend)});
}

const Workers& Crews::of(int count, Workers::Backend backend) const {
  for (const Crew& crew : crews_)
    if (crew.count == count && crew.backend == backend) return *crew.workers;
  throw std::out_of_range("no crew of " + std::to_string(count));
}

}  // namespace cnnctl::testing
