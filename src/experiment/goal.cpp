#include "experiment/goal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.hpp"
#include "config/suggest.hpp"
#include "data/batch.hpp"

namespace cnnctl {
namespace {

constexpr std::string_view kOfTraining = "train_", kOfValidation = "val_";

std::string no_such(std::string_view owner, std::string_view noun, const Name& name,
                    const std::vector<std::string_view>& names) {
  return fmt::format("{} no {} '{}'; there {}: {}{}", owner, noun, name.text, names.size() == 1 ? "is" : "are",
                     join(names), suggest(name.text, names));
}

/// Terms with their names and outputs; targets are not looked at.
std::vector<Term> named_terms(const Settings& settings, const Network& network, Diagnostics& diagnostics) {
  const std::vector<TermConfig> configs = settings.terms();
  std::vector<std::string_view> outputs;
  for (std::size_t i = 0; i < network.outputs().size(); ++i) outputs.push_back(network.output_layer(i).name);
  std::vector<Term> terms;
  for (const TermConfig& config : configs) {
    Term term{config.name, 0, config.target.text, config.weight, config.loss};
    const std::string_view looked_at = config.output.text.empty() ? outputs.front() : config.output.text;
    const auto at = std::find(outputs.begin(), outputs.end(), looked_at);
    if (at == outputs.end())
      diagnostics.error(config.output.where, no_such("the model has", "output", config.output, outputs));
    else
      term.output = static_cast<std::size_t>(at - outputs.begin());
    terms.push_back(std::move(term));
  }
  std::set<std::string> taken;
  for (Term& term : terms) {
    if (term.name.empty()) {
      if (!term.loss) continue;  // was not readable
      const auto shared =
          std::count_if(terms.begin(), terms.end(), [&](const Term& t) { return t.output == term.output; });
      term.name = outputs[term.output];
      if (shared > 1) term.name += fmt::format("_{}", term.loss.kind->name);
    }
    if (!taken.insert(term.name).second)
      diagnostics.error(term.loss.where, fmt::format("two terms are called '{}': give each a name", term.name));
  }
  return terms;
}

std::vector<Choice<Metric>> default_metrics(const Shape& output, const TargetSpec& target) {
  std::vector<Choice<Metric>> chosen;
  const auto add = [&chosen](std::string_view name) { chosen.emplace_back(*metrics().find(name)); };
  if (target.of_classes()) {
    add("top1");
    if (output.channels() > 5) add("top5");
  } else {
    add("mse");
    add("mae");
  }
  return chosen;
}

std::string number_of(const Metric& metric) {
  return metric.term() ? fmt::format("{}_{}", *metric.term(), metric.name()) : metric.name();
}

/// What may be monitored, given the numbers that are measured.
std::vector<std::string> monitored(const std::vector<std::string>& numbers, bool validates) {
  std::vector<std::string> names;
  for (const std::string_view prefix : {kOfValidation, kOfTraining})
    for (const std::string& number : numbers)
      if (validates || prefix == kOfTraining) names.push_back(fmt::format("{}{}", prefix, number));
  return names;
}

void expect_monitored(const Settings& settings, const std::vector<std::string>& numbers, Diagnostics& diagnostics) {
  const Name& monitor = settings.train.monitor;
  const bool validates =
      settings.data.validation > 0 || (settings.data.format.dataset && settings.data.format.dataset->may_validate());
  if (monitor.text.empty() || (!validates && monitor.text.starts_with(kOfValidation))) return;  // settings' own rule
  const std::vector<std::string> names = monitored(numbers, validates);
  if (std::ranges::count(names, monitor.text) > 0) return;
  const std::vector<std::string_view> views(names.begin(), names.end());
  diagnostics.error(monitor.where, fmt::format("train.monitor must be one of {}, got '{}'{}", join(views), monitor.text,
                                               suggest(monitor.text, views)));
}

class Planner {
 public:
  Planner(const Experiment& experiment, const Network& network, std::span<const NamedTarget> targets)
      : experiment_(experiment), network_(network), targets_(targets) {}

  Goal plan() {
    goal_.terms = named_terms(experiment_.settings, network_, diagnostics_);
    const std::vector<TermConfig> configs = experiment_.settings.terms();
    for (std::size_t i = 0; i < configs.size(); ++i) check_term(configs[i], goal_.terms[i]);
    diagnostics_.throw_if_errors();
    choose_metrics();
    diagnostics_.throw_if_errors();
    choose_monitor();
    diagnostics_.throw_if_errors();
    return std::move(goal_);
  }

 private:
  const TargetSpec* find(std::string_view name) const {
    const auto at = std::ranges::find(targets_, name, &NamedTarget::name);
    return at != targets_.end() ? &at->spec : nullptr;
  }

  const Shape& shape_of(const Term& term) const { return network_.output_layer(term.output).output; }

