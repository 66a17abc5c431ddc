#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cmc/data/dataset.h"
#include "cmc/views/visible_transform.h"

namespace cmc::studies {

/// The independent factors of a composite picture.
enum class Factor { garment, position, background };
inline constexpr std::array<Factor, 3> factors = {Factor::garment, Factor::position,
                                                  Factor::background};
std::string name(Factor factor);

/// Two composite pictures in the manner of the colourful moving digits of Tian et al. 2020
/// (2005.10243, section 4.2): a garment, somewhere on a background; 40 × 40 grey. The two views
/// share the chosen factors and have the others drawn independently. As there, a background is
/// the sample's own: a random field that no other sample has, and whose class is the direction and
/// the length of its waves. So a shared background alone tells two samples apart, and a shared
/// garment or place does not. What stays free in each view: the place by a pixel, the brightness of
/// the background.
class CompositeViews : public views::VisibleTransform {
 public:
  static constexpr std::int64_t places = 9, textures = 16;

  /// `garments`: 28 × 28 grey pictures; the views' first garment is the sample's own.
  CompositeViews(std::shared_ptr<const data::Dataset> garments, const std::vector<Factor>& shared);

  const std::vector<data::ViewShape>& views() const override { return views_; }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override;
  cv::Mat show(std::size_t view, const float* row) const override;

  /// The class of `factor` in the first view for this key: in which ninth of the picture the
  /// garment is, or the class of the background; of the garment, the sample's own label is it.
  static std::int64_t drawn(Factor factor, const RandomKey& key);

 private:
  std::shared_ptr<const data::Dataset> garments_;
  std::array<bool, 3> shared_{};
  std::vector<data::ViewShape> views_;
};

}  // namespace cmc::studies
