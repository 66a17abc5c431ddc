#include "cmc/views/alike.h"

#include <utility>

namespace cmc::views {
namespace {

class Redrawn : public data::Transform {
 public:
  explicit Redrawn(std::shared_ptr<const data::Transform> training)
      : training_(std::move(training)) {}

  const std::vector<data::ViewShape>& views() const override { return training_->views(); }

  data::Stretch stretch(std::size_t source, std::int64_t length,
                        const RandomKey& key) const override {
    return training_->stretch(source, length, own(key));
  }
  data::Cutout cutout(std::size_t source, cv::Size size, const RandomKey& key) const override {
    return training_->cutout(source, size, own(key));
  }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override {
    training_->apply(sample, own(key), rows);
  }

 private:
  static RandomKey own(RandomKey key) {
    key.purpose = RandomPurpose::measured_views;
    return key;
  }

  std::shared_ptr<const data::Transform> training_;
};

}  // namespace

std::vector<std::size_t> first_alike(const PortableTransform& evaluation) {
  const std::vector<data::ViewShape>& views = evaluation.views();
  std::vector<std::size_t> first;
  for (std::size_t v = 0; v < views.size(); ++v) {
    std::size_t w = 0;
    while (w < v && !(views[w].source == views[v].source && views[w].same_size(views[v]) &&
                      evaluation.formula(w) == evaluation.formula(v)))
      ++w;
    first.push_back(w);
  }
  return first;
}

std::shared_ptr<const data::Transform> redrawn(std::shared_ptr<const data::Transform> training) {
  return std::make_shared<Redrawn>(std::move(training));
}

}  // namespace cmc::views
