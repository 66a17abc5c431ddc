#include "cmc/runs/judged_views.h"

#include "cmc/views/chosen_views.h"

namespace cmc::runs {
namespace {

std::shared_ptr<const data::Transform> judged_of(
    const Setup& setup, const std::shared_ptr<const views::VisibleTransform>& whole) {
  const std::vector<std::size_t> judged = setup.judged_views();
  if (judged.size() == whole->views().size()) return whole;
  return std::make_shared<views::ChosenViews>(whole, judged);
}

}  // namespace

evaluation::EncodedViews judged_views(const Setup& setup,
                                      const std::vector<encoders::Encoder>& encoders) {
  evaluation::EncodedViews judged;
  for (const std::size_t view : setup.judged_views()) judged.encoders.push_back(encoders.at(view));
  judged.transform = judged_of(setup, setup.evaluate_transform);
  return judged;
}

std::shared_ptr<const data::Transform> judged_training_views(const Setup& setup) {
  return judged_of(setup, setup.train_transform);
}

}  // namespace cmc::runs
