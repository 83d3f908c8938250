#include "base/processors.hpp"

#include <doctest/doctest.h>

#include "base/temporary_folder.hpp"

using cnnctl::testing::TemporaryFolder;

namespace cnnctl {

TEST_SUITE("base") {
  TEST_CASE("processors: this machine has some, and a quota can only take away") {
    const int here = available_processors();
    CHECK(here >= 1);
    const TemporaryFolder root;
    CHECK(available_processors(root.path()) >= here);  // by affinity alone
    root.write("proc/self/cgroup", "0::/user/job\n");
    root.write("sys/fs/cgroup/user/job/cpu.max", "max 100000\n");
    CHECK(available_processors(root.path()) >= here);
    root.write("sys/fs/cgroup/user/job/cpu.max", "90000000 100000\n");
    CHECK(available_processors(root.path()) >= here);
  }

  TEST_CASE("processors: the one that runs this test will do") { CHECK(missing_instructions().empty()); }

  TEST_CASE("processors: the quota of any group above holds, and half a processor is one") {
    const TemporaryFolder root;
    root.write("proc/self/cgroup", "0::/user/job\n");
    root.write("sys/fs/cgroup/user/job/cpu.max", "800000 100000\n");
    root.write("sys/fs/cgroup/user/cpu.max", "100000 100000\n");
    CHECK(available_processors(root.path()) == 1);
    root.write("sys/fs/cgroup/user/cpu.max", "max 100000\n");
    root.write("sys/fs/cgroup/cpu.max", "20000 100000\n");
    CHECK(available_processors(root.path()) == 1);
  }

  TEST_CASE("processors: cgroup v1, whose groups may be known by the world outside only") {
    const TemporaryFolder root;
    root.write("proc/self/cgroup", "7:cpu,cpuacct:/docker/abc\n0::/\n");
    root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n");
    root.write("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n");
    CHECK(available_processors(root.path()) == 1);
    root.write("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    CHECK(available_processors(root.path()) >= available_processors());
  }

  TEST_CASE("processors: files that make no sense are passed over") {
    const TemporaryFolder root;
    root.write("proc/self/cgroup", "0::/\n");
    for (const char* text : {"rubbish\n", "", "100000\n", "100000 0\n", "-5 100000\n"}) {
      root.write("sys/fs/cgroup/cpu.max", text);
      CHECK(available_processors(root.path()) >= available_processors());
    }
  }
}
}  // namespace cnnctl
