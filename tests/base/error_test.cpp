#include "base/error.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "base/check.hpp"
#include "base/message.hpp"

using cnnctl::testing::message_of;

namespace cnnctl {
namespace {

std::string rendered(Where where, const std::string& message) {
  return Diagnostic{Diagnostic::Severity::error, std::move(where), message}.str();
}

}  // namespace

TEST_SUITE("base") {
  TEST_CASE("error: a place says as much as it knows") {
    CHECK(Where{"a.yaml", 9, 26, ""}.str() == "a.yaml:9:26");
    CHECK(Where{"a.yaml", 0, 0, ""}.str() == "a.yaml");
    CHECK(Where{}.str().empty());
  }

  TEST_CASE("error: the source line and a caret below the letter") {
    CHECK(rendered({"lenet.yaml", 9, 12, "  - conv2d: {kernal: 5}"}, "conv2d has no field 'kernal'") ==
          "lenet.yaml:9:12: error: conv2d has no field 'kernal'\n"
          "  - conv2d: {kernal: 5}\n"
          "           ^");
    CHECK(rendered({"a.yaml", 1, 1, "x"}, "m") == "a.yaml:1:1: error: m\nx\n^");
    CHECK(rendered({"a.yaml", 3, 4, ""}, "m") == "a.yaml:3:4: error: m");
    CHECK(rendered({}, "m") == "cnnctl: error: m");
    CHECK(rendered({"a.yaml", 1, 99, "short"}, "m") == "a.yaml:1:99: error: m\nshort\n     ^");
  }

  TEST_CASE("error: tabs are kept, and a letter of several bytes takes one column") {
    CHECK(rendered({"a", 1, 3, "\t\tx: 1"}, "m") == "a:1:3: error: m\n\t\tx: 1\n\t\t^");
    CHECK(rendered({"a", 1, 8, "n\xC3\xA4m\xE2\x82\xAC: 1"}, "m") ==
          "a:1:8: error: m\nn\xC3\xA4m\xE2\x82\xAC: 1\n    ^");
  }

  TEST_CASE("error: a long line is cut around the caret, between letters") {
    const std::string line = std::string(300, 'a') + "!" + std::string(300, 'b');
    CHECK(rendered({"f", 1, 301, line}, "m") == "f:1:301: error: m\n" + std::string(80, 'a') + "!" +
                                                    std::string(79, 'b') + "\n" + std::string(80, ' ') + "^");
    std::string umlauts;
    for (int i = 0; i < 200; ++i) umlauts += "\xC3\xA4";
    const std::string odd = "x" + umlauts + "!" + umlauts;  // the cut would fall into a letter
    const std::string text = rendered({"f", 1, 402, odd}, "m");
    const std::string shown = text.substr(text.find('\n') + 1, text.rfind('\n') - text.find('\n') - 1);
    CHECK(shown.size() <= 160);
    CHECK((static_cast<unsigned char>(shown.front()) & 0xC0u) != 0x80u);
    CHECK(shown.find('!') / 2 == text.size() - text.rfind('\n') - 2);  // as many blanks as letters of two bytes
    CHECK(shown.substr(shown.size() - 2) == "\xC3\xA4");
  }

  TEST_CASE("error: a warning says so") {
    const Diagnostic warning{Diagnostic::Severity::warning, {"a", 2, 1, ""}, "bias before batch norm"};
    CHECK(warning.str() == "a:2:1: warning: bias before batch norm");
  }

  TEST_CASE("error: all mistakes of a file are thrown at once, by place, warnings left out") {
    Diagnostics diagnostics;
    CHECK_NOTHROW(diagnostics.throw_if_errors());
    diagnostics.warning({"a", 1, 1, ""}, "odd");
    CHECK_NOTHROW(diagnostics.throw_if_errors());
    diagnostics.error({"a", 9, 2, ""}, "third");
    diagnostics.error({"a", 3, 7, ""}, "second");
    diagnostics.error({"a", 3, 5, ""}, "first");
    CHECK(diagnostics.has_errors());
    CHECK(diagnostics.all().size() == 4);
    CHECK(message_of<ConfigError>([&] { diagnostics.throw_if_errors(); }) ==
          "a:3:5: error: first\na:3:7: error: second\na:9:2: error: third");
  }

  TEST_CASE("error: every class has its words and its exit code") {
    CHECK(std::string(DataError("x.idx", "truncated").what()) == "x.idx: error: truncated");
    CHECK(std::string(CheckpointError("x", "m").what()) == "x: error: m");
    CHECK(std::string(IoError("x", "open", ENOENT).what()) == "x: error: cannot open: No such file or directory");
    CHECK(std::string(UsageError("m").what()) == "cnnctl: error: m");
    CHECK(ConfigError(Where{}, "m").code() == ExitCode::config);
    CHECK(DataError("x", "m").code() == ExitCode::data);
    CHECK(CheckpointError("x", "m").code() == ExitCode::checkpoint);
    CHECK(IoError("x", "open", ENOENT).code() == ExitCode::io);
    CHECK(MemoryError("m").code() == ExitCode::memory);
    CHECK(TrainingError("m").code() == ExitCode::diverged);
    CHECK(LockedError("x", "m").code() == ExitCode::locked);
    CHECK(UsageError("m").code() == ExitCode::usage);
  }

  TEST_CASE("check: a broken invariant names the place, the condition and both values") {
    const int three = 3, four = 4;
    CHECK_NOTHROW(CNNCTL_CHECK(three < four));
    const std::string plain = message_of<std::logic_error>([&] { CNNCTL_CHECK(three > four); });
    CHECK(plain.find("error_test.cpp:") != std::string::npos);
    CHECK(plain.ends_with(": internal error: expected three > four"));
    CHECK(message_of<std::logic_error>([&] {
            CNNCTL_CHECK_EQ(three, four);
          }).ends_with(": internal error: expected three == four (3 against 4)"));
  }
}
}  // namespace cnnctl