  void check_term(const TermConfig& config, Term& term) {
    if (term.target.empty()) term.target = targets_.front().name;
    const TargetSpec* const target = find(term.target);
    if (target == nullptr) {
      std::vector<std::string_view> names;
      for (const NamedTarget& t : targets_) names.push_back(t.name);
      diagnostics_.error(config.target.where, no_such("the data has", "target", config.target, names));
      return;
    }
    const Where& place = experiment_.model.layers[network_.outputs()[term.output]].where;
    const Shape& output = shape_of(term);
    if (target->of_classes() && target->shape.count() == 1 && output.count() != target->classes) {
      diagnostics_.error(place, fmt::format("the network's output has {} values but the data has {} classes",
                                            output.count(), target->classes));
      return;
    }
    try {
      term.loss->check(output, *target);
    } catch (const ShapeError& error) {
      diagnostics_.error(place, error.what());
    }
  }

  /// The term that the metric measures: the one that it names, or the first that it can.
  std::optional<std::size_t> term_of(const Choice<Metric>& metric) {
    std::string complaint;
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < goal_.terms.size(); ++i) {
      names.push_back(goal_.terms[i].name);
      if (metric->term() && *metric->term() != goal_.terms[i].name) continue;
      try {
        metric->check(shape_of(goal_.terms[i]), *find(goal_.terms[i].target));
        return i;
      } catch (const ShapeError& error) {
        if (complaint.empty()) complaint = error.what();
      }
    }
    diagnostics_.error(metric.where, complaint.empty()
                                         ? no_such("the objective has", "term", {*metric->term(), {}}, names)
                                         : complaint);
    return std::nullopt;
  }

  void choose_metrics() {
    std::vector<Choice<Metric>> chosen = experiment_.settings.metrics;
    if (chosen.empty()) chosen = default_metrics(shape_of(goal_.terms.front()), *find(goal_.terms.front().target));
    for (Choice<Metric>& metric : chosen) {
      const std::optional<std::size_t> at = term_of(metric);
      if (!at) continue;
      const Term& term = goal_.terms[*at];
      const std::string name = number_of(*metric);
      const std::vector<Number> numbers = goal_.numbers();
      if (std::ranges::count(numbers, name, &Number::name) > 0) {
        diagnostics_.error(metric.where, fmt::format("there are two numbers '{}'", name));
        continue;
      }
      const std::string label =
          metric->term() ? fmt::format("{} {}", *metric->term(), metric->label()) : metric->label();
      const std::int64_t sums = metric->sums(shape_of(term));
      goal_.measures.push_back({name, label, term.output, term.target, sums, std::move(metric)});
    }
  }

  void choose_monitor() {
    const Settings& settings = experiment_.settings;
    std::vector<std::string> names;
    for (const Number& number : goal_.numbers()) names.push_back(number.name);
    expect_monitored(settings, names, diagnostics_);
    goal_.monitor = settings.train.monitor.text;
    if (!goal_.monitor.empty()) return;
    const bool of_classes = find(goal_.terms.front().target)->of_classes();
    goal_.monitor = settings.data.validates()
                        ? fmt::format("{}{}", kOfValidation, of_classes ? goal_.measures.front().name : "loss")
                        : fmt::format("{}loss", kOfTraining);
  }

  const Experiment& experiment_;
  const Network& network_;
  std::span<const NamedTarget> targets_;
  Diagnostics diagnostics_;
  Goal goal_;
};

}  // namespace

std::vector<Number> Goal::numbers() const {
  const Objective objective(terms);
  return Meter(objective, measures).results().numbers;
}

std::vector<NamedTarget> targets_of(const SampleSpec& batch) {
  std::vector<NamedTarget> targets;
  for (const Column& column : batch.columns)
    if (column.name != batch.input) targets.push_back({column.name, target_spec(batch, column.name)});
  const auto own = std::ranges::find(targets, batch.target, &NamedTarget::name);
  if (own != targets.end()) std::rotate(targets.begin(), own, own + 1);
  return targets;
}

Goal plan_goal(const Experiment& experiment, const Network& network, std::span<const NamedTarget> targets) {
  return Planner(experiment, network, targets).plan();
}

void check_goal(const Settings& settings, const Network& network, Diagnostics& diagnostics) {
  const Objective objective(named_terms(settings, network, diagnostics));
  std::vector<std::string> numbers = {"loss"};
  for (std::size_t i = 0; i < objective.terms().size(); ++i)
    if (objective.terms().size() > 1) numbers.push_back(objective.number(i));
  std::vector<Choice<Metric>> chosen = settings.metrics;
  std::erase_if(chosen, [](const Choice<Metric>& metric) { return !metric; });  // was not readable
  if (chosen.empty()) {
    chosen = default_metrics(network.output(), {network.output().channels(), {}});
    for (Choice<Metric>& metric : default_metrics(network.output(), {})) chosen.push_back(std::move(metric));
  }
  for (const Choice<Metric>& metric : chosen) numbers.push_back(number_of(*metric));
  expect_monitored(settings, numbers, diagnostics);
}

}  // namespace cnnctl
