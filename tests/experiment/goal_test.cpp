// What a network is trained for: defaults, names, and everything that does not fit.
#include "experiment/goal.hpp"

#include <doctest/doctest.h>

#include "base/message.hpp"
#include "train/tiny.hpp"

namespace cnnctl::testing {
namespace {

const std::vector<NamedTarget> kClasses = {{"class", {4, {}}}};
const std::vector<NamedTarget> kValues = {{"clean", {0, Shape{4}}}};
const std::vector<NamedTarget> kBoth = {{"class", {4, {}}}, {"soft", {0, Shape{4}}}};

Goal goal_of(const std::vector<std::string>& overrides, const std::vector<NamedTarget>& targets) {
  const Experiment e = tiny(overrides);
  const Network network(e.model);
  return plan_goal(e, network, targets);
}

std::string complaint(const std::vector<std::string>& overrides, const std::vector<NamedTarget>& targets) {
  return message_of<ConfigError>([&] { goal_of(overrides, targets); });
}

std::string names(const Goal& goal) {
  std::string all;
  for (const Number& number : goal.numbers()) all += (all.empty() ? "" : " ") + number.name;
  return all;
}

}  // namespace

TEST_SUITE("experiment") {
  TEST_CASE("metrics and the monitored number suit the target") {
    CHECK(names(goal_of({}, kClasses)) == "loss top1");
    CHECK(goal_of({}, kClasses).monitor == "val_top1");
    CHECK(goal_of({"data.validation=0"}, kClasses).monitor == "train_loss");
    CHECK(names(goal_of({"loss=mse"}, kValues)) == "loss mse mae");
    CHECK(goal_of({"loss=mse"}, kValues).monitor == "val_loss");
    CHECK(names(goal_of({"model.layers.4.linear.out_features=6"}, {{"class", {6, {}}}})) == "loss top1 top5");
    CHECK(names(goal_of({"metrics=[f1, {type: top_k, k: 3}]"}, kClasses)) == "loss f1 top3");
    CHECK(goal_of({"metrics=[f1, {type: top_k, k: 3}]"}, kClasses).monitor == "val_f1");
    CHECK(goal_of({"train.monitor=train_loss"}, kClasses).monitor == "train_loss");
  }

  TEST_CASE("an objective names outputs, targets and weights; a metric finds the term that it can measure") {
    const Goal goal = goal_of({"objective=[{output: fc, target: class, loss: cross_entropy}, {target: soft, loss: "
                               "{type: kl_div, label_smoothing: 0.1}, weight: 0.5, name: teacher}]",
                               "metrics=[top1, mae]"},
                              kBoth);
    REQUIRE(goal.terms.size() == 2);
    CHECK(goal.terms[0].name == "fc_cross_entropy");
    CHECK(goal.terms[0].weight == 1);
    CHECK(goal.terms[1].name == "teacher");
    CHECK(goal.terms[1].target == "soft");
    CHECK(goal.terms[1].weight == 0.5);
    CHECK(names(goal) == "loss top1 mae loss_fc_cross_entropy loss_teacher");
    CHECK(goal.measures[1].target == "soft");
    CHECK(names(goal_of({"objective=[{loss: cross_entropy, name: a}, {target: soft, loss: mse, name: b}]",
                         "metrics=[{type: top1, term: a}, {type: mse, term: b}]", "train.monitor=val_b_mse"},
                        kBoth)) == "loss a_top1 b_mse loss_a loss_b");
  }

  TEST_CASE("the long form written out and read again is the same, without the short one") {
    const Experiment e = tiny({"objective=[{loss: mse, weight: 2}]", "metrics=[top1]", "train.monitor=val_top1"});
    const std::string text = resolved_yaml(e);
    CHECK(text.find("\nloss:") == std::string::npos);
    const Experiment again = parse_experiment(text, "resolved.yaml", {});
    CHECK(resolved_yaml(again) == text);
    REQUIRE(again.settings.terms().size() == 1);
    CHECK(again.settings.terms()[0].weight == 2);
    CHECK(tiny().settings.terms()[0].loss.kind->name == "cross_entropy");
  }

  TEST_CASE("what does not fit the data is an error at its place") {
    CHECK(complaint({}, {{"class", {10, {}}}}) ==
          "tiny.yaml:13:7: error: the network's output has 4 values but the data has 10 classes\n"
          "    - linear: {name: fc, out_features: 4}\n"
          "      ^");
    CHECK(complaint({}, {{"clean", {0, Shape{3}}}})
              .find("cross_entropy needs an output of its target's shape, 3, got 4") != std::string::npos);
    CHECK(complaint({"objective=[{loss: mse, target: soft}]"}, kClasses)
              .find("the data has no target 'soft'; there is: class") != std::string::npos);
    CHECK(complaint({"metrics=[top1, psnr]"}, kClasses).find("psnr needs a target of values, not of classes") !=
          std::string::npos);
    CHECK(complaint({"metrics=[{type: top1, term: fcc}]"}, kClasses)
              .find("the objective has no term 'fcc'; there is: fc (did you mean 'fc'?)") != std::string::npos);
    CHECK(complaint({"metrics=[top1, {type: top_k, k: 1}]"}, kClasses).find("there are two numbers 'top1'") !=
          std::string::npos);
    CHECK(complaint({"train.monitor=val_mse"}, kClasses)
              .find("train.monitor must be one of val_loss, val_top1, train_loss, train_top1, got 'val_mse'") !=
          std::string::npos);
  }

  TEST_CASE("what no data could make right is an error before there is data") {
    const auto wrong = [](const std::vector<std::string>& overrides) {
      return message_of<ConfigError>([&] { tiny(overrides); });
    };
    CHECK(wrong({"train.monitor=val_topp1"})
              .find("train.monitor must be one of val_loss, val_top1, val_mse, val_mae, train_loss, train_top1, "
                    "train_mse, train_mae, got 'val_topp1' (did you mean 'val_top1'?)") != std::string::npos);
    CHECK(wrong({"train.monitor=train_f1", "data.validation=0", "metrics=[top1]"})
              .find("train.monitor must be one of train_loss, train_top1, got 'train_f1'") != std::string::npos);
    CHECK(wrong({"loss=mse", "objective=[mse]"})
              .find("loss is the short form of an objective of one term: give loss or objective, not both") !=
          std::string::npos);
    CHECK(wrong({"objective=[{loss: mse, output: fx}]"}).find("the model has no output 'fx'; there is: fc") !=
          std::string::npos);
    CHECK(wrong({"objective=[{loss: mse, name: a}, {loss: mse, name: a}]"})
              .find("two terms are called 'a': give each a name") != std::string::npos);
    CHECK(wrong({"objective=[{weight: 1}]"}).find("needs 'loss'") != std::string::npos);
    CHECK(wrong({"objective=[{loss: mse, weight: 0}]"}).find("weight must be above 0") != std::string::npos);
    CHECK(wrong({"metrics=[top2]"}).find("did you mean 'top") != std::string::npos);
  }
}
}  // namespace cnnctl::testing
