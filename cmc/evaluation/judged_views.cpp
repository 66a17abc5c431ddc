#include "cmc/evaluation/judged_views.h"

#include "cmc/training/setup.h"
#include "cmc/views/chosen_views.h"

namespace cmc::evaluation {
namespace {

std::shared_ptr<const data::Transform> judged_of(
    const training::Setup& setup, const std::shared_ptr<const views::VisibleTransform>& whole) {
  const std::vector<std::size_t> judged = setup.judged_views();
  if (judged.size() == whole->views().size()) return whole;
  return std::make_shared<views::ChosenViews>(whole, judged);
}

}  // namespace

EncodedViews judged_views(const training::Setup& setup,
                          const std::vector<encoders::Encoder>& encoders) {
  EncodedViews judged;
  for (const std::size_t view : setup.judged_views()) judged.encoders.push_back(encoders.at(view));
  judged.transform = judged_of(setup, setup.evaluate_transform);
  return judged;
}

std::shared_ptr<const data::Transform> judged_training_views(const training::Setup& setup) {
  return judged_of(setup, setup.train_transform);
}

}  // namespace cmc::evaluation
