#include "base/workers.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <numeric>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/message.hpp"

using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

constexpr Workers::Backend kBackends[] = {Workers::Backend::tbb, Workers::Backend::threads};

/// Calls `test` with every back-end and several counts, more than there are processors among them.
template <class Test>
void with_all(const Test& test) {
  for (const Workers::Backend backend : kBackends)
    for (const int count : {1, 2, 3, 8}) {
      CAPTURE(count);
      CAPTURE(static_cast<int>(backend));
      const Workers workers(count, backend);
      REQUIRE(workers.count() == count);
      test(workers);
    }
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("workers: every task runs exactly once, however many there are") {
    with_all([](const Workers& workers) {
      for (const std::int64_t tasks : {0, 1, 2, 7, 8, 9, 1000}) {
        std::vector<std::atomic<int>> runs(static_cast<std::size_t>(tasks));
        workers.run(tasks, [&](std::int64_t task, int) { ++runs.at(static_cast<std::size_t>(task)); });
        for (const auto& count : runs) CHECK(count == 1);
      }
    });
  }

  TEST_CASE("workers: a worker's number is in range and its own while it runs") {
    with_all([](const Workers& workers) {
      std::vector<std::atomic<int>> busy(static_cast<std::size_t>(workers.count()));
      std::atomic<int> collisions{0};
      for (int round = 0; round < 50; ++round)
        workers.run(40, [&](std::int64_t, int worker) {
          std::atomic<int>& own = busy.at(static_cast<std::size_t>(worker));
          if (own.exchange(1) != 0) ++collisions;
          std::this_thread::yield();
          own = 0;
        });
      CHECK(collisions == 0);
    });
  }

  TEST_CASE("workers: there are as many threads as asked for, also beyond the processors") {
    for (const Workers::Backend backend : kBackends) {
      const Workers workers(6, backend);
      std::atomic<int> inside{0}, met{0};
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      workers.run(6, [&](std::int64_t, int) {  // each task waits until all others run too
        ++inside;
        while (inside < 6 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        if (inside == 6) ++met;
      });
      CHECK(met == 6);
    }
  }

  TEST_CASE("workers: each begins with its own share of the tasks, which is the same in every region") {
    with_all([](const Workers& workers) {
      const std::int64_t count = workers.count();
      const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
      for (int round = 0; round < 5; ++round) {
        std::atomic<std::int64_t> inside{0}, own{0};
        workers.run(3 * count, [&](std::int64_t task, int worker) {
          if (task % 3 != 0) return;  // the first one of a share waits until all workers have begun
          if (task / 3 == worker) ++own;
          ++inside;
          while (inside < count && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
        });
        CHECK(own == count);
      }
    });
  }

  TEST_CASE("workers: a single task runs on the calling thread") {
    with_all([](const Workers& workers) {
      std::thread::id id;
      workers.run(1, [&](std::int64_t, int worker) {
        CHECK(worker == 0);
        id = std::this_thread::get_id();
      });
      CHECK(id == std::this_thread::get_id());
    });
  }

  TEST_CASE("workers: what the tasks wrote is visible when run returns") {
    with_all([](const Workers& workers) {
      std::vector<std::int64_t> squares(500);
      for (std::int64_t round = 1; round <= 20; ++round) {
        workers.run(500, [&](std::int64_t task, int) { squares[static_cast<std::size_t>(task)] = round * task; });
        CHECK(std::accumulate(squares.begin(), squares.end(), std::int64_t{0}) == round * 499 * 500 / 2);
      }
    });
  }

  TEST_CASE("workers: an exception comes back to the caller, and the workers go on afterwards") {
    with_all([](const Workers& workers) {
      for (int round = 0; round < 10; ++round) {
        const auto body = [](std::int64_t task, int) {
          if (task == 13) throw std::runtime_error("task 13");
        };
        CHECK(message_of<std::runtime_error>([&] { workers.run(100, body); }) == "task 13");
        std::atomic<int> runs{0};
        workers.run(100, [&](std::int64_t, int) { ++runs; });
        CHECK(runs == 100);
      }
    });
  }

  TEST_CASE("workers: denormals are zero on every worker, as on the caller") {
    with_all([](const Workers& workers) {
      std::atomic<int> kept{0};
      workers.run(64, [&](std::int64_t, int) {
        const volatile float tiny = 1e-40f;  // volatile: to be computed now, not by the compiler
        const volatile float half_of_least = 1.2e-38f;
        if (tiny * 1e10f != 0.0f || half_of_least * 0.5f != 0.0f) ++kept;
        std::this_thread::yield();
      });
      CHECK(kept == 0);
    });
  }

  TEST_CASE("workers: two sets do not disturb each other") {
    const Workers outer(2, Workers::Backend::threads), inner(2, Workers::Backend::tbb);
    std::atomic<int> runs{0};
    std::thread other([&] {
      for (int i = 0; i < 50; ++i) inner.run(10, [&](std::int64_t, int) { ++runs; });
    });
    for (int i = 0; i < 50; ++i) outer.run(10, [&](std::int64_t, int) { ++runs; });
    other.join();
    CHECK(runs == 1000);
  }

  TEST_CASE("workers: none is a mistake") { CHECK_THROWS_AS(Workers(0), std::logic_error); }

  TEST_CASE("workers: pieces cover the whole") {
    CHECK(pieces(0, 4) == 0);
    CHECK(pieces(1, 4) == 1);
    CHECK(pieces(4, 4) == 1);
    CHECK(pieces(5, 4) == 2);
  }
}
}  // namespace cnnctl
