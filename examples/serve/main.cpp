// Answers each file named on a line of the standard input with its embedding, as JSON: pictures,
// sounds, or whatever else the view is made from, by as many threads as there are cores.
//   serve RUN VIEW
#include <cmc/error.h>
#include <cmc/exchange/load.h>
#include <fmt/format.h>

#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

int main(int argc, char** argv) try {
  if (argc != 3)
    throw cmc::UsageError("expected RUN VIEW, and names of files on the standard input");
  const cmc::exchange::LoadedRun run = cmc::exchange::load(argv[1]);
  const std::size_t view = run.view(argv[2]);

  std::mutex in, out;  // the encoder itself serves all threads at once
  const auto serve = [&] {
    for (std::string file;;) {
      {
        const std::lock_guard lock(in);
        if (!std::getline(std::cin, file)) return;
      }
      nlohmann::json answer = {{"file", file}};
      try {
        const cv::Mat value = run.read(view, file);
        const at::Tensor z = run.encode(view, {&value, 1}, cmc::exchange::Output::embedding);
        answer["embedding"] =
            std::vector<float>(z.data_ptr<float>(), z.data_ptr<float>() + z.numel());
      } catch (const std::exception& error) {
        answer["error"] = error.what();
      }
      const std::lock_guard lock(out);
      // A file's name may be no UTF-8.
      fmt::print("{}\n", answer.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back(serve);
} catch (const std::exception& error) {
  fmt::print(stderr, "serve: {}\n", error.what());
  return 1;
}
