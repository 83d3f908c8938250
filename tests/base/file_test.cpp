#include "base/file.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>

#include "base/child.hpp"
#include "base/error.hpp"
#include "base/message.hpp"
#include "base/temporary_folder.hpp"

using cnnctl::testing::Child;
using cnnctl::testing::message_of;
using cnnctl::testing::TemporaryFolder;

namespace cnnctl {
TEST_SUITE("base") {
  TEST_CASE("file: what was written is read, bytes of every value and none at all") {
    const TemporaryFolder folder;
    std::string content;
    for (int i = 0; i < 300000; ++i) content += static_cast<char>(i * 7 + i / 256);
    write_file_atomically(folder / "a", content);
    CHECK(read_file(folder / "a") == content);
    write_file_atomically(folder / "a", "");
    CHECK(read_file(folder / "a").empty());
    const std::array<std::string_view, 3> pieces = {"one ", "", "two"};
    write_file_atomically(folder / "a", pieces);
    CHECK(read_file(folder / "a") == "one two");
    write_atomically(folder / "a", [](FileWriter& file) {
      file.write("??? behind");
      file.rewrite(1, "!!");
      file.write(" end");
    });
    CHECK(read_file(folder / "a") == "?!! behind end");
    CHECK(list_folder(folder.path()) == std::vector<std::string>{"a"});
  }

  TEST_CASE("file: a large file is read the same by any number of workers, also where the system states a wrong size") {
    const TemporaryFolder folder;
    constexpr std::size_t kPiece = std::size_t{2} << 20;
    for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kPiece - 1, kPiece, kPiece + 1, 5 * kPiece / 2}) {
      CAPTURE(size);
      std::string content(size, '\0');
      for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>(i * 7 + i / 256);
      const std::string path = folder.write("large", content);
      for (const int workers : {1, 3}) CHECK(text_of(read_large_file(path, Workers(workers))) == content);
      if (size == 0) continue;
      CHECK(message_of<Error>([&] { read_large_file(path, Workers(2), size - 1); }).find("cannot read: larger than") !=
            std::string::npos);
    }
    CHECK(text_of(read_large_file("/proc/self/status", Workers(2))).find("VmRSS:") != std::string_view::npos);
    const std::string page = "/sys/devices/system/cpu/online";  // says 4096 and holds a line
    if (access(page.c_str(), R_OK) == 0) CHECK(text_of(read_large_file(page, Workers(2))) == read_file(page));
  }

  TEST_CASE("file: a bare name is written into the current folder") {
    const TemporaryFolder folder;
    Child child([&] {
      if (chdir(folder.path().c_str()) != 0) return 1;
      write_file_atomically("bare", "x");
      return 0;
    });
    CHECK(child.wait() == 0);
    CHECK(read_file(folder / "bare") == "x");
  }

  TEST_CASE("file: reading refuses what is no regular file, and does not wait for a pipe") {
    const TemporaryFolder folder;
    CHECK(message_of<IoError>([&] { read_file(folder / "none"); }) ==
          folder / "none" + ": error: cannot open: No such file or directory");
    CHECK(message_of<IoError>([&] { read_file(folder.path()); }) ==
          folder.path() + ": error: cannot read: Is a directory");
    CHECK(message_of<Error>([&] { read_file("/dev/zero"); }) == "/dev/zero: error: cannot read: not a regular file");
    REQUIRE(mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK(message_of<Error>([&] { read_file(folder / "pipe"); }) ==
          folder / "pipe" + ": error: cannot read: not a regular file");
  }

  TEST_CASE("file: the limit counts, also where the system states no size") {
    const TemporaryFolder folder;
    const std::string path = folder.write("ten", "0123456789");
    CHECK(read_file(path, 10) == "0123456789");
    CHECK(message_of<Error>([&] { read_file(path, 9); }) == path + ": error: cannot read: larger than 9 B");
    CHECK(read_file("/proc/self/status").find("VmRSS:") != std::string::npos);
    CHECK_THROWS_AS(read_file("/proc/self/status", 20), Error);
  }

  TEST_CASE("file: more bytes than memory are refused before they are taken") {
    const TemporaryFolder folder;
    const std::string path = folder.write("sparse", "");
    if (truncate(path.c_str(), off_t{1} << 39) != 0) return;  // the file system has no files that large
    CHECK(message_of<MemoryError>([&] { read_file(path); }) ==
          "cnnctl: error: " + path + " has 512 GiB, more than the memory that is left");
  }

  TEST_CASE("file: a failed write leaves the old content and no temporary file") {
    const TemporaryFolder folder;
    const std::string path = folder.write("kept", "old");
    Child child([&] {
      signal(SIGXFSZ, SIG_IGN);
      const rlimit limit{1000, 1000};
      setrlimit(RLIMIT_FSIZE, &limit);
      const std::string message = message_of<IoError>([&] { write_file_atomically(path, std::string(5000, 'n')); });
      return message == path + ": error: cannot write: File too large" ? 0 : 1;
    });
    CHECK(child.wait() == 0);
    CHECK(read_file(path) == "old");
    CHECK(list_folder(folder.path()) == std::vector<std::string>{"kept"});
  }

  TEST_CASE("file: a target that cannot be replaced stays, without a temporary file beside it") {
    const TemporaryFolder folder;
    make_folders(folder / "target/inner");
    CHECK(message_of<IoError>([&] { write_file_atomically(folder / "target", "x"); }) ==
          folder / "target" + ": error: cannot replace: Is a directory");
    CHECK(list_folder(folder.path()) == std::vector<std::string>{"target"});
    CHECK(message_of<IoError>([&] { write_file_atomically(folder / "none/x", "x"); }) ==
          folder / "none/x" + ": error: cannot write: No such file or directory");
  }

  TEST_CASE("file: temporaries of killed processes are stepped over, then removed; nothing else is") {
    const TemporaryFolder folder;
    const std::string stale = "a.tmp-" + std::to_string(getpid()) + "-0";
    folder.write(stale, "torn");
    write_file_atomically(folder / "a", "whole");
    CHECK(read_file(folder / stale) == "torn");
    folder.write("b.tmp-note", "");
    folder.write("c.tmp-", "");
    folder.write(".tmp-12-0", "");
    remove_temporaries(folder.path());
    CHECK(list_folder(folder.path()) == std::vector<std::string>{".tmp-12-0", "a", "b.tmp-note", "c.tmp-"});
  }

  TEST_CASE("file: a new file obeys the umask") {
    const TemporaryFolder folder;
    Child child([&] {
      umask(027);
      write_file_atomically(folder / "a", "x");
      return 0;
    });
    CHECK(child.wait() == 0);
    struct stat status {};
    REQUIRE(stat((folder / "a").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0640);
  }

  TEST_CASE("file: folders are made with their parents, again without harm, and not through a file") {
    const TemporaryFolder folder;
    make_folders(folder / "a/b//c/");
    make_folders(folder / "a/b/c");
    CHECK(list_folder(folder / "a/b") == std::vector<std::string>{"c"});
    folder.write("a/file", "");
    CHECK(message_of<IoError>([&] { make_folders(folder / "a/file/x"); }) ==
          folder / "a/file" + ": error: cannot make the folder: File exists");
    CHECK(message_of<IoError>([&] { list_folder(folder / "none"); }) ==
          folder / "none" + ": error: cannot list the folder: No such file or directory");
  }

  TEST_CASE("file: what the system cannot tell is not taken for absence") {
    const TemporaryFolder folder;
    folder.write("a/file", "");
    CHECK(exists(folder / "a"));
    CHECK(exists(folder / "a/file"));
    CHECK_FALSE(exists(folder / "b"));
    CHECK(is_directory(folder / "a"));
    CHECK_FALSE(is_directory(folder / "a/file"));
    CHECK_FALSE(is_directory(folder / "b"));
    CHECK_FALSE(exists(folder / "a/file/x"));
    std::filesystem::create_symlink("itself", folder / "itself");
    CHECK(message_of<IoError>([&] { exists(folder / "itself"); }) ==
          folder / "itself" + ": error: cannot look at it: Too many levels of symbolic links");
  }

  TEST_CASE("file: names are listed bytewise, hidden ones too") {
    const TemporaryFolder folder;
    for (const char* name : {"b", "a10", "a9", "B", ".h"}) folder.write(name, "");
    CHECK(list_folder(folder.path()) == std::vector<std::string>{".h", "B", "a10", "a9", "b"});
  }

  TEST_CASE("file: the hash is XXH3 and depends on the seed") {
    const auto hash = [](std::string_view text, std::uint64_t seed) {
      return hash_bytes(std::as_bytes(std::span(text.data(), text.size())), seed);
    };
    CHECK(hash("", 0) == 0x2d06800538d394c2u);  // the published value for no bytes
    CHECK(hash("a", 0) != hash("a", 1));
    CHECK(hash("a", 0) != hash("b", 0));
  }
}
}  // namespace cnnctl
