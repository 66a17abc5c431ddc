#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "tests/app/program.h"

namespace cmc::app::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// What a line of a shell prints; fails where it fails.
std::string shell(const TemporaryFolder& folder, const std::string& line) {
  const std::string out = (folder / "shell.txt").string();
  EXPECT_EQ(std::system(("{ " + line + "\n} > " + out + " 2>&1").c_str()), 0)
      << line << ": " << bytes_of(out);
  return bytes_of(out);
}

bool there_is(const std::string& tool) {
  return std::system(("command -v " + tool + " > /dev/null").c_str()) == 0;
}

/// The commands that `cmc --help` lists.
std::vector<std::string> commands(const TemporaryFolder& folder) {
  std::istringstream help(run(folder.path(), {"--help"}).out);
  std::vector<std::string> names;
  bool listed = false;
  for (std::string line; std::getline(help, line);) {
    if (listed && line.starts_with("  ") && line[2] != ' ')
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    listed = listed || line == "Subcommands:";
  }
  return names;
}

TEST(Manual, HasAPageForEachCommandThatManCanRead) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder.path(), {"manual", "share"}).status, 0);
  const std::vector<std::string> names = commands(folder);
  EXPECT_THAT(names, Contains("train"));
  for (const std::string& name : names) {
    const fs::path page = folder / ("share/man/man1/cmc-" + name + ".1");
    EXPECT_THAT(bytes_of(page), HasSubstr(".SH OPTIONS")) << name;
    if (there_is("man")) {
      EXPECT_THAT(
          shell(folder, "LC_ALL=C.UTF-8 MANROFFSEQ= man --warnings -E UTF-8 -l -Tutf8 -Z '" +
                            page.string() + "' 2>&1 > /dev/null"),
          IsEmpty());
    }
  }
  EXPECT_THAT(bytes_of(folder / "share/man/man1/cmc.1"), HasSubstr("cmc\\-make\\-senses"));
  EXPECT_THAT(bytes_of(folder / "share/man/man1/cmc-evaluate.1"),
              HasSubstr("One of judged, last, best, finetuned. Default: judged."));
}

TEST(Completion, IsReadByItsShell) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder.path(), {"manual", "share"}).status, 0);
  const struct {
    std::string shell, file;
  } cases[] = {{"bash", "bash-completion/completions/cmc"},
               {"zsh", "zsh/vendor-completions/_cmc"},
               {"fish", "fish/vendor_completions.d/cmc.fish"}};
  for (const auto& [name, file] : cases)
    if (there_is(name)) shell(folder, name + " -n '" + (folder / "share" / file).string() + "'");
}

TEST(Completion, OffersCommandsOptionsValuesAndFiles) {
  const TemporaryFolder folder;
  ASSERT_EQ(run(folder.path(), {"manual", "share"}).status, 0);
  folder.write("mine.toml", "");
  folder.write("cmc", "#!/bin/sh\necho 'fashion-mnist   pictures of clothes'\n");
  fs::permissions(folder / "cmc", fs::perms::owner_all);
  const struct {
    std::string words;  ///< the last is completed
    std::string offered;
  } cases[] = {
      {"cmc tr", "train "},
      {"cmc evaluate run --check", "--checkpoint "},
      {"cmc evaluate run --checkpoint b", "best "},
      {"cmc evaluate run --checkpoint = fi", "finetuned "},
      {"cmc evaluate run --seeds m", ""},
      {"cmc train fash", "fashion-mnist "},
      {"cmc train --output m", "mine.toml "},
      {"cmc study loss", "losses "},
      {"cmc study losses --recipe m", "mine.toml "},
      {"cmc study patches --transfer m", "mine.toml "},
  };
  for (const auto& [words, offered] : cases)
    EXPECT_EQ(
        shell(folder,
              "cd '" + folder.path().string() +
                  "' && PATH=.:$PATH bash -c 'source share/bash-completion/completions/cmc\n"
                  "complete -p cmc > /dev/null || exit 1\n"
                  "COMP_WORDS=(" +
                  words +
                  ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n"
                  "_cmc\nfor word in \"${COMPREPLY[@]}\"; do printf \"%s \" \"$word\"; done'"),
        offered)
        << words;
}

}  // namespace
}  // namespace cmc::app::test
