// What those who watch a run make of named numbers.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/temporary_folder.hpp"
#include "observe/observer.hpp"

namespace cnnctl::testing {
namespace {

/// An epoch with a loss, two metrics and two terms.
Results results(double shift) {
  return {10,
          {{"loss", "loss", 0.5 + shift, false, false},
           {"psnr", "psnr", 20 + shift, true, false},
           {"top5", "top-5", 0.25 + shift, true, true},
           {"loss_a", "loss_a", 1 + shift, false, false}}};
}

RunStart start() {
  RunStart e;
  e.numbers = results(0).numbers;
  return e;
}

EpochEvent epoch() {
  EpochEvent e;
  e.epoch = e.epochs = 3;
  e.step = 30;
  e.lr = 0.125;
  e.train = results(0);
  e.validation = results(0.5);
  e.seconds = 2;
  e.images_per_second = 5;
  e.weights_hash = 0xabc;
  return e;
}

}  // namespace

TEST_SUITE("observe") {
  TEST_CASE("metrics.csv: the first metric beside the loss, all others behind, the hash last") {
    const TemporaryFolder folder;
    csv_observer(folder / "")->start(start());
    {
      const std::unique_ptr<Observer> csv = csv_observer(folder / "");
      csv->start(start());
      csv->epoch(epoch());
      EpochEvent alone = epoch();
      alone.validation.reset();
      csv->epoch(alone);
    }
    CHECK(read_file(folder / "metrics.csv") ==
          "epoch,step,lr,train_loss,train_psnr,val_loss,val_psnr,train_top5,val_top5,train_loss_a,val_loss_a,seconds,"
          "images_per_second,weights_hash\n"
          "3,30,0.125,0.5,20,1,20.5,0.25,0.75,1,1.5,2.000,5.0,0000000000000abc\n"
          "3,30,0.125,0.5,20,,,0.25,,1,,2.000,5.0,0000000000000abc\n");
  }

  TEST_CASE("metrics.csv: a file of an earlier version is gone on with in its own columns") {
    const TemporaryFolder folder;
    const std::string earlier = "epoch,step,lr,train_loss,train_top1,val_loss,val_top5,weights_hash\n1,1,1,1,1,1,1,1\n";
    folder.write("metrics.csv", earlier);
    {
      const std::unique_ptr<Observer> csv = csv_observer(folder / "");
      csv->start(start());
      csv->epoch(epoch());
    }
    CHECK(read_file(folder / "metrics.csv") == earlier + "3,30,0.125,0.5,,1,0.75,0000000000000abc\n");
  }

  TEST_CASE("train.log: a line that was cut off by a full disk is not gone on with") {
    const TemporaryFolder folder;
    folder.write("train.log", "whole\ncut o");
    log_observer(folder.path())->epoch(epoch());
    const std::string log = read_file(folder / "train.log");
    CHECK(log.starts_with("whole\ncut o\n20"));
    CHECK(log.ends_with("\n"));
  }

  TEST_CASE("events.jsonl has every number") {
    const TemporaryFolder folder;
    event_observer(folder / "")->epoch(epoch());
    const nlohmann::json line = nlohmann::json::parse(read_file(folder / "events.jsonl"));
    CHECK(line["train_psnr"] == 20);
    CHECK(line["val_loss"] == 1);
    CHECK(line["val_loss_a"] == 1.5);
  }

  TEST_CASE("the console's columns are called and shown as the first metric wants it") {
    CHECK(start_lines(start()).back() ==
          "    epoch train loss     psnr   val loss     psnr   images/s    time  weights");
    CHECK(epoch_line(epoch()) == "      3/3     0.5000       20     1.0000     20.5          5    2.0s  00000000");
    RunStart classes = start();
    std::swap(classes.numbers[1], classes.numbers[2]);
    classes.numbers[1].label = "a long label";
    CHECK(start_lines(classes).back() ==
          "    epoch train loss a long l   val loss a long l   images/s    time  weights");
    EpochEvent e = epoch();
    std::swap(e.train.numbers[1], e.train.numbers[2]);
    e.validation.reset();
    CHECK(epoch_line(e) == "      3/3     0.5000   25.00%          -        -          5    2.0s  00000000");
  }
}
}  // namespace cnnctl::testing
