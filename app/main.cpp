#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <sstream>
#include <system_error>

#include "app/call.h"
#include "app/commands.h"
#include "app/signals.h"
#include "app/standard_output.h"
#include "app/version.h"
#include "cmc/allocator.h"
#include "cmc/error.h"
#include "cmc/files/temporary_files.h"
#include "cmc/parallel.h"
#include "cmc/runs/environment.h"

namespace {

std::string full_version() {
  return cmc::app::version_text(
      cmc::runs::environment()["devices"].get<std::vector<std::string>>());
}

/// Lines for a person on stderr, so that stdout holds results alone.
void set_up_log() {
  auto logger = spdlog::stderr_color_mt("cmc");
  logger->set_pattern("%^%l%$: %v");
  spdlog::set_default_logger(logger);
  // Its products also take OpenBLAS's buffer, for which OpenBLAS would ask for ever where a limit
  // of the address space keeps it away later.
  const std::string warning = cmc::blas_warning();
  if (!warning.empty()) spdlog::warn(warning);
}

int one_line(const char* kind, const std::string& what, int code) {
  std::fprintf(stderr, "cmc: %s%s\n", kind, what.substr(0, what.find('\n')).c_str());
  return code;
}

/// What a person is told of an exception: the libraries have their own words for a lack of memory.
std::string reason(const std::exception& error) {
  std::string what = error.what();
  const auto* const opencv = dynamic_cast<const cv::Exception*>(&error);
  const bool memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr ||
                      (opencv != nullptr && opencv->code == cv::Error::StsNoMem) ||
                      what.find("can't allocate memory") != std::string::npos;
  if (!memory) return what;
  const std::size_t asked = what.find("you tried to allocate");
  return asked == std::string::npos ? std::string("there is not enough memory")
                                    : "there is not enough memory: " +
                                          what.substr(asked, what.find(". Error", asked) - asked);
}

/// An exception that nobody can catch, as one that a parallel loop of a library lets out.
[[noreturn]] void on_terminate() {
  cmc::files::remove_temporaries();
  try {
    std::rethrow_exception(std::current_exception());
  } catch (const std::exception& error) {
    one_line("", reason(error), 1);
  } catch (...) {
    one_line("", "ended by an unknown error", 1);
  }
  std::_Exit(1);
}

int failed(const std::exception& error, int code) {
  // What prints says only that a file can't be written.
  const auto* const system = dynamic_cast<const std::system_error*>(&error);
  if (system == nullptr || std::ferror(stdout) == 0) return one_line("", reason(error), code);
  try {
    cmc::app::finish_standard_output(system->code().value());
  } catch (const cmc::Error& output) {
    return one_line("", output.what(), 1);
  }
  return code;
}

}  // namespace

namespace cmc::app {

CLI::Option* add_overrides(CLI::App& command, std::vector<std::string>& overrides,
                           const std::string& name, const std::string& help) {
  return command.add_option(name, overrides, help)
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
                  "manifest (by default where it was, or relative to the run)")
      ->type_name("PATH")
      ->always_capture_default(false);
}

}  // namespace cmc::app

namespace {

int run(int argc, char** argv) {
  CLI::App program(
      "Contrastive Multiview Coding: learn a representation from things seen in several ways",
      "cmc");
  program.option_defaults()->always_capture_default();
  program.require_subcommand(1);
  const std::vector<std::string> call = cmc::app::call_of({argv + 1, argv + argc});
  program.set_help_all_flag("--help-all", "Print the help of every command");
  program.set_version_flag("-V,--version", full_version,
                           "Print versions, BLAS, instruction set, devices");
  try {
    set_up_log();
    cmc::set_threads(0);
    cmc::app::add_init(program);
    cmc::app::add_train(program);
    cmc::app::add_evaluate(program);
    cmc::app::add_information(program);
    cmc::app::add_finetune(program);
    cmc::app::add_report(program);
    cmc::app::add_doctor(program);
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
    cmc::app::add_runs(program);
    cmc::app::add_compare(program);
    cmc::app::add_bench(program);
    cmc::app::add_help(program);
    cmc::app::add_manual(program);
    cmc::app::check_command(program, call);
    program.parse(std::vector<std::string>(call.rbegin(), call.rend()));
  } catch (const CLI::Success& success) {
    // Not straight to std::cout, which doesn't tell why it failed.
    std::ostringstream text;
    program.exit(success, text, text);
    fmt::print("{}", text.str());
  } catch (const CLI::ExtrasError& error) {
    return one_line("", cmc::app::unexpected(program, error.what()), 2);
  } catch (const CLI::ParseError& error) {
    return one_line("", fmt::format("{} (see `cmc --help`)", error.what()), 2);
  }
  cmc::app::finish_standard_output();
  return 0;
}

}  // namespace

/// What the launcher calls: parses the call, runs the command, and gives the exit status.
extern "C" int cmc_commands(int argc, char** argv) {
  std::set_terminate(on_terminate);
  cmc::app::handle_signals();
  try {
    cmc::keep_freed_memory();
    return run(argc, argv);
  } catch (const cmc::UsageError& error) {
    return failed(error, 2);
  } catch (const std::exception& error) {
    return failed(error, 1);
  }
}
