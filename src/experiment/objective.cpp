// `objective:` as fields, and the one form that it has for all others.
#include "experiment/experiment.hpp"

namespace cnnctl {

void TermConfig::fields(Fields& f) {
  f.shorthand("loss");
  f.optional("name", name, "names its numbers where there are several terms: loss_<name>; default: the output's");
  f.optional("output", output, "which output of the model; default: the first");
  f.required("loss", loss, losses(), "what is made small");
  f.optional("target", target,
             "what the output should be, a column of the data; default: the class, or what the data "
             "has in its place");
  f.optional("weight", weight, "factor in the sum of all terms", positive());
}

std::vector<TermConfig> Settings::terms() const {
  if (!objective.empty()) return objective;
  TermConfig term;
  term.loss = loss;
  return {term};
}

}  // namespace cnnctl
