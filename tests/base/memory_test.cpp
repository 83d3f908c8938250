#include "base/memory.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <vector>

#include "base/child.hpp"
#include "base/temporary_folder.hpp"

using cnnctl::testing::Child;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

constexpr const char* kMeminfo = "MemTotal:  9000 kB\nMemFree:  1000 kB\nMemAvailable:    8000 kB\n";

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("memory: this machine has some") {
    CHECK(available_memory() > 1 << 20);
    CHECK(peak_memory() > 1 << 20);
  }

  TEST_CASE("memory: without a cgroup what the machine has available") {
    const TemporaryFolder root;
    root.write("proc/meminfo", kMeminfo);
    CHECK(available_memory(root.path()) == 8000 * 1024);
  }

  TEST_CASE("memory: cgroup v2, the least of the way up, page cache given back") {
    const TemporaryFolder root;
    root.write("proc/meminfo", kMeminfo);
    root.write("proc/self/cgroup", "0::/user/job\n");
    root.write("sys/fs/cgroup/user/job/memory.max", "max\n");
    root.write("sys/fs/cgroup/user/job/memory.current", "500000\n");
    CHECK(available_memory(root.path()) == 8000 * 1024);
    root.write("sys/fs/cgroup/user/memory.max", "1000000\n");
    root.write("sys/fs/cgroup/user/memory.current", "700000\n");
    root.write("sys/fs/cgroup/user/memory.stat", "anon 1\ninactive_file 200000\nactive_file 5\n");
    CHECK(available_memory(root.path()) == 500000);
    root.write("sys/fs/cgroup/user/memory.current", "7000000\n");
    CHECK(available_memory(root.path()) == 0);
  }

  TEST_CASE("memory: cgroup v1, whose groups may be known by the world outside only") {
    const TemporaryFolder root;
    root.write("proc/meminfo", kMeminfo);
    root.write("proc/self/cgroup", "7:cpu,cpuacct:/x\n4:memory,hugetlb:/docker/abc\n0::/\n");
    root.write("sys/fs/cgroup/memory/memory.limit_in_bytes", "3000000\n");
    root.write("sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000\n");
    CHECK(available_memory(root.path()) == 2000000);
    root.write("sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes", "9223372036854771712\n");
    CHECK(available_memory(root.path()) == 2000000);
  }

  TEST_CASE("memory: files that make no sense are passed over") {
    const TemporaryFolder root;
    root.write("proc/meminfo", kMeminfo);
    root.write("proc/self/cgroup", "rubbish\n::\n0::relative\n1:memory");
    CHECK(available_memory(root.path()) == 8000 * 1024);
  }

  TEST_CASE("memory: a limit of the address space counts what is mapped already") {
    Child child([] {
      const rlimit limit{rlim_t{1} << 40, RLIM_INFINITY};
      const rlimit small{rlim_t{1} << 20, RLIM_INFINITY};
      setrlimit(RLIMIT_AS, &limit);
      if (available_memory() > (std::uint64_t{1} << 40)) return 1;
      setrlimit(RLIMIT_AS, &small);  // less than is mapped: nothing is left
      return available_memory() == 0 ? 0 : 2;
    });
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they map terabytes
    CHECK(child.wait() == 0);
#endif
  }

  TEST_CASE("memory: the peak grows with what is touched and stays") {
    const std::uint64_t before = peak_memory();
    {
      const std::vector<char> block(std::size_t{64} << 20, 1);
      asm volatile("" : : "r"(block.data()) : "memory");  // else a compiler may do without it
    }
    CHECK(peak_memory() >= before + (std::uint64_t{32} << 20) / 2);
  }
}
}  // namespace cnnctl
