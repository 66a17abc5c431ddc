#pragma once

#include <CLI/CLI.hpp>

namespace cmc::app {

/// Adds --set KEY=VALUE, or the option of another name, which may be repeated.
CLI::Option* add_overrides(
    CLI::App& command, std::vector<std::string>& overrides, const std::string& name = "--set",
    const std::string& help = "Override a key, such as train.epochs=5; may be repeated");

/// Adds --data PATH, where a run's data lies now.
CLI::Option* add_data_place(CLI::App& command, std::string& path);

// Each adds its subcommand to the program. A subcommand parses, calls the library, and prints.
void add_init(CLI::App& program);
void add_train(CLI::App& program);
void add_evaluate(CLI::App& program);
void add_information(CLI::App& program);
void add_report(CLI::App& program);
void add_doctor(CLI::App& program);
void add_views(CLI::App& program);
void add_data(CLI::App& program);
void add_finetune(CLI::App& program);
void add_make_senses(CLI::App& program);
void add_recipes(CLI::App& program);
void add_embed(CLI::App& program);
void add_export(CLI::App& program);
void add_search(CLI::App& program);
void add_inspect(CLI::App& program);
void add_study(CLI::App& program);
void add_advise(CLI::App& program);
void add_runs(CLI::App& program);
void add_compare(CLI::App& program);
void add_bench(CLI::App& program);
void add_help(CLI::App& program);
void add_manual(CLI::App& program);

}  // namespace cmc::app
