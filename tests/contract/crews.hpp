// Workers of every number and kind: for laws that say that neither matters.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/workers.hpp"

namespace cnnctl::testing {

/// "3 workers of tbb"
std::string crew_text(int workers, Workers::Backend backend);

/// 1 to 8 workers of both kinds.
class Crews {
 public:
  struct Crew {
    int count;
    Workers::Backend backend;
    std::unique_ptr<Workers> workers;

    std::string text() const { return crew_text(count, backend); }
  };

  Crews();
  const Workers& of(int count, Workers::Backend backend = Workers::Backend::tbb) const;
  const std::vector<Crew>& all() const { return crews_; }

 private:
  std::vector<Crew> crews_;
};

}  // namespace cnnctl::testing
