#include <filesystem>

#include "app/command_description.h"
#include "app/commands.h"
#include "app/completion.h"
#include "app/man_page.h"
#include "cmc/error.h"
#include "cmc/files/atomic_file.h"

namespace cmc::app {
namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::error_code error;
  std::filesystem::create_directories(file.parent_path(), error);
  check(!error, "{}: can't be created: {}", file.parent_path().string(), error.message());
  files::write_atomically(file, text);
}

void write_manual(const CLI::App& program, const std::filesystem::path& share) {
  const std::vector<CommandDescription> commands = describe_commands(program);
  write(share / "man/man1/cmc.1", program_page(describe(program), commands));
  for (const CommandDescription& command : commands)
    write(share / fmt::format("man/man1/cmc-{}.1", command.name), command_page(command));
  write(share / "bash-completion/completions/cmc", bash_completion(commands));
  write(share / "zsh/vendor-completions/_cmc", zsh_completion(commands));
  write(share / "fish/vendor_completions.d/cmc.fish", fish_completion(commands));
}

}  // namespace

void add_manual(CLI::App& program) {
  const auto share = std::make_shared<std::string>();
  CLI::App* command = program.add_subcommand(
      "manual", "Write the manual pages and the shells' completions, as the build installs them");
  command->group("");  // for the build, not for a person
  command->add_option("share", *share, "The folder that stands for /usr/share")->required();
  command->callback([share, &program] { write_manual(program, *share); });
}

}  // namespace cmc::app
