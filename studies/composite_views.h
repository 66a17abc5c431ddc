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
/// (2005.10243, section 4.2): a garment, at one of nine places, on one of eight background
/// textures; 40 × 40 grey. The two views share the chosen factors and have the others drawn
/// independently. What stays free in each view: the place by a pixel, the texture's phase.
class CompositeViews : public views::VisibleTransform {
 public:
  static constexpr std::int64_t places = 9, textures = 8;

  /// `garments`: 28 × 28 grey pictures; the views' first garment is the sample's own.
  CompositeViews(std::shared_ptr<const data::Dataset> garments, const std::vector<Factor>& shared);

  const std::vector<data::ViewShape>& views() const override { return views_; }
  void apply(const data::Sample& sample, const RandomKey& key,
             std::span<float* const> rows) const override;
  cv::Mat show(std::size_t view, const float* row) const override;

  /// What `factor` of the first view is for this key: the place or the texture; of the garment, the
  /// sample's own label is it.
  static std::int64_t drawn(Factor factor, const RandomKey& key);

 private:
  std::shared_ptr<const data::Dataset> garments_;
  std::array<bool, 3> shared_{};
  std::vector<data::ViewShape> views_;
};

}  // namespace cmc::studies
