#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "cmc/error.h"
#include "cmc/parallel.h"
#include "cmc/training/environment.h"
#include "cmc/training/freed_memory.h"

namespace {

std::string version_text() {
  const nlohmann::json e = cmc::training::environment();
  std::string devices;
  for (const auto& device : e["devices"])
    devices += (devices.empty() ? "" : ", ") + device.get<std::string>();
  return fmt::format(
      "cmc {}\nlibtorch {}\nBLAS {}\ninstruction set {}\nprocessor {}, {} cores\ndevices {}",
      e["cmc"].get<std::string>(), e["libtorch"].get<std::string>(), e["blas"].get<std::string>(),
      e["instruction_set"].get<std::string>(), e["processor"].get<std::string>(),
      e["cores"].get<int>(), devices);
}

/// Lines for a person on stderr, so that stdout holds results alone.
void set_up_log() {
  auto logger = spdlog::stderr_color_mt("cmc");
  logger->set_pattern("%^%l%$: %v");
  spdlog::set_default_logger(logger);
  if (cmc::blas_name() == "reference BLAS")
    spdlog::warn(
        "libtorch runs on the reference BLAS, some 20 times slower than OpenBLAS: install "
        "libopenblas0-openmp");
}

/// Throws UsageError where the first argument is no option and names no command.
void check_command(const CLI::App& program, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands({})) names.push_back(command->get_name());
  if (std::ranges::find(names, argv[1]) == names.end())
    throw cmc::UsageError(
        fmt::format("there is no command \"{}\"; the nearest is {} (see `cmc --help`)", argv[1],
                    cmc::nearest_name(argv[1], names)));
}

int one_line(const char* kind, const std::string& what, int code) {
  std::fprintf(stderr, "cmc: %s%s\n", kind, what.substr(0, what.find('\n')).c_str());
  return code;
}

}  // namespace

namespace cmc::app {

CLI::Option* add_overrides(CLI::App& command, std::vector<std::string>& overrides) {
  return command
      .add_option("--set", overrides, "Override a key, such as train.epochs=5; may be repeated")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->always_capture_default(false);
}

CLI::Option* add_data_place(CLI::App& command, std::string& path) {
  return command
      .add_option("--data", path,
                  "Where the run's data is now: its folder, its manifest or the folder of the "
                  "manifest (where it was, or lies as seen from the run, unless given)")
      ->type_name("PATH")
      ->always_capture_default(false);
}

}  // namespace cmc::app

int main(int argc, char** argv) {
  CLI::App program(
      "Contrastive Multiview Coding: learn a representation from things seen in several ways",
      "cmc");
  program.option_defaults()->always_capture_default();
  program.require_subcommand(1);
  program.set_help_all_flag("--help-all", "Print the help of every command");
  program.set_version_flag("--version", version_text,
                           "Print versions, BLAS, instruction set, devices");
  try {
    cmc::training::keep_freed_memory();
    set_up_log();
    cmc::set_threads(0);
    cmc::app::add_train(program);
    cmc::app::add_evaluate(program);
    cmc::app::add_information(program);
    cmc::app::add_finetune(program);
    cmc::app::add_report(program);
    cmc::app::add_views(program);
    cmc::app::add_data(program);
    cmc::app::add_make_senses(program);
    cmc::app::add_recipes(program);
    cmc::app::add_embed(program);
    cmc::app::add_export(program);
    cmc::app::add_search(program);
    cmc::app::add_inspect(program);
    cmc::app::add_study(program);
    cmc::app::add_advise(program);
    cmc::app::add_bench(program);
    check_command(program, argc, argv);
    program.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& success) {
    return program.exit(success);
  } catch (const CLI::ParseError& error) {
    return one_line("", fmt::format("{} (see `cmc --help`)", error.what()), 2);
  } catch (const cmc::UsageError& error) {
    return one_line("", error.what(), 2);
  } catch (const std::exception& error) {
    return one_line("", error.what(), 1);
  }
}
