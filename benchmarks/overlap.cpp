#include "benchmarks/overlap.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>

#include "benchmarks/ranks.h"
#include "cmc/advice/figure.h"
#include "cmc/distributed/process_group.h"
#include "cmc/files/atomic_file.h"
#include "cmc/runs/setup.h"
#include "cmc/training/trainer.h"

namespace cmc::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;

/// A bucket's way: sent off, summed (as the step, which carries it on, hears of it), and when the
/// step began to wait for it.
struct Span {
  Clock::time_point start, end, waited;
};

/// A group that notes when its sums in the background begin and end.
class Watched : public distributed::ProcessGroup {
 public:
  explicit Watched(distributed::ProcessGroup& group) : group_(group) {}

  int rank() const override { return group_.rank(); }
  int size() const override { return group_.size(); }
  int local_size() const override { return group_.local_size(); }
  void all_reduce(const at::Tensor& tensor) override { group_.all_reduce(tensor); }
  std::unique_ptr<distributed::Pending> start_all_reduce(const at::Tensor& tensor) override {
    ways_.push_back({.span = {.start = Clock::now(), .end = {}, .waited = {}},
                     .work = group_.start_all_reduce(tensor)});
    note();
    return std::make_unique<Noted>(*this, ways_.size() - 1);
  }
  at::Tensor all_gather(const at::Tensor& own) override { return group_.all_gather(own); }
  void broadcast(const at::Tensor& tensor) override { group_.broadcast(tensor); }
  void barrier() override { group_.barrier(); }
  void fail(const std::string& why) override { group_.fail(why); }
  distributed::Traffic traffic() const override { return group_.traffic(); }

  /// A step begins.
  void begin() {
    ways_.clear();
    began_ = Clock::now();
  }
  std::vector<Span> spans() const {
    std::vector<Span> spans;
    for (const Way& way : ways_) spans.push_back(way.span);
    return spans;
  }
  Clock::time_point began() const { return began_; }

 private:
  struct Way {
    Span span;
    std::unique_ptr<distributed::Pending> work;

    bool done() const { return span.end != Clock::time_point{}; }
  };

  class Noted : public distributed::Pending {
   public:
    Noted(Watched& group, std::size_t way) : group_(group), way_(way) {}
    bool done() override {
      group_.note();
      return group_.ways_[way_].done();
    }
    void wait() override {
      group_.ways_[way_].span.waited = Clock::now();
      group_.ways_[way_].work->wait();
      group_.note();
    }

   private:
    Watched& group_;
    std::size_t way_;
  };

  void note() {
    for (Way& way : ways_)
      if (!way.done() && way.work->done()) way.span.end = Clock::now();
  }

  distributed::ProcessGroup& group_;
  Clock::time_point began_;
  std::vector<Way> ways_;
};

/// Keeps the last step alone.
class LastStep : public training::Observer {
 public:
  explicit LastStep(Watched& group) : group_(group) {}
  void on_step(const training::StepFigures& figures) override {
    if (figures.step < figures.steps) group_.begin();
  }

 private:
  Watched& group_;
};

struct Step {
  std::vector<Span> spans;
  Clock::time_point began;

  Clock::duration waiting() const { return spans.back().end - spans.front().waited; }
};

/// Of the process that waited longer for its gradients.
Step last_step(const recipe::Recipe& recipe) {
  const auto seed = static_cast<std::uint64_t>(recipe.seed);
  const runs::Setup setup = runs::set_up(recipe);
  std::vector<training::Model> models;
  for (int rank = 0; rank < 2; ++rank) models.push_back(runs::make_model(recipe, setup));
  std::vector<Step> steps(2);
  on_ranks(2, [&](distributed::ProcessGroup& group) {
    Watched watched(group);
    training::Trainer trainer(models[group.rank()], setup.training_data(recipe.train, seed),
                              recipe.train, seed, {}, &watched);
    trainer.add(std::make_shared<LastStep>(watched));
    trainer.run(std::atomic<bool>(false));
    check(!watched.spans().empty(), "the recipe has no gradients to sum");
    steps[static_cast<std::size_t>(group.rank())] = {watched.spans(), watched.began()};
  });
  return std::ranges::max(steps, {}, &Step::waiting);
}

}  // namespace

nlohmann::json overlap(const recipe::Recipe& recipe, const std::filesystem::path& figure) {
  recipe::Recipe own = recipe;
  own.train.steps = 5;
  own.train.threads = own.train.workers = 1;
  own.train.held_out_samples = 0;
  own.train.probe_every = 0;
  const Step step = last_step(own);
  const auto since = [&](Clock::time_point time) {
    return std::chrono::duration<double>(time - step.began).count();
  };
  nlohmann::json spans = nlohmann::json::array();
  const double waited = since(step.spans.front().waited);
  double all = 0, beside = 0;
  advice::Figure drawn{.name = "overlap",
                       .title = "Gradients on their way, beside the backward pass",
                       .x_label = "milliseconds since the step began",
                       .y_label = "bucket",
                       .series = {}};
  for (std::size_t i = 0; i < step.spans.size(); ++i) {
    const double start = since(step.spans[i].start), end = since(step.spans[i].end);
    all += end - start;
    beside += std::clamp(waited - start, 0.0, end - start);
    spans.push_back({start, end});
    const double row = static_cast<double>(i + 1);
    advice::Series bucket{.label = fmt::format("bucket {}", i + 1), .points = {}};
    for (const double x : {start, end}) bucket.points.push_back({1e3 * x, row, row, row});
    drawn.series.push_back(std::move(bucket));
  }
  const double rows = static_cast<double>(step.spans.size());
  drawn.series.push_back(
      {.label = "backward pass ends",
       .points = {{1e3 * waited, 0, 0, 0}, {1e3 * waited, rows + 1, rows + 1, rows + 1}},
       .dashed = true,
       .markers = false});
  if (!figure.empty()) files::write_atomically(figure, advice::svg(drawn));
  const double share = beside / all;
  fmt::print(
      "{}: a step of two processes, {} buckets of gradients: {:.0f} % of their time on the way "
      "lies "
      "beside the backward pass, which ends {:.1f} ms after the step began; the last is summed "
      "{:.1f} ms later\n",
      own.name, step.spans.size(), 100 * share, 1e3 * waited,
      1e3 * std::chrono::duration<double>(step.waiting()).count());
  return {{"buckets", step.spans.size()},
          {"seconds", waited},
          {"share_beside_backward", share},
          {"spans", spans}};
}

}  // namespace cmc::benchmarks
