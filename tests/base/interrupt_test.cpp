#include "base/interrupt.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include "base/child.hpp"

using cnnctl::testing::Child;

namespace cnnctl {
TEST_SUITE("base") {
  TEST_CASE("interrupt: the first signal raises the flag, a new object lowers it") {
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      const Interrupt interrupt;
      CHECK(Interrupt::requested() == 0);
      raise(signal);
      CHECK(Interrupt::requested() == signal);
    }
    const Interrupt fresh;
    CHECK(Interrupt::requested() == 0);
  }

  TEST_CASE("interrupt: the second signal ends the process, whichever it is") {
    Child child([] {
      const Interrupt interrupt;
      raise(SIGINT);
      raise(SIGTERM);
      return 0;
    });
    CHECK(child.wait() == 128 + SIGTERM);
  }

  TEST_CASE("interrupt: afterwards a signal does what it did before") {
    Child child([] {
      { const Interrupt interrupt; }
      raise(SIGTERM);
      return 0;
    });
    CHECK(child.wait() == 128 + SIGTERM);
  }

  TEST_CASE("interrupt: a hang-up that nohup ignored stays ignored") {
    Child child([] {
      std::signal(SIGHUP, SIG_IGN);
      const Interrupt interrupt;
      raise(SIGHUP);
      return Interrupt::requested();
    });
    CHECK(child.wait() == 0);
  }

  TEST_CASE("interrupt: a reader that left does not kill") {
    Child child([] {
      const Interrupt interrupt;
      int ends[2];
      if (pipe(ends) != 0) return 1;
      close(ends[0]);
      return write(ends[1], "x", 1) == -1 ? 0 : 1;
    });
    CHECK(child.wait() == 0);
  }

  TEST_CASE("interrupt: the process ends as if the signal had never been caught, its output flushed") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    Child child([&]() -> int {
      const Interrupt interrupt;
      FILE* out = fdopen(ends[1], "w");
      std::fputs("last words", out);
      raise(SIGTERM);
      end_by_signal(Interrupt::requested());
    });
    CHECK(child.wait() == 128 + SIGTERM);
    char text[16] = {};
    CHECK(read(ends[0], text, sizeof text) == 10);
    close(ends[0]);
    close(ends[1]);
  }
}
}  // namespace cnnctl
