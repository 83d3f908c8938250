#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <memory>

#include "base/child.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"

using cnnctl::testing::Child;
using cnnctl::testing::message_of;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
namespace {

std::string host() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string refusal(const std::string& folder, pid_t owner) {
  return folder + ": error: run directory is in use by process " + std::to_string(owner) + " (" + host() + ")";
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("folder lock: a second owner is refused by name and may follow the first") {
    const TemporaryFolder folder;
    auto first = std::make_unique<FolderLock>(folder.path());
    CHECK(message_of<LockedError>([&] { FolderLock second(folder.path()); }) == refusal(folder.path(), getpid()));
    first.reset();
    CHECK(read_file(folder / ".lock").empty());
    CHECK_NOTHROW(FolderLock(folder.path()));
  }

  TEST_CASE("folder lock: another process holds it until it dies, however it dies") {
    const TemporaryFolder folder;
    std::array<int, 2> ready{};
    REQUIRE(pipe(ready.data()) == 0);
    Child child([&] {
      const FolderLock lock(folder.path());
      if (write(ready[1], "x", 1) != 1) return 1;
      for (;;) pause();
    });
    char byte = 0;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    CHECK(message_of<LockedError>([&] { FolderLock lock(folder.path()); }) == refusal(folder.path(), child.process()));
    child.kill(SIGKILL);
    CHECK(child.wait() == 128 + SIGKILL);
    CHECK_NOTHROW(FolderLock(folder.path()));
    close(ready[0]);
    close(ready[1]);
  }

  TEST_CASE("folder lock: an owner that has not yet left its note is another process") {
    const TemporaryFolder folder;
    const FolderLock lock(folder.path());
    REQUIRE(truncate((folder / ".lock").c_str(), 0) == 0);
    CHECK(message_of<LockedError>([&] { FolderLock second(folder.path()); }) ==
          folder.path() + ": error: run directory is in use by another process");
  }

  TEST_CASE("folder lock: a folder that is not there, and a link in its place") {
    const TemporaryFolder folder;
    CHECK(message_of<IoError>([&] { FolderLock lock(folder / "none"); }) ==
          folder / "none/.lock" + ": error: cannot open: No such file or directory");
    REQUIRE(symlink("/etc/passwd", (folder / ".lock").c_str()) == 0);
    CHECK(message_of<IoError>([&] { FolderLock lock(folder.path()); }) ==
          folder / ".lock" + ": error: cannot open: Too many levels of symbolic links");
  }
}
}  // namespace cnnctl
