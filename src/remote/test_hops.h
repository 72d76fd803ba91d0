// For tests: the ssh commands that sources of a mesh are told to run, run here with an ssh that notes its words and
// does what it is told to.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "remote/own_status.h"
#include "remote/shell.h"
#include "sys/temporary_directory.h"

namespace tanist::remote {

class TestHops {
 public:
  std::string behaviour;  // of ssh: branches of a shell's `case`, such as "'db1>'*10.0.0.2*) exit 255;;"

  Result<sys::ProcessResult> run(const Host& source, const Command& command) {
    const std::string ssh = directory_.file("ssh"), errors = directory_.file("errors");
    std::ofstream(ssh) << "#!/bin/sh\necho " << source.name << ": ssh \"$@\" >>" << directory_.file("hops")
                       << "\ncase '" << source.name << ">'\"$*\" in " << behaviour << " esac\n";
    std::filesystem::permissions(ssh, std::filesystem::perms::owner_all);
    const std::string line = "PATH=" + directory_.path() + ":$PATH " + script_of(command.argv) + " 2>" + errors;
    EXPECT_EQ(std::system(line.c_str()), 0);
    sys::ProcessResult result;
    result.errors = content(errors);
    return result;
  }
  // "db1: ssh -o … ha@10.0.0.2 exit 0", a line for each in their order.
  std::string tried() const { return content(directory_.file("hops")); }

 private:
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  sys::TemporaryDirectory directory_ = *sys::TemporaryDirectory::make("/tmp", "tst-");
};

}  // namespace tanist::remote
